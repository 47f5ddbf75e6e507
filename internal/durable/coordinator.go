package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// DefaultChunk is how many items a chunk has.
const DefaultChunk = 100

// Offer lays the requests of a run's layer 2 out for workers. What is there
// already stays; chunks that failed, or all of them when s.RetryFailed is set, are
// opened again. BudgetUSD of s is the run's: each chunk gets its worst price, and
// its share of the rest.
func (c *Cluster) Offer(ctx context.Context, run string, size, total int, s Settings, requests pipeline.PlannedSource) error {
	price := 0.0
	if s.BudgetUSD != nil {
		if err := requests(func(p *pipeline.Planned) error { price += worst(p); return nil }); err != nil {
			return err
		}
	}
	part := []*pipeline.Planned{}
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		own := s
		if s.BudgetUSD != nil {
			limit := (*s.BudgetUSD - price) * float64(len(part)) / float64(total)
			for _, p := range part {
				limit += worst(p)
			}
			own.BudgetUSD = &limit
		}
		err := insist(ctx, func(ctx context.Context) error { return c.offer(ctx, run, size, own, part) })
		part = part[:0]
		return err
	}
	err := requests(func(p *pipeline.Planned) error {
		kept := *p
		if part = append(part, &kept); len(part) == size {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("laying out run %s: %w", run, err)
	}
	return nil
}

func worst(p *pipeline.Planned) float64 {
	if p.PriceUSD == nil {
		return 0
	}
	return *p.PriceUSD
}

// offer writes one chunk, its requests before it.
func (c *Cluster) offer(ctx context.Context, run string, size int, s Settings, part []*pipeline.Planned) error {
	seqs, texts := make([]int64, len(part)), make([]string, len(part))
	for i, p := range part {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		seqs[i], texts[i] = p.Seq, string(text)
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "INSERT INTO genops_requests (run, seq, planned) SELECT $1, u.seq, u.planned FROM unnest($2::bigint[], $3::text[]) AS u(seq, planned) ON CONFLICT DO NOTHING", run, seqs, texts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO genops_chunks (run, chunk, first, items, layer, settings) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (run, chunk) DO UPDATE SET state = 'open', why = '', settings = excluded.settings
		WHERE genops_chunks.state = 'failed' OR $7`,
		run, seqs[0]/int64(size), seqs[0], len(part), string(pipeline.Synthesize), string(settings), s.RetryFailed)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// Progress is how far the chunks of a run are.
type Progress struct {
	Open, Held, Done, Failed int    // chunks; those held are being worked on
	Why                      string // of one that failed
	Requests, Results        int
}

// progress looks at the chunks.
func (c *Cluster) progress(ctx context.Context, run string) (p Progress, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT
		count(*) FILTER (WHERE state = 'open' AND owner = ''), count(*) FILTER (WHERE state = 'open' AND owner <> ''),
		count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed'), coalesce(max(why) FILTER (WHERE state = 'failed'), ''),
		coalesce(sum(items), 0)::bigint FROM genops_chunks WHERE run = $1`, run).Scan(&p.Open, &p.Held, &p.Done, &p.Failed, &p.Why, &p.Requests)
	if err == nil {
		err = c.db.QueryRowContext(ctx, "SELECT count(result) FROM genops_calls WHERE run = $1", run).Scan(&p.Results)
	}
	return p, err
}

// Wait is the barrier: it returns when no chunk of the run is left to work on, or
// stop or ctx ends it. The error says why chunks failed.
func (c *Cluster) Wait(ctx context.Context, run string, stop <-chan struct{}, tell func(Progress)) error {
	for {
		var p Progress
		err := insist(ctx, func(ctx context.Context) (err error) {
			p, err = c.progress(ctx, run)
			return err
		})
		if err != nil {
			return err
		}
		if tell != nil {
			tell(p)
		}
		if p.Open+p.Held == 0 {
			if p.Failed > 0 {
				return fmt.Errorf("%d chunks of run %s failed: %s", p.Failed, run, p.Why)
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

// Collect takes the records of a run over into its own ledger, in its order.
func (c *Cluster) Collect(ctx context.Context, run string, total int, into pipeline.Ledger) error {
	have := map[int64]assets.Call{}
	if err := into.Calls(func(call assets.Call) error { call.ID, call.Key = "", ""; have[call.Seq] = call; return nil }); err != nil {
		return err
	}
	for from := int64(0); from < int64(total); from += 1000 {
		var calls []assets.Call
		err := insist(ctx, func(ctx context.Context) (err error) {
			calls, err = c.calls(ctx, run, from, from+1000)
			return err
		})
		if err != nil {
			return err
		}
		var sent, done []assets.Call
		for _, call := range calls {
			if old := have[call.Seq]; old.Sends == call.Sends && string(old.Result) == string(call.Result) {
				continue
			}
			sent = append(sent, assets.Call{Seq: call.Seq, ID: call.ID, Key: call.Key, Sends: call.Sends})
			if call.State == assets.Done {
				done = append(done, call)
			}
		}
		if err := into.Sent(sent); err != nil {
			return err
		}
		for _, call := range done {
			into.Done(call)
		}
	}
	return errors.Join(into.Flush())
}

// Forget removes a run from the database, once its own folder has everything.
func (c *Cluster) Forget(ctx context.Context, run string) error {
	for _, table := range []string{"genops_chunks", "genops_requests", "genops_calls"} {
		err := insist(ctx, func(ctx context.Context) error {
			_, err := c.db.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = $1", run)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
