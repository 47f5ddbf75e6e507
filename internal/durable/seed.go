package durable

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Seed lays out what a run's own ledger knows already, before Offer: what is
// newer in the database stays. With only given, it takes over the records of
// these requests alone, in place of what the database has.
func (c *Cluster) Seed(ctx context.Context, run string, from pipeline.Ledger, only map[int64]bool) error {
	var part []assets.Call
	flush := func() error {
		err := insist(ctx, func(ctx context.Context) error { return c.seed(ctx, run, part, only != nil) })
		part = part[:0]
		return err
	}
	err := from.Calls(func(call assets.Call) error {
		if only != nil && !only[call.Seq] {
			return nil
		}
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

func (c *Cluster) seed(ctx context.Context, run string, part []assets.Call, replace bool) error {
	r := rowsOf(0, part)
	_, err := c.db.ExecContext(ctx, `INSERT INTO genops_calls (run, seq, id, key, sends, before_usd, result)
		SELECT $1, u.seq, u.id, u.key, u.sends, u.before, u.result
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::float8[], $7::text[]) AS u(seq, id, key, sends, before, result)
		ON CONFLICT (run, seq) DO UPDATE SET sends = excluded.sends, before_usd = excluded.before_usd, result = excluded.result WHERE $8`,
		run, r.seqs, r.ids, r.keys, r.sends, r.befores, r.results, replace)
	return err
}

// rows are records by column, as one statement takes them.
type rows struct {
	seqs, sends []int64
	ids, keys   []string
	befores     []float64
	results     []*string
}

func rowsOf(first int64, calls []assets.Call) (r rows) {
	for _, c := range calls {
		r.seqs, r.ids, r.keys, r.sends = append(r.seqs, c.Seq+first), append(r.ids, c.ID), append(r.keys, c.Key), append(r.sends, int64(c.Sends))
		r.befores = append(r.befores, c.BeforeUSD)
		var result *string
		if len(c.Result) > 0 {
			text := string(c.Result)
			result = &text
		}
		r.results = append(r.results, result)
	}
	return r
}
