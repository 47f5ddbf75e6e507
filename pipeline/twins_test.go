package pipeline_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// paired is a source whose odd requests are twins of the even ones before.
func paired(r *pipeline.MediaRun) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		return r.Planned()(func(p *pipeline.Planned) error {
			if first := p.Seq - 1; p.Seq%2 == 1 {
				p.TwinOf = &first
			}
			return yield(p)
		})
	}
}

func spent(t *testing.T, r *pipeline.MediaRun) (usd float64, twins int) {
	t.Helper()
	err := r.Records(func(_ int64, _ int, rec *pipeline.Record) error {
		if rec != nil {
			usd += rec.SpentUSD()
			if rec.Twin != "" {
				twins++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return usd, twins
}

// A request that an earlier one of the run asks for too is not sent: it gets what
// that one gets, also when that fails, and when it is tried again.
func TestTwins(t *testing.T) {
	r := newRun(t, 20)
	p := &painter{do: func(q pipeline.Request, nth int) (pipeline.Asset, error) {
		if q.Media.Seed >= 10 && nth == 1 {
			return pipeline.Asset{CostUSD: 0.02}, errors.New("no such colour")
		}
		return painted(q), nil
	}}
	var last pipeline.SynthesisProgress
	for range 2 {
		s := synthesis(r, p)
		s.Progress = func(p pipeline.SynthesisProgress) { last = p }
		if err := s.Run(t.Context(), 20, paired(r)); err != nil {
			t.Fatal(err)
		}
		if ok, failed, _ := records(t, r); ok != 10 || failed != 10 || len(p.made) != 10 {
			t.Fatalf("%d made, %d failed, %d jobs; want 10 each", ok, failed, len(p.made))
		}
		if g := last.Providers[0]; math.Abs(g.SpentUSD-0.15) > 1e-9 || g.Done != 10 || g.Failed != 10 || g.Queued != 0 || g.InFlight != 0 {
			t.Errorf("the view ends with %+v", g)
		}
	}
	if usd, twins := spent(t, r); math.Abs(usd-0.15) > 1e-9 || twins != 10 {
		t.Errorf("$%g for %d twins; five pictures cost 0.01 and five failures 0.02", usd, twins)
	}
	s := synthesis(r, p)
	s.RetryFailed = true
	s.Purse = pipeline.NewPurse(pipeline.Spending{LimitUSD: 10, Worst: func(pipeline.Request) (float64, bool) { return 0.02, true }})
	if err := s.Run(t.Context(), 20, paired(r)); err != nil {
		t.Fatal(err)
	}
	if ok, failed, _ := records(t, r); ok != 20 || failed != 0 || len(p.made) != 10 {
		t.Errorf("after another try: %d made, %d failed, %d jobs", ok, failed, len(p.made))
	}
	usd, twins := spent(t, r)
	if math.Abs(usd-0.2) > 1e-9 || twins != 10 {
		t.Errorf("$%g for %d twins; what failed is paid all the same", usd, twins)
	}
	if purse, _ := s.Purse.State(); math.Abs(purse-usd) > 1e-9 {
		t.Errorf("the purse says $%g, the records $%g", purse, usd)
	}
	// The twin's asset is the first one's.
	digests := map[int64]string{}
	err := r.Records(func(seq int64, _ int, rec *pipeline.Record) error {
		digests[seq] = rec.Digest
		return nil
	})
	if err != nil || digests[3] != digests[2] || digests[3] == digests[4] || digests[13] != digests[12] {
		t.Errorf("%v, %v", digests, err)
	}
}

// What was paid for a failure stays paid when the process is killed while it
// tries again.
func TestSpentBeforeACrash(t *testing.T) {
	r := newRun(t, 1)
	p := &painter{do: func(pipeline.Request, int) (pipeline.Asset, error) {
		return pipeline.Asset{CostUSD: 0.02}, errors.New("no such colour")
	}}
	if err := synthesis(r, p).Run(t.Context(), 1, r.Planned()); err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(t.Context())
	p.do = func(pipeline.Request, int) (pipeline.Asset, error) {
		kill()
		<-ctx.Done()
		return pipeline.Asset{}, ctx.Err()
	}
	s := synthesis(r, p)
	s.RetryFailed = true
	if err := s.Run(ctx, 1, r.Planned()); err == nil {
		t.Fatal("it was not killed")
	}
	p.do = nil
	s = synthesis(r, p)
	s.RepeatAmbiguous = true
	if err := s.Run(t.Context(), 1, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if usd, _ := spent(t, r); math.Abs(usd-0.03) > 1e-9 {
		t.Errorf("$%g; a failure for 0.02 and a picture for 0.01", usd)
	}
}

// While the breaker is open nothing is in flight: the first request to stop ends
// the run at once, and what waited is open, not in doubt.
func TestStopWhileBroken(t *testing.T) {
	r := newRun(t, 20)
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		p := &painter{do: func(pipeline.Request, int) (pipeline.Asset, error) {
			return pipeline.Asset{}, &pipeline.Transient{Err: errors.New("503")}
		}}
		s := synthesis(r, p)
		s.Stop = stop
		s.Providers["painter"] = pipeline.Provider{Name: "painter", Generator: p, Width: 4, Retries: 5, PerMinute: 60,
			Breaker: pipeline.Breaker{Failures: 2, Pause: time.Hour}}
		began := time.Now()
		time.AfterFunc(time.Minute, func() { close(stop) })
		if err := s.Run(t.Context(), 20, r.Planned()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Minute+time.Second {
			t.Errorf("it took %s to stop", took-time.Minute)
		}
		err := r.Ledger.Calls(func(c assets.Call) error {
			if c.State != assets.Done {
				t.Errorf("request %d is in doubt", c.Seq)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
