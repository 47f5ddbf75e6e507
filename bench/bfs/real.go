package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// comparison is the model's layer 2 beside that of the real pipeline.
type comparison struct {
	items       int
	model, real time.Duration
	calls       [2]int // taken, model's and real
	rejected    [2]int
	failed      [2]int // items
}

func (c comparison) String() string {
	return fmt.Sprintf("pipeline.Synthesis, %d items in real time: %s, the model says %s: ratio %.3f (calls %d and %d, 429s %d and %d, items given up %d and %d)",
		c.items, spent(c.real), spent(c.model), c.real.Seconds()/c.model.Seconds(), c.calls[1], c.calls[0], c.rejected[1], c.rejected[0], c.failed[1], c.failed[0])
}

// quick is a scenario that takes seconds.
func quick() scenario {
	return scenario{name: "quick", items: 240, inARow: 16, providers: []*provider{
		{name: "fast", width: 8, perMinute: 2400, told: true, median: 150 * time.Millisecond, sigma: 0.4, fails: 0.03},
		{name: "slow", width: 8, perMinute: 600, median: 200 * time.Millisecond, sigma: 0.3, stragglers: 0.02, late: 4, fails: 0.02},
	}}
}

// compare runs pipeline.Synthesis against providers that behave as the
// simulated ones, in real time.
func compare(seed uint64) (comparison, error) {
	sc := quick()
	dir, err := os.MkdirTemp("", "genops-bfs-")
	if err != nil {
		return comparison{}, err
	}
	defer os.RemoveAll(dir)
	c, err := synthesized(&sc, seed, dir)
	return c, err
}

// synthesized is layer 2 of a scenario, made by the real pipeline and by the
// model. Layers 1, 3 and 4 take no time.
func synthesized(sc *scenario, seed uint64, dir string) (c comparison, err error) {
	c.items = sc.items
	s := newSim(sc, arms()[0], seed)
	s.start()
	s.run()
	for i := range s.items {
		if s.items[i].state == open {
			return c, fmt.Errorf("item %d of the model has no end", i)
		}
	}
	c.model, c.failed[0] = s.result.synthesized, s.end().failed

	ledger, err := assets.OpenLedger(filepath.Join(dir, "ledger.jsonl"))
	if err != nil {
		return c, err
	}
	defer ledger.Close()
	begin := time.Now()
	synthesis := pipeline.Synthesis{Ledger: ledger, Providers: map[string]pipeline.Provider{}}
	synthesis.Progress = func(p pipeline.SynthesisProgress) {
		for _, q := range p.Providers {
			if p.Last {
				c.failed[1] += q.Failed
			}
		}
	}
	var made []*real
	for _, p := range sc.providers {
		g := &real{server: newServer(p), seed: seed, begin: begin, nth: map[int]int{}}
		made = append(made, g)
		provider := pipeline.Provider{Name: p.name, Generator: g, Width: p.width, Retries: retries}
		if p.told {
			provider.PerMinute = p.perMinute
		}
		synthesis.Providers[p.name] = provider
	}
	if err := synthesis.Run(context.Background(), sc.items, planned(sc)); err != nil {
		return c, err
	}
	c.real = time.Since(begin)
	for i, g := range made {
		c.calls[0] += s.servers[i].taken
		c.rejected[0] += s.servers[i].rejected
		c.calls[1] += g.server.taken
		c.rejected[1] += g.server.rejected
	}
	return c, nil
}

// planned are the requests of a scenario.
func planned(sc *scenario) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		for i := range sc.items {
			r := pipeline.Request{ID: fmt.Sprint("item-", i), Draw: 1,
				Media: &pipeline.MediaJob{Provider: sc.providers[i%len(sc.providers)].name, Seed: uint64(i)}}
			if err := yield(&pipeline.Planned{Seq: int64(i), Request: r, Key: r.ID}); err != nil {
				return err
			}
		}
		return nil
	}
}

// real is a simulated provider that takes its time.
type real struct {
	seed  uint64
	begin time.Time

	mu     sync.Mutex
	server *server
	nth    map[int]int // calls of each item
}

// Generate takes as long as the same call of the model.
func (g *real) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	item := int(r.Media.Seed)
	g.mu.Lock()
	wait, ok := g.server.take(time.Since(g.begin))
	nth := g.nth[item]
	if ok {
		g.nth[item]++
	}
	g.mu.Unlock()
	if !ok {
		time.Sleep(roundTrip)
		return pipeline.Asset{}, &pipeline.Transient{Err: errors.New("429"), Limited: true, RetryAfter: wait}
	}
	f := g.server.fate(g.seed, item, nth)
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
	}
	g.mu.Lock()
	g.server.end()
	g.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return pipeline.Asset{}, context.Cause(ctx)
	case f.fails:
		return pipeline.Asset{}, &pipeline.Transient{Err: errors.New("500")}
	}
	return pipeline.Asset{Text: "made", CostUSD: g.server.price}, nil
}
