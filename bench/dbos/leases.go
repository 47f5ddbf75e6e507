package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// trivial answers each request with a word, after a while.
type trivial struct{ latency time.Duration }

func (g trivial) Generate(ctx context.Context, _ pipeline.Request) (pipeline.Asset, error) {
	if g.latency > 0 {
		select {
		case <-time.After(g.latency):
		case <-ctx.Done():
			return pipeline.Asset{}, context.Cause(ctx)
		}
	}
	return pipeline.Asset{Text: "done"}, nil
}

func (w worker) providers() map[string]pipeline.Provider {
	return map[string]pipeline.Provider{"bench": {Name: "bench", Generator: trivial{w.latency}, Width: w.width, Retries: 3}}
}

// planned is the nth request.
func planned(n int) *pipeline.Planned {
	id := fmt.Sprintf("item-%06d#1", n)
	p := &pipeline.Planned{Seq: int64(n), Request: pipeline.Request{ID: id, Release: "bench", Input: "a ceramic mug on a wooden table", Draw: 1,
		JobID: pipeline.JobID("bench", id), Media: &pipeline.MediaJob{Provider: "bench", Model: "none", Seed: uint64(n), Width: 1024, Height: 1024}}}
	p.Key, _ = p.Request.Key() // plain values always have one
	return p
}

func leaseWorker(ctx context.Context, w worker) error {
	c, err := durable.Open(ctx, w.url)
	if err != nil {
		return err
	}
	defer c.Close()
	return (&durable.Worker{Cluster: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Prepare: func(*durable.Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			return &pipeline.Synthesis{Providers: w.providers()}, nil
		}}).Run(ctx)
}

func leaseRun(ctx context.Context, url, run string, items int) error {
	c, err := durable.Open(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.Offer(ctx, run, chunkSize, durable.Settings{Repeat: true}, func(yield func(*pipeline.Planned) error) error {
		for i := range items {
			if err := yield(planned(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, run, pipeline.Synthesize, nil, nil)
}
