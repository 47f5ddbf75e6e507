package durable

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Seed lays out what a run's own ledger knows already, before Offer: what is
// newer in the database stays.
func (c *Cluster) Seed(ctx context.Context, run string, from pipeline.Ledger) error {
	var part []assets.Call
	flush := func() error {
		err := insist(ctx, func(ctx context.Context) error { return c.seed(ctx, run, part) })
		part = part[:0]
		return err
	}
	err := from.Calls(func(call assets.Call) error {
		if part = append(part, call); len(part) == 500 {
			return flush()
		}
		return nil
	})
	if err == nil && len(part) > 0 {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("laying out what run %s has already: %w", run, err)
	}
	return nil
}

func (c *Cluster) seed(ctx context.Context, run string, part []assets.Call) error {
	r := rowsOf(0, part)
	_, err := c.db.ExecContext(ctx, `INSERT INTO genops_calls (run, seq, id, key, sends, result)
		SELECT $1, u.seq, u.id, u.key, u.sends, u.result
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[]) AS u(seq, id, key, sends, result)
		ON CONFLICT (run, seq) DO NOTHING`, run, r.seqs, r.ids, r.keys, r.sends, r.results)
	return err
}

// rows are records by column, as one statement takes them.
type rows struct {
	seqs, sends []int64
	ids, keys   []string
	results     []*string
}

func rowsOf(first int64, calls []assets.Call) (r rows) {
	for _, c := range calls {
		r.seqs, r.ids, r.keys, r.sends = append(r.seqs, c.Seq+first), append(r.ids, c.ID), append(r.keys, c.Key), append(r.sends, int64(c.Sends))
		var result *string
		if len(c.Result) > 0 {
			text := string(c.Result)
			result = &text
		}
		r.results = append(r.results, result)
	}
	return r
}
