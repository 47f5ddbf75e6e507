package inspect

import (
	"cmp"
	"slices"
)

// Duplicates are cases whose inputs are the same but for case, white space and
// the form of characters; history and variables count as input.
type Duplicates struct {
	Groups    []Group `json:"groups"` // in file order
	Cases     int     `json:"cases"`  // in all groups
	Conflicts int     `json:"conflicts"`
}

// Group is one input and the cases that ask it.
type Group struct {
	Cases    []Twin `json:"cases"`
	Conflict bool   `json:"conflict"` // not all expect the same
}

func (c *comparison) duplicates() Duplicates {
	d := Duplicates{Groups: []Group{}}
	for t, members := range c.mine.cases {
		if len(members) < 2 {
			continue
		}
		g := Group{Conflict: conflict(c.mine, t, c.mine, t)}
		for _, i := range members {
			g.Cases = append(g.Cases, c.mine.twin(i))
		}
		d.Groups = append(d.Groups, g)
		d.Cases += len(members)
		if g.Conflict {
			d.Conflicts++
		}
	}
	return d
}

// Near are inputs that are nearly the same: the same words, by the built-in
// embeddings, which see neither order nor negation nor numbers. Exact
// duplicates are one input here.
type Near struct {
	Threshold float64 `json:"threshold"`
	Pairs     int     `json:"pairs"`
	Groups    int     `json:"groups"`  // of inputs, each near to another of its group
	Inputs    int     `json:"inputs"`  // in all groups
	Largest   int     `json:"largest"` // inputs of the largest group
	Conflicts int     `json:"conflicts"`
	Nearest   []Pair  `json:"nearest"`        // at most 1,000; conflicts first, then the nearest
	Note      string  `json:"note,omitempty"` // what was not compared
}

func (c *comparison) nearDuplicates() Near {
	f := &c.within
	f.trim()
	n := Near{Threshold: c.near, Pairs: f.pairs, Conflicts: f.conflicts, Nearest: c.describe(f, c.mine), Note: c.note()}
	size := map[int]int{}
	for i, touched := range f.touched {
		if touched {
			n.Inputs++
			size[f.root(i)]++
		}
	}
	n.Groups = len(size)
	for _, k := range size {
		n.Largest = max(n.Largest, k)
	}
	return n
}

// describe lists the pairs that are kept, conflicts first.
func (c *comparison) describe(f *found, to *texts) []Pair {
	f.trim()
	all := make([]Pair, 0, len(f.best))
	for _, h := range f.best {
		all = append(all, c.pair(to, h))
	}
	conflictsFirst(all)
	return all
}

func conflictsFirst(all []Pair) {
	rank := func(p Pair) int {
		if p.Conflict {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b Pair) int { return cmp.Compare(rank(a), rank(b)) })
}

// twins are the groups of cases that belong together.
func (c *comparison) twins() (groups [][]int) {
	at := map[int]int{}
	for t, members := range c.mine.cases {
		root := c.within.root(t)
		j, ok := at[root]
		if !ok {
			j = len(groups)
			at[root] = j
			groups = append(groups, nil)
		}
		groups[j] = append(groups[j], members...)
	}
	return slices.DeleteFunc(groups, func(g []int) bool { return len(g) < 2 })
}
