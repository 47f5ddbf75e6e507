package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// options gathers what the run needs from flags, agent file, test set and
// project, in this order of precedence.
func (e *runEval) options(ctx context.Context, c *cobra.Command, p *config.Project) (*evals.Options, []*caller, error) {
	flags := c.Flags()
	resolved, err := e.resolve(ctx, p, e.agent)
	if err != nil {
		return nil, nil, err
	}
	agent := resolved.Agent
	base, err := e.baseline(ctx, p, agent.ID)
	if err != nil {
		return nil, nil, err
	}
	if e.testSet == "" {
		if len(agent.Evals) != 1 {
			return nil, nil, usage(fmt.Errorf("run-eval: --test-set is missing, and agent %s names %d test sets", agent.ID, len(agent.Evals)))
		}
		e.testSet = agent.Evals[0].TestSet
	}
	path, err := e.testSetPath(p.Root, e.testSet)
	if err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	name := inProject(p.Root, path)
	set, err := testsets.Read(name, data, e.keys)
	if err != nil {
		return nil, nil, err
	}
	if err := checkPrompt(resolved, set); err != nil {
		return nil, nil, err
	}
	quarantine, err := e.quarantine(p, set, path)
	if err != nil {
		return nil, nil, err
	}
	if e.failedIn, err = evalRun(p.Root, "--failed-in", e.failedIn); err != nil {
		return nil, nil, err
	}
	if e.carry, err = evalRun(p.Root, "--carry", e.carry); err != nil {
		return nil, nil, err
	}
	o := &evals.Options{Root: p.Root, Agent: agent, Release: resolved.Release, Set: set, SetName: name, SetData: data, SetKeys: e.keys,
		Population: e.population, Full: e.full, Repeats: e.repeats, RequireFirst: e.requireFirst, Carry: e.carry, Fresh: e.fresh,
		Subset:          evals.Subset{Filters: e.filters, Limit: e.limit, FailedIn: e.failedIn},
		SkipUnavailable: p.Evals.OnUnavailable == "skip", Retries: p.Evals.Retries, RepeatAmbiguous: p.Evals.Ambiguous == "retry",
		Width: e.width, Quarantine: quarantine, MaxAge: p.Evals.BaselineAge, Deps: validators.Deps{Embedder: embedder{}}, Reports: reports(), ResumeWith: e.commandLine()}
	if !flags.Changed("concurrency") {
		o.Width = p.Evals.Concurrency
	}
	timeout := e.timeout
	if !flags.Changed("timeout") {
		timeout = p.Evals.Timeout
	}
	arms := []*caller{{state: e.State, project: p, resolved: resolved, timeout: timeout, width: o.Width}}
	o.Start, o.Timeout = arms[0].start, arms[0].deadline()
	if base != nil {
		if err := checkPrompt(base, set); err != nil {
			return nil, nil, fmt.Errorf("--against: %w", err)
		}
		b := &caller{state: e.State, project: p, resolved: base, timeout: timeout, width: o.Width, suffix: "-baseline"}
		arms = append(arms, b)
		o.Against = &evals.Arm{Agent: base.Agent.ID, Release: base.Release, Start: b.start, Timeout: b.deadline()}
	}
	if e.seed != "" {
		n, err := strconv.ParseUint(e.seed, 10, 64)
		if err != nil {
			return nil, nil, usage(fmt.Errorf("--seed %q: must be a whole number from 0 to 2^64-1", e.seed))
		}
		o.Seed = &n
	}
	d := evals.Defaults{Alpha: p.Evals.Alpha, Share: p.Evals.Threshold}
	if flags.Changed("alpha") {
		d.Alpha = e.alpha
	}
	if o.Rules, err = e.gateRules(p, agent, set, path, d); err != nil {
		return nil, nil, err
	}
	if base != nil {
		margin := p.Evals.Margin
		if flags.Changed("margin") {
			margin = e.margin
		}
		o.Rules = append(o.Rules, evals.Paired(o.Rules, margin, d.Alpha)...)
	}
	return o, arms, nil
}

// gateRules takes the rules from the first place that has any.
func (e *runEval) gateRules(p *config.Project, agent *registry.Agent, set *testsets.Set, path string, d evals.Defaults) ([]evals.Rule, error) {
	if len(e.rules) > 0 {
		rules, err := evals.ParseRules(e.rules, set, d)
		return distinct(rules), usage(err)
	}
	same := func(name string) bool {
		other, err := e.testSetPath(p.Root, name)
		return err == nil && sameFile(other, path)
	}
	rules, err := evals.AgentRules(agent, inProject(p.Root, agent.Path), same, d)
	if len(rules) == 0 && err == nil {
		rules, err = evals.SetRules(set, inProject(p.Root, path), d)
	}
	if len(rules) == 0 && err == nil {
		rules, err = evals.MetricRules(p.Evals.Metrics, p.Evals.Threshold, d)
	}
	return distinct(rules), usage(err)
}

// distinct drops rules that ask the same as an earlier one.
func distinct(rules []evals.Rule) (out []evals.Rule) {
	for _, r := range rules {
		same := func(o evals.Rule) bool { return o.Key() == r.Key() && o.Alpha == r.Alpha }
		if !slices.ContainsFunc(out, same) {
			out = append(out, r)
		}
	}
	return out
}
