package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// settings go with every chunk of the run.
func (w *mediaWork) settings() (durable.Settings, error) {
	s := durable.Settings{Assets: w.sharing.Assets, Generators: w.run.M.Generators, Config: w.run.M.Config}
	where := w.run.Store.Remote
	if where == nil {
		where = assets.Dir{Path: w.store()}
	}
	var err error
	s.Probe, err = where.Put([]byte("assets of genops run " + w.run.ID + "\n"))
	return s, err
}

// synthesizeTogether is layer 2 over several processes, of which this is one: it
// lays the requests out, works on them beside the workers, and takes the results
// over into the run's own ledger.
func (w *mediaWork) synthesizeTogether(ctx context.Context, total int) (state pipeline.LayerState, err error) {
	s, err := w.settings()
	if err != nil {
		return state, err
	}
	s.Repeat, s.RetryFailed = w.config.Synthesize.Ambiguous == "retry", w.retryFailed
	if limit := w.limit(); limit != nil {
		left := *limit - w.run.States[pipeline.Optimize].CostUSD
		s.BudgetUSD = &left
	}
	cache := w.cache()
	defer cache.close()
	if w.reuse {
		if err := w.takeOver(cache); err != nil {
			return state, err
		}
	}
	if err := w.bring(); err != nil {
		return state, err
	}
	if err := w.cluster.Seed(ctx, w.run.ID, w.run.Ledger, nil); err != nil {
		return state, err
	}
	if err := w.cluster.Offer(ctx, w.run.ID, durable.DefaultChunk, s, w.run.Planned()); err != nil {
		return state, err
	}
	waitErr := w.beside(ctx, pipeline.Synthesize)
	if ctx.Err() != nil {
		return state, context.Cause(ctx)
	}
	if err := w.cluster.Collect(ctx, w.run.ID, total, w.run.Ledger); err != nil {
		return state, errors.Join(waitErr, err)
	}
	if err := w.follow(ctx); err != nil {
		return state, errors.Join(waitErr, err)
	}
	if err := w.adopt(cache); err != nil {
		return state, errors.Join(waitErr, err)
	}
	state, open, err := w.count(nil)
	switch {
	case err != nil:
		return state, errors.Join(waitErr, err)
	case errors.Is(waitErr, durable.ErrNoBudget):
		return state, &budgetUsed{state.CostUSD + w.run.States[pipeline.Optimize].CostUSD, *w.limit(), open, total}
	case waitErr == nil && open > 0:
		waitErr = fmt.Errorf("%w: %d of %d requests are still open", errShort, open, total)
	}
	return state, waitErr
}

// bring puts what this process made before, alone, where the others find it.
func (w *mediaWork) bring() error {
	shared := assets.Dir{Path: w.store(), Also: w.run.Store.Path}
	return w.run.Records(func(_ int64, _ int, r *pipeline.Record) error {
		if r == nil || !r.OK() || r.Digest == "" {
			return nil
		}
		if _, err := os.Stat(w.run.Store.File(r.Digest)); err != nil {
			return nil // then it came from there
		}
		if w.run.Store.Remote == nil {
			return shared.Adopt(r.Digest)
		}
		data, err := w.run.Store.Get(r.Digest)
		if err == nil {
			_, err = w.run.Store.Remote.Put(data)
		}
		return err
	})
}

// follow gives twins of requests in other chunks their results, here and in the
// database.
func (w *mediaWork) follow(ctx context.Context) error {
	changed := map[int64]bool{}
	err := pipeline.Follow(w.run.Ledger, w.run.Planned(), func(p *pipeline.Planned, _ *pipeline.Record) { changed[p.Seq] = true })
	if err != nil || len(changed) == 0 {
		return err
	}
	return w.cluster.Seed(ctx, w.run.ID, w.run.Ledger, changed)
}

// takeOver records the assets of exactly equal requests of earlier runs.
func (w *mediaWork) takeOver(cache *mediaCache) error {
	have := map[int64]bool{}
	if err := w.run.Ledger.Calls(func(c assets.Call) error { have[c.Seq] = true; return nil }); err != nil {
		return err
	}
	err := w.run.Planned()(func(p *pipeline.Planned) error {
		if have[p.Seq] {
			return nil
		}
		rec, ok := cache.find(p.Key)
		if !ok {
			return nil
		}
		if w.run.Store.Remote != nil {
			data, err := w.run.Store.Get(rec.Digest)
			if err == nil {
				_, err = w.run.Store.Remote.Put(data)
			}
			if err != nil {
				return err
			}
		}
		data, err := json.Marshal(rec.Again(p.Request.Media.Provider))
		if err != nil {
			return err
		}
		call := assets.Call{Seq: p.Seq, ID: p.Request.ID, Key: p.Key}
		if err := w.run.Ledger.Sent([]assets.Call{call}); err != nil {
			return err
		}
		call.State, call.Result = assets.Done, data
		w.run.Ledger.Done(call)
		return nil
	})
	return errors.Join(err, w.run.Ledger.Flush())
}

// adopt brings what workers made into the run's folder, where they share the
// project's; from another store that is done when it is needed. All is kept for
// reuse.
func (w *mediaWork) adopt(cache *mediaCache) error {
	return w.run.Ledger.Calls(func(c assets.Call) error {
		if c.State != assets.Done {
			return nil
		}
		r, err := pipeline.DecodeRecord(c)
		if err != nil || !r.OK() || r.Digest == "" {
			return err
		}
		if w.run.Store.Remote == nil {
			if err := w.run.Store.Adopt(r.Digest); err != nil {
				return fmt.Errorf("%w: do all workers have this project's folder? (--assets s3://BUCKET/PREFIX does without)", err)
			}
		}
		if r.Reused != "" {
			return nil
		}
		return cache.keep(c.Key, r)
	})
}

// beside waits for the workers, being one of them. When this process is asked to
// stop, so are they.
func (w *mediaWork) beside(ctx context.Context, layer pipeline.Layer) error {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	worker, end := w.worker(w.cluster, w.makers, nil, w.sharing.Assets)
	defer end()
	worker.Stop, worker.Only, worker.Strict, worker.Layers = w.stop, w.run.ID, true, []pipeline.Layer{layer}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := worker.Run(work); err != nil {
			cancel(err)
		}
	}()
	began := time.Now()
	tell := func(p durable.Progress) { w.view.workers(layer, p, time.Since(began)) }
	err := w.cluster.Wait(work, w.run.ID, layer, w.stop, tell)
	if w.stopped() && err == nil {
		if err = w.cluster.Pause(work, w.run.ID); err == nil {
			err = w.cluster.Wait(work, w.run.ID, layer, nil, tell)
		}
	} else {
		cancel(nil)
	}
	<-ended
	return err
}

// assureTogether is layer 3 over several processes.
func (w *mediaWork) assureTogether(ctx context.Context, a *pipeline.Assurance) (*pipeline.Assured, error) {
	s, err := w.settings()
	if err == nil {
		s.Checks, err = w.checksDigest()
	}
	total := w.run.States[pipeline.Optimize].OK
	if err == nil {
		err = w.cluster.OfferLayer(ctx, w.run.ID, pipeline.Assure, durable.DefaultChunk, total, s)
	}
	if err == nil {
		err = w.beside(ctx, pipeline.Assure)
	}
	if err == nil && w.stopped() {
		err = errShort
	}
	if err != nil {
		return nil, err
	}
	n := 0
	out, err := a.Write(w.run, total, func(yield func(*pipeline.Judged) error) error {
		return w.cluster.Findings(ctx, w.run.ID, total)(func(j *pipeline.Judged) error { n++; return yield(j) })
	})
	if made := w.run.States[pipeline.Synthesize].OK; err == nil && n != made {
		err = fmt.Errorf("the database has findings of %d assets; there are %d", n, made)
	}
	return out, err
}

// deliverTogether is layer 4 over several processes.
func (w *mediaWork) deliverTogether(ctx context.Context, deployer pipeline.Deployer) (*pipeline.Delivered, error) {
	s, err := w.settings()
	if err != nil {
		return nil, err
	}
	var remove func() error
	if s.Delivery, remove, err = w.delivery(); err != nil {
		return nil, err
	}
	total := w.run.States[pipeline.Optimize].OK
	err = w.cluster.OfferLayer(ctx, w.run.ID, pipeline.Deliver, durable.DefaultChunk, total, s)
	if err == nil {
		err = w.beside(ctx, pipeline.Deliver)
	}
	if err == nil && w.stopped() {
		err = errShort
	}
	if err = errors.Join(err, remove()); err != nil {
		return nil, err
	}
	out := &pipeline.Delivered{Total: w.run.States[pipeline.Assure].OK}
	err = w.run.WriteLines(pipeline.ReceiptsFile, func(line func(any) error) error {
		return w.cluster.Receipts(ctx, w.run.ID, total)(func(r *pipeline.Receipt) error {
			out.OK++
			return line(r)
		})
	})
	if err == nil && out.OK != out.Total {
		err = fmt.Errorf("the database has receipts of %d assets; %d passed", out.OK, out.Total)
	}
	if err == nil {
		err = w.known(deployer)
	}
	return out, err
}
