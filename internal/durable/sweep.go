package durable

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// sweep is the work of layer 2 on one chunk.
type sweep struct {
	*Worker
	k *Chunk

	mu sync.Mutex
	s  *pipeline.Synthesis
}

func (w *sweep) synthesis() *pipeline.Synthesis {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.s
}

// look takes in how far the chunk is.
func (w *sweep) look() {
	s := w.synthesis()
	if s == nil {
		return
	}
	var f Figures
	for _, p := range s.Now().Providers {
		f.Done, f.Failed, f.InFlight, f.USD = f.Done+p.Done, f.Failed+p.Failed+p.Held, f.InFlight+p.InFlight, f.USD+p.SpentUSD
	}
	w.k.saw(f)
}

// spent is what the chunk took from the budget, calls without an end included.
func (w *sweep) spent() float64 {
	s := w.synthesis()
	if s == nil || s.Purse == nil {
		return w.k.granted
	}
	spent, _ := s.Purse.State()
	return spent + s.Purse.Held()
}

// errUnpriced is a mistake of the program: a purse without prices lets nothing go.
var errUnpriced = errors.New("the run has a budget, and nothing tells what calls cost")

func (w *sweep) run(ctx context.Context) (state string, err error) {
	k := w.k
	requests, err := k.requests(ctx)
	if err != nil {
		return "open", err
	}
	s, err := w.Prepare(k, requests)
	if err == nil && k.Settings.BudgetUSD != nil && s.Purse == nil {
		err = errUnpriced
	}
	if err != nil {
		return "open", &unfit{err}
	}
	l := &ledger{k: k, ctx: ctx}
	s.Ledger, s.Stop, s.RepeatAmbiguous, s.RetryFailed = l, k.stop, k.Settings.Repeat, k.Settings.RetryFailed
	if k.Settings.BudgetUSD != nil {
		s.Purse.LimitUSD, s.Purse.More = k.granted, k.more
	}
	w.mu.Lock()
	w.s = s
	w.mu.Unlock()
	if err := s.Run(ctx, k.Items, requests); err != nil {
		var unusable *pipeline.Unusable
		if errors.As(err, &unusable) {
			return "failed", err
		}
		return "open", err
	}
	f, err := w.count(l)
	if err != nil {
		return "open", err
	}
	k.saw(f)
	waiting, err := w.waiting(l, requests)
	if err != nil {
		return "open", err
	}
	open := k.Items - f.Done - f.Failed - waiting
	switch {
	case open == 0:
		return "done", nil
	case k.stopped():
		return "open", nil
	case s.Purse != nil && k.Settings.BudgetUSD != nil:
		if spent, short := s.Purse.State(); short {
			return "short", fmt.Errorf("$%.4g of $%.4g are spent in a chunk, %d of its %d requests are open", spent, *k.Settings.BudgetUSD, open, k.Items)
		}
	}
	return "open", fmt.Errorf("%d of %d requests are still open", open, k.Items)
}

// waiting counts the requests that get their result when all chunks are done:
// their twins are in other ones.
func (w *sweep) waiting(l *ledger, requests pipeline.PlannedSource) (n int, err error) {
	twins := map[int64]bool{}
	err = requests(func(p *pipeline.Planned) error {
		if p.TwinOf != nil && *p.TwinOf < 0 {
			twins[p.Seq] = true
		}
		return nil
	})
	if err != nil || len(twins) == 0 {
		return 0, err
	}
	err = l.Calls(func(c assets.Call) error {
		if c.State != assets.Done {
			return nil
		}
		r, err := pipeline.DecodeRecord(c)
		if !r.Open {
			delete(twins, c.Seq)
		}
		return err
	})
	return len(twins), err
}

// count sums up what the chunk's ledger holds.
func (w *sweep) count(l *ledger) (f Figures, err error) {
	err = l.Calls(func(c assets.Call) error {
		if c.State != assets.Done {
			return nil
		}
		r, err := pipeline.DecodeRecord(c)
		f.USD += r.SpentUSD()
		switch {
		case err != nil || r.Open:
		case r.OK():
			f.Done++
		default:
			f.Failed++
		}
		return err
	})
	return f, err
}
