package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// options gathers what the run needs from flags, agent file, test set and
// project, in this order of precedence, and who makes its calls.
func (e *runEval) options(ctx context.Context, c *cobra.Command, p *config.Project) (*evals.Options, []*caller, error) {
	resolved, err := nobody(p.Root), error(nil)
	if e.agent != "" {
		if resolved, err = e.resolve(ctx, p, e.agent); err != nil {
			return nil, nil, err
		}
	}
	base, err := e.baseline(ctx, p, resolved.Agent.ID)
	if err != nil {
		return nil, nil, err
	}
	path, o, err := e.readSet(p, resolved.Agent)
	if err != nil {
		return nil, nil, err
	}
	if o.Quarantine, err = e.quarantine(p, o.Set, path); err != nil {
		return nil, nil, err
	}
	if err := e.runFlags(c, p, o); err != nil {
		return nil, nil, err
	}
	arms, err := e.arms(c, p, o, resolved, base)
	if err != nil {
		return nil, nil, err
	}
	if e.judge.width == 0 && p.Evals.Judge.Concurrency == 0 {
		e.judge.width = o.Width
	}
	e.framework = p.Evals.Framework
	e.agentJudge(p, resolved.Agent, path)
	if o.Deps.Judging, e.judged, err = e.panel(p, e.judge, arms[0].timeout); err != nil {
		return nil, nil, err
	}
	if o.Deps.Judging == nil {
		if o.Deps.Computing, err = computing(p); err != nil {
			return nil, nil, err
		}
	}
	if err := e.converse(p, o, arms); err != nil {
		return nil, nil, err
	}
	if o.Rules, err = e.allRules(c, p, resolved.Agent, base != nil, o.Set, path); err != nil {
		return nil, nil, err
	}
	return o, arms, e.askTogether(p, o)
}

// nobody stands for the agent where the answers that a test set holds are judged
// and none is named.
func nobody(root string) *registry.Resolved {
	return &registry.Resolved{Agent: &registry.Agent{ID: evals.RecordedAgent}, Root: root,
		Release: registry.Release{Version: "answers", Digest: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(evals.RecordedAgent)))}}
}

// readSet reads the test set that is named, or the agent's only one.
func (e *runEval) readSet(p *config.Project, agent *registry.Agent) (path string, o *evals.Options, err error) {
	if e.testSet == "" {
		if len(agent.Evals) != 1 {
			return "", nil, usage(fmt.Errorf("run-eval: --test-set is missing, and agent %s names %d test sets", agent.ID, len(agent.Evals)))
		}
		e.testSet = agent.Evals[0].TestSet
	}
	if path, err = e.testSetPath(p.Root, e.testSet); err != nil {
		return "", nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	name := inProject(p.Root, path)
	set, err := testsets.Read(name, data, e.keys)
	if err == nil {
		e.setNotes(set)
	}
	return path, &evals.Options{Root: p.Root, Set: set, SetName: name, SetData: data, SetKeys: e.keys}, err
}

// runFlags takes in how the run is to go: flags, else the project.
func (e *runEval) runFlags(c *cobra.Command, p *config.Project, o *evals.Options) (err error) {
	if e.failedIn, err = evalRun(p.Root, "--failed-in", e.failedIn); err != nil {
		return err
	}
	if e.carry, err = evalRun(p.Root, "--carry", e.carry); err != nil {
		return err
	}
	o.Population, o.Full, o.Repeats, o.RequireFirst, o.Carry, o.Fresh = e.population, e.full, e.repeats, e.requireFirst, e.carry, e.fresh
	o.MaxCases, o.AsRecorded = e.maxCases, e.recorded
	o.Subset = evals.Subset{Filters: e.filters, Limit: e.limit, FailedIn: e.failedIn}
	o.SkipUnavailable, o.Retries, o.RepeatAmbiguous = p.Evals.OnUnavailable == "skip", p.Evals.Retries, p.Evals.Ambiguous == "retry"
	if o.Calibrations, err = judges.Load(p.Root); err != nil {
		return err
	}
	o.Uncalibrated = p.Evals.UncalibratedJudges
	o.MaxAge, o.Deps, o.Reports, o.ResumeWith = p.Evals.BaselineAge, validators.Deps{Embedder: embedder{}}, reports(), e.commandLine()
	o.Width = e.width
	if !c.Flags().Changed("concurrency") {
		o.Width = p.Evals.Concurrency
	}
	if e.seed != "" {
		n, err := strconv.ParseUint(e.seed, 10, 64)
		if err != nil {
			return usage(fmt.Errorf("--seed %q: must be a whole number from 0 to 2^64-1", e.seed))
		}
		o.Seed = &n
	}
	return nil
}

// arms says who makes the calls: of the agent under test and, with --against, of
// the baseline.
func (e *runEval) arms(c *cobra.Command, p *config.Project, o *evals.Options, test, base *registry.Resolved) ([]*caller, error) {
	if err := checkPrompt(test, o.Set); err != nil {
		return nil, err
	}
	if !c.Flags().Changed("timeout") {
		e.timeout = p.Evals.Timeout
	}
	timeout := e.timeout
	t := &caller{state: e.State, project: p, resolved: test, timeout: timeout, width: o.Width}
	o.Agent, o.Release, o.Start, o.Timeout = test.Agent, test.Release, t.start, t.deadline()
	if base == nil {
		return []*caller{t}, nil
	}
	if err := checkPrompt(base, o.Set); err != nil {
		return nil, fmt.Errorf("--against: %w", err)
	}
	b := &caller{state: e.State, project: p, resolved: base, timeout: timeout, width: o.Width, suffix: "-baseline"}
	o.Against = &evals.Arm{Agent: base.Agent.ID, Release: base.Release, Start: b.start, Timeout: b.deadline()}
	return []*caller{t, b}, nil
}

// allRules are the rules that gate, and the comparison with a baseline.
func (e *runEval) allRules(c *cobra.Command, p *config.Project, agent *registry.Agent, paired bool, set *testsets.Set, path string) ([]evals.Rule, error) {
	d := evals.Defaults{Alpha: p.Evals.Alpha, Share: p.Evals.Threshold}
	if c.Flags().Changed("alpha") {
		d.Alpha = e.alpha
	}
	rules, err := e.gateRules(p, agent, set, path, d)
	if err == nil {
		rules, err = e.metricRules(rules, p, d)
	}
	if err != nil || !paired {
		return rules, err
	}
	margin := p.Evals.Margin
	if c.Flags().Changed("margin") {
		margin = e.margin
	}
	return append(rules, evals.Paired(rules, margin, d.Alpha)...), nil
}

// agentJudge takes judge and metrics from the agent file where no flag names
// them.
func (e *runEval) agentJudge(p *config.Project, agent *registry.Agent, path string) {
	for _, spec := range agent.Evals {
		other, err := e.testSetPath(p.Root, spec.TestSet)
		if err != nil || !sameFile(other, path) {
			continue
		}
		if spec.Framework != "" {
			e.framework = spec.Framework
		}
		if len(e.judge.models) == 0 && spec.Judge != "" {
			e.judge.models = []string{spec.Judge}
		}
		if len(e.metrics) == 0 && len(e.rules) == 0 {
			e.metrics = spec.Metrics
		}
	}
}

// metricRules adds a rule for each metric of --metrics that has none. Rules of
// the project's defaults give way to them.
func (e *runEval) metricRules(rules []evals.Rule, p *config.Project, d evals.Defaults) ([]evals.Rule, error) {
	if len(e.metrics) == 0 {
		return rules, nil
	}
	rules = slices.DeleteFunc(rules, func(r evals.Rule) bool { return r.Default })
	for _, name := range e.metrics {
		if _, err := validators.Lookup(name); err != nil {
			return nil, usage(fmt.Errorf("metrics: %w", err))
		}
	}
	more, err := evals.MetricRules(e.metrics, p.Evals.Threshold, d)
	if err != nil {
		return nil, usage(fmt.Errorf("metrics: %w", err))
	}
	for _, r := range more {
		r.Source, r.Default = "metrics", false
		if !slices.ContainsFunc(rules, func(o evals.Rule) bool { return o.Metric == r.Metric }) {
			rules = append(rules, r)
		}
	}
	return rules, nil
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
