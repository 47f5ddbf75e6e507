package promptfoo

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// grader judges answers by the assertions of their tests.
type grader struct {
	run    *Runner
	deps   assertions.Deps
	mode   assertions.Mode
	suites sync.Map // *project.Test → *assertions.Suite
}

// grade is a verdict on a row.
type grade struct {
	pass     bool
	score    float64
	reason   string
	unjudged string // why there is no verdict; "" = there is one
	named    *jsvalue.Object
	result   *jsvalue.Object // gradingResult
	tokens   Tokens          // of judges
	cost     float64         // of judges, USD
	called   bool            // a judge was asked, and not from the cache
}

func newGrader(r *Runner) *grader {
	g := &grader{run: r, mode: assertions.Strict}
	if r.Exact {
		g.mode = assertions.Exact
	}
	j := &judge{run: r}
	g.deps = assertions.Deps{Templates: templates{r}, Dir: r.Project.Dir, Judge: j, Embedder: j, Moderator: j, Classifier: j, Poster: newPoster(r.timeout()), Meter: meter}
	if l := r.Languages; l != nil {
		if l.JS != nil {
			g.deps.JavaScript = l.JS
		}
		if l.Python != nil {
			g.deps.Python = l.Python
		}
		if l.Ruby != nil {
			g.deps.Ruby = l.Ruby
		}
		g.deps.Regexps = l.Regexps
	}
	return g
}

// suite compiles the assertions of a test once, or each time where the test has
// one row only: nobody asks again.
func (g *grader) suite(t *project.Test) *assertions.Suite {
	if s, ok := g.suites.Load(t); ok {
		return s.(*assertions.Suite)
	}
	s := assertions.New(g.assertions(t.Assert), t.Threshold, g.deps, g.mode)
	if g.run.once(t) {
		return s
	}
	got, _ := g.suites.LoadOrStore(t, s)
	return got.(*assertions.Suite)
}

// assertions puts a test's assertions into the terms of package assertions; a
// judge that an assertion names is the provider itself.
func (g *grader) assertions(all []project.Assertion) []assertions.Assertion {
	out := make([]assertions.Assertion, len(all))
	for i := range all {
		p := &all[i]
		a, err := assertions.FromValue(p.Raw)
		if err != nil {
			a = assertions.Assertion{Type: p.Type, Value: jsvalue.Undefined}
		}
		a.Provider = nil
		if p.Provider != nil || len(p.JudgeByType) > 0 {
			a.Provider = judges{p.Provider, p.JudgeByType}
		}
		a.Line = p.Line
		a.Set = g.assertions(p.Set)
		out[i] = a
	}
	return out
}

// grade judges a row's answer. The error is one of the row itself.
func (g *grader) grade(ctx context.Context, row *project.Row, rec *record, processed *Response, given any) (*grade, error) {
	suite := g.suite(row.Test)
	use := &usage{}
	r, err := suite.Judge(withUsage(ctx, use, row), g.subject(row, rec, processed, given))
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil && g.mode == assertions.Exact {
		return nil, err
	}
	out := &grade{pass: r.Pass, score: r.Score, reason: r.Reason, named: numbers(r.Named), tokens: use.tokens.add(toldTokens(r.Components)), cost: use.cost, called: use.called}
	if err != nil {
		out.unjudged = err.Error()
		out.reason = out.unjudged
	}
	if out.reason == "" && out.pass {
		if out.reason = cmp.Or(r.Note, "All assertions passed"); len(row.Test.Assert) == 0 {
			out.reason = "No assertions"
		}
	}
	out.result = result(&r, out)
	if !row.Test.Score.IsZero() && len(row.Test.Assert) > 0 && err == nil {
		return g.run.scored(ctx, row.Test, out)
	}
	return out, nil
}

// subject is the answer as assertions see it.
func (g *grader) subject(row *project.Row, rec *record, processed *Response, given any) *assertions.Case {
	resp := assertions.Response{FinishReason: processed.FinishReason, LogProbs: processed.LogProbs, Guardrails: processed.Guardrails, Raw: given}
	if processed.HasCost {
		resp.Cost = &processed.Cost
	}
	resp.LatencyMS = &rec.latencyMS
	whole := processed.object()
	if !processed.HasTokens {
		whole.Delete("tokenUsage")
	}
	resp.Whole = whole
	if processed.Metadata != nil {
		resp.Metadata = processed.Metadata
	}
	p := assertions.Provider{ID: row.Provider.Reported(), Label: row.Provider.Label, Unlabeled: row.Provider.Unlabeled, Config: row.Provider.Config}
	p.Functions, _ = row.Provider.Config.Get("functions")
	if read, ok := row.Provider.Call.Model.Extra.Get("functions"); ok {
		p.Functions = read
	}
	p.Tools = toolsOf(row.Provider)
	p.Checks = row.Provider.Call.Kind == project.CallChat
	p.Google = isGoogle(row.Provider)
	c := &assertions.Case{Output: processed.Output, Vars: rec.vars.Map(), Prompt: rec.prompt, Response: resp, Provider: p, Test: lazyTest{g.run, row.Test}}
	c.Trace = traceOf(processed)
	c.Options.RubricPrompt = row.Test.Options.RubricPrompt
	c.Options.Provider = judgesOf(row.Test)
	c.Options.Factuality, _ = row.Test.Options.Raw.Get("factuality")
	return c
}

// toolsOf are the tools of a provider as its configuration has them, those of files
// read in.
func toolsOf(p *project.Provider) any {
	tools, _ := p.Config.Get("tools")
	list, isList := tools.([]any)
	if read := p.Call.Model.Tools; len(read) > 0 && (!isList || slices.ContainsFunc(list, func(t any) bool { _, named := t.(string); return named })) {
		return read
	}
	return tools
}

// result is promptfoo's gradingResult.
func result(r *assertions.Result, g *grade) *jsvalue.Object {
	o := jsvalue.NewObject("pass", g.pass, "score", g.score, "reason", g.reason, "namedScores", g.named)
	if len(r.NamedWeights) > 0 {
		o.Set("namedScoreWeights", numbers(r.NamedWeights))
	}
	o.Set("tokensUsed", g.tokens.sum())
	if len(r.Components) > 0 {
		o.Set("componentResults", components(r.Components))
	}
	return o
}

// componentsOf are the results of assertions in a gradingResult, or in that of a
// set; nil where there are none.
func componentsOf(grading any) []any {
	list, _ := jsvalue.Field(grading, "componentResults")
	all, _ := list.([]any)
	return all
}

// components are the results of the assertions in their order, those of a set
// behind the set's own.
func components(all []assertions.Result) []any {
	out := make([]any, 0, len(all))
	for i := range all {
		out = append(out, component(&all[i]))
	}
	return out
}

func component(r *assertions.Result) *jsvalue.Object {
	reason := r.Reason
	switch {
	case r.Err != nil:
		reason = r.Err.Error()
	case reason == "" && r.Pass:
		reason = cmp.Or(r.Note, passedReason)
		if r.Type == "assert-set" {
			reason = cmp.Or(r.Note, "All assertions passed")
		}
	}
	o := jsvalue.NewObject("pass", r.Pass, "score", r.Score, "reason", reason)
	if len(r.Named) > 0 {
		o.Set("namedScores", numbers(r.Named))
	}
	if said := objectOf(r.Said); said != nil {
		o = said.Clone().Merge(o)
	}
	if t, ok := r.Used.(Tokens); ok {
		o.Set("tokensUsed", t.whole())
	}
	if r.Err != nil {
		o.Set("unjudged", true)
	}
	if r.Type == "assert-set" {
		o.Set("namedScores", numbers(r.Named))
		if len(r.NamedWeights) > 0 {
			o.Set("namedScoreWeights", numbers(r.NamedWeights))
		}
		o.Set("componentResults", components(r.Components))
		var used Tokens
		for i := range r.Components {
			t, _ := r.Components[i].Used.(Tokens)
			used = used.add(t)
		}
		o.Set("tokensUsed", used.add(toldTokens(r.Components)).sum())
		o.Set("metadata", jsvalue.NewObject("assertionSet", jsvalue.NewObject("type", r.Type, "assertionCount", len(r.Components))))
		return o
	}
	if r.Part {
		return o
	}
	a := jsvalue.NewObject("type", r.Type)
	if r.Weight != 1 {
		a.Set("weight", r.Weight)
	}
	if r.Metric != "" {
		a.Set("metric", r.Metric)
	}
	o.Set("assertion", a)
	return o
}

// toldTokens are those that scripts say they used.
func toldTokens(all []assertions.Result) (sum Tokens) {
	for i := range all {
		if used, ok := jsvalue.Field(all[i].Said, "tokensUsed"); ok && !all[i].Part {
			t, _ := tokensOf(used)
			t.Requests = int(number(used, "numRequests")) // a script need not have called anybody
			sum = sum.add(t)
		}
	}
	return sum
}

func numbers(m map[string]float64) *jsvalue.Object {
	o := &jsvalue.Object{}
	keys, _ := jsvalue.KeysOf(anyMap(m))
	for _, k := range keys {
		o.Set(k, m[k])
	}
	return o
}

func anyMap(m map[string]float64) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// selectBest asks a judge which of the outputs is the best.
func (g *grader) selectBest(ctx context.Context, row *project.Row, p *project.Assertion, list []*record) ([]verdict, error) {
	a := g.assertions([]project.Assertion{*p})[0]
	cases := make([]*assertions.Case, len(list))
	for i, rec := range list {
		resp := rec.response
		if resp == nil {
			resp = &Response{Output: ""}
		}
		cases[i] = g.subject(row, rec, resp, nil)
		if cases[i].Output == nil {
			cases[i].Output = ""
		}
	}
	use := &usage{}
	results, err := assertions.SelectBest(withUsage(ctx, use, row), a, cases, g.deps, g.mode)
	list[0].judgeCost += use.cost
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	out := make([]verdict, len(list))
	for i := range out {
		if err != nil {
			out[i] = verdict{reason: err.Error(), unjudged: err.Error(), tokens: use.tokens}
			continue
		}
		out[i] = verdict{pass: results[i].Pass, score: results[i].Score, reason: results[i].Reason, tokens: use.tokens}
		if out[i].pass {
			out[i].reason = "Output selected as the best: " + jsvalue.ToString(p.Value)
		}
	}
	return out, nil
}

// lazyTest is a test that is only written out for the scripts that look at it.
type lazyTest struct {
	run  *Runner
	test *project.Test
}

// MarshalJSON writes the test as scripts see it.
func (l lazyTest) MarshalJSON() ([]byte, error) { return l.run.testObject(l.test).MarshalJSON() }
