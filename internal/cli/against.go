package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// baseline resolves --against: a version of the agent under test, or any agent.
func (e *runEval) baseline(ctx context.Context, p *config.Project, id string) (*registry.Resolved, error) {
	if e.against == "" {
		return nil, nil
	}
	r, err := e.resolve(ctx, p, e.registry(p).Relative(id, e.against))
	if err != nil {
		return nil, fmt.Errorf("--against %s: %w", e.against, err)
	}
	return r, nil
}

// caller makes the generator of one arm and keeps its warnings.
type caller struct {
	state     *State
	project   *config.Project
	resolved  *registry.Resolved
	timeout   time.Duration
	width     int
	suffix    string // of the log's name
	generator pipeline.Generator
}

func (a *caller) start(dir string) (pipeline.Generator, error) {
	if a.generator != nil {
		return a.generator, nil // made to know its prices
	}
	g, err := newGenerator(a.state, a.project, a.resolved, a.timeout, a.width, filepath.Join(dir, "agent"+a.suffix+".log"))
	a.generator = g
	return g, err
}

// deadline is what the run has to enforce: programs and models keep their own.
func (a *caller) deadline() time.Duration {
	if a.resolved.Agent.Runtime.HTTP != nil {
		return a.timeout
	}
	return 0
}

// warn shows what was odd about the answers.
func (a *caller) warn() {
	if w, ok := a.generator.(interface{ Warnings() []string }); ok {
		for _, text := range w.Warnings() {
			fmt.Fprintln(a.state.Stderr, "warning: agent", a.resolved.Agent.ID+":", plain(text))
		}
	}
}

// spending tells prices and, with --budget, sets the limit. A paid model whose
// price is not known is refused then. nil = nothing here has a price, as where
// answers are replayed; recorded ones leave what is asked about them.
func (e *runEval) spending(ctx context.Context, p *config.Project, limited bool, arms []*caller) (*pipeline.Spending, error) {
	switch {
	case e.replay != "":
		return nil, nil
	case e.recorded:
		arms = nil
	}
	s := &pipeline.Spending{LimitUSD: math.Inf(1)}
	if limited {
		s.LimitUSD = e.budget
	}
	models := map[string]*generators.Prompted{}
	for _, a := range arms {
		if h := a.resolved.Agent.Runtime.HTTP; limited && h != nil && h.Model != "" && !prices.LocalURL(h.URL) {
			return nil, usage(fmt.Errorf("--budget: agent %s: what a call of the model %q costs is not known, so nothing can be kept below a budget; make it runtime: {model: {prompt: …, model: \"PROVIDER:%s\"}}, whose prices are",
				a.resolved.Agent.ID, h.Model, h.Model))
		}
		if a.resolved.Agent.Runtime.Model == nil {
			continue
		}
		g, err := a.start("")
		if err != nil {
			return nil, err
		}
		m := g.(*generators.Prompted)
		if limited && !m.Bounded() {
			return nil, usage(boundless(a.resolved, m))
		}
		models[a.resolved.Release.Digest] = m
	}
	if limited {
		if err := e.boundedJudges(); err != nil {
			return nil, err
		}
	}
	if len(models) == 0 && !limited && e.user == nil {
		return nil, nil
	}
	s.Worst = func(q pipeline.Request) (float64, bool) {
		if m := models[q.Release]; m != nil {
			return m.Worst(q), true
		}
		return 0, false
	}
	s.Longest = func(q pipeline.Request) int {
		if m := models[q.Release]; m != nil {
			return m.Longest()
		}
		return 0
	}
	if len(e.judged) > 0 {
		withJudge(s, e.judged)
	}
	if len(models) > 0 {
		costs := e.earlierCosts(ctx, p)
		s.Expected = func(q pipeline.Request) float64 {
			m, known := models[q.Release], costs[q.Release]
			switch {
			case known.Calls >= fewestCalls:
				return known.USD / float64(known.Calls)
			case m != nil:
				return m.Expected(q)
			}
			return 0
		}
	}
	return s, e.withUser(s, limited)
}

func boundless(a *registry.Resolved, m *generators.Prompted) error {
	if _, known := m.Price(); known {
		return fmt.Errorf("--budget: the highest price of a call of %s is not known: give the agent's model config a limit, for example config: {maxOutputTokens: 1000}", m.Ref())
	}
	return fmt.Errorf("--budget: no price of %s is known, so nothing can be kept below a budget; write it into %s in the project, for example\nmodels:\n  %s",
		m.Ref(), prices.File, priceExample(m.Ref()))
}

func priceExample(ref string) string {
	provider, name, _ := generators.SplitModel(ref)
	return fmt.Sprintf("%s: {%s: {input: 1, output: 4}}      # USD per million tokens", provider, name)
}

// announce tells what a run is about to do, before it spends anything.
func (e *runEval) announce(view *live, s *pipeline.Spending) func(evals.Planned) {
	return func(p evals.Planned) {
		if s == nil && e.against == "" && len(e.judged) == 0 && p.Conversations == 0 {
			return
		}
		line := fmt.Sprintf("%s: at most %s", counted(p.Cases, "case"), counted(p.Calls, "call"))
		if p.Conversations > 0 {
			line += fmt.Sprintf(" in %d turns", p.Turns)
			if p.Calls > p.Turns {
				line += ", rounds of tools included"
			}
		}
		if p.UserCalls > 0 {
			line += fmt.Sprintf(", and %d of the simulated users", p.UserCalls)
		}
		if p.Cached > 0 {
			line += fmt.Sprintf(", %d answers from earlier ones", p.Cached)
		}
		switch {
		case !p.Priced:
		case math.IsInf(p.WorstUSD, 1) && p.Conversations > 0 && s != nil && !math.IsInf(s.LimitUSD, 1):
			line += fmt.Sprintf("; expected $%.4f, and the budget is kept call by call: what tools and simulated users say, nobody knows before", p.ExpectedUSD)
		case math.IsInf(p.WorstUSD, 1):
			line += fmt.Sprintf("; expected $%.4f", p.ExpectedUSD)
		default:
			line += fmt.Sprintf("; expected $%.4f, at most $%.4f", p.ExpectedUSD, p.WorstUSD)
		}
		if p.JudgeCalls > 0 {
			line += fmt.Sprintf("; about %d judge calls", p.JudgeCalls)
			if p.JudgeUSD > 0 {
				line += fmt.Sprintf(", expected $%.4f%s", p.JudgeUSD, measuredBy(p.JudgeMeasured))
			}
		}
		if s != nil && !math.IsInf(s.LimitUSD, 1) {
			line += fmt.Sprintf(", budget $%.4g", s.LimitUSD)
		}
		view.say(line)
	}
}

// quarantineEnding ends the name of a list beside its test set.
const quarantineEnding = ".quarantine.yaml"

// quarantine reads the list of cases that do not count: --quarantine, else the
// file NAME.quarantine.yaml beside the test set, if there is one.
func (e *runEval) quarantine(p *config.Project, set *testsets.Set, path string) (*evals.Quarantine, error) {
	file := e.quarantined
	if file == "" {
		file = strings.TrimSuffix(path, filepath.Ext(path)) + quarantineEnding
		if _, err := os.Stat(file); err != nil {
			return nil, nil
		}
	}
	data, err := os.ReadFile(e.path(file))
	if err != nil {
		return nil, usage(fmt.Errorf("--quarantine: %w", err))
	}
	return evals.ReadQuarantine(inProject(p.Root, e.path(file)), data, set, time.Now())
}

// maxBadCases is how many cases are named that a prompt can't be rendered with.
const maxBadCases = 5

// checkPrompt finds out before any call which cases lack what a prompt needs.
func checkPrompt(a *registry.Resolved, set *testsets.Set) error {
	if a.Agent.Runtime.Model == nil {
		return nil
	}
	prompt, err := a.Agent.Prompt()
	if err != nil {
		return err
	}
	lost := prompt.InputName() == ""
	errs := make([]error, len(set.Cases))
	var wait sync.WaitGroup
	for part := range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := part; i < len(errs); i += runtime.GOMAXPROCS(0) {
				c := &set.Cases[i]
				if errs[i] = prompt.Check(generators.PromptVars(prompt, c.Input, c.Vars)); errs[i] == nil && lost && len(c.Vars) == 0 {
					errs[i] = fmt.Errorf("%s has no place for the case's input: write {{input}} where it belongs", prompt.File)
				}
			}
		})
	}
	wait.Wait()
	var bad []string
	for i, err := range errs {
		c := &set.Cases[i]
		switch {
		case err == nil:
		case len(bad) == maxBadCases:
			bad = append(bad, "…")
			return usage(errors.New(strings.Join(bad, "\n")))
		default:
			bad = append(bad, fmt.Sprintf("%s:%d: case %s: %v", set.Path, c.Line, c.ID, err))
		}
	}
	if len(bad) > 0 {
		return usage(errors.New(strings.Join(bad, "\n")))
	}
	return nil
}
