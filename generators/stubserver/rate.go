package stubserver

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// RateStyle is how a rate limit is announced.
type RateStyle int

const (
	OpenAIStyle     RateStyle = iota // x-ratelimit-*-requests and -tokens, times as "1m2.5s"
	OpenRouterStyle                  // X-RateLimit-*, requests only, the time as Unix milliseconds
)

// allowance is one rate limit: a window that gives all back at its end, or a
// bucket that fills steadily.
type allowance struct {
	size   float64
	window time.Duration
	steady bool

	left float64
	at   time.Time // bucket: of left; window: its begin
}

// refill brings left up to now.
func (a *allowance) refill(now time.Time) {
	passed := now.Sub(a.at)
	switch {
	case a.at.IsZero(), !a.steady && passed >= a.window:
		a.left, a.at = a.size, now
	case a.steady:
		a.left = min(a.size, a.left+a.size*passed.Seconds()/a.window.Seconds())
		a.at = now
	}
}

// reset is how long it takes until all is back.
func (a *allowance) reset(now time.Time) time.Duration {
	if a.steady {
		return time.Duration((a.size - a.left) / a.size * float64(a.window))
	}
	return a.at.Add(a.window).Sub(now)
}

// wait is how long it takes until n are left.
func (a *allowance) wait(n float64, now time.Time) time.Duration {
	if a.steady {
		return time.Duration((n - a.left) / a.size * float64(a.window))
	}
	return a.reset(now)
}

func (s *Server) newAllowances() {
	window := s.opts.RateWindow
	if window <= 0 {
		window = time.Second
	}
	s.requests = allowance{size: float64(s.opts.Rate), window: window, steady: s.opts.RateSteady}
	s.tokens = allowance{size: float64(s.opts.TokenRate), window: window, steady: s.opts.RateSteady}
}

// admit takes a call from the allowances and announces their state. A call that
// is too much is refused, for which it is not charged; false says so.
func (s *Server) admit(w http.ResponseWriter, key string, payload int) bool {
	if s.opts.Rate <= 0 && s.opts.TokenRate <= 0 {
		return true
	}
	s.mu.Lock()
	now, wait := time.Now(), time.Duration(0)
	limits := []struct {
		*allowance
		name string
		need float64
	}{{&s.requests, "Requests", 1}, {&s.tokens, "Tokens", float64(payload)/4 + 1}}
	for _, l := range limits {
		if l.size > 0 {
			if l.refill(now); l.left < l.need {
				wait = max(wait, l.wait(l.need, now), time.Millisecond)
			}
		}
	}
	for _, l := range limits {
		if l.size <= 0 {
			continue
		}
		if wait == 0 {
			l.left -= l.need
		}
		s.announce(w.Header(), l.name, l.allowance, now)
	}
	s.mu.Unlock()
	if wait == 0 {
		return true
	}
	s.turnedAway.Add(1)
	s.refuse(w, 429, "rate_limit_exceeded", fmt.Sprintf("Rate limit reached. Please try again in %s.", ceil(wait)), key)
	return false
}

func (s *Server) announce(h http.Header, name string, a *allowance, now time.Time) {
	size, left := strconv.Itoa(int(a.size)), strconv.Itoa(int(math.Floor(a.left)))
	if s.opts.RateStyle == OpenRouterStyle {
		h.Set("X-Ratelimit-Limit", size)
		h.Set("X-Ratelimit-Remaining", left)
		h.Set("X-Ratelimit-Reset", strconv.FormatInt(now.Add(a.reset(now)).UnixMilli()+1, 10))
		return
	}
	h.Set("X-Ratelimit-Limit-"+name, size)
	h.Set("X-Ratelimit-Remaining-"+name, left)
	h.Set("X-Ratelimit-Reset-"+name, ceil(a.reset(now)).String())
}

// ceil rounds up to a millisecond, so that nobody comes too early.
func ceil(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
