package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/resident"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// runEval holds the flags of run-eval.
type runEval struct {
	*State
	agent, testSet  string
	rules           []string
	alpha           float64
	width           int
	timeout         time.Duration
	seed            string
	repeats, limit  int
	maxCases        int
	filters         []string
	failedIn, carry string
	full, fresh     bool
	population      bool
	requireFirst    bool
	keys            testsets.Options
	json            bool
	outputs         []string

	foo promptfooFlags

	against, quarantined string
	margin, budget       float64
	record, replay       string
	noCache              bool

	metrics  []string
	judge    panelFlags
	judged   []*judgeModel // empty = no judge
	together bool

	framework string // of the metrics: evals.framework, or what the agent file says

	simulated string // model that plays users
	userSeed  int64
	recorded  bool        // judge the answers that the test set holds
	user      *judgeModel // nil = nobody plays users
}

// leanGC is how much garbage may pile up in a run, in percent of what is in use,
// once the heap is larger than leanHeap bytes. A run waits for its agent most of the
// time: it has cycles to spare rather than memory. GOGC in the environment overrides
// both.
const (
	leanGC   = 70
	leanHeap = 16 << 20
)

func newRunEval(s *State) *cobra.Command {
	e := &runEval{State: s}
	c := &cobra.Command{
		Use:   "run-eval --agent ID --test-set FILE",
		Short: "Run an agent on a test set and let the gate decide",
		Long: `Run-eval sends the cases of a test set to an agent in a seeded random order,
judges every answer, and decides each rule as soon as the evidence allows.

Rules come from --rule, else from the agent file, else from the test set's gate,
else from genops.yaml. Above 200 cases the run stops when every rule is decided;
--full judges all. Killed or interrupted, the same command goes on where it was.

With --against both agents are called on the same cases, and the rule is "not
worse by --margin", unless a rule such as 'pass_rate>baseline' says otherwise.
Answers that are younger than evals.baseline_max_age come from the cache.

A case with turns is a conversation: the user's turns are sent one by one, and the
agent's own answers are its history. With --simulate a model plays users that have a
persona and a goal. Tools that an agent calls are answered by the test set's stubs.

With --judge a model judges metrics such as faithfulness; --metrics adds a rule
for each named one, at evals.threshold. ` + "`genops metrics list`" + ` shows them.

Exit codes: 0 pass, 1 error, 2 usage, 3 failed, 4 undecided.`,
		Example: `  genops run-eval --agent ASM-001 --test-set intents_v2.json
  genops run-eval --agent ASM-001 --test-set intents_v2.json --rule 'intent_accuracy>=0.9' --rule 'latency<=2s@0.99'
  genops run-eval --agent ASM-001@2.1.0 --against production --test-set intents_v2.json
  genops run-eval --agent SUPPORT-7 --test-set refunds.jsonl --budget 2.50 --repeats 3
  genops run-eval --agent SUPPORT-7 --test-set goldens.json --metrics hallucination,coherence,faithfulness --judge openai:gpt-5.4
  genops run-eval --as-recorded --test-set goldens.json --metrics answer_relevancy,bias --judge openai:gpt-5.4
  genops run-eval --agent ASM-001 --test-set intents_v2.json --filter lang=de -o de.html --json`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error { return e.run(c) },
	}
	f := c.Flags()
	f.StringVar(&e.agent, "agent", "", "agent's `ID`, ID@VERSION, ID@LABEL, or its file")
	f.StringVar(&e.testSet, "test-set", "", "test set: a `FILE`, or a name below testsets/ (default: the agent's only one)")
	f.StringArrayVar(&e.rules, "rule", nil, "a `RULE` such as 'intent_accuracy>=0.9' or 'latency<=2s@0.99'; repeatable")
	f.Float64Var(&e.alpha, "alpha", 0.05, "error rate of each verdict, for rules that name none")
	f.IntVar(&e.width, "concurrency", 16, "calls in flight at first; goes down when the agent is overloaded")
	f.DurationVar(&e.timeout, "timeout", time.Minute, "of one call")
	f.BoolVar(&e.full, "full", false, "judge every case, even when every rule is decided")
	f.StringSliceVar(&e.metrics, "metrics", nil, "`NAMES` of metrics, each with the rule NAME>=evals.threshold unless --rule says otherwise")
	f.StringArrayVar(&e.judge.models, "judge", nil, "`MODEL` that judges: PROVIDER:MODEL, or NAME of models/NAME.yaml (default: evals.judge); several decide by majority")
	f.StringVar(&e.judge.compat, "compat", "", "`MODE` of judged metrics: default, exact (DeepEval 4.3.1, silent passes included) or deepeval-4.1; with --config: default, or exact (promptfoo, silent passes included)")
	f.BoolVar(&e.judge.noReasons, "no-judge-reasons", false, "do not ask the judge for reasons, which cost a call each")
	f.BoolVar(&e.together, "judge-together", false, "ask the judge about several metrics in one question, where judge check --together measured that it says the same")
	f.IntVar(&e.judge.width, "judge-concurrency", 0, "judge calls in flight at first (default: evals.judge.concurrency, else --concurrency)")
	f.StringVar(&e.simulated, "simulate", "", "`MODEL` that plays the users of cases with a persona and a goal: PROVIDER:MODEL, or NAME of models/NAME.yaml (default: the test set's, else evals.simulate)")
	f.Int64Var(&e.userSeed, "user-seed", 0, "seed of simulated users: another one makes other users of the same persona")
	f.BoolVar(&e.recorded, "as-recorded", false, "judge the answers that the test set holds, its conversations' or actual_output, and ask nobody; --agent may be left out then, and it is no evidence of one")
	f.StringVar(&e.against, "against", "", "compare with a `VERSION` or label of the agent, or with any agent as ID@VERSION, case by case")
	f.Float64Var(&e.margin, "margin", 0.03, "by how much the agent may be worse than --against, where no rule says so")
	f.Float64Var(&e.budget, "budget", 0, "spend at most so many `USD`; the run stops as undecided before a call could go beyond")
	f.StringVar(&e.record, "record", "", "write every answer into this `FILE`, to replay it without a key")
	f.StringVar(&e.replay, "replay", "", "take every answer from a recorded `FILE`; no agent is called")
	f.BoolVar(&e.noCache, "no-cache", false, "call everything anew, and keep no answer")
	f.StringVar(&e.quarantined, "quarantine", "", "`FILE` of cases that do not count until a date (default: NAME.quarantine.yaml beside the test set)")
	f.IntVar(&e.repeats, "repeats", 1, "draws of each case, and more of those that flip; the gate uses the first")
	f.BoolVar(&e.fresh, "fresh", false, "start a new run even if an unfinished one could be resumed, and call everything anew")
	f.StringVar(&e.seed, "seed", "", "`SEED` of the drawn order (default: from the release and the test set)")
	f.BoolVar(&e.population, "population", false, "ask about the traffic that the set stands for, not about this set")
	f.BoolVar(&e.requireFirst, "require-first", false, "decide by the first try of each rule on this release and set")
	f.StringVar(&e.carry, "carry", "", "take over the evidence of an earlier `RUN` of the same release and set")
	f.StringArrayVar(&e.filters, "filter", nil, "only cases with `KEY=VALUE` (a slice, id, expected, cluster) or an input like /regex/; repeatable")
	f.IntVar(&e.limit, "limit", 0, "only the first `N` cases of the file")
	f.IntVar(&e.maxCases, "max-cases", 0, "stop after `N` cases of the drawn order, decided or not: a quick look that counts as no try")
	f.StringVar(&e.failedIn, "failed-in", "", "only cases that did not pass in this `RUN`")
	f.StringVar(&e.keys.Input, "input-key", "", "`KEY` of the input in plain rows")
	f.StringVar(&e.keys.Expected, "expected-key", "", "`KEY` of the expected value in plain rows")
	f.BoolVar(&e.json, "json", false, "print the result as one JSON object")
	f.StringArrayVarP(&e.outputs, "output", "o", nil, "also write the result to this `FILE`: .json, .html, .xml (JUnit), .md, .jsonl or .csv; with --config in promptfoo's shape, and .junit.xml, .yaml or .txt too; repeatable")
	e.foo.register(c)
	e.completeFlags(c)
	return c
}

// completeFlags lets the shell complete what the project has.
func (e *runEval) completeFlags(c *cobra.Command) {
	c.RegisterFlagCompletionFunc("agent", func(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return completeRef(e.State, c, registry.KindAgent, word)
	})
	c.RegisterFlagCompletionFunc("against", func(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return completeAgainst(e.State, c, word)
	})
	completeRoot(e.State, c, "test-set", testSets)
	completeRoot(e.State, c, "failed-in", runNames)
	completeRoot(e.State, c, "carry", runNames)
	completeJudging(e.State, c)
}

func (e *runEval) run(c *cobra.Command) error {
	if is, err := e.isPromptfoo(); is || err != nil {
		if err != nil {
			return err
		}
		return e.runPromptfoo(c)
	}
	if e.Getenv("GOGC") == "" {
		defer resident.Heap(leanHeap, leanGC)()
	}
	if err := e.check(c); err != nil {
		return err
	}
	p, err := e.project()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	view := newLive(e.State)
	stop := e.onInterrupt(view, cancel)
	prepare, prepared := until(ctx, stop)
	o, arms, err := e.options(prepare, c, p)
	prepared()
	if err != nil {
		return err
	}
	if err := stepsTold(o, arms); err != nil {
		return err
	}
	closePorts, err := e.assertionPorts(ctx, filepath.Join(p.Root, filepath.FromSlash(o.SetName)), o)
	if err != nil {
		return err
	}
	defer closePorts()
	closeLabels, err := e.labelling(ctx, p, o, c.Flags().Changed("budget"))
	if err != nil {
		return err
	}
	defer closeLabels()
	closeOwn, err := e.ownMetrics(ctx, p, o)
	if err != nil {
		return err
	}
	defer closeOwn()
	if !e.noCache {
		defer e.rememberAll(ctx, p)()
	}
	o.ExpectJudge = e.expectJudges(ctx, p, o.Deps.Judging)
	if o.Spending, err = e.spending(ctx, p, c.Flags().Changed("budget"), arms); err != nil {
		return err
	}
	defer e.endUser()
	var closeMemory func()
	if o.Memory, closeMemory, err = e.memory(ctx, p, resolvedOf(arms)); err != nil {
		return err
	}
	defer closeMemory()
	announce := e.announce(view, o.Spending)
	o.Stop, o.Forecast = stop, func(p evals.Planned) {
		announce(p)
		resident.Trim() // what made the plan has run
	}
	o.Progress, o.ProgressEvery = view.progress, view.every()
	witness := e.witness(ctx, p, o, arms[0].resolved)
	result, err := evals.Run(ctx, *o)
	view.end()
	for _, a := range arms {
		a.warn()
	}
	e.warnOfJudges()
	if err != nil {
		return err
	}
	e.testify(ctx, p, witness, o, result)
	return e.report(p, result)
}

// until ends a context also when stop closes: a build ends at the first interrupt.
func until(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	go func() {
		select {
		case <-stop:
			end()
		case <-ctx.Done():
		}
	}()
	return ctx, end
}

// check refuses what can't be meant before anything is read.
func (e *runEval) check(c *cobra.Command) error {
	switch {
	case e.agent == "" && !e.recorded && configIn(e.Dir) != "":
		return usage(fmt.Errorf("run-eval: --agent is missing; to run the promptfoo project that is here:  genops run-eval --config %s", configIn(e.Dir)))
	case e.agent == "" && !e.recorded:
		return usage(errors.New("run-eval: --agent is missing; --as-recorded judges the answers that the test set holds, without an agent (see `genops run-eval --help`)"))
	case !(e.alpha > 0 && e.alpha <= 0.5):
		return usage(fmt.Errorf("--alpha %g: must be above 0 and at most 0.5", e.alpha))
	case e.width < 1 || e.width > 10000:
		return usage(fmt.Errorf("--concurrency %d: must be between 1 and 10000", e.width))
	case e.timeout <= 0:
		return usage(fmt.Errorf("--timeout %s: must be positive", e.timeout))
	case e.repeats < 1 || e.repeats > 1000:
		return usage(fmt.Errorf("--repeats %d: must be between 1 and 1000", e.repeats))
	case !(e.margin >= 0 && e.margin < 1):
		return usage(fmt.Errorf("--margin %g: must be at least 0 and below 1", e.margin))
	case c.Flags().Changed("margin") && e.against == "":
		return usage(errors.New("--margin needs --against"))
	case !(e.budget >= 0):
		return usage(fmt.Errorf("--budget %g: must be 0 or more", e.budget))
	case e.recorded && (e.against != "" || e.record != "" || e.replay != "" || e.simulated != "" || e.repeats > 1):
		return usage(errors.New("--as-recorded asks nobody: --against, --record, --replay, --simulate and --repeats have no meaning beside it"))
	case e.record != "" && e.replay != "":
		return usage(errors.New("--record and --replay exclude each other"))
	case e.maxCases < 0 || e.maxCases == 0 && c.Flags().Changed("max-cases"):
		return usage(fmt.Errorf("--max-cases %d: must be positive", e.maxCases))
	case e.maxCases > 0 && e.full:
		return usage(errors.New("--max-cases and --full exclude each other"))
	case e.judge.width < 0 || e.judge.width > 10000:
		return usage(fmt.Errorf("--judge-concurrency %d: must be between 1 and 10000", e.judge.width))
	case e.limit < 0 || e.limit == 0 && c.Flags().Changed("limit"):
		return usage(fmt.Errorf("--limit %d: must be positive", e.limit))
	}
	for _, out := range e.outputs {
		if _, err := export.ByExtension(out); err != nil {
			return usage(fmt.Errorf("-o %s: %w", out, err))
		}
		if info, err := os.Stat(filepath.Dir(e.path(out))); err != nil || !info.IsDir() {
			return usage(fmt.Errorf("-o %s: no such folder", out))
		}
	}
	return nil
}

// onInterrupt returns a channel that the first signal closes; the second one
// cancels everything.
func (s *State) onInterrupt(view *live, cancel func()) <-chan struct{} {
	stop := make(chan struct{})
	if s.Interrupts == nil {
		return stop
	}
	signals := s.Interrupts()
	go func() {
		<-signals
		view.say("stopping: no new calls; waiting for those in flight (again to stop at once)")
		close(stop)
		<-signals
		cancel()
	}()
	return stop
}

// commandLine is the command as it can be typed again.
func (s *State) commandLine() string {
	words := []string{s.Program}
	for _, a := range s.Args {
		if a == "--fresh" {
			continue
		}
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`<>|&;()*?[]{}!#~") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// reports are the files that every run's folder gets.
func reports() map[string]func(io.Writer, evals.Result, []evals.CaseRow) error {
	return map[string]func(io.Writer, evals.Result, []evals.CaseRow) error{
		evals.ReportFile: export.HTML, "junit.xml": export.JUnit, "summary.md": export.Markdown}
}

func resolvedOf(arms []*caller) []*registry.Resolved {
	var out []*registry.Resolved
	for _, a := range arms {
		out = append(out, a.resolved)
	}
	return out
}

// report shows the result in every form that was asked for, and turns its
// verdict into the exit code.
func (e *runEval) report(p *config.Project, r *evals.Result) error {
	r.Report = e.show(filepath.Join(p.Root, filepath.FromSlash(r.Report)))
	if err := e.writeOutputs(p, r); err != nil {
		return err
	}
	if e.json {
		shown := *r
		shown.Rules = slices.Clone(r.Rules)
		for i := range shown.Rules {
			shown.Rules[i].Path = nil // the picture's points stay in result.json
		}
		if err := writeJSON(e.Stdout, shown); err != nil {
			return err
		}
	} else {
		e.State.story(r)
	}
	return verdictExit(r.Verdict)
}

// writeOutputs writes the files of -o, and what GitHub Actions reads.
func (e *runEval) writeOutputs(p *config.Project, r *evals.Result) error {
	inActions := e.Getenv("GITHUB_ACTIONS") == "true"
	if len(e.outputs) == 0 && !inActions {
		return nil
	}
	f, err := evals.RunsOf(p.Root).Find(r.Run)
	if err != nil {
		return err
	}
	rows, err := f.Rows()
	if err != nil {
		return err
	}
	for _, out := range e.outputs {
		write, err := export.ByExtension(out)
		if err != nil {
			return err
		}
		if err := evals.WriteReport(e.path(out), func(w io.Writer) error { return write(w, *r, rows) }); err != nil {
			return fmt.Errorf("-o %s: %w", out, err)
		}
	}
	if !inActions {
		return nil
	}
	return e.tellActions(p, r, rows)
}

// tellActions annotates the failures for GitHub, and adds to the step's summary.
func (e *runEval) tellActions(p *config.Project, r *evals.Result, rows []evals.CaseRow) error {
	step := e.Getenv("GITHUB_STEP_SUMMARY")
	to := e.Stdout
	if e.json {
		to = e.Stderr
	}
	if err := export.Annotations(to, *r, rows, e.inRepository(p.Root, r.TestSet)); err != nil || step == "" {
		return err
	}
	file, err := os.OpenFile(step, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(export.Markdown(file, *r, rows), file.Close())
}

// inRepository is a file of the project as the forge knows it: relative to the
// repository, in which the project may be a folder.
func (e *runEval) inRepository(root, name string) string {
	workspace := e.Getenv("GITHUB_WORKSPACE")
	if workspace == "" || filepath.IsAbs(name) {
		return name
	}
	return inProject(workspace, filepath.Join(root, filepath.FromSlash(name)))
}
