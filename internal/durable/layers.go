package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// portion is how many items are between two looks at whether to go on.
const portion = 32

// part is what layers behind the second are given of a chunk: the requests with
// an asset.
type part struct {
	planned []*pipeline.Planned
	records map[int64]*pipeline.Record
}

// made reads the assets of a run's requests from one seq up to another.
func (c *Cluster) made(ctx context.Context, run string, from, to int64) (*part, error) {
	p := &part{records: map[int64]*pipeline.Record{}}
	var calls []assets.Call
	err := insist(ctx, func(ctx context.Context) (err error) {
		calls, err = c.calls(ctx, run, from, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, call := range calls {
		if call.State != assets.Done {
			continue
		}
		r, err := pipeline.DecodeRecord(call)
		if err != nil {
			return nil, err
		}
		if r.OK() {
			p.records[call.Seq] = &r
		}
	}
	texts, err := c.planned(ctx, run, from, to)
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		q, err := decodePlanned(run, from+int64(i), text)
		if err != nil {
			return nil, err
		}
		if p.records[q.Seq] != nil {
			p.planned = append(p.planned, q)
		}
	}
	return p, nil
}

// column reads what a table of the run's holds from one seq up to another.
func (c *Cluster) column(ctx context.Context, table, column, run string, from, to int64) (map[int64]string, error) {
	rows, err := c.texts(ctx, "SELECT seq, "+column+" FROM "+table+" WHERE run = $1 AND seq >= $2 AND seq < $3 AND "+column+" <> ''", run, from, to)
	out := map[int64]string{}
	for _, r := range rows {
		out[r.seq] = r.text
	}
	return out, err
}

// portions goes through those of a chunk's items that done lacks, until the
// worker is to stop.
func (w *Worker) portions(ctx context.Context, k *Chunk, p *part, done map[int64]string, each func([]*pipeline.Planned) error) (state string, err error) {
	var rest []*pipeline.Planned
	for _, q := range p.planned {
		if done[q.Seq] == "" {
			rest = append(rest, q)
		}
	}
	for len(rest) > 0 {
		if k.stopped() {
			return "open", nil
		}
		some := rest[:min(portion, len(rest))]
		rest = rest[len(some):]
		f := k.figures()
		f.InFlight = len(some)
		k.saw(f)
		if err := each(some); err != nil {
			return "open", err
		}
		if ctx.Err() != nil {
			return "open", context.Cause(ctx)
		}
	}
	return "done", nil
}

// counted adds to how far a chunk is.
func (k *Chunk) counted(done, failed int) {
	f := k.figures()
	k.saw(Figures{Done: f.Done + done, Failed: f.Failed + failed})
}

// judge runs the validators of layer 3 over a chunk.
func (w *Worker) judge(ctx context.Context, k *Chunk) (state string, err error) {
	a, store, err := w.Judge(k)
	if err != nil {
		return "open", &unfit{err}
	}
	if k.stage == stageTogether {
		return w.together(ctx, k, a, store)
	}
	to := k.First + int64(k.Items)
	p, err := k.c.made(ctx, k.Run, k.First, to)
	if err != nil {
		return "open", err
	}
	done, err := k.c.column(ctx, "genops_findings", "judged", k.Run, k.First, to)
	if err != nil {
		return "open", err
	}
	k.counted(len(done), k.Items-len(p.planned))
	return w.portions(ctx, k, p, done, func(some []*pipeline.Planned) error {
		judged := a.Judge(ctx, store, some, p.records)
		if ctx.Err() != nil {
			return context.Cause(ctx) // they could not judge because of it
		}
		err := k.saveJudged(ctx, "judged", judged)
		k.counted(len(judged), 0)
		return err
	})
}

func (k *Chunk) saveJudged(ctx context.Context, column string, judged []pipeline.Judged) error {
	for len(judged) > 0 {
		some := judged[:min(500, len(judged))]
		judged = judged[len(some):]
		seqs, texts := make([]int64, len(some)), make([]string, len(some))
		for i := range some {
			text, err := json.Marshal(&some[i])
			if err != nil {
				return err
			}
			seqs[i], texts[i] = some[i].Seq, string(text)
		}
		if err := k.save(ctx, "genops_findings", column, seqs, texts); err != nil {
			return err
		}
	}
	return nil
}

// together runs the validators that judge all assets of the run together, once,
// when all chunks of the layer are done.
func (w *Worker) together(ctx context.Context, k *Chunk, a *pipeline.Assurance, store assets.Store) (state string, err error) {
	total, err := k.c.count(ctx, k.Run)
	if err != nil {
		return "open", err
	}
	all := &part{records: map[int64]*pipeline.Record{}}
	var judged []pipeline.Judged
	for from := int64(0); from < total; from += 1000 {
		p, err := k.c.made(ctx, k.Run, from, from+1000)
		if err != nil {
			return "open", err
		}
		texts, err := k.c.column(ctx, "genops_findings", "judged", k.Run, from, from+1000)
		if err != nil {
			return "open", err
		}
		for _, q := range p.planned {
			var j pipeline.Judged
			if err := json.Unmarshal([]byte(texts[q.Seq]), &j); err != nil {
				return "failed", fmt.Errorf("request %d of run %s was not judged: %w", q.Seq, k.Run, err)
			}
			judged = append(judged, j)
			// Prompts are not needed, and many.
			all.planned = append(all.planned, &pipeline.Planned{Seq: q.Seq, TwinOf: q.TwinOf, Request: pipeline.Request{ID: q.Request.ID},
				Item: pipeline.Item{ID: q.Item.ID, Draw: q.Item.Draw, Width: q.Item.Width, Height: q.Item.Height}})
			all.records[q.Seq] = p.records[q.Seq]
		}
	}
	a.Together(ctx, store, all.planned, all.records, judged)
	if ctx.Err() != nil {
		return "open", context.Cause(ctx)
	}
	if err := k.saveJudged(ctx, "final", judged); err != nil {
		return "open", err
	}
	return "done", nil
}

// count is how many requests a run has.
func (c *Cluster) count(ctx context.Context, run string) (n int64, err error) {
	err = insist(ctx, func(ctx context.Context) error {
		return c.db.QueryRowContext(ctx, "SELECT count(*) FROM genops_requests WHERE run = $1", run).Scan(&n)
	})
	return n, err
}

// deliver hands a chunk's assets that passed to a deployer.
func (w *Worker) deliver(ctx context.Context, k *Chunk) (state string, err error) {
	d, store, err := w.Deliver(k)
	if err != nil {
		return "open", &unfit{err}
	}
	if c, ok := d.Deployer.(io.Closer); ok {
		defer c.Close()
	}
	to := k.First + int64(k.Items)
	p, err := k.c.made(ctx, k.Run, k.First, to)
	if err != nil {
		return "open", err
	}
	finals, err := k.c.column(ctx, "genops_findings", "final", k.Run, k.First, to)
	if err != nil {
		return "open", err
	}
	passed := map[int64]pipeline.Judged{}
	out := &part{records: p.records}
	for _, q := range p.planned {
		var j pipeline.Judged
		if err := json.Unmarshal([]byte(finals[q.Seq]), &j); err != nil {
			return "failed", fmt.Errorf("request %d of run %s was not judged: %w", q.Seq, k.Run, err)
		}
		if j.Pass {
			passed[q.Seq] = j
			out.planned = append(out.planned, q)
		}
	}
	done, err := k.c.column(ctx, "genops_receipts", "receipt", k.Run, k.First, to)
	if err != nil {
		return "open", err
	}
	k.counted(len(done), 0)
	failures := 0
	var first error
	state, err = w.portions(ctx, k, out, done, func(some []*pipeline.Planned) error {
		receipts, errs := d.Each(ctx, store, some, p.records, passed)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var seqs []int64
		var texts []string
		for i := range receipts {
			if errs[i] != nil {
				failures++
				if first == nil {
					first = fmt.Errorf("%s: %w", some[i].Request.ID, errs[i])
				}
				continue
			}
			text, err := json.Marshal(&receipts[i])
			if err != nil {
				return err
			}
			seqs, texts = append(seqs, some[i].Seq), append(texts, string(text))
		}
		k.counted(len(seqs), len(some)-len(seqs))
		return k.save(ctx, "genops_receipts", "receipt", seqs, texts)
	})
	if failures > 0 && err == nil && state == "done" {
		return "failed", fmt.Errorf("%d of %d assets were not delivered: %w", failures, len(passed), first)
	}
	return state, err
}

// Findings yields what layer 3 said of a run, in its order.
func (c *Cluster) Findings(ctx context.Context, run string, total int) func(yield func(*pipeline.Judged) error) error {
	return func(yield func(*pipeline.Judged) error) error {
		return pages(ctx, c, "genops_findings", "final", run, total, yield)
	}
}

// Receipts yields what layer 4 delivered of a run, in its order.
func (c *Cluster) Receipts(ctx context.Context, run string, total int) func(yield func(*pipeline.Receipt) error) error {
	return func(yield func(*pipeline.Receipt) error) error {
		return pages(ctx, c, "genops_receipts", "receipt", run, total, yield)
	}
}

func pages[T any](ctx context.Context, c *Cluster, table, column, run string, total int, yield func(*T) error) error {
	for from := int64(0); from < int64(total); from += 1000 {
		texts, err := c.column(ctx, table, column, run, from, from+1000)
		if err != nil {
			return err
		}
		for seq := from; seq < from+1000; seq++ {
			text, ok := texts[seq]
			if !ok {
				continue
			}
			var v T
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				return errors.Join(fmt.Errorf("%s: row %d of run %s is not readable", table, seq, run), err)
			}
			if err := yield(&v); err != nil {
				return err
			}
		}
	}
	return nil
}
