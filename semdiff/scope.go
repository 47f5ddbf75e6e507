package semdiff

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// part is a coordinate part of a sentence: what stands between full stops,
// colons and semicolons, and before and after an "and" that joins two orders.
type part struct {
	segment int
	comma   bool  // a comma stands before its "and"
	args    []int // indices of its atoms, without those of conditions
}

// layout is how a sentence is built of parts.
type layout struct {
	parts []part
	of    []int // part of each atom
}

// layoutOf cuts a sentence into its parts.
func layoutOf(s *sentence) layout {
	l := layout{of: make([]int, len(s.atoms))}
	segment, last := 0, -1
	dependent := make([]bool, s.clauses)
	for k := range dependent {
		dependent[k] = s.depends(k)
	}
	for i := range s.atoms {
		a := &s.atoms[i]
		newClause := i == 0 || s.atoms[i-1].clause != a.clause
		fresh := false
		if newClause && i > 0 && s.hardBetween(last, a.clause) {
			segment, fresh = segment+1, true
		}
		joins := a.key == "then" || joined(a.glue) && (s.order(i) || newClause && (dependent[a.clause] || s.phrase(i)))
		if n := len(l.parts); n == 0 || fresh || joins && len(l.parts[n-1].args) > 0 {
			l.parts = append(l.parts, part{segment: segment, comma: strings.Contains(a.glue, ",")})
		}
		n := len(l.parts) - 1
		l.of[i] = n
		if argument(a) && !dependent[a.clause] {
			l.parts[n].args = append(l.parts[n].args, i)
		}
		last = a.clause
	}
	return l
}

// hardBetween reports whether a full stop, colon or semicolon stands between
// two clauses.
func (s *sentence) hardBetween(from, to int) bool {
	for k := from + 1; k <= to; k++ {
		if s.starts[k] == startHard {
			return true
		}
	}
	return false
}

func joined(glue string) bool {
	for w := range strings.FieldsSeq(glue) {
		if w = strings.Trim(w, ",;"); w == "and" || w == "but" {
			return true
		}
	}
	return false
}

// order reports whether an atom looks like the verb of an order: a base form
// that may be a verb, without an article or a preposition, and with an object.
func (s *sentence) order(i int) bool {
	a := &s.atoms[i]
	if a.role != roleContent || a.noun || link(a) != "" || !a.known || a.entry.Pos&wordnet.Verb == 0 {
		return false
	}
	return i+1 < len(s.atoms) && argument(&s.atoms[i+1]) && s.atoms[i+1].clause == a.clause
}

// phrase reports whether a phrase with a preposition begins with an atom.
func (s *sentence) phrase(i int) bool {
	limit := s.quantities[s.atoms[i].key].op
	return fronted[link(&s.atoms[i])] || limit == "gt" || limit == "lt"
}

// modifiers lists the atoms that stand for a condition or a phrase with a
// preposition.
func (s *sentence) modifiers() []int {
	var out []int
	for i := range s.atoms {
		a := &s.atoms[i]
		switch a.key {
		case "@if", "@before", "@after", "@until", "@while":
			if i+1 < len(s.atoms) && s.atoms[i+1].clause == a.clause {
				out = append(out, i)
			}
			continue
		}
		if argument(a) && s.phrase(i) && !s.depends(a.clause) {
			out = append(out, i)
		}
	}
	return out
}

// hosts are what a modifier may belong to, each as a set of atoms: at the head
// of a segment all its parts, or the first one where a comma ends it; at the
// end the last one, or all; between them its own part.
func (s *sentence) hosts(l layout, i int) [][]int {
	own := l.of[i]
	first, last := own, own
	for first > 0 && l.parts[first-1].segment == l.parts[own].segment {
		first--
	}
	for last+1 < len(l.parts) && l.parts[last+1].segment == l.parts[own].segment {
		last++
	}
	one := l.parts[own].args
	if first == last {
		return [][]int{one}
	}
	var all []int
	for k := first; k <= last; k++ {
		all = append(all, l.parts[k].args...)
	}
	head := own == first && (len(one) == 0 || i <= one[0])
	switch {
	case head && l.parts[first+1].comma:
		return [][]int{all, one}
	case head:
		return [][]int{all}
	case own == last && !l.parts[own].comma && len(one) > 0 && i > one[0]:
		return [][]int{one, all}
	}
	return [][]int{one}
}

// movedModifier finds a condition, or a phrase with a preposition, that
// belongs to another part of the sentence than before.
func (c *comparer) movedModifier(o *outcome, m *matching, r residue) bool {
	if len(r.a)+len(r.b) > 0 {
		return false
	}
	for i, j := range m.toB { // confirmed twice, charge twice
		if j >= 0 && m.rel[i] == same && (adverb(&m.a.atoms[i]) || m.a.atoms[i].role == roleNumber) && m.a.depends(m.a.atoms[i].clause) != m.b.depends(m.b.atoms[j].clause) {
			o.hard(KindCondition, .88, quote(m.a.atoms[i].raw)+" applies to something else", "", "")
			return true
		}
	}
	la, lb := layoutOf(m.a), layoutOf(m.b)
	if len(la.parts) < 2 && len(lb.parts) < 2 {
		return false
	}
	for _, i := range m.a.modifiers() {
		j := m.toB[i]
		if j < 0 || m.rel[i] != same || m.stays(i, j) || !slices.Contains(m.b.modifiers(), j) {
			continue
		}
		if k := i + 1; !argument(&m.a.atoms[i]) && m.toB[k] >= 0 { // the same condition
			if m.b.atoms[m.toB[k]].clause != m.b.atoms[j].clause {
				continue
			}
		}
		if len(la.parts) != len(lb.parts) && joined(m.a.atoms[i].glue) == joined(m.b.atoms[j].glue) {
			continue // cut otherwise
		}
		if !m.sameHost(i, m.a.hosts(la, i), j, m.b.hosts(lb, j)) {
			o.hard(KindCondition, .9, c.sayMoved(m, i), "", "")
			return true
		}
	}
	return false
}

// movedRelative finds a clause with who or which that says more about another
// word than before.
func (c *comparer) movedRelative(o *outcome, m *matching, r residue) bool {
	if len(r.a)+len(r.b) > 0 {
		return false
	}
	for i, j := range m.toB {
		if i == 0 || j <= 0 || !relative[m.a.atoms[i].key] {
			continue
		}
		x, y := m.toB[i-1], m.toA[j-1]
		if x != j-1 && (x >= 0 || y >= 0) && i+1 < len(m.toB) && m.toB[i+1] == j+1 && noun(&m.a.atoms[i-1]) && noun(&m.b.atoms[j-1]) {
			o.hard(KindCondition, .88, quote(m.a.atoms[i].raw+" "+m.a.atoms[i+1].raw)+" went from "+quote(m.a.atoms[i-1].raw)+" to "+quote(m.b.atoms[j-1].raw), m.a.atoms[i-1].raw, m.b.atoms[j-1].raw)
			return true
		}
	}
	return false
}

var relative = wordSet("who which whose whom")

func noun(a *atom) bool {
	return argument(a) && (a.noun || !a.known || a.entry.Pos&wordnet.Noun != 0) || a.key == "those" || a.key == "them"
}

// stays reports whether an atom follows the same one as before.
func (m *matching) stays(i, j int) bool {
	return i > 0 && j > 0 && m.toB[i-1] == j-1 && m.a.atoms[i-1].clause == m.a.atoms[i].clause && m.b.atoms[j-1].clause == m.b.atoms[j].clause
}

func (c *comparer) sayMoved(m *matching, i int) string {
	text := m.a.atoms[i].raw
	if !argument(&m.a.atoms[i]) {
		text = m.a.clauseText(m.a.atoms[i].clause)
	} else if prep := link(&m.a.atoms[i]); prep != "" {
		text = prep + " " + text
	}
	return quote(text) + " applies to something else"
}

// sameHost reports whether two sets of hosts have one in common, by most of
// its words.
func (m *matching) sameHost(i int, as [][]int, j int, bs [][]int) bool {
	for _, a := range as {
		for _, b := range bs {
			in := map[int]bool{}
			for _, y := range b {
				in[y] = y != j
			}
			common, sizeA, sizeB := 0, 0, 0
			for _, y := range b {
				if y != j && m.toA[y] >= 0 {
					sizeB++
				}
			}
			for _, x := range a {
				if x == i || m.toB[x] < 0 {
					continue
				}
				sizeA++
				if in[m.toB[x]] {
					common++
				}
			}
			if sizeA == 0 || sizeB == 0 || 10*common > 6*max(sizeA, sizeB) {
				return true
			}
		}
	}
	return false
}
