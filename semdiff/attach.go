package semdiff

// condition is a clause that another one depends on: if, before, until, or a
// phrase set apart by commas.
type condition struct {
	conn  string       // the word that makes it one
	words map[int]bool // indices of its atoms
	next  bool         // it follows "and" or "or"
	host  map[int]bool // indices of the atoms of the clause that it belongs to
}

// conditionsOf lists the conditions of a sentence and what they belong to: at
// the beginning of a sentence, and after "and" or "then", the next clause, else
// the one before.
func conditionsOf(s *sentence) []condition {
	atoms := make([]map[int]bool, s.clauses)
	conn := make([]string, s.clauses)
	for k := range atoms {
		atoms[k] = map[int]bool{}
	}
	for i := range s.atoms {
		a := &s.atoms[i]
		if argument(a) {
			atoms[a.clause][i] = true
		}
		switch a.key {
		case "@if", "@before", "@after", "@until", "@while", "then":
			if conn[a.clause] == "" {
				conn[a.clause] = a.key
			}
		}
		if first := i == 0 || s.atoms[i-1].clause != a.clause; first && fronted[a.prep] && conn[a.clause] == "" && s.clauses > 1 && (a.clause == 0 || s.starts[a.clause] != startHard) {
			conn[a.clause] = "phrase"
		}
	}
	var out []condition
	for k := range conn {
		if conn[k] == "" || len(atoms[k]) == 0 || conn[k] == "phrase" && (len(atoms[k]) > 4 || k+1 == s.clauses) {
			continue
		}
		if conn[k] == "then" {
			host := map[int]bool{}
			for i := range s.atoms {
				if s.atoms[i].clause < k && argument(&s.atoms[i]) {
					host[i] = true
				}
			}
			out = append(out, condition{"then", atoms[k], false, host})
		} else if at := hostOf(s, k, atoms, conn); at >= 0 {
			out = append(out, condition{conn[k], atoms[k], s.starts[k] == startNext, atoms[at]})
		}
	}
	return out
}

var fronted = wordSet("on in for at during within with by")

func hostOf(s *sentence, k int, atoms []map[int]bool, conn []string) int {
	main := func(j int) bool { return len(atoms[j]) > 0 && conn[j] == "" }
	forward := s.starts[k] != startSoft || k > 0 && len(atoms[k-1]) == 0
	if forward {
		for j := k + 1; j < s.clauses && (j == k+1 || s.starts[j] != startHard); j++ {
			if main(j) {
				return j
			}
		}
	}
	for j := k - 1; j >= 0; j-- {
		if main(j) {
			return j
		}
		if s.starts[j+1] == startHard && j < k-1 {
			break
		}
	}
	for j := k + 1; j < s.clauses; j++ {
		if main(j) {
			return j
		}
	}
	return -1
}

// movedCondition finds a condition that applies to something else than before,
// or that has changed places with what it applied to.
func (c *comparer) movedCondition(o *outcome, m *matching) bool {
	ca, cb := conditionsOf(m.a), conditionsOf(m.b)
	for _, x := range ca {
		for _, y := range cb {
			if x.conn != y.conn {
				continue
			}
			words, across := m.overlap(x.words, y.words), m.overlap(x.words, y.host)
			back := m.overlap(x.host, y.words)
			if across > words && back > m.overlap(x.host, y.host) && len(ca) == len(cb) {
				o.hard(KindOrder, .93, "a condition and what it applies to changed places", "", "")
				return true
			}
			if x.next != y.next && words > 0 && m.overlap(x.host, y.host) < max(len(x.host), len(y.host)) && m.elsewhere(x.host, y) {
				o.hard(KindCondition, .88, "a condition applies to another part", "", "")
				return true
			}
			if x.conn != "then" && words > 0 && 2*words >= len(x.words) && m.overlap(x.host, y.host) == 0 && m.anywhere(x.host) && len(y.host) > 0 {
				o.hard(KindCondition, .9, "a condition applies to something else", "", "")
				return true
			}
		}
	}
	return false
}

func (m *matching) overlap(a, b map[int]bool) int {
	n := 0
	for i := range a {
		if j := m.toB[i]; j >= 0 && b[j] {
			n++
		}
	}
	return n
}

// elsewhere reports whether some atoms of a host stand outside of both parts of
// y's sentence part, or the other way around.
func (m *matching) elsewhere(host map[int]bool, y condition) bool {
	for i := range host {
		if j := m.toB[i]; j >= 0 && !y.host[j] && !y.words[j] {
			return true
		}
	}
	for j := range y.host {
		if i := m.toA[j]; i >= 0 && !host[i] {
			return true
		}
	}
	return false
}

func (m *matching) anywhere(a map[int]bool) bool {
	for i := range a {
		if m.toB[i] >= 0 {
			return true
		}
	}
	return false
}

// hardStarts are the words that begin after a full stop, colon or semicolon,
// and only or if among them: punctuation can move what they apply to.
func (s *sentence) scopes() string {
	out := ""
	last := -1
	for i := range s.atoms {
		a := &s.atoms[i]
		if a.key == "@only" || a.key == "@if" || a.key == "@except" {
			out += a.key
			if a.clause != last && s.starts[a.clause] == startHard {
				out += "!"
			}
			next := i + 1
			for next < len(s.atoms) && s.atoms[next].clause == a.clause {
				next++
			}
			if next < len(s.atoms) && s.starts[s.atoms[next].clause] == startHard {
				out += "."
			}
		}
		last = a.clause
	}
	return out
}
