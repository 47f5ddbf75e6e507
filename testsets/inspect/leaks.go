package inspect

import "slices"

// Leak is what a split has in common with another one.
type Leak struct {
	Of        string `json:"of"`        // the split whose cases are counted
	Into      string `json:"into"`      // the other one
	Cases     int    `json:"cases"`     // of Of
	Exact     int    `json:"exact"`     // those whose input is in Into too
	Near      int    `json:"near"`      // those whose input is nearly, but not exactly, in Into
	Conflicts int    `json:"conflicts"` // of both, those whose input is expected to be something else there
	Examples  []Pair `json:"examples"`  // at most 1,000; conflicts first, then the nearest
}

// maxSplits is how many splits are told apart: one bit for each.
const maxSplits = 64

// splits are the splits of one file.
type splits struct {
	names []string
	of    []int    // of each case, -1 for none
	bits  []uint64 // of each text: the splits of its cases
}

func (t *texts) splits() (s splits) {
	number := map[string]int{}
	for i := range t.set.Cases {
		if name := t.split(&t.set.Cases[i]); name != "" {
			number[name] = 0
		}
	}
	for name := range number {
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	for i, name := range s.names {
		number[name] = i
	}
	s.bits = make([]uint64, len(t.key))
	if len(s.names) < 2 || len(s.names) > maxSplits {
		s.names = nil
		return s
	}
	s.of = make([]int, len(t.set.Cases))
	for text, members := range t.cases {
		for _, i := range members {
			s.of[i] = -1
			if n, ok := number[t.split(&t.set.Cases[i])]; ok {
				s.of[i] = n
				s.bits[text] |= 1 << n
			}
		}
	}
	return s
}

// leaks compares this file with the other one or, without another, its splits
// with one another.
func (c *comparison) leaks() []Leak {
	if c.other != nil {
		return []Leak{c.leakAcross()}
	}
	all := []Leak{}
	for a := range c.parts.names {
		for b := range c.parts.names {
			if a != b {
				all = append(all, c.leakWithin(a, b))
			}
		}
	}
	return all
}

// leakAcross needs one bit: the other file is one split.
func (c *comparison) leakAcross() Leak {
	l := Leak{Of: c.mine.set.Path, Into: c.other.set.Path, Cases: len(c.mine.set.Cases)}
	for t, key := range c.mine.key {
		n := len(c.mine.cases[t])
		u, exact := c.other.at[key]
		differs := c.across.clash[t] != 0 || exact && conflict(c.mine, t, c.other, u)
		switch {
		case exact:
			l.Exact += n
			if c.across.reach[t] == 0 { // it was not embedded, so not found as near
				c.across.best = append(c.across.best, hit{t, u, 1})
			}
		case c.across.reach[t] != 0:
			l.Near += n
		}
		if differs {
			l.Conflicts += n
		}
	}
	l.Examples = c.describe(&c.across, c.other)
	return l
}

// leakWithin counts the cases of split a that have a twin in split b.
func (c *comparison) leakWithin(a, b int) Leak {
	l := Leak{Of: c.parts.names[a], Into: c.parts.names[b], Examples: []Pair{}}
	inA, inB := uint64(1)<<a, uint64(1)<<b
	t := c.mine
	for text, members := range t.cases {
		exact := c.parts.bits[text]&inB != 0
		differs := c.leaky.clash[text]&inB != 0 || exact && conflict(t, text, t, text)
		if c.parts.bits[text]&inA != 0 && exact {
			l.example(c, text, text, a, b, 1)
		}
		for _, i := range members {
			if c.parts.of[i] != a {
				continue
			}
			l.Cases++
			switch {
			case exact:
				l.Exact++
			case c.leaky.reach[text]&inB != 0:
				l.Near++
			}
			if differs {
				l.Conflicts++
			}
		}
	}
	c.leaky.trim()
	for _, h := range c.leaky.best {
		for _, side := range [][2]int{{h.a, h.b}, {h.b, h.a}} {
			if c.parts.bits[side[0]]&inA != 0 && c.parts.bits[side[1]]&inB != 0 {
				l.example(c, side[0], side[1], a, b, float64(h.cosine))
			}
		}
	}
	conflictsFirst(l.Examples)
	return l
}

// example adds a pair of texts by their first cases in the two splits.
func (l *Leak) example(c *comparison, x, y, a, b int, cosine float64) {
	if len(l.Examples) == shownPairs {
		return
	}
	first := func(text, split int) int {
		members := c.mine.cases[text]
		return members[slices.IndexFunc(members, func(i int) bool { return c.parts.of[i] == split })]
	}
	l.Examples = append(l.Examples, Pair{A: c.mine.twin(first(x, a)), B: c.mine.twin(first(y, b)), Cosine: cosine, Conflict: conflict(c.mine, x, c.mine, y)})
}
