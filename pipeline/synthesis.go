package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// Ledger is the durable record of calls: a file of one process, or a table that
// several share.
type Ledger interface {
	Sent([]assets.Call) error
	Done(assets.Call)
	Flush() error
	Calls(func(assets.Call) error) error
}

// Synthesis is layer 2: it makes the assets of planned requests. One process
// runs one Synthesis on a ledger at a time.
type Synthesis struct {
	Providers map[string]Provider
	Ledger    Ledger
	Store     assets.Store
	// RepeatAmbiguous is the policy for calls of which nobody can say what became
	// of them: repeat them, or hold them for the operator.
	RepeatAmbiguous bool
	RetryFailed     bool // send those again that failed in an earlier start
	// Only, if not nil, leaves all other requests as they are, by Seq.
	Only  map[int64]bool
	Purse *Purse // nil = no budget
	// Reuse, if not nil, finds an asset of an earlier run by its request's key.
	Reuse func(key string) (Record, bool)
	// Keep, if not nil, is told of assets that may be reused.
	Keep     func(key string, r Record) error
	Stop     <-chan struct{}
	Grace    time.Duration // after Stop, calls in flight are waited for; 0 = until they end
	Progress func(SynthesisProgress)

	mu      sync.Mutex // guards what follows
	status  []status   // by seq
	lost    map[int64]bool
	before  map[int64]float64  // what results cost that are to be replaced
	paid    map[string]float64 // by earlier starts, by provider
	count   map[string]*ProviderProgress
	dearest map[string]float64 // result of earlier starts, by provider
	began   time.Time
	twins   bool // there are some among the requests
	err     error
}

// status is what is known of one request.
type status struct {
	sends int32
	state uint8
	twin  bool // it is not sent: another request of the run asks for the same
}

const (
	open      uint8 = iota // not sent yet, or to be sent again
	ambiguous              // sent by an earlier start, without a result
	succeeded
	failed
	held
)

// PlannedSource yields planned requests in the order of their Seq, which counts from
// 0 without gaps, as often as it is called.
type PlannedSource func(yield func(*Planned) error) error

// Run makes what is not made yet and returns when nothing is left to send, or
// Stop ended it. A provider that is given up leaves its requests open and is
// part of the error; the others are not held up by it.
func (s *Synthesis) Run(ctx context.Context, total int, requests PlannedSource) error {
	s.mu.Lock() // until here others see no progress
	s.status, s.lost, s.before, s.count, s.began = make([]status, total), map[int64]bool{}, map[int64]float64{}, map[string]*ProviderProgress{}, time.Now()
	s.paid, s.dearest, s.twins = map[string]float64{}, map[string]float64{}, false
	err := s.load()
	if err == nil {
		err = s.book(requests)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	errs := make([]error, 0, len(s.Providers))
	var mu sync.Mutex
	for name := range s.count {
		wait.Go(func() {
			err := s.provider(ctx, name, requests)
			if err != nil {
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				mu.Unlock()
			}
			var unusable *Unusable
			if err != nil && !errors.As(err, &unusable) {
				cancel() // the ledger, or the caller: nothing can go on
			}
		})
	}
	wait.Wait()
	errs = append(errs, s.Ledger.Flush(), s.err)
	if s.twins && errors.Join(s.err, context.Cause(ctx)) == nil {
		errs = append(errs, Follow(s.Ledger, requests, s.followed))
	}
	s.progress(true)
	return errors.Join(errs...)
}

// load takes in what the ledger already holds.
func (s *Synthesis) load() error {
	return s.Ledger.Calls(func(c assets.Call) error {
		if c.Seq < 0 || c.Seq >= int64(len(s.status)) {
			return fmt.Errorf("ledger record %d (%s) does not belong to this run", c.Seq, c.ID)
		}
		st := &s.status[c.Seq]
		st.sends = int32(c.Sends)
		if c.State != assets.Done {
			st.state = ambiguous
			s.replaces(c.Seq, c.BeforeUSD)
			return nil
		}
		r, err := DecodeRecord(c)
		if err != nil {
			return err
		}
		switch {
		case r.OK():
			st.state = succeeded
		case s.RetryFailed, r.Open:
			st.state = open
		case r.Held:
			st.state = held
		default:
			st.state = failed
		}
		if st.state != open {
			s.paid[r.Provider] += r.SpentUSD()
		}
		s.dearest[r.Provider] = max(s.dearest[r.Provider], r.CostUSD)
		if st.state == open {
			s.replaces(c.Seq, r.SpentUSD())
		} else if s.Purse != nil {
			s.Purse.Spend(r.SpentUSD())
		}
		return nil
	})
}

// replaces keeps in mind what results cost that are about to be replaced.
func (s *Synthesis) replaces(seq int64, usd float64) {
	if usd <= 0 {
		return
	}
	s.before[seq] = usd
	if s.Purse != nil {
		s.Purse.Spend(usd)
	}
}

// book counts what there is to do for each provider, and takes what a crash
// left without a result for paid.
func (s *Synthesis) book(requests PlannedSource) error {
	n := 0
	err := requests(func(p *Planned) error {
		if p.Seq != int64(n) || n >= len(s.status) {
			return fmt.Errorf("request %s has the number %d; expected %d", p.Request.ID, p.Seq, n)
		}
		n++
		name := p.Request.Media.Provider
		provider, ok := s.Providers[name]
		if !ok {
			return fmt.Errorf("request %s is for %q, which is not configured here", p.Request.ID, name)
		}
		c := s.count[name]
		if c == nil {
			c = &ProviderProgress{Name: name, Width: provider.Width, SpentUSD: s.paid[name]}
			s.count[name] = c
			if s.Purse != nil {
				s.Purse.Seen(p.Request, s.dearest[name])
			}
		}
		st := &s.status[p.Seq]
		if s.Purse != nil && st.state == ambiguous {
			s.Purse.Book(p.Request, 0, int(st.sends))
		}
		s.twins = s.twins || p.TwinOf != nil
		if !s.wanted(p.Seq) {
			return nil
		}
		st.twin = p.TwinOf != nil && st.state != ambiguous
		c.add(st.state, 1)
		c.SpentUSD += s.before[p.Seq]
		return nil
	})
	if err == nil && n != len(s.status) {
		err = fmt.Errorf("there are %d requests; expected %d", n, len(s.status))
	}
	return err
}

// wanted says whether a request is among those that are to be made now.
func (s *Synthesis) wanted(seq int64) bool { return s.Only == nil || s.Only[seq] }

// DecodeRecord reads the result of a ledger row.
func DecodeRecord(c assets.Call) (Record, error) {
	var r Record
	if err := json.Unmarshal(c.Result, &r); err != nil {
		return r, fmt.Errorf("ledger record %s: not readable: %w", c.ID, err)
	}
	return r, nil
}
