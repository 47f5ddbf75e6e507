package durable

import (
	"context"
	"errors"
)

// grant is for how many calls a worker is given a share of the budget at a time.
const grant = 16

// more is pipeline.Spending's More: the run's budget is a row that all workers
// take from. A worker keeps what it has spent and set aside, and gets as much as
// a few calls may cost, if that is left.
func (k *Chunk) more(ctx context.Context, keep, spent, need float64) (usd float64, final bool) {
	err := insist(ctx, func(ctx context.Context) (err error) {
		usd, final, err = k.exchange(ctx, keep, spent, need)
		return err
	})
	if err != nil {
		return 0, errors.Is(err, ErrTakenOver)
	}
	return usd, final
}

func (k *Chunk) exchange(ctx context.Context, keep, spent, need float64) (usd float64, final bool, err error) {
	tx, err := k.c.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, false, err
	}
	defer tx.Rollback()
	var budget float64
	if err := tx.QueryRowContext(ctx, "SELECT budget FROM genops_runs WHERE run = $1 FOR UPDATE", k.Run).Scan(&budget); err != nil {
		return 0, false, err
	}
	args := []any{k.Run, k.stage, k.Number, k.epoch}
	if err := changed(tx.ExecContext(ctx, "UPDATE genops_chunks SET granted = $5, spent = $6"+held, append(args, keep, spent)...)); err != nil {
		return 0, false, err
	}
	var granted float64
	var others bool // who still hold what they may not need
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(granted), 0), coalesce(bool_or(granted > spent + 1e-9
		AND chunk <> $2 AND state = 'open' AND owner <> '' AND lease >= `+clock+`), false)
		FROM genops_chunks WHERE run = $1 AND stage = 20`, k.Run, k.Number).Scan(&granted, &others)
	if err != nil {
		return 0, false, err
	}
	room := budget - granted
	if need > room*(1+1e-9)+1e-12 {
		return 0, !others, tx.Commit()
	}
	usd = max(need, min(room, grant*need))
	if err := changed(tx.ExecContext(ctx, "UPDATE genops_chunks SET granted = granted + $5"+held, append(args, usd)...)); err != nil {
		return 0, false, err
	}
	return usd, false, tx.Commit()
}
