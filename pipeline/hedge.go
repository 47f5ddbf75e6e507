package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"
)

// hedge sends a second call beside one that takes much longer than most, and
// takes the first answer. It is for generators of which a repeat costs nothing.
// It is safe for concurrent use.
type hedge struct {
	next Generator

	mu     sync.Mutex
	recent []time.Duration // of answers, the last ones, in a ring
	n      int
}

const (
	hedgeSample = 64 // answers that the usual time is taken from
	hedgeLeast  = 16 // without so many there is no usual time
	hedgeFactor = 3  // times the 95th percentile is late
)

// late is after how long a call is a straggler; false when that is not known.
func (h *hedge) late() (time.Duration, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n < hedgeLeast {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(h.recent))
	return max(hedgeFactor*sorted[len(sorted)*95/100], 100*time.Millisecond), true
}

func (h *hedge) took(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.recent) < hedgeSample {
		h.recent = append(h.recent, d)
	} else {
		h.recent[h.n%hedgeSample] = d
	}
	h.n++
}

type outcome struct {
	asset Asset
	err   error
}

// Generate makes one call, and a second one when the first is late. Sends
// counts both.
func (h *hedge) Generate(ctx context.Context, r Request) (Asset, error) {
	at := time.Now()
	after, known := h.late()
	if !known {
		asset, err := h.next.Generate(ctx, r)
		if err == nil {
			h.took(time.Since(at))
		}
		return asset, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the slower one
	results := make(chan outcome, 2)
	call := func(r Request) {
		asset, err := h.next.Generate(ctx, r)
		results <- outcome{asset, err}
	}
	go call(r)
	calls, ended := 1, 0
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			calls++
			second := r
			if r.JobID != "" {
				second.JobID = JobID(r.JobID, "hedge") // another job, so that ending one leaves the other
			}
			go call(second)
		case got := <-results:
			ended++
			if got.err != nil && ended < calls {
				continue // the other one may still answer
			}
			if got.err == nil {
				h.took(time.Since(at))
			}
			got.asset.Sends = max(got.asset.Sends, 1) + calls - 1
			return got.asset, got.err
		}
	}
}
