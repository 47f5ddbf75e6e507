package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// place is where a request of a sweep stands.
type place struct {
	slot
	seq int64
	key string
}

// underway holds the places of requests until they are judged; safe for
// concurrent use.
type underway struct {
	mu     sync.Mutex
	places map[string]place // by the request's ID
}

func (u *underway) add(id string, at place) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.places[id] = at
}

func (u *underway) of(id string) (at place, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, ok = u.places[id]
	return at, ok
}

func (u *underway) drop(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.places, id)
}

// requests hands out those of the slots one after the other: many more may wait
// than are worth keeping in memory.
func (r *runner) requests(slots []slot) pipeline.Source {
	return func(n int) ([]pipeline.Request, error) {
		n = min(n, len(slots))
		next := make([]pipeline.Request, n)
		for i, at := range slots[:n] {
			next[i] = r.plan.request(at)
			key, err := next[i].Key()
			if err != nil {
				return nil, fmt.Errorf("case %s: %w", next[i].ID, err)
			}
			r.underway.add(next[i].ID, place{at, r.plan.seq(at), key})
		}
		slots = slots[n:]
		return next, nil
	}
}

// sweep makes the calls of slots that have no result.
func (r *runner) sweep(ctx context.Context, g *arms, slots []slot) error {
	if len(slots) == 0 {
		return nil
	}
	r.underway = &underway{places: make(map[string]place, r.Width)}
	var inFlight, width int
	s := pipeline.Sweep{Generator: g, Width: r.Width, Retries: r.Retries, RepeatAmbiguous: r.RepeatAmbiguous,
		Stop: r.Stop, Grace: grace,
		State: func(n, w int) { inFlight, width = n, w },
		Sent: func(batch []pipeline.Request) error {
			calls := make([]assets.Call, len(batch))
			for i, q := range batch {
				at, _ := r.underway.of(q.ID)
				r.sends[at.seq]++
				calls[i] = assets.Call{Seq: at.seq, ID: q.ID, Key: at.key, Sends: r.sends[at.seq]}
			}
			return r.ledger.Sent(calls)
		}}
	if r.purse != nil {
		s.Admit, s.Again = r.admit, r.again
	}
	take := func(q pipeline.Request, a pipeline.Asset) {
		at, _ := r.underway.of(q.ID)
		r.underway.drop(q.ID)
		j := r.plan.judge.judge(ctx, r.plan.order[at.pos], q, a)
		j.CalledAt = time.Now().Unix()
		r.sends[at.seq] += max(a.Sends, 1) - 1 // beyond the one that Sent counted
		if q.Dialogue != nil {
			r.sends[at.seq] = r.book.Log(at.seq).Sums().Sends
		}
		if a.Own != nil && a.Own.Cached {
			r.sends[at.seq]--
			r.reused.Answers++
		}
		if j.State == toJudge {
			r.judgeLater(ctx, at.slot, at.key, q, a, j)
			return
		}
		r.record(at.slot, at.key, &j)
	}
	first := newEarly(g)
	err := s.RunFrom(ctx, r.requests(slots), func(q pipeline.Request, a pipeline.Asset) bool {
		if r.purse != nil && q.Dialogue == nil { // its turns were settled one by one
			r.purse.Settle(q, a)
		}
		if first.holds(q, a) {
			return first.unusable(mostUnreached) != nil
		}
		for _, f := range first.release(q) {
			take(f.request, f.asset)
		}
		take(q, a)
		r.collect()
		r.inFlight, r.width = inFlight, width
		r.progress()
		return r.err != nil || !r.repeating && r.enough()
	})
	r.collectAll()
	if err == nil {
		err = r.err
	}
	if err == nil {
		err = first.unusable(1)
	}
	return err
}

// record keeps a judgement in the ledger and the tally.
func (r *runner) record(at slot, key string, j *Judgement) {
	j.Uncertain += r.lost[r.plan.seq(at)]
	if !r.write(at, key, j) {
		return
	}
	r.keep(at, key, j)
	j.slim()
	r.tally.add(at, j)
}

// write puts a judgement into the ledger.
func (r *runner) write(at slot, key string, j *Judgement) bool {
	seq := r.plan.seq(at)
	data, err := json.Marshal(j)
	if err != nil {
		r.err = fmt.Errorf("case %s: %w", r.plan.requestID(at), err)
		return false
	}
	c := assets.Call{Seq: seq, ID: r.plan.requestID(at), Key: key, State: assets.Done, Sends: r.sends[seq], Result: data}
	r.ledger.Done(c)
	r.records.set(c)
	if r.Recorded == nil || j.State == toJudge {
		return true
	}
	if err := r.Recorded(j.detail(c)); err != nil {
		r.err = err
		return false
	}
	return true
}

// keptOutput is how much of an output stays in memory, for the reports.
const keptOutput = 8 << 10

// slim drops what only the ledger needs to keep.
func (out *Judgement) slim() {
	out.Detail, out.Trace = nil, nil
	if out.Talk != nil {
		sums := *out.Talk
		sums.Turns = withoutDetails(sums.Turns)
		if sums.State = nil; len(sums.Transcript()) > keptOutput {
			sums.Turns = nil
		}
		out.Talk = &sums
	}
	if len(out.Output) > keptOutput {
		out.Truncated += len(out.Output) - keptOutput
		out.Output = string([]byte(out.Output[:keptOutput]))
	}
}

// shownSpans is how many steps of an answer stay in memory.
const shownSpans = 100

// withoutDetails leaves of the agent's own traces the names of its steps.
func withoutDetails(turns []pipeline.Turn) []pipeline.Turn {
	copied := false
	for i := range turns {
		t := turns[i].Trace
		if t == nil || len(t.Spans) == 0 {
			continue
		}
		if !copied {
			turns, copied = slices.Clone(turns), true
		}
		short := &pipeline.Trace{}
		for _, s := range t.Spans[:min(len(t.Spans), shownSpans)] {
			short.Spans = append(short.Spans, pipeline.Span{Name: s.Name, Status: s.Status})
		}
		turns[i].Trace = short
	}
	return turns
}

func decodeJudgement(c assets.Call) (*Judgement, error) {
	var j Judgement
	if err := json.Unmarshal(c.Result, &j); err != nil {
		return nil, fmt.Errorf("ledger record %s: not readable: %w", c.ID, err)
	}
	switch j.State {
	case passed, failed, errored, unjudged, toJudge:
	default:
		return nil, fmt.Errorf("ledger record %s: unknown state %q", c.ID, j.State)
	}
	return &j, nil
}

func (r *runner) progress() {
	if r.Progress == nil || time.Since(r.shown) < r.ProgressEvery {
		return
	}
	r.shown = time.Now()
	p := Progress{Run: r.m.Run, Resumed: r.kept, Cases: r.tally.countCases(), InFlight: r.inFlight, Width: r.width, Elapsed: time.Since(r.began)}
	p.CostUSD = r.spent()
	for i := range r.plan.rules {
		d, _ := r.tally.decision(i, r.m)
		rule := RuleResult{Metric: r.plan.rules[i].Metric, Kind: d.Rule.Kind.String(), Bar: d.Rule.Bar, Margin: d.Rule.Margin, Verdict: d.Verdict.String(), N: d.N, Of: d.Of, Reason: d.Reason}
		if d.HasData {
			rule.Estimate = &d.Estimate
		}
		if d.N > 0 {
			rule.Interval = &[2]float64{d.Interval.Lo, d.Interval.Hi}
		}
		p.Rules = append(p.Rules, rule)
	}
	r.Progress(p)
}
