package durable

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Worker takes chunks and works on them, one at a time, so that the widths of its
// providers bound what the process has in flight; they and the rates are each
// process's own. What makes it able to work on a layer is asked for each chunk; an
// error says that this process is not: the chunk is given back, and none of that
// layer of the run is taken for some time. Old finished runs are removed meanwhile.
type Worker struct {
	Cluster *Cluster
	Layers  []pipeline.Layer // that it works for; none = synthesize
	Only    string           // works on this run alone; "" = on any
	Strict  bool             // ends with the error when it can't work on a chunk
	// Prepare makes the synthesis of a chunk: providers, store, and, where Settings
	// have a budget, a purse with the prices; its limit is set here.
	Prepare func(*Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error)
	Judge   func(*Chunk) (*pipeline.Assurance, assets.Store, error)  // for layer assure
	Deliver func(*Chunk) (*pipeline.Delivering, assets.Store, error) // for layer deliver; its deployer is closed after the chunk
	Stop    <-chan struct{}                                          // drains: no more chunks, calls in flight are waited for
	Idle    time.Duration                                            // ends when there was nothing to do for so long; 0 = never
	Log     *slog.Logger

	not map[string]time.Time // when it was seen that it can't do "RUN LAYER"
	why error                // the last time that it could not
}

// unfit is what Prepare, Judge or Deliver said.
type unfit struct{ error }

const (
	pollBusy = 100 * time.Millisecond
	pollIdle = time.Second
	busyFor  = 30 * time.Second // after the last chunk
	unfitFor = time.Minute      // until it is tried again whether a layer of a run can be worked on
	purgeAll = time.Hour        // between two removals of old runs
)

// unable are those "RUN LAYER" that were not possible a moment ago.
func (w *Worker) unable() (names []string) {
	for name, at := range w.not {
		if time.Since(at) < unfitFor {
			names = append(names, name)
		}
	}
	return names
}

// Run works until Stop, ctx or Idle ends it. What it could not end stays open for
// other workers. Idle, it says what it could not do, if nothing else.
func (w *Worker) Run(ctx context.Context) error {
	want := wanted{layers: []string{string(pipeline.Synthesize)}, run: w.Only}
	if len(w.Layers) > 0 {
		want.layers = nil
		for _, l := range w.Layers {
			want.layers = append(want.layers, string(l))
		}
	}
	w.not = map[string]time.Time{}
	last, troubled, worked := time.Now(), time.Now().Add(-Lease), false
	var purged time.Time
	for !w.stopped() && ctx.Err() == nil {
		if w.Only == "" && time.Since(purged) > purgeAll {
			purged = time.Now()
			if err := w.Cluster.purge(ctx); err != nil && ctx.Err() == nil {
				w.Log.Warn("old runs are not removed", "error", err)
			}
		}
		// After trouble with the database, other workers are given the time of a
		// lease to renew theirs.
		want.takeOver, want.not = time.Since(troubled) >= Lease, w.unable()
		k, err := w.Cluster.claim(ctx, want)
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
			if u := (*unfit)(nil); errors.As(err, &u) {
				if w.Strict {
					return u.error
				}
				w.not[k.Run+" "+string(k.Layer)], w.why = time.Now(), u.error
			} else {
				worked = true
			}
			if err != nil {
				w.Log.Warn("chunk not ended", "run", k.Run, "layer", k.Layer, "chunk", k.Number, "error", err)
			}
			last = time.Now()
			continue
		case w.Idle > 0 && time.Since(last) > w.Idle:
			if !worked {
				return w.why
			}
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
	sweep := &sweep{Worker: w, k: k}
	keeping := make(chan struct{})
	go func() { defer close(keeping); k.keep(work, cancel, sweep.look) }()
	go func() {
		select {
		case <-w.Stop:
		case <-k.paused:
		case <-work.Done():
			return
		}
		close(k.stop)
	}()
	w.Log.Info("chunk taken", "run", k.Run, "layer", k.Layer, "chunk", k.Number, "items", k.Items)
	var state string
	var err error
	switch k.Layer {
	case pipeline.Assure:
		state, err = w.judge(work, k)
	case pipeline.Deliver:
		state, err = w.deliver(work, k)
	default:
		state, err = sweep.run(work)
	}
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
	return errors.Join(err, insist(ending, func(ctx context.Context) error { return k.end(ctx, state, why, sweep.spent()) }))
}
