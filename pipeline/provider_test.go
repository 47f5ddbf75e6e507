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

type generatorFunc func(context.Context, Request) (Asset, error)

func (f generatorFunc) Generate(ctx context.Context, r Request) (Asset, error) { return f(ctx, r) }

// TestBreaker: after failures in a row calls wait; one tries after the pause, and
// its fate closes or opens the breaker again; at last the provider is given up.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		calls := 0
		b := newBreaker("p", Breaker{Failures: 3, Pause: time.Second, Opens: 3}, generatorFunc(func(context.Context, Request) (Asset, error) {
			if calls++; down {
				return Asset{}, &Transient{Err: errors.New("down")}
			}
			return Asset{}, nil
		}))
		began := time.Now()
		call := func() (time.Duration, error) {
			_, err := b.Generate(t.Context(), Request{})
			return time.Since(began), err
		}
		for _, want := range []time.Duration{0, 0, 0, time.Second, 3 * time.Second} { // pauses of 1 s and 2 s
			var lasting *Unusable
			if at, err := call(); at != want || err == nil || errors.As(err, &lasting) {
				t.Errorf("a call went out after %s with %v, want %s", at, err, want)
			}
		}
		down = false
		if at, err := call(); at != 7*time.Second || err != nil {
			t.Errorf("after %s: %v", at, err)
		}
		down = true
		for range 3 {
			call()
		}
		if at, _ := call(); at != 8*time.Second { // it closed: the pause is the first one again
			t.Errorf("after %s", at)
		}
		call()
		var lasting *Unusable
		if _, err := call(); !errors.As(err, &lasting) {
			t.Errorf("not given up: %v", err)
		}
		before, at := calls, time.Now()
		if _, err := call(); !errors.As(err, &lasting) || calls != before || time.Since(at) != 0 {
			t.Errorf("given up, it was called, or waited: %v", err)
		}
	})
}

// TestBreakerProbe: while one call tries, the others wait, and rate limits are
// no failures.
func TestBreakerProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most, calls atomic.Int32
		var down atomic.Bool
		down.Store(true)
		b := newBreaker("p", Breaker{Failures: 1, Pause: time.Second}, generatorFunc(func(context.Context, Request) (Asset, error) {
			calls.Add(1)
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			time.Sleep(100 * time.Millisecond)
			if down.Load() {
				return Asset{}, &Transient{Err: errors.New("down")}
			}
			return Asset{}, nil
		}))
		b.Generate(t.Context(), Request{})
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() { b.Generate(t.Context(), Request{}) })
		}
		time.Sleep(3200 * time.Millisecond) // the first probe failed
		if most.Load() != 1 || calls.Load() != 3 {
			t.Errorf("%d calls, %d at a time", calls.Load(), most.Load())
		}
		down.Store(false)
		wait.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		limited := newBreaker("p", Breaker{Failures: 1, Pause: time.Minute}, generatorFunc(func(context.Context, Request) (Asset, error) {
			return Asset{}, &Transient{Err: errors.New("429"), Limited: true}
		}))
		for range 5 {
			limited.Generate(ctx, Request{})
		}
		if ctx.Err() != nil || !limited.wait(ctx) {
			t.Error("rate limits opened the breaker")
		}
	})
}

// TestHedge: a straggler gets a second call with a job ID of its own; the first
// answer is taken and the other call ends.
func TestHedge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		ended := make(chan struct{})
		h := &hedge{next: generatorFunc(func(ctx context.Context, r Request) (Asset, error) {
			if calls.Add(1); r.ID == "slow" && r.JobID == "j" {
				<-ctx.Done()
				close(ended)
				return Asset{}, context.Cause(ctx)
			}
			time.Sleep(time.Second)
			return Asset{Text: r.JobID}, nil
		})}
		for range hedgeLeast {
			if a, err := h.Generate(t.Context(), Request{ID: "a", JobID: "j"}); err != nil || a.Sends > 1 {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		began := time.Now()
		a, err := h.Generate(t.Context(), Request{ID: "slow", JobID: "j"})
		if err != nil || a.Sends != 2 || a.Text == "j" || a.Text != JobID("j", "hedge") || calls.Load() != hedgeLeast+2 || time.Since(began) != 4*time.Second {
			t.Errorf("%+v, %v after %s", a, err, time.Since(began))
		}
		<-ended
		failing := errors.New("no")
		h.next = generatorFunc(func(context.Context, Request) (Asset, error) { return Asset{}, failing })
		if a, err := h.Generate(t.Context(), Request{}); err != failing || a.Sends != 1 {
			t.Errorf("a call that failed before it was late: %+v, %v", a, err)
		}
	})
}

// TestRate: never more than the bucket holds at once, and per_minute in the long
// run; what is given back is taken again.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRate(60)
		began, taken := time.Now(), 0
		if n := r.take(t.Context(), 100); n != 6 {
			t.Errorf("%d at once, want 6", n)
		}
		r.giveBack(2)
		if n := r.take(t.Context(), 100); n != 2 || time.Since(began) != 0 {
			t.Errorf("%d were given back, want 2", n)
		}
		for taken < 60 {
			taken += r.take(t.Context(), 3)
		}
		if d := time.Since(began); d < 59*time.Second || d > 61*time.Second {
			t.Errorf("60 more took %s", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if n := r.take(ctx, 1); n != 0 {
			t.Errorf("%d after the end", n)
		}
		if n := newRate(0).take(t.Context(), 50); n != 50 {
			t.Errorf("without a limit: %d", n)
		}
		if n := newRate(1).take(t.Context(), 5); n != 1 {
			t.Errorf("one a minute: %d at once", n)
		}
	})
}

type asked struct {
	generatorFunc
	find func(n int) (Asset, Fate, error)
	n    int
}

func (a *asked) Find(context.Context, string) (Asset, Fate, error) {
	a.n++
	return a.find(a.n)
}

// TestReconcile: a call without an answer is asked for until its fate is known.
func TestReconcile(t *testing.T) {
	cut := &Transient{Err: errors.New("cut"), Ambiguous: true}
	for name, c := range map[string]struct {
		find      func(n int) (Asset, Fate, error)
		took      time.Duration
		done      bool
		ambiguous bool
		asked     int
	}{
		"done at the third question": {func(n int) (Asset, Fate, error) {
			if n < 3 {
				return Asset{}, FateRunning, nil
			}
			return Asset{Text: "x"}, FateDone, nil
		}, 2 * reconcileEvery, true, false, 3},
		"lost":    {func(int) (Asset, Fate, error) { return Asset{}, FateLost, nil }, 0, false, false, 1},
		"failed":  {func(int) (Asset, Fate, error) { return Asset{Err: "no memory"}, FateFailed, nil }, 0, false, false, 1},
		"unknown": {func(int) (Asset, Fate, error) { return Asset{}, FateUnknown, nil }, 0, false, true, 1},
		"it can't be asked": {func(int) (Asset, Fate, error) { return Asset{}, FateUnknown, errors.New("down") },
			reconcileEvery * (2 + 4 + 8 + 16), false, true, fateTries},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &asked{generatorFunc(func(context.Context, Request) (Asset, error) { return Asset{}, cut }), c.find, 0}
				began := time.Now()
				a, err := reconciled(g).Generate(t.Context(), Request{JobID: "j"})
				var transient *Transient
				ambiguous := errors.As(err, &transient) && transient.Ambiguous
				if (err == nil) != c.done || ambiguous != c.ambiguous || g.n != c.asked || time.Since(began) != c.took || c.done && a.Sends != 1 {
					t.Errorf("%+v, %v; asked %d times in %s", a, err, g.n, time.Since(began))
				}
				if name == "failed" && (err == nil || err.Error() != "no memory" || transient != nil) {
					t.Errorf("%v", err)
				}
				g.n = 0
				reconciled(g).Generate(t.Context(), Request{})
				if g.n != 0 {
					t.Error("a call without a job ID was asked for")
				}
			})
		})
	}
}

// TestUnsent: what was turned away when the sending ends is told; what is in
// doubt is not.
func TestUnsent(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		drain  bool
		unsent int
	}{
		"rejected":  {&Transient{Err: errors.New("429"), Limited: true, RetryAfter: time.Hour}, false, 1},
		"in doubt":  {&Transient{Err: errors.New("cut"), Ambiguous: true, RetryAfter: time.Hour}, false, 0},
		"bad key":   {&Unusable{Reason: "401"}, true, 1},
		"gave up":   {&Unusable{Reason: "down", Err: &Transient{Err: errors.New("500")}}, true, 1},
		"uncertain": {&Unusable{Reason: "down", Err: &Transient{Err: errors.New("cut"), Ambiguous: true}}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop, made, unsent := make(chan struct{}), 0, 0
				time.AfterFunc(time.Minute, func() { close(stop) })
				s := Sweep{Width: 2, Retries: 3, RepeatAmbiguous: true, Drain: c.drain, Stop: stop, Sent: func([]Request) error { return nil },
					Unsent: func(r Request, a Asset) {
						if unsent++; r.ID != "bad" {
							t.Errorf("%s was not sent", r.ID)
						}
					},
					Generator: generatorFunc(func(ctx context.Context, r Request) (Asset, error) {
						if r.ID == "bad" {
							time.Sleep(time.Second)
							return Asset{}, c.err
						}
						select { // in flight when the other one ends
						case <-time.After(10 * time.Second):
							return Asset{Text: "x"}, nil
						case <-ctx.Done():
							return Asset{}, context.Cause(ctx)
						}
					})}
				err := s.Run(t.Context(), []Request{{ID: "bad"}, {ID: "good"}}, func(Request, Asset) bool { made++; return false })
				if made != 1 || unsent != c.unsent || (err != nil) != c.drain {
					t.Errorf("%d made, %d unsent, %v", made, unsent, err)
				}
			})
		})
	}
}
