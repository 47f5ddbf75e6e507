package evals

import (
	"fmt"
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
	population bool
	earlyStop  bool
	repeats    int
}

// plannedRule is a rule and what is known of it before the first call.
type plannedRule struct {
	Rule
	applies []bool // by case index
	design  gate.Design
	blocked string // why it can't be decided at all; "" when it can
	gates   bool
}

// earlyStopAbove is the number of cases above which a run stops when every rule
// is decided.
const earlyStopAbove = 200

func newPlan(m *Manifest, set *testsets.Set, deps validators.Deps) (*plan, error) {
	cases, err := m.Subset.choose(set)
	if err != nil {
		return nil, err
	}
	p := &plan{set: set, cases: cases, release: m.Release, population: m.Population, repeats: max(m.Repeats, 1)}
	var first []string
	if m.Carried != nil {
		first = m.Carried.Cases
	}
	p.order, p.units = drawOrder(cases, m.Seed, first)
	p.earlyStop = !m.Full && len(cases) > earlyStopAbove
	if p.judge, err = newJudge(set, cases, m.Rules, deps); err != nil {
		return nil, err
	}
	for _, r := range m.Rules {
		pr, err := p.planRule(r, m.SkipUnavailable)
		if err != nil {
			return nil, err
		}
		p.rules = append(p.rules, pr)
	}
	return p, nil
}

func (p *plan) planRule(r Rule, skipUnavailable bool) (plannedRule, error) {
	pr := plannedRule{Rule: r, applies: make([]bool, len(p.cases)), gates: true}
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
		if pr.applies[i] = p.appliesTo(r, metric, i); pr.applies[i] {
			applying++
		}
	}
	pr.design = p.design(pr.applies)
	switch {
	case applying == 0 && r.Default:
		pr.blocked, pr.gates = fmt.Sprintf("not applicable: no case %s", needs(metric)), false
	case applying == 0:
		pr.blocked = fmt.Sprintf("nothing to judge: no case %s", needs(metric))
	case known && metric.Kind == validators.KindJudged:
		pr.blocked = fmt.Sprintf("could not judge: %s needs a judge model and none is configured; leave it out of evals.metrics, or set evals.on_unavailable: skip in genops.yaml to go on without it", r.Metric)
		pr.gates = !(r.Default && skipUnavailable)
	}
	return pr, nil
}

// needs says what a case would have to have for the metric to apply.
func needs(m validators.Metric) string {
	if len(m.Needs) == 0 {
		return "has an assertion of this name"
	}
	return "has " + strings.Join(m.Needs, " and ")
}

func (p *plan) appliesTo(r Rule, m validators.Metric, i int) bool {
	c := &p.cases[i]
	switch {
	case r.Limit != nil:
		return true
	case r.Metric == passRate:
		for _, check := range p.judge.checks[i] {
			if check.assertion {
				return true
			}
		}
		return false
	case m.Kind == validators.KindJudged:
		return m.Applies(*c)
	}
	return has(p.judge.checks[i], r.Metric)
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

// request is the call for one draw of the case at a position.
func (p *plan) request(pos, draw int) pipeline.Request {
	c := &p.cases[p.order[pos]]
	r := pipeline.Request{ID: requestID(c.ID, draw), Release: p.release, Input: c.Input, Vars: c.Vars, Draw: draw}
	for _, m := range c.Messages {
		r.Messages = append(r.Messages, pipeline.Message{Role: m.Role, Content: m.Content})
	}
	return r
}

func requestID(caseID string, draw int) string { return fmt.Sprintf("%s#%d", caseID, draw) }

// seq numbers the calls of a run: all first draws in drawn order, then the
// second ones …
func (p *plan) seq(pos, draw int) int64 { return int64((draw-1)*len(p.cases) + pos) }

// at is the inverse of seq.
func (p *plan) at(seq int64) (pos, draw int, ok bool) {
	n := int64(len(p.cases))
	if seq < 0 || seq >= n*int64(p.repeats) {
		return 0, 0, false
	}
	return int(seq % n), int(seq/n) + 1, true
}
