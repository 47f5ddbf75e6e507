package evals

import (
	"math"

	"github.com/GaboBase/arch-genops/pipeline"
)

// estimate tells what the calls that are left come to at most.
func (r *runner) estimate(slots []slot, draw int) {
	p := Planned{Cases: len(r.plan.cases), Cached: r.reused.Answers, Calls: len(slots)}
	turns, bounded := r.plan.turns(slots)
	p.Calls += turns - len(slots)
	if left := r.plan.repeats - draw; left > 0 {
		p.Calls += left * len(r.plan.cases)
	}
	if s := r.Spending; s != nil && s.Expected != nil {
		p.Priced = true
		p.ExpectedUSD = r.sumUp(slots, 1+len(slots)/100, s.Expected) * float64(p.Calls) / float64(len(slots))
		p.WorstUSD = math.Inf(1) // of what an answer makes longer, nobody knows it
		if r.purse != nil && bounded {
			worst := func(q pipeline.Request) float64 { usd, _ := s.Worst(q); return usd }
			p.WorstUSD = r.sumUp(slots, 1, worst) * float64(p.Calls) / float64(len(slots))
		}
	}
	r.budget = Budget{ExpectedUSD: p.ExpectedUSD, WorstUSD: p.WorstUSD}
	if math.IsInf(p.WorstUSD, 1) {
		r.budget.WorstUSD = 0
	}
	if r.Forecast != nil {
		r.Forecast(p)
	}
}

// sumUp adds a price up over slots, looking at every nth.
func (r *runner) sumUp(slots []slot, nth int, price func(pipeline.Request) float64) (usd float64) {
	seen := 0
	for i := 0; i < len(slots); i += nth {
		usd += price(r.plan.request(slots[i]))
		seen++
	}
	return usd * float64(len(slots)) / float64(seen)
}
