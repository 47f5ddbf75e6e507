package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
)

// layerAbout says what each layer does, for people.
var layerAbout = map[pipeline.Layer]string{
	pipeline.Optimize:   "expand a brief and write every request in its generator's syntax",
	pipeline.Synthesize: "make the assets of all requests",
	pipeline.Assure:     "judge the assets and let the gate decide",
	pipeline.Deliver:    "deliver what passed",
}

var layerAliases = map[pipeline.Layer][]string{
	pipeline.Synthesize: {"generate"}, pipeline.Assure: {"qa"}, pipeline.Deliver: {"deploy"},
}

func newLayer(s *State) *cobra.Command {
	c := group("layer", "Run one layer of a media run at a time, for CI jobs on different machines", "  genops layer optimize --brief campaign.yaml --run run\n  genops layer synthesize --run run\n  genops layer assure --run run\n  genops layer deliver --run run",
		newLayerOptimize(s))
	c.Long = `The layers hand over by the run's folder: copy it from one machine to the next, or
give each of them --database and --assets: then the run is brought to where it is
named, and workers take a share of it. A layer that is complete is not run again;
one that broke off goes on where it was.`
	for _, l := range pipeline.Layers()[1:] {
		c.AddCommand(newLayerStep(s, l))
	}
	return c
}

func newLayerOptimize(s *State) *cobra.Command {
	g := &generate{State: s}
	var dir string
	c := &cobra.Command{Use: "optimize (--prompt TEXT | --brief FILE) --run DIR", Short: "Layer 1: " + layerAbout[pipeline.Optimize],
		Example: "  genops layer optimize --brief campaign.yaml --generators comfyui --run run", Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("layer optimize: --run DIR is missing: the folder that the layers hand over"))
			}
			return g.optimize(c, g.path(dir))
		}}
	g.what(c)
	c.Flags().StringVar(&dir, "run", "", "`DIR` of the run; made anew")
	g.sharing.flags(c.Flags())
	c.MarkFlagDirname("run")
	return c
}

// optimize runs layer 1 into a folder of its own.
func (g *generate) optimize(c *cobra.Command, dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return usage(fmt.Errorf("--run %s: there is something in that folder already; name a new one, or remove it", g.show(dir)))
	}
	if err := g.checkSharing(g.sharing); err != nil {
		return err
	}
	x, p, err := g.planned(c.Context())
	if err != nil {
		return err
	}
	defer p.close()
	run, err := pipeline.CreateMediaRunAt(assets.Folder{ID: filepath.Base(dir), Dir: dir}, p.manifest, p.brief, x.store())
	if err != nil {
		return err
	}
	defer run.Close()
	if err := p.write(run); err != nil {
		return err
	}
	w := &mediaWork{media: x, run: run, sharing: g.sharing, view: newMediaLive(g.State, nil)}
	ctx, cancel := context.WithCancelCause(c.Context())
	defer cancel(nil)
	err = w.join(ctx, cancel)
	if w.leave != nil {
		defer w.leave()
	}
	if err != nil {
		return err
	}
	state := run.States[pipeline.Optimize]
	p.tell()
	if g.json {
		return writeJSON(g.Stdout, map[string]any{"run": g.show(dir), "layer": pipeline.Optimize, "state": state})
	}
	fmt.Fprintf(g.Stdout, "%d request(s) are planned in %s\nNext: %s layer synthesize --run %s\n", state.OK, g.show(dir), g.Program, g.show(dir))
	return nil
}

// layerResult is what --json prints of one layer.
type layerResult struct {
	Run     string              `json:"run"`
	Layer   pipeline.Layer      `json:"layer"`
	State   pipeline.LayerState `json:"state"`
	Verdict string              `json:"verdict,omitempty"`
	Result  *mediaResult        `json:"result,omitempty"` // after the last layer, or when the run ends here
}

func newLayerStep(s *State, l pipeline.Layer) *cobra.Command {
	var dir, events string
	var asJSON, noPilot bool
	var flags sharing
	c := &cobra.Command{Use: string(l) + " --run DIR", Aliases: layerAliases[l], Short: fmt.Sprintf("Layer %d: %s", 1+layerIndex(l), layerAbout[l]),
		Example: fmt.Sprintf("  genops layer %s --run run --json", l), Args: exactly(0, "flags only"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(fmt.Errorf("layer %s: --run is missing: the folder of the run, or its name", l))
			}
			x, err := s.media()
			if err != nil {
				return err
			}
			if err := s.checkSharing(flags); err != nil {
				return err
			}
			f, err := x.findShared(c.Context(), dir, flags)
			if err != nil {
				return err
			}
			run, err := pipeline.OpenMediaRun(f, x.store())
			if err != nil {
				return inUse(err, f.ID)
			}
			defer run.Close()
			w := &mediaWork{media: x, run: run, sharing: flags, reuse: x.config.Synthesize.Reuse, noPilot: noPilot}
			result, err := w.layers(c.Context(), events, l)
			if err != nil {
				return err
			}
			return s.tellLayer(w, l, result, asJSON)
		}}
	c.Flags().StringVar(&dir, "run", "", "`DIR` or name of the run")
	flags.flags(c.Flags())
	c.Flags().StringVar(&events, "events", "", "write progress as JSON lines into this `FILE`, - for stderr")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	if l == pipeline.Synthesize {
		c.Flags().BoolVar(&noPilot, "no-pilot", false, noPilotUsage)
	}
	c.RegisterFlagCompletionFunc("run", completeFrom(s, runNames))
	return c
}

func layerIndex(l pipeline.Layer) int {
	for i, other := range pipeline.Layers() {
		if other == l {
			return i
		}
	}
	return -1
}

// tellLayer tells what one layer came to; its exit code is that of its gate.
func (s *State) tellLayer(w *mediaWork, l pipeline.Layer, r *mediaResult, asJSON bool) error {
	state := w.run.States[l]
	verdict := r.Verdict
	if state.Done && !r.Finished { // the next layer may begin
		verdict = gate.Pass.String()
	}
	if asJSON {
		out := layerResult{Run: s.show(w.run.Dir), Layer: l, State: state, Verdict: verdict}
		if !state.Done || r.Finished {
			out.Result = r
		}
		if err := writeJSON(s.Stdout, out); err != nil {
			return err
		}
		return verdictExit(verdict)
	}
	if !state.Done {
		fmt.Fprintln(s.Stdout, plain(r.Reason))
		if r.Resume != "" {
			fmt.Fprintln(s.Stdout, "Go on with: "+plain(r.Resume))
		}
		return verdictExit(verdict)
	}
	if l == pipeline.Deliver {
		s.tellMedia(r)
		return verdictExit(verdict)
	}
	fmt.Fprintf(s.Stdout, "%s: %d of %d\n", l, state.OK, state.Total)
	if reason := cmp.Or(state.Reason, r.Reason); reason != "" {
		fmt.Fprintln(s.Stdout, plain(reason))
	}
	return verdictExit(verdict)
}
