package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/testsets"
)

// comparison is a set compared with itself, and with another split.
type comparison struct {
	mine, other *texts // other may be nil
	near        float64
	compared    int // texts of mine
	unknown     int // texts without a known word
	long        int // texts that are too long
	parts       splits
	within      found
	leaky       found // of within, those that are in different splits
	across      found
}

// found is what is known about pairs of texts, bounded in memory.
type found struct {
	pairs     int
	conflicts int
	best      []hit
	parent    []int    // of the texts of mine: near ones are joined
	touched   []bool   // texts of mine that are in a pair
	reach     []uint64 // splits that a text of mine has a near text in
	clash     []uint64 // of these, those where that is a conflict
}

func compare(ctx context.Context, s, other *testsets.Set, near float64, progress func(done, total int)) (*comparison, error) {
	if near == 0 {
		near = DefaultNear
	}
	m, err := embedding.Default()
	if err != nil {
		return nil, err
	}
	c := &comparison{mine: textsOf(s), near: near}
	c.parts = c.mine.splits()
	c.compared = min(len(c.mine.key), Limit)
	mine, unknown, long := embed(m, c.compared, func(i int) string { return c.mine.key[i] })
	c.unknown, c.long = unknown, long
	total, theirs := jobCount(&mine, nil), vectors{}
	if other != nil {
		c.other = textsOf(other)
		theirs, _, _ = embed(m, min(len(c.other.key), Limit), func(i int) string { return c.other.key[i] })
		total += jobCount(&mine, &theirs)
	}
	count := 0
	done := func() {
		if count++; progress != nil {
			progress(count, total)
		}
	}
	c.within, c.leaky, c.across = newFound(len(c.mine.key)), newFound(len(c.mine.key)), newFound(len(c.mine.key))
	if err := pairs(ctx, &mine, nil, near, c.addWithin, done); err != nil {
		return nil, err
	}
	if other != nil {
		if err := pairs(ctx, &mine, &theirs, near, c.addAcross, done); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newFound(n int) found {
	f := found{parent: make([]int, n), touched: make([]bool, n), reach: make([]uint64, n), clash: make([]uint64, n)}
	for i := range f.parent {
		f.parent[i] = i
	}
	return f
}

func (f *found) root(i int) int {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// addWithin takes pairs of two texts of mine.
func (c *comparison) addWithin(hits []hit) {
	for _, h := range hits {
		differ := conflict(c.mine, h.a, c.mine, h.b)
		c.within.take(h, differ, 0)
		c.within.touched[h.b] = true
		c.within.parent[c.within.root(h.a)] = c.within.root(h.b)
		x, y := c.parts.bits[h.a], c.parts.bits[h.b]
		if x|y == x&y { // the same split, or none
			continue
		}
		c.leaky.take(h, differ, y)
		c.leaky.reach[h.b] |= x
		if differ {
			c.leaky.clash[h.b] |= x
		}
	}
}

// addAcross takes pairs of a text of mine and one of the other split.
func (c *comparison) addAcross(hits []hit) {
	for _, h := range hits {
		c.across.take(h, conflict(c.mine, h.a, c.other, h.b), 1)
	}
}

// take adds a pair; bits are the splits of its second text.
func (f *found) take(h hit, differ bool, bits uint64) {
	f.pairs++
	f.touched[h.a] = true
	f.reach[h.a] |= bits
	if differ {
		f.conflicts++
		f.clash[h.a] |= bits
	}
	f.best = append(f.best, h)
	if len(f.best) >= 4*shownPairs {
		f.trim()
	}
}

// trim keeps the nearest pairs, in an order that does not depend on when they
// were found.
func (f *found) trim() {
	slices.SortFunc(f.best, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
	})
	f.best = f.best[:min(len(f.best), shownPairs)]
}

// pair describes two texts by their first cases; where these agree although
// others of the texts do not, by cases that do not.
func (c *comparison) pair(to *texts, h hit) Pair {
	i, j := c.mine.cases[h.a][0], to.cases[h.b][0]
	p := Pair{Cosine: float64(h.cosine), Conflict: conflict(c.mine, h.a, to, h.b)}
	for _, x := range c.mine.cases[h.a] {
		for _, y := range to.cases[h.b] {
			if p.Conflict && c.mine.want[x] != "" && to.want[y] != "" && c.mine.want[x] != to.want[y] {
				p.A, p.B = c.mine.twin(x), to.twin(y)
				return p
			}
		}
	}
	p.A, p.B = c.mine.twin(i), to.twin(j)
	return p
}

// note says what was not compared.
func (c *comparison) note() string {
	var notes []string
	if n := len(c.mine.key) - c.compared; n > 0 {
		notes = append(notes, fmt.Sprintf("only the first %d different inputs were compared; %d were not", c.compared, n))
	}
	if c.other != nil && len(c.other.key) > Limit {
		notes = append(notes, fmt.Sprintf("of the other split only the first %d different inputs were compared", Limit))
	}
	if c.unknown > 0 {
		notes = append(notes, fmt.Sprintf("%d inputs hold no word that the embeddings know", c.unknown))
	}
	if c.long > 0 {
		notes = append(notes, fmt.Sprintf("%d inputs are longer than %d bytes", c.long, longest))
	}
	return strings.Join(notes, "; ")
}
