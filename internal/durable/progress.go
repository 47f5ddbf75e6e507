package durable

import (
	"context"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Progress is how far a layer of a run is.
type Progress struct {
	Open, Held, Done, Failed, Paused int    // chunks; those held are being worked on
	Why                              string // of one that failed
	Short                            bool   // one failed for want of budget
	Items                            int    // of all chunks
	USD                              float64
	Workers                          []WorkerProgress // by name
}

// WorkerProgress is what one process did for a layer.
type WorkerProgress struct {
	Name     string  `json:"name"` // HOST:PID/…
	Busy     bool    `json:"busy"` // it holds a chunk of the layer
	InFlight int     `json:"in_flight"`
	Done     int     `json:"done"`
	Failed   int     `json:"failed"`
	USD      float64 `json:"spent_usd"`
}

// Ended counts the items that have a result.
func (p *Progress) Ended() (done, failed, inFlight int) {
	for _, w := range p.Workers {
		done, failed, inFlight = done+w.Done, failed+w.Failed, inFlight+w.InFlight
	}
	return done, failed, inFlight
}

// Progress looks at the chunks of a layer.
func (c *Cluster) Progress(ctx context.Context, run string, layer pipeline.Layer) (p Progress, err error) {
	rows, err := c.db.QueryContext(ctx, `SELECT worker, state, owner <> '' AND (state = 'open' OR lease >= `+clock+`), count(*), sum(items)::bigint, sum(done)::bigint, sum(failed)::bigint, sum(in_flight)::bigint, sum(usd), max(why)
		FROM genops_chunks WHERE run = $1 AND layer = $2 GROUP BY 1, 2, 3 ORDER BY 1`, run, string(layer))
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		var w WorkerProgress
		var state, why string
		var chunks, items int
		if err := rows.Scan(&w.Name, &state, &w.Busy, &chunks, &items, &w.Done, &w.Failed, &w.InFlight, &w.USD, &why); err != nil {
			return p, err
		}
		p.add(w, state, why, chunks, items)
	}
	return p, rows.Err()
}

func (p *Progress) add(w WorkerProgress, state, why string, chunks, items int) {
	p.Items += items
	p.USD += w.USD
	switch {
	case state == "done":
		p.Done += chunks
	case state == "paused" && !w.Busy:
		p.Paused += chunks
	case w.Busy:
		p.Held += chunks
	case state != "open":
		p.Failed += chunks
		p.Why = why
		p.Short = p.Short || state == "short"
	default:
		p.Open += chunks
	}
	if w.Name == "" {
		return
	}
	if n := len(p.Workers); n > 0 && p.Workers[n-1].Name == w.Name {
		l := &p.Workers[n-1]
		l.Busy, l.InFlight, l.Done, l.Failed, l.USD = l.Busy || w.Busy, l.InFlight+w.InFlight, l.Done+w.Done, l.Failed+w.Failed, l.USD+w.USD
		return
	}
	p.Workers = append(p.Workers, w)
}

// Wait is the barrier: it returns when no chunk of the layer is left to work on,
// because all are done, failed or paused, or stop or ctx ends it. The error says why chunks failed; it is ErrNoBudget
// when that was for want of budget.
func (c *Cluster) Wait(ctx context.Context, run string, layer pipeline.Layer, stop <-chan struct{}, tell func(Progress)) error {
	for {
		var p Progress
		err := insist(ctx, func(ctx context.Context) (err error) {
			p, err = c.Progress(ctx, run, layer)
			return err
		})
		if err != nil {
			return err
		}
		if tell != nil {
			tell(p)
		}
		// Chunks of a later stage are never taken while one of an earlier failed.
		if p.Held == 0 && (p.Open == 0 || p.Failed+p.Paused > 0 && !c.claimable(ctx, run, layer)) {
			switch {
			case p.Short:
				return fmt.Errorf("%w: %s", ErrNoBudget, p.Why)
			case p.Failed > 0:
				return fmt.Errorf("layer %s: %d chunks of run %s failed: %s", layer, p.Failed, run, p.Why)
			}
			return nil
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-stop:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// claimable says whether an open chunk of the layer is held up by none that
// failed. When that can't be told now, there may be one.
func (c *Cluster) claimable(ctx context.Context, run string, layer pipeline.Layer) bool {
	var any bool
	err := c.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM genops_chunks AS c WHERE run = $1 AND layer = $2 AND state = 'open'
		AND NOT EXISTS (SELECT 1 FROM genops_chunks AS b WHERE b.run = c.run AND b.stage < c.stage AND b.state NOT IN ('open', 'done')))`, run, string(layer)).Scan(&any)
	return err != nil || any
}
