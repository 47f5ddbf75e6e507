package semdiff

import (
	"fmt"
	"slices"
	"strings"
)

// operators compares only, should, may, all, if, before and the like. It
// returns how many exclusivity words are without a counterpart, which is not
// reported yet when exactly one is: two negations may stand for it.
func (c *comparer) operators(o *outcome, m *matching, r residue) int {
	diffuse := r.share() > .45
	c.quantified(o, m)
	c.modality(o, m, diffuse, r.frame < .5 || m.a.passive != m.b.passive)
	c.conditions(o, m, diffuse)
	c.alternatives(o, m, r)
	as, bs := left(m.a.atoms, m.toB, roleOnly), left(m.b.atoms, m.toA, roleOnly)
	as, bs = without(as, "@exactly"), without(bs, "@exactly")
	return len(as) + len(bs)
}

// alternatives finds "or" in the place of "and".
func (c *comparer) alternatives(o *outcome, m *matching, r residue) {
	count := func(s *sentence) (and, or int) {
		for i := range s.atoms {
			if s.atoms[i].key == "or" {
				or++
			}
			if strings.Contains(s.atoms[i].glue, "and") {
				and++
			}
		}
		return and, or
	}
	andA, orA := count(m.a)
	andB, orB := count(m.b)
	switch {
	case len(r.a)+len(r.b) == 0 && m.a.relatives != m.b.relatives && (andB-andA)*(m.a.relatives-m.b.relatives) == 1:
		o.hard(KindCondition, .9, "a clause that says which became another part, or the other way around", "", "")
	case len(m.a.negations)+len(m.b.negations) > 0 || r.share() > .2:
	case orA > orB && andB > andA:
		o.hard(KindCondition, .9, "or became and", "or", "and")
	case orB > orA && andA > andB:
		o.hard(KindCondition, .9, "and became or", "and", "or")
	}
}

func without(list []*atom, key string) []*atom {
	out := list[:0]
	for _, a := range list {
		if a.key != key {
			out = append(out, a)
		}
	}
	return out
}

func quote(s string) string { return "“" + s + "”" }

func (c *comparer) quantified(o *outcome, m *matching) {
	as, bs := left(m.a.atoms, m.toB, roleQuantity), left(m.b.atoms, m.toA, roleQuantity)
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[0], bs[0]
		as, bs = as[1:], bs[1:]
		if (a.key == "@any" || b.key == "@any") && !strings.HasSuffix(strings.ToLower(a.raw), "any of") && !strings.HasSuffix(strings.ToLower(b.raw), "any of") && !beforeNumber(m.a.atoms, a) && !underCondition(m.a.atoms, a) && !underCondition(m.b.atoms, b) {
			o.soft(KindQuantifier, .3, quote(a.raw)+" became "+quote(b.raw), a.raw, b.raw)
			continue
		}
		o.hard(KindQuantifier, .97, a.raw+" became "+b.raw, a.raw, b.raw)
		o.sure = o.sure || m.sameThing(a, b)
	}
	numbersA, numbersB := left(m.a.atoms, m.toB, roleNumber), left(m.b.atoms, m.toA, roleNumber)
	alone := func(q *atom, numbers []*atom, verb string, before, after string) {
		if len(numbers) > 0 {
			say := quote(q.raw) + " became " + quote(numbers[0].raw)
			if before == "" {
				say = quote(numbers[0].raw) + " became " + quote(q.raw)
			}
			o.drop(numbers[0])
			o.hard(KindQuantifier, .95, say, before, after)
			return
		}
		score := .9
		switch q.key {
		case "@all":
			score = .4
		case "@any":
			score = .15
		case "@both":
			score = .2
		}
		o.soft(KindQuantifier, score, quote(q.raw)+" "+verb, before, after)
	}
	for _, a := range as {
		alone(a, numbersB, "removed", a.raw, "")
	}
	for _, b := range bs {
		alone(b, numbersA, "added", "", b.raw)
	}
}

// sameThing reports whether two quantifiers stand before the same word.
func (m *matching) sameThing(a, b *atom) bool {
	for i := range m.a.atoms[:len(m.a.atoms)-1] {
		if j := m.toB[i+1]; &m.a.atoms[i] == a && j > 0 {
			return &m.b.atoms[j-1] == b && m.a.atoms[i+1].key == m.b.atoms[j].key
		}
	}
	return false
}

// beforeNumber reports whether an atom stands right before a number: any three
// are not all three.
func beforeNumber(atoms []atom, q *atom) bool {
	for i := range atoms[:len(atoms)-1] {
		if &atoms[i] == q {
			return atoms[i+1].role == roleNumber
		}
	}
	return false
}

// underCondition reports whether an atom stands in a clause with "if", where
// any is not all.
func underCondition(atoms []atom, q *atom) bool {
	for i := range atoms {
		if atoms[i].key == "@if" && atoms[i].clause == q.clause {
			return true
		}
	}
	return false
}

var strength = map[string]string{"@should": "should", "@may": "may", "@neednot": "need not", "@always": "always", "@usually": "usually", "@sometimes": "sometimes", "@often": "often", "@rarely": "rarely"}

func (c *comparer) modality(o *outcome, m *matching, diffuse, restructured bool) {
	as := append(left(m.a.atoms, m.toB, roleModal), left(m.a.atoms, m.toB, roleFrequency)...)
	bs := append(left(m.b.atoms, m.toA, roleModal), left(m.b.atoms, m.toA, roleFrequency)...)
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[0], bs[0]
		as, bs = as[1:], bs[1:]
		if optional := strings.Contains(a.raw+b.raw, "optional"); optional && (a.key == "@may" || a.key == "@neednot") && (b.key == "@may" || b.key == "@neednot") {
			continue // what is optional may be, and need not be
		}
		o.hard(KindModality, .96, strength[a.key]+" became "+strength[b.key], a.raw, b.raw)
	}
	alone := func(a *atom, say, before, after string) {
		score := .95
		if hedged(a) {
			o.firm(KindModality, score, say, before, after)
			return
		}
		switch {
		case a.key == "@should" && restructured && !m.a.must && !m.b.must:
			score = .45
		case a.key == "@always", a.key == "@may" && limited(m, a):
			score = .25
		case diffuse && a.key == "@may":
			score = .45
		case diffuse:
			score = .7
		}
		o.soft(KindModality, score, say, before, after)
		o.sure = o.sure || a.key != "@always" && score >= .9 && (lacks(m.a.atoms, m.toB, "require") || lacks(m.b.atoms, m.toA, "require"))
	}
	for _, a := range as {
		say := strength[a.key] + " became must"
		if a.key == "@always" {
			say = quote(a.raw) + " removed"
		}
		alone(a, say, a.raw, "")
	}
	for _, b := range bs {
		say := "must became " + strength[b.key]
		if b.key == "@always" {
			say = quote(b.raw) + " added"
		}
		alone(b, say, "", b.raw)
	}
}

// lacks reports whether a word has no counterpart.
func lacks(atoms []atom, to []int, key string) bool {
	for i := range atoms {
		if atoms[i].key == key && to[i] < 0 {
			return true
		}
	}
	return false
}

// limited reports whether a permission has an upper limit: "may have at most
// 20" is "must not have more than 20".
func limited(m *matching, a *atom) bool {
	for _, s := range []*sentence{m.a, m.b} {
		for i := range s.atoms {
			if x := &s.atoms[i]; x == a {
				for k := i + 1; k < len(s.atoms) && s.atoms[k].clause == x.clause; k++ {
					if op := s.quantities[s.atoms[k].key].op; (op == "le" || op == "lt") && !m.sameRaw(s, k) || s.atoms[k].key == "@only" && (k+1 == len(s.atoms) || s.atoms[k+1].role != roleCondition) {
						return true
					}
				}
			}
		}
	}
	return false
}

// sameRaw reports whether the counterpart of an atom is written alike.
func (m *matching) sameRaw(s *sentence, k int) bool {
	to, other := m.toB, m.b
	if s == m.b {
		to, other = m.toA, m.a
	}
	return to[k] >= 0 && other.atoms[to[k]].raw == s.atoms[k].raw
}

var ordinalWords = wordSet("first second third")

var conditionAlone = map[string]float64{
	"@if": .93, "@before": .85, "@after": .7, "@until": .93, "@while": .5, "@otherwise": .6, "@including": .85,
	"because": .15, "although": .3, "then": .15, "first": .35, "second": .3, "third": .3, "last": .35, "so": .1,
}

func (c *comparer) conditions(o *outcome, m *matching, diffuse bool) {
	as, bs := left(m.a.atoms, m.toB, roleCondition), left(m.b.atoms, m.toA, roleCondition)
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[0], bs[0]
		as, bs = as[1:], bs[1:]
		score, kind := .9, KindCondition
		switch {
		case successive[a.key] && successive[b.key] && a.key != b.key && m.sameSequence(a, b):
			score = .2
		case asOrdinal(a) && asOrdinal(b):
			score, kind = .93, KindNumber
		case conditionAlone[a.key] < .5 && conditionAlone[b.key] < .5:
			score = .3
		case opposedTime(a.key, b.key):
			score, kind = .97, KindOrder
			o.sure = o.sure || m.sameSides(a, b)
		case a.key == "@if" && (b.key == "@after" || b.key == "@while") || b.key == "@if" && (a.key == "@after" || a.key == "@while"):
			score = .35
		case diffuse:
			score = .6
		}
		say := a.raw + " became " + b.raw
		if strings.EqualFold(a.raw, b.raw) {
			say = "the condition with " + quote(a.raw) + " turned around"
		}
		if kind == KindCondition && (restricts(a.raw) || restricts(b.raw)) {
			kind = KindExclusivity
		}
		o.soft(kind, score, say, a.raw, b.raw)
	}
	alone := func(a *atom, verb, before, after string) {
		score := conditionAlone[a.key]
		if diffuse {
			score *= .6
		}
		if a.key == "@if" && m.impliedIf(a) {
			score = min(score, .35)
		}
		o.soft(KindCondition, score, quote(a.raw)+" "+verb, before, after)
	}
	for _, a := range as {
		alone(a, "removed", a.raw, "")
	}
	for _, b := range bs {
		alone(b, "added", "", b.raw)
	}
}

// sameSides reports whether two conditions belong to the same thing, and not to
// each other's: x before y, which is y after x.
func (m *matching) sameSides(a, b *atom) bool {
	for _, x := range conditionsOf(m.a) {
		for _, y := range conditionsOf(m.b) {
			if x.conn == a.key && y.conn == b.key {
				return m.overlap(x.host, y.host) > 0 && m.overlap(x.host, y.words) == 0 && m.overlap(x.words, y.host) == 0
			}
		}
	}
	return false
}

func opposedTime(a, b string) bool {
	pair := a + b
	return pair == "@before@after" || pair == "@after@before" || pair == "firstlast" || pair == "lastfirst" || strings.Contains(pair, "@until") || pair == "firstthen" || pair == "thenfirst"
}

// negations compares the parity of negations clause by clause. Opposites of
// matched words count as one, too. Two changes of parity and one "only" are
// the same: "do not use others than X", "only use X".
func (c *comparer) negations(o *outcome, m *matching, r residue, only int) {
	of, ofB := m.components()
	parity := map[int]int{}
	raws := map[int]string{}
	count := func(s *sentence, of []int) {
		seen := map[string]int{}
		for _, n := range s.negations {
			k := of[min(n.clause, len(of)-1)]
			if n.at < len(s.atoms) { // "do not use A, do not use B" is one
				head := s.atoms[n.at].key
				id := fmt.Sprint(k, head)
				if at, ok := seen[id]; ok && at != n.at && n.strict {
					continue
				}
				seen[id] = n.at
			}
			parity[k]++
		}
	}
	count(m.a, of)
	count(m.b, ofB)
	opposites := 0
	for i := range m.a.atoms {
		if m.toB[i] >= 0 && m.rel[i] == opposite {
			k := of[m.a.atoms[i].clause]
			parity[k]++
			opposites++
			raws[k] = m.a.atoms[i].raw + " became " + m.b.atoms[m.toB[i]].raw
		}
	}
	odd := 0
	said := ""
	for k, p := range parity {
		if p%2 == 1 {
			odd++
			if raws[k] != "" {
				said = raws[k]
			}
		}
	}
	switch {
	case only == 1 && odd > 0 && odd%2 == 0 || only == 1 && odd == 0 && len(m.a.negations) != len(m.b.negations):
		o.soft(KindExclusivity, .3, "only, or two negations", "", "")
		return
	case only > 0:
		c.exclusivity(o, m)
	}
	if odd == 0 && strictly(m) {
		o.hard(KindComparator, .85, "“not more than” and “less than” differ where both are equal", "", "")
		return
	}
	if same := len(m.a.negations) == len(m.b.negations); same && opposites == 0 && o.has(KindOrder) {
		return // what they deny has changed places
	}
	if odd > 0 {
		o.hard(KindNegation, c.negationScore(r, opposites), sayNegation(m, said), "", "")
		return
	}
	c.movedNegations(o, m)
}

func (o *outcome) has(kind Kind) bool {
	return slices.ContainsFunc(o.findings, func(f finding) bool { return f.kind == kind && f.verdict == Changed })
}

// strictly reports whether a comparison with "than" became its opposite while a
// negation came or went: not higher than x is lower than x, or x.
func strictly(m *matching) bool {
	if len(m.a.negations) == len(m.b.negations) {
		return false
	}
	for i, j := range m.toB {
		if j >= 0 && m.rel[i] == opposite && oppositeDegrees(m.a.atoms[i].key, m.b.atoms[j].key) && i+1 < len(m.a.atoms) && link(&m.a.atoms[i+1]) == "than" {
			return true
		}
	}
	return false
}

func (c *comparer) negationScore(r residue, opposites int) float64 {
	switch {
	case r.share() > .5:
		return .72
	case r.share() > .3:
		return .85
	}
	return .97
}

func sayNegation(m *matching, opposites string) string {
	switch {
	case opposites != "":
		return opposites
	case len(m.a.negations) < len(m.b.negations):
		return "negation added" + beforeWhat(m.b, m.b.negations)
	case len(m.a.negations) > len(m.b.negations):
		return "negation removed" + beforeWhat(m.a, m.a.negations)
	}
	return "negation moved"
}

// beforeWhat names what the last negation stands before.
func beforeWhat(s *sentence, list []negation) string {
	if n := list[len(list)-1]; n.at < len(s.atoms) {
		return " before " + quote(s.atoms[n.at].raw)
	}
	return ""
}

// movedNegations finds a negation that went from one verb of a clause to
// another.
func (c *comparer) movedNegations(o *outcome, m *matching) {
	if len(m.a.negations) != len(m.b.negations) {
		return
	}
	targets := func(s *sentence) []int {
		var out []int
		for _, n := range s.negations {
			if n.strict && n.at < len(s.atoms) {
				out = append(out, nextContent(s.atoms, n.at))
			}
		}
		return out
	}
	as, bs := targets(m.a), targets(m.b)
	for k, i := range as {
		if k >= len(bs) || slices.Contains(bs, m.toB[i]) || slices.Contains(as, m.toA[bs[k]]) {
			continue
		}
		if j := bs[k]; m.toB[i] >= 0 && m.toA[j] >= 0 && m.a.passive == m.b.passive && m.rel[i] == same {
			o.soft(KindNegation, .9, "the negation moved from "+quote(m.a.atoms[i].raw)+" to "+quote(m.b.atoms[j].raw), "", "")
		}
	}
}

func nextContent(atoms []atom, at int) int {
	for at+1 < len(atoms) && !argument(&atoms[at]) {
		at++
	}
	return at
}

func (c *comparer) exclusivity(o *outcome, m *matching) {
	as, bs := without(left(m.a.atoms, m.toB, roleOnly), "@exactly"), without(left(m.b.atoms, m.toA, roleOnly), "@exactly")
	for i := range min(len(as), len(bs)) {
		o.hard(KindExclusivity, .96, as[i].raw+" became "+bs[i].raw, as[i].raw, bs[i].raw)
	}
	n := min(len(as), len(bs))
	for _, a := range as[n:] {
		o.hard(KindExclusivity, .96, quote(a.raw)+" removed", a.raw, "")
	}
	for _, b := range bs[n:] {
		o.hard(KindExclusivity, .96, quote(b.raw)+" added", "", b.raw)
	}
}
