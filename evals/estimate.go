package evals

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/pipeline"
)

// estimate tells what the calls that are left come to at most.
func (r *runner) estimate(slots []slot, draw int) {
	most := r.plan.bounds(slots, r.plan.repeats-draw, r.AsksForTools)
	p := Planned{Cases: len(r.plan.cases), Cached: r.reused.Answers, Calls: most.agent, UserCalls: most.user, Turns: most.turns, Conversations: most.talks}
	if s := r.Spending; s != nil && s.Expected != nil {
		p.Priced = true
		all := 1 + float64((r.plan.repeats-draw)*len(r.plan.cases))/float64(len(slots)) // draws to come are like these
		p.ExpectedUSD = r.sumUp(slots, 1+len(slots)/100, func(at slot) float64 { return r.expectedTalk(at, s.Expected) }) * all
		if most.user > 0 {
			p.ExpectedUSD += s.Expected(sized(conversation.UserRequests, userQuestion)) * float64(most.user) / conversation.UserAttempts
		}
		p.WorstUSD = math.Inf(1)
		if r.purse != nil {
			p.WorstUSD = r.sumUp(slots, 1, r.worstTalk) * all
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

// userQuestion is about how long the question to a simulated user is, in bytes.
const userQuestion = 2500

// estimateJudge tells about how often the judge is asked about the slots, and
// what that comes to: its questions hold inputs, answers of about that size, and
// every other one what the case is judged by.
func (r *runner) estimateJudge(p *Planned, slots []slot) {
	asked, bytes := map[string]int{}, map[string]int{}
	for _, at := range slots {
		index := r.plan.order[at.pos]
		c := &r.plan.cases[index]
		questions := questionsOf(r.plan.judge.checks[index], r.plan.bound(c, false).turns)
		if len(questions) == 0 {
			continue
		}
		material := r.plan.talkBytes(c, r.AsksForTools) + lengthOf(c.Context, c.Metadata["retrieval_context"])/2
		for metric, n := range questions {
			p.JudgeCalls += n
			asked[metric] += n
			bytes[metric] += n * material
		}
	}
	if j := r.Deps.Judging; j != nil && len(j.Panel) > 1 {
		p.JudgeCalls *= len(j.Panel)
	}
	if r.ExpectJudge == nil {
		return
	}
	for metric, n := range asked {
		usd, measured := r.ExpectJudge(metric, bytes[metric]/n)
		p.JudgeUSD += usd * float64(n)
		p.JudgeMeasured += measured
	}
}

// lengthOf is about how long values are as text.
func lengthOf(values ...any) (n int) {
	for _, v := range values {
		if data, err := json.Marshal(v); err == nil && v != nil {
			n += len(data)
		}
	}
	return n
}

// sized is a request of about that many bytes.
func sized(id string, bytes int) pipeline.Request {
	text := strings.Repeat("x", bytes)
	return pipeline.Request{ID: id, Chat: &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}}}}
}

// sumUp adds a price up over slots, looking at every nth.
func (r *runner) sumUp(slots []slot, nth int, price func(slot) float64) (usd float64) {
	seen := 0
	for i := 0; i < len(slots); i += nth {
		usd += price(slots[i])
		seen++
	}
	return usd * float64(len(slots)) / float64(seen)
}
