package semdiff

import (
	"math"
	"slices"
	"strings"
)

// pairing is a piece of the old version and its counterpart; -1 is none.
type pairing struct {
	a, b  int
	equal bool // but for the writing
	moved bool
}

// keyed sets the keys of a document's pieces; known holds those of texts
// without marks.
func keyed(d *document, known map[string]string) {
	for i := range d.pieces {
		p := &d.pieces[i]
		if p.exact {
			p.key = "=" + p.guard + "|" + strings.TrimRight(d.replace(p.text, func(m mark) string { return m.key }), " \t")
			continue
		}
		marks := strings.ContainsRune(p.text, markOpen)
		key, ok := known[p.text]
		if !ok || marks {
			key = plainKey(quantities(d.plain(p.text), map[string]quantity{}))
		}
		if !marks {
			known[p.text] = key
		}
		p.plain, p.key = key, "~"+p.guard+"|"+key
	}
}

// align pairs the pieces of both documents: equal ones in order, then equal
// ones that moved, then those that are alike. The result is in the order of
// the new version, with removed pieces where they stood.
func (c *comparer) align() []pairing {
	as, bs := c.a.pieces, c.b.pieces
	toA, toB := fill(len(bs)), fill(len(as))
	moved := map[int]bool{}
	for _, p := range commonOrder(len(as), len(bs), func(i, j int) bool { return as[i].key == bs[j].key }) {
		toB[p[0]], toA[p[1]] = p[1], p[0]
	}
	byKey := map[string][]int{}
	for i, p := range as {
		if toB[i] < 0 {
			byKey[p.key] = append(byKey[p.key], i)
		}
	}
	for j, p := range bs {
		if list := byKey[p.key]; toA[j] < 0 && len(list) > 0 {
			toA[j], toB[list[0]] = list[0], j
			moved[j] = true
			byKey[p.key] = list[1:]
		}
	}
	equal := slices.Clone(toA)
	c.alignAlike(toB, toA)
	var out []pairing
	for j := range bs {
		out = append(out, pairing{a: toA[j], b: j, equal: equal[j] >= 0, moved: moved[j]})
	}
	return insertRemoved(out, toB)
}

func fill(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = -1
	}
	return list
}

func insertRemoved(in []pairing, toB []int) []pairing {
	after := map[int][]pairing{} // by the b after which they stood
	last := -1
	for i, j := range toB {
		if j >= 0 {
			last = j
		} else {
			after[last] = append(after[last], pairing{a: i, b: -1})
		}
	}
	out := after[-1]
	for _, p := range in {
		out = append(out, p)
		out = append(out, after[p.b]...)
	}
	return out
}

// dummy is the cost above which two pieces are no counterparts.
const dummy = .55

// alignAlike pairs what is left by cost.
func (c *comparer) alignAlike(toB, toA []int) {
	var left, right []int
	for i, j := range toB {
		if j < 0 {
			left = append(left, i)
		}
	}
	for j, i := range toA {
		if i < 0 {
			right = append(right, j)
		}
	}
	if len(left) == 0 || len(right) == 0 {
		return
	}
	ids := map[string]int{}
	bagsA, bagsB := bags(c.a, left, ids), bags(c.b, right, ids)
	vecsA, vecsB := c.embedded(c.a, left), c.embedded(c.b, right)
	if len(left)*len(right) > 90_000 {
		c.alignNearby(left, right, func(x, y int) float64 {
			return c.cost(left[x], right[y], bagsA[x], bagsB[y], vecsA[x], vecsB[y])
		}, toB, toA)
		return
	}
	cost := make([][]float64, len(left))
	for x := range left {
		cost[x] = make([]float64, len(right))
		for y := range right {
			cost[x][y] = c.cost(left[x], right[y], bagsA[x], bagsB[y], vecsA[x], vecsB[y])
		}
	}
	for x, y := range assign(cost, dummy) {
		if y >= 0 {
			toB[left[x]], toA[right[y]] = right[y], left[x]
		}
	}
	c.pairAlone(toB, toA)
}

// alignNearby is the cheap way for very large differences: each piece takes
// the best of those that stand near it.
func (c *comparer) alignNearby(left, right []int, cost func(x, y int) float64, toB, toA []int) {
	for x, i := range left {
		at := x * len(right) / len(left)
		best, bestCost := -1, dummy
		for y := max(0, at-100); y < min(len(right), at+100); y++ {
			if toA[right[y]] >= 0 {
				continue
			}
			if d := cost(x, y); d < bestCost {
				best, bestCost = y, d
			}
		}
		if best >= 0 {
			toB[i], toA[right[best]] = right[best], i
		}
	}
}

// bags are the sorted words of pieces, as numbers.
func bags(d *document, at []int, ids map[string]int) [][]int {
	out := make([][]int, len(at))
	for k, i := range at {
		for _, t := range d.plain(d.pieces[i].text) {
			if t.kind == tokenPunct {
				continue
			}
			id, ok := ids[t.text]
			if !ok {
				id = len(ids)
				ids[t.text] = id
			}
			out[k] = append(out[k], id)
		}
		slices.Sort(out[k])
	}
	return out
}

func (c *comparer) embedded(d *document, at []int) [][]float32 {
	out := make([][]float32, len(at))
	for k, i := range at {
		out[k] = c.vectors.of(d.pieces[i].text)
	}
	return out
}

// dot is the cosine of two vectors of unit length.
func dot(a, b []float32) float32 {
	var w, x, y, z float32
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	for i := 0; i+3 < n; i += 4 {
		w += a[i] * b[i]
		x += a[i+1] * b[i+1]
		y += a[i+2] * b[i+2]
		z += a[i+3] * b[i+3]
	}
	return w + x + y + z
}

// f1 is the overlap of two sorted bags.
func f1(a, b []int) float64 {
	n, common := len(a)+len(b), 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			common++
			a, b = a[1:], b[1:]
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	if n == 0 {
		return 0
	}
	return 2 * float64(common) / float64(n)
}

func (c *comparer) cost(i, j int, bagA, bagB []int, vecA, vecB []float32) float64 {
	a, b := &c.a.pieces[i], &c.b.pieces[j]
	if class(a.what) != class(b.what) || a.exact != b.exact {
		return 1
	}
	section, cos := 0.0, 0.0
	if a.section == b.section {
		section = 1
	}
	words := f1(bagA, bagB)
	if words < .2 && section == 0 {
		return 1 // no embeddings would make counterparts of them
	}
	if vecA != nil && vecB != nil {
		cos = math.Max(0, float64(dot(vecA, vecB)))
	}
	return 1 - .5*cos - .3*words - .2*section
}

// class groups what may turn into each other.
func class(what string) string {
	switch what {
	case "bullet", "step", "sentence", "heading", "example":
		return "prose"
	}
	return what
}

// pairAlone pairs pieces that are alone between the same neighbours.
func (c *comparer) pairAlone(toB, toA []int) {
	for i, j := range toB {
		if j >= 0 {
			continue
		}
		if i > 0 && toB[i-1] < 0 || i+1 < len(toB) && toB[i+1] < 0 {
			continue
		}
		next := 0
		if i > 0 {
			next = toB[i-1] + 1
		}
		end := len(toA)
		if i+1 < len(toB) {
			end = toB[i+1]
		}
		if next < len(toA) && end == next+1 && toA[next] < 0 && class(c.a.pieces[i].what) == class(c.b.pieces[next].what) && (c.a.pieces[i].what == "heading") == (c.b.pieces[next].what == "heading") {
			toB[i], toA[next] = next, i
		}
	}
}

// assign solves the assignment problem (Hungarian method, shortest augmenting
// paths); a row may stay alone at the cost of none. It returns the column of
// each row, -1 for none.
func assign(cost [][]float64, none float64) []int {
	rows, cols := len(cost), len(cost[0])
	n := cols + rows // a column of its own for each row that stays alone
	at := func(i, j int) float64 {
		if j < cols {
			return cost[i][j]
		}
		return none
	}
	u, v := make([]float64, rows+1), make([]float64, n+1)
	owner, way := make([]int, n+1), make([]int, n+1)
	least, used := make([]float64, n+1), make([]bool, n+1)
	for i := 1; i <= rows; i++ {
		owner[0] = i
		for j := range least {
			least[j], used[j] = math.Inf(1), false
		}
		j0 := 0
		for owner[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := owner[j0], math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if used[j] {
					continue
				}
				if d := at(i0-1, j-1) - u[i0] - v[j]; d < least[j] {
					least[j], way[j] = d, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := 0; j <= n; j++ {
				if used[j] {
					u[owner[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			owner[j0] = owner[way[j0]]
			j0 = way[j0]
		}
	}
	out := fill(rows)
	for j := 1; j <= cols; j++ {
		if owner[j] > 0 && cost[owner[j]-1][j-1] < none {
			out[owner[j]-1] = j - 1
		}
	}
	return out
}

// gaps maps the beginning of each run of pairings that are not equal to its
// end.
func gaps(ps []pairing) map[int]int {
	out := map[int]int{}
	for i := 0; i < len(ps); {
		start := i
		for i < len(ps) && !ps[i].equal {
			i++
		}
		if i > start {
			out[start] = i
		} else {
			i++
		}
	}
	return out
}
