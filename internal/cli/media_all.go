package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// all runs the layers that are not complete, tells what came of it, and turns
// the verdict into the exit code.
func (w *mediaWork) all(ctx context.Context, asJSON bool, events string) error {
	result, err := w.layers(ctx, events, pipeline.Synthesize, pipeline.Assure, pipeline.Deliver)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(w.Stdout, result)
	} else {
		w.tellMedia(result)
	}
	if err != nil {
		return err
	}
	return verdictExit(result.Verdict)
}

// layers runs some layers, as far as each lets the next one begin.
func (w *mediaWork) layers(ctx context.Context, events string, layers ...pipeline.Layer) (*mediaResult, error) {
	out, closeEvents, err := w.eventsTo(events)
	if err != nil {
		return nil, err
	}
	defer closeEvents()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w.view = newMediaLive(w.State, out)
	w.stop = w.onInterrupt(w.view.live, func() { cancel(context.Canceled) })
	defer func() { w.closeMakers(w.makers) }()
	w.view.event("run", map[string]any{"run": w.run.ID, "name": w.run.M.Name})
	err = w.join(ctx, cancel)
	if w.leave != nil {
		defer w.leave()
	}
	for _, l := range layers {
		if err != nil {
			break
		}
		if w.stopped() {
			err = errShort
			break
		}
		if l == pipeline.Synthesize {
			err = w.pilot(ctx)
		}
		if err == nil && !w.stopped() {
			err = w.layer(ctx, l)
		}
	}
	if next := layerIndex(layers[len(layers)-1]) + 1; err == nil && next < len(pipeline.Layers()) {
		err = w.enough(pipeline.Layers()[next]) // what it would refuse is told now
	}
	w.view.end()
	if err != nil && (w.stopped() || ctx.Err() != nil) {
		w.view.event("interrupted", map[string]any{"run": w.run.ID})
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return nil, fmt.Errorf("run %s: %w; what was made is kept", w.run.ID, cause)
		}
		return nil, fmt.Errorf("interrupted; what was made is kept in run %s; go on with: %s runs resume %s", w.run.ID, w.Program, w.ref())
	}
	result, err := w.outcome(err)
	if err != nil {
		return nil, w.explain(err)
	}
	if err := w.finish(ctx, result); err != nil {
		return nil, err
	}
	w.view.event("finished", map[string]any{"result": result})
	return result, nil
}

// explain says how a run that broke off can go on.
func (w *mediaWork) explain(err error) error {
	var wrong *evals.UsageError
	if errors.As(err, &wrong) {
		return err
	}
	return fmt.Errorf("%w; what was made is kept in run %s; when that is mended, go on with: %s runs resume %s", err, w.run.ID, w.Program, w.ref())
}

// ref is how a command names the run: by its folder when that is not among the
// runs of the project.
func (w *mediaWork) ref() string {
	if filepath.Dir(w.run.Dir) == w.runsFolder().Dir {
		return w.run.ID
	}
	return w.show(w.run.Dir)
}

func (w *mediaWork) stopped() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

// eventsTo opens where events go.
func (w *mediaWork) eventsTo(name string) (io.Writer, func(), error) {
	switch name {
	case "":
		return nil, func() {}, nil
	case "-":
		return w.Stderr, func() {}, nil
	}
	f, err := os.OpenFile(w.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, usage(fmt.Errorf("--events: %w", err))
	}
	return f, func() { f.Close() }, nil
}
