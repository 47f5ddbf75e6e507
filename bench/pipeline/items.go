package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// planned is the nth request as layer 1 would write it.
func planned(n int) *pipeline.Planned {
	prompt := pipeline.MediaPrompt{Subject: fmt.Sprintf("a ceramic mug on a wooden table, picture %d", n),
		Style: []string{"product photograph"}, Mood: []string{"calm"}, Lighting: []string{"softbox"}, Negative: []string{"text", "watermark"}}
	id := fmt.Sprintf("item-%06d#1", n)
	lowered, _ := json.Marshal(map[string]any{"prompt": pipeline.Describe(prompt), "negative_prompt": "text, watermark", "seed": n, "steps": 30, "size": "1024x1024"})
	p := &pipeline.Planned{Seq: int64(n),
		Item: pipeline.Item{ID: id, Alias: fmt.Sprintf("item-%06d", n), Prompt: prompt, Seed: uint64(n), Draw: 1, Width: 1024, Height: 1024},
		Request: pipeline.Request{ID: id, Release: "bench", Input: prompt.Subject, Draw: 1, JobID: pipeline.JobID("bench", id),
			Media: &pipeline.MediaJob{Provider: "bench", Model: "none", Prompt: prompt, Seed: uint64(n), Width: 1024, Height: 1024, Lowered: lowered}}}
	p.Key, _ = p.Request.Key() // plain values always have one
	return p
}

func manifest() *pipeline.MediaManifest {
	return &pipeline.MediaManifest{Name: "bench", Started: time.Now(), Brief: "inputs/brief.yaml", Generators: []string{"bench"}}
}

// trivial answers each request with a word, after a while.
type trivial struct {
	latency time.Duration
	calls   atomic.Int64
}

func (g *trivial) Generate(ctx context.Context, _ pipeline.Request) (pipeline.Asset, error) {
	g.calls.Add(1)
	if g.latency > 0 {
		select {
		case <-time.After(g.latency):
		case <-ctx.Done():
			return pipeline.Asset{}, context.Cause(ctx)
		}
	}
	return pipeline.Asset{Text: "done"}, nil
}
