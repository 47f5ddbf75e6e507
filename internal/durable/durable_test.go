package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/pipeline"
)

// counter answers with a word and counts its calls by request.
type counter struct {
	mu    sync.Mutex
	calls map[string]int
	wait  time.Duration
}

func (g *counter) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	g.mu.Lock()
	g.calls[r.ID]++
	g.mu.Unlock()
	select {
	case <-time.After(g.wait):
		return pipeline.Asset{Text: "done " + r.ID}, nil
	case <-ctx.Done():
		return pipeline.Asset{}, context.Cause(ctx)
	}
}

func requests(n int) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		for i := range n {
			id := fmt.Sprintf("item-%d", i)
			p := &pipeline.Planned{Seq: int64(i), Key: pipeline.JobID(id), Request: pipeline.Request{ID: id, Media: &pipeline.MediaJob{Provider: "counter"}}}
			if err := yield(p); err != nil {
				return err
			}
		}
		return nil
	}
}

func (g *counter) worker(t *testing.T, url string) *Worker {
	t.Helper()
	c, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.lease = time.Minute // nobody who lives loses a chunk, however busy the machine is
	return &Worker{Cluster: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Prepare: func(*Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) {
			return &pipeline.Synthesis{Providers: map[string]pipeline.Provider{"counter": {Name: "counter", Generator: g, Width: 8, Retries: 2}}}, nil
		}}
}

// check collects a run and wants every item made, with at most so many repeats.
func (g *counter) check(t *testing.T, c *Cluster, run string, n, repeats int) {
	t.Helper()
	l, err := assets.OpenLedger(filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 { // again changes nothing
		if err := c.Collect(t.Context(), run, n, l); err != nil {
			t.Fatal(err)
		}
	}
	next := 0
	err = l.Calls(func(call assets.Call) error {
		r, err := pipeline.DecodeRecord(call)
		if want := fmt.Sprintf("item-%d", next); err != nil || call.Seq != int64(next) || call.ID != want || r.Text != "done "+want {
			return fmt.Errorf("record %d: %+v, %v", next, call, err)
		}
		next++
		return nil
	})
	if err != nil || next != n {
		t.Fatalf("%d of %d records, %v", next, n, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	more := 0
	for _, k := range g.calls {
		more += k - 1
	}
	if len(g.calls) != n || more > repeats {
		t.Errorf("%d of %d items asked for, %d repeated; at most %d may be", len(g.calls), n, more, repeats)
	}
}

// reach waits until so many items were asked for.
func (g *counter) reach(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		g.mu.Lock()
		made := len(g.calls)
		g.mu.Unlock()
		if made >= n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("only %d of %d items were asked for", made, n)
		}
	}
}

func wait(t *testing.T, c *Cluster, run string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Wait(ctx, run, pipeline.Synthesize, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestCluster(t *testing.T) {
	p := databasetest.Need(t)
	t.Run("workers share a run", func(t *testing.T) { together(t, p) })
	t.Run("a dead worker's chunk is taken over", func(t *testing.T) { takeover(t, p) })
	t.Run("the server crashes midway", func(t *testing.T) { crash(t, p) })
}

func together(t *testing.T, p *databasetest.Postgres) {
	const n = 330
	g := &counter{calls: map[string]int{}, wait: time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var c *Cluster
	for range 3 {
		w := g.worker(t, p.URL)
		c = w.Cluster
		running.Go(func() { w.Run(ctx) })
	}
	for range 2 { // laid out again, nothing is done twice
		if err := c.Offer(ctx, "together", 50, Settings{}, requests(n)); err != nil {
			t.Fatal(err)
		}
		wait(t, c, "together")
	}
	g.check(t, c, "together", n, 0)
	if err := c.Forget(ctx, "together"); err != nil {
		t.Fatal(err)
	}
	if calls, err := c.calls(ctx, "together", 0, n); len(calls) != 0 || err != nil {
		t.Error(len(calls), err)
	}
}

// What a run's own ledger has is not made again.
func TestSeed(t *testing.T) {
	p := databasetest.Need(t)
	g := &counter{calls: map[string]int{}}
	w := g.worker(t, p.URL)
	l, err := assets.OpenLedger(filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := assets.Call{Seq: 7, ID: "item-7", Key: "k", Sends: 1}
	if err := l.Sent([]assets.Call{c}); err != nil {
		t.Fatal(err)
	}
	c.State, c.Result = assets.Done, []byte(`{"provider":"counter","text":"done item-7"}`)
	l.Done(c)
	if err := errors.Join(l.Flush(), w.Cluster.Seed(t.Context(), "seed", l, nil), w.Cluster.Offer(t.Context(), "seed", 4, Settings{}, requests(10))); err != nil {
		t.Fatal(err)
	}
	w.Idle = 300 * time.Millisecond
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g.calls["item-7"] != 0 {
		t.Error("what was there already was made again")
	}
	g.calls["item-7"]++
	g.check(t, w.Cluster, "seed", 10, 0)
}

// A process that can't make what is asked for gives it back and ends.
func TestUnfitWorker(t *testing.T) {
	p := databasetest.Need(t)
	g := &counter{calls: map[string]int{}}
	w := g.worker(t, p.URL)
	fit, unknown := w.Prepare, errors.New("unknown generator")
	w.Prepare = func(*Chunk, pipeline.PlannedSource) (*pipeline.Synthesis, error) { return nil, unknown }
	if err := w.Cluster.Offer(t.Context(), "unfit", 4, Settings{}, requests(10)); err != nil {
		t.Fatal(err)
	}
	for _, strict := range []bool{true, false} {
		w.Strict, w.Idle = strict, 300*time.Millisecond
		if err := w.Run(t.Context()); !errors.Is(err, unknown) {
			t.Fatal(err)
		}
	}
	w.Prepare, w.not = fit, nil
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.check(t, w.Cluster, "unfit", 10, 0)
}

// The first worker sends, and is never heard of again but for a late result,
// which is refused.
func takeover(t *testing.T, p *databasetest.Postgres) {
	const n = 60
	g := &counter{calls: map[string]int{}}
	dead := g.worker(t, p.URL).Cluster
	dead.lease = Lease
	if err := dead.Offer(t.Context(), "takeover", 50, Settings{Repeat: true}, requests(n)); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	k, err := dead.claim(t.Context(), wanted{layers: []string{string(pipeline.Synthesize)}, takeOver: true, run: "takeover"})
	if err != nil || k == nil || k.Run != "takeover" {
		t.Fatal(k, err)
	}
	zombie := &ledger{k: k, ctx: t.Context()}
	if err := zombie.Sent([]assets.Call{{Seq: 3, ID: "item-3", Key: "k", Sends: 1}}); err != nil {
		t.Fatal(err)
	}
	g.calls["item-3"]++
	ctx, cancel := context.WithCancel(t.Context())
	w := g.worker(t, p.URL)
	running := make(chan error, 1)
	go func() { running <- w.Run(ctx) }()
	wait(t, w.Cluster, "takeover")
	if took := time.Since(before); took < Lease {
		t.Errorf("done %s after the dead worker took its chunk, before the end of its lease of %s", took, Lease)
	}
	cancel()
	<-running
	zombie.Done(assets.Call{Seq: 3, ID: "item-3", Key: "k", State: assets.Done, Sends: 1, Result: []byte(`{"text":"late"}`)})
	if err := zombie.Flush(); !errors.Is(err, ErrTakenOver) {
		t.Errorf("a late result: %v", err)
	}
	if err := k.renew(t.Context()); !errors.Is(err, ErrTakenOver) {
		t.Errorf("a late renewal: %v", err)
	}
	g.check(t, w.Cluster, "takeover", n, 1)
}

func crash(t *testing.T, p *databasetest.Postgres) {
	const n, width = 400, 8
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
	if err := c.Offer(ctx, "crash", 50, Settings{Repeat: true}, requests(n)); err != nil {
		t.Fatal(err)
	}
	g.reach(t, 50)
	if err := errors.Join(p.Down(), p.Up()); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "crash")
	g.check(t, c, "crash", n, 2*width)
}
