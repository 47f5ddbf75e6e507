package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/jackc/pgx/v5/stdlib" // the ledger's driver

	"github.com/GaboBase/arch-genops/pipeline"
)

const queueName = "chunks"

// polling is how often the queue is looked at: internal/durable looks as often.
const polling = 100 * time.Millisecond

// part is a chunk, as its workflow gets it.
type part struct {
	Run     string
	Planned []pipeline.Planned
}

// open starts DBOS in this process with the chunk's workflow. Migrations of
// processes that start together get in each other's way, so one at a time does
// them.
func open(ctx context.Context, w worker, chunk func(dbos.Context, part) (int, error)) (dbos.Context, *sql.DB, error) {
	db, err := sql.Open("pgx", w.url)
	if err != nil {
		return nil, nil, err
	}
	lock, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	for got := false; !got; {
		if err := lock.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(7)").Scan(&got); err != nil {
			return nil, nil, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	defer lock.Close()
	defer lock.ExecContext(ctx, "SELECT pg_advisory_unlock(7)")
	c, err := dbos.NewContext(ctx, dbos.Config{AppName: "bench", DatabaseURL: w.url, ApplicationVersion: "1", ExecutorID: w.name,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, nil, err
	}
	dbos.RegisterWorkflow(c, chunk, dbos.WithWorkflowName("chunk"))
	if _, err := dbos.RegisterQueue(c, queueName, dbos.WithQueueBasePollingInterval(polling), dbos.WithWorkerConcurrency(1)); err != nil {
		return nil, nil, err
	}
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS bench_calls (run TEXT, seq BIGINT, id TEXT, key TEXT, sends BIGINT, result TEXT, PRIMARY KEY (run, seq));
		CREATE TABLE IF NOT EXISTS bench_leases (name TEXT PRIMARY KEY, until BIGINT)`); err != nil {
		return nil, nil, err
	}
	return c, db, dbos.Launch(c)
}

func work(ctx context.Context, w worker, chunk func(*sql.DB) func(dbos.Context, part) (int, error)) error {
	var db *sql.DB
	ready := make(chan struct{})
	c, opened, err := open(ctx, w, func(c dbos.Context, p part) (int, error) {
		<-ready
		return chunk(db)(c, p)
	})
	if err != nil {
		return err
	}
	db = opened
	close(ready)
	if w.takeover {
		return lead(ctx, c, db, w.name)
	}
	<-ctx.Done()
	return ctx.Err()
}

// stepWorker sweeps a chunk in one step, against the same ledger that
// internal/durable has, but for the guard against those who were taken for dead.
func stepWorker(ctx context.Context, w worker) error {
	return work(ctx, w, func(db *sql.DB) func(dbos.Context, part) (int, error) {
		return func(c dbos.Context, p part) (int, error) {
			return dbos.RunAsStep(c, func(ctx context.Context) (int, error) {
				first := p.Planned[0].Seq
				l := &ledger{db: db, ctx: ctx, run: p.Run, first: first, n: len(p.Planned)}
				s := &pipeline.Synthesis{Providers: w.providers(), Ledger: l, RepeatAmbiguous: true}
				err := s.Run(ctx, len(p.Planned), func(yield func(*pipeline.Planned) error) error {
					for i := range p.Planned {
						q := p.Planned[i]
						q.Seq -= first
						if err := yield(&q); err != nil {
							return err
						}
					}
					return nil
				})
				return len(p.Planned), err
			})
		}
	})
}

// goWorker makes each item a step of its own, which DBOS records when it is
// done: nothing tells that a call is about to go out.
func goWorker(ctx context.Context, w worker) error {
	places := make(chan struct{}, w.width)
	return work(ctx, w, func(*sql.DB) func(dbos.Context, part) (int, error) {
		return func(c dbos.Context, p part) (int, error) {
			var all []<-chan dbos.StepOutcome[string]
			for _, q := range p.Planned {
				got, err := dbos.Go(c, func(ctx context.Context) (string, error) {
					places <- struct{}{}
					defer func() { <-places }()
					a, err := trivial{w.latency}.Generate(ctx, q.Request)
					return a.Text, err
				}, dbos.WithStepName(q.Request.ID))
				if err != nil {
					return 0, err
				}
				all = append(all, got)
			}
			for _, got := range all {
				if r := <-got; r.Err != nil {
					return 0, r.Err
				}
			}
			return len(all), nil
		}
	})
}

// dbosRun enqueues the chunks and waits for all of them: the barrier.
func dbosRun(ctx context.Context, url, run string, items int) error {
	c, err := dbos.NewClient(ctx, dbos.ClientConfig{DatabaseURL: url, AppName: "bench", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	defer dbos.Shutdown(c, time.Second)
	var handles []dbos.WorkflowHandle[int]
	for from := 0; from < items; from += chunkSize {
		p := part{Run: run}
		for i := from; i < min(from+chunkSize, items); i++ {
			p.Planned = append(p.Planned, *planned(i))
		}
		h, err := dbos.Enqueue[int](c, queueName, "chunk", p, dbos.WithEnqueueWorkflowID(fmt.Sprintf("%s-%d", run, from)), dbos.WithEnqueueApplicationVersion("1"))
		if err != nil {
			return err
		}
		handles = append(handles, h)
	}
	errs := make(chan error, len(handles))
	var wait sync.WaitGroup
	for _, h := range handles {
		wait.Go(func() {
			_, err := h.GetResult(dbos.WithHandlePollingInterval(polling))
			errs <- err
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	for range handles {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}
