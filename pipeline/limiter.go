package pipeline

import (
	"context"
	"sync"
	"time"
)

// limiter bounds the attempts in flight. The bound starts at a width and only
// goes down: it is halved when the other side is overloaded, at most once for
// all attempts that were under way at that moment. A request holds its place
// from its first attempt until its result is taken in, also while it waits for
// the next attempt, so that no more than the width ever await a result.
type limiter struct {
	mu       sync.Mutex
	width    int
	held     int           // places taken
	active   int           // attempts under way
	cutAt    time.Time     // of the last halving
	resumeAt time.Time     // nothing is sent before
	refused  int           // attempts in a row that met an announced limit
	changed  chan struct{} // closed when a place or an attempt becomes free; nil = nobody waits
}

func newLimiter(width int) *limiter {
	return &limiter{width: max(width, 1)}
}

// take waits for at least one free place and takes up to want of them, each
// with an attempt. It returns 0 when stop or ctx ends first.
func (l *limiter) take(ctx context.Context, stop <-chan struct{}, want int) (n int) {
	l.wait(ctx, stop, func() bool {
		n = max(min(want, l.width-l.held), 0)
		l.held += n
		l.active += n
		return n > 0
	})
	return n
}

// again waits until a request that holds a place may make another attempt. It
// returns false when stop or ctx ends first.
func (l *limiter) again(ctx context.Context, stop <-chan struct{}) bool {
	return l.wait(ctx, stop, func() bool {
		if l.active >= l.width {
			return false
		}
		l.active++
		return true
	})
}

// wait calls try, locked and outside of a pause, until it returns true.
func (l *limiter) wait(ctx context.Context, stop <-chan struct{}, try func() bool) bool {
	for {
		select { // an end comes before a free place
		case <-stop:
			return false
		case <-ctx.Done():
			return false
		default:
		}
		l.mu.Lock()
		pause := time.Until(l.resumeAt)
		if pause <= 0 && try() {
			l.mu.Unlock()
			return true
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		var timer <-chan time.Time
		if pause > 0 {
			timer, changed = time.After(pause), nil
		}
		select {
		case <-changed:
		case <-timer:
		case <-stop:
		case <-ctx.Done():
		}
	}
}

// ended says that an attempt is over; its request still holds its place.
func (l *limiter) ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active--
	l.wake()
}

// release gives back the place of a request.
func (l *limiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held--
	l.wake()
}

func (l *limiter) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// overloaded halves the width, unless the attempt that says so was sent before
// the last halving, and holds back further attempts until pause is over.
func (l *limiter) overloaded(sentAt time.Time, pause time.Duration) {
	l.mu.Lock()
	if sentAt.After(l.cutAt) {
		l.width = max(l.width/2, 1)
		l.cutAt = time.Now()
	}
	l.mu.Unlock()
	l.pause(pause)
}

// limited takes in that an attempt met an announced limit which ends after wait.
// It may be bad luck: then only its own request waits. When half of the attempts
// under way met it, with no answer in between, all others are held back too.
func (l *limiter) limited(wait time.Duration) {
	l.mu.Lock()
	l.refused++
	all := 2*l.refused >= l.active+1
	l.mu.Unlock()
	if all {
		l.pause(wait)
	}
}

// answered takes in that an attempt was answered.
func (l *limiter) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = 0
}

// pause holds back further attempts for d.
func (l *limiter) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.resumeAt) {
		l.resumeAt = until
	}
}

// state returns the attempts under way and the present width.
func (l *limiter) state() (inFlight, width int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.active, l.width
}
