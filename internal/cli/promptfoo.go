package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// promptfooRun is a run of a promptfoo project: run-eval --config.
type promptfooRun struct {
	*runEval
	home        *config.Project // where runs and the cache are kept
	loaded      *project.Project
	rows        []project.Row
	languages   *promptfoo.Languages
	router      *promptfoo.Router // of their JavaScript
	memory      *promptfoo.Memory
	ends        []func() error
	callTimeout time.Duration // of one call; 0 = promptfoo's
	fetching    string        // what was named last
	inFlight    int           // calls at once
	inOrder     bool          // cases are drawn in the order of the rows
	found       *promptfoo.Results
	partial     bool // found takes only the rows that the table shows
}

// configNames are the names under which promptfoo looks for a configuration.
func configNames() []string {
	var names []string
	for _, ending := range []string{".yaml", ".yml", ".json", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"} {
		names = append(names, "promptfooconfig"+ending)
	}
	return names
}

func configIn(dir string) string {
	for _, name := range configNames() {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return name
		}
	}
	return ""
}

// isPromptfoo says whether the command is about a promptfoo configuration, and
// finds it: the one that is named, or the one in this folder where nothing is
// named and neither a genops.yaml nor an agent is there.
func (e *runEval) isPromptfoo() (bool, error) {
	f := &e.foo
	if f.tests == "" {
		f.tests = f.vars0
	}
	if (f.assertions == "") != (f.outputsFile == "") {
		return false, usage(errors.New("--assertions and --model-outputs go together: a file of assertions, and outputs that were made before"))
	}
	switch {
	case len(f.configs) == 0 && f.assertions != "":
		if f.config = configIn(e.Dir); f.config == "" {
			f.config, f.bare = f.assertions, true
		}
		return true, nil
	case len(f.configs) == 0:
		if e.agent == "" && e.testSet == "" {
			_, err := os.Stat(filepath.Join(e.Dir, config.Name))
			if agents, _ := filepath.Glob(filepath.Join(e.Dir, "agents", "*.yaml")); err != nil || len(agents) == 0 {
				f.config = configIn(e.Dir)
			}
		}
		return f.config != "", nil
	case e.agent != "" || e.testSet != "":
		return false, usage(errors.New("--config and --agent exclude each other: a configuration names its providers and tests itself"))
	}
	all, err := e.configFiles(f.configs)
	if err != nil {
		return false, usage(err)
	}
	f.config, f.more = all[0], all[1:]
	return true, nil
}

// configFiles are the configurations that names stand for: files, folders that
// hold one, and patterns.
func (e *runEval) configFiles(names []string) (all []string, err error) {
	for _, name := range names {
		info, err := os.Stat(e.path(name))
		switch {
		case err == nil && !info.IsDir():
			all = append(all, name)
		case err == nil:
			found := configIn(e.path(name))
			if found == "" {
				return nil, fmt.Errorf("--config %s: there is no promptfooconfig.yaml in this folder", name)
			}
			all = append(all, filepath.Join(name, found))
		default:
			found := project.Glob(e.path(name))
			if len(found) == 0 {
				return nil, fmt.Errorf("--config %s: no such file: %w", name, fs.ErrNotExist)
			}
			for _, path := range found {
				if !filepath.IsAbs(name) {
					path = e.show(path)
				}
				all = append(all, path)
			}
		}
	}
	return all, nil
}

// looseGC is how much garbage may pile up while a promptfoo project runs, in percent
// of what is in use: at the size of most projects these are some MB, and a tenth of
// the run's work. GOGC in the environment overrides it.
const (
	looseGC  = 200
	manyRows = 10_000 // from there on memory counts more
)

// runPromptfoo runs a promptfoo project.
func (e *runEval) runPromptfoo(c *cobra.Command) (err error) {
	if err := e.checkPromptfoo(c); err != nil {
		return err
	}
	before := 0
	if e.Getenv("GOGC") == "" {
		before = debug.SetGCPercent(looseGC)
		defer debug.SetGCPercent(before)
	}
	r := &promptfooRun{runEval: e}
	defer func() { err = errors.Join(err, r.end()) }()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	view := newLive(e.State)
	quiet := func() bool {
		return e.foo.noProgress || off(r.loaded.Evaluate.ShowProgress)
	}
	stop := e.onInterrupt(view, cancel)
	if err := r.load(ctx); err != nil {
		return err
	}
	o, err := r.options(ctx, c)
	if err != nil {
		return err
	}
	if len(r.rows) > manyRows && before > 0 {
		debug.SetGCPercent(before)
	}
	r.collect(o)
	if o.Stop = stop; !quiet() {
		o.Progress, o.ProgressEvery = view.progress, view.every()
	}
	began := time.Now()
	result, err := evals.Run(ctx, *o)
	view.end()
	if err != nil {
		return err
	}
	if err := r.memory.Failed(); err != nil {
		fmt.Fprintln(e.Stderr, "warning: the cache of calls was not used throughout:", plain(err.Error()))
	}
	return r.report(result, began)
}

// checkPromptfoo refuses flags that mean something else here.
func (e *runEval) checkPromptfoo(c *cobra.Command) error {
	for _, name := range []string{"against", "margin", "record", "replay", "carry", "filter", "limit", "quarantine", "input-key", "expected-key", "repeats", "metrics", "judge-concurrency", "no-judge-reasons", "simulate", "user-seed"} {
		if c.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s does not go with a promptfoo configuration", name))
		}
	}
	if err := e.answerOthers(c); err != nil {
		return err
	}
	if err := e.foo.checkNumbers(c); err != nil {
		return err
	}
	switch len(e.judge.models) {
	case 0:
	case 1:
		e.judge.model = e.judge.models[0]
	default:
		return usage(errors.New("--judge: a promptfoo configuration has one judge where nothing names one, no panel"))
	}
	switch e.judge.compat {
	case "", "default", "exact":
	default:
		return usage(fmt.Errorf("--compat %q: known: default, exact", e.judge.compat))
	}
	return nil
}

func (r *promptfooRun) end() (err error) {
	for _, f := range slices.Backward(r.ends) {
		err = errors.Join(err, f())
	}
	return err
}

// load reads the project, and tells all that is wrong with it and all that it
// starts, before anything is spent.
func (r *promptfooRun) load(ctx context.Context) (err error) {
	if r.home, err = r.State.project(); errors.Is(err, fs.ErrNotExist) {
		r.home, err = config.ParseProject(r.Dir, config.Name, nil)
	}
	if err != nil {
		return err
	}
	f := &r.foo
	opt := project.Options{Fetch: r.fetch, Environ: environment(), Prompts: f.prompts, Providers: f.providers, Prefix: f.prefix, Suffix: f.suffix,
		Bare: f.bare, Description: f.description, Grader: f.grader, Exact: r.judge.compat == "exact"}
	if !filepath.IsAbs(f.config) {
		opt.Shown = filepath.Dir(f.config)
	}
	for _, name := range f.more {
		opt.More = append(opt.More, r.path(name))
	}
	for _, names := range f.envFiles {
		for name := range strings.SplitSeq(names, ",") {
			opt.EnvFiles = append(opt.EnvFiles, r.path(strings.TrimSpace(name)))
		}
	}
	if f.assertions != "" {
		opt.Assertions, opt.ModelOutputs = r.path(f.assertions), r.path(f.outputsFile)
	}
	if opt.Tags, err = varFlags("--tag", f.tags); err != nil {
		return err
	}
	if opt.Tests = f.tests; f.tests != "" && !strings.Contains(f.tests, "://") {
		opt.Tests = r.path(f.tests)
	}
	if opt.Vars, err = varFlags("--var", f.vars); err != nil {
		return err
	}
	if err := r.startLanguages(project.Environment(r.path(f.config), opt)); err != nil {
		return err
	}
	opt.Script, opt.Python = r.languages, r.languages
	var problems []project.Problem
	r.loaded, problems = project.Load(ctx, r.path(f.config), opt)
	var starts []project.Program
	if r.loaded != nil {
		var more []project.Problem
		starts, more = r.languages.Preflight(ctx, r.loaded)
		problems = append(problems, more...)
	}
	if err := r.complainOf(problems); err != nil {
		return err
	}
	if err := r.checkOutputs(); err != nil {
		return err
	}
	r.router.Warm(r.loaded)
	r.announcePrograms(append(r.loaded.Programs, starts...))
	return r.complainOf(r.languages.Identify(ctx, r.loaded))
}

// fetch gets tests from an address, and names it first.
func (r *promptfooRun) fetch(ctx context.Context, f project.Fetch) (*project.Fetched, error) {
	if line := fmt.Sprintf("fetches tests: %s (%s)", f.Shown(), r.at(f.Place)); line != r.fetching {
		r.fetching = line // of many pages only once
		fmt.Fprintln(r.Stderr, plain(line))
	}
	r.router.Confine()
	return promptfoo.FetchTests(ctx, f)
}

// startLanguages prepares what runs scripts; programs start with their first
// call, and one that is not installed is missed only by what needs it.
func (r *promptfooRun) startLanguages(env map[string]string) error {
	engine, err := script.New(script.Config{Env: env, Decode: promptfoo.ParseResult, Log: r.Stderr})
	if err != nil {
		return err
	}
	r.ends = append(r.ends, engine.Close)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		lines = append(lines, name+"="+env[name])
	}
	router := &promptfoo.Router{Sandbox: engine, Starts: func(what string) { fmt.Fprintln(r.Stderr, "starts node: "+plain(what)) }}
	r.languages = &promptfoo.Languages{JS: router, Regexps: engine, Needs: engine.Needs}
	for runtime, to := range map[script.Runtime]*promptfoo.Engine{script.Node: &r.languages.Node, script.Python: &r.languages.Python, script.Ruby: &r.languages.Ruby} {
		runner, err := script.NewRunner(script.RunnerConfig{Runtime: runtime, Dir: r.Dir, Env: lines, Bundler: engine, Decode: promptfoo.ParseResult, Log: r.Stderr})
		if err != nil {
			*to = promptfoo.Absent{Err: err}
			continue
		}
		r.ends = append(r.ends, runner.Close)
		*to = runner
	}
	router.Node, r.router = r.languages.Node, router
	return nil
}

// environment is that of this process, by name.
func environment() map[string]string {
	env := map[string]string{}
	for _, line := range os.Environ() {
		if name, value, ok := strings.Cut(line, "="); ok && name != "" {
			env[name] = value
		}
	}
	return env
}

// varFlags reads flags KEY=VALUE, in their order.
func varFlags(flag string, texts []string) (*jsvalue.Object, error) {
	out := &jsvalue.Object{}
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, usage(fmt.Errorf("%s %q: write KEY=VALUE", flag, text))
		}
		out.Set(key, value)
	}
	return out, nil
}

// complainOf lists what can't be run as it is written; one fatal problem ends the
// command. Notes go to stderr.
func (r *promptfooRun) complainOf(problems []project.Problem) error {
	var fatal []string
	same := map[string]int{}
	for _, p := range problems {
		if !p.Fatal {
			same[likeness(p)]++
		}
	}
	for _, p := range problems {
		line := r.at(p.Place)
		if p.Key != "" {
			line += ": " + p.Key
		}
		line = plain(line + ": " + p.Message)
		if p.Fatal {
			fatal = append(fatal, line)
			continue
		}
		like := likeness(p)
		switch n := same[like]; {
		case n > 1:
			fmt.Fprintf(r.Stderr, "note: %s (and %d more like it)\n", line, n-1)
		case n == 1:
			fmt.Fprintln(r.Stderr, "note: "+line)
		}
		same[like] = 0 // told
	}
	if len(fatal) > 0 {
		return fmt.Errorf("this configuration can't be run as it is written; nothing was called:\n%s", strings.Join(fatal, "\n"))
	}
	if r.loaded == nil {
		return fmt.Errorf("%s can't be read", r.foo.config)
	}
	return nil
}

// likeness is equal for notes that say the same of several items of one list, such
// as a column of a file that is no key of a test.
func likeness(p project.Problem) string {
	var b strings.Builder
	b.WriteString(p.File)
	inside := false
	for _, c := range p.Key + "\n" + p.Message {
		if inside = c == '[' || inside && c >= '0' && c <= '9'; !inside || c == '[' {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// announcePrograms names what of the user's will be started, before it is.
func (r *promptfooRun) announcePrograms(programs []project.Program) {
	for _, p := range programs {
		if p.Kind == "embedded" {
			continue
		}
		fmt.Fprintf(r.Stderr, "starts %s: %s (%s, %s)\n", p.Kind, plain(r.relative(p.What)), p.For, plain(r.at(p.Place)))
	}
}

// at names a place as the user would write it.
func (r *promptfooRun) at(p project.Place) string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", r.relative(p.File), p.Line)
	}
	return r.relative(p.File)
}

// relative shows an absolute path from where the user stands.
func (r *promptfooRun) relative(text string) string {
	if filepath.IsAbs(text) {
		return r.show(text)
	}
	return text
}
