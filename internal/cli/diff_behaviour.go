package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// probeFlags are the flags of --behaviour.
type probeFlags struct {
	on                bool
	testSet, model    string
	samples, maxCases int
	budget            float64
	alpha             float64
	noCache           bool
	limited           bool
}

// probeHelp is the part of the help that is about --behaviour.
func probeHelp(kind registry.Kind) string {
	if kind != registry.KindPrompt && kind != registry.KindAgent {
		return ""
	}
	return `
With --behaviour both versions answer the cases of a test set, each several
times. They differ when their answers are farther apart than exchanging the
versions' labels within each case explains, or when one passes more. That lifts a
rewording to a change; it never makes less of what the rules found.
`
}

func (f *probeFlags) flags(s *State, c *cobra.Command) {
	g := c.Flags()
	g.BoolVar(&f.on, "behaviour", false, "also ask both versions the cases of --test-set, and compare what they answer")
	g.StringVar(&f.testSet, "test-set", "", "with --behaviour: a `FILE`, or a name below testsets/")
	g.StringVar(&f.model, "model", "", "with --behaviour: `PROVIDER:NAME` or models/NAME that answers (default: the prompt's own, else that of an agent that uses it)")
	g.IntVar(&f.samples, "samples", 3, "with --behaviour: answers of each version to each case")
	g.IntVar(&f.maxCases, "max-cases", 100, "with --behaviour: `N` cases at most")
	g.Float64Var(&f.budget, "budget", 0, "with --behaviour: spend at most so many `USD`")
	g.Float64Var(&f.alpha, "alpha", 0.05, "with --behaviour: how often a version may be said to differ from itself")
	g.BoolVar(&f.noCache, "no-cache", false, "with --behaviour: call everything anew, and keep no answer")
	completeRoot(s, c, "test-set", testSets)
}

// check refuses what can't be meant.
func (f *probeFlags) check(c *cobra.Command, one bool) error {
	if !f.on {
		for _, name := range []string{"test-set", "model", "samples", "max-cases", "budget", "alpha", "no-cache"} {
			if c.Flags().Changed(name) {
				return usage(fmt.Errorf("--%s needs --behaviour", name))
			}
		}
		return nil
	}
	f.limited = c.Flags().Changed("budget")
	switch {
	case !one:
		return usage(errors.New("--behaviour compares two versions of one object: give its NAME"))
	case f.testSet == "":
		return usage(errors.New("--behaviour needs --test-set"))
	case f.samples < 2 || f.samples > 100:
		return usage(fmt.Errorf("--samples %d: must be between 2 and 100; one answer shows no noise to compare with", f.samples))
	case f.maxCases < 1:
		return usage(fmt.Errorf("--max-cases %d: must be positive", f.maxCases))
	case !(f.budget >= 0):
		return usage(fmt.Errorf("--budget %g: must be 0 or more", f.budget))
	case !(f.alpha > 0 && f.alpha <= 0.5):
		return usage(fmt.Errorf("--alpha %g: must be above 0 and at most 0.5", f.alpha))
	}
	return nil
}

// behaviour asks both versions.
func (d *objectDiff) behaviour(ctx context.Context, p somewhere, before, after *registry.Object) (*semdiff.Behaviour, error) {
	path, err := d.testSetPath(p.Root, d.probe.testSet)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set, err := testsets.Read(inProject(p.Root, path), data, testsets.Options{})
	if err != nil {
		return nil, err
	}
	b := &probing{objectDiff: d, project: p, set: set}
	defer b.close()
	o, err := b.options(ctx, before, after)
	if err != nil {
		return nil, err
	}
	view := newLive(d.State)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if d.Interrupts != nil {
		signals := d.Interrupts()
		go func() { <-signals; cancel() }()
	}
	calls := 2 * d.probe.samples * min(len(set.Cases), d.probe.maxCases)
	view.say(fmt.Sprintf("asking both versions: %d cases, %d answers each, at most %d calls", min(len(set.Cases), d.probe.maxCases), d.probe.samples, calls))
	r, err := evals.Probe(ctx, *o)
	if err != nil {
		return nil, fmt.Errorf("--behaviour: %w", err)
	}
	if len(r.Cases) == 0 {
		return nil, fmt.Errorf("--behaviour: no case was answered by both versions %d times", d.probe.samples)
	}
	out := semdiff.Behave(r.Cases, semdiff.ProbeOptions{Alpha: d.probe.alpha, Seed: o.Seed, Similarity: embedder{}.Similarity})
	out.TestSet, out.Model, out.CostUSD, out.Reused = set.Path, b.model, r.CostUSD, r.Reused
	if r.Short {
		fmt.Fprintf(d.Stderr, "warning: the budget of $%.4g allowed %d of %d cases\n", d.probe.budget, len(r.Cases), r.Asked)
	}
	if answers := 2 * out.Cases * out.Samples; out.Failures == answers {
		return nil, fmt.Errorf("--behaviour: none of the %d calls brought an answer; the first error: %s", answers, r.Cases[0].Before[0].Text)
	}
	return out, nil
}

// options gathers what a probe needs.
func (b *probing) options(ctx context.Context, before, after *registry.Object) (*evals.ProbeOptions, error) {
	e := b.project.Evals
	o := &evals.ProbeOptions{Set: b.set, MaxCases: b.probe.maxCases, Samples: b.probe.samples, Width: e.Concurrency, Retries: e.Retries,
		RepeatAmbiguous: e.Ambiguous == "retry", Deps: validators.Deps{Embedder: embedder{}}}
	var err error
	if o.Before, err = b.arm(ctx, before, "before"); err != nil {
		return nil, err
	}
	if o.After, err = b.arm(ctx, after, "after"); err != nil {
		return nil, err
	}
	o.Seed = evals.DefaultSeed(o.After.Release, b.set.Digest)
	if o.Spending, err = b.spending(); err != nil {
		return nil, err
	}
	o.Memory, err = b.memory(ctx)
	return o, err
}

// memory is the project's cache of calls.
func (b *probing) memory(ctx context.Context) (m evals.Memory, err error) {
	if b.probe.noCache || b.project.Evals.CacheMB == 0 || len(b.cacheable) == 0 {
		return m, nil
	}
	cache, err := assets.OpenCache(ctx, assets.CachePath(b.project.Root), int64(b.project.Evals.CacheMB)<<20)
	if err != nil {
		fmt.Fprintln(b.Stderr, "warning: the cache of calls is not used:", plain(err.Error()))
		return m, nil
	}
	b.closers = append(b.closers, cache.Close)
	m.From, m.MaxAge = "cache", b.project.Evals.BaselineAge
	m.Recall = func(ctx context.Context, release string, keys []string) (map[string]assets.Answer, error) {
		if !b.cacheable[release] {
			return nil, nil
		}
		return cache.Get(ctx, release, keys)
	}
	m.Keep = func(answers []evals.Kept) error {
		var fresh []assets.Answer
		for _, a := range answers {
			if b.cacheable[a.Release] {
				fresh = append(fresh, a.Answer)
			}
		}
		return cache.Put(context.WithoutCancel(ctx), fresh)
	}
	return m, nil
}

// spending keeps a probe within its budget. A version whose calls have no known
// highest price is refused then.
func (b *probing) spending() (*pipeline.Spending, error) {
	if !b.probe.limited {
		return nil, nil
	}
	s := &pipeline.Spending{LimitUSD: b.probe.budget}
	for _, m := range b.models {
		if m == nil {
			return nil, usage(fmt.Errorf("--budget: what a call of agent %s costs is not known, so nothing can be kept below a budget", b.name))
		}
		if !m.Bounded() {
			return nil, usage(fmt.Errorf("--budget: the highest price of a call of %s is not known; give its config a limit such as maxOutputTokens, and its price in prices.yaml", m.Ref()))
		}
	}
	s.Worst = func(q pipeline.Request) (float64, bool) {
		if m := b.models[q.Release]; m != nil {
			return m.Worst(q), true
		}
		return math.Inf(1), true
	}
	return s, nil
}
