package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaLine is a media run in a list.
func mediaLine(f assets.Folder, m *pipeline.MediaManifest) runLine {
	l := runLine{Run: f.ID, Kind: pipeline.MediaKind, State: "unfinished", Agent: m.Name, Started: m.Started}
	switch r, err := readMediaResult(f); {
	case err == nil:
		l.State, l.Verdict, l.Assets = "finished", r.Verdict, &r.Assets
	case f.Cancelled():
		l.State = "cancelled"
	}
	return l
}

// showMedia shows one media run: how far each layer got, and what failed.
func (s *State) showMedia(f assets.Folder, m *pipeline.MediaManifest, asJSON bool) error {
	layers, err := pipeline.ReadLayers(f)
	if err != nil {
		return err
	}
	if asJSON {
		out := map[string]any{"run": f.ID, "kind": m.Kind, "name": m.Name, "state": mediaLine(f, m).State, "manifest": m, "layers": layers, "folder": s.show(f.Dir)}
		if r, err := readMediaResult(f); err == nil {
			out["result"] = r
		}
		return writeJSON(s.Stdout, out)
	}
	fmt.Fprintf(s.Stdout, "%s  %s (%s)\n\n", f.ID, plain(m.Name), mediaLine(f, m).State)
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LAYER\tSTATE\tOK\tFAILED\tSPENT\tGATE")
	for _, l := range pipeline.Layers() {
		st, ok := layers[l]
		if !ok || !st.Done {
			fmt.Fprintf(t, "%s\tnot complete\t\t\t\t\n", l)
			continue
		}
		fmt.Fprintf(t, "%s\tcomplete\t%d of %d\t%d\t$%.4f\t%s\n", l, st.OK, st.Total, st.Failed, st.CostUSD, st.Verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := s.failures(f); err != nil {
		return err
	}
	if f.Finished() {
		fmt.Fprintf(s.Stdout, "\nContact sheet: %s\n", s.show(f.Path(pipeline.ContactFile)))
	} else {
		fmt.Fprintf(s.Stdout, "\nGo on with: %s runs resume %s\n", s.Program, f.ID)
	}
	return nil
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
