package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// agent is a generator whose behaviour a test writes down; it watches how many
// attempts are under way.
type agent struct {
	answer func(ctx context.Context, r Request, attempt int) (Asset, error)

	mu       sync.Mutex
	now, max int
	attempts map[string]int
	at       []time.Time // of every attempt
}

func (a *agent) Generate(ctx context.Context, r Request) (Asset, error) {
	a.mu.Lock()
	if a.attempts == nil {
		a.attempts = map[string]int{}
	}
	a.attempts[r.ID]++
	attempt := a.attempts[r.ID]
	a.at = append(a.at, time.Now())
	a.now++
	a.max = max(a.max, a.now)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.now--
		a.mu.Unlock()
	}()
	asset, err := a.answer(ctx, r, attempt)
	if asset.Text == "" && err == nil {
		asset.Text = "re: " + r.Input
	}
	return asset, err
}

// after answers when d is over, or when ctx ends.
func after(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func requests(n int) []Request {
	out := make([]Request, n)
	for i := range out {
		out[i] = Request{ID: fmt.Sprintf("c%d#1", i), Input: strconv.Itoa(i)}
	}
	return out
}

func index(r Request) int {
	i, _ := strconv.Atoi(r.Input)
	return i
}

// book is a sweep's counterpart: it notes what was sent and what came back.
type book struct {
	mu      sync.Mutex
	sent    map[string]bool
	results map[string]Asset
	order   []string
	most    int // requests between Sent and done, at most
}

func (b *book) Sent(batch []Request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent == nil {
		b.sent, b.results = map[string]bool{}, map[string]Asset{}
	}
	for _, r := range batch {
		if b.sent[r.ID] {
			panic("sent twice: " + r.ID)
		}
		b.sent[r.ID] = true
	}
	b.most = max(b.most, len(b.sent)-len(b.results))
	return nil
}

func (b *book) done(r Request, a Asset) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, twice := b.results[r.ID]; twice || !b.sent[r.ID] {
		panic("a second result, or one for what was not sent: " + r.ID)
	}
	b.results[r.ID] = a
	b.order = append(b.order, r.ID)
	return false
}

// sweep runs in a bubble of its own: time stands still while anything works, and
// a goroutine that is left behind fails the test.
func sweep(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestSweepAnswersEachRequestOnceWithinItsWidth(t *testing.T) {
	sweep(t, func(t *testing.T) {
		a := &agent{answer: func(ctx context.Context, r Request, _ int) (Asset, error) {
			return Asset{Sends: 1}, after(ctx, time.Duration(10+index(r)%7)*time.Millisecond)
		}}
		var b book
		s := Sweep{Generator: a, Width: 5, Sent: b.Sent}
		if err := s.Run(t.Context(), requests(203), b.done); err != nil {
			t.Fatal(err)
		}
		if len(b.results) != 203 || a.max != 5 || b.most != 5 {
			t.Errorf("%d results, %d attempts at once, %d requests at once", len(b.results), a.max, b.most)
		}
		for id, asset := range b.results {
			if asset.Text != "re: "+strings.TrimSuffix(strings.TrimPrefix(id, "c"), "#1") || asset.Sends != 1 || asset.Latency < 10*time.Millisecond || asset.Err != "" {
				t.Errorf("%s: %+v", id, asset)
			}
		}
	})
}

func TestSweepIsolatesFailures(t *testing.T) {
	sweep(t, func(t *testing.T) {
		a := &agent{answer: func(_ context.Context, r Request, _ int) (Asset, error) {
			if index(r)%3 == 0 {
				return Asset{Sends: 2}, errors.New("broken " + r.ID)
			}
			return Asset{}, nil
		}}
		var b book
		s := Sweep{Generator: a, Width: 4, Retries: 3, Sent: b.Sent}
		if err := s.Run(t.Context(), requests(30), b.done); err != nil {
			t.Fatal(err)
		}
		for i, r := range requests(30) {
			got := b.results[r.ID]
			want, sends := "", 1
			if i%3 == 0 {
				want, sends = "broken "+r.ID, 2
			}
			if got.Err != want || got.Sends != sends {
				t.Errorf("%s: %+v", r.ID, got)
			}
		}
		if a.attempts["c0#1"] != 1 {
			t.Error("a plain error was repeated")
		}
	})
}

func TestSweepStopDrains(t *testing.T) {
	sweep(t, func(t *testing.T) {
		stop := make(chan struct{})
		time.AfterFunc(1500*time.Millisecond, func() { close(stop) })
		a := &agent{answer: func(ctx context.Context, r Request, attempt int) (Asset, error) {
			if index(r) == 4 && attempt == 1 {
				return Asset{}, &Transient{Err: errors.New("busy"), RetryAfter: time.Hour}
			}
			return Asset{}, after(ctx, time.Second)
		}}
		var b book
		s := Sweep{Generator: a, Width: 4, Retries: 1, Sent: b.Sent, Stop: stop}
		began := time.Now()
		if err := s.Run(t.Context(), requests(100), b.done); err != nil {
			t.Fatal(err)
		}
		// 0…3 in the first second, 4…7 in the second; 4 waits for its next attempt,
		// which does not come any more.
		if len(b.results) != 7 || len(b.sent) != 8 || time.Since(began) != 2*time.Second {
			t.Errorf("%d results of %d after %v", len(b.results), len(b.sent), time.Since(began))
		}
	})
}

func TestSweepDoneEndsItAfterGrace(t *testing.T) {
	for _, c := range []struct {
		grace, took time.Duration
		results     int
		userStop    bool
	}{
		{grace: 0, took: time.Second, results: 1},
		{grace: 5 * time.Second, took: 6 * time.Second, results: 6},
		{grace: time.Hour, took: 10 * time.Second, results: 10},
		{grace: 5 * time.Second, took: 6 * time.Second, results: 6, userStop: true},
	} {
		sweep(t, func(t *testing.T) {
			stop := make(chan struct{})
			a := &agent{answer: func(ctx context.Context, r Request, _ int) (Asset, error) {
				return Asset{}, after(ctx, time.Duration(index(r)+1)*time.Second)
			}}
			var b book
			s := Sweep{Generator: a, Width: 10, Sent: b.Sent, Grace: c.grace, Stop: stop}
			if c.userStop {
				time.AfterFunc(time.Millisecond, func() { close(stop) })
			}
			began := time.Now()
			err := s.Run(t.Context(), requests(100), func(r Request, a Asset) bool { b.done(r, a); return true })
			if took := time.Since(began); err != nil || took != c.took || len(b.sent) != 10 {
				t.Errorf("%+v: error %v after %v, %d sent", c, err, took, len(b.sent))
			}
			// At the very end of the grace a result and the giving up race.
			if n := len(b.results); n != c.results && n != c.results-1 {
				t.Errorf("%+v: %d results", c, n)
			}
		})
	}
}

func TestSweepEndsWithItsCause(t *testing.T) {
	full := errors.New("disk full")
	unusable := &Unusable{Reason: "no such program"}
	gone := errors.New("told to go")
	for _, c := range []struct {
		name  string
		want  error
		set   func(*Sweep, *agent, context.CancelCauseFunc)
		calls int
	}{
		{"unusable", unusable, func(_ *Sweep, a *agent, _ context.CancelCauseFunc) {
			a.answer = func(ctx context.Context, r Request, _ int) (Asset, error) {
				if index(r) == 1 {
					return Asset{}, fmt.Errorf("starting: %w", unusable)
				}
				return Asset{}, after(ctx, time.Second)
			}
		}, 3},
		{"ctx", gone, func(_ *Sweep, _ *agent, cancel context.CancelCauseFunc) {
			time.AfterFunc(time.Millisecond, func() { cancel(gone) })
		}, 3},
		{"sent", full, func(s *Sweep, _ *agent, _ context.CancelCauseFunc) {
			s.Sent = func([]Request) error { return full }
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			sweep(t, func(t *testing.T) {
				a := &agent{answer: func(ctx context.Context, _ Request, _ int) (Asset, error) {
					return Asset{}, after(ctx, time.Second)
				}}
				var b book
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				s := Sweep{Generator: a, Width: 3, Retries: 5, Sent: b.Sent}
				c.set(&s, a, cancel)
				began := time.Now()
				err := s.Run(ctx, requests(9), b.done)
				if !errors.Is(err, c.want) || len(b.results) != 0 || time.Since(began) > time.Millisecond {
					t.Errorf("%v after %v with %d results", err, time.Since(began), len(b.results))
				}
				if len(a.at) != c.calls {
					t.Errorf("%d calls, want %d", len(a.at), c.calls)
				}
			})
		})
	}
}

// All results are there before ctx ends: nothing is missing, so nothing failed.
func TestSweepCompleteIsNoError(t *testing.T) {
	sweep(t, func(t *testing.T) {
		a := &agent{answer: func(context.Context, Request, int) (Asset, error) { return Asset{}, nil }}
		var b book
		ctx, cancel := context.WithCancel(t.Context())
		s := Sweep{Generator: a, Width: 3, Sent: b.Sent}
		err := s.Run(ctx, requests(9), func(r Request, a Asset) bool {
			b.done(r, a)
			if len(b.results) == 9 {
				cancel()
			}
			return false
		})
		if err != nil || len(b.results) != 9 {
			t.Errorf("%v with %d results", err, len(b.results))
		}
	})
}

// Nothing reaches the generator before Sent has returned for it, and no request
// is announced before a place is free: done was called for an earlier one.
func TestSweepSentComesFirst(t *testing.T) {
	sweep(t, func(t *testing.T) {
		var b book
		a := &agent{answer: func(_ context.Context, r Request, _ int) (Asset, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if !b.sent[r.ID] {
				t.Errorf("%s went out before it was recorded", r.ID)
			}
			return Asset{}, nil
		}}
		s := Sweep{Generator: a, Width: 7, Sent: func(batch []Request) error {
			time.Sleep(time.Second) // a slow disk
			return b.Sent(batch)
		}}
		slow := func(r Request, a Asset) bool {
			time.Sleep(100 * time.Millisecond) // a slow judge
			return b.done(r, a)
		}
		if err := s.Run(t.Context(), requests(50), slow); err != nil {
			t.Fatal(err)
		}
		if len(b.results) != 50 || b.most > 7 {
			t.Errorf("%d results, %d open at once", len(b.results), b.most)
		}
	})
}

func TestSweepOfNothing(t *testing.T) {
	sweep(t, func(t *testing.T) {
		s := Sweep{Generator: &agent{}, Width: 3}
		if err := s.Run(t.Context(), nil, nil); err != nil {
			t.Error(err)
		}
	})
}
