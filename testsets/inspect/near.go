package inspect

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/GaboBase/arch-genops/embedding"
)

// Bounds of the comparison.
const (
	Limit   = 40_000  // texts that are compared, all with all
	longest = 1 << 20 // bytes of a text that is embedded
)

// headDims is how many dimensions are compared first. The table's dimensions
// are sorted by how much they tell, so that these few rule nearly all pairs out.
const headDims = 16

// vectors are the embeddings of some texts, in two pieces: the head of each,
// and the tail with its length.
type vectors struct {
	heads []float32 // headDims each
	tails []float32
	rest  []float32 // length of each tail
	dim   int       // of a tail
	of    []int     // whose text each one is
}

// embed embeds the texts that can be: those of no known word, and the longest,
// are left out and counted.
func embed(m *embedding.Model, n int, text func(i int) string) (v vectors, unknown, long int) {
	v.dim = m.Dim() - headDims
	var buf []float32
	for i := range n {
		t := text(i)
		if len(t) > longest {
			long++
			continue
		}
		one, ok := m.Embed(buf, t)
		if !ok {
			unknown++
			continue
		}
		buf = one
		v.heads = append(v.heads, one[:headDims]...)
		v.tails = append(v.tails, one[headDims:]...)
		v.rest = append(v.rest, float32(math.Sqrt(float64(dot(one[headDims:], one[headDims:])))))
		v.of = append(v.of, i)
	}
	return v, unknown, long
}

// hit is a pair that is near.
type hit struct {
	a, b   int // whose texts
	cosine float32
}

// block is how many vectors are compared with how many others at once: the
// heads of both fit into the nearest cache.
const block = 256

// pairs finds every pair of vectors, one of a and one of b, whose cosine is at
// least near; without b, every pair within a. It uses all processors. found is
// called by one goroutine at a time.
func pairs(ctx context.Context, a, b *vectors, near float64, found func([]hit), done func()) error {
	type job struct{ i, j int }
	var jobs []job
	within := b == nil
	if within {
		b = a
	}
	for i := 0; i < len(a.of); i += block {
		for j := 0; j < len(b.of); j += block {
			if !within || j >= i {
				jobs = append(jobs, job{i, j})
			}
		}
	}
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		wg.Go(func() {
			var hits []hit
			for ctx.Err() == nil {
				k := int(next.Add(1)) - 1
				if k >= len(jobs) {
					return
				}
				hits = compareBlocks(hits[:0], a, b, jobs[k].i, jobs[k].j, within, float32(near))
				mu.Lock()
				found(hits)
				done()
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// jobCount is how often pairs calls done.
func jobCount(a, b *vectors) int {
	n := (len(a.of) + block - 1) / block
	if b == nil {
		return n * (n + 1) / 2
	}
	return n * ((len(b.of) + block - 1) / block)
}

// compareBlocks appends the near pairs of two blocks. By Cauchy and Schwarz a
// product of tails is at most that of their lengths: only where this leaves
// room the tails are multiplied out.
func compareBlocks(hits []hit, a, b *vectors, from, to int, within bool, near float32) []hit {
	const slack = 1e-4 // for rounding
	for i := from; i < min(from+block, len(a.of)); i++ {
		head := a.heads[i*headDims : (i+1)*headDims]
		first := to
		if within && from == to {
			first = i + 1
		}
		for j := first; j < min(to+block, len(b.of)); j++ {
			d := dot(head, b.heads[j*headDims:(j+1)*headDims])
			if d+a.rest[i]*b.rest[j] < near-slack {
				continue
			}
			d += dot(a.tails[i*a.dim:(i+1)*a.dim], b.tails[j*b.dim:(j+1)*b.dim])
			if d >= near-1e-6 {
				hits = append(hits, hit{a.of[i], b.of[j], min(d, 1)})
			}
		}
	}
	return hits
}

// dot is the inner product, in four sums so that one addition need not wait for
// the other; the conversions forbid fused operations, which would round
// otherwise on other machines.
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
	return (s0 + s1) + (s2 + s3)
}
