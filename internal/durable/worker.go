package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Worker takes chunks and works on them, one at a time, so that the widths of its
// providers bound what the process has in flight.
type Worker struct {
	Cluster *Cluster
	// Prepare makes the synthesis of a chunk: providers, store, purse. An error says
	// that this process can't make what is asked for: it gives the chunk back, and
	// Run ends with it.
	Prepare func(*Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error)
	Stop    <-chan struct{} // drains: no more chunks, calls in flight are waited for
	Idle    time.Duration   // ends when there was nothing to do for so long; 0 = never
	Log     *slog.Logger
}

// unfit is what Prepare said.
type unfit struct{ error }

const (
	pollBusy = 100 * time.Millisecond
	pollIdle = time.Second
	busyFor  = 30 * time.Second // after the last chunk
)

// Run works until Stop, ctx or Idle ends it. What it could not end stays open for
// other workers.
func (w *Worker) Run(ctx context.Context) error {
	last, troubled := time.Now(), time.Now().Add(-Lease)
	for !w.stopped() && ctx.Err() == nil {
		// After trouble with the database, other workers are given the time of a
		// lease to renew theirs.
		k, err := w.Cluster.claim(ctx, []string{string(pipeline.Synthesize)}, time.Since(troubled) >= Lease)
		switch {
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && (w.Idle > 0 && time.Since(last) > patience):
			return err
		case err != nil:
			w.Log.Warn("the database can't be used at the moment", "error", err)
			troubled = time.Now()
		case k != nil:
			err := w.chunk(ctx, k)
			var u *unfit
			if errors.As(err, &u) {
				return u.error
			}
			if err != nil {
				w.Log.Warn("chunk not ended", "run", k.Run, "chunk", k.Number, "error", err)
			}
			last = time.Now()
			continue
		case w.Idle > 0 && time.Since(last) > w.Idle:
			return nil
		}
		pause := pollBusy
		if time.Since(last) > busyFor {
			pause = pollIdle
		}
		select {
		case <-time.After(pause):
		case <-w.Stop:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return context.Cause(ctx)
}

func (w *Worker) stopped() bool {
	select {
	case <-w.Stop:
		return true
	default:
		return false
	}
}

// chunk works on one chunk. What fails for good is told in its row; what another
// start may mend leaves it open.
func (w *Worker) chunk(ctx context.Context, k *Chunk) error {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	keeping := make(chan struct{})
	go func() { defer close(keeping); k.keep(work, cancel) }()
	w.Log.Info("chunk taken", "run", k.Run, "chunk", k.Number, "items", k.Items)
	state, err := w.sweep(work, k)
	cancel(nil)
	<-keeping
	why := ""
	if err != nil {
		why = err.Error()
	}
	if errors.Is(err, ErrTakenOver) {
		return err
	}
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), Lease)
	defer stop() // the lease's end does it as well
	return errors.Join(err, insist(ending, func(ctx context.Context) error { return k.end(ctx, state, why) }))
}

func (w *Worker) sweep(ctx context.Context, k *Chunk) (state string, err error) {
	requests, err := k.requests(ctx)
	if err != nil {
		return "open", err
	}
	s, err := w.Prepare(k, requests)
	if err != nil {
		return "open", &unfit{err}
	}
	l := &ledger{k: k, ctx: ctx}
	s.Ledger, s.Stop, s.RepeatAmbiguous, s.RetryFailed = l, w.Stop, k.Settings.Repeat, k.Settings.RetryFailed
	if err := s.Run(ctx, k.Items, requests); err != nil {
		var unusable *pipeline.Unusable
		if errors.As(err, &unusable) {
			return "failed", err
		}
		return "open", err
	}
	done, waiting, err := 0, map[int64]bool{}, error(nil)
	err = requests(func(p *pipeline.Planned) error {
		if p.TwinOf != nil && *p.TwinOf < 0 { // it gets its result when all chunks are done
			waiting[p.Seq] = true
		}
		return nil
	})
	if err != nil {
		return "open", err
	}
	err = l.Calls(func(c assets.Call) error {
		if c.State != assets.Done {
			return nil
		}
		r, err := pipeline.DecodeRecord(c)
		if err == nil && !r.Open {
			delete(waiting, c.Seq)
			done++
		}
		return err
	})
	done += len(waiting)
	switch {
	case err != nil || w.stopped() && done < k.Items:
		return "open", err
	case done < k.Items && s.Purse != nil:
		return "failed", fmt.Errorf("the budget allows no further call: %d of %d requests are open", k.Items-done, k.Items)
	case done < k.Items:
		return "open", fmt.Errorf("%d of %d requests are still open", k.Items-done, k.Items)
	}
	return "done", nil
}
