package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

const postgresBar = 2000 // items a second, two workers

// shared measures two workers on one Postgres.
func (b *bench) shared() error {
	if !b.postgres {
		return nil
	}
	p, err := databasetest.Start()
	if errors.Is(err, databasetest.ErrNotInstalled) {
		b.row("two workers on Postgres: "+err.Error(), "not measured", "", true)
		return nil
	}
	if err != nil {
		return err
	}
	defer p.Close()
	ctx := context.Background()
	c, err := durable.Open(ctx, p.URL)
	if err != nil {
		return err
	}
	defer c.Close()
	var best time.Duration
	for i := range b.rounds {
		took, err := b.together(ctx, c, fmt.Sprint("run-", i), p.URL)
		if err != nil {
			return err
		}
		if best == 0 || took < best {
			best = took
		}
	}
	rate := float64(b.items) / best.Seconds()
	b.row(fmt.Sprintf("%d trivial items, Postgres, two workers", b.items), perSecond(b.items, best), fmt.Sprintf(">= %d/s", postgresBar), rate >= postgresBar)
	return nil
}

// together has two processes work on a run that is laid out when both wait for it.
func (b *bench) together(ctx context.Context, c *durable.Cluster, run, database string) (time.Duration, error) {
	var workers []*exec.Cmd
	for range 2 {
		cmd := exec.Command(os.Args[0], "--role", "worker", "--database", database, "--width", fmt.Sprint(b.width))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		workers = append(workers, cmd)
	}
	time.Sleep(500 * time.Millisecond)
	began := time.Now()
	err := c.Offer(ctx, run, 250, durable.Settings{}, func(yield func(*pipeline.Planned) error) error {
		for i := range b.items {
			if err := yield(planned(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.Wait(ctx, run, pipeline.Synthesize, nil, nil)
	}
	took := time.Since(began)
	for _, w := range workers {
		err = errors.Join(err, w.Wait())
	}
	return took, err
}

// worker takes chunks until there are none for a while.
func (c *child) worker() error {
	cluster, err := durable.Open(context.Background(), c.database)
	if err != nil {
		return err
	}
	defer cluster.Close()
	w := &durable.Worker{Cluster: cluster, Idle: 2 * time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Prepare: func(*durable.Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			return &pipeline.Synthesis{Store: assets.Dir{Path: c.dir},
				Providers: map[string]pipeline.Provider{"bench": {Name: "bench", Generator: &trivial{latency: c.latency}, Width: c.width, Retries: 3}}}, nil
		}}
	return w.Run(context.Background())
}
