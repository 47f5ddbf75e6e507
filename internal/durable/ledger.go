package durable

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// ledger is the record of one chunk's calls. A commit takes all that is known by
// then, and is refused once another worker has the chunk. Calls are numbered from
// 0 within the chunk. It is safe for concurrent use.
type ledger struct {
	k   *Chunk
	ctx context.Context // of the chunk's work: ledgers have no context of their own

	writing sync.Mutex // one commit at a time
	mu      sync.Mutex // guards what follows
	pending map[int64]assets.Call
	timer   *time.Timer
	err     error // the first failed commit; nothing is written after it
}

// doneWithin bounds how long a result waits for a commit.
const doneWithin = 50 * time.Millisecond

// Sent implements pipeline.Ledger.
func (l *ledger) Sent(calls []assets.Call) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	batch, err := l.pending, l.err
	l.pending = nil
	l.mu.Unlock()
	if batch == nil {
		batch = map[int64]assets.Call{}
	}
	for _, c := range calls {
		batch[c.Seq] = c
	}
	if err != nil || len(batch) == 0 {
		return err
	}
	err = insist(l.ctx, func(ctx context.Context) error { return l.k.write(ctx, batch) })
	if err != nil {
		err = fmt.Errorf("writing the ledger: %w", err)
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
	}
	return err
}

// Done implements pipeline.Ledger.
func (l *ledger) Done(c assets.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		l.pending = map[int64]assets.Call{}
	}
	l.pending[c.Seq] = c
	if l.timer == nil {
		l.timer = time.AfterFunc(doneWithin, func() { l.Flush() }) // an error stays for the next Sent
	}
}

// Flush implements pipeline.Ledger.
func (l *ledger) Flush() error { return l.Sent(nil) }

// Calls implements pipeline.Ledger.
func (l *ledger) Calls(yield func(assets.Call) error) error {
	var calls []assets.Call
	err := insist(l.ctx, func(ctx context.Context) (err error) {
		calls, err = l.k.c.calls(ctx, l.k.Run, l.k.First, l.k.First+int64(l.k.Items))
		return err
	})
	for i := range calls {
		if err == nil {
			calls[i].Seq -= l.k.First
			err = yield(calls[i])
		}
	}
	return err
}

// write commits records in one statement, which holds the chunk's row, so that
// nobody takes it over meanwhile. The same again changes nothing.
func (k *Chunk) write(ctx context.Context, batch map[int64]assets.Call) error {
	u := rowsOf(k.First, slices.Collect(maps.Values(batch)))
	r, err := k.c.db.ExecContext(ctx, `
		WITH held AS (SELECT 1 FROM genops_chunks`+held+` FOR SHARE)
		INSERT INTO genops_calls (run, seq, id, key, sends, before_usd, result)
		SELECT $1, u.seq, u.id, u.key, u.sends, u.before, u.result
		FROM unnest($5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::float8[], $10::text[]) AS u(seq, id, key, sends, before, result), held
		ON CONFLICT (run, seq) DO UPDATE SET sends = excluded.sends, before_usd = excluded.before_usd, result = excluded.result`,
		k.Run, k.stage, k.Number, k.epoch, u.seqs, u.ids, u.keys, u.sends, u.befores, u.results)
	if err != nil {
		return err
	}
	if got, err := r.RowsAffected(); err != nil || got != int64(len(batch)) {
		return ErrTakenOver
	}
	return nil
}

// calls reads a run's records from one seq up to another, in their order.
func (c *Cluster) calls(ctx context.Context, run string, from, to int64) ([]assets.Call, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT seq, id, key, sends, before_usd, result FROM genops_calls WHERE run = $1 AND seq >= $2 AND seq < $3 ORDER BY seq", run, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var calls []assets.Call
	for rows.Next() {
		call := assets.Call{State: assets.Sent}
		var result *string
		if err := rows.Scan(&call.Seq, &call.ID, &call.Key, &call.Sends, &call.BeforeUSD, &result); err != nil {
			return nil, err
		}
		if result != nil {
			call.State, call.Result = assets.Done, []byte(*result)
		}
		calls = append(calls, call)
	}
	return calls, rows.Err()
}
