package pipeline

import (
	"context"
	"sync"
	"time"
)

// rate is a token bucket: it fills evenly, and holds what a tenth of a minute
// brings, at least one. A nil rate has no limit. It is safe for concurrent use.
type rate struct {
	mu     sync.Mutex
	every  time.Duration // between two tokens
	most   float64
	tokens float64
	at     time.Time // of the last filling
}

func newRate(perMinute float64) *rate {
	if perMinute <= 0 {
		return nil
	}
	most := max(perMinute/10, 1)
	return &rate{every: time.Duration(float64(time.Minute) / perMinute), most: most, tokens: most, at: time.Now()}
}

// take waits for at least one token and takes up to want of them. It returns 0
// when ctx ends first.
func (r *rate) take(ctx context.Context, want int) int {
	if r == nil || want == 0 {
		return want
	}
	for {
		r.mu.Lock()
		now := time.Now()
		r.tokens = min(r.most, r.tokens+float64(now.Sub(r.at))/float64(r.every))
		r.at = now
		n := min(int(r.tokens), want)
		r.tokens -= float64(n)
		wait := time.Duration((1-r.tokens)*float64(r.every)) + 1 // never 0: the time must go on
		r.mu.Unlock()
		if n > 0 {
			return n
		}
		if !sleep(ctx, wait) {
			return 0
		}
	}
}

// giveBack returns tokens that were not used.
func (r *rate) giveBack(n int) {
	if r == nil || n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokens = min(r.most, r.tokens+float64(n))
}

// sleep waits for d; it is false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
