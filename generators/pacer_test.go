package generators

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// limitedServer is a provider with a rate limit, in simulated time. It counts what
// it refuses.
type limitedServer struct {
	mu      sync.Mutex
	size    float64
	window  time.Duration
	steady  bool
	style   string // "openai", "anthropic" or "unix"
	left    float64
	at      time.Time
	refused int
}

func (s *limitedServer) call(latency time.Duration) (http.Header, bool) {
	time.Sleep(rand.N(3 * time.Millisecond)) // calls mix on their way
	s.mu.Lock()
	now := time.Now()
	passed := now.Sub(s.at)
	switch {
	case s.at.IsZero(), !s.steady && passed >= s.window:
		s.left, s.at = s.size, now
	case s.steady:
		s.left, s.at = min(s.size, s.left+s.size*passed.Seconds()/s.window.Seconds()), now
	}
	ok := s.left >= 1
	if ok {
		s.left--
	} else {
		s.refused++
	}
	h := s.header(now)
	s.mu.Unlock()
	if ok {
		time.Sleep(latency/2 + rand.N(latency))
	}
	return h, ok
}

func (s *limitedServer) header(now time.Time) http.Header {
	reset := s.at.Add(s.window).Sub(now)
	if s.steady {
		reset = time.Duration((s.size - s.left) / s.size * float64(s.window))
	}
	reset = max(reset, 0)
	h := http.Header{}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	size, left := strconv.Itoa(int(s.size)), strconv.Itoa(int(s.left))
	switch s.style {
	case "openai":
		h.Set("X-Ratelimit-Limit-Requests", size)
		h.Set("X-Ratelimit-Remaining-Requests", left)
		h.Set("X-Ratelimit-Reset-Requests", (reset + time.Millisecond).Truncate(time.Millisecond).String())
	case "anthropic":
		h.Set("Anthropic-Ratelimit-Requests-Limit", size)
		h.Set("Anthropic-Ratelimit-Requests-Remaining", left)
		h.Set("Anthropic-Ratelimit-Requests-Reset", now.Add(reset+time.Second).UTC().Format(time.RFC3339))
	default:
		h.Set("X-Ratelimit-Limit", size)
		h.Set("X-Ratelimit-Remaining", left)
		h.Set("X-Ratelimit-Reset", strconv.FormatInt(now.Add(reset).UnixMilli()+1, 10))
	}
	return h
}

// storm makes calls from width workers, each repeated until it is not refused,
// and returns how long all took.
func storm(t *testing.T, s *limitedServer, calls, width int, latency time.Duration) time.Duration {
	p := newPacer()
	at := time.Now()
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range width {
		wg.Go(func() {
			for range jobs {
				for {
					tick, err := p.enter(t.Context(), size{payload: 100})
					if err != nil {
						t.Error(err)
						break
					}
					header, ok := s.call(latency)
					p.report(tick, header, time.Now())
					if ok {
						p.leave(tick, pipeline.Usage{}, nil)
						break
					}
					p.leave(tick, pipeline.Usage{}, &pipeline.Transient{Limited: true, Err: errors.New("429")})
				}
			}
		})
	}
	for i := range calls {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	return time.Since(at)
}

// TestPacerEndsStorms: under the announced limits all calls end well in at most
// 1.2 × the ideal time, and about as many are refused as were under way when
// the limit became known.
func TestPacerEndsStorms(t *testing.T) {
	for _, c := range []struct {
		size, calls, width int
		window, latency    time.Duration
	}{
		{60, 300, 50, time.Minute, 2 * time.Second},
		{60, 330, 100, time.Minute, 500 * time.Millisecond},
		{200, 1190, 80, time.Minute, 10 * time.Second},
		{10, 95, 64, time.Second, 20 * time.Millisecond},
		{3, 20, 8, time.Minute, time.Second},
	} {
		for _, steady := range []bool{false, true} {
			for _, style := range []string{"openai", "anthropic", "unix"} {
				if c.window == time.Second && style == "anthropic" {
					continue // its announcements are no finer than a second
				}
				name := fmt.Sprintf("%d per %v, steady %v, %s", c.size, c.window, steady, style)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						time.Sleep(time.Until(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))) // Unix times of our days
						s := &limitedServer{size: float64(c.size), window: c.window, steady: steady, style: style}
						took := storm(t, s, c.calls, c.width, c.latency)
						ideal := time.Duration((c.calls-1)/c.size) * c.window
						if steady {
							ideal = time.Duration(float64(c.calls-c.size) / float64(c.size) * float64(c.window))
						}
						// Of the last round, the width lets through so many at a time.
						ideal += c.latency * time.Duration(max((c.calls-1)%c.size/c.width, 1))
						t.Logf("took %v, ideal %v (%.2f), refused %d", took, ideal, took.Seconds()/ideal.Seconds(), s.refused)
						if took > ideal*12/10 {
							t.Errorf("took %v, more than 1.2 × %v", took, ideal)
						}
						if s.refused > 2*c.width {
							t.Errorf("%d calls were refused, with %d under way at most", s.refused, c.width)
						}
					})
				})
			}
		}
	}
}

// header makes one of names and values.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestAnnounced(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		name   string
		header http.Header
		want   []announcement
	}{
		{"nothing", header(), nil},
		{"no reset", header("x-ratelimit-remaining-requests", "3"), nil},
		{"no number", header("x-ratelimit-remaining-requests", "many", "x-ratelimit-reset-requests", "1s"), nil},
		{"negative", header("x-ratelimit-remaining-requests", "-1", "x-ratelimit-reset-requests", "1s"), nil},
		{"openai", header("x-ratelimit-limit-requests", "60", "x-ratelimit-remaining-requests", "59", "x-ratelimit-reset-requests", "1s",
			"x-ratelimit-limit-tokens", "150000", "x-ratelimit-remaining-tokens", "149984", "x-ratelimit-reset-tokens", "6m0s"),
			[]announcement{{ofRequests, 60, 59, time.Second, time.Millisecond}, {ofTokens, 150000, 149984, 6 * time.Minute, time.Millisecond}}},
		{"no limit", header("x-ratelimit-remaining-requests", "59", "x-ratelimit-reset-requests", "1s"),
			[]announcement{{ofRequests, 0, 59, time.Second, time.Millisecond}}},
		{"unix milliseconds", header("x-ratelimit-limit", "20", "x-ratelimit-remaining", "0", "x-ratelimit-reset", strconv.FormatInt(now.Add(3*time.Second).UnixMilli(), 10)),
			[]announcement{{ofRequests, 20, 0, 3 * time.Second, time.Millisecond}}},
		{"anthropic", header("anthropic-ratelimit-requests-limit", "50", "anthropic-ratelimit-requests-remaining", "49", "anthropic-ratelimit-requests-reset", "2026-03-04T05:06:09Z",
			"anthropic-ratelimit-output-tokens-limit", "8000", "anthropic-ratelimit-output-tokens-remaining", "0", "anthropic-ratelimit-output-tokens-reset", "2026-03-04T05:07:07Z"),
			[]announcement{{ofRequests, 50, 49, 2 * time.Second, time.Second}, {ofOutput, 8000, 0, time.Minute, time.Second}}},
		{"a server whose clock is an hour fast", header("anthropic-ratelimit-requests-limit", "50", "anthropic-ratelimit-requests-remaining", "0",
			"anthropic-ratelimit-requests-reset", "2026-03-04T06:06:12Z", "Date", "Wed, 04 Mar 2026 06:06:07 GMT"),
			[]announcement{{ofRequests, 50, 0, 5 * time.Second, time.Second}}},
	} {
		got := announced(c.header, now)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestPacerTokens: a limit of tokens holds calls back by their size.
func TestPacerTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		call := func(payload int, left string) time.Duration {
			at := time.Now()
			tick, err := p.enter(t.Context(), size{payload: payload, maxOutput: 10})
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(at)
			p.report(tick, header("x-ratelimit-limit-tokens", "1000", "x-ratelimit-remaining-tokens", left, "x-ratelimit-reset-tokens", "30s"), time.Now())
			p.leave(tick, pipeline.Usage{}, nil)
			return took
		}
		for _, c := range []struct {
			payload int
			left    string // after the call
			held    bool
		}{{400, "500", false}, {400, "50", false}, {40, "30", false}, {400, "900", true}, {1 << 20, "0", true}} {
			if took := call(c.payload, c.left); (took > 0) != c.held {
				t.Errorf("a call of %d bytes was held for %v, want held: %v", c.payload, took, c.held)
			}
		}
	})
}

// TestPacerGivesUp: who can't wait is told, and nothing was sent.
func TestPacerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		use := func(reset string) {
			tick, err := p.enter(t.Context(), size{})
			if err != nil {
				t.Fatal(err)
			}
			p.report(tick, header("x-ratelimit-limit-requests", "5", "x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", reset), time.Now())
			p.leave(tick, pipeline.Usage{}, nil)
		}
		use("1m0s")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		for range 2 { // one waits for the limit, one for its turn
			go func() {
				if _, err := p.enter(ctx, size{}); !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %v", err)
				}
			}()
		}
		synctest.Wait()
		time.Sleep(2 * time.Second)
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var tr *pipeline.Transient
		if _, err := p.enter(ctx, size{}); !errors.As(err, &tr) || !tr.Limited || tr.RetryAfter < 50*time.Second || tr.RetryAfter > time.Minute {
			t.Errorf("a deadline before the reset: %v", err)
		}
		time.Sleep(time.Minute)
		use("3h0m0s")
		if _, err := p.enter(t.Context(), size{}); !errors.As(err, &tr) || tr.RetryAfter < 2*time.Hour || !strings.Contains(err.Error(), "limit of requests") {
			t.Errorf("a wait of hours: %v", err)
		}
	})
}

// TestPacerAfterRefusal: a refusal without figures holds back the others too.
func TestPacerAfterRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		tick, _ := p.enter(t.Context(), size{})
		p.leave(tick, pipeline.Usage{}, &pipeline.Transient{Limited: true, RetryAfter: 7 * time.Second, Err: errors.New("429")})
		at := time.Now()
		if _, err := p.enter(t.Context(), size{}); err != nil || time.Since(at) != 7*time.Second {
			t.Errorf("held for %v, %v", time.Since(at), err)
		}
	})
}
