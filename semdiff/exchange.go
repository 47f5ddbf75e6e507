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
			if !sameAtoms(x[n-second:], y[:second]) || !sameAtoms(x[first:n-second], y[second:n-first]) {
				continue
			}
			if !m.sequenced() && m.members(x, first, n-second, tail) {
				return true // members of a list in another order
			}
			if exchange(x, y, first, second, a[len(a)-tail:]) || sameLinks(x, y, first, second) && m.a.order(head+first) && arguments(x, first, n-second) {
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
// took their prepositions along. rest are the atoms behind both.
func exchange(x, y []atom, first, second int, rest []atom) bool {
	n := len(x)
	back := n - second
	if !sameLinks(x, y, first, second) {
		return false
	}
	for _, part := range [][]atom{x[:first], x[back:]} {
		named := false
		for i := range part {
			if part[i].role == roleCondition && !ordinal(&part[i]) || i > 0 && strings.ContainsAny(part[i].glue, ",;:.") {
				return false
			}
			named = named || argument(&part[i]) || ordinal(&part[i])
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
	if x[first].glue == "" && (len(rest) == 0 || x[first].key != rest[0].key) {
		return true // the first one has an object of its own
	}
	return !coordinated(x[first : back+1])
}

// sameLinks reports whether the prepositions stayed where they were.
func sameLinks(x, y []atom, first, second int) bool {
	n := len(x)
	return link(&x[0]) == link(&y[0]) && link(&x[n-second]) == link(&y[n-first])
}

// arguments reports whether both parts are single words that stand for things.
func arguments(x []atom, first, back int) bool {
	return first == 1 && back == len(x)-1 && first < back && noun(&x[0]) && noun(&x[back])
}

// members reports whether two parts of a, up to first and from back on, are
// members of a list, joined by and, or, or "or if"; tail atoms follow them.
func (m *matching) members(x []atom, first, back, tail int) bool {
	if link(&x[0]) != link(&x[back]) || m.a.quantities[x[0].key].op != m.a.quantities[x[back].key].op {
		return false
	}
	for i := range x {
		if a := &x[i]; a.role == roleCondition && (i < first || i >= back) || i >= first && i < back && a.key != "or" && a.role != roleCondition {
			return false
		}
	}
	if tail > 0 && strings.Contains(x[back].glue, ",") && m.a.depends(m.a.atoms[len(m.a.atoms)-tail].clause) {
		return false // the condition behind applies to the last one
	}
	return first < back && x[first].key == "or" || first == back && joined(x[back].glue)
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
	if m.crossesThen() {
		o.hard(KindOrder, .9, "order of steps changed", "", "")
		return true
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

// crossesThen reports whether a part before "then" has changed places with one
// behind it.
func (m *matching) crossesThen() bool {
	for t, u := range m.toB {
		if m.a.atoms[t].key != "then" || u < 0 {
			continue
		}
		forward, back := false, false
		for i, j := range m.toB {
			if j < 0 || m.rel[i] != same || !argument(&m.a.atoms[i]) || m.conditional(i, j) {
				continue
			}
			forward = forward || i < t && j > u
			back = back || i > t && j < u
		}
		return forward && back
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
