package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/GaboBase/arch-genops/assets"
)

// lease is as long as that of internal/durable.
const lease = 5 * time.Second

// lead is what DBOS needs beside it, so that the work of a dead process is taken
// over: each renews a lease, and whoever sees that one ended has its workflows
// enqueued again, the public way.
func lead(ctx context.Context, c dbos.Context, db *sql.DB, name string) error {
	for {
		now := time.Now().UnixMilli()
		if _, err := db.ExecContext(ctx, "INSERT INTO bench_leases VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET until = excluded.until", name, now+lease.Milliseconds()); err != nil {
			return err
		}
		rows, err := db.QueryContext(ctx, "DELETE FROM bench_leases WHERE until < $1 RETURNING name", now)
		if err != nil {
			return err
		}
		var dead []string
		for rows.Next() {
			var one string
			if err := rows.Scan(&one); err != nil {
				return err
			}
			dead = append(dead, one)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		if len(dead) > 0 {
			if err := revive(c, dead); err != nil {
				return err
			}
		}
		time.Sleep(lease / 4)
	}
}

func revive(c dbos.Context, dead []string) error {
	held, err := dbos.ListWorkflows(c, dbos.WithFilterStatus(dbos.WorkflowStatusPending), dbos.WithFilterExecutorIDs(dead...), dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))
	if err != nil || len(held) == 0 {
		return err
	}
	var ids []string
	for _, w := range held {
		ids = append(ids, w.ID)
	}
	_, err = dbos.ResumeWorkflows[int](c, ids, dbos.WithResumeQueue(queueName))
	return err
}

// ledger writes what internal/durable's does, in as many statements.
type ledger struct {
	db    *sql.DB
	ctx   context.Context
	run   string
	first int64
	n     int

	writing sync.Mutex
	mu      sync.Mutex // guards what follows
	pending map[int64]assets.Call
	timer   *time.Timer
	err     error
}

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
	var seqs, sends []int64
	var ids, keys []string
	var results []*string
	for _, c := range batch {
		seqs, sends, ids, keys = append(seqs, c.Seq+l.first), append(sends, int64(c.Sends)), append(ids, c.ID), append(keys, c.Key)
		var result *string
		if len(c.Result) > 0 {
			text := string(c.Result)
			result = &text
		}
		results = append(results, result)
	}
	_, err = l.db.ExecContext(l.ctx, `INSERT INTO bench_calls SELECT $1, u.seq, u.id, u.key, u.sends, u.result
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[]) AS u(seq, id, key, sends, result)
		ON CONFLICT (run, seq) DO UPDATE SET sends = excluded.sends, result = excluded.result`, l.run, seqs, ids, keys, sends, results)
	if err != nil {
		l.mu.Lock()
		l.err = fmt.Errorf("writing the ledger: %w", err)
		l.mu.Unlock()
	}
	return err
}

func (l *ledger) Done(c assets.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		l.pending = map[int64]assets.Call{}
	}
	l.pending[c.Seq] = c
	if l.timer == nil {
		l.timer = time.AfterFunc(50*time.Millisecond, func() { l.Flush() })
	}
}

func (l *ledger) Flush() error { return l.Sent(nil) }

func (l *ledger) Calls(yield func(assets.Call) error) error {
	rows, err := l.db.QueryContext(l.ctx, "SELECT seq, id, key, sends, result FROM bench_calls WHERE run = $1 AND seq >= $2 AND seq < $3", l.run, l.first, l.first+int64(l.n))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c := assets.Call{State: assets.Sent}
		var result *string
		if err := rows.Scan(&c.Seq, &c.ID, &c.Key, &c.Sends, &result); err != nil {
			return err
		}
		if result != nil {
			c.State, c.Result = assets.Done, []byte(*result)
		}
		c.Seq -= l.first
		if err := yield(c); err != nil {
			return err
		}
	}
	return rows.Err()
}
