package pipeline_test

import (
	"context"
	"errors"
	"testing"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// crashed is a run whose calls were all sent by a process that died.
func crashed(t *testing.T, n int, p *painter) *pipeline.MediaRun {
	t.Helper()
	r := newRun(t, n)
	p.made = map[string]int{}
	err := r.Planned()(func(q *pipeline.Planned) error {
		p.made[q.Request.JobID] = 1
		return r.Ledger.Sent([]assets.Call{{Seq: q.Seq, ID: q.Request.ID, Key: q.Key, Sends: 1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// underWay never has an end of its jobs.
type underWay struct {
	*painter
	asked chan struct{}
}

func (u underWay) Find(ctx context.Context, _ string) (pipeline.Asset, pipeline.Fate, error) {
	select {
	case u.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return pipeline.Asset{}, pipeline.FateUnknown, ctx.Err()
}

func TestStopEndsTheAsking(t *testing.T) {
	p := &painter{}
	r := crashed(t, 3, p)
	u, stop := underWay{p, make(chan struct{}, 1)}, make(chan struct{})
	s := synthesis(r, u)
	s.Stop = stop
	go func() { <-u.asked; close(stop) }()
	if err := s.Run(t.Context(), 3, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, failed, held := records(t, r); ok+failed+held != 0 {
		t.Errorf("%d made, %d failed, %d held; all are in doubt", ok, failed, held)
	}
	if err := synthesis(r, askable{p}).Run(t.Context(), 3, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 3 {
		t.Errorf("%d of 3 were found by the next start", ok)
	}
}

// full is a store on a disk without room.
type full struct{ assets.Store }

func (full) Put([]byte) (string, error) { return "", errors.New("no space left on device") }

// What a provider has made and can't be kept now is no failure.
func TestFullDiskAfterACrash(t *testing.T) {
	p := &painter{}
	r := crashed(t, 3, p)
	s := synthesis(r, askable{p})
	s.Store = full{r.Store}
	var unusable *pipeline.Unusable
	if err := s.Run(t.Context(), 3, r.Planned()); !errors.As(err, &unusable) {
		t.Fatal(err)
	}
	if ok, failed, held := records(t, r); ok+failed+held != 0 {
		t.Errorf("%d made, %d failed, %d held; all are in doubt", ok, failed, held)
	}
	if err := synthesis(r, askable{p}).Run(t.Context(), 3, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 3 {
		t.Errorf("%d of 3 were found by the next start", ok)
	}
	for id, n := range p.made {
		if n != 1 {
			t.Errorf("job %s was made %d times", id, n)
		}
	}
}
