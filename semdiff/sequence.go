package semdiff

import "strings"

// asOrdinal reports whether an ordinal is written as one, unlike "finally".
func asOrdinal(a *atom) bool {
	word, _, _ := strings.Cut(a.raw, " ")
	return ordinal(a) && strings.EqualFold(word, a.key)
}

var successive = wordSet("then @before @after")

// sameSequence reports whether two sentences let the same things happen first:
// "A, then B", "before B, A", "B after A".
func (m *matching) sameSequence(a, b *atom) bool {
	earlyA, earlyB := m.a.early(a), m.b.early(b)
	agree, differ := 0, 0
	for i, j := range m.toB {
		if j >= 0 && argument(&m.a.atoms[i]) {
			if earlyA[i] == earlyB[j] {
				agree++
			} else {
				differ++
			}
		}
	}
	return agree > 1 && differ == 0 || agree > 3*differ
}

// early are the atoms of what happens first.
func (s *sentence) early(conn *atom) map[int]bool {
	out := map[int]bool{}
	seen := false
	for i := range s.atoms {
		a := &s.atoms[i]
		seen = seen || a == conn
		switch conn.key {
		case "then":
			out[i] = !seen
		case "@after":
			out[i] = a.clause == conn.clause
		case "@before":
			out[i] = a.clause != conn.clause
		}
	}
	return out
}

var conditionLike = wordSet("for with without upon on in at during")

// impliedIf reports whether the other side says the clause of an "if" without
// one: "no licence: refuse", "=> null", "for photos without furniture".
func (m *matching) impliedIf(a *atom) bool {
	s, other, to := m.a, m.b, m.toB
	if !within(m.a.atoms, a) {
		s, other, to = m.b, m.a, m.toA
	}
	for i := range s.atoms {
		x := &s.atoms[i]
		if x.clause != a.clause || to[i] < 0 || !argument(x) {
			continue
		}
		y := &other.atoms[to[i]]
		if conditionLike[y.prep] && x.prep != y.prep {
			return true
		}
		for k := to[i] + 1; k < len(other.atoms); k++ {
			if z := &other.atoms[k]; z.clause != y.clause || z.kind == tokenSymbol {
				return strings.Contains(z.glue, ":") || z.kind == tokenSymbol && strings.HasSuffix(z.key, ">")
			}
		}
	}
	return false
}

func within(atoms []atom, a *atom) bool {
	for i := range atoms {
		if &atoms[i] == a {
			return true
		}
	}
	return false
}
