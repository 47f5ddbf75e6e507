package semdiff

import (
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// relation is how two words, or texts of words, stand to each other.
type relation int

const (
	unrelated relation = iota
	sister             // red and blue
	near               // more general, or near in use
	derived            // brief, brevity
	synonym
	typo
	same
	opposite
)

// relate compares two content words.
func (c *comparer) relate(a, b *atom) relation {
	switch {
	case a.key == b.key:
		return same
	case a.name && b.name:
		return unrelated
	case words().opposite(a.key, b.key), prefixed(a.key, b.key), prefixed(b.key, a.key), less(a.key, b.key), less(b.key, a.key), oppositeDegrees(a.key, b.key):
		return opposite
	case a.known && b.known && wordnet.Synonyms(a.entry, b.entry), alike(a, b):
		return synonym
	case a.known && b.known && wordnet.Antonyms(a.entry, b.entry):
		return opposite
	case stemmed(a.key) == stemmed(b.key), a.known && b.known && wordnet.Related(a.entry, b.entry):
		return derived
	case a.known && b.known && wordnet.Sisters(a.entry, b.entry):
		return sister
	}
	if a.base != "" || b.base != "" { // as written they may be closer
		x, y := writtenAtom(a), writtenAtom(b)
		r := c.relate(&x, &y)
		if r == opposite && (prefixed(x.key, y.key) || prefixed(y.key, x.key)) {
			return opposite
		}
		if r == derived || r == synonym || r == same {
			return derived
		}
	}
	cos := c.cosine(a.key, b.key)
	if a.known && b.known && wordnet.Kin(a.entry, b.entry) && cos >= .35 || cos >= .62 {
		return near
	}
	return unrelated
}

// alike reports whether the table of phrases joins two words, as they are
// written or as they are compared.
func alike(a, b *atom) bool {
	l := words()
	x, y := asWritten(a), asWritten(b)
	return l.alike(x, y) || l.alike(a.key, y) || l.alike(x, b.key)
}

// asWritten is an atom as it is written, in base form.
func asWritten(a *atom) string {
	if a.base != "" {
		return a.base
	}
	if !strings.Contains(a.raw, " ") {
		return a.key
	}
	f := strings.Fields(strings.ToLower(a.raw))
	for i := range f {
		f[i] = wordnet.Lemma(f[i])
	}
	return strings.Join(f, " ")
}

func writtenAtom(a *atom) atom {
	x := atom{key: a.key, entry: a.entry, known: a.known}
	if a.base != "" {
		x.key = a.base
		x.entry, x.known = wordnet.Look(a.base)
	}
	return x
}

var negativePrefixes = []string{"un", "in", "im", "il", "ir", "dis", "non", "mis", "de"}

// prefixed reports whether long is short with a prefix that negates it.
func prefixed(long, short string) bool {
	if len(short) < 3 {
		return false
	}
	for _, p := range negativePrefixes {
		rest, ok := strings.CutPrefix(long, p)
		if !ok {
			continue
		}
		if rest == short || wordnet.Lemma(rest) == short || len(rest) > 4 && stemmed(rest) == stemmed(short) {
			return true
		}
	}
	return false
}

func less(a, b string) bool {
	stem, ok := strings.CutSuffix(a, "less")
	return ok && len(stem) > 2 && strings.HasPrefix(b, stem) && strings.HasSuffix(b, "ful")
}

var endingsOff = []string{"ization", "ically", "ation", "ment", "ness", "ance", "ence", "ally", "ing", "ion", "ity", "ed", "er", "ly", "al", "es", "e", "s", "y"}

// stemmed is a crude stem, for words that WordNet does not connect.
func stemmed(w string) string {
	for _, e := range endingsOff {
		if stem, ok := strings.CutSuffix(w, e); ok && len(stem) > 4 {
			return stem
		}
	}
	return w
}

// misspelt reports whether a is b with a slip of the keyboard: a is no word,
// b is one, and one edit leads from one to the other, or two in a long word.
func misspelt(a, b string) bool {
	if confused[a+" "+b] {
		return true
	}
	if len(a) < 3 || len(b) < 3 || a[0] != b[0] && len(a) < 5 || strings.HasSuffix(a, b) || prefixed(a, b) {
		return false // "unmentioned" is no slip for "mentioned"
	}
	limit := 1
	if len(b) > 7 {
		limit = 2
	}
	if d := len(a) - len(b); d > limit || -d > limit {
		return false
	}
	if wordnet.Known(a) {
		return false
	}
	return wordnet.Known(b) && editDistance(a, b, limit) <= limit || len(a) > 4 && transposed(a, b)
}

// confused are slips that make another word: the wrong one, the right one.
var confused = pairSet("costumer customer, costumers customers, loose lose, looses loses, manger manager, pubic public, asses assess, untill until")

func pairSet(list string) map[string]bool {
	m := map[string]bool{}
	for pair := range strings.SplitSeq(list, ", ") {
		m[pair] = true
	}
	return m
}

// transposed reports whether two neighbouring letters changed places.
func transposed(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// editDistance is the optimal string alignment distance, or more than limit.
func editDistance(a, b string, limit int) int {
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		least := next[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(last[j]+cost, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			next[j+1] = d
			least = min(least, d)
		}
		if least > limit {
			return least
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}

// vectors caches embeddings of one comparison.
type vectors struct {
	mu    sync.Mutex
	model *embedding.Model
	known map[string][]float32
}

func (v *vectors) of(text string) []float32 {
	if v.model == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	x, ok := v.known[text]
	if !ok {
		x, _ = v.model.Embed(nil, text)
		v.known[text] = x
	}
	return x
}

// cosine is that of the embeddings; 0 where one is unknown.
func (c *comparer) cosine(a, b string) float64 {
	x, y := c.vectors.of(a), c.vectors.of(b)
	if x == nil || y == nil {
		return 0
	}
	return embedding.Cosine(x, y)
}
