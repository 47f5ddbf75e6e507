package generators

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// limit is one announced limit. Providers keep it in one of two ways, and tell
// neither: a window gives all back at its reset; a bucket fills steadily, and
// its reset is when it will be full.
type limit struct {
	known     bool
	size      float64 // the most that can remain
	remaining float64
	at        time.Time // of the report
	since     time.Time // calls sent then or later may be missing in it
	resetAt   time.Time // at the latest
	resetFrom time.Time // at the earliest

	period    float64 // seconds in which an empty bucket fills, as the last report has it
	agreed    int     // how often in a row the reports fitted a bucket
	refUsed   float64 // of an earlier report with clearly more or less used
	refPeriod float64
}

// announcement is what one header says about one limit.
type announcement struct {
	kind      int
	size      float64 // 0 = not said
	remaining float64
	reset     time.Duration
	exact     time.Duration // resolution of reset
}

// mixing bounds how far apart two calls may be sent and still arrive in the
// other order.
const mixing = time.Second

// update takes in a report that came with the reply to t. An older report never
// replaces a newer one, unless it is less hopeful: replies overtake each other.
func (l *limit) update(a announcement, t *ticket, now time.Time) {
	l.observe(a)
	_, left := l.left(now)
	l.narrow(t.sentAt.Add(a.reset), now.Add(a.reset+a.exact), now)
	if l.known && a.remaining >= left && !t.sentAt.After(l.at) {
		return
	}
	l.known = true
	l.size = max(l.size, a.remaining, 1)
	if a.size > 0 {
		l.size = a.size
	}
	l.remaining, l.at = a.remaining, now
	l.since = t.sentAt.Add(-min(now.Sub(t.sentAt), mixing))
}

// narrow takes in that the limit is reset between from and to: nobody tells when
// on the call's way the server has looked at its clock. Reports of the same
// window narrow it down.
func (l *limit) narrow(from, to, now time.Time) {
	if now.Before(l.resetAt) && !from.After(l.resetAt) && !to.Before(l.resetFrom) {
		if to.After(l.resetAt) {
			to = l.resetAt
		}
		if from.Before(l.resetFrom) {
			from = l.resetFrom
		}
	}
	l.resetFrom, l.resetAt = from, to
}

// observe tells bucket and window apart. In a bucket, what is used up and the
// time to fill it again are proportional; in a window they are unrelated.
func (l *limit) observe(a announcement) {
	used := a.size - a.remaining
	if a.size <= 0 || used <= 0 || a.reset <= 0 {
		return
	}
	period := a.reset.Seconds() * a.size / used
	tolerance := 0.1 + a.exact.Seconds()/a.reset.Seconds()
	if tolerance > 0.3 {
		return // too coarse to tell
	}
	if l.refUsed > 0 && used < 1.5*l.refUsed && l.refUsed < 1.5*used {
		if l.isBucket() {
			l.period = period
		}
		return // too near to tell
	}
	if math.Abs(period-l.refPeriod) <= tolerance*max(period, l.refPeriod) {
		l.agreed++
	} else {
		l.agreed = 0
	}
	l.refUsed, l.refPeriod, l.period = used, period, period
}

// isBucket: a coincidence may agree once.
func (l *limit) isBucket() bool { return l.agreed >= 2 }

// left is what remains by now, without the calls sent after since.
func (l *limit) left(now time.Time) (since time.Time, left float64) {
	switch {
	case l.isBucket():
		return l.since, min(l.size, l.remaining+now.Sub(l.at).Seconds()*l.size/l.period)
	case now.Before(l.resetAt):
		return l.since, l.remaining
	}
	return l.resetAt, l.size
}

// hold is how long to wait until have may have become need.
func (l *limit) hold(have, need float64, now time.Time) time.Duration {
	need = min(need, l.size) // more can't remain; the provider will say what it thinks
	switch {
	case have >= need:
		return 0
	case l.isBucket():
		return max(fromSeconds((need-have)*l.period/l.size), time.Millisecond)
	case now.Before(l.resetAt):
		return l.resetAt.Sub(now)
	}
	return mixing // calls of this window are under way and will report
}

// headerNames are where providers announce limits: how much there is, remains,
// and when it comes back.
var headerNames = []struct {
	kind                   int
	size, remaining, reset string
}{
	{ofRequests, "X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
	{ofTokens, "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
	{ofRequests, "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
	{ofRequests, "Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
	{ofTokens, "Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"},
	{ofInput, "Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset"},
	{ofOutput, "Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset"},
}

// announced reads the limits of a reply. One that does not say both what
// remains and when it comes back is left out.
func announced(header http.Header, now time.Time) (all []announcement) {
	for _, names := range headerNames {
		remaining, reset := header[names.remaining], header[names.reset]
		if len(remaining) == 0 || len(reset) == 0 {
			continue
		}
		a := announcement{kind: names.kind}
		var err error
		if a.remaining, err = strconv.ParseFloat(remaining[0], 64); err != nil || !(a.remaining >= 0) {
			continue
		}
		var ok bool
		if a.reset, a.exact, ok = parseReset(reset[0], serverTime(header, now)); !ok {
			continue
		}
		if size, err := strconv.ParseFloat(header.Get(names.size), 64); err == nil && size >= 1 && size < math.MaxInt32 {
			a.size = size
		}
		all = append(all, a)
	}
	return all
}

// serverTime is the server's clock, where it differs from the own by more than
// the resolution of its announcement.
func serverTime(header http.Header, now time.Time) time.Time {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil || now.Sub(at).Abs() < 2*time.Second {
		return now
	}
	return at
}

// announcedWait is how long a refusal asks to wait, 0 for any other outcome.
func announcedWait(err error) time.Duration {
	var t *pipeline.Transient
	if errors.As(err, &t) && (t.Limited || t.Overload) {
		return t.RetryAfter
	}
	return 0
}
