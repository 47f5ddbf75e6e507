package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"

	"github.com/GaboBase/arch-genops/assets"
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
			judged := a.Judge(ctx, r.Store, held, records)
			batch = append(batch, subjectsOf(r.Store, held, records, judged)...)
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

// Judge runs the validators that judge one asset at a time, several assets at a
// time. Each of the planned requests has a record.
func (a *Assurance) Judge(ctx context.Context, store assets.Store, planned []*Planned, records map[int64]*Record) []Judged {
	judged := make([]Judged, len(planned))
	places := make(chan struct{}, max(a.Width, 1))
	var wait sync.WaitGroup
	for i, p := range planned {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			s := subjectOf(store, p, records[p.Seq])
			judged[i] = a.one(ctx, &s, p)
		})
	}
	wait.Wait()
	return judged
}

// subjectsOf are what validators that judge all assets together are given,
// without what they don't need.
func subjectsOf(store assets.Store, planned []*Planned, records map[int64]*Record, judged []Judged) []Subject {
	batch := make([]Subject, len(planned))
	for i, p := range planned {
		s := subjectOf(store, p, records[p.Seq])
		s.Planned = &Planned{Seq: p.Seq, TwinOf: p.TwinOf, Item: Item{ID: p.Item.ID, Draw: p.Item.Draw, Width: p.Item.Width, Height: p.Item.Height}}
		s.Request, s.Findings = Request{ID: p.Request.ID}, judged[i].Findings
		batch[i] = s
	}
	return batch
}

// Together adds to what Judge said what the validators say that judge all assets
// of a run together. All slices are in the order of the run.
func (a *Assurance) Together(ctx context.Context, store assets.Store, planned []*Planned, records map[int64]*Record, judged []Judged) {
	findings, unjudged := a.all(ctx, subjectsOf(store, planned, records, judged))
	for i := range judged {
		a.join(&judged[i], i, findings, unjudged)
	}
}

// join takes in what the validators of all assets said of the ith one.
func (a *Assurance) join(j *Judged, i int, together map[string][]Finding, unjudged map[string]string) {
	for _, c := range a.Checks {
		if fs := together[c.Metric]; fs != nil {
			j.take(c, fs[i], nil)
		} else if why, ok := unjudged[c.Metric]; ok {
			j.take(c, Finding{}, errors.New(why))
		}
	}
}

// Write writes the file of findings from what is judged already, and lets the gate
// decide.
func (a *Assurance) Write(r *MediaRun, total int, judged func(yield func(*Judged) error) error) (*Assured, error) {
	g, err := newMediaGate(a, total)
	if err != nil {
		return nil, err
	}
	err = r.WriteLines(a.file(), func(line func(any) error) error {
		return judged(func(j *Judged) error {
			g.observe(j)
			return line(j)
		})
	})
	if err != nil {
		return nil, err
	}
	return g.end(), nil
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
func subjectOf(store assets.Store, p *Planned, rec *Record) Subject {
	s := Subject{Request: p.Request, Planned: p, Asset: Asset{Text: rec.Text, Seed: rec.Seed, Recipe: rec.Recipe, Moderated: rec.Moderated, CostUSD: rec.CostUSD}}
	if rec.Digest != "" {
		s.Asset.Blob = &Blob{Type: rec.Type, Digest: rec.Digest, Bytes: rec.Bytes, Width: rec.Width, Height: rec.Height}
		s.Open = func() ([]byte, error) { return store.Get(rec.Digest) }
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
	return a.Write(r, total, func(yield func(*Judged) error) error {
		i := 0
		return readLines(r.Path(first), func(text []byte) error {
			var j Judged
			if err := json.Unmarshal(text, &j); err != nil {
				return err
			}
			a.join(&j, i, together, unjudged)
			i++
			return yield(&j)
		})
	})
}
