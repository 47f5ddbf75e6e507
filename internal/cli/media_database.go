package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

const databaseUsage = "`URL` of a Postgres that `genops worker` processes share; its password comes from PGPASSWORD"

// databaseFile marks a run whose calls are recorded in a database for now: its
// own ledger does not know them yet.
const databaseFile = "database.json"

// checkDatabase refuses a URL that would write a password into the run.
func checkDatabase(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return usage(errors.New("--database: expected postgres://USER@HOST:PORT/NAME"))
	}
	_, has := u.User.Password()
	if has || u.Query().Has("password") {
		return usage(errors.New("--database: the URL holds a password, which the run would keep; give it in the environment variable PGPASSWORD"))
	}
	return nil
}

// shared is the database that this run's layer 2 is spread over; "" = none. A run
// that was begun with one goes on with it.
func (w *mediaWork) shared() (string, error) {
	if name := w.config.Database; w.database == "" && name != "" {
		if w.database = w.Getenv(name); w.database == "" {
			return "", usage(fmt.Errorf("database_env: environment variable %s is not set", name))
		}
		if err := checkDatabase(w.database); err != nil {
			return "", fmt.Errorf("environment variable %s: %w", name, err)
		}
	}
	var mark struct{ Database string }
	err := w.run.ReadJSON(databaseFile, &mark)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return w.database, nil
	case err != nil:
		return "", err
	case w.database != "" && w.database != mark.Database:
		return "", usage(fmt.Errorf("run %s was begun with --database %s, which knows what is paid already", w.run.ID, mark.Database))
	}
	return mark.Database, nil
}

// distributed is layer 2 over several processes, of which this is one.
func (w *mediaWork) distributed(ctx context.Context, database string, total int, err error) (pipeline.LayerState, error) {
	if err == nil {
		err = w.spread(ctx, database, total)
	}
	if err != nil {
		return pipeline.LayerState{}, err
	}
	state, open, err := w.count(nil)
	if err == nil && open > 0 {
		err = fmt.Errorf("%w: %d of %d requests are still open", errShort, open, total)
	}
	return state, err
}

// spread lays the requests out, works on them beside the workers, and takes the
// results over into the run's own ledger.
func (w *mediaWork) spread(ctx context.Context, database string, total int) error {
	c, err := durable.Open(ctx, database)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := w.run.WriteJSON(databaseFile, map[string]string{"database": database}); err != nil {
		return err
	}
	s := durable.Settings{Repeat: w.config.Synthesize.Ambiguous == "retry", RetryFailed: w.retryFailed, BudgetUSD: w.run.M.BudgetUSD, Generators: w.run.M.Generators}
	if w.budget != nil {
		s.BudgetUSD = w.budget
	}
	if s.BudgetUSD != nil {
		left := *s.BudgetUSD - w.run.States[pipeline.Optimize].CostUSD
		s.BudgetUSD = &left
	}
	if err := c.Seed(ctx, w.run.ID, w.run.Ledger); err != nil {
		return err
	}
	if err := c.Offer(ctx, w.run.ID, durable.DefaultChunk, total, s, w.run.Planned()); err != nil {
		return err
	}
	waitErr := w.beside(ctx, c, database)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := c.Collect(ctx, w.run.ID, total, w.run.Ledger); err != nil {
		return errors.Join(waitErr, err)
	}
	if err := pipeline.Follow(w.run.Ledger, w.run.Planned(), nil); err != nil {
		return errors.Join(waitErr, err)
	}
	err = w.run.Records(func(_ int64, _ int, r *pipeline.Record) error {
		if r == nil || r.Digest == "" {
			return nil
		}
		return w.run.Store.Adopt(r.Digest)
	})
	if err != nil || waitErr != nil || w.stopped() {
		return errors.Join(waitErr, err)
	}
	if err := c.Forget(ctx, w.run.ID); err != nil {
		return err
	}
	return os.Remove(w.run.Path(databaseFile))
}

// beside waits for the workers, being one of them.
func (w *mediaWork) beside(ctx context.Context, c *durable.Cluster, database string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	worker := w.worker(c, w.makers, nil)
	worker.Stop = w.stop
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := worker.Run(ctx); err != nil {
			cancel(err)
		}
	}()
	err := c.Wait(ctx, w.run.ID, w.stop, func(p durable.Progress) {
		w.view.synthesis(pipeline.SynthesisProgress{Providers: []pipeline.ProviderProgress{{Name: "all workers",
			Queued: p.Requests - p.Results, Done: p.Results, Width: 1}}})
	})
	if !w.stopped() {
		cancel(nil)
	}
	<-ended
	return err
}

// worker is this process as one that takes chunks. The assets go where every
// process of the project finds them. With makers given, only their runs' chunks
// can be worked on; else they are made as chunks name them.
func (x *media) worker(c *durable.Cluster, have []*maker, log *slog.Logger) *durable.Worker {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	known := map[string]*maker{}
	for _, m := range have {
		known[m.name] = m
	}
	return &durable.Worker{Cluster: c, Log: log, Prepare: func(k *durable.Chunk, requests pipeline.PlannedSource) (*pipeline.Synthesis, error) {
		var makers []*maker
		for _, name := range k.Settings.Generators {
			if known[name] == nil {
				made, err := x.makers([]string{name})
				if err != nil {
					return nil, err
				}
				known[name] = made[0]
			}
			makers = append(makers, known[name])
		}
		err := requests(func(p *pipeline.Planned) error {
			m := known[p.Request.Media.Provider]
			if m == nil || m.release() != p.Request.Release {
				return fmt.Errorf("generator %s is configured differently here than where run %s was planned", p.Request.Media.Provider, k.Run)
			}
			return nil
		})
		s := &pipeline.Synthesis{Providers: x.providers(makers), Store: assets.Dir{Path: x.store()}}
		if limit := k.Settings.BudgetUSD; limit != nil {
			s.Purse = purseOf(*limit, makers)
		}
		return s, err
	}}
}
