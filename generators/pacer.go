package generators

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// longestHold is how long a call may be held back in silence; beyond it the
// caller is told.
const longestHold = 10 * time.Minute

// pacer holds calls back while a provider's announced limits are used up, so
// that few are ever turned away. It is safe for concurrent use.
type pacer struct {
	turn    chan struct{} // holds one token; who has it is the next to be sent
	mu      sync.Mutex
	state   pace
	changed chan struct{} // closed when the held call should look again; nil = none is held
}

func newPacer() *pacer {
	p := &pacer{turn: make(chan struct{}, 1), state: newPace()}
	p.turn <- struct{}{}
	return p
}

// enter waits until a call may be sent, and counts it in. An error says that
// it was not sent: ctx has ended, or a *pipeline.Transient that its deadline or
// patience forbids the wait.
func (p *pacer) enter(ctx context.Context, s size) (*ticket, error) {
	select {
	case <-p.turn:
		defer func() { p.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, p.late(ctx)
	}
	for {
		t, wait, what, changed := p.try(s, time.Now())
		if wait <= 0 {
			return t, nil
		}
		deadline, bounded := ctx.Deadline()
		if bounded && time.Now().Add(wait).After(deadline) || wait > longestHold {
			return nil, notSent(wait, what)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return nil, p.late(ctx)
		}
	}
}

// try counts a call in, or says how long it must wait unless something changes.
func (p *pacer) try(s size, now time.Time) (t *ticket, wait time.Duration, what string, changed chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t = p.state.ticket(s, now)
	if wait, what = p.state.hold(t, now); wait <= 0 {
		p.state.flying = append(p.state.flying, t)
		return t, 0, "", nil
	}
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return nil, wait, what, p.changed
}

// late is the error of a call whose ctx has ended before it was sent.
func (p *pacer) late(ctx context.Context) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("waiting for the provider's rate limit: %w", context.Cause(ctx))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	wait, what := p.state.hold(p.state.ticket(size{}, now), now)
	return notSent(max(wait, time.Second), what)
}

func notSent(wait time.Duration, what string) error {
	return &pipeline.Transient{Limited: true, RetryAfter: wait,
		Err: fmt.Errorf("not sent: the provider's limit of %s is used up for another %s", cmp.Or(what, "calls"), wait.Round(time.Second/10))}
}

// report takes in what a reply's header says about the limits.
func (p *pacer) report(t *ticket, header http.Header, now time.Time) {
	found := announced(header, now)
	if len(found) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range found {
		p.state.limits[a.kind].update(a, t, now)
		t.counted[a.kind] = true
	}
	p.wake()
}

// leave counts a call out.
func (p *pacer) leave(t *ticket, used pipeline.Usage, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.leave(t, used, err, time.Now())
	p.wake()
}

func (p *pacer) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// The kinds of limits that providers announce.
const (
	ofRequests = iota
	ofTokens   // of prompt and answer
	ofInput
	ofOutput
	kindsOfLimits
)

var limitNames = [kindsOfLimits]string{"requests", "tokens", "input tokens", "output tokens"}

// size is what is known of a call before it is sent.
type size struct {
	payload   int // bytes
	maxOutput int // tokens; 0 = not bounded
}

// ticket is a call on its way.
type ticket struct {
	size
	sentAt  time.Time
	needs   [kindsOfLimits]float64 // estimates, but for the request
	counted [kindsOfLimits]bool    // a report of its own has come
}

// pace is what is known of a provider's limits, and the calls under way. It
// reads no clock and is not safe for concurrent use.
type pace struct {
	limits  [kindsOfLimits]limit
	flying  []*ticket // in the order of sending
	until   time.Time // nothing is sent before: refusals said so
	refused int       // calls that were refused since the last answer

	tokensPerByte float64 // of the prompts so far
	output        float64 // tokens of an answer, running mean
}

// newPace starts with the usual guess of four bytes for a token.
func newPace() pace { return pace{tokensPerByte: 0.25, output: 100} }

func (p *pace) ticket(s size, now time.Time) *ticket {
	t := &ticket{size: s, sentAt: now}
	in, out := float64(s.payload)*p.tokensPerByte, p.output
	if s.maxOutput > 0 {
		out = min(out, float64(s.maxOutput))
	}
	t.needs = [kindsOfLimits]float64{ofRequests: 1, ofTokens: in + out, ofInput: in, ofOutput: out}
	return t
}

// hold returns how long a call must wait at least, and for the limit of what.
func (p *pace) hold(t *ticket, now time.Time) (wait time.Duration, what string) {
	if w := p.until.Sub(now); w > 0 {
		wait, what = w, limitNames[ofRequests]
	}
	for kind := range p.limits {
		l := &p.limits[kind]
		if !l.known {
			continue
		}
		since, left := l.left(now)
		if w := l.hold(left-p.uncounted(kind, since), t.needs[kind], now); w > wait {
			wait, what = w, limitNames[kind]
		}
	}
	return wait, what
}

// uncounted is what the calls under way need of a limit whose last report can't
// include them.
func (p *pace) uncounted(kind int, since time.Time) (sum float64) {
	for _, t := range slices.Backward(p.flying) {
		if t.sentAt.Before(since) {
			break
		}
		if !t.counted[kind] {
			sum += t.needs[kind]
		}
	}
	return sum
}

// leave counts a call out and learns from its usage. What it took without a
// report is taken off.
func (p *pace) leave(t *ticket, used pipeline.Usage, err error, now time.Time) {
	if i := slices.Index(p.flying, t); i >= 0 {
		p.flying = slices.Delete(p.flying, i, i+1)
	}
	for kind := range p.limits {
		if !t.counted[kind] {
			p.limits[kind].remaining -= t.needs[kind]
		}
	}
	p.refusal(announcedWait(err), err == nil, now)
	const weight = 0.1 // of one call in the running means
	if t.payload > 0 && used.InputTokens > 0 {
		p.tokensPerByte += weight * (float64(used.InputTokens)/float64(t.payload) - p.tokensPerByte)
	}
	if used.OutputTokens > 0 {
		p.output += weight * (float64(used.OutputTokens) - p.output)
	}
}

// refusal takes in whether a call was answered, or refused for some time. One
// refusal may be bad luck, and its own call waits; when half of the calls under
// way were refused, with no answer in between, all wait.
func (p *pace) refusal(wait time.Duration, answered bool, now time.Time) {
	switch {
	case answered:
		p.refused = 0
	case wait > 0:
		p.refused++
		if until := now.Add(wait); 2*p.refused >= len(p.flying)+1 && until.After(p.until) {
			p.until = until
		}
	}
}
