package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// promptfooFlags are those that only a promptfoo project knows.
type promptfooFlags struct {
	configs                              []string
	config                               string   // the first of the configurations, "" = none
	more                                 []string // those that are combined with it
	bare                                 bool     // config is no configuration, but a file of assertions
	tests, vars0, grader                 string
	assertions, outputsFile, description string
	prompts, providers, vars, tags       []string
	envFiles                             []string
	prefix, suffix                       string
	repeat, firstN, sample, delay, width int
	sampleSeed                           int64
	span, pattern                        string
	onlyProviders, onlyTargets           string
	onlyPrompts                          string
	failing, failingOnly, errorsOnly     string
	metadata                             []string
	table, noTable                       bool
	cell                                 int
	noProgress                           bool
	resume                               string
}

func (f *promptfooFlags) register(c *cobra.Command) {
	s := c.Flags()
	s.StringArrayVarP(&f.configs, "config", "c", nil, "run this promptfoo configuration as it is: a `FILE`, its folder or a pattern (default: promptfooconfig.* in a folder without genops.yaml); several are combined as promptfoo combines them; repeatable")
	s.StringVarP(&f.tests, "tests", "t", "", "with --config: take the tests from this `FILE` or address")
	s.StringVarP(&f.vars0, "vars", "v", "", "with --config: the same as --tests")
	s.StringVarP(&f.assertions, "assertions", "a", "", "judge the outputs of --model-outputs by the assertions in this `FILE`")
	s.StringVar(&f.outputsFile, "model-outputs", "", "JSON `FILE` of outputs that were made before, for --assertions")
	s.StringArrayVarP(&f.prompts, "prompts", "p", nil, "with --config: prompts instead of the configuration's; repeatable")
	s.StringArrayVarP(&f.providers, "providers", "r", nil, "with --config: providers instead of the configuration's; repeatable")
	s.StringArrayVar(&f.vars, "var", nil, "with --config: a variable `KEY=VALUE` of every test; repeatable")
	s.StringArrayVar(&f.tags, "tag", nil, "with --config: a tag `KEY=VALUE` of the run, over the configuration's; repeatable")
	s.StringVar(&f.description, "description", "", "with --config: description of the run, instead of the configuration's")
	s.StringArrayVar(&f.envFiles, "env-file", nil, "with --config: a `FILE` of environment variables (default: .env beside the configuration); repeatable")
	s.StringArrayVar(&f.envFiles, "env-path", nil, "with --config: the same as --env-file")
	s.StringVar(&f.prefix, "prompt-prefix", "", "with --config: text before every prompt")
	s.StringVar(&f.suffix, "prompt-suffix", "", "with --config: text behind every prompt")
	s.StringVar(&f.grader, "grader", "", "with --config: `PROVIDER:MODEL` that judges where nothing names one")
	s.IntVar(&f.repeat, "repeat", 0, "with --config: rows of each test, as promptfoo repeats them")
	s.IntVar(&f.delay, "delay", 0, "with --config: `MILLISECONDS` to wait after each call")
	s.IntVarP(&f.firstN, "filter-first-n", "n", 0, "with --config: only the first `N` tests")
	s.StringVar(&f.span, "filter-range", "", "with --config: only tests with these numbers, `START:END`; from 0, the end left out")
	s.IntVar(&f.sample, "filter-sample", 0, "with --config: only `N` tests, drawn by --seed")
	s.Int64Var(&f.sampleSeed, "filter-sample-seed", 0, "with --config: draw the tests that promptfoo draws with this `SEED`")
	s.StringVar(&f.pattern, "filter-pattern", "", "with --config: only tests whose description matches this `REGEXP`")
	s.StringVar(&f.onlyProviders, "filter-providers", "", "with --config: only providers whose id or label matches this `REGEXP`")
	s.StringVar(&f.onlyTargets, "filter-targets", "", "with --config: the same as --filter-providers")
	s.StringVar(&f.onlyPrompts, "filter-prompts", "", "with --config: only prompts whose id or label matches this `REGEXP`")
	s.StringVar(&f.failing, "filter-failing", "", "with --config: only tests that did not pass in this `RUN` or results.json")
	s.StringVar(&f.failingOnly, "filter-failing-only", "", "with --config: only tests that failed in this `RUN` or results.json, without errors")
	s.StringVar(&f.errorsOnly, "filter-errors-only", "", "with --config: only tests that ended with an error in this `RUN` or results.json")
	s.StringArrayVar(&f.metadata, "filter-metadata", nil, "with --config: only tests with this `KEY=VALUE` in their metadata; repeatable")
	s.BoolVar(&f.table, "table", true, "with --config: print a table of the rows")
	s.BoolVar(&f.noTable, "no-table", false, "with --config: print no table of the rows")
	s.IntVar(&f.cell, "table-cell-max-length", 0, "with --config: at most `N` characters in a cell of the table")
	s.IntVarP(&f.width, "max-concurrency", "j", 0, "with --config: calls in flight, instead of --concurrency")
	s.BoolVar(&f.noProgress, "no-progress-bar", false, "with --config: show no progress")
	f.registerOthers(c)
}

// otherFlag is a flag of promptfoo that means nothing here, or is not supported.
type otherFlag struct {
	name, short string
	value       bool   // it takes one
	note        string // why it changes nothing; "" = it is refused
	refused     string // what to do instead
}

func otherFlags() []otherFlag {
	return []otherFlag{
		{name: "no-share", note: "nothing is ever uploaded"},
		{name: "verbose", note: "the run's folder and -o keep everything there is to see"},
		{name: "no-write", note: "the run is kept all the same: a repeated command goes on where it was (genops runs lists runs)"},
		{name: "share", refused: "nothing is uploaded to promptfoo; write a report with -o report.html"},
		{name: "watch", short: "w", refused: "files are not watched; run the command again"},
		{name: "remote", refused: "nothing is generated on promptfoo's servers; name a judge with --grader"},
		{name: "suggest-prompts", value: true, refused: "no prompts are suggested; leave it out"},
		{name: "extension", short: "x", value: true, refused: "hooks of the user's code are not run: they could change prompts, tests and results unseen"},
		{name: "retry-errors", refused: "run the tests that ended with an error again with --filter-errors-only latest"},
	}
}

// registerOthers takes what promptfoo's command takes, so that each is answered by
// name.
func (f *promptfooFlags) registerOthers(c *cobra.Command) {
	s := c.Flags()
	for _, o := range otherFlags() {
		if o.value {
			s.StringArrayP(o.name, o.short, nil, o.refused)
		} else {
			s.BoolP(o.name, o.short, false, o.refused+o.note)
		}
		s.Lookup(o.name).Hidden = true
	}
	s.StringVar(&f.resume, "resume", "", "an unfinished run goes on by itself")
	s.Lookup("resume").NoOptDefVal, s.Lookup("resume").Hidden = "latest", true
}

// answerOthers refuses flags that are not supported, and says which change
// nothing.
func (e *runEval) answerOthers(c *cobra.Command) error {
	for _, o := range otherFlags() {
		if !c.Flags().Changed(o.name) {
			continue
		}
		if on, _ := c.Flags().GetBool(o.name); !o.value && !on {
			continue
		}
		if o.refused != "" {
			return usage(fmt.Errorf("--%s: %s", o.name, o.refused))
		}
		fmt.Fprintf(e.Stderr, "note: --%s changes nothing: %s\n", o.name, o.note)
	}
	switch e.foo.resume {
	case "":
	case "latest":
		fmt.Fprintln(e.Stderr, "note: --resume changes nothing: an unfinished run of this configuration goes on by itself; --fresh begins anew")
	default:
		return usage(errors.New("--resume ID: an unfinished run goes on when the same command is given again; genops runs lists the command of each"))
	}
	return nil
}

// checkNumbers refuses numbers that mean nothing, as promptfoo does: without them
// all tests would run, at the price of all.
func (f *promptfooFlags) checkNumbers(c *cobra.Command) error {
	for _, one := range []struct {
		flag         string
		given, least int
	}{
		{"filter-first-n", f.firstN, 1}, {"filter-sample", f.sample, 1}, {"repeat", f.repeat, 1}, {"max-concurrency", f.width, 1},
		{"delay", f.delay, 0}, {"table-cell-max-length", f.cell, 1},
	} {
		if c.Flags().Changed(one.flag) && one.given < one.least {
			return usage(fmt.Errorf("--%s %d: must be at least %d", one.flag, one.given, one.least))
		}
	}
	return nil
}

// spreadFlags are those that promptfoo's command takes several values for.
var spreadFlags = [...]string{"-c", "--config", "-p", "--prompts", "-r", "--providers", "-o", "--output"}

// spread writes "-c a b" as "-c a -c b": the command has no other arguments.
func spread(args []string) (out []string) {
	if len(args) == 0 || args[0] != "run-eval" {
		return args
	}
	open := "" // the flag whose values go on
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case slices.Contains(spreadFlags[:], a) && i+1 < len(args):
			out = append(out, a, args[i+1])
			open = a
			i++
		case a == "--resume" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			out, open = append(out, a+"="+args[i+1]), ""
			i++
		case open != "" && !strings.HasPrefix(a, "-"):
			out = append(out, open, a)
		default:
			open = ""
			out = append(out, a)
		}
	}
	return out
}
