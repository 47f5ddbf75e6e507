package promptfoo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators"
)

// Runner answers the cases of a run: it renders a row's prompt, asks the row's
// provider, and judges by the row's assertions. It is safe for concurrent use
// after New. Cases must be asked in the order of Rows where one of them builds
// upon another: see Serial.
type Runner struct {
	Project   *project.Project
	Rows      []project.Row
	Languages *Languages          // what runs the user's code
	Prices    *prices.Table       // nil = only what providers report costs something
	Getenv    func(string) string // nil = os.Getenv
	Width     int                 // calls in flight at most
	Timeout   time.Duration       // of one call; 0 = 5 minutes
	Retries   int                 // further attempts after a failure that passes
	Repeat    bool                // try again also when nobody knows what became of a call
	Exact     bool                // verdicts of promptfoo to the letter, silent passes included
	Prompts   *validators.Prompts // wordings of judges' questions; nil = those that are built in
	Memory    *Memory             // answers of earlier calls; nil = none
	EvalID    string              // that templates and scripts see

	Grader string // PROVIDER:MODEL that judges where nothing names one; "" = as the environment has a key

	grader *grader
	// Who judges where nothing names one; nil = nobody.
	judging, embedding, moderating *project.Provider
	tries                          sync.Map // row → *attempts
	callers                        callers
	began                          time.Time
	byID                           map[string]int
	uses                           map[*project.Test]int // rows of each test
	contexts                       sync.Map              // *project.Test → *jsvalue.Object: the test as scripts see it
	state                          state
	groups                         map[int]*group // by test index, where outputs are compared with each other
	serial                         *chain
	slots                          chan struct{}
}

// New prepares a runner; it calls nobody.
func New(run *Runner) (*Runner, error) {
	if run.Getenv == nil {
		run.Getenv = os.Getenv
	}
	if run.Prompts == nil {
		run.Prompts = &validators.Prompts{}
	}
	run.Width = max(run.Width, 1)
	run.callers.make = run.newCaller
	run.began = time.Now()
	run.byID = make(map[string]int, len(run.Rows))
	run.uses = make(map[*project.Test]int, len(run.Rows))
	for i := range run.Rows {
		run.byID[CaseID(&run.Rows[i])] = i
		run.uses[run.Rows[i].Test]++
	}
	run.slots = make(chan struct{}, run.Width)
	run.groups = groupsOf(run.Rows)
	run.serial = newChain(run.Rows)
	run.defaultJudges()
	run.grader = newGrader(run)
	return run, nil
}

// CaseID names the case of a row: t12-p1 is the row with testIdx 12 and
// promptIdx 1.
func CaseID(row *project.Row) string { return fmt.Sprintf("t%d-p%d", row.TestIndex, row.PromptIndex) }

// Close ends what was started.
func (r *Runner) Close() error { return errors.Join(r.callers.close(), r.Memory.Close()) }

func (r *Runner) getenv(name string) string {
	if v, ok := r.Project.Env[name]; ok && v != "" {
		return v
	}
	return r.Getenv(name)
}

// environ is the environment of the user's programs.
func (r *Runner) environ(own map[string]string) []string {
	env := os.Environ()
	for _, more := range []map[string]string{r.Project.Env, own} {
		for k, v := range more {
			env = append(env, k+"="+v)
		}
	}
	return env
}

// defaultTimeout is that of one call where nothing names another: promptfoo's.
const defaultTimeout = 5 * time.Minute

// timeout is that of one call: the configuration's, else the command's.
func (r *Runner) timeout() time.Duration {
	if ms := r.Project.Evaluate.TimeoutMS; ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	return cmp.Or(r.Timeout, defaultTimeout)
}

// Generate answers the case that the request names. What went wrong in the row
// is in the asset; an error is one after which the call may be made again.
func (r *Runner) Generate(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
	id, _, _ := strings.Cut(q.ID, "#")
	i, ok := r.byID[id]
	if !ok {
		return pipeline.Asset{}, fmt.Errorf("no row %s", id)
	}
	if err := r.serial.enter(ctx, i); err != nil {
		return pipeline.Asset{}, err
	}
	rec, err := r.answer(ctx, i)
	if err != nil {
		if rec = r.exhausted(ctx, i, rec, err); rec == nil {
			return pipeline.Asset{}, err
		}
	}
	r.serial.leave(i)
	return rec.asset()
}

// answer runs a row, alone or together with those that it is compared with.
func (r *Runner) answer(ctx context.Context, i int) (*record, error) {
	if g := r.groups[r.Rows[i].TestIndex]; g != nil {
		return r.compared(ctx, g, i)
	}
	return r.row(ctx, i)
}

// asset is a record in the terms of the pipeline.
func (rec *record) asset() (a pipeline.Asset, err error) {
	detail, ok := jsvalue.Stringify(rec.object(), "")
	if !ok {
		return a, errors.New("a row without a record")
	}
	v := &pipeline.OwnVerdict{Detail: json.RawMessage(detail), Cached: rec.cached}
	v.Findings, v.Unjudged = rec.findings()
	switch {
	case rec.success:
		v.State = "passed"
	case rec.unjudged != "":
		v.State = "unjudged"
		if len(v.Unjudged) == 0 {
			v.Unjudged = []pipeline.Finding{{Metric: "pass_rate", Reason: rec.unjudged}}
		}
	case rec.failure == failureError:
		v.State = "errored"
	default:
		v.State = "failed"
	}
	a = pipeline.Asset{Own: v, Sends: 1, Latency: time.Duration(rec.latencyMS * float64(time.Millisecond))}
	if rec.failure == failureError {
		a.Err = rec.errText
	}
	if resp := rec.response; resp != nil {
		a.CostUSD = resp.Cost + rec.judgeCost
		a.Usage = pipeline.Usage{InputTokens: resp.Tokens.Prompt, OutputTokens: resp.Tokens.Completion, ReasoningTokens: resp.Tokens.Reasoning}
		a.Text = outputText(resp)
		if _, isText := resp.Output.(string); !isText && resp.HasOutput {
			a.JSON = json.RawMessage(a.Text)
		}
		a.FinishReason = resp.FinishReason
	}
	return a, nil
}

// outputText is an output as a text: what is no text as JSON.
func outputText(r *Response) string {
	if !r.HasOutput {
		return ""
	}
	if s, ok := r.Output.(string); ok {
		return s
	}
	s, _ := jsvalue.Stringify(r.Output, "")
	return s
}

// findings are the judgements of the row's assertions, sets taken apart.
func (rec *record) findings() (found, unknown []pipeline.Finding) {
	for _, c := range componentsOf(rec.grading) {
		a, ok := jsvalue.Field(c, "assertion")
		if !ok || a == nil {
			continue // the set itself: its members are in the list too
		}
		kind, _ := jsvalue.Field(a, "type")
		f := pipeline.Finding{Metric: jsvalue.ToString(kind)}
		score, _ := jsvalue.Field(c, "score")
		if f.Score, _ = jsvalue.Number(score); math.IsNaN(f.Score) || math.IsInf(f.Score, 0) {
			f.Score = 0 // the record keeps what the code gave
		}
		pass, _ := jsvalue.Field(c, "pass")
		f.Pass = jsvalue.Truthy(pass)
		reason, _ := jsvalue.Field(c, "reason")
		text, _ := reason.(string)
		switch text = shortened(text); {
		case !f.Pass:
			f.Reason = text
		case text != "" && text != passedReason: // what its judge or script said
			f.Features = map[string]string{"reason": text}
		}
		list := &found
		if could, _ := jsvalue.Field(c, "unjudged"); jsvalue.Truthy(could) {
			list = &unknown
		}
		*list = append(*list, f)
		if metric, _ := jsvalue.Field(a, "metric"); jsvalue.Truthy(metric) && jsvalue.ToString(metric) != f.Metric {
			f.Metric = jsvalue.ToString(metric)
			*list = append(*list, f)
		}
	}
	return found, unknown
}

// shortened is as much of a reason as reports show; the record has all of it.
func shortened(text string) string {
	const most = 1000
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// passedReason is what promptfoo writes of a pass that nothing is said about.
const passedReason = "Assertion passed"

// testObject is the test as scripts see it.
func (r *Runner) testObject(t *project.Test) *jsvalue.Object {
	if o, ok := r.contexts.Load(t); ok {
		return o.(*jsvalue.Object)
	}
	o := testObject(t)
	if !r.once(t) {
		r.contexts.Store(t, o)
	}
	return o
}

// tests are those of the rows, each once, in their order.
func (r *Runner) tests() iter.Seq[*project.Test] {
	return func(yield func(*project.Test) bool) {
		seen := make(map[*project.Test]bool, len(r.uses))
		for i := range r.Rows {
			t := r.Rows[i].Test
			if !seen[t] && !yield(t) {
				return
			}
			seen[t] = true
		}
	}
}

// once says that a test has one row only: what is made for it is not kept.
func (r *Runner) once(t *project.Test) bool { return r.uses[t] < 2 }

// TestObject is a test as results show it: without keys of APIs.
func TestObject(t *project.Test) *jsvalue.Object { return project.Public(testObject(t)) }

// testObject is a test as promptfoo's contexts show it.
func testObject(t *project.Test) *jsvalue.Object {
	o := &jsvalue.Object{}
	if t.Description != "" {
		o.Set("description", t.Description)
	}
	o.Set("vars", t.Vars.Clone())
	list := make([]any, len(t.Assert))
	for i := range t.Assert {
		list[i] = t.Assert[i].Raw.Clone()
	}
	o.Set("assert", list)
	if t.Threshold != nil {
		o.Set("threshold", *t.Threshold)
	}
	o.Set("options", t.Options.Raw.Clone())
	o.Set("metadata", t.Metadata.Clone())
	if len(t.Prompts) > 0 {
		o.Set("prompts", texts(t.Prompts))
	}
	if len(t.Providers) > 0 {
		o.Set("providers", texts(t.Providers))
	}
	return o.Merge(t.More)
}

// maxRejections bounds how often a row may be turned away by a provider that is
// overloaded: that costs nothing, so it does not count as Retries.
const maxRejections = 20

// attempts counts what a row was refused.
type attempts struct{ failures, rejections int }

// exhausted ends the record of a row that is not tried again; nil = it is. The run
// itself counts alike, but what it ends has no record. rec may be nil.
func (r *Runner) exhausted(ctx context.Context, i int, rec *record, err error) *record {
	var t *pipeline.Transient
	if ctx.Err() != nil || !errors.As(err, &t) {
		return nil
	}
	known, _ := r.tries.LoadOrStore(i, &attempts{})
	a := known.(*attempts) // a row has one attempt at a time
	if t.Overload || t.Limited {
		a.rejections++
	} else {
		a.failures++
	}
	retries, rejections := r.Retries, maxRejections
	if own := r.Rows[i].Provider.Call.HTTP.MaxRetries; own != nil {
		retries, rejections = min(retries, *own), min(rejections, *own)
	}
	if retries > 0 && a.failures <= retries && a.rejections <= rejections && (!t.Ambiguous || r.Repeat) {
		return nil
	}
	if rec == nil {
		rec = &record{metadata: r.Rows[i].Test.Metadata.Clone(), vars: r.Rows[i].Test.Vars}
	}
	return rec.fail(&r.Rows[i], fmt.Errorf("%w (after %d attempts)", err, a.failures+a.rejections))
}
