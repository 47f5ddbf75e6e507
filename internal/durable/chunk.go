package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Settings go with a chunk to the worker that takes it.
type Settings struct {
	Repeat      bool            `json:"repeat,omitempty"`       // Synthesis.RepeatAmbiguous
	RetryFailed bool            `json:"retry_failed,omitempty"` // Synthesis.RetryFailed
	BudgetUSD   *float64        `json:"budget_usd,omitempty"`   // of the run, shared by all; nil = no budget
	Generators  []string        `json:"generators,omitempty"`   // that the run names
	Config      string          `json:"config,omitempty"`       // MediaManifest.Config
	Assets      string          `json:"assets,omitempty"`       // where the assets are: a bucket or a folder; "" = in the project
	Probe       string          `json:"probe,omitempty"`        // digest of something that is there
	Checks      string          `json:"checks,omitempty"`       // digest of what layer 3 goes by
	Delivery    json.RawMessage `json:"delivery,omitempty"`     // what layer 4 has to know
}

// Chunk is a part of a layer of a run that this process holds.
type Chunk struct {
	Run      string
	Layer    pipeline.Layer
	Number   int64
	First    int64 // seq of its first request
	Items    int   // how many follow each other
	Settings Settings

	c       *Cluster
	epoch   int64
	stage   int64
	granted float64 // of the run's budget

	stop   chan struct{} // closed when the worker stops, or the run is paused
	paused chan struct{} // closed when the run is paused

	mu   sync.Mutex
	seen Figures
}

// stopped says that no further items are to be begun.
func (k *Chunk) stopped() bool {
	select {
	case <-k.stop:
		return true
	default:
		return false
	}
}

// Figures are how far a chunk is.
type Figures struct {
	Done, Failed, InFlight int
	USD                    float64 // paid
}

// Stages are in which order the chunks of a run are worked on: none is taken
// while one of an earlier stage is not done. That is the barrier.
const (
	stageSynthesize = 20
	stageAssure     = 30
	stageTogether   = 31 // one chunk, for what judges all assets together
	stageDeliver    = 40
)

// clock is the database's time in milliseconds: that of the machines may differ.
const clock = "(extract(epoch from clock_timestamp()) * 1000)::bigint"

// wanted says which chunks a worker takes.
type wanted struct {
	layers   []string
	run      string   // "" = of any run
	not      []string // "RUN LAYER"
	takeOver bool     // those of dead workers too
}

// claim takes an open chunk; nil when there is none.
func (c *Cluster) claim(ctx context.Context, w wanted) (*Chunk, error) {
	k := &Chunk{c: c, stop: make(chan struct{}), paused: make(chan struct{})}
	var settings string
	err := c.db.QueryRowContext(ctx, `
		UPDATE genops_chunks SET owner = $1, worker = $1, epoch = epoch + 1, lease = `+clock+` + $2
		WHERE (run, stage, chunk) = (
			SELECT run, stage, chunk FROM genops_chunks AS c
			WHERE state = 'open' AND layer = ANY($3) AND (owner = '' OR $4 AND lease < `+clock+`)
			AND ($5 = '' OR run = $5) AND NOT run || ' ' || layer = ANY($6)
			AND NOT EXISTS (SELECT 1 FROM genops_chunks AS b WHERE b.run = c.run AND b.stage < c.stage AND b.state <> 'done')
			ORDER BY run, stage, chunk FOR UPDATE SKIP LOCKED LIMIT 1)
		RETURNING run, layer, stage, chunk, first, items, settings, epoch, granted`,
		c.name, c.lease.Milliseconds(), w.layers, w.takeOver, w.run, append([]string{}, w.not...)).
		Scan(&k.Run, &k.Layer, &k.stage, &k.Number, &k.First, &k.Items, &settings, &k.epoch, &k.granted)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(settings), &k.Settings)
	}
	return k, err
}

// saw takes in how far the chunk is, for others to see.
func (k *Chunk) saw(f Figures) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen = f
}

func (k *Chunk) figures() Figures {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen
}

// renew keeps the chunk for a further lease, tells how far it is, and learns
// whether the run is paused.
func (k *Chunk) renew(ctx context.Context) error {
	f := k.figures()
	var state string
	err := k.c.db.QueryRowContext(ctx, "UPDATE genops_chunks SET lease = "+clock+" + $5, done = $6, failed = $7, in_flight = $8, usd = $9"+held+" RETURNING state",
		k.Run, k.stage, k.Number, k.epoch, k.c.lease.Milliseconds(), f.Done, f.Failed, f.InFlight, f.USD).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrTakenOver
	}
	if err == nil && state == "paused" {
		select {
		case <-k.paused:
		default:
			close(k.paused)
		}
	}
	return err
}

// end lets go of the chunk: state done, failed, short, or open for whoever comes.
func (k *Chunk) end(ctx context.Context, state, why string, spent float64) error {
	f := k.figures()
	return k.change(ctx, `owner = '', lease = 0, state = CASE WHEN state = 'paused' AND $5 = 'open' THEN 'paused' ELSE $5 END, why = $6,
		done = $7, failed = $8, in_flight = 0, usd = $9, granted = $10, spent = $10`, state, why, f.Done, f.Failed, f.USD, spent)
}

// change changes the chunk's row while this process holds it.
func (k *Chunk) change(ctx context.Context, set string, args ...any) error {
	return changed(k.c.db.ExecContext(ctx, "UPDATE genops_chunks SET "+set+held, append([]any{k.Run, k.stage, k.Number, k.epoch}, args...)...))
}

// held is true of the chunk's row while this process holds it.
const held = " WHERE run = $1 AND stage = $2 AND chunk = $3 AND epoch = $4 AND owner <> ''"

func changed(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrTakenOver)
	}
	return nil
}

// tick is the time between two looks of others at how far a chunk is.
const tick = 500 * time.Millisecond

// keep renews the lease until ctx ends, and ends the chunk's work by cancel when
// another worker has it. look takes in how far the chunk is.
func (k *Chunk) keep(ctx context.Context, cancel context.CancelCauseFunc, look func()) {
	for {
		select {
		case <-time.After(tick):
		case <-ctx.Done():
			return
		}
		look()
		if err := insist(ctx, k.renew); err != nil && ctx.Err() == nil {
			cancel(err)
			return
		}
	}
}

// save writes texts by seq into a table of the run's, in one statement, which
// holds the chunk's row, so that nobody takes it over meanwhile.
func (k *Chunk) save(ctx context.Context, table, column string, seqs []int64, texts []string) error {
	if len(seqs) == 0 {
		return nil
	}
	return insist(ctx, func(ctx context.Context) error {
		r, err := k.c.db.ExecContext(ctx, `
			WITH held AS (SELECT 1 FROM genops_chunks`+held+` FOR SHARE)
			INSERT INTO `+table+` (run, seq, `+column+`) SELECT $1, u.seq, u.text FROM unnest($5::bigint[], $6::text[]) AS u(seq, text), held
			ON CONFLICT (run, seq) DO UPDATE SET `+column+` = excluded.`+column, k.Run, k.stage, k.Number, k.epoch, seqs, texts)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != int64(len(seqs)) {
			return ErrTakenOver
		}
		return nil
	})
}

// requests are the chunk's, numbered from 0.
func (k *Chunk) requests(ctx context.Context) (pipeline.PlannedSource, error) {
	texts, err := k.c.planned(ctx, k.Run, k.First, k.First+int64(k.Items))
	if err == nil && len(texts) != k.Items {
		err = fmt.Errorf("chunk %d of run %s has %d requests; expected %d", k.Number, k.Run, len(texts), k.Items)
	}
	return func(yield func(*pipeline.Planned) error) error {
		for i, text := range texts {
			p, err := decodePlanned(k.Run, k.First+int64(i), text)
			if err != nil {
				return err
			}
			p.Seq = int64(i)
			if p.TwinOf != nil { // -1: its twin is in another chunk
				twin := max(*p.TwinOf-k.First, -1)
				p.TwinOf = &twin
			}
			if err := yield(p); err != nil {
				return err
			}
		}
		return nil
	}, err
}

func decodePlanned(run string, seq int64, text string) (*pipeline.Planned, error) {
	var p pipeline.Planned
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("request %d of run %s: %w", seq, run, err)
	}
	if p.Request.Media == nil || p.Seq != seq {
		return nil, fmt.Errorf("request %d of run %s is numbered %d, or is for no media", seq, run, p.Seq)
	}
	return &p, nil
}

// planned reads a run's requests from one seq up to another.
func (c *Cluster) planned(ctx context.Context, run string, from, to int64) (texts []string, err error) {
	rows, err := c.texts(ctx, "SELECT seq, planned FROM genops_requests WHERE run = $1 AND seq >= $2 AND seq < $3 ORDER BY seq", run, from, to)
	for _, r := range rows {
		texts = append(texts, r.text)
	}
	return texts, err
}

// row is a text of a run, by seq.
type row struct {
	seq  int64
	text string
}

// texts reads rows of a seq and a text, as often as it takes.
func (c *Cluster) texts(ctx context.Context, query string, args ...any) (out []row, err error) {
	err = insist(ctx, func(ctx context.Context) error {
		out = out[:0]
		rows, err := c.db.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.seq, &r.text); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	return out, err
}
