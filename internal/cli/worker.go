package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// workerFlags hold the flags of a worker.
type workerFlags struct {
	*State
	database string
	layers   []string
	width    int
	idle     time.Duration
	json     bool
}

func newWorker(s *State) *cobra.Command {
	f := &workerFlags{State: s}
	c := &cobra.Command{
		Use: "worker --database URL", Short: "Take a share of the media runs that others began, over one Postgres",
		Long: `Worker takes chunks of the requests of runs that ` + "`genops generate --database`" + ` laid
out, and makes their assets, until it is interrupted: then it takes in what is in
flight and gives the rest back; a second interrupt ends it at once. Any number of
workers may run. All need the project's folder: config/ says what the generators
are, and .genops/assets takes the assets. When a worker dies, others take its chunk
over as soon as its lease of ` + durable.Lease.String() + ` has ended.`,
		Example: "  PGPASSWORD=… genops worker --database postgres://genops@db.example/genops --width 64", Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context()) },
	}
	c.Flags().StringVar(&f.database, "database", "", databaseUsage)
	c.Flags().StringSliceVar(&f.layers, "layers", []string{string(pipeline.Synthesize)}, "`LAYERS` to work for: synthesize")
	c.Flags().IntVar(&f.width, "width", 0, "`CALLS` in flight for each generator (default: as configured)")
	c.Flags().DurationVar(&f.idle, "idle", 0, "end when there was nothing to do for so long (default: never)")
	c.Flags().BoolVar(&f.json, "json", false, "log as JSON lines")
	c.RegisterFlagCompletionFunc("layers", cobra.FixedCompletions([]string{string(pipeline.Synthesize)}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (f *workerFlags) run(ctx context.Context) error {
	x, err := f.media()
	if err != nil {
		return err
	}
	if f.database == "" && x.config.Database != "" {
		f.database = f.Getenv(x.config.Database)
	}
	if f.database == "" {
		return usage(errors.New("worker: --database URL is missing: the Postgres that the runs are laid out in"))
	}
	if err := checkDatabase(f.database); err != nil {
		return err
	}
	for _, l := range f.layers {
		if l != string(pipeline.Synthesize) {
			return usage(fmt.Errorf("--layers %s: workers take synthesize; the other layers run where the run was begun", l))
		}
	}
	if f.width < 0 {
		return usage(fmt.Errorf("--width %d: must be positive", f.width))
	}
	c, err := durable.Open(ctx, f.database)
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
	w := x.worker(c, nil, slog.New(log))
	w.Idle, w.Stop = f.idle, f.onInterrupt(newLive(f.State), cancel)
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
