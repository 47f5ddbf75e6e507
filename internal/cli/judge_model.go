package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

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
	validator pipeline.Validator
	steps     int // questions about one answer, about

	model   *generators.Prompted
	judge   *validators.Judge
	judging *validators.Judging
	heard   *counting
}

// counting counts what a judge's model is asked and replies.
type counting struct {
	pipeline.Generator
	asked, again, failed, refused atomic.Int64
	usd                           atomic.Uint64 // bits
}

// Generate passes a call on.
func (c *counting) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	a, err := c.Generator.Generate(ctx, r)
	switch {
	case err != nil:
		c.failed.Add(1)
		return a, err
	case r.Draw > 1:
		c.again.Add(1)
	default:
		c.asked.Add(1)
	}
	if judges.Refusal(a.Text, a.FinishReason) {
		c.refused.Add(1)
	}
	for {
		old := c.usd.Load()
		if c.usd.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+a.CostUSD)) {
			return a, nil
		}
	}
}

func (c *counting) spent() float64 { return math.Float64frombits(c.usd.Load()) }

// judgeOf makes a judge of a metric: a model such as openai:gpt-5.4 or
// models/NAME, or "built-in" for a metric that needs none. compat "" is the project's.
func (s *State) judgeOf(p *config.Project, name, metric, compat string) (*member, error) {
	m, err := validators.Lookup(metric)
	if err != nil {
		return nil, usage(fmt.Errorf("--metric: %w", err))
	}
	b := &member{release: judges.Release{Judge: name, Metric: m.Name}}
	deps := validators.Deps{Embedder: embedder{}}
	switch {
	case name == builtIn && m.Kind == validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs a model that judges, such as openai:gpt-5.4", name, m.Name))
	case name != builtIn && m.Kind != validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs no model; write --judge %s", name, m.Name, builtIn))
	case name != builtIn:
		if err := s.openModel(p, name, compat, b); err != nil {
			return nil, err
		}
		deps.Judging = b.judging
		if b.release, err = b.judging.Release(m.Name); err != nil {
			return nil, err
		}
	}
	if b.validator, err = validators.New(testsets.Assertion{Type: m.Name}, deps); err != nil {
		return nil, usage(fmt.Errorf("--judge %s: %w", name, err))
	}
	b.steps = max(len(b.release.Prompts), 1)
	return b, nil
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

// forecast is what questions of this size cost, before any is asked: calls, and
// their likely price; known is false when no price is.
func (b *member) forecast(answers int, bytes int) (calls int, usd float64, known bool) {
	if b.model == nil {
		return 0, 0, true
	}
	calls = answers * b.steps
	text := strings.Repeat("x", promptBytes) + strings.Repeat("x", bytes/max(answers, 1))
	one := pipeline.Request{Chat: &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}}}}
	_, known = b.model.Price()
	return calls, float64(calls) * b.model.Expected(one), known
}

// promptBytes is about how long a judge's question is without its material.
const promptBytes = 1500

// allow says what a budget does not allow.
func (b *member) allow(budget float64, limited bool, calls int, usd float64, known bool) error {
	switch {
	case !limited || b.model == nil:
		return nil
	case !known:
		return usage(fmt.Errorf("--budget: no price of %s is known, so nothing can be kept below a budget", b.model.Ref()))
	case usd > budget:
		return usage(fmt.Errorf("--budget $%.4g: about %d calls are expected to cost $%.4f; ask about fewer answers", budget, calls, usd))
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
	if errors.Is(err, validators.ErrJudgeEnded) {
		return fmt.Errorf("the budget of $%.4g does not allow a further call: nothing is kept; a larger --budget asks again", budget)
	}
	return err
}
