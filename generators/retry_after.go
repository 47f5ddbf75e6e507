package generators

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxWait bounds what a server may ask for; a date in a far year is a mistake.
const maxWait = 24 * time.Hour

func fromSeconds(s float64) time.Duration {
	switch {
	case !(s > 0):
		return 0
	case s > maxWait.Seconds():
		return maxWait
	}
	return time.Duration(s * float64(time.Second))
}

// RetryAfter is how long a reply's headers ask to wait, at most a day; 0 when they do
// not say.
func RetryAfter(header http.Header) time.Duration {
	return retryAfter(header, replyError{}, time.Now())
}

// retryAfter is how long the server asks to wait, 0 when it does not say:
// Retry-After-Ms, Retry-After in seconds or as a date, retry_after in the body,
// else the reset of an exhausted rate limit.
func retryAfter(header http.Header, in replyError, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil {
		return fromSeconds(ms / 1000)
	}
	if after := header.Get("Retry-After"); after != "" {
		if s, err := strconv.ParseFloat(after, 64); err == nil {
			return fromSeconds(s)
		}
		if at, err := http.ParseTime(after); err == nil {
			if sent, err := http.ParseTime(header.Get("Date")); err == nil {
				now = sent // the server's clock
			}
			return fromSeconds(at.Sub(now).Seconds())
		}
	}
	if in.wait > 0 {
		return in.wait
	}
	var wait time.Duration
	for name, values := range header {
		remaining, ok := remainingOf(strings.ToLower(name))
		if !ok || len(values) == 0 {
			continue
		}
		// Where a limit says what remains, only an exhausted one counts.
		if left := header.Get(remaining); left != "" && left != "0" {
			continue
		}
		wait = max(wait, resetIn(values[0], now))
	}
	return wait
}

// remainingOf names the header that says what remains of the limit whose reset
// another one tells, in the manner of OpenAI or of Anthropic.
func remainingOf(reset string) (name string, ok bool) {
	if kind, ok := strings.CutPrefix(reset, "x-ratelimit-reset"); ok {
		return "x-ratelimit-remaining" + kind, true
	}
	kind, ok := strings.CutSuffix(reset, "-reset")
	return kind + "-remaining", ok && strings.HasPrefix(kind, "anthropic-ratelimit-")
}

// resetIn reads a time to wait, 0 when there is none.
func resetIn(value string, now time.Time) time.Duration {
	d, _, _ := parseReset(value, now)
	return d
}

// parseReset reads "1s", "6m0s", "20ms", seconds, a Unix time in seconds or
// milliseconds, or a time of RFC 3339, and says how exact it is.
func parseReset(value string, now time.Time) (d, exact time.Duration, ok bool) {
	if d, err := time.ParseDuration(value); err == nil {
		return fromSeconds(d.Seconds()), time.Millisecond, true
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return fromSeconds(at.Sub(now).Seconds()), time.Second, true
	}
	s, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0, 0, false
	}
	exact = time.Second
	if strings.Contains(value, ".") {
		exact = time.Millisecond
	}
	switch unix := float64(now.UnixMilli()) / 1000; {
	case s > 1e12:
		s, exact = s/1000-unix, time.Millisecond
	case s > 1e9:
		s -= unix
	}
	return fromSeconds(s), exact, true
}

// tryAgain finds "Please try again in 1.2s", "retry in 20ms" and "retry after
// 5 seconds".
var tryAgain = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:try again|retry)(?:ing)? (?:in|after) ((?:[0-9.]+(?:ms|h|m|s))+\b|[0-9.]+ (?:milli)?seconds?\b)`)
})

// waitIn is how long a message for people asks to wait; 0 = it does not.
func waitIn(message string) time.Duration {
	found := tryAgain().FindStringSubmatch(message)
	if found == nil {
		return 0
	}
	text := found[1]
	if number, unit, ok := strings.Cut(text, " "); ok {
		text = number + "s"
		if strings.HasPrefix(unit, "milli") {
			text = number + "ms"
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return fromSeconds(d.Seconds())
}
