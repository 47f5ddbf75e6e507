package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// workerFlags hold the flags of a worker.
type workerFlags struct {
	*State
	sharing
	layers []string
	width  int
	idle   time.Duration
	json   bool
}

func newWorker(s *State) *cobra.Command {
	f := &workerFlags{State: s}
	c := &cobra.Command{
		Use: "worker --database URL", Short: "Take a share of the media runs that others began, over one Postgres",
		Long: `Worker takes chunks of the layers of runs that ` + "`genops generate --database`" + ` laid
out, makes, judges or delivers their assets, until it is interrupted: then it takes
in what is in flight and gives the rest back; a second interrupt ends it at once.
Any number of workers may run. All need the project's config/, which says what the
generators are. Assets go where the run's --assets says (the keys come from AWS_*
here too), or into the project's .genops/assets, which all have to share then. When
a worker dies, others take its chunk over as soon as its lease of ` + durable.Lease.String() + ` has ended.
What a worker can't do, for want of a key, a generator or a folder, it leaves to
others, says so, and tries again a minute later. The width and per_minute of a
generator are each process's own: what a provider allows in all has to be divided
among them in config/generators.json; the budget is one for all.`,
		Example: "  PGPASSWORD=… genops worker --database postgres://genops@db.example/genops --width 64", Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context()) },
	}
	f.sharing.flags(c.Flags())
	c.Flags().StringSliceVar(&f.layers, "layers", layerNames(), "`LAYERS` to work for")
	c.Flags().IntVar(&f.width, "width", 0, "`CALLS` in flight for each generator (default: as configured)")
	c.Flags().DurationVar(&f.idle, "idle", 0, "end when there was nothing to do for so long (default: never)")
	c.Flags().BoolVar(&f.json, "json", false, "log as JSON lines")
	c.RegisterFlagCompletionFunc("layers", cobra.FixedCompletions(layerNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// layerNames are the layers that workers can take.
func layerNames() (names []string) {
	for _, l := range pipeline.Layers()[1:] {
		names = append(names, string(l))
	}
	return names
}

func (f *workerFlags) run(ctx context.Context) error {
	x, err := f.media()
	if err != nil {
		return err
	}
	if f.Database == "" && x.config.Database != "" {
		f.Database = f.Getenv(x.config.Database)
	}
	if f.Database == "" {
		return usage(errors.New("worker: --database URL is missing: the Postgres that the runs are laid out in"))
	}
	if err := f.checkSharing(f.sharing); err != nil {
		return err
	}
	var layers []pipeline.Layer
	for _, l := range f.layers {
		if !slices.Contains(layerNames(), l) {
			return usage(fmt.Errorf("--layers %s: workers take %s; layer optimize runs where the run is begun", l, strings.Join(layerNames(), ", ")))
		}
		layers = append(layers, pipeline.Layer(l))
	}
	if len(layers) == 0 {
		return usage(errors.New("--layers: at least one is needed"))
	}
	if f.width < 0 {
		return usage(fmt.Errorf("--width %d: must be positive", f.width))
	}
	c, err := durable.Open(ctx, f.Database)
	if err != nil {
		return err
	}
	defer c.Close()
	var log slog.Handler = slog.NewTextHandler(f.Stderr, nil)
	if f.json {
		log = slog.NewJSONHandler(f.Stdout, nil)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, end := x.worker(c, nil, slog.New(log), f.where(f.Assets))
	defer end()
	w.Layers, w.Idle, w.Stop = layers, f.idle, f.onInterrupt(newLive(f.State), cancel)
	if f.width > 0 {
		prepare := w.Prepare
		w.Prepare = func(k *durable.Chunk, requests pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			s, err := prepare(k, requests)
			if err == nil {
				for name, p := range s.Providers {
					p.Width = f.width
					s.Providers[name] = p
				}
			}
			return s, err
		}
	}
	return w.Run(ctx)
}
