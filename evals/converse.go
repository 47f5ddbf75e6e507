package evals

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// turnsFile is the ledger of the calls of a run's conversations.
const turnsFile = "turns.jsonl"

// ManifestSimulate says which model plays users.
type ManifestSimulate struct {
	Name    string `json:"name"`
	Release string `json:"release"` // of the model, its parameters and the prompt
	Seed    int64  `json:"seed,omitempty"`
}

// SimulatedBill is what simulated users came to.
type SimulatedBill struct {
	Name     string  `json:"name"`
	Release  string  `json:"release"`
	Calls    int     `json:"calls"`
	USD      float64 `json:"usd"`
	Unpriced int     `json:"unpriced,omitempty"` // calls whose price is not known
	Reached  int     `json:"goals_reached"`      // conversations in which the user got what it wanted
	Ended    int     `json:"conversations"`      // that came to an end
}

// simulated sums up over all conversations; nil where nobody plays users.
func (t *tally) simulated(m *Manifest, sends func(seq int64) int) *SimulatedBill {
	if m.Simulate == nil {
		return nil
	}
	s := &SimulatedBill{Name: m.Simulate.Name, Release: m.Simulate.Release}
	for seq := range int64(t.plan.slots()) {
		at, _ := t.plan.at(seq)
		j := t.get(at)
		if j == nil || j.Talk == nil {
			continue
		}
		if sends(seq) > 0 || unplayed(j) {
			s.Calls += j.Talk.UserUses
			s.USD += j.Talk.UserUSD
			s.Unpriced += j.Talk.Unpriced
		}
		switch j.Talk.Ended {
		case pipeline.EndGoal:
			s.Reached++
			s.Ended++
		case pipeline.EndTurns:
			s.Ended++
		}
	}
	return s
}

// unplayed says whether a conversation ended through no fault of the agent.
func unplayed(j *Judgement) bool { return j.Talk != nil && j.Talk.Unjudged != "" }

// converses says whether a case is a conversation, or has tools that answer.
func (p *plan) converses(c *testsets.Case) bool {
	return p.recorded || c.Replay != "" || c.Tools != nil || c.Simulate != nil && p.simulate != nil
}

// playable refuses users that nobody plays, and stubs that can't answer.
func (p *plan) playable() error {
	for i := range p.cases {
		if p.recorded {
			if _, err := recordedTurns(&p.cases[i]); err != nil {
				return &UsageError{fmt.Errorf("--as-recorded: %s:%d: case %s: %w", p.set.Path, p.cases[i].Line, p.cases[i].ID, err)}
			}
			continue
		}
		if c := &p.cases[i]; c.Tools != nil {
			if err := conversation.CheckTools(c.Tools); err != nil {
				return fmt.Errorf("%s:%d: case %s: %w", p.set.Path, c.Line, c.ID, err)
			}
		}
		if c := &p.cases[i]; c.Simulate != nil && !c.Simulate.Optional && p.simulate == nil {
			return &UsageError{fmt.Errorf("%s:%d: case %s: it has a simulated user, and no model plays it; name one with --simulate or evals.simulate", p.set.Path, c.Line, c.ID)}
		}
	}
	return nil
}

// unasked counts the cases that a simulated user would have made conversations of.
func (p *plan) unasked() (n int) {
	for i := range p.cases {
		if c := &p.cases[i]; !p.recorded && p.simulate == nil && c.Simulate != nil && c.Simulate.Optional {
			n++
		}
	}
	return n
}

// converse makes a request one for a conversation, where the case is one.
func (p *plan) converse(r *pipeline.Request, c *testsets.Case) {
	if !p.converses(c) {
		return
	}
	d := &pipeline.Dialogue{Recorded: c.Replay == testsets.ReplayRecorded, Tools: c.Tools}
	r.Dialogue = d
	switch {
	case p.recorded:
		r.Messages = nil
		*d = pipeline.Dialogue{}
		d.Given, _ = recordedTurns(c) // a case without any was refused
		return
	case c.Simulate != nil && p.simulate != nil:
		d.User = &pipeline.User{Persona: *c.Simulate, Release: p.simulate.Release, Seed: userSeed(p.simulate.Seed, c.ID, r.Draw)}
		return
	case c.Replay == "":
		d.Say = []pipeline.Message{{Role: "user", Content: r.Input}}
		return
	}
	d.Say = append(r.Messages, pipeline.Message{Role: "user", Content: r.Input})
	first := slices.IndexFunc(d.Say, func(m pipeline.Message) bool { return testsets.IsUser(m.Role) })
	r.Messages, d.Say = d.Say[:first:first], d.Say[first:]
	if r.Input = d.Say[0].Content; len(r.Messages) == 0 {
		r.Messages = nil
	}
}

// userSeed makes the users of different cases and draws differ. It is within
// what providers take for a seed.
func userSeed(seed int64, id string, draw int) int64 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d\n%s\n%d", seed, id, draw)
	return int64(h.Sum32() >> 1)
}

// openBook opens the record of turns, where some case is a conversation.
func (r *runner) openBook() (err error) {
	if slices.ContainsFunc(r.plan.cases, func(c testsets.Case) bool { return r.plan.converses(&c) }) {
		r.book, err = conversation.OpenBook(r.folder.path(turnsFile))
	}
	return err
}

func (r *runner) closeBook() error {
	if r.book == nil {
		return nil
	}
	return r.book.Close()
}

// talker has conversations with an arm.
type talker struct {
	run    *runner
	player conversation.Player
}

func (r *runner) talker(a *arm) *talker {
	asks, ok := a.Generator.(interface{ AsksForTools() bool })
	var declared []string
	if has, ok := a.Generator.(interface{ ToolNames() []string }); ok {
		declared = has.ToolNames()
	}
	return &talker{r, conversation.Player{Agent: a.call, Asks: ok && asks.AsksForTools(), Declared: declared, User: r.Simulator,
		Purse: r.purse, Stop: r.Stop, RepeatAmbiguous: r.RepeatAmbiguous}}
}

func (t *talker) generate(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
	at, ok := t.run.underway.of(q.ID)
	if !ok {
		return pipeline.Asset{}, errors.New("the conversation has no place in the run")
	}
	return t.player.Play(ctx, q, t.run.book.Log(at.seq))
}

// admit is Purse.Admit; a conversation pays for its turns itself, one by one.
func (r *runner) admit(ctx context.Context, requests []pipeline.Request) int {
	n := slices.IndexFunc(requests, func(q pipeline.Request) bool { return q.Dialogue != nil })
	switch {
	case n < 0:
		return r.purse.Admit(ctx, requests)
	case n > 0:
		return r.purse.Admit(ctx, requests[:n])
	case r.short() || ctx.Err() != nil:
		return 0
	}
	return 1
}

func (r *runner) again(q pipeline.Request) bool {
	if q.Dialogue != nil {
		return !r.short()
	}
	return r.purse.Again(q)
}

// bookPaid books what an earlier start of the run paid for a case.
func (r *runner) bookPaid(at slot, j *Judgement) {
	q := r.plan.request(at)
	if q.Dialogue == nil {
		r.purse.Book(q, j.CostUSD, j.Uncertain)
		return
	}
	usd := j.CostUSD
	if j.Talk != nil {
		usd += j.Talk.UserUSD
	}
	r.purse.Spend(usd)
	r.purse.Book(q, 0, j.Uncertain)
}

// bookTurns books what an earlier start paid for a conversation that is not
// finished.
func (r *runner) bookTurns(q pipeline.Request, seq int64) {
	s := r.book.Log(seq).Sums()
	r.lost[seq] = s.Lost
	if r.purse != nil {
		r.purse.Spend(s.USD + s.UserUSD)
		r.purse.Book(q, 0, s.Lost)
	}
}

// unfinished is what conversations cost that have no result.
func (r *runner) unfinished() float64 { agent, user := r.unfinishedBoth(); return agent + user }

func (r *runner) unfinishedAgent() float64 { agent, _ := r.unfinishedBoth(); return agent }

func (r *runner) unfinishedBoth() (agent, user float64) {
	if r.book == nil {
		return 0, 0
	}
	r.book.Each(func(seq int64, s conversation.Sums) {
		if at, ok := r.plan.at(seq); ok && r.tally.get(at) == nil {
			agent += s.USD
			user += s.UserUSD
		}
	})
	return agent, user
}

// noVerdict says that nothing can be said of the answers.
func (out *Judgement) noVerdict(checks []check, why string) {
	out.State, out.Error = unjudged, why
	for i := range checks {
		out.found(&checks[i], pipeline.Finding{}, errors.New(why))
	}
}

// talked is the last answer of a conversation as validators see it: what was
// said before it is its history, and all tools are those that it called.
func talked(s pipeline.Subject) pipeline.Subject {
	answers := s.Asset.Talk.Answers()
	if len(answers) == 0 {
		return s
	}
	at := answers[len(answers)-1]
	s.Request.Messages, s.Request.Input = before(s.Asset.Talk.Turns, at)
	return s
}

// before is what was said before a turn: the history, and what it answers.
func before(turns []pipeline.Turn, at int) (history []pipeline.Message, input string) {
	for at--; at >= 0 && !testsets.IsUser(turns[at].Role); at-- {
	}
	if at < 0 {
		return nil, ""
	}
	for _, t := range turns[:at] {
		history = append(history, pipeline.Message{Role: t.Role, Content: t.Content})
	}
	return history, turns[at].Content
}

// over judges the turns that the check is about. Of several, the score is the
// mean, and all must pass.
func (c *check) over(s pipeline.Subject, judge func(pipeline.Subject) (pipeline.Finding, error)) (pipeline.Finding, error) {
	if c.turn == "" {
		return judge(s)
	}
	subjects, err := turnsOf(s, c.turn)
	if err != nil {
		return pipeline.Finding{}, err
	}
	var out pipeline.Finding
	sum := 0.0
	for i, one := range subjects {
		f, err := judge(one)
		if err != nil {
			return f, fmt.Errorf("answer %d: %w", i+1, err)
		}
		if sum += f.Score; i == 0 {
			out = f
		}
		if out.Pass = out.Pass && f.Pass; !f.Pass && out.Reason == "" {
			out.Reason = f.Reason
		}
	}
	out.Score = sum / float64(len(subjects))
	return out, nil
}

// turnsOf are the answers that are meant, each with its own tools.
func turnsOf(s pipeline.Subject, turn string) ([]pipeline.Subject, error) {
	n, _ := strconv.Atoi(turn)
	if s.Asset.Talk == nil {
		if n > 1 {
			return nil, fmt.Errorf("there is one answer only, not %d", n)
		}
		return []pipeline.Subject{s}, nil
	}
	answers := s.Asset.Talk.Answers()
	switch {
	case len(answers) == 0:
		return nil, errors.New("the agent gave no answer")
	case turn == testsets.EachTurn:
	case n > len(answers):
		return nil, fmt.Errorf("the conversation has %d answers, not %d", len(answers), n)
	default:
		answers = answers[n-1 : n]
	}
	out := make([]pipeline.Subject, len(answers))
	for i, at := range answers {
		out[i] = turnAt(s, at)
	}
	return out, nil
}

// turnAt is one answer with what was said before it.
func turnAt(s pipeline.Subject, at int) pipeline.Subject {
	whole := s.Asset.Talk
	turns := slices.Clone(whole.Turns[:at+1])
	for i := range turns[:at] {
		turns[i].Tools, turns[i].Trace = nil, nil
	}
	talk := *whole
	talk.Turns = turns
	this := &turns[at]
	s.Request.Messages, s.Request.Input = before(turns, at)
	if s.Asset.Text != this.Content || at != len(whole.Turns)-1 {
		s.Asset.JSON = nil
	}
	s.Asset.Text, s.Asset.CostUSD, s.Asset.Usage, s.Asset.Talk = this.Content, this.CostUSD, this.Usage, &talk
	s.Asset.Latency = time.Duration(this.LatencyUS) * time.Microsecond
	s.Asset.ToolCalls, s.Asset.Trace = nil, this.Trace
	for _, u := range this.Tools {
		s.Asset.ToolCalls = append(s.Asset.ToolCalls, u.ToolCall)
	}
	return s
}

// turnOf refuses an answer that a recorded conversation can't have.
func turnOf(c *testsets.Case, turn string) error {
	n, err := strconv.Atoi(turn)
	if err != nil || c.Simulate != nil {
		return nil
	}
	has := 1
	for _, m := range c.Messages {
		if c.Replay != "" && testsets.IsUser(m.Role) {
			has++
		}
	}
	if n > has {
		return fmt.Errorf("turn %d: the case has %d turn(s) of the user", n, has)
	}
	return nil
}
