package generators

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// pause waits; false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errLost says that the server no longer knows a job.
var errLost = errors.New("the server no longer knows the job: it was restarted, or its queue and history were cleared")

// await waits until the history has the job. Events only say when to look.
func (c *ComfyUI) await(ctx context.Context, k comfyTicket, wake <-chan bool) (*comfyEntry, error) {
	queuedAt, heard := time.Now(), time.Now()
	missing := 0
	for {
		select {
		case final := <-wake:
			// The event comes before the history knows.
			if e := c.soon(ctx, k, final); e != nil {
				return e, nil
			}
		case <-time.After(c.cfg.Poll):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		where, entry, err := c.locate(ctx, k, later(queuedAt, time.Now().Add(-c.cfg.Poll/2)))
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			var unusable *pipeline.Unusable
			if errors.As(err, &unusable) {
				return nil, err
			}
			if out := time.Since(heard); out > c.cfg.Patience {
				return nil, &pipeline.Transient{Ambiguous: true, Err: fmt.Errorf("the job is queued, and for %s the server could not be asked about it: %w", seconds(out.Round(time.Second)), err)}
			}
			continue
		case where == inHistory:
			return entry, nil
		case where == inQueue:
			missing = 0
		default:
			if missing++; missing >= 2 {
				return nil, &pipeline.Transient{Err: fmt.Errorf("calling %s: %w", c.name, errLost)}
			}
			queuedAt = time.Now() // the next look is a fresh one
		}
		heard = time.Now()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// soon looks into the history a few times within a second, if it is certain
// that the job is over.
func (c *ComfyUI) soon(ctx context.Context, k comfyTicket, final bool) *comfyEntry {
	if !final {
		return nil
	}
	for wait := 5 * time.Millisecond; wait < 500*time.Millisecond; wait *= 2 {
		if e, err := c.history(ctx, k); err != nil || e != nil {
			return e
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
	return nil
}

// gaveUp takes a job back when ctx ended before it was done, and says so.
func (c *ComfyUI) gaveUp(ctx context.Context, k comfyTicket, err error) error {
	if ctx.Err() == nil {
		return err
	}
	gone := c.withdraw(k)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("waiting for %s: %w", c.name, context.Cause(ctx))
	}
	what := "it was taken back"
	if !gone {
		what = "it may still be made"
	}
	return &pipeline.Transient{Ambiguous: !gone, Err: fmt.Errorf("no image from %s in time (%s); raise --timeout: %w", c.name, what, context.DeadlineExceeded)}
}

// withdraw takes the own job out of the queue, or interrupts it where that can
// be done to this one job alone. It reports whether the server has certainly
// stopped working on it.
func (c *ComfyUI) withdraw(k comfyTicket) (gone bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if _, err := c.ask(ctx, http.MethodPost, "/queue", nil, map[string]any{"delete": []string{k.id}}); err != nil {
		return false
	}
	where, _, err := c.locate(ctx, k, time.Now())
	if err != nil || where == inHistory {
		return false
	}
	if where == nowhere {
		return true
	}
	if !c.interruptsOne(ctx) {
		return false
	}
	if _, err := c.ask(ctx, http.MethodPost, "/interrupt", nil, map[string]any{"prompt_id": k.id}); err != nil {
		return false
	}
	for range 10 {
		if where, _, err := c.locate(ctx, k, time.Now()); err == nil && where != inQueue {
			return true
		}
		if !pause(ctx, 50*time.Millisecond) {
			break
		}
	}
	return false
}
