package semdiff

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

var contrasts = wordSet("to/from from/to into/from from/into in/out out/in above/below below/above over/under under/over inside/outside outside/inside on/off off/on for/against against/for up/down down/up through/around onto/off")

// orders finds swapped arguments and directions: the same words, the other way
// around.
func (c *comparer) orders(o *outcome, m *matching, r residue) {
	for i := range m.a.atoms {
		j := m.toB[i]
		if j < 0 {
			continue
		}
		a, b := m.a.atoms[i].prep, m.b.atoms[j].prep
		if !contrasts[a+"/"+b] {
			a, b = onlyOther(m.a.atoms[i].glue, m.b.atoms[j].glue) // up by 20 %
		}
		if contrasts[a+"/"+b] && !c.exchanged(o, m) {
			o.hard(KindOrder, .93, quote(a+" "+m.a.atoms[i].raw)+" became "+quote(b+" "+m.b.atoms[j].raw), "", "")
			return
		}
	}
	if len(r.a) > 1 || len(r.b) > 1 || r.share() > .25 || m.a.passive != m.b.passive {
		return
	}
	if c.exchanged(o, m) || c.otherOfTwo(o, m, r) || c.movedCondition(o, m) || c.movedModifier(o, m, r) || c.movedRelative(o, m, r) || c.stepsMoved(o, m) {
		return
	}
	if !m.sequenced() && (sameSegments(m.a, m.b) || m.rotated()) || m.agentMoved() {
		return
	}
	of, ofB := m.components()
	for i := range m.a.atoms {
		for k := i + 1; k < len(m.a.atoms); k++ {
			if m.inverted(i, k) && of[m.a.atoms[i].clause] == of[m.a.atoms[k].clause] && ofB[m.b.atoms[m.toB[i]].clause] == ofB[m.b.atoms[m.toB[k]].clause] && m.swapped(i, k) {
				o.hard(KindOrder, .92, quote(m.a.atoms[i].raw)+" and "+quote(m.a.atoms[k].raw)+" swapped", m.a.atoms[i].raw, m.a.atoms[k].raw)
				return
			}
		}
	}
}

// agentMoved reports whether something is done "by" a word on one side only:
// active became passive, and its arguments stand the other way around.
func (m *matching) agentMoved() bool {
	for i, j := range m.toB {
		if j >= 0 && (link(&m.a.atoms[i]) == "by") != (link(&m.b.atoms[j]) == "by") {
			return true
		}
	}
	return false
}

// onlyOther are the words between atoms that differ, if there is one on each
// side.
func onlyOther(a, b string) (string, string) {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) != len(y) {
		return "", ""
	}
	before, after := "", ""
	for i := range x {
		if x[i] != y[i] {
			if before != "" {
				return "", ""
			}
			before, after = x[i], y[i]
		}
	}
	return before, after
}

func argument(a *atom) bool {
	return a.role == roleContent || a.role == roleExact || a.role == roleNumber
}

func (m *matching) inverted(i, k int) bool {
	x, y := m.toB[i], m.toB[k]
	if x < 0 || y < 0 || y > x {
		return false
	}
	a, b := &m.a.atoms[i], &m.a.atoms[k]
	if x == y+1 && possessive(&m.b.atoms[y]) || k == i+1 && possessive(a) {
		return false // the switch's states are the states of the switch
	}
	return argument(a) && argument(b) || ordinal(a) && ordinal(b)
}

func possessive(a *atom) bool {
	return strings.HasSuffix(a.raw, "'s") || strings.HasSuffix(a.raw, "’s") || strings.HasSuffix(a.raw, "s'") || strings.HasSuffix(a.raw, "s’")
}

// rotated reports whether the end of a sentence went to its beginning, or the
// other way around, with all the rest in order: an adverbial that was fronted.
func (m *matching) rotated() bool {
	var to []int
	for i := range m.a.atoms {
		if argument(&m.a.atoms[i]) {
			j := m.toB[i]
			if j < 0 {
				return false
			}
			if n := len(to); n == 0 || to[n-1] != j {
				to = append(to, j)
			}
		}
	}
	breaks := 0
	for k := 1; k < len(to); k++ {
		if to[k] < to[k-1] {
			breaks++
		}
	}
	return len(to) > 2 && breaks == 1 && to[len(to)-1] < to[0] && !m.a.hasCondition() && m.keptGlue()
}

func (s *sentence) hasCondition() bool {
	return slices.ContainsFunc(s.atoms, func(a atom) bool { return a.role == roleCondition || a.role == roleOnly })
}

// keptGlue reports whether all matched words have their prepositions still.
func (m *matching) keptGlue() bool {
	for i, j := range m.toB {
		if j >= 0 && m.a.atoms[i].prep != m.b.atoms[j].prep {
			return false
		}
	}
	return true
}

func ordinal(a *atom) bool { return ordinalWords[a.key] || a.key == "last" }

// swapped reports whether two atoms in inverted order have exchanged places,
// and not only moved together with what they belong to.
func (m *matching) swapped(i, k int) bool {
	x, y := m.toB[i], m.toB[k]
	ai, ak, bx, by := &m.a.atoms[i], &m.a.atoms[k], &m.b.atoms[x], &m.b.atoms[y]
	if adverb(ai) || adverb(ak) || m.leadingVerb(i) || m.leadingVerb(k) {
		return false
	}
	if (ai.role == roleNumber || ai.role == roleExact) && ai.role == ak.role && i > 0 && x > 0 && y > 0 && m.toB[i-1] == y-1 && m.toB[k-1] == x-1 && !argumentOnly(m.a.atoms[i:k]) {
		return true // 1 for a and 0 for b
	}
	if coordinated(m.a.atoms[i+1:k+1]) && coordinated(m.b.atoms[y+1:x+1]) {
		return m.sequenced()
	}
	if (ai.role == roleNumber) != (ak.role == roleNumber) || m.rel[i] != same || m.rel[k] != same {
		return false
	}
	return bx.prep != by.prep && bx.prep == ak.prep && by.prep == ai.prep // else phrases only stand in another order
}

// argumentOnly reports whether a run of atoms is a bare list.
func argumentOnly(atoms []atom) bool {
	for i := range atoms {
		if atoms[i].role == roleContent || atoms[i].role == roleLight && atoms[i].key != "or" {
			return false
		}
	}
	return true
}

// leadingVerb reports whether an atom may be the imperative that begins its
// clause on one side only: what moves around it is no argument that swaps.
func (m *matching) leadingVerb(i int) bool {
	a, j := &m.a.atoms[i], m.toB[i]
	leads := func(atoms []atom, i int) bool { return i == 0 || atoms[i-1].clause != atoms[i].clause }
	return a.known && !a.noun && !m.b.atoms[j].noun && a.entry.Pos&wordnet.Verb != 0 && leads(m.a.atoms, i) != leads(m.b.atoms, j)
}

// sequenced reports whether the sentence names an order: first, then.
func (m *matching) sequenced() bool {
	for i := range m.a.atoms {
		switch a := &m.a.atoms[i]; a.key {
		case "then", "first", "last":
			return true
		case "heading", "column":
			if strings.HasSuffix(a.raw, "s") {
				return true
			}
		case "order":
			if a.prep == "in" || link(a) == "in" {
				return true
			}
		}
	}
	return false
}

// sameSegments reports whether two sentences consist of the same parts between
// commas and "and", in any order.
func sameSegments(a, b *sentence) bool {
	x, y := a.segments(), b.segments()
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func (s *sentence) segments() []string {
	var out []string
	last := -1
	for i := range s.atoms {
		a := &s.atoms[i]
		if a.clause != last || strings.HasPrefix(a.glue, "and") || len(out) == 0 {
			out = append(out, "")
			last = a.clause
		}
		out[len(out)-1] += a.key + "\x00" + a.prep + "\x00"
	}
	return out
}

func adverb(a *atom) bool {
	return a.known && a.entry.Pos == wordnet.Adverb || a.key == "well" || a.key == "together" || strings.HasSuffix(a.key, "ly")
}

// coordinated reports whether atoms follow each other in a list: commas, and,
// or between them.
func coordinated(atoms []atom) bool {
	separated := false
	for i := range atoms {
		if atoms[i].role == roleCondition {
			return false
		}
		if atoms[i].key == "or" {
			separated = true
		}
		for g := range strings.FieldsSeq(atoms[i].glue) {
			switch strings.Trim(g, ",;/") {
			case "", "and", "or":
				separated = true
			default:
				return false
			}
		}
	}
	return separated
}
