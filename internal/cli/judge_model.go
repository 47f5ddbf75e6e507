package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// member is one judge that is asked about one metric. Without a model it is a
// built-in metric, and costs nothing.
type member struct {
	release   judges.Release
	validator pipeline.Validator // of the metric's own question; nil = it has none, for the reason of missing
	missing   error
	kind      string // of the metric
	deps      validators.Deps
	steps     int              // questions about one answer, about
	costs     func() callCosts // of earlier calls

	model   *generators.Prompted
	judge   *validators.Judge
	judging *validators.Judging
	heard   *counting
}

// counting counts what a judge's model is asked and replies.
type counting struct {
	pipeline.Generator
	questions, malformed, again, refused atomic.Int64  // see judges.Heard
	usd                                  atomic.Uint64 // bits
}

// Generate passes a call on.
func (c *counting) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	a, err := c.Generator.Generate(ctx, r)
	switch {
	case err != nil:
		return a, err
	case r.Draw > 1:
		c.again.Add(1)
		if r.Draw == 2 {
			c.malformed.Add(1)
		}
	default:
		c.questions.Add(1)
	}
	if judges.Refusal(a.Text, a.FinishReason) {
		c.refused.Add(1)
	}
	c.add(a.CostUSD)
	return a, nil
}

// tally is what was heard so far.
func (c *counting) tally() judges.Heard {
	return judges.Heard{Questions: c.questions.Load(), Malformed: c.malformed.Load(), Again: c.again.Load(), Refused: c.refused.Load()}
}

func (c *counting) add(usd float64) {
	for {
		old := c.usd.Load()
		if c.usd.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+usd)) {
			return
		}
	}
}

func (c *counting) spent() float64 { return math.Float64frombits(c.usd.Load()) }

// judgeOf makes a judge of a metric: a model such as openai:gpt-5.4 or
// models/NAME, or "built-in" for a metric that needs none. The metric may be one
// that only the cases' assertions name. compat "" is the project's.
func (s *State) judgeOf(ctx context.Context, p *config.Project, name, metric, compat string, cases map[string]testsets.Case) (*member, error) {
	m, err := metricBy(metric, cases)
	if err != nil {
		return nil, usage(fmt.Errorf("--metric: %w", err))
	}
	if canonical, err := validators.Lookup(metric); err == nil {
		metric = canonical.Name
	}
	b := &member{release: judges.Release{Judge: name, Metric: metric}, kind: m.Name, deps: validators.Deps{Embedder: embedder{}}}
	switch {
	case name == builtIn && m.Kind == validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs a model that judges, such as openai:gpt-5.4", name, m.Name))
	case name != builtIn && m.Kind != validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs no model; write --judge %s", name, m.Name, builtIn))
	case name != builtIn:
		if err := s.openModel(p, name, compat, b); err != nil {
			return nil, err
		}
		b.deps.Judging = b.judging
		if b.release, err = b.judging.Release(m.Name); err != nil {
			return nil, err
		}
		b.release.Metric = metric
	}
	if err := evals.AddCriteria(&b.release, slices.Collect(maps.Values(cases))); err != nil {
		return nil, err
	}
	if b.validator, b.missing = validators.New(testsets.Assertion{Type: m.Name}, b.deps); b.missing != nil && len(b.release.Criteria) == 0 {
		return nil, usage(fmt.Errorf("--judge %s: %w; name the cases that ask them (--run, --test-set), or set them in evals.judge.metrics", name, b.missing))
	}
	b.steps = max(len(b.release.Prompts), 1)
	b.costs = func() callCosts { return s.earlierCosts(ctx, p) }
	return b, nil
}

// metricBy finds a metric by its own name, or by one that assertions count it under.
func metricBy(name string, cases map[string]testsets.Case) (validators.Metric, error) {
	m, err := validators.Lookup(name)
	if err == nil {
		return m, nil
	}
	for _, id := range slices.Sorted(maps.Keys(cases)) {
		c := cases[id]
		for _, a := range evals.Asking(&c, name) {
			return validators.Lookup(a.Type)
		}
	}
	return m, err
}

// each is what judges each answer of the material: what its case asserts under the
// metric's name, or else the metric's own question.
func (b *member) each(m *material) ([]pipeline.Validator, error) {
	out := make([]pipeline.Validator, len(m.subjects))
	for i := range out {
		asking := evals.Asking(&m.cases[i], b.release.Metric)
		if len(asking) == 0 {
			if out[i] = b.validator; b.validator == nil {
				return nil, usage(fmt.Errorf("%s: its case asks nothing under %s: %w", m.names[i], b.release.Metric, b.missing))
			}
			continue
		}
		var all allOf
		for _, a := range asking {
			v, err := validators.New(a, b.deps)
			if err != nil {
				return nil, usage(fmt.Errorf("%s: %w", m.names[i], err))
			}
			all = append(all, v)
		}
		out[i] = all
	}
	return out, nil
}

// allOf judges by several assertions that count under one name, as runs do: their
// mean score, and a pass if all pass.
type allOf []pipeline.Validator

// Validate is pipeline.Validator.
func (all allOf) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	out := pipeline.Finding{Pass: true}
	for _, v := range all {
		f, err := v.Validate(ctx, s)
		if err != nil {
			return f, err
		}
		out.Metric = f.Metric
		out.Score += f.Score / float64(len(all))
		out.Pass = out.Pass && f.Pass
	}
	return out, nil
}

// openModel makes the chat model that judges, as run-eval does: a calibration is
// of the very judge of a run.
func (s *State) openModel(p *config.Project, name, compat string, b *member) error {
	judging, model, err := s.judging(p, judgeFlags{model: name, compat: compat, noReasons: true, heard: func(g pipeline.Generator) pipeline.Generator {
		b.heard = &counting{Generator: g}
		return b.heard
	}}, p.Evals.Timeout)
	if err != nil {
		return usage(fmt.Errorf("--judge %s: %w", name, err))
	}
	b.model, b.judge, b.judging = model.Prompted, model.judge, judging
	return nil
}

// judgeForecast is what is about to be asked.
type judgeForecast struct {
	Calls    int      `json:"calls"`
	USD      *float64 `json:"expected_usd"` // null when no price is known
	Measured int      `json:"measured_by"`  // earlier calls that it was measured by; 0 = it is a guess
}

// add adds what questions about so many answers come to, which hold so many bytes in
// all: steps about each.
func (b *member) add(f *judgeForecast, metric string, steps, answers, bytes int) {
	if b.model == nil || answers == 0 {
		return
	}
	asked := b.judging.Calls(metric)
	f.Calls += answers * steps
	if _, priced := b.model.Price(); !priced {
		return
	}
	usd, measured := expectCall(b.model, asked, b.costs(), bytes/answers)
	usd *= float64(answers * steps)
	if f.USD != nil {
		usd += *f.USD
	}
	f.USD, f.Measured = &usd, f.Measured+measured
}

// words is the forecast for people.
func (f judgeForecast) words() string {
	if f.Calls == 0 {
		return "no calls of a model"
	}
	if f.USD == nil {
		return fmt.Sprintf("about %d calls; no price is known", f.Calls)
	}
	return fmt.Sprintf("about %d calls; expected $%.4f%s", f.Calls, *f.USD, measuredBy(f.Measured))
}

// allow says what a budget does not allow.
func (b *member) allow(budget float64, limited bool, f judgeForecast) error {
	switch {
	case !limited || b.model == nil || f.Calls == 0:
		return nil
	case f.USD == nil:
		return usage(fmt.Errorf("--budget: no price of %s is known, so nothing can be kept below a budget", b.model.Ref()))
	case *f.USD > budget:
		return usage(fmt.Errorf("--budget $%.4g: about %d calls are expected to cost $%.4f; ask about fewer answers, or allow more", budget, f.Calls, *f.USD))
	}
	return nil
}

// open lets the judge be asked; the purse holds the budget.
func (b *member) open(ctx context.Context, budget float64, limited bool) (closing func()) {
	if b.judge == nil {
		return func() {}
	}
	var purse *pipeline.Purse
	if limited {
		purse = pipeline.NewPurse(pipeline.Spending{LimitUSD: budget, Expected: b.model.Expected,
			Worst: func(q pipeline.Request) (float64, bool) { return b.model.Worst(q), true }})
	}
	b.judge.Open(ctx, purse)
	return func() {
		b.judge.Close()
		b.model.Close()
	}
}

// spentError turns a judge that was cut short into an error.
func spentError(err error, budget float64) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; what was asked is kept: the same command goes on")
	}
	if errors.Is(err, validators.ErrJudgeEnded) {
		return fmt.Errorf("the budget of $%.4g does not allow a further call: what was asked is kept: the same command with a larger --budget goes on", budget)
	}
	return err
}
