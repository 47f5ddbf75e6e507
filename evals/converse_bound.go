package evals

import (
	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/testsets"
)

// callBound bounds the calls of cases, each of which is made once: attempts that
// a provider refuses or a connection loses come on top.
type callBound struct {
	turns int // of users
	agent int // calls of the agent: a turn may ask for tools in each of its rounds, and then answer
	user  int // calls of the model that plays users: one for each turn and one for the end, and again for what can't be used
	talks int // cases that are conversations, or have tools
}

func (b *callBound) add(more callBound) {
	b.turns += more.turns
	b.agent += more.agent
	b.user += more.user
	b.talks += more.talks
}

// bound bounds the calls of one draw of a case. asks says that the agent lets
// others carry out its tools.
func (p *plan) bound(c *testsets.Case, asks bool) callBound {
	if !p.converses(c) {
		return callBound{turns: 1, agent: 1}
	}
	if p.recorded {
		return callBound{turns: 1}
	}
	b := callBound{turns: 1, talks: 1}
	switch u := c.Simulate; {
	case u != nil && p.simulate != nil:
		if b.turns = u.MaxTurns; b.turns == 0 {
			b.turns = testsets.DefaultTurns
		}
		if b.user = b.turns + 1; u.First != "" {
			b.user--
		}
		b.user *= conversation.UserAttempts
	case c.Replay != "":
		for _, m := range c.Messages {
			if testsets.IsUser(m.Role) {
				b.turns++
			}
		}
	}
	b.agent = b.turns
	if asks {
		rounds := testsets.DefaultRounds
		if c.Tools != nil && c.Tools.Rounds > 0 {
			rounds = c.Tools.Rounds
		}
		b.agent *= 1 + rounds
	}
	b.agent = min(b.agent, conversation.MostCalls)
	b.user = min(b.user, conversation.MostCalls)
	return b
}

// bounds bounds the calls of slots, and of whole draws of all cases beside them.
func (p *plan) bounds(slots []slot, draws int, asks bool) (sum callBound) {
	for _, at := range slots {
		sum.add(p.bound(&p.cases[p.order[at.pos]], asks))
	}
	for ; draws > 0; draws-- {
		for i := range p.cases {
			sum.add(p.bound(&p.cases[i], asks))
		}
	}
	return sum
}
