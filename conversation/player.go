// Package conversation has conversations with an agent: it sends the turns of a
// recorded or a simulated user one by one, and answers the tools that the agent
// calls. Every call is remembered, so that none is made twice.
package conversation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// Call makes one attempt of a call.
type Call func(context.Context, pipeline.Request) (pipeline.Asset, error)

// Player has conversations. It is safe for concurrent use; one conversation is
// had by one goroutine at a time.
type Player struct {
	Agent Call
	// Asks says that the agent's calls of tools are wishes, which the test set's
	// stubs fulfil; else they are what the agent did by itself.
	Asks     bool
	Declared []string   // tools that the agent has, as far as that is known
	User     *Simulator // plays users; nil = nobody does
	// Purse pays each call; nil = nobody counts.
	Purse *pipeline.Purse
	Stop  <-chan struct{} // closed = no further call is made; nil = never
	// RepeatAmbiguous allows to repeat a call of which an earlier process left no
	// answer.
	RepeatAmbiguous bool
}

// Play goes on with a conversation from what its log holds, and returns when it
// is over or cannot go on. The Asset is that of the last answer, with the whole
// conversation: Latency is that of the slowest answer, Usage and CostUSD are
// sums. CostUSD and Sends are of what no earlier Play of this log has returned.
// An error is that of the call that failed; a *pipeline.Transient may be tried
// again, then the finished calls are not repeated.
func (p *Player) Play(ctx context.Context, r pipeline.Request, log *Log) (pipeline.Asset, error) {
	stubs, err := newTools(r.Dialogue.Tools)
	if err != nil {
		return pipeline.Asset{}, err
	}
	stubs.declared = p.Declared
	t := &talk{Player: p, request: r, log: log, tools: stubs, out: &pipeline.Talk{Traced: p.Asks}}
	for _, m := range r.Messages {
		t.add(pipeline.Turn{Role: m.Role, Content: m.Content, Given: true})
	}
	t.history = append(t.history, r.Messages...)
	switch {
	case r.Dialogue.Given != nil:
		t.given()
	case r.Dialogue.User != nil:
		err = t.simulate(ctx)
	default:
		err = t.replay(ctx)
	}
	a := t.asset()
	var odd errStub
	var user errUser
	var again *pipeline.Transient
	transient := errors.As(err, &again)
	if errors.As(err, &odd) || errors.As(err, &user) {
		t.out.Unjudged = err.Error() // it holds when no further attempt is made
		if !transient {
			err = nil
		}
	}
	if transient && t.made > 0 {
		more := *again
		more.Progress = true
		err = &more
	}
	return a, err
}

// talk is a conversation under way.
type talk struct {
	*Player
	request pipeline.Request
	log     *Log
	tools   *tools
	out     *pipeline.Talk
	history []pipeline.Message

	last    pipeline.Asset // the last answer
	usage   pipeline.Usage
	slowest time.Duration
	used    []pipeline.ToolCall
	odd     bool // a price is not known
	calls   int  // so far, those of the log included
	made    int  // by this Play, with an answer
}

func (t *talk) add(turn pipeline.Turn) { t.out.Turns = append(t.out.Turns, turn) }

// given takes a conversation as it was had before.
func (t *talk) given() {
	t.out.Traced = true
	for _, turn := range t.request.Dialogue.Given {
		t.add(turn)
		if testsets.IsAssistant(turn.Role) {
			t.last = pipeline.Asset{Text: turn.Content}
			t.out.Traced = t.out.Traced && turn.Trace != nil
			for _, use := range turn.Tools {
				t.used = append(t.used, use.ToolCall)
			}
		}
	}
}

// replay sends what the recorded user says.
func (t *talk) replay(ctx context.Context) error {
	d := t.request.Dialogue
	for _, m := range d.Say {
		switch {
		case testsets.IsUser(m.Role):
			if err := t.say(ctx, m.Content); err != nil {
				return err
			}
		case d.Recorded || !testsets.IsAssistant(m.Role):
			t.history = append(t.history, m)
		}
	}
	return nil
}

// say sends one turn of the user and takes in the answer.
func (t *talk) say(ctx context.Context, text string) error {
	t.add(pipeline.Turn{Role: "user", Content: text})
	q := pipeline.Request{Release: t.request.Release, Input: text, Vars: t.vars(), Draw: t.request.Draw,
		Messages: t.history[:len(t.history):len(t.history)]}
	answer := pipeline.Turn{Role: "assistant"}
	for round := 0; ; round++ {
		a, err := t.call(ctx, q)
		if err != nil {
			return err
		}
		t.take(&answer, a)
		if len(a.ToolCalls) == 0 || !t.Asks {
			for _, c := range a.ToolCalls {
				answer.Tools = append(answer.Tools, pipeline.ToolUse{ToolCall: c})
			}
			break
		}
		if round == t.tools.rounds() {
			return fmt.Errorf("the agent still asks for tools after %d rounds of them, and does not answer", round)
		}
		if q.After, err = t.fulfil(ctx, q.After, &answer, a); err != nil {
			return err
		}
	}
	if answer.Content = t.last.Text; !t.Asks {
		answer.Trace = t.last.Trace
	}
	t.slowest = max(t.slowest, time.Duration(answer.LatencyUS)*time.Microsecond)
	t.add(answer)
	t.history = append(t.history, pipeline.Message{Role: "user", Content: text})
	if !t.request.Dialogue.Recorded {
		t.history = append(append(t.history, q.After...), pipeline.Message{Role: "assistant", Content: t.last.Text, Echo: t.last.Echo})
	}
	return nil
}

// vars are the case's, without an input: what the user says now is the input.
func (t *talk) vars() map[string]any {
	if _, has := t.request.Vars["input"]; !has {
		return t.request.Vars
	}
	out := map[string]any{}
	for k, v := range t.request.Vars {
		if k != "input" {
			out[k] = v
		}
	}
	return out
}

// take adds one reply up.
func (t *talk) take(answer *pipeline.Turn, a pipeline.Asset) {
	t.last = a
	t.odd = t.odd || a.Unpriced
	answer.LatencyUS += a.Latency.Microseconds()
	answer.CostUSD += a.CostUSD
	addUsage(&answer.Usage, a.Usage)
	addUsage(&t.usage, a.Usage)
	t.used = append(t.used, a.ToolCalls...)
}

func addUsage(sum *pipeline.Usage, u pipeline.Usage) {
	sum.InputTokens += u.InputTokens
	sum.OutputTokens += u.OutputTokens
	sum.CachedTokens += u.CachedTokens
	sum.CacheWriteTokens += u.CacheWriteTokens
	sum.ReasoningTokens += u.ReasoningTokens
}

// fulfil answers the tools that a reply calls for, and puts both behind after.
func (t *talk) fulfil(ctx context.Context, after []pipeline.Message, answer *pipeline.Turn, a pipeline.Asset) ([]pipeline.Message, error) {
	asks, gets := pipeline.Message{Role: "assistant", Echo: a.Echo}, pipeline.Message{Role: "tool"}
	if strings.TrimSpace(a.Text) != "" {
		asks.Parts = append(asks.Parts, pipeline.Part{Text: a.Text})
	}
	began := time.Now()
	for _, c := range a.ToolCalls {
		use, err := t.tools.answer(ctx, c)
		if err != nil {
			return after, err
		}
		answer.Tools = append(answer.Tools, use)
		if gap := t.tools.gap(use); gap != "" {
			t.add(*answer) // so that people see what was called for
			return after, errStub{errors.New(gap)}
		}
		if c.Args = use.Args; c.Args == nil {
			c.Args = []byte("{}")
		}
		asks.Parts = append(asks.Parts, pipeline.Part{ToolCall: &c})
		gets.Parts = append(gets.Parts, pipeline.Part{ToolResult: &pipeline.ToolResult{ID: c.ID, Name: c.Name, Output: use.Output, Failed: use.Error != ""}})
	}
	answer.LatencyUS += time.Since(began).Microseconds()
	return append(after[:len(after):len(after)], asks, gets), nil
}

// asset is what the conversation came to so far.
func (t *talk) asset() pipeline.Asset {
	a := t.last
	usd, sends := t.log.unpaid()
	a.Usage, a.CostUSD, a.Sends, a.Latency, a.Unpriced, a.ToolCalls = t.usage, usd, sends, t.slowest, t.odd, t.used
	if len(t.tools.state) > 0 || t.request.Dialogue.Tools != nil {
		t.out.State = t.tools.state
	}
	t.out.UserUSD = t.log.Sums().UserUSD
	a.Talk = t.out
	return a
}
