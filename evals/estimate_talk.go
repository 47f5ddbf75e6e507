package evals

import (
	"maps"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// What nobody knows before a conversation is had, in bytes.
const (
	usualAnswer = 1024 // of an agent
	usualSay    = 200  // of a simulated user
	usualCall   = 100  // the call of a tool
)

// talkCalls are the requests of a conversation's turns, where every answer is as
// long as answer, in bytes; those of a case that is none are one. Tools are asked
// for once a turn where asks holds.
func (p *plan) talkCalls(at slot, answer int, asks bool) (calls []pipeline.Request) {
	q := p.request(at)
	if q.Dialogue == nil || p.recorded {
		return []pipeline.Request{q}
	}
	c := &p.cases[p.order[at.pos]]
	said := p.says(q.Dialogue, p.bound(c, false).turns)
	history := q.Messages
	for _, text := range said {
		one := q
		one.Dialogue, one.Input, one.Messages = nil, text, history[:len(history):len(history)]
		if _, has := q.Vars["input"]; has { // what the user says now is the input
			one.Vars = maps.Clone(q.Vars)
			delete(one.Vars, "input")
		}
		calls = append(calls, one)
		history = append(one.Messages, pipeline.Message{Role: "user", Content: text})
		if asks {
			round := pipeline.Message{Role: "user", Content: strings.Repeat("x", usualCall+toolBytes(c))}
			one.After = []pipeline.Message{round}
			calls = append(calls, one)
			history = append(history, round)
		}
		history = append(history, pipeline.Message{Role: "assistant", Content: strings.Repeat("x", answer)})
	}
	return calls
}

// says is what a user says, turn by turn; what a model will make up is of the
// usual length.
func (p *plan) says(d *pipeline.Dialogue, turns int) (texts []string) {
	if d.User == nil {
		for _, m := range d.Say {
			if testsets.IsUser(m.Role) {
				texts = append(texts, m.Content)
			}
		}
		return texts
	}
	for range turns {
		texts = append(texts, strings.Repeat("x", usualSay))
	}
	return texts
}

// toolBytes is about how long the answer of one of a case's tools is.
func toolBytes(c *testsets.Case) int {
	if c.Tools == nil {
		return 0
	}
	sum, n := 0, 0
	for _, stubs := range c.Tools.Stubs {
		for _, s := range stubs {
			for _, one := range append(s.Sequence[:len(s.Sequence):len(s.Sequence)], s) {
				sum += len(one.Returns) + len(one.Template) + len(one.Error)
				n++
			}
		}
	}
	return sum / max(n, 1)
}

// talkBytes is about how long a conversation is with all that a judge reads of it.
func (p *plan) talkBytes(c *testsets.Case, asks bool) int {
	if !p.converses(c) || p.recorded {
		return 2 * len(c.Input)
	}
	turns := p.bound(c, false).turns
	bytes := len(c.Input) + turns*usualAnswer
	for _, m := range c.Messages {
		if testsets.IsUser(m.Role) {
			bytes += len(m.Content)
		}
	}
	if c.Simulate != nil {
		bytes += turns * usualSay
	}
	if asks {
		bytes += turns * (usualCall + toolBytes(c))
	}
	return bytes
}

// expectedTalk is the likely price of a case.
func (r *runner) expectedTalk(at slot, price func(pipeline.Request) float64) (usd float64) {
	for _, q := range r.plan.talkCalls(at, usualAnswer, r.AsksForTools) {
		usd += price(q)
	}
	return usd
}

// worstTalk bounds the price of a case: each answer is as long as it may be, and
// goes out again with each later turn. +Inf = there is no bound, for tools and
// simulated users may say anything.
func (r *runner) worstTalk(at slot) (usd float64) {
	q := r.plan.request(at)
	longest := 0
	if q.Dialogue != nil && !r.plan.recorded {
		if r.Spending.Longest != nil {
			longest = r.Spending.Longest(q)
		}
		if longest == 0 || r.AsksForTools || q.Dialogue.User != nil {
			return math.Inf(1)
		}
	}
	for _, one := range r.plan.talkCalls(at, longest, false) {
		worst, _ := r.Spending.Worst(one)
		usd += worst
	}
	return usd
}
