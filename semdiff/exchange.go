package semdiff

import "strings"

// exchanged finds two parts of a sentence that have changed places while all
// the rest, the words between them and the prepositions before them, stands
// where it stood: "A overrides B" and "B overrides A", "from X to Y" and "from
// Y to X", 3:1 and 1:3.
func (c *comparer) exchanged(o *outcome, m *matching) bool {
	a, b := m.a.atoms, m.b.atoms
	if len(a) != len(b) || m.a.passive != m.b.passive {
		return false
	}
	head, tail := 0, 0
	for head < len(a) && sameAtom(&a[head], &b[head]) {
		head++
	}
	for tail < len(a)-head && sameAtom(&a[len(a)-1-tail], &b[len(b)-1-tail]) {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	n := len(x)
	for first := 1; first < n; first++ {
		if !sameAtoms(x[:first], y[n-first:]) {
			continue
		}
		for second := 1; first+second <= n; second++ {
			if sameAtoms(x[n-second:], y[:second]) && sameAtoms(x[first:n-second], y[second:n-first]) && exchange(x, y, first, second) {
				before, after := phraseOf(x[:first]), phraseOf(x[n-second:])
				o.hard(KindOrder, .93, quote(before)+" and "+quote(after)+" swapped", before, after)
				return true
			}
		}
	}
	return false
}

func sameAtoms(a, b []atom) bool {
	for i := range a {
		if !sameAtom(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

// exchange reports whether the first atoms of x and the second last ones are
// arguments that changed places in y, not members of a list, nor phrases that
// took their prepositions along.
func exchange(x, y []atom, first, second int) bool {
	n := len(x)
	back := n - second
	if link(&x[0]) != link(&y[0]) || link(&x[back]) != link(&y[n-first]) {
		return false
	}
	for _, part := range [][]atom{x[:first], x[back:]} {
		named := false
		for i := range part {
			if part[i].role == roleCondition && !ordinalWords[part[i].key] || i > 0 && strings.ContainsAny(part[i].glue, ",;:.") {
				return false
			}
			named = named || argument(&part[i]) || ordinalWords[part[i].key]
		}
		if !named {
			return false
		}
	}
	if first == back { // side by side
		if x[0].role == roleNumber && x[back].role == roleNumber {
			return strings.ContainsAny(x[back].glue, ":-–/")
		}
		return prepositions[lastField(x[back].glue)]
	}
	return !coordinated(x[first : back+1])
}

// link is the preposition right before an atom, or what else binds it.
func link(a *atom) string {
	if last := lastField(a.glue); prepositions[last] {
		return last
	}
	return ""
}

func lastField(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

func phraseOf(atoms []atom) string {
	at := make([]int, len(atoms))
	for i := range at {
		at[i] = i
	}
	return rawOf(atoms, at)
}

// otherOfTwo finds a word that gave way to another one which the sentence names
// as well: "if A and B differ, trust A" and "… trust B".
func (c *comparer) otherOfTwo(o *outcome, m *matching, r residue) bool {
	if len(r.a) != 0 || len(r.b) != 0 {
		return false
	}
	as, bs := repeated(m.a.atoms, m.toB), repeated(m.b.atoms, m.toA)
	if len(as) != 1 || len(bs) != 1 || as[0].key == bs[0].key {
		return false
	}
	o.hard(KindOrder, .92, as[0].raw+" → "+bs[0].raw, as[0].raw, bs[0].raw)
	return true
}

// repeated lists the unmatched atoms that repeat a matched one.
func repeated(atoms []atom, to []int) []*atom {
	var out []*atom
	for i := range atoms {
		if to[i] < 0 && duplicate(atoms, to, i) {
			out = append(out, &atoms[i])
		}
	}
	return out
}

// stepsMoved finds parts of a sequence ("first", "then", "in this order") that
// follow each other otherwise than before.
func (c *comparer) stepsMoved(o *outcome, m *matching) bool {
	if !m.sequenced() {
		return false
	}
	last, seen := -1, map[int]bool{}
	for i, j := range m.toB {
		clause := m.a.atoms[i].clause
		if j < 0 || m.rel[i] == opposite || !argument(&m.a.atoms[i]) || seen[clause] || m.conditional(i, j) {
			continue
		}
		seen[clause] = true
		if at := m.b.atoms[j].clause; at < last {
			o.hard(KindOrder, .9, "order of steps changed: "+quote(m.a.atoms[i].raw), "", "")
			return true
		} else if at > last {
			last = at
		}
	}
	return false
}

// conditional reports whether an atom stands in a clause that another one
// depends on, on either side; such a clause is free to move.
func (m *matching) conditional(i, j int) bool {
	return m.a.depends(m.a.atoms[i].clause) || m.b.depends(m.b.atoms[j].clause)
}

func (s *sentence) depends(clause int) bool {
	for i := range s.atoms {
		if a := &s.atoms[i]; a.clause == clause {
			switch a.key {
			case "@if", "@before", "@after", "@until", "@while", "because", "although":
				return true
			}
		}
	}
	return false
}
