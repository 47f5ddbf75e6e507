package cli

import "github.com/spf13/cobra"

// promptfooFlags are those that only a promptfoo project knows.
type promptfooFlags struct {
	configs                              []string
	config                               string   // the first of the configurations, "" = none
	more                                 []string // those that are combined with it
	tests, grader                        string
	prompts, providers, vars, envFiles   []string
	prefix, suffix                       string
	repeat, firstN, sample, delay, width int
	pattern, onlyProviders, onlyPrompts  string
	metadata                             []string
	noTable                              bool
}

func (f *promptfooFlags) register(c *cobra.Command) {
	s := c.Flags()
	s.StringArrayVarP(&f.configs, "config", "c", nil, "run this promptfoo configuration as it is: a `FILE`, its folder or a pattern (default: promptfooconfig.* in a folder without genops.yaml); several are combined as promptfoo combines them; repeatable")
	s.StringVarP(&f.tests, "tests", "t", "", "with --config: take the tests from this `FILE`")
	s.StringArrayVarP(&f.prompts, "prompts", "p", nil, "with --config: prompts instead of the configuration's; repeatable")
	s.StringArrayVarP(&f.providers, "providers", "r", nil, "with --config: providers instead of the configuration's; repeatable")
	s.StringArrayVar(&f.vars, "var", nil, "with --config: a variable `KEY=VALUE` of every test; repeatable")
	s.StringArrayVar(&f.envFiles, "env-file", nil, "with --config: a `FILE` of environment variables (default: .env beside the configuration); repeatable")
	s.StringVar(&f.prefix, "prompt-prefix", "", "with --config: text before every prompt")
	s.StringVar(&f.suffix, "prompt-suffix", "", "with --config: text behind every prompt")
	s.StringVar(&f.grader, "grader", "", "with --config: `PROVIDER:MODEL` that judges where nothing names one")
	s.IntVar(&f.repeat, "repeat", 0, "with --config: rows of each test, as promptfoo repeats them")
	s.IntVar(&f.delay, "delay", 0, "with --config: `MILLISECONDS` to wait after each call")
	s.IntVarP(&f.firstN, "filter-first-n", "n", 0, "with --config: only the first `N` tests")
	s.IntVar(&f.sample, "filter-sample", 0, "with --config: only `N` tests, drawn by --seed")
	s.StringVar(&f.pattern, "filter-pattern", "", "with --config: only tests whose description matches this `REGEXP`")
	s.StringVar(&f.onlyProviders, "filter-providers", "", "with --config: only providers whose id or label matches this `REGEXP`")
	s.StringVar(&f.onlyPrompts, "filter-prompts", "", "with --config: only prompts whose id or label matches this `REGEXP`")
	s.StringArrayVar(&f.metadata, "filter-metadata", nil, "with --config: only tests with this `KEY=VALUE` in their metadata; repeatable")
	s.BoolVar(&f.noTable, "no-table", false, "with --config: print no table of the rows")
	s.IntVarP(&f.width, "max-concurrency", "j", 0, "with --config: calls in flight, instead of --concurrency")
}
