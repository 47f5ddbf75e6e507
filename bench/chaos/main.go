// Command chaos lets three workers share a run over one Postgres, and hurts them:
// one worker is killed for good, the server crashes and comes back, and the
// network to it is cut for a while. A provider counts what it was asked for. The
// exit code is 1 when something was lost, too much was repeated, or the dead
// worker's work was done too late.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

const doneBar = 10 * time.Second // from the end of the dead worker's lease

func main() {
	items := flag.Int("items", 1500, "requests of each run")
	width := flag.Int("width", 16, "calls in flight of each worker")
	role := flag.String("role", "", "what the bench starts itself as: worker")
	url := flag.String("database", "", "of the role")
	provider := flag.String("provider", "", "of the role")
	flag.Parse()
	if *role == "worker" {
		fail(work(*url, *provider, *width))
		return
	}
	missed := 0
	fail(func() error {
		p, err := databasetest.Start()
		if err != nil {
			return err
		}
		defer p.Close()
		for _, t := range trials(p) {
			ok, err := t.run(p, *items, *width)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if !ok {
				missed++
			}
		}
		return nil
	}())
	if missed > 0 {
		os.Exit(1)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/chaos:", err)
		os.Exit(1)
	}
}

// work is a worker: its generator asks the provider.
func work(url, provider string, width int) error {
	c, err := durable.Open(context.Background(), url)
	if err != nil {
		return err
	}
	defer c.Close()
	w := &durable.Worker{Cluster: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Prepare: func(*durable.Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			return &pipeline.Synthesis{Providers: map[string]pipeline.Provider{"counter": {Name: "counter", Generator: client{provider}, Width: width, Retries: 2}}}, nil
		}}
	return w.Run(context.Background())
}

func requests(n int) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		for i := range n {
			id := fmt.Sprintf("item-%05d", i)
			p := &pipeline.Planned{Seq: int64(i), Request: pipeline.Request{ID: id, Release: "bench", Draw: 1, Media: &pipeline.MediaJob{Provider: "counter", Seed: uint64(i)}}}
			var err error
			if p.Key, err = p.Request.Key(); err != nil {
				return err
			}
			if err := yield(p); err != nil {
				return err
			}
		}
		return nil
	}
}

// trial is one way to hurt the run; hurt is called when half of it is done.
type trial struct {
	name string
	kill bool // a worker, for good
	hurt func(*proxy) error
}

func trials(p *databasetest.Postgres) []trial {
	return []trial{
		{name: "undisturbed"},
		{name: "a worker killed for good", kill: true},
		{name: "the server crashes and comes back", hurt: func(*proxy) error {
			return errors.Join(p.Down(), p.Up())
		}},
		{name: "the network is cut for 3 s", hurt: func(x *proxy) error {
			x.cut()
			time.Sleep(3 * time.Second)
			return x.mend()
		}},
	}
}
