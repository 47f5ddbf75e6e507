package evals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/judges"
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
	MaxCases        int  // stop after so many cases of the drawn order, decided or not; 0 = no limit
	Subset          Subset
	SkipUnavailable bool   // a rule of genops.yaml that can't be judged does not gate
	RequireFirst    bool   // decide by the first try of each rule on this release and set
	Carry           string // run whose evidence is taken over; "" = none
	Fresh           bool   // do not resume

	// OwnJudge says that what Start makes judges its answers itself; the set's
	// assertions name what it reports. InOrder draws the cases as they stand in
	// the set: such a run is judged in full. Known is told of each case that an
	// earlier start of the run judged, before anything is called; Recorded of every
	// case that is judged, those included: what it is told later of a draw replaces
	// what it was told before. Both may be nil, and are called by one goroutine.
	OwnJudge, InOrder bool
	Known, Recorded   func(Detail) error

	Width           int // calls in flight at first, >= 1
	Timeout         time.Duration
	Retries         int
	RepeatAmbiguous bool

	// Start makes the generator of the agent; the run's folder is for its log.
	Start func(dir string) (pipeline.Generator, error)
	// Against is the baseline; nil = none. MaxAge is how far apart the two calls
	// of a pair may lie.
	Against  *Arm
	MaxAge   time.Duration
	Memory   Memory
	Spending *pipeline.Spending // nil = no budget
	// ExpectJudge tells what one call of the judge about a metric is likely to cost, in
	// USD, if it holds so many bytes of material, and by how many earlier calls that
	// was measured; 0 = it is a guess. nil = not known.
	ExpectJudge func(metric string, bytes int) (usd float64, measured int)
	Quarantine  *Quarantine // as ReadQuarantine returns it; nil = no list
	Deps        validators.Deps
	// Judges are who judges which metric beside Deps.Judging; Calibrations is what
	// labels tell of all of them.
	Judges []judges.Release
	// Own are the metrics that the user wrote; Deps.Own runs them.
	Own []OwnMetric
	// Simulator plays the users of cases that have one to be simulated; nil = none
	// does. UserSeed changes what its users are like.
	Simulator    *conversation.Simulator
	AsRecorded   bool // judge the answers that the set holds; nobody is asked, and it is no evidence of a release
	UserSeed     int64
	AsksForTools bool // the agent, or the baseline, has tools that others carry out: the set's stubs
	Calibrations []*judges.Calibration
	Uncalibrated string // ReportUncalibrated ("") or BlockUncalibrated
	// Reports are written into the run's folder, by file name.
	Reports  map[string]func(io.Writer, Result, []CaseRow) error
	Progress func(Progress) // called from one goroutine; may be nil
	Forecast func(Planned)  // is told what is about to be called; may be nil
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

// Planned is what a run is about to do, before its first call.
type Planned struct {
	// Calls of the agent, at most: every turn may ask for tools as often as it may.
	// Repeats are counted, attempts that fail and are made again are not.
	Calls         int
	UserCalls     int // likewise, of the model that plays users
	Turns         int // of users, at most
	Conversations int // cases that are conversations, or have tools
	Cached        int // answers that were taken from earlier calls
	Cases         int
	JudgeCalls    int     // about
	JudgeUSD      float64 // of these, expected; not in ExpectedUSD
	JudgeMeasured int     // earlier calls that JudgeUSD was measured by; 0 = it is a guess
	ExpectedUSD   float64
	WorstUSD      float64 // every call at its highest price; +Inf = not worked out, for there is no budget
	Priced        bool    // prices are known
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
	r := &runner{Options: o, plan: p, tally: t, began: began, sends: make([]int, p.slots()), records: make(records, p.slots()), stale: map[int]*Judgement{}, lost: map[int64]int{}}
	if o.Spending != nil && !math.IsInf(o.Spending.LimitUSD, 1) {
		r.purse = pipeline.NewPurse(*o.Spending)
	}
	if o.Memory.Keep != nil {
		r.keeper = newKeeper(o.Memory.Keep)
	}
	closeJudge := r.openJudge(ctx, m)
	if err := r.open(m); err != nil {
		closeJudge()
		return nil, errors.Join(err, r.endKeeping(false))
	}
	var result *Result
	err = r.run(ctx)
	closeJudge()
	if err == nil {
		result, err = r.finish()
	}
	err = errors.Join(err, r.endKeeping(err == nil))
	// The ledger is held until the result is there: nobody resumes a run that is
	// being finished.
	if err = errors.Join(err, r.closeBook(), r.ledger.Close()); err != nil {
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
		Input: assets.InputsDir + "/" + filepath.Base(o.Set.Path), Rules: o.Rules, Population: o.Population, Full: o.Full,
		Repeats: max(o.Repeats, 1), Subset: o.Subset, SkipUnavailable: o.SkipUnavailable, RequireFirst: o.RequireFirst, AsRecorded: o.AsRecorded, MaxCases: o.MaxCases, ResumeWith: o.ResumeWith,
		OwnJudge: o.OwnJudge, InOrder: o.InOrder, Own: o.Own, Labellers: o.Deps.Labelling.Names(), Doubts: !o.OwnJudge}
	if o.InOrder && !o.Full {
		return nil, &UsageError{errors.New("cases in the order of the file are no random sample: such a run must be full")}
	}
	if o.Release.Untraceable != "" {
		m.ResumeWith = ""
	}
	if b := o.Against; b != nil {
		m.Baseline = &ManifestBaseline{Agent: b.Agent, Version: b.Release.Version, Release: b.Release.Digest, MaxAge: o.MaxAge}
	}
	m.Quarantine = o.Quarantine
	releases, err := judgeReleases(o.Deps.Judging, o.Set, o.Rules)
	if err != nil {
		return nil, err
	}
	m.Judges = judgesOf(append(releases, o.Judges...), o.Calibrations, o.Uncalibrated)
	if len(releases) > 0 {
		m.Judge = o.manifestJudge()
	}
	if j := o.Deps.Computing; j != nil && o.Deps.Judging == nil {
		own := manifestOf(j)
		m.Computing = &own
	} else if j := o.Deps.Judging; j != nil && m.Judge == nil && len(j.Params) > 0 {
		m.Computing = &ManifestJudge{Compat: j.Mode.String(), Params: j.Params}
	}
	if s := o.Simulator; s != nil {
		m.Simulate = &ManifestSimulate{s.Name, s.Release, o.UserSeed}
	}
	m.Seed = DefaultSeed(m.Release, m.TestSetDigest)
	if o.Seed != nil {
		m.Seed = *o.Seed
	}
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
	kept            int             // cases judged by earlier starts
	purse           *pipeline.Purse // nil = no budget
	budget          Budget
	reused          Reused
	stale           map[int]*Judgement // answers of the baseline that are too old to decide, by position
	keeper          *keeper            // nil = answers are not kept
	tooLong         int                // answers that are too long to be kept
	lost            map[int64]int      // sends of which a crash took the answer, by seq
	repeating       bool               // further draws are under way: they are all made
	sends           []int              // by seq
	underway        *underway          // the requests of a sweep
	records         records
	inFlight, width int       // as last seen
	shown           time.Time // of the last progress
	judgings        judgings
	book            *conversation.Book // of the turns of conversations; nil = there are none
	damaged         int                // lines of the project's evidence that can't be read
	err             error              // of recording
}

// run makes the calls that are still missing, draw by draw.
func (r *runner) run(ctx context.Context) (err error) {
	var g *arms
	defer func() {
		if g != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	if err = r.judgeLeft(ctx); err != nil {
		return err
	}
	for draw := 1; draw <= r.plan.draws && err == nil && !r.stopped() && !r.short(); draw++ {
		if draw == 1 && r.enough() {
			continue
		}
		if err = r.reuse(ctx, r.missing(draw)); err != nil {
			break
		}
		slots := r.missing(draw)
		if len(slots) == 0 || draw == 1 && r.enough() {
			continue
		}
		if r.Memory.Only {
			return r.lacking(slots)
		}
		if g == nil {
			r.estimate(slots, draw)
			if g, err = r.startArms(); err != nil {
				return err
			}
		}
		r.repeating = draw > 1
		err = r.sweep(ctx, g, slots)
	}
	if ended := ctx.Err() != nil; ended && errors.Is(err, context.Cause(ctx)) || (r.stopped() || ended && err == nil) && !r.complete() {
		return r.interrupted()
	}
	return err
}

// lacking says which answers a recording does not hold.
func (r *runner) lacking(slots []slot) error {
	all := len(r.plan.cases)
	if r.plan.baseline != nil {
		all *= 2
	}
	return fmt.Errorf("%s has no answer for %d of %d calls, for example %s: it was recorded for another test set or seed, or its run stopped before it needed them, or they were too long to keep; record it again with --record, and --full for every case",
		r.Memory.From, len(slots), max(all, len(slots)), r.plan.requestID(slots[0]))
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

// short says that the budget does not allow a further call.
func (r *runner) short() (short bool) {
	if r.purse != nil {
		_, short = r.purse.State()
	}
	return short
}

// spent is what the run paid so far, earlier starts included.
func (r *runner) spent() (usd float64) {
	for seq := range int64(r.plan.slots()) {
		at, _ := r.plan.at(seq)
		if j := r.tally.get(at); j != nil && (r.sends[seq] > 0 || unplayed(j)) {
			usd += j.CostUSD
			if j.Talk != nil {
				usd += j.Talk.UserUSD
			}
		}
	}
	return usd + r.unfinished()
}

// complete says whether nothing is left to send.
func (r *runner) complete() bool {
	if len(r.judgings.left) > 0 && !r.enough() {
		return false
	}
	for draw := 1; draw <= r.plan.draws; draw++ {
		if len(r.missing(draw)) > 0 && !(draw == 1 && r.enough()) {
			return false
		}
	}
	return true
}

func (r *runner) interrupted() error {
	c := r.tally.countCases()
	return &Interrupted{Run: r.m.Run, Done: c.Judged + c.Unjudged, Total: c.Total, ResumeWith: r.m.ResumeWith}
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
	useless := c.Judged+c.Unjudged == c.Errored && (!sent || errors.As(err, &unusable))
	if !r.resumed && (useless || r.Memory.Only) {
		os.RemoveAll(r.folder.Dir)
	}
}
