package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
)

const noPilotUsage = "media runs: go on though the pilot did not pass"

// pilotStopped says that a run ends for now because its pilot did not pass.
type pilotStopped struct{ *pipeline.Pilot }

func (e *pilotStopped) Error() string {
	return fmt.Sprintf("the pilot of %d item(s): %s; the other %d request(s) were not sent", e.Items, e.Reason, e.Left)
}

// pilot takes some items through layers 2 and 3 before all others, unless that
// was done. The error is a *pilotStopped when they don't pass. What was made is
// part of the run.
func (w *mediaWork) pilot(ctx context.Context) error {
	if w.run.M.Pilot == 0 || w.noPilot || w.run.States[pipeline.Synthesize].Done || !w.run.States[pipeline.Optimize].Done {
		return nil
	}
	before, err := pipeline.ReadPilot(w.run.Folder)
	if err != nil || before != nil && before.Verdict == gate.Pass.String() {
		return err
	}
	total := w.run.States[pipeline.Optimize].OK
	only, items, err := pipeline.PilotOf(w.run.M.Pilot, w.run.M.Fingerprint, w.run.Planned())
	if err != nil || len(only) >= total {
		return err
	}
	if err := w.ready(); err != nil {
		return err
	}
	began := time.Now()
	w.view.layer("pilot")
	p := &pipeline.Pilot{At: began.UTC(), Items: items, Requests: len(only), Left: total - len(only)}
	err = w.pilotLayers(ctx, p, only)
	w.view.end()
	if err != nil {
		return err
	}
	w.retryFailed = false // what failed in the pilot was tried again just now
	if err := w.run.WriteJSON(pipeline.PilotFile, p); err != nil {
		return err
	}
	w.view.complete("pilot", pipeline.LayerState{Total: p.Requests, OK: p.Passed, Failed: p.Requests - p.Passed, CostUSD: p.CostUSD,
		Verdict: p.Verdict, Reason: p.Reason, Took: time.Since(began).Milliseconds()})
	if p.Verdict != gate.Pass.String() {
		return &pilotStopped{p}
	}
	return nil
}

// pilotLayers runs layers 2 and 3 on the pilot, and asks of it what is asked of
// the run.
func (w *mediaWork) pilotLayers(ctx context.Context, p *pipeline.Pilot, only map[int64]bool) error {
	made, err := w.make(ctx, only)
	if err != nil {
		return err
	}
	p.OK, p.CostUSD, p.Verdict = made.OK, made.CostUSD, gate.Fail.String()
	if below := w.tooFew(pipeline.Synthesize, made); below != nil {
		p.Reason = below.Error()
		return nil
	}
	judged, err := w.judge(ctx, only)
	if err != nil {
		return err
	}
	p.Passed, p.Verdict, p.Reason = judged.OK, judged.Verdict, judged.Reason
	if below := w.tooFew(pipeline.Assure, judged); below != nil && p.Verdict == gate.Pass.String() {
		p.Verdict, p.Reason = gate.Fail.String(), below.Error()
	}
	return nil
}

// tooFew says whether a layer's items are too few for the next one.
func (w *mediaWork) tooFew(l pipeline.Layer, s pipeline.LayerState) error {
	share := w.config.MinSuccess.Assure
	if l == pipeline.Synthesize {
		share = w.run.M.MinSuccess
		if s.OK == 0 {
			return &belowMinimum{l, s, share}
		}
	}
	if float64(s.OK) < share*float64(s.Total) {
		return &belowMinimum{l, s, share}
	}
	return nil
}
