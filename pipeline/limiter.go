package pipeline

import (
	"context"
	"sync"
	"time"
)

// limiter bounds the calls in flight. The bound starts at a width and only
// goes down: it is halved when the other side is overloaded, at most once for
// all calls that were under way at that moment.
type limiter struct {
	mu       sync.Mutex
	width    int
	inFlight int
	cutAt    time.Time // of the last halving
	resumeAt time.Time // nothing is sent before
	freed    chan struct{}
}

func newLimiter(width int) *limiter {
	return &limiter{width: max(width, 1), freed: make(chan struct{}, 1)}
}

// take waits for at least one free place and takes up to want of them. It
// returns 0 when stop or ctx ends first.
func (l *limiter) take(ctx context.Context, stop <-chan struct{}, want int) int {
	for {
		l.mu.Lock()
		n, wait := min(want, l.width-l.inFlight), time.Until(l.resumeAt)
		if n > 0 && wait <= 0 {
			l.inFlight += n
			l.mu.Unlock()
			return n
		}
		l.mu.Unlock()
		var timer <-chan time.Time
		if wait > 0 {
			timer = time.After(wait)
		}
		select {
		case <-l.freed:
		case <-timer:
		case <-stop:
			return 0
		case <-ctx.Done():
			return 0
		}
	}
}

func (l *limiter) release(n int) {
	l.mu.Lock()
	l.inFlight -= n
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// overloaded halves the width, unless the attempt that says so was sent before
// the last halving, and holds back new calls until pause is over.
func (l *limiter) overloaded(sentAt time.Time, pause time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if sentAt.After(l.cutAt) {
		l.width = max(l.width/2, 1)
		l.cutAt = now
	}
	if until := now.Add(pause); until.After(l.resumeAt) {
		l.resumeAt = until
	}
}

func (l *limiter) state() (inFlight, width int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight, l.width
}
