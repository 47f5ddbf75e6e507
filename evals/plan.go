package evals

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// plan is everything that is decided before the first call. It is a pure
// function of the test set, the rules and the manifest, so that Verify can
// make it again.
type plan struct {
	set        *testsets.Set
	cases      []testsets.Case // the chosen ones, in file order
	order      []int           // index into cases by position in drawn order
	units      []unit
	rules      []plannedRule
	judge      *judge
	release    string
	simulate   *ManifestSimulate // nil = nobody plays users
	recorded   bool              // the set's own answers are judged, and nobody is asked
	baseline   *ManifestBaseline // nil = one arm
	apart      map[string]bool   // IDs of the quarantined cases
	population bool
	earlyStop  bool
	last       int      // positions that may be drawn
	repeats    int      // draws of every judged case
	draws      int      // draws of a case at most
	judging    bool     // judged metrics can be judged
	asserted   bool     // some case asserts something
	metrics    []string // of the rules
	skip       bool     // default rules leave out what they can't judge
	// doubted are the assertions by case index that an uncalibrated judge judges, and
	// whose word pass_rate does not take; nil = it takes every word.
	doubted []map[string]bool // metric → yes
}

// slot is the place of one call in a run.
type slot struct {
	pos  int  // in drawn order
	draw int  // 1 for the one that the gate uses
	base bool // a call of the baseline, which has one draw of each case
}

// plannedRule is a rule and what is known of it before the first call.
type plannedRule struct {
	Rule
	applies []bool // by case index
	design  gate.Design
	blocked string // why it can't be decided at all; "" when it can
	gates   bool
	judge   *JudgeUse // whose word the metric is; nil = nobody's
}

// earlyStopAbove is the number of cases above which a run stops when every rule
// is decided.
const earlyStopAbove = 200

func newPlan(m *Manifest, set *testsets.Set, deps validators.Deps) (*plan, error) {
	cases, err := m.Subset.choose(set)
	if err != nil {
		return nil, err
	}
	p := &plan{set: set, cases: cases, release: m.Release, simulate: m.Simulate, recorded: m.AsRecorded, baseline: m.Baseline, population: m.Population,
		repeats: max(m.Repeats, 1), draws: mostDraws(m.Repeats), apart: map[string]bool{}}
	if m.Quarantine != nil {
		for _, c := range m.Quarantine.Cases {
			p.apart[c.ID] = true
		}
	}
	var first []string
	if m.Carried != nil {
		first = m.Carried.Cases
	}
	if m.InOrder {
		first = make([]string, len(cases))
		for i := range cases {
			first[i] = cases[i].ID
		}
	}
	p.order, p.units = drawOrder(cases, m.Seed, first)
	p.earlyStop = !m.Full && (len(cases) > earlyStopAbove || m.MaxCases > 0)
	p.last = p.lastPosition(m.MaxCases)
	p.judging = deps.Judging != nil
	if err := p.playable(); err != nil && !m.OwnJudge {
		return nil, err
	}
	if m.OwnJudge {
		p.judge = newOwnJudge(cases)
	} else if p.judge, err = newJudge(set, cases, m.Rules, m.SkipUnavailable, deps); err != nil {
		return nil, err
	}
	p.skip = m.SkipUnavailable
	p.asserted = slices.ContainsFunc(p.judge.checks, asserting)
	for _, r := range m.Rules {
		p.metrics = append(p.metrics, r.Metric)
	}
	p.doubt(m)
	for _, r := range m.Rules {
		pr, err := p.planRule(r, m.SkipUnavailable)
		if err != nil {
			return nil, err
		}
		pr.judge = m.judge(r.Metric)
		pr.gates = pr.gates && pr.judge.distrusted() == ""
		p.rules = append(p.rules, pr)
	}
	return p, nil
}

// lastPosition is the end of the whole units that hold at most so many cases in
// drawn order, but of one unit at least; 0 cases = all.
func (p *plan) lastPosition(cases int) (last int) {
	if cases <= 0 {
		return len(p.order)
	}
	for _, u := range p.units {
		if last > 0 && u.end > cases {
			break
		}
		last = u.end
	}
	return last
}

func (p *plan) planRule(r Rule, skipUnavailable bool) (plannedRule, error) {
	pr := plannedRule{Rule: r, applies: make([]bool, len(p.cases)), gates: true}
	if r.paired() && p.baseline == nil {
		return pr, &UsageError{fmt.Errorf("%s: %s: there is no baseline; name it with --against VERSION", r.Source, r.Key())}
	}
	metric, known := validators.Metric{}, false
	if r.Limit == nil {
		m, err := validators.Lookup(r.Metric)
		metric, known = m, err == nil
		if !known && !p.named(r.Metric) {
			return pr, p.unknownMetric(r)
		}
	}
	applying := 0
	for i := range p.cases {
		if pr.applies[i] = !p.apart[p.cases[i].ID] && p.appliesTo(r, metric, i); pr.applies[i] {
			applying++
		}
	}
	pr.design = p.design(pr.applies)
	if need := parameterOf(metric); applying == 0 && need != "" && !r.Default && len(p.apart) == 0 {
		return pr, &UsageError{fmt.Errorf("%s: %s needs %s, and no case has it: give it as the value of an assertion, or in genops.yaml:  evals: {judge: {metrics: {%s: {%s: …}}}}  (`genops metrics show %[2]s`)",
			r.Source, metric.Name, need, metric.Name, need)}
	}
	switch {
	case applying == 0 && len(p.apart) > 0:
		pr.blocked = "nothing to judge: every case that it applies to is quarantined"
	case applying == 0 && r.Default:
		pr.blocked, pr.gates = fmt.Sprintf("not applicable: no case %s", needs(metric)), false
	case applying == 0:
		pr.blocked = fmt.Sprintf("nothing to judge: no case %s", needs(metric))
	case known && p.judge.computes(metric):
	case known && p.judging && metric.Kind == validators.KindJudged && !p.judge.own && !validators.CanJudge(metric.Name):
		pr.blocked = fmt.Sprintf("could not judge: %s", metric.About)
	case known && metric.Kind == validators.KindJudged && !p.judge.own && (!p.judging || !validators.CanJudge(metric.Name)):
		pr.blocked = fmt.Sprintf("could not judge: %s needs a judge model and none is configured; name one with --judge or evals.judge, leave it out of evals.metrics, or set evals.on_unavailable: skip in genops.yaml to go on without it", r.Metric)
		pr.gates = !(r.Default && skipUnavailable)
	}
	return pr, nil
}

// needs says what a case would have to have for the metric to apply.
func needs(m validators.Metric) string {
	if len(m.Needs) == 0 {
		return "has an assertion of this name"
	}
	if need := parameterOf(m); need != "" {
		return "has " + need + " (the value of an assertion, or of evals.judge.metrics)"
	}
	return "has " + strings.Join(m.Needs, " and ")
}

// parameterOf is the parameter without which a metric asks nothing; "" = none.
func parameterOf(m validators.Metric) string {
	if len(m.Needs) > 0 && slices.Contains(validators.ParametersOf(m.Name), m.Needs[0]) {
		return m.Needs[0]
	}
	return ""
}

// appliesAll is appliesTo for each case, without the quarantined ones.
func (p *plan) appliesAll(r Rule) []bool {
	m, _ := validators.Lookup(r.Metric)
	out := make([]bool, len(p.cases))
	for i := range out {
		out[i] = !p.apart[p.cases[i].ID] && p.appliesTo(r, m, i)
	}
	return out
}

func (p *plan) appliesTo(r Rule, m validators.Metric, i int) bool {
	c := &p.cases[i]
	switch {
	case r.Limit != nil:
		return true
	case r.Metric == passRate:
		return asserting(p.judge.checks[i]) || p.asserted && !(r.Default && p.skip) && !p.judged(i)
	case m.Kind == validators.KindJudged && !p.judge.own && !p.judge.computes(m) && !(p.judging && validators.CanJudge(m.Name)):
		return m.Applies(*c)
	}
	return has(p.judge.checks[i], r.Metric)
}

// judged reports whether something judges a case that asserts nothing: a judge, or
// the metric of a rule. One that nothing judges is not left out of the pass rate
// unseen: it could not be judged.
func (p *plan) judged(i int) bool {
	checks := p.judge.checks[i]
	return slices.ContainsFunc(checks, func(c check) bool { return c.judged != nil }) ||
		slices.ContainsFunc(p.metrics, func(metric string) bool { return has(checks, metric) })
}

// named says whether some assertion counts under this name.
func (p *plan) named(metric string) bool {
	for _, c := range p.cases {
		for _, a := range c.Assert {
			if a.Metric == metric {
				return true
			}
		}
	}
	return false
}

func (p *plan) unknownMetric(r Rule) error {
	_, err := validators.Lookup(r.Metric)
	return &UsageError{fmt.Errorf("%s: %w; and no assertion of the set counts under this name", r.Source, err)}
}

// UsageError is a mistake in what the user asked for, found before anything ran.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// design sums up the units that hold at least one applying case.
func (p *plan) design(applies []bool) gate.Design {
	d := gate.Design{Population: p.population}
	for _, u := range p.units {
		weight, cases := 0.0, 0
		for pos := u.start; pos < u.end; pos++ {
			if i := p.order[pos]; applies[i] {
				weight += p.cases[i].Weight
				cases++
			}
		}
		if cases > 0 {
			d.Units++
			d.Cases += cases
			d.TotalWeight += weight
			d.MaxWeight = max(d.MaxWeight, weight)
		}
	}
	return d
}

// request is the call of a slot. A release that is compared with itself draws
// anew: its baseline's answers are further draws.
func (p *plan) request(at slot) pipeline.Request {
	c := &p.cases[p.order[at.pos]]
	r := pipeline.Request{ID: p.requestID(at), Release: p.releaseOf(at), Input: c.Input, Vars: c.Vars, Draw: at.draw}
	if at.base && r.Release == p.release {
		r.Draw = p.draws + 1
	}
	for _, m := range c.Messages {
		r.Messages = append(r.Messages, pipeline.Message{Role: m.Role, Content: m.Content})
	}
	p.converse(&r, c)
	return r
}

// releaseOf is what a call asks.
func (p *plan) releaseOf(at slot) string {
	if at.base {
		return p.baseline.Release
	}
	return p.release
}

// requestID names a call. Those of the release under test end with a number, so
// that the two kinds never meet.
func (p *plan) requestID(at slot) string {
	id := p.cases[p.order[at.pos]].ID
	if at.base {
		return id + "@baseline"
	}
	return id + "#" + strconv.Itoa(at.draw)
}

// seq numbers the calls of a run: all first draws in drawn order, then the
// second ones …, then those of the baseline.
func (p *plan) seq(at slot) int64 {
	if at.base {
		return int64(p.draws*len(p.cases) + at.pos)
	}
	return int64((at.draw-1)*len(p.cases) + at.pos)
}

// at is the inverse of seq.
func (p *plan) at(seq int64) (at slot, ok bool) {
	n := int64(len(p.cases))
	if seq < 0 || seq >= int64(p.slots()) {
		return slot{}, false
	}
	at = slot{pos: int(seq % n), draw: int(seq/n) + 1}
	if at.draw > p.draws {
		at.draw, at.base = 1, true
	}
	return at, true
}

// slots is how many calls a run can have.
func (p *plan) slots() int {
	n := p.draws * len(p.cases)
	if p.baseline != nil {
		n += len(p.cases)
	}
	return n
}
