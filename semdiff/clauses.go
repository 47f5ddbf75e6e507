package semdiff

import "strings"

// lostClauses reports a condition or an exception that one side lacks as a
// whole, where all the rest of the other side has its counterpart, and returns
// a matching without it.
func (c *comparer) lostClauses(o *outcome, m *matching) *matching {
	lostA := lostClause(m.a, m.toB)
	lostB := lostClause(m.b, m.toA)
	switch {
	case lostA >= 0 && lostB < 0 && allMatched(m.b.atoms, m.toA, -1) && allMatched(m.a.atoms, m.toB, lostA):
		text := m.a.clauseText(lostA)
		o.hard(clauseKind(text), .95, clauseName(text)+" removed: "+quote(text), text, "")
		return c.match(m.a.without(lostA), m.b)
	case lostB >= 0 && lostA < 0 && allMatched(m.a.atoms, m.toB, -1) && allMatched(m.b.atoms, m.toA, lostB):
		text := m.b.clauseText(lostB)
		o.hard(clauseKind(text), .95, clauseName(text)+" added: "+quote(text), "", text)
		return c.match(m.a, m.b.without(lostB))
	}
	return m
}

// lostClause is the one clause that begins with a condition and has no
// matched content; -1 without.
func lostClause(s *sentence, to []int) int {
	found := -1
	for k := range s.clauses {
		condition, content, matched := false, 0, 0
		for i := range s.atoms {
			a := &s.atoms[i]
			if a.clause != k {
				continue
			}
			condition = condition || s.leads(i) || a.key == "@if" || a.key == "@except" || a.key == "@until" || a.key == "@before" || a.key == "@after"
			if argument(a) {
				content++
				if to[i] >= 0 {
					matched++
				}
			}
		}
		if condition && content > 0 && matched == 0 {
			if found >= 0 {
				return -1
			}
			found = k
		}
	}
	return found
}

// leads reports whether a phrase with a preposition begins the sentence with
// this atom, is set apart from the rest, and says more than what every answer,
// task or text has.
func (s *sentence) leads(i int) bool {
	if i > 0 || s.atoms[0].clause > 0 || !fronted[link(&s.atoms[0])] || s.clauses < 2 || s.starts[1] == startHard {
		return false
	}
	n, says := 0, false
	for n < len(s.atoms) && s.atoms[n].clause == 0 {
		a := &s.atoms[n]
		says = says || ordinalWords[a.key] || a.key == "last" || argument(a) && weight(a) >= 1
		n++
	}
	return says && n <= 5 && n < len(s.atoms)
}

func allMatched(atoms []atom, to []int, but int) bool {
	for i := range atoms {
		if r := atoms[i].role; atoms[i].clause != but && to[i] < 0 && (r == roleContent || r == roleExact) {
			return false
		}
	}
	return true
}

func (s *sentence) clauseText(k int) string {
	var raws []string
	for i := range s.atoms {
		a := &s.atoms[i]
		if n := len(raws); a.clause == k && (n == 0 || raws[n-1] != a.raw) {
			if prep := link(a); prep != "" {
				raws = append(raws, prep)
			}
			raws = append(raws, a.raw)
		}
	}
	return strings.Join(raws, " ")
}

func exception(text string) bool {
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	switch word {
	case "unless", "except", "apart", "other", "excluding", "save":
		return true
	}
	return false
}

// restricts reports whether a condition says unless, only or even.
func restricts(text string) bool {
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	return word == "only" || word == "unless" || word == "even"
}

func clauseKind(text string) Kind {
	if exception(text) || restricts(text) {
		return KindExclusivity
	}
	return KindCondition
}

func clauseName(text string) string {
	if exception(text) {
		return "exception"
	}
	return "condition"
}

// without is the sentence without one clause.
func (s *sentence) without(k int) *sentence {
	out := *s
	out.atoms, out.negations = nil, nil
	at := make([]int, len(s.atoms)+1)
	for i := range s.atoms {
		at[i] = len(out.atoms)
		if s.atoms[i].clause != k {
			out.atoms = append(out.atoms, s.atoms[i])
		}
	}
	at[len(s.atoms)] = len(out.atoms)
	for _, n := range s.negations {
		if n.clause != k {
			n.at = at[n.at]
			out.negations = append(out.negations, n)
		}
	}
	return &out
}
