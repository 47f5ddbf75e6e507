package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type askFunc func(context.Context, Request) (Asset, error)

func (f askFunc) Generate(ctx context.Context, r Request) (Asset, error) { return f(ctx, r) }

func TestSweepRetries(t *testing.T) {
	broken := &Transient{Err: errors.New("broken pipe")}
	ambiguous := &Transient{Err: errors.New("lost"), Ambiguous: true}
	asked := &Transient{Err: errors.New("busy"), RetryAfter: 20 * time.Second}
	for _, c := range []struct {
		name      string
		failure   error
		failures  int // attempts that fail
		retries   int
		repeat    bool
		attempts  int
		err       string
		atLeast   time.Duration
		atMost    time.Duration
		timeLimit time.Duration
	}{
		{name: "recovers", failure: broken, failures: 2, retries: 2, attempts: 3, atLeast: 375 * time.Millisecond, atMost: 750 * time.Millisecond},
		{name: "gives up", failure: broken, failures: 9, retries: 2, attempts: 3, err: "broken pipe (after 3 attempts)", atMost: time.Second},
		{name: "counts anew after progress", failure: &Transient{Err: errors.New("cut"), Progress: true}, failures: 5, retries: 1, attempts: 6, atMost: 2 * time.Second},
		{name: "none", failure: broken, failures: 9, retries: 0, attempts: 1, err: "broken pipe (after 1 attempts)"},
		{name: "backoff is bounded", failure: broken, failures: 9, retries: 9, attempts: 10, atLeast: 32 * time.Second, atMost: 64 * time.Second},
		{name: "as asked", failure: asked, failures: 1, retries: 1, attempts: 2, atLeast: 20 * time.Second, atMost: 25 * time.Second},
		{name: "ambiguous, repeated", failure: ambiguous, failures: 1, retries: 1, repeat: true, attempts: 2, atMost: time.Second},
		{name: "ambiguous, held", failure: ambiguous, failures: 1, retries: 5, attempts: 1, err: "lost (its fate is unknown, and the policy is hold)"},
		{name: "deadline", failures: 0, attempts: 1, timeLimit: time.Second, err: "context deadline exceeded", atLeast: time.Second, atMost: time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			sweep(t, func(t *testing.T) {
				a := &agent{answer: func(ctx context.Context, _ Request, attempt int) (Asset, error) {
					if c.timeLimit > 0 {
						return Asset{}, after(ctx, time.Hour)
					}
					if attempt <= c.failures {
						return Asset{}, c.failure
					}
					return Asset{}, nil
				}}
				var b book
				s := Sweep{Generator: a, Width: 1, Retries: c.retries, RepeatAmbiguous: c.repeat, Timeout: c.timeLimit, Sent: b.Sent}
				began := time.Now()
				if err := s.Run(t.Context(), requests(1), b.done); err != nil {
					t.Fatal(err)
				}
				got := b.results["c0#1"]
				if got.Err != c.err || got.Sends != c.attempts || a.attempts["c0#1"] != c.attempts {
					t.Errorf("%+v after %d attempts, want %d and %q", got, a.attempts["c0#1"], c.attempts, c.err)
				}
				if took := time.Since(began); took < c.atLeast || took > c.atMost && c.atMost > 0 {
					t.Errorf("took %v, want %v to %v", took, c.atLeast, c.atMost)
				}
			})
		})
	}
}

// A server that takes only 10 at once: every wave of rejections halves the width
// once, and after a halving no more than the new width are ever under way.
func TestSweepHalvesOncePerWave(t *testing.T) {
	sweep(t, func(t *testing.T) {
		const capacity = 10
		var mu sync.Mutex
		busy, width := 0, 64
		a := &agent{answer: func(ctx context.Context, _ Request, _ int) (Asset, error) {
			mu.Lock()
			full := busy >= capacity
			busy++
			mu.Unlock()
			err := after(ctx, 100*time.Millisecond)
			mu.Lock()
			busy--
			mu.Unlock()
			if full {
				return Asset{}, &Transient{Err: errors.New("429"), Overload: true}
			}
			return Asset{}, err
		}}
		var b book
		s := Sweep{Generator: a, Width: width, Retries: 1, Sent: b.Sent, State: func(inFlight, w int) {
			if w > width || inFlight > 64 {
				t.Errorf("width %d after %d, %d in flight", w, width, inFlight)
			}
			width = w
		}}
		if err := s.Run(t.Context(), requests(500), b.done); err != nil {
			t.Fatal(err)
		}
		if width != 8 { // 64, 32, 16, 8: the first that the server can take
			t.Errorf("the width ended at %d", width)
		}
		for id, asset := range b.results {
			if asset.Err != "" {
				t.Errorf("%s: %s after %d sends", id, asset.Err, asset.Sends)
			}
		}
		if len(b.results) != 500 {
			t.Errorf("%d results", len(b.results))
		}
	})
}

func TestSweepHoldsBackWhileAskedTo(t *testing.T) {
	sweep(t, func(t *testing.T) {
		began := time.Now()
		a := &agent{answer: func(ctx context.Context, r Request, attempt int) (Asset, error) {
			if index(r) == 0 && attempt == 1 {
				return Asset{}, &Transient{Err: errors.New("429"), Overload: true, RetryAfter: time.Minute}
			}
			return Asset{}, after(ctx, time.Second)
		}}
		var b book
		s := Sweep{Generator: a, Width: 2, Retries: 1, Sent: b.Sent}
		if err := s.Run(t.Context(), requests(6), b.done); err != nil {
			t.Fatal(err)
		}
		for _, at := range a.at[2:] {
			if at.Sub(began) < time.Minute {
				t.Errorf("an attempt %v after the start, during the pause", at.Sub(began))
			}
		}
	})
}

func TestSweepGivesUpOnEndlessRejections(t *testing.T) {
	sweep(t, func(t *testing.T) {
		a := &agent{answer: func(context.Context, Request, int) (Asset, error) {
			return Asset{}, &Transient{Err: errors.New("429"), Overload: true}
		}}
		var b book
		s := Sweep{Generator: a, Width: 3, Retries: 1, Sent: b.Sent}
		if err := s.Run(t.Context(), requests(3), b.done); err != nil {
			t.Fatal(err)
		}
		for id, asset := range b.results {
			if asset.Sends != maxRejections+1 || asset.Err == "" {
				t.Errorf("%s: %+v", id, asset)
			}
		}
	})
}

// One refusal now and then delays its own request only; refusals in a row hold
// back all.
func TestSweepAnnouncedLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		g := askFunc(func(ctx context.Context, r Request) (Asset, error) {
			time.Sleep(5 * time.Millisecond)
			if n.Add(1)%7 == 0 {
				return Asset{Sends: 1}, &Transient{Err: errors.New("limited"), Limited: true, RetryAfter: time.Second}
			}
			return Asset{Text: "ok", Sends: 1}, nil
		})
		began := time.Now()
		got := 0
		s := Sweep{Generator: g, Width: 50, Retries: 3, Sent: func([]Request) error { return nil }}
		if err := s.Run(t.Context(), requests(600), func(_ Request, a Asset) bool {
			if a.Err == "" {
				got++
			}
			return false
		}); err != nil || got != 600 {
			t.Fatalf("%d answers, %v", got, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
