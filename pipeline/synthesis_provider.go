package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// provider makes all that one provider is to make: first what a crash left in
// doubt, then what was never sent.
func (s *Synthesis) provider(ctx context.Context, name string, requests PlannedSource) error {
	p := s.Providers[name]
	chain := newBreaker(name, p.Breaker, reconciled(p.Generator))
	chain.stop = s.Stop
	var generator Generator = chain
	if p.Free {
		generator = &hedge{next: chain}
	}
	generator = &collecting{generator, s.Store}
	if err := s.settle(ctx, p, requests); err != nil {
		return err
	}
	under := map[string]*Planned{} // by request ID; between Sent and done
	admit := admission{chain, newRate(p.PerMinute), s.Purse}
	sweep := Sweep{Generator: generator, Width: p.Width, Timeout: p.Timeout, Retries: p.Retries, RepeatAmbiguous: s.RepeatAmbiguous,
		Admit: admit.admit, Pace: admit.pace, Stop: s.Stop, Grace: s.Grace,
		Unsent: func(r Request, a Asset) { s.unsent(r, a, under) }, Drain: true,
		State: func(_, width int) { s.seen(name, width) },
		Sent:  func(batch []Request) error { return s.sent(name, batch, under) }}
	if s.Purse != nil {
		sweep.Again = s.Purse.Again
	}
	source := s.open(ctx, name, requests, under)
	defer source.close()
	err := sweep.RunFrom(ctx, source.next, func(r Request, a Asset) bool {
		p.priced(&a)
		if s.Purse != nil {
			s.Purse.Settle(r, a)
		}
		s.mu.Lock()
		planned := under[r.ID]
		delete(under, r.ID)
		s.mu.Unlock()
		rec := recordOf(name, a)
		rec.Held = a.Err != "" && a.Uncertain > 0 && !s.RepeatAmbiguous
		return s.done(planned, rec, max(a.Sends, 1)-1) != nil
	})
	return err
}

// sent makes it durable that requests are about to go out.
func (s *Synthesis) sent(name string, batch []Request, under map[string]*Planned) error {
	calls := make([]assets.Call, len(batch))
	s.mu.Lock()
	for i, r := range batch {
		p := under[r.ID]
		st := &s.status[p.Seq]
		s.count[name].add(st.state, -1)
		s.count[name].InFlight++
		st.sends++
		calls[i] = assets.Call{Seq: p.Seq, ID: r.ID, Key: p.Key, Sends: int(st.sends), BeforeUSD: s.before[p.Seq]}
	}
	s.mu.Unlock()
	return s.Ledger.Sent(calls)
}

// unsent records that a request was turned away, so that the next start need not
// wonder what became of it.
func (s *Synthesis) unsent(r Request, a Asset, under map[string]*Planned) {
	if s.Purse != nil {
		s.Purse.Settle(r, Asset{CostUSD: a.CostUSD})
	}
	s.mu.Lock()
	p := under[r.ID]
	if a.CostUSD > 0 { // it was paid, but could not be kept
		s.before[p.Seq] += a.CostUSD
	}
	delete(under, r.ID)
	st := &s.status[p.Seq]
	st.sends += int32(max(a.Sends, 1) - 1)
	st.state = open
	name := p.Request.Media.Provider
	c := s.count[name]
	c.InFlight = max(c.InFlight-1, 0)
	c.add(open, 1)
	sends := int(st.sends)
	s.mu.Unlock()
	s.record(p, Record{Provider: name, At: time.Now().Unix(), Open: true, Err: "it was turned away, and not sent again before the end"}, sends)
}

// done records a result; more is how many sends there were beyond the first.
func (s *Synthesis) done(p *Planned, rec Record, more int) error {
	s.mu.Lock()
	st := &s.status[p.Seq]
	st.sends += int32(more)
	if s.lost[p.Seq] {
		rec.Uncertain++
	}
	sends := int(st.sends)
	c := s.count[rec.Provider]
	c.InFlight = max(c.InFlight-1, 0)
	c.SpentUSD += rec.CostUSD
	switch {
	case rec.OK():
		st.state = succeeded
	case rec.Held:
		st.state = held
	default:
		st.state = failed
	}
	c.add(st.state, 1)
	s.mu.Unlock()
	err := s.record(p, rec, sends)
	s.progress(false)
	return err
}

// record writes a result into the ledger.
func (s *Synthesis) record(p *Planned, rec Record, sends int) error {
	s.mu.Lock()
	rec.BeforeUSD = s.before[p.Seq]
	s.mu.Unlock()
	data, err := json.Marshal(rec)
	if err == nil {
		s.Ledger.Done(assets.Call{Seq: p.Seq, ID: p.Request.ID, Key: p.Key, State: assets.Done, Sends: sends, Result: data})
		if s.Keep != nil && rec.OK() && !rec.IsReused() {
			err = s.Keep(p.Key, rec)
		}
	}
	if err != nil {
		s.mu.Lock()
		s.err = errors.Join(s.err, fmt.Errorf("recording %s: %w", p.Request.ID, err))
		s.mu.Unlock()
	}
	return err
}

// recordOf is what is kept of an answer.
func recordOf(provider string, a Asset) Record {
	r := Record{Provider: provider, Seed: a.Seed, CostUSD: a.CostUSD, Unpriced: a.Unpriced, LatencyMS: a.Latency.Milliseconds(),
		At: time.Now().Unix(), Err: a.Err, Moderated: a.Moderated, Recipe: a.Recipe, Uncertain: a.Uncertain}
	switch b := a.Blob; {
	case b != nil && a.Err == "":
		r.Digest, r.Type, r.Bytes, r.Width, r.Height = b.Digest, b.Type, b.Bytes, b.Width, b.Height
	case a.Err == "" && a.Text == "" && a.Moderated == "":
		r.Err = "the provider answered without an asset"
	case a.Err == "":
		r.Text, r.Type, r.Bytes = a.Text, "text/plain", int64(len(a.Text))
	}
	return r
}
