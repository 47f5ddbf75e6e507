package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// DefaultChunk is how many items a chunk has.
const DefaultChunk = 100

// Offer lays the requests of a run's layer 2 out for workers. What is there
// already stays; chunks that failed, or all of them when s.RetryFailed is set, are
// opened again. What layers behind it said is forgotten. BudgetUSD of s is the
// run's.
func (c *Cluster) Offer(ctx context.Context, run string, size int, s Settings, requests pipeline.PlannedSource) error {
	err := insist(ctx, func(ctx context.Context) error { return c.begin(ctx, run, s.BudgetUSD) })
	part := []*pipeline.Planned{}
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		err := insist(ctx, func(ctx context.Context) error { return c.offer(ctx, run, size, s, part) })
		part = part[:0]
		return err
	}
	if err == nil {
		err = requests(func(p *pipeline.Planned) error {
			kept := *p
			if part = append(part, &kept); len(part) == size {
				return flush()
			}
			return nil
		})
	}
	if err == nil {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("laying out run %s: %w", run, err)
	}
	return nil
}

// begin sets the run's budget, and forgets what layers behind the second said.
func (c *Cluster) begin(ctx context.Context, run string, budget *float64) error {
	_, err := c.db.ExecContext(ctx, "INSERT INTO genops_runs (run, budget, touched) VALUES ($1, $2, "+clock+") ON CONFLICT (run) DO UPDATE SET budget = excluded.budget, touched = excluded.touched", run, budget)
	for _, text := range []string{"DELETE FROM genops_chunks WHERE stage > 20 AND run = $1", "DELETE FROM genops_findings WHERE run = $1", "DELETE FROM genops_receipts WHERE run = $1"} {
		if err == nil {
			_, err = c.db.ExecContext(ctx, text, run)
		}
	}
	return err
}

// OfferLayer lays one of the layers behind the second out, for requests that are
// there; chunks that failed are opened again.
func (c *Cluster) OfferLayer(ctx context.Context, run string, layer pipeline.Layer, size, total int, s Settings) error {
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var stages, firsts, items []int64
	stage := int64(stageAssure)
	if layer == pipeline.Deliver {
		stage = stageDeliver
	}
	for first := 0; first < total; first += size {
		stages, firsts, items = append(stages, stage), append(firsts, int64(first)), append(items, int64(min(size, total-first)))
	}
	if layer == pipeline.Assure {
		stages, firsts, items = append(stages, stageTogether), append(firsts, 0), append(items, 0)
	}
	err = insist(ctx, func(ctx context.Context) error {
		_, err := c.db.ExecContext(ctx, `INSERT INTO genops_chunks (run, layer, settings, stage, chunk, first, items)
			SELECT $1, $2, $3, u.stage, u.first / $7, u.first, u.items FROM unnest($4::bigint[], $5::bigint[], $6::bigint[]) AS u(stage, first, items)
			ON CONFLICT (run, stage, chunk) DO UPDATE SET state = 'open', why = '', settings = excluded.settings WHERE genops_chunks.state IN ('failed', 'paused')`,
			run, string(layer), string(settings), stages, firsts, items, int64(size))
		return err
	})
	if err != nil {
		return fmt.Errorf("laying out layer %s of run %s: %w", layer, run, err)
	}
	return nil
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
		ON CONFLICT (run, stage, chunk) DO UPDATE SET state = 'open', why = '', settings = excluded.settings
		WHERE genops_chunks.state IN ('failed', 'short', 'paused') OR $7`,
		run, seqs[0]/int64(size), seqs[0], len(part), string(pipeline.Synthesize), string(settings), s.RetryFailed)
	if err == nil && s.BudgetUSD != nil { // what was paid before counts from the beginning
		_, err = tx.ExecContext(ctx, `UPDATE genops_chunks SET granted = paid.usd, spent = paid.usd FROM (
			SELECT coalesce(sum(greatest(before_usd, (result::jsonb->>'before_usd')::float8) + coalesce((result::jsonb->>'cost_usd')::float8, 0)), 0) AS usd
			FROM genops_calls WHERE run = $1 AND seq >= $3 AND seq < $3 + $4) AS paid
			WHERE run = $1 AND stage = 20 AND chunk = $2 AND owner = '' AND granted < paid.usd`, run, seqs[0]/int64(size), seqs[0], len(part))
	}
	if err != nil {
		return err
	}
	return tx.Commit()
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
			sent = append(sent, assets.Call{Seq: call.Seq, ID: call.ID, Key: call.Key, Sends: call.Sends, BeforeUSD: call.BeforeUSD})
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

// Pause keeps workers from going on with a run until it is laid out again: they
// take in what is in flight and let go of their chunks, which Wait waits for.
func (c *Cluster) Pause(ctx context.Context, run string) error {
	return insist(ctx, func(ctx context.Context) error {
		_, err := c.db.ExecContext(ctx, "UPDATE genops_chunks SET state = 'paused' WHERE run = $1 AND state = 'open'", run)
		return err
	})
}

// tables are all that hold something of a run, beside genops_runs.
var tables = []string{"genops_chunks", "genops_requests", "genops_calls", "genops_findings", "genops_receipts"}

// Forget removes a run from the database, once its own folder has everything.
func (c *Cluster) Forget(ctx context.Context, run string) error { return c.forget(ctx, run, "TRUE") }

// forget removes a run of which the condition is true, all of it or nothing.
func (c *Cluster) forget(ctx context.Context, run, condition string) error {
	return insist(ctx, func(ctx context.Context) error {
		tx, err := c.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		// Whoever goes on with the run changes its row first.
		err = changed(tx.ExecContext(ctx, "DELETE FROM genops_runs WHERE run = $1 AND "+condition, run))
		if errors.Is(err, ErrTakenOver) {
			return nil
		}
		for _, table := range tables {
			if err == nil {
				_, err = tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = $1", run)
			}
		}
		if err != nil {
			return err
		}
		return tx.Commit()
	})
}
