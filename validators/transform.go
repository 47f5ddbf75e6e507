package validators

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// transforming is a validator that applies the transform of its assertion itself.
type transforming interface{ transformsOutput() }

// waiting is a validator that takes its time; several work side by side.
type waiting interface {
	pipeline.Validator
	Judge(context.Context, pipeline.Subject) (pipeline.Finding, JudgeSpend, error)
	Steps() int
}

// slow lets other cases be judged while a validator waits for a program of the
// user's. GenOps' judge is asked nothing.
type slow struct{ pipeline.Validator }

// Judge is Validate; it costs nothing that is known.
func (v slow) Judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	f, err := v.Validate(ctx, s)
	return f, JudgeSpend{}, err
}

// Steps is how many questions the judge is asked: none.
func (slow) Steps() int { return 0 }

func (slow) transformsOutput() {}

// takesConfig says that a script, which reads the assertion's config, judges.
func takesConfig(e entry) bool {
	return e.foreign && slices.Contains([]string{"javascript", "python", "ruby"}, e.name)
}

// transformed judges what a transform makes of the output.
type transformed struct {
	waiting
	by assertions.Transform
}

// newTransformed puts a transform before a validator. Those that look at whole
// conversations, or at no output, have nothing to transform.
func newTransformed(a testsets.Assertion, v pipeline.Validator, deps Deps) (pipeline.Validator, error) {
	e, _, err := find(a.Type)
	if err != nil {
		return nil, err
	}
	switch {
	case e.kind == KindOwn, e.kind == KindLimit, e.talks():
		return nil, fmt.Errorf("%s: transform: it does not judge the output's text", e.name)
	}
	w, ok := v.(waiting)
	if !ok {
		w = slow{v}
	}
	return &transformed{waiting: w, by: assertions.Transform{Code: a.Transform, Deps: deps.Assertions}}, nil
}

// Validate judges the transformed output. A transform that fails, or gives
// nothing, leaves it unjudged.
func (v *transformed) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	f, _, err := v.Judge(ctx, s)
	return f, err
}

// Judge is Validate with what the judge was asked.
func (v *transformed) Judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	if s.Asset.Err != "" {
		return v.waiting.Judge(ctx, s)
	}
	c, err := caseOf(s)
	if err != nil {
		return pipeline.Finding{}, JudgeSpend{}, err
	}
	out, err := v.by.Of(ctx, c)
	if err != nil {
		return pipeline.Finding{}, JudgeSpend{}, err
	}
	s.Asset.JSON = nil
	text, isText := out.(string)
	if !isText {
		if text, isText = jsvalue.Stringify(out, ""); !isText {
			return pipeline.Finding{}, JudgeSpend{}, fmt.Errorf("transform: what it returned is no JSON")
		}
		s.Asset.JSON = json.RawMessage(text)
	}
	s.Asset.Text = text
	return v.waiting.Judge(ctx, s)
}

// talks says that a metric judges a conversation, or what tools did, and not the
// last output.
func (e entry) talks() bool {
	m, _ := judgedMetric(e.name)
	return slices.ContainsFunc(m.Needs, func(f judged.Field) bool {
		return f == judged.Turns || f == judged.ToolsCalled || f == judged.Trace || f == judged.MCPServers
	}) ||
		slices.Contains([]string{"unknown-tool", "state", "goal-reached"}, e.name) || strings.HasPrefix(e.name, "traj")
}
