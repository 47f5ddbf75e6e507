package evals

import (
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
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
	r.estimateJudge(&p, slots)
	r.budget = Budget{ExpectedUSD: p.ExpectedUSD, WorstUSD: p.WorstUSD}
	if math.IsInf(p.WorstUSD, 1) {
		r.budget.WorstUSD = 0
	}
	if r.Forecast != nil {
		r.Forecast(p)
	}
}

// judgeQuestion is about how long a judge's question is without what it is asked
// about, in bytes.
const judgeQuestion = 1500

// estimateJudge tells about how often the judge is asked about the slots, and
// what that comes to: its questions hold inputs and answers of about that size.
func (r *runner) estimateJudge(p *Planned, slots []slot) {
	bytes := 0
	for _, at := range slots {
		index := r.plan.order[at.pos]
		asked, _ := questions(r.plan.judge.checks[index])
		p.JudgeCalls += asked
		bytes += asked * (judgeQuestion + 2*len(r.plan.cases[index].Input))
	}
	if p.JudgeCalls > 0 && r.ExpectJudge != nil {
		text := strings.Repeat("x", bytes/p.JudgeCalls)
		one := pipeline.Request{ID: validators.JudgeRequests, Chat: &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}}}}
		p.JudgeUSD = r.ExpectJudge(one) * float64(p.JudgeCalls)
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
