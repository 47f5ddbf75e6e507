// Package embedding turns text into vectors, with a model that is part of the
// program: no download, no service, no key.
//
// The model is a static token table, distilled from the sentence transformer
// all-MiniLM-L6-v2 (data/distil.py is the recipe): a text's vector is the sum
// of its tokens' rows, scaled to unit length. It is English only and blind to
// word order, negation and numbers: a cosine near 1 means "the same words",
// never "the same meaning". Scales differ between models: store [Model.ID]
// with every vector and never compare across models.
package embedding

import (
	_ "embed"
	"math"
	"sync"
)

// DefaultID identifies the built-in model by name and content; it costs no
// load. Vectors are comparable only under the same ID.
const DefaultID = "static-256@sha256:912e255bbbb8dac9ee052dd78e9ef9531c0623e3c6a3e03057fefd7b05820624"

// A string, not bytes: it stays in the program's read-only pages, of which the
// system loads those that are touched. Who never embeds pays nothing.
//
//go:embed data/static-256.semb
var defaultTable string

var loadDefault = sync.OnceValues(func() (*Model, error) {
	return open(DefaultID, defaultTable)
})

// Model is a static token table with its tokeniser. It is immutable and safe
// for concurrent use.
type Model struct {
	id     string
	dim    int
	vocab  vocabulary
	first  int32        // token id of row 0; ids below have no row
	scales string       // one little-endian float32 per row
	rows   string       // dim int8 per row
	values [256]float32 // of a byte as int8: a look-up is cheaper than the conversion
}

// Default returns the built-in model, loaded by the first call (about a
// millisecond). The error, the same on every call, says that the table inside
// the program is damaged.
func Default() (*Model, error) { return loadDefault() }

// Dim is the length of every vector of the model.
func (m *Model) Dim() int { return m.dim }

// ID names the model and its content; see [DefaultID].
func (m *Model) ID() string { return m.id }

// Embed returns the vector of text, of length Dim and unit length, in dst's
// memory where that is large enough. It is false, and the result nil, when no
// token of the text is known: then nothing can be said about its similarity to
// anything, which is not the same as a similarity of 0.
func (m *Model) Embed(dst []float32, text string) ([]float32, bool) {
	var buf [128]int32
	if cap(dst) < m.dim {
		dst = make([]float32, m.dim)
	}
	dst = dst[:m.dim]
	clear(dst)
	m.addRows(dst, m.Tokens(buf[:0], text))
	if !toUnit(dst) {
		return nil, false
	}
	return dst, true
}

// addRows adds the rows of tokens to sum, four at a time: that waits once for
// memory instead of four times. It overwrites tokens.
//
// float32(x*y) keeps the compiler from fusing a product with its sum, which
// rounds differently: so every architecture computes the same bits.
func (m *Model) addRows(sum []float32, tokens []int32) {
	known := tokens[:0]
	for _, t := range tokens {
		if t >= m.first {
			known = append(known, t-m.first)
		}
	}
	for ; len(known) >= 4; known = known[4:] {
		sa, a := m.row(known[0])
		sb, b := m.row(known[1])
		sc, c := m.row(known[2])
		sd, d := m.row(known[3])
		a, b, c, d = a[:len(sum)], b[:len(sum)], c[:len(sum)], d[:len(sum)]
		for i := range sum {
			s := sum[i] + float32(sa*m.values[a[i]])
			s += float32(sb * m.values[b[i]])
			s += float32(sc * m.values[c[i]])
			sum[i] = s + float32(sd*m.values[d[i]])
		}
	}
	for _, r := range known {
		scale, row := m.row(r)
		row = row[:len(sum)]
		for i := range sum {
			sum[i] += float32(scale * m.values[row[i]])
		}
	}
}

// row returns a row and its scale.
func (m *Model) row(r int32) (float32, string) {
	start := int(r) * m.dim
	return float32At(m.scales, int(r)), m.rows[start : start+m.dim]
}

// toUnit scales v to unit length; false when it has no direction.
func toUnit(v []float32) bool {
	length := math.Sqrt(float64(dot(v, v)))
	if !(length > 0) || math.IsInf(length, 1) {
		return false
	}
	factor := float32(1 / length)
	for i := range v {
		v[i] *= factor
	}
	return true
}

// Cosine is the cosine similarity of two vectors of the same model, in [-1, 1].
// It is NaN, unknown, when one has no direction (empty or zero) or their
// lengths differ.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	c := float64(dot(a, b)) / math.Sqrt(float64(dot(a, a))*float64(dot(b, b)))
	return max(-1, min(1, c)) // rounding may leave the range; NaN stays NaN
}

// dot is the inner product of two vectors of the same length, in four partial
// sums so that one addition need not wait for the other. For the conversions see
// addRows.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		s0 += float32(a[0] * b[0])
		s1 += float32(a[1] * b[1])
		s2 += float32(a[2] * b[2])
		s3 += float32(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += float32(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
