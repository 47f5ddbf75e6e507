package cli

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaLine is a media run in a list.
func mediaLine(f assets.Folder, m *pipeline.MediaManifest) runLine {
	l := runLine{Run: f.ID, Kind: pipeline.MediaKind, State: "unfinished", Agent: m.Name, Started: m.Started}
	if r, err := readMediaResult(f); err == nil {
		l.State, l.Verdict, l.Assets = "finished", r.Verdict, &r.Assets
		return l
	}
	switch layers, err := pipeline.ReadLayers(f); {
	case f.InUse():
		l.State = "under way"
	case f.Cancelled():
		l.State = "cancelled"
		fallthrough
	case err == nil:
		if s, err := soFar(f, layers); err == nil && s.Total > 0 {
			l.Made, l.Requests = &s.OK, &s.Total
		}
	}
	return l
}

// soFar is how far layer 2 of a run got on which nobody works.
func soFar(f assets.Folder, layers map[pipeline.Layer]pipeline.LayerState) (pipeline.LayerState, error) {
	if s := layers[pipeline.Synthesize]; s.Done {
		return s, nil
	}
	s := pipeline.LayerState{Total: layers[pipeline.Optimize].OK}
	return s, pipeline.RecordsIn(f, func(_ int64, _ int, r *pipeline.Record) error {
		s.Take(r)
		return nil
	})
}

// showMedia shows one media run: how far each layer got, and what failed.
func (s *State) showMedia(f assets.Folder, m *pipeline.MediaManifest, asJSON bool) error {
	layers, err := pipeline.ReadLayers(f)
	if err != nil {
		return err
	}
	pilot, err := pipeline.ReadPilot(f)
	if err != nil {
		return err
	}
	line := mediaLine(f, m)
	if !layers[pipeline.Synthesize].Done && layers[pipeline.Optimize].Done && line.State != "under way" {
		if layers[pipeline.Synthesize], err = soFar(f, layers); err != nil {
			return inUse(err, f.ID)
		}
	}
	if asJSON {
		out := map[string]any{"run": f.ID, "kind": m.Kind, "name": m.Name, "state": line.State, "manifest": m, "layers": layers, "folder": s.show(f.Dir)}
		if pilot != nil {
			out["pilot"] = pilot
		}
		if r, err := readMediaResult(f); err == nil {
			out["result"] = r
		}
		return writeJSON(s.Stdout, out)
	}
	fmt.Fprintf(s.Stdout, "%s  %s (%s)\n\n", f.ID, plain(m.Name), line.State)
	if err := s.showLayers(layers); err != nil {
		return err
	}
	if pilot != nil {
		fmt.Fprintf(s.Stdout, "\nPilot of %d item(s): %s, %d of %d request(s) passed %s\n", pilot.Items, pilot.Verdict, pilot.Passed, pilot.Requests, plain(pilot.Reason))
	}
	if line.State == "under way" {
		fmt.Fprintln(s.Stdout, "\nAnother process works on it at the moment.")
		return nil
	}
	if err := s.failures(f); err != nil {
		return err
	}
	if _, err := os.Stat(f.Path(pipeline.ContactFile)); err == nil {
		fmt.Fprintf(s.Stdout, "\nContact sheet: %s\n", s.show(f.Path(pipeline.ContactFile)))
	}
	if !f.Finished() {
		fmt.Fprintf(s.Stdout, "\nGo on with: %s runs resume %s\n", s.Program, f.ID)
	}
	return nil
}

func (s *State) showLayers(layers map[pipeline.Layer]pipeline.LayerState) error {
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LAYER\tSTATE\tOK\tFAILED\tSPENT\tGATE")
	for _, l := range pipeline.Layers() {
		st := layers[l]
		word := "complete"
		if !st.Done {
			word = "not complete"
		}
		if !st.Done && st.Total == 0 {
			fmt.Fprintf(t, "%s\t%s\t\t\t\t\n", l, word)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%d of %d\t%d\t$%.4f\t%s\n", l, word, st.OK, st.Total, st.Failed, st.CostUSD, st.Verdict)
	}
	return t.Flush()
}

// shownFailures bounds how many failures are listed.
const shownFailures = 10

// failures lists why requests have no asset.
func (s *State) failures(f assets.Folder) error {
	n := 0
	err := pipeline.RecordsIn(f, func(seq int64, _ int, r *pipeline.Record) error {
		if r == nil || r.OK() {
			return nil
		}
		if n++; n <= shownFailures {
			why := r.Err
			if r.Moderated != "" {
				why = "moderated: " + r.Moderated
			}
			fmt.Fprintf(s.Stdout, "  failed, request %d by %s: %s\n", seq, plain(r.Provider), plain(why))
		}
		return nil
	})
	if n > shownFailures {
		fmt.Fprintf(s.Stdout, "  … and %d more\n", n-shownFailures)
	}
	return inUse(err, f.ID)
}
