package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"

	"github.com/GaboBase/arch-genops/gate"
)

// Check is one validator of layer 3; exactly one of Each and All is set.
type Check struct {
	Metric   string
	Required bool // an asset that it can't judge, or fails, is not delivered
	Each     Validator
	All      BatchValidator
}

// Assurance is layer 3: it judges the assets of a run and lets a gate decide.
type Assurance struct {
	Checks []Check
	Rules  []gate.Rule // over the metrics of Checks and PassRate
	Width  int         // assets judged at a time, >= 1
	// Only, if not nil, judges these requests alone, by Seq, into PilotFindingsFile.
	Only     map[int64]bool
	Progress func(done, passed, total int)
}

func (a *Assurance) file() string {
	if a.Only != nil {
		return PilotFindingsFile
	}
	return FindingsFile
}

// PassRate is the metric that every asset has: 1 when it passed all required
// checks, else 0. A request without an asset counts 0.
const PassRate = "pass_rate"

// Assured is what layer 3 came to.
type Assured struct {
	Total, Passed, Failed int // of requests; those without an asset failed
	Decisions             []gate.Decision
	Unavailable           map[string]string // metrics that judged nothing → why
}

// Verdict is that of all rules; without any it is that of the assets: Pass when
// at least one passed.
func (a *Assured) Verdict() gate.Verdict {
	if len(a.Decisions) > 0 {
		return gate.All(a.Decisions...)
	}
	if a.Passed > 0 {
		return gate.Pass
	}
	return gate.Fail
}

// Run judges the assets of a run and writes findings.jsonl.
func (a *Assurance) Run(ctx context.Context, r *MediaRun) (*Assured, error) {
	records, total, err := r.records()
	if err != nil {
		return nil, err
	}
	if a.Only != nil {
		total = len(a.Only)
		maps.DeleteFunc(records, func(seq int64, _ *Record) bool { return !a.Only[seq] })
	}
	first := a.file() + ".part"
	defer os.Remove(r.Path(first))
	var batch []Subject
	if batch, err = a.each(ctx, r, records, total, first); err != nil {
		return nil, err
	}
	together, unjudged := a.all(ctx, batch)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return a.merge(r, first, total, together, unjudged)
}

// records are the results of layer 2, without what only reports need.
func (r *MediaRun) records() (map[int64]*Record, int, error) {
	records := map[int64]*Record{}
	err := r.Records(func(seq int64, _ int, rec *Record) error {
		if rec != nil && rec.OK() {
			records[seq] = rec
		}
		return nil
	})
	return records, r.States[Optimize].OK, err
}

// chunk is how many assets are between reading and writing.
const chunk = 256

// each runs the validators that judge one asset at a time, and returns the
// subjects for those that judge all together.
func (a *Assurance) each(ctx context.Context, r *MediaRun, records map[int64]*Record, total int, file string) (batch []Subject, err error) {
	done, passed := 0, 0
	err = r.WriteLines(file, func(line func(any) error) error {
		var held []*Planned
		flush := func() error {
			judged := a.judge(ctx, r, held, records, &batch)
			for _, j := range judged {
				if err := line(j); err != nil {
					return err
				}
				if j.Pass {
					passed++
				}
			}
			done += len(held)
			held = held[:0]
			if a.Progress != nil {
				a.Progress(done, passed, total)
			}
			return context.Cause(ctx)
		}
		err := r.Planned()(func(p *Planned) error {
			if records[p.Seq] == nil {
				return nil
			}
			kept := *p
			held = append(held, &kept)
			if len(held) == chunk {
				return flush()
			}
			return nil
		})
		return errors.Join(err, flush())
	})
	return batch, err
}

// judge runs the validators of one chunk, several assets at a time.
func (a *Assurance) judge(ctx context.Context, r *MediaRun, planned []*Planned, records map[int64]*Record, batch *[]Subject) []Judged {
	judged := make([]Judged, len(planned))
	subjects := make([]Subject, len(planned))
	places := make(chan struct{}, max(a.Width, 1))
	var wait sync.WaitGroup
	for i, p := range planned {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			subjects[i] = subjectOf(r, p, records[p.Seq])
			judged[i] = a.one(ctx, &subjects[i], p)
		})
	}
	wait.Wait()
	for _, s := range subjects {
		s.Planned = &Planned{Seq: s.Planned.Seq, TwinOf: s.Planned.TwinOf, Item: Item{ID: s.Planned.Item.ID, Draw: s.Planned.Item.Draw, Width: s.Planned.Item.Width, Height: s.Planned.Item.Height}}
		s.Request = Request{ID: s.Request.ID}
		*batch = append(*batch, s)
	}
	return judged
}

// one judges one asset.
func (a *Assurance) one(ctx context.Context, s *Subject, p *Planned) Judged {
	j := Judged{Seq: p.Seq, ID: p.Request.ID, Pass: true}
	for _, c := range a.Checks {
		if c.Each == nil {
			continue
		}
		f, err := c.Each.Validate(ctx, *s)
		j.take(c, f, err)
		s.Findings = j.Findings
	}
	return j
}

func (j *Judged) take(c Check, f Finding, err error) {
	if err != nil {
		j.Unjudged = append(j.Unjudged, c.Metric+": "+err.Error())
		j.hold(c)
		return
	}
	f.Metric = c.Metric
	j.Findings = append(j.Findings, f)
	if !f.Pass {
		j.hold(c)
	}
}

// hold keeps an asset back when a required validator has something against it.
func (j *Judged) hold(c Check) {
	if c.Required {
		j.Pass, j.Because = false, append(j.Because, c.Metric)
	}
}

// subjectOf is what validators are given.
func subjectOf(r *MediaRun, p *Planned, rec *Record) Subject {
	s := Subject{Request: p.Request, Planned: p, Asset: Asset{Text: rec.Text, Seed: rec.Seed, Recipe: rec.Recipe, Moderated: rec.Moderated, CostUSD: rec.CostUSD}}
	if rec.Digest != "" {
		s.Asset.Blob = &Blob{Type: rec.Type, Digest: rec.Digest, Bytes: rec.Bytes, Width: rec.Width, Height: rec.Height}
		s.Open = func() ([]byte, error) { return r.Store.Get(rec.Digest) }
	}
	return s
}

// all runs the validators that judge all assets together.
func (a *Assurance) all(ctx context.Context, batch []Subject) (findings map[string][]Finding, unjudged map[string]string) {
	findings, unjudged = map[string][]Finding{}, map[string]string{}
	for _, c := range a.Checks {
		if c.All == nil || len(batch) == 0 {
			continue
		}
		fs, err := c.All.ValidateBatch(ctx, batch)
		if err == nil && len(fs) != len(batch) {
			err = fmt.Errorf("%d findings for %d assets", len(fs), len(batch))
		}
		if err != nil {
			unjudged[c.Metric] = err.Error()
			continue
		}
		findings[c.Metric] = fs
	}
	return findings, unjudged
}

// merge writes the findings of all validators and lets the gate decide.
func (a *Assurance) merge(r *MediaRun, first string, total int, together map[string][]Finding, unjudged map[string]string) (*Assured, error) {
	g, err := newMediaGate(a, total)
	if err != nil {
		return nil, err
	}
	i := 0
	err = r.WriteLines(a.file(), func(line func(any) error) error {
		return readLines(r.Path(first), func(text []byte) error {
			var j Judged
			if err := json.Unmarshal(text, &j); err != nil {
				return err
			}
			for _, c := range a.Checks {
				if fs := together[c.Metric]; fs != nil {
					j.take(c, fs[i], nil)
				} else if why, ok := unjudged[c.Metric]; ok {
					j.take(c, Finding{}, errors.New(why))
				}
			}
			i++
			g.observe(&j)
			return line(j)
		})
	})
	if err != nil {
		return nil, err
	}
	return g.end(), nil
}
