package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaResult is what a media run came to: result.json, and what --json prints.
type mediaResult struct {
	Run      string                                 `json:"run"`
	Kind     string                                 `json:"kind"` // media
	Name     string                                 `json:"name"`
	Verdict  string                                 `json:"verdict"` // pass | fail | undecided
	Reason   string                                 `json:"reason,omitempty"`
	Finished bool                                   `json:"finished"` // false: the same run can go on
	Layers   map[pipeline.Layer]pipeline.LayerState `json:"layers"`
	Pilot    *pipeline.Pilot                        `json:"pilot,omitempty"`
	SpentUSD float64                                `json:"spent_usd"`
	Assets   int                                    `json:"assets"` // delivered
	Folder   string                                 `json:"folder"` // of the run
	Out      string                                 `json:"out,omitempty"`
	Contact  string                                 `json:"contact,omitempty"`
	Warnings []string                               `json:"warnings,omitempty"`
	Resume   string                                 `json:"resume_with,omitempty"`
}

// outcome turns how the layers ended into a result, which is undecided while
// layers are left; an error that is none of a verdict is returned.
func (w *mediaWork) outcome(layersErr error) (*mediaResult, error) {
	r := &mediaResult{Run: w.run.ID, Kind: pipeline.MediaKind, Name: w.run.M.Name, Layers: w.run.States, Verdict: gate.Pass.String(), Finished: true,
		SpentUSD: w.run.States[pipeline.Optimize].CostUSD + w.run.States[pipeline.Synthesize].CostUSD, Assets: w.run.States[pipeline.Deliver].OK, Folder: w.show(w.run.Dir)}
	var below *belowMinimum
	var closed *gateClosed
	var budget *budgetUsed
	var pilot *pilotStopped
	var err error
	if r.Pilot, err = pipeline.ReadPilot(w.run.Folder); err != nil {
		return nil, err
	}
	switch {
	case layersErr == nil && w.run.States[pipeline.Deliver].Done:
	case layersErr == nil:
		r.Verdict, r.Finished = gate.Undecided.String(), false
	case errors.As(layersErr, &below):
		r.Verdict, r.Reason = gate.Fail.String(), below.Error()
	case errors.As(layersErr, &closed):
		r.Verdict, r.Reason = closed.verdict, closed.Error()
	case errors.As(layersErr, &pilot):
		r.Verdict, r.Reason, r.Finished, r.SpentUSD = pilot.Verdict, pilot.Error(), false, w.run.States[pipeline.Optimize].CostUSD+pilot.CostUSD
		r.Resume = fmt.Sprintf("%s runs resume %s --no-pilot", w.Program, w.ref())
	case errors.As(layersErr, &budget):
		r.Verdict, r.Reason, r.Finished, r.SpentUSD = gate.Undecided.String(), budget.Error(), false, budget.spent
		r.Resume = fmt.Sprintf("%s runs resume %s --budget %.4g", w.Program, w.ref(), 2*max(budget.limit, budget.spent))
	default:
		return nil, layersErr
	}
	if s := w.run.States[pipeline.Synthesize]; s.Held > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d request(s) are held: they were sent, and nobody can say what became of them; `%s runs retry-failed %s` sends them again", s.Held, w.Program, w.ref()))
	}
	if err := w.warnOfFailed(r); err != nil {
		return nil, err
	}
	if w.run.States[pipeline.Deliver].Done {
		if r.Out = w.Getenv("CDN_ENDPOINT"); w.run.M.Deliver != "cdn" {
			r.Out = w.show(w.target(w.run.M))
		}
	}
	return r, nil
}

// warnOfFailed tells how many requests have no asset, and which checks assets did
// not pass.
func (w *mediaWork) warnOfFailed(r *mediaResult) error {
	made, judged := w.run.States[pipeline.Synthesize], w.run.States[pipeline.Assure]
	if n := made.Failed - made.Held; n > 0 && made.OK > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d request(s) failed; `%s runs show %s` tells why", n, made.Total, w.Program, w.ref()))
	}
	if !judged.Done || judged.OK >= made.OK {
		return nil
	}
	by := map[string]int{}
	err := pipeline.JudgedIn(w.run.Folder, func(j *pipeline.Judged) error {
		if j.Pass {
			return nil
		}
		for _, metric := range j.Because {
			by[metric]++
		}
		return nil
	})
	var parts []string
	for _, metric := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", metric, by[metric]))
	}
	r.Warnings = append(r.Warnings, fmt.Sprintf("%d asset(s) did not pass layer 3 and are not delivered: %s; the contact sheet shows them", made.OK-judged.OK, strings.Join(parts, ", ")))
	return err
}

// finish writes the contact sheet and, when nothing is left to do, the result.
func (w *mediaWork) finish(ctx context.Context, r *mediaResult) error {
	if w.run.States[pipeline.Synthesize].Done || r.Pilot != nil {
		if err := w.contact(); err != nil {
			return fmt.Errorf("writing the contact sheet: %w", err)
		}
		r.Contact = w.show(w.run.Path(pipeline.ContactFile))
	}
	if !r.Finished {
		return nil
	}
	if err := w.run.WriteJSON(assets.ResultFile, r); err != nil || w.cluster == nil {
		return err
	}
	text, err := os.ReadFile(w.run.Path(assets.ResultFile))
	if err != nil {
		return err
	}
	return w.push(ctx, string(text))
}

// contact writes the contact sheet.
func (w *mediaWork) contact() error {
	if err := w.run.Ledger.Flush(); err != nil {
		return err
	}
	if err := bringAssets(w.run.Store, w.run.Records); err != nil {
		return err
	}
	return export.Contact(w.run.Folder, w.run.Records)
}

// bringAssets fetches what is in a shared store alone into the run's folder,
// where its contact sheet shows it.
func bringAssets(store assets.Dir, records func(func(int64, int, *pipeline.Record) error) error) error {
	if store.Remote == nil {
		return nil
	}
	return records(func(_ int64, _ int, r *pipeline.Record) error {
		if r == nil || !r.OK() || r.Digest == "" {
			return nil
		}
		return store.Adopt(r.Digest)
	})
}

// tellMedia tells a person what a run came to; the last line names the folder.
func (s *State) tellMedia(r *mediaResult) {
	w := s.Stdout
	word := map[string]string{"pass": "PASS", "fail": "FAIL"}[r.Verdict]
	if word == "" {
		word = "UNDECIDED"
	}
	fmt.Fprintf(w, "%s  %s: %d asset(s) delivered", word, plain(r.Name), r.Assets)
	if r.SpentUSD > 0 {
		fmt.Fprintf(w, ", $%.4f", r.SpentUSD)
	}
	fmt.Fprintln(w)
	if r.Reason != "" {
		fmt.Fprintln(w, plain(r.Reason))
	}
	for _, text := range r.Warnings {
		fmt.Fprintln(w, "! "+plain(text))
	}
	if r.Resume != "" {
		fmt.Fprintln(w, "Go on with: "+plain(r.Resume))
	}
	if r.Contact != "" {
		fmt.Fprintln(w, "Contact sheet: "+r.Contact)
	}
	last := r.Out
	if last == "" {
		last = r.Folder
	}
	fmt.Fprintln(w, last)
}

// readMediaResult reads the result of a finished media run.
func readMediaResult(f assets.Folder) (*mediaResult, error) {
	var r mediaResult
	if err := f.ReadJSON(assets.ResultFile, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// reopen makes a finished run one that can go on, from the given layer.
func reopen(run *pipeline.MediaRun, from pipeline.Layer) error {
	if err := os.Remove(run.Path(assets.ResultFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	behind := false
	for _, l := range pipeline.Layers() {
		behind = behind || l == from
		if behind {
			delete(run.States, l)
		}
	}
	return run.WriteJSON(pipeline.LayersFile, run.States)
}
