package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Sweep sends requests breadth-first through one generator: a moving window of
// bounded width, failures isolated to their request.
type Sweep struct {
	Generator Generator
	Width     int           // calls in flight at first, >= 1; goes down on overload
	Timeout   time.Duration // of one attempt; 0 = none
	Retries   int           // further attempts after a transient failure; 0 = none, not even after a rejection
	// RepeatAmbiguous allows another attempt when the fate of the last one is
	// unknown; otherwise such a request fails.
	RepeatAmbiguous bool
	// Sent makes "sent" durable before the requests go out; an error ends the
	// sweep. It gets at most Width requests.
	Sent func([]Request) error
	// Admit, if not nil, says how many of the requests, from the first, may go
	// out; it may wait until at least one may, or its context ends, which it does
	// when nothing more is to be sent. 0 ends the sending.
	Admit func(context.Context, []Request) int
	// Again, if not nil, says whether a request may be sent once more after an
	// attempt whose fate is unknown.
	Again func(Request) bool
	// Pace, if not nil, waits until a further attempt of a request may go out; it
	// is false when its context ended first. First attempts are up to Admit.
	Pace func(context.Context) bool
	// Stop, when closed, ends the sending; calls in flight are waited for.
	Stop <-chan struct{}
	// Grace bounds that wait when Done asked to stop; 0 = no wait.
	Grace time.Duration
	// Unsent, if not nil, is told of a request that gets no result though its fate
	// is known: it was turned away, and is not sent again before the sweep ends.
	// It is called as done is.
	Unsent func(Request, Asset)
	// Drain waits for calls in flight when one says that the generator is
	// Unusable; else they are given up.
	Drain bool
	// State, if not nil, is told the calls in flight and the present width.
	State func(inFlight, width int)
}

// answer is one request's end.
type answer struct {
	request Request
	asset   Asset
	err     error
}

// Run sends the requests in their order. done gets each result in the order of
// completion, from one goroutine, and returns true to end the sending: then
// calls in flight are waited for up to Grace and given up after it. A request
// that was given up, by that or by ctx, gets no result. A further request goes
// out only after done has returned for one before it, so at most Width requests
// are between Sent and done. Run returns nil when all requests have a result,
// when done or Stop ended it; else the cause.
func (s *Sweep) Run(ctx context.Context, requests []Request, done func(Request, Asset) bool) error {
	return s.RunFrom(ctx, Slice(requests), done)
}

// Source hands out requests in their order: up to n of the next ones, none at
// the end. It is called from one goroutine; an error ends the sweep.
type Source func(n int) ([]Request, error)

// Slice is the source of requests that are all there.
func Slice(requests []Request) Source {
	return func(n int) ([]Request, error) {
		n = min(n, len(requests))
		next := requests[:n]
		requests = requests[n:]
		return next, nil
	}
}

// RunFrom is Run for requests that come one after the other, so that there may
// be more of them than the memory holds.
func (s *Sweep) RunFrom(ctx context.Context, requests Source, done func(Request, Asset) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	limit := newLimiter(s.Width)
	answers := make(chan answer, limit.width)
	sending := make(chan int, 1) // receives how many went out, once no more do
	var all atomic.Bool          // every request went out
	admission, refuse := context.WithCancel(ctx)
	defer refuse()
	go func() { sending <- s.send(ctx, admission, stop, limit, requests, answers, cancel, &all) }()

	halt := sync.OnceFunc(func() { close(stop); refuse() })
	var giveUp <-chan time.Time
	userStop := s.Stop
	sent, got, results := -1, 0, 0
	var unusable *Unusable
	for sent < 0 || got < sent {
		select {
		case sent = <-sending:
		case <-userStop:
			userStop = nil
			halt()
		case <-giveUp:
			cancel(errGivenUp)
		case a := <-answers:
			got++
			if s.State != nil {
				s.State(limit.state())
			}
			if s.Drain && errors.As(a.err, &unusable) {
				halt()
				a.err = errNoAttempt
			}
			if asset, ok := a.result(ctx, cancel); !ok {
				if s.Unsent != nil && a.unsent() {
					s.Unsent(a.request, a.asset)
				}
			} else {
				results++
				if done(a.request, asset) && giveUp == nil {
					halt()
					giveUp = time.After(s.Grace)
				}
			}
			limit.release()
		}
	}
	if unusable != nil {
		return unusable
	}
	if cause := context.Cause(ctx); cause != nil && cause != errGivenUp && !(all.Load() && results == sent) {
		return cause
	}
	return nil
}

// result is what done gets; ok is false for a request that was given up. An
// answer that no other can follow ends the sweep.
func (a *answer) result(ctx context.Context, cancel context.CancelCauseFunc) (asset Asset, ok bool) {
	var unusable *Unusable
	switch {
	case a.err == nil:
		return a.asset, true
	case errors.As(a.err, &unusable):
		cancel(unusable)
		return Asset{}, false
	case errors.Is(a.err, errNoAttempt), context.Cause(ctx) != nil:
		return Asset{}, false
	}
	a.asset.Err = a.err.Error()
	return a.asset, true
}

// unsent says whether a request without a result is surely not carried out.
func (a *answer) unsent() bool {
	var unusable *Unusable
	return (errors.Is(a.err, errNoAttempt) || errors.As(a.err, &unusable)) && a.asset.Uncertain == 0
}

var (
	errGivenUp   = errors.New("given up: the sweep was told to stop")
	errNoAttempt = errors.New("not repeated: the sweep was told to stop")
)

// send feeds the window and returns how many requests went out; all is set when
// there are no more.
func (s *Sweep) send(ctx, admission context.Context, stop chan struct{}, limit *limiter, requests Source, answers chan<- answer, cancel context.CancelCauseFunc, all *atomic.Bool) int {
	sent, workers := 0, 0
	jobs := make(chan Request, limit.width) // never full: who holds a place has taken its job
	defer close(jobs)
	width := cap(jobs)
	var queue []Request
	ended := false
	for {
		runtime.Gosched() // results that are in make places: fewer, larger commits
		if len(queue) < width && !ended {
			more, err := requests(4 * width)
			if err != nil {
				cancel(err)
				return sent
			}
			ended = len(more) == 0
			queue = append(slices.Clip(queue), more...)
		}
		if len(queue) == 0 {
			all.Store(true)
			return sent
		}
		n := s.take(ctx, admission, stop, limit, queue)
		if n == 0 || closed(stop) {
			return sent
		}
		batch := queue[:n]
		queue = queue[n:]
		if err := s.Sent(batch); err != nil {
			cancel(err)
			return sent
		}
		sent += len(batch)
		for _, r := range batch {
			// Workers stay: their stacks have grown already.
			if workers < width {
				workers++
				go func() {
					for r := range jobs {
						asset, err := s.attempts(ctx, admission, stop, limit, r)
						answers <- answer{r, asset, err}
					}
				}()
			}
			jobs <- r
		}
	}
}

// take waits for places and says how many of the requests may go out; 0 when
// none may any more.
func (s *Sweep) take(ctx, admission context.Context, stop chan struct{}, limit *limiter, queue []Request) int {
	n := limit.take(ctx, stop, len(queue))
	if n == 0 || s.Admit == nil {
		return n
	}
	m := s.Admit(admission, queue[:n])
	for range n - m {
		limit.ended()
		limit.release()
	}
	return m
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// maxRejections bounds how often one request may be turned away by an
// overloaded provider. Rejections cost nothing, so they do not count as
// Retries; with the pauses between them this is several minutes.
const maxRejections = 20

// attempts sends one request until it is answered or failed for good. The first
// attempt was taken from the limiter already.
func (s *Sweep) attempts(ctx, admission context.Context, stop <-chan struct{}, limit *limiter, r Request) (Asset, error) {
	sends, uncertain, failures, rejections := 0, 0, 0, 0
	paid := 0.0 // for attempts that failed
	for {
		at := time.Now()
		asset, err := s.attempt(ctx, r)
		var t *Transient
		var unusable *Unusable
		transient := errors.As(err, &t)
		if transient && t.Ambiguous {
			uncertain++
		}
		transient = transient && !errors.As(err, &unusable)
		switch {
		case transient && t.Overload:
			limit.overloaded(at, t.RetryAfter)
		case transient && t.Limited:
			limit.limited(t.RetryAfter)
		case err == nil:
			limit.answered()
		}
		limit.ended()
		if !errors.Is(err, errNoAttempt) {
			sends += max(asset.Sends, 1)
		}
		paid += asset.CostUSD
		asset.Sends, asset.Uncertain, asset.CostUSD = sends, uncertain, paid
		if asset.Latency == 0 {
			asset.Latency = time.Since(at)
		}
		if !transient {
			return asset, err
		}
		if t.Ambiguous && !s.RepeatAmbiguous {
			return asset, fmt.Errorf("%w (its fate is unknown, and the policy is hold)", err)
		}
		if t.Progress {
			failures, rejections = 0, 0
		}
		if t.Overload || t.Limited {
			rejections++
		} else {
			failures++
		}
		if failures > s.Retries || rejections > maxRejections || s.Retries == 0 {
			return asset, fmt.Errorf("%w (after %d attempts)", err, sends)
		}
		select {
		case <-time.After(backoff(failures+rejections, t.RetryAfter)):
		case <-stop:
			return asset, errNoAttempt
		case <-ctx.Done():
			return asset, context.Cause(ctx)
		}
		if t.Ambiguous && s.Again != nil && !s.Again(r) || s.Pace != nil && !s.Pace(admission) || !limit.again(ctx, stop) {
			return asset, errNoAttempt
		}
	}
}

func (s *Sweep) attempt(ctx context.Context, r Request) (Asset, error) {
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Timeout)
		defer cancel()
	}
	return s.Generator.Generate(ctx, r)
}

// backoff is what the other side asked for plus up to a quarter of jitter, else
// 0.25 s doubling with each attempt up to 16 s, with full jitter above its half.
func backoff(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked + rand.N(asked/4+1)
	}
	d := 250 * time.Millisecond << min(attempt-1, 6)
	return d/2 + rand.N(d/2+1)
}
