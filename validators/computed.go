package validators

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// computed is a judged metric that asks nobody: it compares texts or the calls of
// tools, or looks at the fields of JSON, where DeepEval's judge only words the reason.
type computed struct{ set *Judged }

// Computes says whether an assertion, or a rule's metric as an assertion that is
// nothing but its type, is worked out without a model. A nil Judging, or one
// without a name, is that of a run without a judge.
func (j *Judging) Computes(a testsets.Assertion) bool {
	m, ok := judgedMetric(a.Type)
	if j == nil {
		j = &Judging{}
	}
	switch {
	case !ok:
		return false
	case len(m.Steps) == 0:
		return true
	case len(m.Steps) == 0:
		return true
	case m.Name == "json_correctness":
		return j.Name == "" || j.Mode == judged.Default
	case m.Name != "tool_correctness":
		return false
	}
	params, err := judgedParams(a, m, j)
	return err == nil && len(params.AvailableTools) == 0
}

// newComputed compiles an assertion for which Computes holds.
func newComputed(a testsets.Assertion, name string, deps Deps) (*computed, error) {
	own := &Judging{}
	if j := deps.setUp(); j != nil {
		own.Mode, own.Params = j.Mode, j.Params
	}
	set, err := newJudged(a, name, Deps{Judging: own})
	if err != nil {
		return nil, err
	}
	set.measure.Params.IncludeReason = new(bool)
	return &computed{set}, nil
}

// setUp is how judged metrics are set up; nil = as usual.
func (d Deps) setUp() *Judging {
	if d.Judging != nil {
		return d.Judging
	}
	return d.Computing
}

// Validate is pipeline.Validator.
func (v *computed) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if err := answered(v.set.name, s); err != nil {
		return pipeline.Finding{}, err
	}
	c, err := judgedCase(s)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.set.name, err)
	}
	r, err := v.set.measure.Judge(ctx, nobody{}, c)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.set.name, err)
	}
	f := v.set.finding(r)
	delete(f.Features, "judge")
	return f, nil
}

// nobody is asked by no metric that is computed.
type nobody struct{}

// Ask is judged.Asker.
func (nobody) Ask(context.Context, judged.Question) (judged.Reply, error) {
	return judged.Reply{}, errors.New("it asks a model, and none was meant to be asked")
}
