package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// defaultPromptfooWidth is promptfoo's own number of calls in flight, where
// neither the configuration nor the command says another. Order is kept by the
// gate, so more do no harm to the verdict; providers of users may be less able.
const defaultPromptfooWidth = 4

// options makes a run of package evals out of the project.
func (r *promptfooRun) options(ctx context.Context, c *cobra.Command) (*evals.Options, error) {
	if err := r.selectRows(ctx, c); err != nil {
		return nil, err
	}
	name := inProject(r.home.Root, r.path(r.foo.config))
	data := promptfoo.Set(r.rows, filepath.Base(name))
	setName := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)) + ".json"
	set, err := testsets.Read(setName, data, testsets.Options{})
	if err != nil {
		return nil, fmt.Errorf("keeping the rows of %s: %w", name, err)
	}
	o := &evals.Options{Root: r.home.Root, Agent: &registry.Agent{ID: "promptfoo", Path: r.path(r.foo.config), Root: r.loaded.Dir},
		Set: set, SetName: name, SetData: data, OwnJudge: true, Reports: reports(), ResumeWith: r.commandLine(), Fresh: r.fresh,
		Retries: r.home.Evals.Retries, RepeatAmbiguous: r.home.Evals.Ambiguous == "retry", MaxCases: r.maxCases, RequireFirst: r.requireFirst, Population: r.population}
	if o.Release, err = r.release(); err != nil {
		return nil, err
	}
	if r.seed != "" {
		n, err := strconv.ParseUint(r.seed, 10, 64)
		if err != nil {
			return nil, usage(fmt.Errorf("--seed %q: must be a whole number from 0 to 2^64-1", r.seed))
		}
		o.Seed = &n
	}
	if err := r.promptfooRules(c, o); err != nil {
		return nil, err
	}
	o.Width = r.widthOf(c)
	if c.Flags().Changed("timeout") {
		r.callTimeout = r.timeout
	}
	if r.failedIn != "" {
		if o.Subset.FailedIn, err = evalRun(r.home.Root, "--failed-in", r.failedIn); err != nil {
			return nil, err
		}
	}
	if promptfoo.Serial(r.loaded) || r.loaded.Evaluate.DelayMS > 0 {
		o.Width, o.InOrder, o.Full = 1, true, true
	}
	if promptfoo.Chained(r.loaded) {
		o.InOrder, o.Full = true, true
	}
	r.inOrder, r.inFlight = o.InOrder, o.Width
	runner, err := r.runnerFor(ctx, o)
	if err != nil {
		return nil, err
	}
	if c.Flags().Changed("budget") {
		o.Spending, err = r.limit(runner)
	}
	return o, err
}

// widthOf is how many calls are in flight: the command's, else the
// configuration's, else promptfoo's default.
func (r *promptfooRun) widthOf(c *cobra.Command) int {
	if c.Flags().Changed("max-concurrency") && r.foo.width > 0 {
		return r.foo.width
	}
	if c.Flags().Changed("concurrency") {
		return r.width
	}
	return cmp.Or(r.loaded.CommandLine.MaxConcurrency, r.loaded.Evaluate.MaxConcurrency, defaultPromptfooWidth)
}

// selectRows lists the rows that the filters leave.
func (r *promptfooRun) selectRows(ctx context.Context, c *cobra.Command) (err error) {
	f, l := &r.foo, r.loaded.CommandLine
	if r.foo.delay > 0 || l.DelayMS > 0 {
		changed := *r.loaded
		changed.Evaluate.DelayMS = cmp.Or(float64(f.delay), l.DelayMS)
		r.loaded = &changed
	}
	pick := promptfoo.Pick{Repeat: cmp.Or(f.repeat, l.Repeat, r.loaded.Evaluate.Repeat, 1), FirstN: f.firstN, Sample: cmp.Or(f.sample, l.FilterSample),
		Range: cmp.Or(f.span, l.FilterRange, r.loaded.Evaluate.FilterRange), Pattern: f.pattern, Providers: cmp.Or(f.onlyProviders, f.onlyTargets), Prompts: f.onlyPrompts,
		Metadata: f.metadata, Seed: r.seed, SampleSeed: l.FilterSampleSeed,
		Match: func(pattern, text string) (bool, error) { return r.languages.Regexps.Match(ctx, pattern, "", text) }}
	if c.Flags().Changed("filter-sample-seed") {
		pick.SampleSeed = &f.sampleSeed
	}
	if pick.Failed, err = r.earlier(); err != nil {
		return err
	}
	if r.loaded, r.rows, err = pick.Rows(r.loaded); err != nil {
		return usage(err)
	}
	r.rows = promptfoo.InOrder(r.rows)
	if len(r.rows) == 0 {
		return usage(fmt.Errorf("%s has no row to run: no test, prompt or provider is left", r.foo.config))
	}
	return nil
}

// earlier finds the tests that did not pass in another run, or in a results file;
// nil = all are wanted.
func (r *promptfooRun) earlier() (func(*project.Test) bool, error) {
	f := &r.foo
	e := &promptfoo.Earlier{}
	asked := ""
	for _, one := range []struct {
		flag, name string
		which      promptfoo.Failing
	}{
		{"--filter-failing", f.failing, promptfoo.NotPassed},
		{"--filter-failing-only", f.failingOnly, promptfoo.OnlyFailures},
		{"--filter-errors-only", f.errorsOnly, promptfoo.OnlyErrors},
	} {
		if one.name == "" {
			continue
		}
		asked += " " + one.flag + " " + one.name
		var err error
		if strings.HasSuffix(one.name, ".json") {
			var data []byte
			if data, err = os.ReadFile(r.path(one.name)); err == nil {
				err = e.Read(data, one.which)
			}
		} else {
			err = r.earlierRun(e, one.flag, strings.TrimPrefix(one.name, "eval-"), one.which)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", one.flag, one.name, err)
		}
	}
	switch {
	case asked == "":
		return nil, nil
	case e.None():
		return nil, fmt.Errorf("%s: none of its %d rows is left: nothing to run", asked[1:], e.Rows)
	}
	return e.Has, nil
}

// earlierRun reads the rows of a run of the project.
func (r *promptfooRun) earlierRun(e *promptfoo.Earlier, flag, name string, which promptfoo.Failing) error {
	run, err := evalRun(r.home.Root, flag, name)
	if err != nil {
		return err
	}
	f, err := evals.RunsOf(r.home.Root).Find(run)
	if err != nil {
		return err
	}
	return f.Details(func(d evals.Detail) error {
		row, err := promptfoo.ParseResult(d.Detail)
		if err == nil {
			e.Add(row, which)
		}
		return err
	})
}

// release is what is evaluated: every file of the project, and what the command
// line changes of it.
func (r *promptfooRun) release() (registry.Release, error) {
	f := &r.foo
	parts, err := promptfoo.Parts(r.loaded, r.judgePrompts().Digest(), strings.Join(f.vars, "\n"), strings.Join(f.prompts, "\n"), strings.Join(f.providers, "\n"),
		f.prefix+"\n"+f.suffix, f.grader+r.judge.model+"\n"+r.judge.compat, promptfoo.ProviderIDs(r.loaded))
	if err != nil {
		return registry.Release{}, err
	}
	out := registry.Release{Digest: promptfoo.Digest(parts)}
	for _, p := range parts {
		out.Parts = append(out.Parts, registry.Part{Name: p.Name, Digest: p.Digest})
	}
	out.Version = strings.TrimPrefix(out.Digest, "sha256:")[:12]
	return out, nil
}

// promptfooRules takes the rules of the command. Without one every case must
// pass, and all are judged, as promptfoo does; its own variable for the share
// that must pass counts too.
func (r *promptfooRun) promptfooRules(c *cobra.Command, o *evals.Options) error {
	d := evals.Defaults{Alpha: r.home.Evals.Alpha, Share: r.home.Evals.Threshold}
	if c.Flags().Changed("alpha") {
		d.Alpha = r.alpha
	}
	if len(r.rules) > 0 {
		rules, err := evals.ParseRules(r.rules, o.Set, d)
		o.Rules, o.Full = distinct(rules), r.full
		return usage(err)
	}
	share, source := 1.0, "promptfoo: every case must pass"
	if text := r.variable("PROMPTFOO_PASS_RATE_THRESHOLD"); text != "" {
		percent, err := strconv.ParseFloat(text, 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return usage(fmt.Errorf("PROMPTFOO_PASS_RATE_THRESHOLD=%s: must be a percentage from 0 to 100", text))
		}
		share, source = percent/100, "PROMPTFOO_PASS_RATE_THRESHOLD"
	}
	rule := evals.Rule{Source: source}
	rule.Rule = gate.Rule{Metric: "pass_rate", Bar: share, Alpha: d.Alpha}
	o.Rules, o.Full, o.InOrder = []evals.Rule{rule}, true, true
	return nil
}

// variable is one of the environment, or of the project's .env.
func (r *promptfooRun) variable(name string) string {
	return cmp.Or(r.Getenv(name), r.loaded.Env[name])
}

// runnerFor makes what answers the cases, and the memory of earlier calls.
func (r *promptfooRun) runnerFor(ctx context.Context, o *evals.Options) (*promptfoo.Runner, error) {
	noCache := r.noCache || off(r.loaded.CommandLine.Cache) || off(r.loaded.Evaluate.Cache) || r.variable("PROMPTFOO_CACHE_ENABLED") == "false"
	if !noCache && r.home.Evals.CacheMB > 0 && promptfoo.Remote(r.loaded) {
		cache, err := assets.OpenCache(ctx, assets.CachePath(r.home.Root), int64(r.home.Evals.CacheMB)<<20)
		if err != nil {
			fmt.Fprintln(r.Stderr, "warning: the cache of calls is not used:", plain(err.Error()))
		} else {
			r.ends = append(r.ends, cache.Close)
			r.memory = &promptfoo.Memory{Cache: cache, MaxAge: r.home.Evals.BaselineAge, Fresh: r.fresh}
		}
	}
	table, err := prices.Load(r.home.Root)
	if err != nil {
		return nil, err
	}
	if err := r.judgePrompts().Check(); err != nil { // the folder may be there for something else
		fmt.Fprintln(r.Stderr, "warning:", plain(err.Error()))
	}
	exact := r.judge.compat == "exact"
	runner, err := promptfoo.New(&promptfoo.Runner{Project: r.loaded, Rows: r.rows, Languages: r.languages, Prices: table, Getenv: r.Getenv,
		Width: o.Width, Timeout: r.callTimeout, Retries: o.Retries, Repeat: o.RepeatAmbiguous, Exact: exact, Memory: r.memory, Prompts: r.judgePrompts(), EvalID: "eval-" + o.Release.Version,
		Grader: r.judge.model})
	if err != nil {
		return nil, err
	}
	r.ends = append(r.ends, runner.Close)
	o.Judges, o.Uncalibrated = runner.Judges(), r.home.Evals.UncalibratedJudges
	if o.Calibrations, err = judges.Load(r.home.Root); err != nil {
		return nil, err
	}
	problems := runner.Unavailable()
	if exact { // the rows say so, as promptfoo's do
		for i := range problems {
			problems[i].Fatal = false
		}
	}
	if err := r.complainOf(problems); err != nil {
		return nil, err
	}
	if !exact {
		for _, line := range runner.Problems() {
			fmt.Fprintln(r.Stderr, "note: "+plain(line))
		}
	}
	o.Known = func(d evals.Detail) error { return runner.Known(d.ID, d.Detail) }
	o.Start = func(string) (pipeline.Generator, error) { return onlyGenerate{runner}, nil }
	return runner, nil
}

// onlyGenerate hides that a runner is closed by who made it.
type onlyGenerate struct{ pipeline.Generator }

func off(b *bool) bool { return b != nil && !*b }

// failedExit is the exit code of a failed run: promptfoo's own variable for it
// counts.
func (r *promptfooRun) failedExit(verdict string) error {
	err := verdictExit(verdict)
	var code exit
	text := r.variable("PROMPTFOO_FAILED_TEST_EXIT_CODE")
	if text == "" || !errors.As(err, &code) {
		return err
	}
	n, parseErr := strconv.Atoi(text)
	if parseErr != nil || n < 0 || n > 255 {
		return usage(fmt.Errorf("PROMPTFOO_FAILED_TEST_EXIT_CODE=%s: must be a whole number from 0 to 255", text))
	}
	if n == 0 {
		return nil
	}
	return exit{n}
}

// limit keeps a run within its budget. What a row costs is not known before: the
// highest one so far stands in, and the first is made alone. So the price of
// every model must be known.
func (r *promptfooRun) limit(runner *promptfoo.Runner) (*pipeline.Spending, error) {
	if id := runner.Unpriced(); id != "" {
		return nil, usage(fmt.Errorf("--budget: no price of %s is known, so nothing can be kept below a budget; `genops prices show` lists those that are, `genops prices update` fetches more, and what you pay goes into %s in the project", id, prices.File))
	}
	return &pipeline.Spending{LimitUSD: r.budget, Worst: func(pipeline.Request) (float64, bool) { return 0, false }}, nil
}

// judgePrompts are the wordings of judges' questions: those of the folder of the
// project, or of the configuration, in place of the built-in ones.
func (r *promptfooRun) judgePrompts() *validators.Prompts {
	return &validators.Prompts{Dir: judgePromptsOf(r.home)}
}
