package evals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// Options say what to run. Zero values mean the default where one is named.
type Options struct {
	Root    string // of the project
	Agent   *registry.Agent
	Release registry.Release
	Set     *testsets.Set
	SetName string           // as a person in the project would write its path
	SetData []byte           // the bytes of the set's file
	SetKeys testsets.Options // how the set was read
	Rules   []Rule

	Seed            *uint64 // nil = DefaultSeed
	Population      bool
	Full            bool // judge every case, even when every rule is decided
	Repeats         int  // draws of each case; 0 = 1
	Subset          Subset
	SkipUnavailable bool   // a rule of genops.yaml that can't be judged does not gate
	RequireFirst    bool   // decide by the first try of each rule on this release and set
	Carry           string // run whose evidence is taken over; "" = none
	Fresh           bool   // do not resume

	Width           int // calls in flight at first, >= 1
	Timeout         time.Duration
	Retries         int
	RepeatAmbiguous bool

	// Start makes the generator of the agent; the run's folder is for its log.
	Start func(dir string) (pipeline.Generator, error)
	Deps  validators.Deps
	// Reports are written into the run's folder, by file name.
	Reports  map[string]func(io.Writer, Result, []CaseRow) error
	Progress func(Progress) // called from one goroutine; may be nil
	// ProgressEvery is the least time between two calls of Progress: each one
	// computes the intervals of all rules.
	ProgressEvery time.Duration
	Stop          <-chan struct{} // closed = stop sending, keep what comes in
	ResumeWith    string          // the command as it was typed; it resumes, and is kept in the result
}

// Progress is what a live view shows.
type Progress struct {
	Run      string
	Resumed  int // cases that an earlier start of this run judged
	Cases    Cases
	InFlight int
	Width    int
	CostUSD  float64
	Elapsed  time.Duration
	Rules    []RuleResult // without Path
}

// Interrupted says that the run was told to stop before it was decided.
type Interrupted struct {
	Run         string
	Done, Total int
	ResumeWith  string // "" when it can't be resumed
}

func (e *Interrupted) Error() string {
	if e.ResumeWith == "" {
		return fmt.Sprintf("interrupted: %d of %d cases are kept in run %s, but it can't be resumed: its digest does not tell which code ran; declare files: or version: in the agent file", e.Done, e.Total, e.Run)
	}
	return fmt.Sprintf("interrupted: %d of %d cases are kept in run %s; resume with: %s", e.Done, e.Total, e.Run, e.ResumeWith)
}

// grace is how long a decided run waits for calls that are still in flight.
const grace = 2 * time.Second

// Run evaluates the agent on the set, or goes on with an unfinished run of the
// same release, set, rules, seed and repeats. Mistakes in the options are
// *UsageError; then nothing was written.
func Run(ctx context.Context, o Options) (*Result, error) {
	began := time.Now()
	m, err := o.manifest(began)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(m, o.Set, o.Deps)
	if err != nil {
		return nil, err
	}
	t, err := newTally(p)
	if err != nil {
		return nil, err
	}
	n := len(p.cases) * p.repeats
	r := &runner{Options: o, plan: p, tally: t, began: began, sends: make([]int, n), records: make(records, n)}
	if err := r.open(m); err != nil {
		return nil, err
	}
	var result *Result
	if err = r.run(ctx); err == nil {
		result, err = r.finish()
	}
	// The ledger is held until the result is there: nobody resumes a run that is
	// being finished.
	if err = errors.Join(err, r.ledger.Close()); err != nil {
		r.discardUseless(err)
		return nil, err
	}
	return result, nil
}

// manifest makes the manifest of a new run; its name is given when its folder
// is made.
func (o *Options) manifest(now time.Time) (*Manifest, error) {
	m := &Manifest{Schema: 1, Kind: "eval", Started: now, Agent: o.Agent.ID, Version: o.Release.Version, Release: o.Release.Digest,
		TestSet: o.SetName, TestSetDigest: o.Set.Digest, TestSetKeys: [2]string{o.SetKeys.Input, o.SetKeys.Expected},
		Input: inputsDir + "/" + filepath.Base(o.Set.Path), Rules: o.Rules, Population: o.Population, Full: o.Full,
		Repeats: max(o.Repeats, 1), Subset: o.Subset, SkipUnavailable: o.SkipUnavailable, RequireFirst: o.RequireFirst, ResumeWith: o.ResumeWith}
	if o.Release.Untraceable != "" {
		m.ResumeWith = ""
	}
	m.Seed = DefaultSeed(m.Release, m.TestSetDigest)
	if o.Seed != nil {
		m.Seed = *o.Seed
	}
	var err error
	if m.Subset.FailedIn != "" {
		if m.Subset.IDs, err = failedIDs(RunsOf(o.Root), m.Subset.FailedIn); err != nil {
			return nil, err
		}
	}
	if o.Carry != "" {
		if m.Carried, err = o.carried(m); err != nil {
			return nil, err
		}
	}
	if o.RequireFirst && o.Release.Untraceable != "" {
		return nil, &UsageError{fmt.Errorf("--require-first: the release can't be told apart from another: %s", o.Release.Untraceable)}
	}
	m.Fingerprint, err = m.fingerprint()
	return m, err
}

// runner is one run under way.
type runner struct {
	Options
	plan            *plan
	tally           *tally
	folder          Folder
	m               *Manifest
	ledger          *assets.Ledger
	began           time.Time
	resumed         bool
	kept            int   // cases judged by earlier starts
	sends           []int // by seq
	records         records
	inFlight, width int       // as last seen
	shown           time.Time // of the last progress
	damaged         int       // lines of the project's evidence that can't be read
	err             error     // of recording
}

// open resumes an unfinished run, or makes a new one.
func (r *runner) open(m *Manifest) (err error) {
	r.m = m
	if !r.Fresh && r.Release.Untraceable == "" {
		var old *Manifest
		if r.folder, old, r.ledger, err = RunsOf(r.Root).resumable(m); err != nil {
			return err
		}
		if r.ledger != nil {
			r.m, r.resumed = old, true
			r.folder.removeTemporary()
		}
	}
	if r.ledger == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	if err = r.remember(); err == nil {
		err = r.load()
	}
	if err != nil {
		return errors.Join(err, r.ledger.Close())
	}
	c := r.tally.countCases()
	r.kept = c.Judged + c.Unjudged
	return nil
}

// create makes a new run. Its manifest comes last, when this process holds the
// ledger and what is carried stands in it: nobody resumes a run before.
func (r *runner) create() (err error) {
	if r.folder, err = RunsOf(r.Root).create(r.m, r.SetData); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	if r.ledger, err = assets.OpenLedger(r.folder.path(ledgerFile)); err == nil {
		if err = r.takeOver(); err == nil {
			err = r.folder.writeManifest(r.m)
		}
		if err != nil {
			err = errors.Join(err, r.ledger.Close())
		}
	}
	if err != nil {
		os.RemoveAll(r.folder.Dir)
	}
	return err
}

// remember notes in the manifest what was tried before with the rules. What
// other runs decided while this one lay unfinished came before it too.
func (r *runner) remember() error {
	prior, damaged, err := priorTries(r.Root, r.m)
	if err != nil {
		return fmt.Errorf("reading earlier evidence: %w", err)
	}
	r.damaged = damaged
	if slices.Equal(prior, r.m.Prior) {
		return nil
	}
	r.m.Prior = prior
	return r.folder.writeManifest(r.m)
}

// load takes in what the ledger already holds.
func (r *runner) load() error {
	var held []assets.Call
	err := r.ledger.Calls(func(c assets.Call) error {
		pos, draw, ok := r.plan.at(c.Seq)
		if !ok {
			return fmt.Errorf("run %s: ledger record %d (%s) does not belong to this test set", r.m.Run, c.Seq, c.ID)
		}
		r.sends[c.Seq] = c.Sends
		if c.State != assets.Done {
			held = append(held, c)
			return nil
		}
		j, err := decodeJudgement(c)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.m.Run, err)
		}
		r.records.set(c)
		r.tally.add(pos, draw, j)
		return nil
	})
	if err != nil || r.RepeatAmbiguous {
		return err
	}
	for _, c := range held {
		pos, draw, _ := r.plan.at(c.Seq)
		r.record(pos, draw, c.Key, &Judgement{State: errored,
			Error: "its fate is unknown since a crash, and evals.ambiguous is hold"})
	}
	return r.err
}

// run sends what is still missing.
func (r *runner) run(ctx context.Context) error {
	if r.complete() {
		return nil
	}
	generator, err := r.Start(r.folder.Dir)
	if err != nil {
		return err
	}
	if c, ok := generator.(io.Closer); ok {
		defer c.Close()
	}
	if !r.enough() {
		err = r.sweep(ctx, generator, 1)
	}
	for draw := 2; draw <= r.plan.repeats && err == nil && !r.stopped(); draw++ {
		err = r.sweep(ctx, generator, draw)
	}
	interrupted := r.stopped() && !r.complete() || ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
	if err != nil && !interrupted {
		return err
	}
	if interrupted {
		return r.interrupted()
	}
	return nil
}

// enough says that every rule is decided and no further case needs to be drawn.
func (r *runner) enough() bool { return r.plan.earlyStop && r.tally.allDecided() }

func (r *runner) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}

// complete says whether nothing is left to send.
func (r *runner) complete() bool {
	if len(r.missing(1)) > 0 && !r.enough() {
		return false
	}
	for draw := 2; draw <= r.plan.repeats; draw++ {
		if len(r.missing(draw)) > 0 {
			return false
		}
	}
	return true
}

func (r *runner) interrupted() error {
	c := r.tally.countCases()
	return &Interrupted{Run: r.m.Run, Done: c.Judged + c.Unjudged, Total: c.Total, ResumeWith: r.m.ResumeWith}
}

// missing lists the positions without a result for a draw, in drawn order.
// Repeats are drawn only of cases that were judged.
func (r *runner) missing(draw int) []int {
	var out []int
	for pos, j := range r.tally.first {
		if draw == 1 && j == nil || draw > 1 && j != nil && r.tally.repeats[r.plan.seq(pos, draw)] == nil {
			out = append(out, pos)
		}
	}
	return out
}

// failedIDs lists the cases of a run that did not pass.
func failedIDs(runs Runs, ref string) ([]string, error) {
	f, err := runs.Find(ref)
	if err != nil {
		return nil, &UsageError{err}
	}
	old, err := f.load()
	if err != nil {
		return nil, fmt.Errorf("--failed-in %s: %w", ref, err)
	}
	var ids []string
	for pos, j := range old.tally.first {
		if j != nil && j.State != passed {
			ids = append(ids, old.plan.cases[old.plan.order[pos]].ID)
		}
	}
	if len(ids) == 0 {
		return nil, &UsageError{fmt.Errorf("--failed-in %s: every judged case of run %s passed", ref, f.ID)}
	}
	return ids, nil
}

// discardUseless removes the folder of a new run whose agent could not be used
// at all, so that the errors of its cases are not resumed when it can. After any
// other error, calls that were sent must not be forgotten.
func (r *runner) discardUseless(err error) {
	var unusable *pipeline.Unusable
	sent, c := slices.Max(r.sends) > 0, r.tally.countCases()
	if !r.resumed && c.Judged+c.Unjudged == c.Errored && (!sent || errors.As(err, &unusable)) {
		os.RemoveAll(r.folder.Dir)
	}
}
