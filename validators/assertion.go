package validators

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/usermetric"
)

// ErrNoJudge is wrapped by New's error for a judged metric: the assertion is
// known and may be right, but there is no model to judge it.
var ErrNoJudge = errors.New("needs a model that judges, and none is configured")

// Embedder compares texts by meaning. Similarity returns the cosine in [-1,1];
// ok is false when it is unknown, e.g. because a text has no known token. Safe
// for concurrent use.
type Embedder interface {
	Similarity(a, b string) (cosine float64, ok bool)
}

// Deps is what validators need from outside. A nil field makes the assertions
// that need it fail in New.
type Deps struct {
	Embedder Embedder
	Judging  *Judging // how judged metrics are set up; nil = there is no judge
	// Computing is how those are set up that ask nobody, where Judging is nil.
	Computing *Judging
	// Assertions is what promptfoo's assertions need: engines for scripts and
	// patterns, the folder of files. What is absent can't be judged.
	Assertions assertions.Deps
	Labelling  *Labelling          // who moderates and classifies; nil = nobody
	Own        *usermetric.Metrics // runs the metrics that the user wrote
}

// spec is one assertion on its way through a builder.
type spec struct {
	name      string // canonical, without "not-"
	value     any    // decoded, numbers as json.Number; nil when absent
	threshold *float64
	deps      Deps
}

// verdict is what a judge found. Its score may still be out of range.
type verdict struct {
	score  float64
	pass   bool
	reason string // "" when passed
}

// judge scores one output. An error means "could not judge".
type judge func(pipeline.Subject) (verdict, error)

// New compiles an assertion. Every error of configuration is found here: it
// names the type and what is allowed, and the caller adds file and line.
// A judged metric becomes a *Judged, or an error that wraps ErrNoJudge where
// nothing is set up to judge.
//
// Finding.Metric is the canonical type, with its "not-"; an assertion's own
// Metric name is for the caller to count under. An assertion of weight 0 never
// fails: its Finding passes with the score that it has. "not-" inverts verdict
// and score; an error stays an error. A Subject whose Asset has Err set is an
// error.
func New(a testsets.Assertion, deps Deps) (pipeline.Validator, error) {
	if foldName(a.Type) == assertSet {
		return newSet(a, deps)
	}
	v, err := newOne(a, deps)
	if err != nil || a.Transform == "" {
		return v, err
	}
	if _, own := v.(transforming); own {
		return v, nil
	}
	return newTransformed(a, v, deps)
}

// whole is v, or nil and the error: a nil pointer would be a validator.
func whole[V pipeline.Validator](v V, err error) (pipeline.Validator, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// newOne compiles an assertion that is no set; its transform is not looked at.
func newOne(a testsets.Assertion, deps Deps) (pipeline.Validator, error) {
	if a.Assert != nil {
		return nil, fmt.Errorf("%s: assert: only an assert-set has assertions of its own", a.Type)
	}
	e, not, err := find(a.Type)
	if err != nil {
		return nil, err
	}
	v := &assertion{name: e.name, inverted: not}
	if not {
		v.name = "not-" + e.name
	}
	if a.Config != nil && !takesConfig(e) {
		return nil, fmt.Errorf("%s: config: only scripts read it (javascript, python)", v.name)
	}
	switch {
	case slices.Contains(LabelledBy(), e.name):
		return newLabelled(a, v.name, deps)
	case e.model:
		return nil, fmt.Errorf("%s: %w in a promptfoo project", v.name, ErrNoJudge)
	case e.foreign || deps.exact() && e.kind == KindAssertion && assertions.Known(v.name):
		set, err := newForeign(a, v.name, deps)
		if err == nil && set.waits(a) {
			return slow{set}, nil
		}
		return whole(set, err)
	case e.kind == KindOwn:
		return whole(newOwn(a, e.name, deps))
	case e.kind == KindJudged && deps.setUp().Computes(a):
		return whole(newComputed(a, e.name, deps))
	case e.kind == KindJudged:
		return whole(newJudged(a, e.name, deps))
	case e.build == nil:
		return nil, fmt.Errorf("%s: follows from the other assertions of a case; use it in a rule, e.g. %s>=0.9", v.name, e.name)
	}
	if v.free, err = weightless(v.name, a.Weight); err != nil {
		return nil, err
	}
	sp := spec{name: e.name, threshold: a.Threshold, deps: deps}
	if t := a.Threshold; t != nil {
		if !e.threshold {
			return nil, fmt.Errorf("%s: takes no threshold", v.name)
		}
		if !(*t >= 0) || math.IsInf(*t, 0) {
			return nil, fmt.Errorf("%s: threshold %v: allowed are numbers >= 0", v.name, *t)
		}
	}
	if len(a.Value) > 0 {
		if sp.value, err = decodeJSON(a.Value); err != nil {
			return nil, fmt.Errorf("%s: value: %w", v.name, err)
		}
		if sp.value == nil {
			return nil, fmt.Errorf("%s: value is null; give one or leave the key out", v.name)
		}
		v.shown = " " + show(sp.value)
	}
	if v.judge, err = e.build(sp); err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	return v, nil
}

// assertion is a compiled assertion. Nothing in it changes after New.
type assertion struct {
	name     string
	shown    string // the value for reasons, "" when absent
	inverted bool
	free     bool // weight 0
	judge    judge
}

// Validate ignores its context: a judgement here is short and local, and one
// that is begun is better finished than lost.
func (v *assertion) Validate(_ context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if err := answered(v.name, s); err != nil {
		return pipeline.Finding{}, err
	}
	got, err := v.judge(s)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.name, err)
	}
	if math.IsNaN(got.score) {
		return pipeline.Finding{}, fmt.Errorf("%s: the score is not a number", v.name)
	}
	got.score = min(max(got.score, 0), 1)
	if v.inverted {
		got = verdict{score: 1 - got.score, pass: !got.pass}
		if !got.pass {
			got.reason = fmt.Sprintf("expected not %s%s, got %s", v.name[len("not-"):], v.shown, quote(s.Asset.Text))
		}
	}
	if v.free {
		got.pass, got.reason = true, ""
	}
	return pipeline.Finding{Metric: v.name, Score: got.score, Pass: got.pass, Reason: got.reason}, nil
}

// answered is the error of a metric where there is no output.
func answered(metric string, s pipeline.Subject) error {
	if s.Asset.Err == "" {
		return nil
	}
	return fmt.Errorf("%s: there is no output: %s", metric, clean(s.Asset.Err))
}

// weightless says that an assertion never fails, since its weight is 0.
func weightless(name string, weight *float64) (bool, error) {
	switch {
	case weight == nil:
		return false, nil
	case !(*weight >= 0) || math.IsInf(*weight, 0):
		return false, fmt.Errorf("%s: weight %v: allowed are numbers >= 0", name, *weight)
	}
	return *weight == 0, nil
}

// maxJudgeReason bounds what a record keeps of a judge's reason, in runes.
const maxJudgeReason = 2000

// explain adds a judge's reason to its finding: with a pass it is a feature, without
// one it says why, and the score does where there is none.
func explain(f *pipeline.Finding, reason string, score float64) {
	reason, _ = cut(reason, maxJudgeReason)
	switch {
	case f.Pass && reason != "":
		f.Features["reason"] = reason
	case !f.Pass && reason == "":
		f.Reason = fmt.Sprintf("score %.3g", score)
	case !f.Pass:
		f.Reason = reason
	}
}

// yes is the verdict of what holds or does not hold. The reason is made only
// when it is needed: most cases pass.
func yes(holds bool, reason func() string) verdict {
	if holds {
		return verdict{score: 1, pass: true}
	}
	return verdict{reason: reason()}
}
