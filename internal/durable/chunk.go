package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Settings go with a chunk to the worker that takes it.
type Settings struct {
	Repeat      bool     `json:"repeat,omitempty"`       // Synthesis.RepeatAmbiguous
	RetryFailed bool     `json:"retry_failed,omitempty"` // Synthesis.RetryFailed
	BudgetUSD   *float64 `json:"budget_usd,omitempty"`   // of this chunk; nil = no budget
	Generators  []string `json:"generators"`             // that the run names
	Config      string   `json:"config,omitempty"`       // MediaManifest.Config
}

// Chunk is a part of a run that this process holds.
type Chunk struct {
	Run      string
	Number   int64
	First    int64 // seq of its first request
	Items    int   // how many follow each other
	Settings Settings

	c     *Cluster
	epoch int64
}

// clock is the database's time in milliseconds: that of the machines may differ.
const clock = "(extract(epoch from clock_timestamp()) * 1000)::bigint"

// claim takes an open chunk of one of the layers; nil when there is none. Those of
// dead workers are taken only when takeOver is set.
func (c *Cluster) claim(ctx context.Context, layers []string, takeOver bool) (*Chunk, error) {
	k := &Chunk{c: c}
	var settings string
	err := c.db.QueryRowContext(ctx, `
		UPDATE genops_chunks SET owner = $1, epoch = epoch + 1, lease = `+clock+` + $2
		WHERE (run, chunk) = (
			SELECT run, chunk FROM genops_chunks
			WHERE state = 'open' AND layer = ANY($3) AND (owner = '' OR $4 AND lease < `+clock+`)
			ORDER BY run, chunk FOR UPDATE SKIP LOCKED LIMIT 1)
		RETURNING run, chunk, first, items, settings, epoch`,
		c.name, Lease.Milliseconds(), layers, takeOver).Scan(&k.Run, &k.Number, &k.First, &k.Items, &settings, &k.epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(settings), &k.Settings)
	}
	return k, err
}

// renew keeps the chunk for a further lease.
func (k *Chunk) renew(ctx context.Context) error {
	return k.change(ctx, "lease = "+clock+" + $4", Lease.Milliseconds())
}

// end lets go of the chunk: state done, failed, or open for whoever comes.
func (k *Chunk) end(ctx context.Context, state, why string) error {
	return k.change(ctx, "owner = '', lease = 0, state = $4, why = $5", state, why)
}

// change changes the chunk's row while this process holds it.
func (k *Chunk) change(ctx context.Context, set string, args ...any) error {
	all := append([]any{k.Run, k.Number, k.epoch}, args...)
	r, err := k.c.db.ExecContext(ctx, "UPDATE genops_chunks SET "+set+" WHERE run = $1 AND chunk = $2 AND epoch = $3 AND owner <> ''", all...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrTakenOver)
	}
	return nil
}

// keep renews the lease until ctx ends, and ends the chunk's work by cancel when
// another worker has it.
func (k *Chunk) keep(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		select {
		case <-time.After(Lease / 4):
		case <-ctx.Done():
			return
		}
		if err := insist(ctx, k.renew); err != nil && ctx.Err() == nil {
			cancel(err)
			return
		}
	}
}

// requests are the chunk's, numbered from 0.
func (k *Chunk) requests(ctx context.Context) (pipeline.PlannedSource, error) {
	var texts []string
	err := insist(ctx, func(ctx context.Context) (err error) {
		texts, err = k.texts(ctx)
		return err
	})
	if err == nil && len(texts) != k.Items {
		err = fmt.Errorf("chunk %d of run %s has %d requests; expected %d", k.Number, k.Run, len(texts), k.Items)
	}
	return func(yield func(*pipeline.Planned) error) error {
		for i, text := range texts {
			var p pipeline.Planned
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				return fmt.Errorf("request %d of run %s: %w", k.First+int64(i), k.Run, err)
			}
			if p.Request.Media == nil || p.Seq != k.First+int64(i) {
				return fmt.Errorf("request %d of run %s is numbered %d, or is for no media", k.First+int64(i), k.Run, p.Seq)
			}
			p.Seq = int64(i)
			if p.TwinOf != nil { // -1: its twin is in another chunk
				twin := max(*p.TwinOf-k.First, -1)
				p.TwinOf = &twin
			}
			if err := yield(&p); err != nil {
				return err
			}
		}
		return nil
	}, err
}

func (k *Chunk) texts(ctx context.Context) ([]string, error) {
	rows, err := k.c.db.QueryContext(ctx, "SELECT planned FROM genops_requests WHERE run = $1 AND seq >= $2 AND seq < $3 ORDER BY seq", k.Run, k.First, k.First+int64(k.Items))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
