package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterOnlyGoesDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(8)
		sent := time.Now()
		if n := l.take(t.Context(), nil, 100); n != 8 {
			t.Fatalf("took %d of 8", n)
		}
		time.Sleep(time.Millisecond)
		for range 8 { // one wave, however many say so
			l.overloaded(sent, 0)
		}
		if _, w := l.state(); w != 4 {
			t.Fatalf("width %d after one wave", w)
		}
		for range 5 { // further waves: down to 1, never 0
			time.Sleep(time.Millisecond)
			sent = time.Now()
			time.Sleep(time.Millisecond)
			l.overloaded(sent, 0)
		}
		if _, w := l.state(); w != 1 {
			t.Fatalf("width %d after many waves", w)
		}
	})
}

// A request that waits for its next attempt keeps its place, and attempts again
// only within the width of that time.
func TestLimiterPlacesAndAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		l.take(t.Context(), nil, 4)
		sent := time.Now()
		time.Sleep(time.Millisecond)
		l.overloaded(sent, 0) // 2
		for range 4 {
			l.ended()
		}
		again := make(chan bool, 4)
		for range 4 {
			go func() { again <- l.again(t.Context(), nil) }()
		}
		taken := make(chan int, 1)
		go func() { taken <- l.take(t.Context(), nil, 4) }()
		synctest.Wait()
		if n, _ := l.state(); n != 2 || len(again) != 2 {
			t.Fatalf("%d attempts under way, %d began", n, len(again))
		}
		for range 4 { // each that ends lets one begin
			l.ended()
			l.release()
			synctest.Wait()
		}
		if len(again) != 4 || len(taken) != 1 || <-taken != 1 {
			t.Fatalf("%d began again, %d took places", len(again), len(taken))
		}
	})
}

func TestLimiterWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0) // at least 1
		began := time.Now()
		l.overloaded(began, time.Minute)
		if n := l.take(t.Context(), nil, 5); n != 1 || time.Since(began) != time.Minute {
			t.Fatalf("took %d after %v", n, time.Since(began))
		}
		stop := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(stop) })
		if n := l.take(t.Context(), stop, 5); n != 0 {
			t.Fatalf("took %d of a full house", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if l.again(ctx, nil) {
			t.Fatal("began again in a full house")
		}
	})
}
