package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/GaboBase/arch-genops/assets"
)

// Delivering is layer 4: it hands the assets that passed to a deployer.
type Delivering struct {
	Deployer Deployer
	Width    int // deliveries at a time, >= 1
	Progress func(done, failed, total int)
}

// Delivered is what layer 4 came to.
type Delivered struct {
	Total, OK, Failed int
	Err               error // the first failure; nil when all arrived
}

// Run delivers what passed layer 3 and writes receipts.jsonl. An asset that
// can't be delivered does not hold up the others; run again, it is delivered
// then, for deployers are idempotent.
func (d *Delivering) Run(ctx context.Context, r *MediaRun) (*Delivered, error) {
	passed := map[int64]Judged{}
	err := JudgedIn(r.Folder, func(j *Judged) error {
		if j.Pass {
			passed[j.Seq] = *j
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	records, _, err := r.records()
	if err != nil {
		return nil, err
	}
	out := &Delivered{Total: len(passed)}
	err = r.WriteLines(ReceiptsFile, func(line func(any) error) error {
		var held []*Planned
		flush := func() error {
			receipts, errs := d.Each(ctx, r.Store, held, records, passed)
			for i := range receipts {
				if errs[i] != nil {
					out.Failed++
					out.Err = errors.Join(out.Err, firstOnly(out.Err, fmt.Errorf("%s: %w", held[i].Request.ID, errs[i])))
					continue
				}
				out.OK++
				if err := line(receipts[i]); err != nil {
					return err
				}
			}
			held = held[:0]
			if d.Progress != nil {
				d.Progress(out.OK, out.Failed, out.Total)
			}
			return context.Cause(ctx)
		}
		err := r.Planned()(func(p *Planned) error {
			if _, ok := passed[p.Seq]; !ok {
				return nil
			}
			kept := *p
			held = append(held, &kept)
			if len(held) == 4*max(d.Width, 1) {
				return flush()
			}
			return nil
		})
		return errors.Join(err, flush())
	})
	return out, err
}

// firstOnly is err unless there is one already.
func firstOnly(have, err error) error {
	if have != nil {
		return nil
	}
	return err
}

// Each delivers some assets, several at a time: for each a receipt or an error.
func (d *Delivering) Each(ctx context.Context, store assets.Store, planned []*Planned, records map[int64]*Record, passed map[int64]Judged) ([]Receipt, []error) {
	receipts, errs := make([]Receipt, len(planned)), make([]error, len(planned))
	places := make(chan struct{}, max(d.Width, 1))
	var wait sync.WaitGroup
	for i, p := range planned {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			receipts[i], errs[i] = d.one(ctx, store, p, records[p.Seq], passed[p.Seq])
		})
	}
	wait.Wait()
	return receipts, errs
}

func (d *Delivering) one(ctx context.Context, store assets.Store, p *Planned, rec *Record, j Judged) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	if rec == nil {
		return Receipt{}, errors.New("it passed layer 3, but layer 2 has no asset of it now")
	}
	data := []byte(rec.Text)
	if rec.Digest != "" {
		var err error
		if data, err = store.Get(rec.Digest); err != nil {
			return Receipt{}, err
		}
	}
	receipt, err := d.Deployer.Deploy(ctx, Delivery{Planned: *p, Record: *rec, Judged: j, Data: data})
	receipt.Seq, receipt.ID = p.Seq, p.Request.ID
	return receipt, err
}
