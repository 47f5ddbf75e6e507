package semdiff

import (
	"slices"
	"strings"
	"unicode"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// finding is one difference between two sentences.
type finding struct {
	kind    Kind
	verdict Verdict
	score   float64
	say     string
	before  string
	after   string
}

// outcome is the comparison of two pieces.
type outcome struct {
	verdict  Verdict
	score    float64
	findings []finding
	sure     bool // a rule found what no paraphrase shows
}

func (o *outcome) add(f finding) {
	o.findings = append(o.findings, f)
	o.score = max(o.score, f.score)
	o.verdict = max(o.verdict, f.verdict)
}

// threshold is the score from which a difference counts as a change of
// meaning. It and the scores of the rules were set on pairs that are not those
// of the benchmark.
const threshold = .5

// soft adds a finding whose verdict follows from its score.
func (o *outcome) soft(kind Kind, score float64, say, before, after string) {
	v := Reworded
	if score >= threshold {
		v = Changed
	}
	o.add(finding{kind, v, score, say, before, after})
}

// firm adds what no paraphrase shows.
func (o *outcome) firm(kind Kind, score float64, say, before, after string) {
	o.hard(kind, score, say, before, after)
	o.sure = true
}

func (o *outcome) hard(kind Kind, score float64, say, before, after string) {
	o.add(finding{kind, Changed, score, say, before, after})
}

// comparer holds what a comparison needs. It is not safe for concurrent use.
type comparer struct {
	vectors *vectors
	a, b    *document
	pairs   map[[2]string]outcome
	entail  entailment
	keep    map[[2]string]evidence // if not nil, takes the evidence that was weighed
	lines   [2]map[string]int      // of keys of YAML files before and after, see lineKey
}

// texts compares two sentences by the rules.
func (c *comparer) texts(a, b string) outcome {
	key := [2]string{a, b}
	if o, ok := c.pairs[key]; ok {
		return o
	}
	o := c.compareTexts(a, b)
	c.entail.open(&o, c.a.written(a), c.b.written(b))
	c.pairs[key] = o
	return o
}

func (c *comparer) compareTexts(a, b string) (o outcome) {
	if a == b && len(c.a.rename) == 0 && !strings.ContainsRune(a, markOpen) {
		return o
	}
	ta, tb := slices.Clone(c.a.plain(a)), slices.Clone(c.b.plain(b))
	ta, tb = unmark(ta, tb), unmark(tb, ta)
	fixed := fixTypos(ta, tb) + fixTypos(tb, ta)
	sa, sb := newSentence(ta), newSentence(tb)
	if sa.plain == sb.plain {
		if c.a.written(a) == c.b.written(b) {
			return o
		}
		if o.keyCase(ta, tb) {
			return o
		}
		if len(ta) != len(tb) || sa.clauses > 1 {
			if sa.scopes() != sb.scopes() {
				o.hard(KindCondition, .8, "punctuation moved what a condition applies to", "", "")
				return o
			}
		}
		say := "only the writing differs"
		if fixed > 0 {
			say = "spelling corrected"
		}
		o.add(finding{KindCosmetic, Formatting, .02, say, "", ""})
		return o
	}
	m := c.match(sa, sb)
	m = c.lostClauses(&o, m)
	r := newResidue(m, c.cosine(joinWords(ta), joinWords(tb)))
	r.frame = frame(ta, tb)
	c.rules(&o, m, r)
	o.refocused(ta, tb)
	o.calls(a, b)
	if c.keep != nil && !o.certain() && !o.local(r) {
		c.keep[[2]string{a, b}] = c.evident(&o, m, r)
	}
	c.weigh(&o, m, r)
	return o
}

func joinWords(ts []token) string {
	var b strings.Builder
	for _, t := range ts {
		if t.kind != tokenPunct {
			b.WriteString(t.text)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// fixTypos replaces words of ts that are none by the words of other that they
// were meant to be, and returns their number.
func fixTypos(ts, other []token) int {
	n := 0
	for i, t := range ts {
		if t.kind != tokenWord || len(t.text) < 3 || contains(other, t.text) {
			continue
		}
		for _, o := range other {
			if o.kind == tokenWord && misspelt(t.text, o.text) {
				ts[i].text = o.text
				n++
				break
			}
		}
	}
	return n
}

// unmark takes the marks off code and literals that stand as plain words on the
// other side.
func unmark(ts, other []token) []token {
	var out []token
	for i, t := range ts {
		if t.kind != tokenLiteral && t.kind != tokenCode || !plainWords(t.text) || slices.ContainsFunc(other, func(o token) bool { return o.kind == t.kind && o.text == t.text }) {
			if out != nil {
				out = append(out, t)
			}
			continue
		}
		f := strings.Fields(strings.ToLower(t.text))
		if !runOf(other, f) {
			if out != nil {
				out = append(out, t)
			}
			continue
		}
		if out == nil {
			out = append(make([]token, 0, len(ts)+4), ts[:i]...)
		}
		for _, w := range f {
			out = append(out, token{tokenWord, spell(w), w})
		}
	}
	if out == nil {
		return ts
	}
	return out
}

func plainWords(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && r != ' ' {
			return false
		}
	}
	return s != ""
}

// runOf reports whether words follow each other in ts.
func runOf(ts []token, words []string) bool {
next:
	for i := 0; i+len(words) <= len(ts); i++ {
		for k, w := range words {
			if ts[i+k].kind != tokenWord || ts[i+k].text != spell(w) {
				continue next
			}
		}
		return true
	}
	return false
}

func contains(ts []token, text string) bool {
	for _, t := range ts {
		if t.text == text && t.kind == tokenWord {
			return true
		}
	}
	return false
}

// residue is what is left without a counterpart, by weight.
type residue struct {
	a, b      []int   // unmatched content of each side
	weightA   float64 // its weights
	weightB   float64
	total     float64 // of all content, mean of both sides
	synonyms  int
	derived   int
	nearly    int
	nearNouns int
	opposites int
	cos       float64
	frame     float64 // share of the words that both sides begin and end with
}

func (r residue) share() float64 {
	if r.total == 0 {
		return 0
	}
	return (r.weightA + r.weightB) / (2 * r.total)
}

func weight(a *atom) float64 {
	switch a.role {
	case roleContent:
		if lowWeight[a.key] {
			return .5
		}
		return 1
	case roleExact, roleNumber:
		return 1
	case roleLight:
		return .15
	}
	return .3
}

var lowWeight = wordSet("long length scale information data act item make give take get use put set let set be go come work have carefully text content thing part kind section write show use answer say include add need want clear good suitable important possible available current follow above exactly keep like try provide mention create task job rule step assistant user")

func newResidue(m *matching, cos float64) residue {
	r := residue{cos: cos}
	for i := range m.a.atoms {
		a := &m.a.atoms[i]
		r.total += weight(a) / 2
		if m.toB[i] < 0 {
			if duplicate(m.a.atoms, m.toB, i) {
				r.weightA += .1
				continue
			}
			if a.role == roleContent || a.role == roleLight {
				r.weightA += weight(a)
			}
			if a.role == roleContent {
				r.a = append(r.a, i)
			}
			continue
		}
		switch m.rel[i] {
		case synonym:
			r.synonyms++
		case derived:
			r.derived++
		case near:
			if a.entry.Pos&wordnet.Noun != 0 && a.entry.Pos&wordnet.Verb == 0 {
				r.nearNouns++
			} else {
				r.nearly++
			}
		case opposite:
			r.opposites++
		}
	}
	for j := range m.b.atoms {
		b := &m.b.atoms[j]
		r.total += weight(b) / 2
		if m.toA[j] < 0 {
			if duplicate(m.b.atoms, m.toA, j) {
				r.weightB += .1
				continue
			}
			if b.role == roleContent || b.role == roleLight {
				r.weightB += weight(b)
			}
			if b.role == roleContent {
				r.b = append(r.b, j)
			}
		}
	}
	return r
}

// duplicate reports whether an atom repeats a matched one: a verb that was
// said once for two objects.
func duplicate(atoms []atom, to []int, i int) bool {
	if atoms[i].role != roleContent {
		return false
	}
	for k := range atoms {
		if k != i && to[k] >= 0 && atoms[k].key == atoms[i].key {
			return true
		}
	}
	return false
}

// rules runs the rules in order; each adds what it finds.
func (c *comparer) rules(o *outcome, m *matching, r residue) {
	c.numbers(o, m, r)
	c.exacts(o, m, r)
	only := c.operators(o, m, r)
	c.orders(o, m, r)
	c.negations(o, m, r, only)
	c.keyNames(o, m)
	c.contents(o, m, r)
	if len(o.findings) == 0 {
		o.soft(KindWording, .08, sameMeaning, "", "")
	}
}

// gather lets two weak findings make a stronger one.
func (o *outcome) gather() {
	best, second := -1, -1
	for i := range o.findings {
		switch {
		case best < 0 || o.findings[i].score > o.findings[best].score:
			best, second = i, best
		case second < 0 || o.findings[i].score > o.findings[second].score:
			second = i
		}
	}
	if second < 0 || o.findings[best].verdict != Reworded || o.findings[second].score < .25 {
		return
	}
	f := &o.findings[best]
	if f.score += .3 * o.findings[second].score; f.score >= threshold {
		f.verdict = Changed
	}
	o.score, o.verdict = max(o.score, f.score), max(o.verdict, f.verdict)
}

// frame is the share of words at the beginning and the end that two texts have
// in common.
func frame(a, b []token) float64 {
	a, b = spoken(a), spoken(b)
	n := min(len(a), len(b))
	head, tail := 0, 0
	for head < n && a[head].text == b[head].text {
		head++
	}
	for tail < n-head && a[len(a)-1-tail].text == b[len(b)-1-tail].text {
		tail++
	}
	return float64(head+tail) / float64(max(n, 1))
}

// spoken are the tokens without punctuation.
func spoken(ts []token) []token {
	out := make([]token, 0, len(ts))
	for _, t := range ts {
		if t.kind != tokenPunct {
			out = append(out, t)
		}
	}
	return out
}

// rephrased reports whether a text was written anew: many words differ, and
// not in one place. An edit that changes the meaning is mostly local.
func (r residue) rephrased() bool {
	return r.share() > .28 && r.frame < .3 && min(r.weightA, r.weightB) > .4
}

// rewritten is the cosine from which a text that was written anew counts as
// the same.
const rewritten = .56

// uncertain are the kinds that a paraphrase shows, too.
var uncertain = map[Kind]bool{KindNegation: true, KindQuantifier: true, KindCondition: true, KindWording: true, KindModality: true, KindOrder: true, KindExclusivity: true, KindFormat: true, KindLabel: true}

// damp lowers the scores where nearly all words differ: there rules see
// differences that a paraphrase has, too.
func (o *outcome) damp(r residue) {
	if r.rephrased() && !o.sure {
		o.score, o.verdict = 0, Identical
		for i := range o.findings {
			f := &o.findings[i]
			if f.verdict == Changed && uncertain[f.kind] {
				f.score = min(f.score, threshold+.5*(rewritten-r.cos)+.01*float64(len(o.findings)))
				if f.score < threshold {
					f.verdict = Reworded
				}
			}
			o.score, o.verdict = max(o.score, f.score), max(o.verdict, f.verdict)
		}
		return
	}
	o.gather()
	over := (r.share() - .3) / .7
	if over <= 0 {
		return
	}
	o.score = 0
	for i := range o.findings {
		f := &o.findings[i]
		if f.verdict == Changed {
			f.score = threshold + (f.score-threshold)*(1-.8*over)
		}
		o.score = max(o.score, f.score)
	}
}
