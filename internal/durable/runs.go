package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Kept is for how long a finished run stays in the database.
const Kept = 7 * 24 * time.Hour

// Shared is what a machine needs of a run to go on with it, beside its rows.
type Shared struct {
	Run      string
	Manifest string // run.json
	Brief    string
	Layers   string // layers.json
	Result   string // result.json; "" = not finished
	Requests int
	Assets   string // as in Settings
	Holder   string // who goes on with it now; "" = nobody
}

// ErrOtherRun says that the database has another run of the same name.
var ErrOtherRun = errors.New("the database has another run of this name")

// Publish writes a run and its requests, so that other machines can go on with
// it. Finished runs that are old are removed. The same again changes nothing but
// where the assets are.
func (c *Cluster) Publish(ctx context.Context, s Shared, requests pipeline.PlannedSource) error {
	err := insist(ctx, c.purge)
	if err != nil {
		return err
	}
	err = insist(ctx, func(ctx context.Context) error {
		r, err := c.db.ExecContext(ctx, `INSERT INTO genops_runs (run, manifest, brief, layers, requests, assets, touched) VALUES ($1, $2, $3, $4, $5, $6, `+clock+`)
			ON CONFLICT (run) DO UPDATE SET manifest = excluded.manifest, brief = excluded.brief, requests = excluded.requests, assets = excluded.assets, touched = excluded.touched
			WHERE genops_runs.manifest IN ('', excluded.manifest)`, s.Run, s.Manifest, s.Brief, s.Layers, s.Requests, s.Assets)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("run %s: %w", s.Run, ErrOtherRun))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n, err := c.count(ctx, s.Run); err != nil || n == int64(s.Requests) {
		return err
	}
	var seqs []int64
	var texts []string
	flush := func() error {
		err := insist(ctx, func(ctx context.Context) error {
			_, err := c.db.ExecContext(ctx, "INSERT INTO genops_requests (run, seq, planned) SELECT $1, u.seq, u.planned FROM unnest($2::bigint[], $3::text[]) AS u(seq, planned) ON CONFLICT DO NOTHING", s.Run, seqs, texts)
			return err
		})
		seqs, texts = seqs[:0], texts[:0]
		return err
	}
	err = requests(func(p *pipeline.Planned) error {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if seqs, texts = append(seqs, p.Seq), append(texts, string(text)); len(seqs) == 500 {
			return flush()
		}
		return nil
	})
	if err == nil && len(seqs) > 0 {
		err = flush()
	}
	return err
}

// purge removes runs that have been finished for long.
func (c *Cluster) purge(ctx context.Context) error {
	old := fmt.Sprintf("result <> '' AND touched < %s - %d", clock, Kept.Milliseconds())
	rows, err := c.texts(ctx, "SELECT 0::bigint, run FROM genops_runs WHERE "+old)
	for _, r := range rows {
		if err == nil {
			err = c.forget(ctx, r.text, old)
		}
	}
	return err
}

// Find reads what is known of a run; fs.ErrNotExist when nothing is.
func (c *Cluster) Find(ctx context.Context, run string) (s Shared, err error) {
	err = insist(ctx, func(ctx context.Context) error {
		return c.db.QueryRowContext(ctx, "SELECT run, manifest, brief, layers, result, requests, assets, holder FROM genops_runs WHERE run = $1 AND manifest <> ''", run).
			Scan(&s.Run, &s.Manifest, &s.Brief, &s.Layers, &s.Result, &s.Requests, &s.Assets, &s.Holder)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("run %q: the database does not have it: %w", run, fs.ErrNotExist)
	}
	return s, err
}

// List reads the names of all runs, in their order.
func (c *Cluster) List(ctx context.Context) (names []string, err error) {
	rows, err := c.texts(ctx, "SELECT 0::bigint, run FROM genops_runs WHERE manifest <> '' ORDER BY run")
	for _, r := range rows {
		names = append(names, r.text)
	}
	return names, err
}

// Update writes how far a run is; result is "" while it is not finished.
func (c *Cluster) Update(ctx context.Context, run, layers, result string) error {
	return insist(ctx, func(ctx context.Context) error {
		_, err := c.db.ExecContext(ctx, "UPDATE genops_runs SET layers = $2, result = $3, touched = "+clock+" WHERE run = $1", run, layers, result)
		return err
	})
}

// Planned yields the requests of a run that was published.
func (c *Cluster) Planned(ctx context.Context, run string, total int) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		n := 0
		for from := int64(0); from < int64(total); from += 1000 {
			texts, err := c.planned(ctx, run, from, from+1000)
			if err != nil {
				return err
			}
			for i, text := range texts {
				p, err := decodePlanned(run, from+int64(i), text)
				if err == nil {
					err = yield(p)
				}
				if err != nil {
					return err
				}
				n++
			}
		}
		if n != total {
			return fmt.Errorf("the database has %d requests of run %s; expected %d", n, run, total)
		}
		return nil
	}
}

// Hold makes this process the one that goes on with a run, when nobody else is;
// one that died is waited for until its lease has ended: waiting tells of that.
// lost is called when another process took the run over, which is after this one
// could not be heard of for the time of a lease.
func (c *Cluster) Hold(ctx context.Context, run string, waiting func(holder string), lost func(error)) (release func(), err error) {
	for told := false; ; {
		got, holder, err := c.take(ctx, run)
		if err != nil {
			return nil, err
		}
		if got {
			break
		}
		if !told && waiting != nil {
			waiting(holder)
			told = true
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	keeping, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-time.After(Lease / 4):
			case <-keeping.Done():
				return
			}
			got, holder, err := c.take(keeping, run)
			if err == nil && !got {
				err = fmt.Errorf("run %s was taken over by %s", run, holder)
			}
			if err != nil && keeping.Err() == nil {
				lost(err)
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), Lease)
		defer stop() // the lease's end does it as well
		insist(last, func(ctx context.Context) error {
			_, err := c.db.ExecContext(ctx, "UPDATE genops_runs SET holder = '', lease = 0 WHERE run = $1 AND holder = $2", run, c.name)
			return err
		})
	}, nil
}

// take takes or keeps a run, or tells who has it.
func (c *Cluster) take(ctx context.Context, run string) (got bool, holder string, err error) {
	err = insist(ctx, func(ctx context.Context) error {
		r, err := c.db.ExecContext(ctx, "UPDATE genops_runs SET holder = $2, lease = "+clock+" + $3 WHERE run = $1 AND (holder IN ('', $2) OR lease < "+clock+")", run, c.name, Lease.Milliseconds())
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if got = n > 0; got || err != nil {
			return err
		}
		return c.db.QueryRowContext(ctx, "SELECT holder FROM genops_runs WHERE run = $1", run).Scan(&holder)
	})
	return got, holder, err
}
