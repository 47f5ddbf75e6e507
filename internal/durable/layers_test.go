package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/pipeline"
)

// odd passes every asset but each 7th, and notes how often it judged each.
type odd struct {
	mu     sync.Mutex
	judged map[string]int
}

func (o *odd) Validate(_ context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.judged[s.Request.ID]++
	return pipeline.Finding{Score: 1, Pass: s.Planned.Seq%7 != 0, Features: map[string]string{"seq": fmt.Sprint(s.Planned.Seq)}}, nil
}

// whole judges all assets of a run together; it fails the last one.
type whole struct {
	mu   sync.Mutex
	seen []int // how many there were, at each call
}

func (w *whole) ValidateBatch(_ context.Context, all []pipeline.Subject) ([]pipeline.Finding, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, len(all))
	out := make([]pipeline.Finding, len(all))
	for i, s := range all {
		if s.Findings[0].Features["seq"] != fmt.Sprint(s.Planned.Seq) {
			return nil, fmt.Errorf("subject %d has the findings of another", i)
		}
		out[i] = pipeline.Finding{Score: 1, Pass: i < len(all)-1}
	}
	return out, nil
}

// post delivers; it fails the first time of some.
type post struct {
	mu    sync.Mutex
	count map[string]int
	open  int // chunks that did not close it
}

func (d *post) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	return nil
}

func (d *post) Deploy(_ context.Context, a pipeline.Delivery) (pipeline.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := a.Planned.Request.ID
	if d.count[id]++; d.count[id] == 1 && a.Planned.Seq%50 == 1 {
		return pipeline.Receipt{}, errors.New("the post is closed")
	}
	return pipeline.Receipt{Path: id, Bytes: int64(len(a.Data))}, nil
}

// TestLayers has three workers take a run through all layers.
func TestLayers(t *testing.T) {
	p := databasetest.Need(t)
	const n = 230
	g := &counter{calls: map[string]int{}}
	each, all, out := &odd{judged: map[string]int{}}, &whole{}, &post{count: map[string]int{}}
	checks := []pipeline.Check{{Metric: "odd", Required: true, Each: each}, {Metric: "whole", Required: true, All: all}}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var c *Cluster
	for range 3 {
		w := g.worker(t, p.URL)
		w.Layers = pipeline.Layers()[1:]
		w.Judge = func(*Chunk) (*pipeline.Assurance, assets.Store, error) {
			return &pipeline.Assurance{Checks: checks, Width: 4}, nil, nil
		}
		w.Deliver = func(*Chunk) (*pipeline.Delivering, assets.Store, error) {
			out.mu.Lock()
			defer out.mu.Unlock()
			out.open++
			return &pipeline.Delivering{Deployer: out, Width: 4}, nil, nil
		}
		c = w.Cluster
		running.Go(func() { w.Run(ctx) })
	}
	barrier := func(layer pipeline.Layer) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return c.Wait(ctx, "layers", layer, nil, nil)
	}
	// All layers are there from the beginning: the database keeps their order.
	if err := c.Offer(ctx, "layers", 40, Settings{}, requests(n)); err != nil {
		t.Fatal(err)
	}
	for _, l := range pipeline.Layers()[2:] {
		if err := c.OfferLayer(ctx, "layers", l, 40, n, Settings{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(barrier(pipeline.Synthesize), barrier(pipeline.Assure)); err != nil {
		t.Fatal(err)
	}
	seq, passed := int64(0), 0
	err := c.Findings(ctx, "layers", n)(func(j *pipeline.Judged) error {
		if j.Seq != seq || len(j.Findings) != 2 || j.Pass != (seq%7 != 0 && seq != n-1) {
			t.Errorf("finding %d: %+v", seq, j)
		}
		if j.Pass {
			passed++
		}
		seq++
		return nil
	})
	if err != nil || seq != n {
		t.Errorf("%d findings, %v", seq, err)
	}
	if len(all.seen) != 1 || all.seen[0] != n || len(each.judged) != n {
		t.Errorf("together judged: %v; each: %d", all.seen, len(each.judged))
	}
	if err := barrier(pipeline.Deliver); err == nil || !strings.Contains(err.Error(), "the post is closed") {
		t.Fatalf("deliver: %v", err)
	}
	if err := c.OfferLayer(ctx, "layers", pipeline.Deliver, 40, n, Settings{}); err != nil {
		t.Fatal(err)
	}
	if err := barrier(pipeline.Deliver); err != nil {
		t.Fatal(err)
	}
	receipts := 0
	err = c.Receipts(ctx, "layers", n)(func(r *pipeline.Receipt) error { receipts++; return nil })
	if err != nil || receipts != passed || len(out.count) != passed {
		t.Errorf("%d receipts, %d deliveries, %d passed; %v", receipts, len(out.count), passed, err)
	}
	if out.open != 0 {
		t.Errorf("%d deployers were not closed", out.open)
	}
	for id, k := range out.count {
		if k > 2 {
			t.Errorf("%s was delivered %d times", id, k)
		}
	}
	pr, err := c.Progress(ctx, "layers", pipeline.Synthesize)
	if done, failed, inFlight := pr.Ended(); err != nil || done != n || failed != 0 || inFlight != 0 || len(pr.Workers) == 0 {
		t.Errorf("%+v, %v", pr, err)
	}
}

// priced costs a fixed sum a call.
type priced struct{ *counter }

func (g priced) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	a, err := g.counter.Generate(ctx, r)
	a.CostUSD = 0.25
	return a, err
}

// TestBudget: workers that share a budget never go beyond it, and use all of it.
func TestBudget(t *testing.T) {
	p := databasetest.Need(t)
	const n, price = 200, 0.5 // twice what a call turns out to cost
	g := &counter{calls: map[string]int{}, wait: time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var c *Cluster
	for range 3 {
		w := g.worker(t, p.URL)
		w.Prepare = func(*Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			return &pipeline.Synthesis{Purse: pipeline.NewPurse(pipeline.Spending{Worst: func(pipeline.Request) (float64, bool) { return price, true }}),
				Providers: map[string]pipeline.Provider{"counter": {Name: "counter", Generator: priced{g}, Width: 4}}}, nil
		}
		c = w.Cluster
		running.Go(func() { w.Run(ctx) })
	}
	wait := func(budget float64) error {
		if err := c.Offer(ctx, "budget", 20, Settings{BudgetUSD: &budget}, requests(n)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return c.Wait(ctx, "budget", pipeline.Synthesize, nil, nil)
	}
	if err := wait(30); !errors.Is(err, ErrNoBudget) {
		t.Fatal(err)
	}
	g.mu.Lock()
	made := len(g.calls)
	g.mu.Unlock()
	// Each chunk may leave less than a call may cost; 12 calls can be under way.
	if usd := 0.25 * float64(made); usd > 30 || usd < 30-price*13 {
		t.Errorf("$%g of 30 spent", usd)
	}
	if pr, err := c.Progress(ctx, "budget", pipeline.Synthesize); err != nil || math.Abs(pr.USD-0.25*float64(made)) > 1e-9 || !pr.Short {
		t.Errorf("%+v, %v", pr, err)
	}
	if err := wait(51); err != nil {
		t.Fatal(err)
	}
	g.check(t, c, "budget", n, 0)
}

// TestPause: workers drain a run that is paused, repeat nothing when it goes on,
// and a dead one does not hold it up.
func TestPause(t *testing.T) {
	p := databasetest.Need(t)
	const n = 3200 // more than both have in hand when they hear of it
	g := &counter{calls: map[string]int{}, wait: 20 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var c *Cluster
	for range 2 {
		w := g.worker(t, p.URL)
		c = w.Cluster
		running.Go(func() { w.Run(ctx) })
	}
	for k := range 2 {
		if err := c.Offer(ctx, "pause", 400, Settings{}, requests(n)); err != nil {
			t.Fatal(err)
		}
		g.reach(t, 150+400*k)
		if err := c.Pause(ctx, "pause"); err != nil {
			t.Fatal(err)
		}
		wait(t, c, "pause")
		g.mu.Lock()
		made := len(g.calls)
		g.mu.Unlock()
		pr, err := c.Progress(ctx, "pause", pipeline.Synthesize)
		if done, _, _ := pr.Ended(); err != nil || done != made || made == n || pr.Paused == 0 {
			t.Errorf("%d calls, %+v, %v", made, pr, err)
		}
	}
	if _, err := c.db.ExecContext(ctx, "UPDATE genops_chunks SET owner = 'dead', lease = 0 WHERE run = 'pause' AND chunk = 3"); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "pause")
	if err := c.Offer(ctx, "pause", 400, Settings{}, requests(n)); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "pause")
	g.check(t, c, "pause", n, 0)
}

// TestRunOnAnotherMachine: what one publishes another one finds, and only one at
// a time goes on with it.
func TestRunOnAnotherMachine(t *testing.T) {
	p := databasetest.Need(t)
	g := &counter{}
	one, other := g.worker(t, p.URL).Cluster, g.worker(t, p.URL).Cluster
	ctx := t.Context()
	s := Shared{Run: "r", Manifest: `{"kind":"media"}`, Brief: "name: x", Layers: "{}", Requests: 700, Assets: "s3://b"}
	for range 2 {
		if err := one.Publish(ctx, s, requests(700)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := other.Find(ctx, "r"); err != nil || got != s {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := other.Find(ctx, "unknown"); err == nil || !strings.Contains(err.Error(), "does not have it") {
		t.Error(err)
	}
	s.Manifest = "another"
	if err := other.Publish(ctx, s, requests(700)); !errors.Is(err, ErrOtherRun) {
		t.Error(err)
	}
	seq := int64(0)
	if err := other.Planned(ctx, "r", 700)(func(p *pipeline.Planned) error { seq++; return nil }); err != nil || seq != 700 {
		t.Error(seq, err)
	}
	release, err := one.Hold(ctx, "r", nil, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	begun := make(chan error, 1)
	go func() {
		release, err := other.Hold(ctx, "r", func(who string) { told <- who }, func(err error) { t.Error(err) })
		if err == nil {
			release()
		}
		begun <- err
	}()
	if who := <-told; who != one.name {
		t.Errorf("held by %q, not %q", who, one.name)
	}
	select {
	case <-begun:
		t.Error("two processes go on with one run")
	case <-time.After(300 * time.Millisecond):
	}
	release()
	if err := <-begun; err != nil {
		t.Error(err)
	}
	if err := one.Update(ctx, "r", `{"x":1}`, `{"verdict":"pass"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := one.db.ExecContext(ctx, "UPDATE genops_runs SET touched = touched - $1 WHERE run = 'r'", Kept.Milliseconds()+1000); err != nil {
		t.Fatal(err)
	}
	s.Run, s.Requests = "r2", 10
	if err := one.Publish(ctx, s, requests(10)); err != nil {
		t.Fatal(err)
	}
	if names, err := one.List(ctx); err != nil || len(names) != 1 || names[0] != "r2" {
		t.Errorf("%v, %v: the old run is still there", names, err)
	}
	if n, err := one.count(ctx, "r"); n != 0 || err != nil {
		t.Errorf("%d of its requests are left, %v", n, err)
	}
	if _, err := one.db.ExecContext(ctx, "UPDATE genops_runs SET result = '{}', touched = 0"); err != nil {
		t.Fatal(err)
	}
	if err := one.forget(ctx, "r2", "result = ''"); err != nil {
		t.Fatal(err)
	}
	if n, err := one.count(ctx, "r2"); n != 10 || err != nil {
		t.Errorf("a run that goes on was removed: %d, %v", n, err)
	}
	w := &Worker{Cluster: one, Idle: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if names, err := one.List(ctx); err != nil || len(names) != 0 {
		t.Errorf("%v, %v: the worker removed no old run", names, err)
	}
}
