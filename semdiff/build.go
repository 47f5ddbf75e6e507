package semdiff

import (
	"slices"
	"sort"
	"strings"
)

// builder gathers a Report.
type builder struct {
	report *Report
	index  map[string]int             // of changes, by what they say
	scores []float64                  // of the changes
	watch  func(before, after string) // if set, is told the texts of each unit of a body before it is added
}

func newBuilder(kind, name, from, to string) *builder {
	return &builder{report: &Report{Kind: kind, Name: name, From: from, To: to}, index: map[string]int{}}
}

// unit adds a unit with its findings.
func (b *builder) unit(u Unit, fs []finding) {
	at := len(b.report.Units)
	for _, f := range fs {
		u.Verdict, u.Score = max(u.Verdict, f.verdict), max(u.Score, f.score)
	}
	b.report.Units = append(b.report.Units, u)
	for _, f := range fs {
		b.change(f, Place{Unit: at, Before: u.BeforeSpan, After: u.AfterSpan})
	}
}

func (b *builder) change(f finding, at Place) {
	key := string(f.kind) + "\x00" + f.say
	if f.verdict < Changed { // what does not matter does not become more by being said elsewhere
		key += "\x00" + f.verdict.String()
	}
	if i, ok := b.index[key]; ok {
		c := &b.report.Changes[i]
		c.Verdict = max(c.Verdict, f.verdict)
		b.scores[i] = max(b.scores[i], f.score)
		if c.Places[len(c.Places)-1] != at {
			c.Places = append(c.Places, at)
		}
		return
	}
	b.index[key] = len(b.report.Changes)
	b.scores = append(b.scores, f.score)
	b.report.Changes = append(b.report.Changes, Change{Kind: f.kind, Verdict: f.verdict, Say: f.say, Before: f.before, After: f.after, Places: []Place{at}})
}

// sort puts the most severe changes first, among them those that are certain,
// and leaves the others in their order.
func (b *builder) sort() {
	in := b.report.Changes
	at := make([]int, len(in))
	for i := range at {
		at[i] = i
	}
	certain := func(i int) bool { return b.scores[i] >= .8 && in[i].Kind != KindWording }
	sort.SliceStable(at, func(x, y int) bool {
		i, j := at[x], at[y]
		if in[i].Verdict != in[j].Verdict {
			return in[i].Verdict > in[j].Verdict
		}
		return certain(i) && !certain(j)
	})
	out := make([]Change, len(in))
	for k, i := range at {
		out[k] = in[i]
	}
	b.report.Changes = out
}

// done sorts the changes and sums up.
func (b *builder) done() *Report {
	r := b.report
	b.sort()
	for _, c := range r.Changes {
		r.Verdict = max(r.Verdict, c.Verdict)
	}
	for _, u := range r.Units {
		r.Score = max(r.Score, u.Score)
	}
	r.Score = min(max(r.Score, 0), 1)
	if r.Changes == nil {
		r.Changes = []Change{}
	}
	if r.Units == nil {
		r.Units = []Unit{}
	}
	return r
}

// bodies compares two texts piece by piece into the report.
func (b *builder) bodies(c *comparer) {
	known := map[string]string{}
	keyed(c.a, known)
	keyed(c.b, known)
	ps := c.align()
	runs := gaps(ps)
	for i := 0; i < len(ps); i++ {
		if end := runs[i]; end > 0 && c.merges(ps[i:end], ps) {
			b.merged(c, ps[i:end])
			i = end - 1
			continue
		}
		fs := c.findings(ps[i], ps)
		b.see(c, ps[i:i+1])
		b.unit(c.unitOf(ps[i]), fs)
	}
}

func (c *comparer) span(p *piece) Span { return Span{File: p.file, Line: p.line, End: p.end} }

func (c *comparer) unitOf(p pairing) Unit {
	u := Unit{Moved: p.moved}
	if p.a >= 0 {
		a := &c.a.pieces[p.a]
		u.What, u.Section, u.Before, u.BeforeSpan = a.what, a.section, c.a.written(a.text), c.span(a)
	}
	if p.b >= 0 {
		x := &c.b.pieces[p.b]
		u.What, u.Section, u.After, u.AfterSpan = x.what, x.section, c.b.written(x.text), c.span(x)
	}
	return u
}

// merged adds a run of pieces that were split or joined as one unit.
func (b *builder) merged(c *comparer, ps []pairing) {
	u := Unit{What: "block"}
	var before, after []string
	for _, p := range ps {
		if p.a >= 0 {
			a := &c.a.pieces[p.a]
			before = append(before, c.a.written(a.text))
			u.BeforeSpan = cover(u.BeforeSpan, c.span(a))
		}
		if p.b >= 0 {
			x := &c.b.pieces[p.b]
			u.Section = x.section
			after = append(after, c.b.written(x.text))
			u.AfterSpan = cover(u.AfterSpan, c.span(x))
		}
	}
	u.Before, u.After = strings.Join(before, "\n"), strings.Join(after, "\n")
	o := c.joined(ps)
	b.see(c, ps)
	b.unit(u, o.findings)
}

func (b *builder) see(c *comparer, ps []pairing) {
	if b.watch != nil {
		b.watch(c.sides(ps))
	}
}

func cover(a, b Span) Span {
	if a.Line == 0 {
		return b
	}
	return Span{File: a.File, Line: min(a.Line, b.Line), End: max(a.End, b.End)}
}

// merges looks whether a run of differing pieces says the same as a whole: a
// sentence that was split, a list that became prose.
func (c *comparer) merges(ps, all []pairing) bool {
	if len(ps) < 2 || len(ps) > 40 {
		return false
	}
	as, bs, worst := 0, 0, Identical
	for _, p := range ps {
		if p.a >= 0 {
			as++
		}
		if p.b >= 0 {
			bs++
		}
		if p.a >= 0 && c.a.pieces[p.a].whole() || p.b >= 0 && c.b.pieces[p.b].whole() {
			return false
		}
	}
	if as == 0 || bs == 0 || as == bs && len(ps) > 6 {
		return false
	}
	for _, p := range ps {
		for _, f := range c.findings(p, all) {
			worst = max(worst, f.verdict)
		}
	}
	return worst >= Changed && c.joined(ps).verdict < Changed && c.inOrder(ps)
}

// inOrder reports whether joined texts have their words in the same order, so
// that nothing went from one sentence to another.
func (c *comparer) inOrder(ps []pairing) bool {
	a, b := c.sides(ps)
	m := c.match(newSentence(c.a.plain(a)), newSentence(c.b.plain(b)))
	x, y := m.a.stops(), m.b.stops()
	last := -1
	for i, j := range m.toB {
		if j < 0 || m.rel[i] != same || !argument(&m.a.atoms[i]) {
			continue
		}
		if j < last {
			a, b, was, is := &m.a.atoms[i], &m.b.atoms[j], &m.a.atoms[m.toA[last]], &m.b.atoms[last]
			if y[b.clause] != y[is.clause] || x[a.clause] != x[was.clause] && a.clause != was.clause {
				return false
			}
		}
		last = max(last, j)
	}
	return true
}

// stops counts the full stops, colons and semicolons before each clause.
func (s *sentence) stops() []int {
	out, n := make([]int, s.clauses), 0
	for k := range out {
		if k > 0 && s.starts[k] == startHard {
			n++
		}
		out[k] = n
	}
	return out
}

// whole reports whether a piece is never part of another one.
func (p *piece) whole() bool { return p.exact || p.what == "example" }

func (c *comparer) joined(ps []pairing) outcome { return c.texts(c.sides(ps)) }

// sides are the texts of a run of pairings, in their order.
func (c *comparer) sides(ps []pairing) (before, after string) {
	var a, b []string
	var ia, ib []int
	for _, p := range ps {
		if p.a >= 0 {
			ia = append(ia, p.a)
		}
		if p.b >= 0 {
			ib = append(ib, p.b)
		}
	}
	slices.Sort(ia)
	for _, i := range ia {
		a = append(a, c.a.pieces[i].text)
	}
	for _, j := range ib {
		b = append(b, c.b.pieces[j].text)
	}
	return strings.Join(a, "\n"), strings.Join(b, "\n")
}
