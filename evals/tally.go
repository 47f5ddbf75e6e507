package evals

import (
	"math"

	"github.com/GaboBase/arch-genops/gate"
)

// tally consumes judgements as the complete prefix of the drawn order.
type tally struct {
	plan     *plan
	first    []*Judgement // first draws by position; nil = not in yet
	base     []*Judgement // of the baseline, by position; empty without one
	repeats  map[slot]*Judgement
	tests    []*gate.Test // by rule; nil when it is blocked
	consumed int          // units
	decided  []int        // by rule: cases consumed when it was decided; 0 = not yet
	cases    int          // cases in consumed units
}

func newTally(p *plan) (*tally, error) {
	t := &tally{plan: p, first: make([]*Judgement, len(p.cases)), repeats: map[slot]*Judgement{},
		tests: make([]*gate.Test, len(p.rules)), decided: make([]int, len(p.rules))}
	if p.baseline != nil {
		t.base = make([]*Judgement, len(p.cases))
	}
	for i, r := range p.rules {
		if r.blocked != "" {
			continue
		}
		test, err := gate.New(r.Rule.Rule, r.design)
		if err != nil {
			return nil, &UsageError{err}
		}
		t.tests[i] = test
	}
	return t, nil
}

// get returns what is known of a slot; nil = nothing yet.
func (t *tally) get(at slot) *Judgement {
	switch {
	case at.base:
		return t.base[at.pos]
	case at.draw > 1:
		return t.repeats[at]
	}
	return t.first[at.pos]
}

// add takes a judgement in any order. Early arrivals wait for their turn.
func (t *tally) add(at slot, j *Judgement) {
	switch {
	case at.base:
		t.base[at.pos] = j
	case at.draw > 1:
		t.repeats[at] = j
		return
	default:
		t.first[at.pos] = j
	}
	for t.consumed < len(t.plan.units) && t.complete(t.plan.units[t.consumed]) {
		t.consume(t.plan.units[t.consumed])
		t.consumed++
	}
}

func (t *tally) complete(u unit) bool {
	for pos := u.start; pos < u.end; pos++ {
		if t.first[pos] == nil || t.base != nil && t.base[pos] == nil {
			return false
		}
	}
	return true
}

func (t *tally) consume(u unit) {
	t.cases += u.end - u.start
	for i, test := range t.tests {
		if test == nil {
			continue
		}
		sample, any := t.sample(u, &t.plan.rules[i])
		if !any {
			continue
		}
		before := test.Verdict()
		test.Observe(sample)
		if before == gate.Undecided && test.Verdict() != gate.Undecided {
			t.decided[i] = t.cases
		}
	}
}

// sample sums up a unit for one rule: what could not be judged counts as the
// lowest score in Lo and as the highest in Hi. Scores are differences to the
// baseline's for a paired rule.
func (t *tally) sample(u unit, r *plannedRule) (s gate.Sample, any bool) {
	least, most := 0.0, 1.0
	if r.paired() {
		least = -1
	}
	for pos := u.start; pos < u.end; pos++ {
		index := t.plan.order[pos]
		if !r.applies[index] {
			continue
		}
		w := t.plan.cases[index].Weight
		s.Weight += w
		s.Cases++
		score, known := t.score(pos, r)
		if !known || math.IsNaN(score) {
			s.Lo += w * least
			s.Hi += w * most
			continue
		}
		score = min(max(score, least), most)
		s.Judged += w
		s.Lo += w * score
		s.Hi += w * score
	}
	if s.Weight > 0 {
		s.Lo /= s.Weight
		s.Hi /= s.Weight
	}
	return s, s.Cases > 0
}

// score is what a rule asks of one case.
func (t *tally) score(pos int, r *plannedRule) (score float64, known bool) {
	of := func(j *Judgement) (float64, bool) {
		if r.Metric == passRate {
			return t.plan.passes(t.plan.order[pos], j)
		}
		return j.score(r.Metric)
	}
	score, known = of(t.first[pos])
	if !r.paired() || !known {
		return score, known
	}
	base, known := of(t.base[pos])
	return score - base, known && t.plan.together(t.first[pos], t.base[pos])
}

// allDecided says whether every rule that can be decided is. It is false when
// there is none.
func (t *tally) allDecided() bool {
	any := false
	for i, test := range t.tests {
		if test == nil {
			continue
		}
		if test.Verdict() == gate.Undecided || t.plan.rules[i].wantsAll() && t.consumed < len(t.plan.units) {
			return false
		}
		any = true
	}
	return any
}
