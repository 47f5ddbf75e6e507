package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaWork is one media run under way in this process.
type mediaWork struct {
	*media
	run         *pipeline.MediaRun
	makers      []*maker // made on first need
	retryFailed bool
	noPilot     bool
	reuse       bool
	sharing     sharing          // what the flags say
	cluster     *durable.Cluster // nil = this process alone
	leave       func()           // lets go of the cluster; nil = there is none
	budget      *float64         // in place of the manifest's
	stop        <-chan struct{}
	view        *mediaLive
}

// errShort says that a layer ended before all was done, and that the same can
// go on later.
var errShort = errors.New("the layer is not complete")

// layer runs one of the layers behind the first, unless it is complete.
func (w *mediaWork) layer(ctx context.Context, l pipeline.Layer) (err error) {
	if w.run.States[l].Done && !(w.retryFailed && l == pipeline.Synthesize) {
		return nil
	}
	for _, before := range pipeline.Layers() {
		if before == l {
			break
		}
		if s := w.run.States[before]; !s.Done {
			return usage(fmt.Errorf("run %s: layer %s comes before %s and is not complete; run `%s layer %s --run %s`", w.run.ID, before, l, w.Program, before, w.ref()))
		}
	}
	if err := w.enough(l); err != nil {
		return err
	}
	began := time.Now()
	w.view.layer(l)
	var state pipeline.LayerState
	switch l {
	case pipeline.Synthesize:
		state, err = w.synthesize(ctx)
	case pipeline.Assure:
		state, err = w.assure(ctx)
	case pipeline.Deliver:
		state, err = w.deliver(ctx)
	}
	w.view.end()
	if err != nil {
		return err
	}
	state.Took = time.Since(began).Milliseconds()
	if err := w.run.Complete(l, state); err != nil {
		return err
	}
	w.view.complete(l, w.run.States[l])
	return w.push(ctx, "")
}

// belowMinimum says that too few items of a layer succeeded for the next one.
type belowMinimum struct {
	layer pipeline.Layer
	state pipeline.LayerState
	share float64
}

func (e *belowMinimum) Error() string {
	if e.state.OK == 0 {
		return fmt.Sprintf("layer %s: none of %d items succeeded (`runs show` tells why)", e.layer, e.state.Total)
	}
	return fmt.Sprintf("layer %s: %d of %d items succeeded; min_success asks for %.4g", e.layer, e.state.OK, e.state.Total, e.share)
}

// gateClosed says that the gate behind layer 3 did not pass.
type gateClosed struct{ verdict, reason string }

func (e *gateClosed) Error() string {
	return "the gate behind layer assure: " + e.verdict + ": " + e.reason
}

// enough refuses a layer that the one before does not allow.
func (w *mediaWork) enough(l pipeline.Layer) error {
	switch l {
	case pipeline.Assure:
		return w.tooFew(pipeline.Synthesize, w.run.States[pipeline.Synthesize])
	case pipeline.Deliver:
		s := w.run.States[pipeline.Assure]
		if s.Verdict != gate.Pass.String() {
			return &gateClosed{s.Verdict, s.Reason}
		}
		return w.tooFew(pipeline.Assure, s)
	}
	return nil
}

func (w *mediaWork) ready() (err error) {
	if w.makers == nil {
		w.makers, err = w.media.makers(w.run.M.Generators)
	}
	return err
}

// synthesize is layer 2.
func (w *mediaWork) synthesize(ctx context.Context) (pipeline.LayerState, error) {
	if err := w.ready(); err != nil {
		return pipeline.LayerState{}, err
	}
	total := w.run.States[pipeline.Optimize].OK
	if w.cluster != nil {
		return w.synthesizeTogether(ctx, total)
	}
	return w.make(ctx, nil)
}

// make makes the assets of the given requests in this process; nil = of all.
func (w *mediaWork) make(ctx context.Context, only map[int64]bool) (pipeline.LayerState, error) {
	total := w.run.States[pipeline.Optimize].OK
	s := &pipeline.Synthesis{Providers: w.providers(w.makers), Ledger: w.run.Ledger, Store: w.run.Store,
		RepeatAmbiguous: w.config.Synthesize.Ambiguous == "retry", RetryFailed: w.retryFailed, Only: only, Stop: w.stop, Progress: w.view.synthesis}
	w.purse(s)
	cache := w.cache()
	defer cache.close()
	s.Keep = cache.keep
	if w.reuse {
		s.Reuse = cache.find
	}
	err := s.Run(ctx, total, w.run.Planned())
	state, open, countErr := w.count(only)
	if err = errors.Join(err, countErr); err != nil {
		return state, err
	}
	if open > 0 {
		return state, w.unfinished(s, open, state.Total)
	}
	return state, nil
}

// count sums up what the ledger holds of the given requests; nil = of all.
func (w *mediaWork) count(only map[int64]bool) (s pipeline.LayerState, open int, err error) {
	if s.Total = w.run.States[pipeline.Optimize].OK; only != nil {
		s.Total = len(only)
	}
	open = s.Total
	err = w.run.Records(func(seq int64, _ int, r *pipeline.Record) error {
		if r == nil || only != nil && !only[seq] {
			return nil
		}
		open--
		s.Take(r)
		return nil
	})
	return s, open, err
}

// assure is layer 3.
func (w *mediaWork) assure(ctx context.Context) (pipeline.LayerState, error) {
	return w.judge(ctx, nil)
}

// judge judges the assets of the given requests; nil = of all.
func (w *mediaWork) judge(ctx context.Context, only map[int64]bool) (pipeline.LayerState, error) {
	checks, err := w.checks()
	if err != nil {
		return pipeline.LayerState{}, err
	}
	a := &pipeline.Assurance{Checks: checks, Width: runtime.GOMAXPROCS(0), Only: only, Progress: w.view.assurance}
	for _, text := range w.run.M.Rules {
		r, err := pipeline.ParseMediaRule(text, metricsOf(checks), w.config.Assure.Alpha)
		if err != nil {
			return pipeline.LayerState{}, usage(err)
		}
		a.Rules = append(a.Rules, r)
	}
	var out *pipeline.Assured
	if w.cluster != nil && only == nil {
		out, err = w.assureTogether(ctx, a)
	} else {
		out, err = a.Run(ctx, w.run)
	}
	if err != nil {
		return pipeline.LayerState{}, err
	}
	w.view.judged(out)
	state := pipeline.LayerState{Total: out.Total, OK: out.Passed, Failed: out.Failed, Verdict: out.Verdict().String()}
	for _, d := range out.Decisions {
		if d.Verdict != gate.Pass && state.Reason == "" {
			state.Reason = d.Rule.String() + ": " + d.Reason
		}
	}
	if state.Reason == "" && out.Passed == 0 {
		state.Reason = "no asset passed"
	}
	return state, nil
}

func metricsOf(checks []pipeline.Check) []string {
	out := []string{pipeline.PassRate}
	for _, c := range checks {
		out = append(out, c.Metric)
	}
	return out
}

// deliver is layer 4.
func (w *mediaWork) deliver(ctx context.Context) (pipeline.LayerState, error) {
	deployer, err := w.deployer()
	if err != nil {
		return pipeline.LayerState{}, err
	}
	if c, ok := deployer.(io.Closer); ok {
		defer c.Close()
	}
	var out *pipeline.Delivered
	if w.cluster != nil {
		out, err = w.deliverTogether(ctx, deployer)
	} else {
		d := &pipeline.Delivering{Deployer: deployer, Width: deliverWidth, Progress: w.view.delivery}
		out, err = d.Run(ctx, w.run)
	}
	if err != nil {
		return pipeline.LayerState{}, err
	}
	if f, ok := deployer.(interface {
		Finish(context.Context) error
	}); ok && out.Failed == 0 {
		if err := f.Finish(ctx); err != nil {
			return pipeline.LayerState{}, fmt.Errorf("delivering to %s: %w", w.run.M.Deliver, err)
		}
	}
	if out.Failed > 0 {
		return pipeline.LayerState{}, fmt.Errorf("%d of %d assets were not delivered to %s: %w", out.Failed, out.Total, w.run.M.Deliver, out.Err)
	}
	return pipeline.LayerState{Total: out.Total, OK: out.OK, Failed: out.Failed}, nil
}

// target is where a run's assets go; a folder is taken from the project.
func (x *media) target(m *pipeline.MediaManifest) string {
	if m.Deliver == "" {
		return filepath.Join(x.root, "out", m.Run)
	}
	return m.Deliver
}
