package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaPlan is what layer 1 worked out, before anything is written.
type mediaPlan struct {
	x        *media
	manifest *pipeline.MediaManifest
	brief    []byte
	items    []pipeline.Item
	notes    []string
	parsed   *pipeline.Brief
	plan     pipeline.Plan
	makers   []*maker
	forecast *forecast
	stimulus *stimulus // nil = none
}

func (p *mediaPlan) close() { p.x.closeMakers(p.makers) }

// requests yields the plan's requests; run goes into their job IDs.
func (p *mediaPlan) requests(run string) pipeline.PlannedSource {
	plan := p.plan
	plan.Seed = run
	return func(yield func(*pipeline.Planned) error) error { return usage(plan.Requests(p.items, yield)) }
}

// open resumes an unfinished run of the same plan, or makes a new one.
func (p *mediaPlan) open(x *media, fresh bool, runs assets.Runs) (*mediaWork, error) {
	w := &mediaWork{media: x, makers: p.makers}
	if !fresh {
		run, err := resumableMedia(runs, p.manifest.Fingerprint, x.store())
		if err != nil {
			return nil, err
		}
		if run != nil {
			fmt.Fprintf(x.Stderr, "going on with run %s\n", run.ID)
			w.run = run
			return w, nil
		}
	}
	run, err := pipeline.CreateMediaRun(runs, p.manifest, p.brief, x.store())
	if err != nil {
		return nil, err
	}
	if err := p.write(run); err != nil {
		return nil, errors.Join(err, run.Close(), os.RemoveAll(run.Dir))
	}
	w.run = run
	return w, nil
}

// write is the end of layer 1: the requests of the run.
func (p *mediaPlan) write(run *pipeline.MediaRun) error {
	began, n := time.Now(), 0
	err := run.WriteLines(pipeline.RequestsFile, func(line func(any) error) error {
		return p.requests(run.ID)(func(q *pipeline.Planned) error {
			n++
			return line(q)
		})
	})
	if err != nil {
		return err
	}
	return run.Complete(pipeline.Optimize, pipeline.LayerState{Total: n, OK: n, CostUSD: p.stimulus.spent(), Took: time.Since(began).Milliseconds()})
}

// resumableMedia finds the newest unfinished run of the same plan. The error is
// assets.ErrInUse while another process works on it.
func resumableMedia(runs assets.Runs, fingerprint, store string) (*pipeline.MediaRun, error) {
	all, err := runs.List()
	if err != nil {
		return nil, err
	}
	for _, f := range slices.Backward(all) {
		if !strings.Contains(f.ID, "-"+fingerprint[:6]) || f.Finished() || f.Cancelled() {
			continue
		}
		m, err := pipeline.ReadMediaManifest(f)
		if err != nil || m.Fingerprint != fingerprint {
			continue
		}
		run, err := pipeline.OpenMediaRun(f, store)
		if errors.Is(err, assets.ErrInUse) {
			return nil, fmt.Errorf("%w, of the same plan: wait for it, or start one more with --fresh", &underWay{f.ID, err})
		}
		if err != nil {
			return nil, fmt.Errorf("resuming run %s: %w (--fresh starts a new run instead)", f.ID, err)
		}
		if run.Finished() || !run.States[pipeline.Optimize].Done { // by a process that has just let go; or killed while it was made
			run.Close()
			continue
		}
		return run, nil
	}
	return nil, nil
}
