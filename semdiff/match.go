package semdiff

import "strings"

// matching pairs the atoms of two sentences.
type matching struct {
	a, b *sentence
	toB  []int // index in b, -1 without
	toA  []int
	rel  []relation // of a's atoms to their partners
}

func (c *comparer) match(a, b *sentence) *matching {
	m := &matching{a: a, b: b, toB: make([]int, len(a.atoms)), toA: make([]int, len(b.atoms)), rel: make([]relation, len(a.atoms))}
	for i := range m.toB {
		m.toB[i] = -1
	}
	for i := range m.toA {
		m.toA[i] = -1
	}
	for _, p := range commonOrder(len(a.atoms), len(b.atoms), func(i, j int) bool { return sameAtom(&a.atoms[i], &b.atoms[j]) }) {
		m.join(p[0], p[1], same)
	}
	for i := range a.atoms {
		for j := range b.atoms {
			if m.toB[i] < 0 && m.toA[j] < 0 && sameAtom(&a.atoms[i], &b.atoms[j]) {
				m.join(i, j, same)
			}
		}
	}
	c.matchWords(m)
	return m
}

func sameAtom(a, b *atom) bool {
	if a.key != b.key {
		return false
	}
	return a.role == b.role || a.role != roleNumber && b.role != roleNumber
}

func (m *matching) join(i, j int, r relation) { m.toB[i], m.toA[j], m.rel[i] = j, i, r }

// matchWords pairs what is left by how words are related, closest first.
func (c *comparer) matchWords(m *matching) {
	var left, right []int
	for i := range m.a.atoms {
		if m.toB[i] < 0 && m.a.atoms[i].role == roleContent {
			left = append(left, i)
		}
	}
	for j := range m.b.atoms {
		if m.toA[j] < 0 && m.b.atoms[j].role == roleContent {
			right = append(right, j)
		}
	}
	m.joinCompounds(left, right)
	m.joinShort(left, right)
	if len(left)*len(right) > 2500 {
		return
	}
	rels := make([]relation, len(left)*len(right))
	for x, i := range left {
		for y, j := range right {
			rels[x*len(right)+y] = c.relate(&m.a.atoms[i], &m.b.atoms[j])
		}
	}
	for _, want := range []relation{synonym, opposite, derived, near} {
		for x, i := range left {
			for y, j := range right {
				if rels[x*len(right)+y] == want && m.toB[i] < 0 && m.toA[j] < 0 {
					m.join(i, j, want)
				}
			}
		}
	}
}

// joinCompounds pairs "hand over" with "handover".
func (m *matching) joinCompounds(left, right []int) {
	for _, i := range left {
		for _, j := range right {
			switch {
			case m.toB[i] >= 0 || m.toA[j] >= 0:
			case i+1 < len(m.a.atoms) && m.toB[i+1] < 0 && m.a.atoms[i].key+m.a.atoms[i+1].key == m.b.atoms[j].key:
				m.join(i, j, same)
				m.toB[i+1], m.rel[i+1] = j, same
			case j+1 < len(m.b.atoms) && m.toA[j+1] < 0 && m.b.atoms[j].key+m.b.atoms[j+1].key == m.a.atoms[i].key:
				m.join(i, j, same)
				m.toA[j+1] = i
			case withParticle(m.a.atoms[i].key, m.b.atoms[j].key), withParticle(m.b.atoms[j].key, m.a.atoms[i].key):
				m.join(i, j, same)
			}
		}
	}
}

// withParticle reports whether long is short with a particle, as startup is
// start-up.
func withParticle(long, short string) bool {
	rest, ok := strings.CutPrefix(long, short)
	return ok && len(short) > 2 && (rest == "up" || rest == "out" || rest == "in" || rest == "off" || rest == "on")
}

// commonOrder is a longest common subsequence, as pairs of indices.
func commonOrder(n, m int, equal func(i, j int) bool) [][2]int {
	var pairs [][2]int
	head := 0
	for head < n && head < m && equal(head, head) {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	tail := 0
	for tail < n-head && tail < m-head && equal(n-1-tail, m-1-tail) {
		tail++
	}
	rows, cols := n-head-tail, m-head-tail
	if rows > 0 && cols > 0 && rows*cols <= 4_000_000 {
		length := make([]int32, (rows+1)*(cols+1))
		for i := rows - 1; i >= 0; i-- {
			for j := cols - 1; j >= 0; j-- {
				at := i*(cols+1) + j
				if equal(head+i, head+j) {
					length[at] = length[at+cols+2] + 1
				} else {
					length[at] = max(length[at+1], length[at+cols+1])
				}
			}
		}
		for i, j := 0, 0; i < rows && j < cols; {
			at := i*(cols+1) + j
			switch {
			case equal(head+i, head+j):
				pairs = append(pairs, [2]int{head + i, head + j})
				i, j = i+1, j+1
			case length[at+cols+1] >= length[at+1]:
				i++
			default:
				j++
			}
		}
	}
	for k := tail; k > 0; k-- {
		pairs = append(pairs, [2]int{n - k, m - k})
	}
	return pairs
}

// components joins clauses of both sides that share matched atoms. It returns
// the component of each clause of a and of b.
func (m *matching) components() (of, ofB []int) {
	n := m.a.clauses
	parent := make([]int, n+m.b.clauses)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	shared := map[[2]int]int{}
	best := make([]int, len(parent))
	for i, j := range m.toB {
		if j < 0 || m.a.atoms[i].role != roleContent && m.a.atoms[i].role != roleExact {
			continue
		}
		k := [2]int{m.a.atoms[i].clause, n + m.b.atoms[j].clause}
		shared[k]++
		best[k[0]] = max(best[k[0]], shared[k])
		best[k[1]] = max(best[k[1]], shared[k])
	}
	for k, count := range shared {
		if count == best[k[0]] || count == best[k[1]] {
			x, y := find(k[0]), find(k[1])
			parent[max(x, y)] = min(x, y)
		}
	}
	for i := range parent {
		if i < n {
			of = append(of, find(i))
		} else {
			ofB = append(ofB, find(i))
		}
	}
	return of, ofB
}
