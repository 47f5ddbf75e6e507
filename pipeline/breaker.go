package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Breaker says when a provider that keeps failing is left alone.
type Breaker struct {
	Failures int           // transient failures in a row, without an answer in between, that open it; 0 = never
	Pause    time.Duration // how long it stays open at first; doubles each time it opens again, up to 16 times as long
	Opens    int           // how often it may open in a row before the provider is given up; 0 = for ever
}

// breaker is a circuit breaker around a generator. Closed, all calls pass. Open,
// they wait; after the pause one of them is let through to try, and its fate
// closes or opens it again. It is safe for concurrent use.
type breaker struct {
	Breaker
	name string
	next Generator
	stop <-chan struct{} // when closed, calls that wait are turned away; nil = never

	mu      sync.Mutex
	failed  int       // in a row
	opened  int       // in a row
	until   time.Time // open until; zero = closed
	probing bool
	dead    *Unusable     // once it is given up
	changed chan struct{} // closed when it closes, or a probe is over
}

func newBreaker(name string, b Breaker, next Generator) *breaker {
	return &breaker{Breaker: b, name: name, next: next, changed: make(chan struct{})}
}

// wait returns true when calls may go out, false when ctx ended first. It does
// not take the place of a probe: Generate does.
func (b *breaker) wait(ctx context.Context) bool {
	for {
		b.mu.Lock()
		left, probing, changed := time.Until(b.until), b.probing, b.changed
		open := !b.until.IsZero() && b.dead == nil
		b.mu.Unlock()
		if !open || left <= 0 && !probing {
			return ctx.Err() == nil
		}
		var timer <-chan time.Time
		if left > 0 {
			timer = time.After(left)
		}
		select {
		case <-timer:
		case <-changed:
		case <-b.stop:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Generate passes a call on when the breaker allows it.
func (b *breaker) Generate(ctx context.Context, r Request) (Asset, error) {
	probe := false
	for !probe {
		if !b.wait(ctx) {
			if err := context.Cause(ctx); err != nil {
				return Asset{}, err
			}
			return Asset{}, errNoAttempt
		}
		b.mu.Lock()
		if dead := b.dead; dead != nil {
			b.mu.Unlock()
			return Asset{}, dead
		}
		if b.until.IsZero() {
			b.mu.Unlock()
			break
		}
		if !b.probing {
			b.probing, probe = true, true
		}
		b.mu.Unlock()
	}
	asset, err := b.next.Generate(ctx, r)
	return asset, b.took(err, probe)
}

// took takes in how a call ended.
func (b *breaker) took(err error, probe bool) error {
	var t *Transient
	fault := errors.As(err, &t) && !t.Limited && !t.Overload
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	switch {
	case !fault && (err == nil || !errors.Is(err, context.Canceled)):
		b.failed, b.opened, b.until = 0, 0, time.Time{}
	case fault:
		b.failed++
	}
	if b.Failures > 0 && (b.failed >= b.Failures && b.until.IsZero() || probe && fault) {
		b.opened++
		b.until = time.Now().Add(b.Pause << min(b.opened-1, 4))
	}
	close(b.changed)
	b.changed = make(chan struct{})
	if b.Opens > 0 && b.opened > b.Opens {
		b.dead = &Unusable{Reason: fmt.Sprintf("%s keeps failing: %v; after %d pauses it is given up, and what it has not made yet stays open", b.name, err, b.Opens)}
		return &Unusable{Reason: b.dead.Reason, Err: err} // it tells whether this call is in doubt
	}
	return err
}
