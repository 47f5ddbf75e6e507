package validators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/nunjucks"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// Assertions that only promptfoo has are judged by package assertions, with
// promptfoo's meaning. Those of the same name that the table has are GenOps' own;
// with `compat: exact` they are promptfoo's too.

// rows is the table with the assertions of promptfoo behind its own.
var rows = sync.OnceValue(func() []entry {
	all := slices.Clone(table)
	at := slices.IndexFunc(all, func(e entry) bool { return e.kind != KindAssertion })
	var more []entry
	for _, t := range assertions.Types() {
		if t.Name == "assert-set" || assertions.Compares(t.Name) || slices.ContainsFunc(table, func(e entry) bool { return foldName(e.name) == foldName(t.Name) }) {
			continue
		}
		e := entry{name: t.Name, threshold: true, foreign: true, model: t.Needs != "", about: t.About}
		if slices.Contains(LabelledBy(), t.Name) {
			e.about += " (evals." + labelKeys[t.Name] + " names the model)"
		} else if e.model {
			e.about += " (needs a promptfoo project: run-eval --config)"
		}
		more = append(more, e)
	}
	return slices.Insert(all, at, more...)
})

// exact says that promptfoo is followed to the letter, which the judges of the
// run say too.
func (d Deps) exact() bool { return d.Judging != nil && d.Judging.Mode == judged.Exact }

// foreign is a compiled assertion of promptfoo.
type foreign struct {
	name  string
	free  bool // weight 0
	suite *assertions.Suite
}

// newForeign compiles an assertion. What is wrong whatever the answer is, is an
// error of configuration.
func newForeign(a testsets.Assertion, name string, deps Deps) (*foreign, error) {
	x := assertions.Assertion{Type: name, Value: jsvalue.Undefined, Threshold: a.Threshold, Line: a.Line}
	if a.Transform != "" {
		x.Transform = a.Transform
	}
	if a.Config != nil {
		v, err := jsvalue.Parse(string(a.Config))
		if err != nil {
			return nil, fmt.Errorf("%s: config: %w", name, err)
		}
		x.Config = v
	}
	if len(a.Value) > 0 {
		v, err := jsvalue.Parse(string(a.Value))
		if err != nil {
			return nil, fmt.Errorf("%s: value: %w", name, err)
		}
		x.Value = v
	}
	v := &foreign{name: name}
	var err error
	if v.free, err = weightless(name, a.Weight); err != nil {
		return nil, err
	}
	mode := assertions.Strict
	if deps.exact() {
		mode = assertions.Exact
	}
	ports := deps.Assertions
	if ports.Templates == nil {
		ports.Templates = templates{}
	}
	v.suite = assertions.New([]assertions.Assertion{x}, nil, ports, mode)
	for _, p := range v.suite.Problems() {
		if !errors.Is(p.Err, assertions.ErrUnavailable) {
			return nil, fmt.Errorf("%s: %w", name, p.Err)
		}
	}
	return v, nil
}

// waits says that a program of the user's, or a server, judges: other cases are
// judged meanwhile. Inline JavaScript takes less time than to hand it over.
func (v *foreign) waits(a testsets.Assertion) bool {
	base := strings.TrimPrefix(v.name, "not-")
	return base == "python" || base == "ruby" || base == "webhook" || strings.HasPrefix(a.Transform, "file://") ||
		base == "javascript" && bytes.HasPrefix(a.Value, []byte(`"file://`))
}

// transformsOutput marks what applies an assertion's transform itself.
func (v *foreign) transformsOutput() {}

// templates fills values with the variables of the case.
type templates struct{}

// Render implements assertions.Templates.
func (templates) Render(text string, vars map[string]any) (string, error) {
	return nunjucks.Render(text, vars, nunjucks.Options{})
}

// Validate implements pipeline.Validator.
func (v *foreign) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if err := answered(v.name, s); err != nil {
		return pipeline.Finding{}, err
	}
	c, err := caseOf(s)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.name, err)
	}
	if c.Trace != nil && strings.TrimPrefix(v.name, "not-") == "tool-call-f1" {
		c.Output = callsOf(s.Asset) // those that are known, and not what the answer says
	}
	r, err := v.suite.Judge(ctx, c)
	if err != nil {
		return pipeline.Finding{}, err
	}
	if math.IsNaN(r.Score) {
		return pipeline.Finding{}, fmt.Errorf("%s: the score is not a number", v.name)
	}
	f := pipeline.Finding{Metric: v.name, Score: min(max(r.Score, 0), 1), Pass: r.Pass, Reason: clean(r.Reason)}
	if v.free {
		f.Pass = true
	}
	if f.Pass {
		f.Reason = ""
	}
	if f.Pass && len(r.Components) == 1 && r.Components[0].Note != "" {
		f.Features = map[string]string{"reason": clean(r.Components[0].Note)}
	}
	return f, nil
}

// caseOf is an answer as package assertions sees it: an answer that only calls
// tools is the list of these calls, which are its recorded steps too.
func caseOf(s pipeline.Subject) (*assertions.Case, error) {
	a := s.Asset
	c := &assertions.Case{Output: a.Text, Vars: s.Request.Vars, Prompt: s.Request.Input, Response: assertions.Response{FinishReason: a.FinishReason}}
	if a.JSON != nil {
		v, err := jsvalue.Parse(string(a.JSON))
		if err != nil {
			return nil, fmt.Errorf("the output is no JSON: %w", err)
		}
		c.Output = v
	}
	latency := float64(a.Latency.Microseconds()) / 1000
	c.Response.LatencyMS = &latency
	if !a.Unpriced && !math.IsNaN(a.CostUSD) {
		c.Response.Cost = &a.CostUSD
	}
	for _, t := range a.Logprobs {
		c.Response.LogProbs = append(c.Response.LogProbs, t.Logprob)
	}
	addCalls(c, a)
	return c, nil
}

// addCalls makes the calls of tools steps of a trace; there is none where nobody
// tells whether there were any.
func addCalls(c *assertions.Case, a pipeline.Asset) {
	uses, known := toolUses(a)
	if !known {
		return
	}
	c.Trace = &assertions.Trace{}
	if t := spansOf(a); t != nil && len(t.Spans) > 0 {
		c.Trace = TraceOf(t)
		if len(c.Trace.ToolCalls()) > 0 {
			return // the calls are among them
		}
	}
	for i, t := range uses {
		at := float64(i)
		span := assertions.Span{ID: t.ID, Name: t.Name, Start: at, End: &at,
			Attributes: map[string]any{"tool.name": t.Name, "tool.arguments": arguments(t.Args)}}
		if t.Error != "" {
			failed := 2.0
			span.StatusCode, span.StatusMessage = &failed, t.Error
		}
		c.Trace.Spans = append(c.Trace.Spans, span)
	}
	if a.Text == "" && a.JSON == nil && len(uses) > 0 {
		c.Output = callsOf(a)
	}
}

// callsOf are calls of tools as OpenAI writes them.
func callsOf(a pipeline.Asset) []any {
	uses, _ := toolUses(a)
	calls := []any{}
	for _, t := range uses {
		calls = append(calls, map[string]any{"id": t.ID, "type": "function", "function": map[string]any{"name": t.Name, "arguments": arguments(t.Args)}})
	}
	return calls
}

func arguments(args json.RawMessage) string {
	if len(args) == 0 {
		return "{}"
	}
	return string(args)
}
