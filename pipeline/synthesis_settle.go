package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"
)

// settleWidth is how many jobs are asked for at a time after a crash.
const settleWidth = 32

// settle finds out what became of the calls that an earlier start left without
// a result. A provider that can be asked says so; else the policy decides. What
// Stop leaves unasked stays in doubt for the next start.
func (s *Synthesis) settle(ctx context.Context, p Provider, requests PlannedSource) error {
	var doubtful []*Planned
	err := requests(func(q *Planned) error {
		if q.Request.Media.Provider == p.Name && s.status[q.Seq].state == ambiguous && s.wanted(q.Seq) {
			kept := *q
			doubtful = append(doubtful, &kept)
		}
		return nil
	})
	if err != nil || len(doubtful) == 0 {
		return err
	}
	finder, _ := reconciled(p.Generator).(*reconciling)
	keep := collecting{store: s.Store}
	asking, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-s.Stop:
			stop()
		case <-asking.Done():
		}
	}()
	places := make(chan struct{}, settleWidth)
	var wait sync.WaitGroup
	errs := make([]error, len(doubtful))
	for i, q := range doubtful {
		if finder == nil || q.Request.JobID == "" {
			s.decide(p, q)
			continue
		}
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			if asking.Err() == nil {
				if errs[i] = s.ask(asking, p, finder, keep, q); errs[i] != nil {
					stop()
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// ask settles one request by asking the provider. An error means that what the
// provider has can't be kept here: the request stays in doubt.
func (s *Synthesis) ask(ctx context.Context, p Provider, finder *reconciling, keep collecting, q *Planned) error {
	asset, fate, err := finder.fate(ctx, q.Request.JobID)
	if ctx.Err() != nil {
		return nil // it stays in doubt for the next start
	}
	switch {
	case err != nil || fate == FateUnknown:
		s.decide(p, q)
	case fate == FateLost:
		s.turn(p.Name, q, open)
	default:
		keep.Generator = settled{asset}
		a, err := keep.Generate(ctx, q.Request)
		var unusable *Unusable
		if errors.As(err, &unusable) {
			return unusable
		}
		if err != nil {
			a.Err = err.Error()
		} else if fate == FateFailed && a.Err == "" {
			a.Err = "it failed at the provider"
		}
		s.turn(p.Name, q, open)
		p.priced(&a)
		if s.Purse != nil {
			s.Purse.Settle(q.Request, a)
		}
		s.turn(p.Name, q, taken)
		s.done(q, recordOf(p.Name, a), 0)
	}
	return nil
}

// settled is a generator of one asset that is there already.
type settled struct{ asset Asset }

func (g settled) Generate(context.Context, Request) (Asset, error) { return g.asset, nil }

// decide applies the policy to a request of which nobody can say what became.
func (s *Synthesis) decide(p Provider, q *Planned) {
	if s.RepeatAmbiguous {
		s.mu.Lock()
		s.lost[q.Seq] = true
		s.mu.Unlock()
		s.turn(p.Name, q, open)
		return
	}
	s.turn(p.Name, q, taken)
	s.done(q, Record{Provider: p.Name, At: time.Now().Unix(), Held: true, Uncertain: 1,
		Err: "it was sent before a crash, nobody can say what became of it, and the policy is hold"}, 0)
}

// taken is no state of a request: it takes it out of the counts.
const taken = 255

// turn gives a request another state.
func (s *Synthesis) turn(name string, q *Planned, to uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.count[name]
	c.add(s.status[q.Seq].state, -1)
	if to == taken {
		c.InFlight++ // until done takes it off again
		return
	}
	s.status[q.Seq].state = to
	c.add(to, 1)
}
