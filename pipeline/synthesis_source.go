package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// feed hands a sweep the open requests of one provider, read ahead in a
// goroutine of its own.
type feed struct {
	requests chan *Planned
	err      error // once requests is closed
	stop     context.CancelFunc
	under    map[string]*Planned
	s        *Synthesis
}

var errFed = errors.New("no more is wanted")

// open reads requests of a provider that are still to be made. What an earlier
// run made already is recorded on the way.
func (s *Synthesis) open(ctx context.Context, name string, requests PlannedSource, under map[string]*Planned) *feed {
	ctx, cancel := context.WithCancel(ctx)
	f := &feed{requests: make(chan *Planned, 256), stop: cancel, under: under, s: s}
	go func() {
		defer close(f.requests)
		f.err = requests(func(q *Planned) error {
			if q.Request.Media.Provider != name || !s.toSend(q.Seq) {
				return nil
			}
			p := *q
			if s.reuse(name, &p) {
				return nil
			}
			select {
			case f.requests <- &p:
				return nil
			case <-ctx.Done():
				return errFed
			}
		})
	}()
	return f
}

// next is the sweep's source.
func (f *feed) next(n int) ([]Request, error) {
	var out []Request
	for len(out) < n {
		var p *Planned
		var ok bool
		if len(out) == 0 {
			p, ok = <-f.requests
		} else {
			select {
			case p, ok = <-f.requests:
			default:
				return out, nil
			}
		}
		if !ok {
			if f.err != nil && !errors.Is(f.err, errFed) {
				return out, f.err
			}
			return out, nil
		}
		f.s.mu.Lock()
		f.under[p.Request.ID] = p
		f.s.mu.Unlock()
		out = append(out, p.Request)
	}
	return out, nil
}

// close ends the reading.
func (f *feed) close() {
	f.stop()
	for range f.requests {
	}
}

// toSend says whether a request is still to be sent.
func (s *Synthesis) toSend(seq int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status[seq].state == open && !s.status[seq].twin && s.wanted(seq)
}

// reuse records the asset of an earlier run, if there is one.
func (s *Synthesis) reuse(name string, p *Planned) bool {
	if s.Reuse == nil {
		return false
	}
	rec, ok := s.Reuse(p.Key)
	if !ok {
		return false
	}
	s.turn(name, p, taken)
	return s.done(p, rec.Again(name), 0) == nil
}

// Again is the record of an asset of an earlier run as that of an equal request
// to a provider: nothing is paid.
func (r Record) Again(provider string) Record {
	r.Provider, r.CostUSD, r.Unpriced, r.LatencyMS, r.Uncertain, r.At = provider, 0, false, 0, 0, time.Now().Unix()
	return r
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
