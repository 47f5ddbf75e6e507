package cli

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/judged"
)

func newMetrics(s *State) *cobra.Command {
	return group("metrics", "List the metrics, and show what one measures",
		"  genops metrics list\n  genops metrics show faithfulness", newMetricsList(s), newMetricsShow(s))
}

// metricLine is one metric in a list.
type metricLine struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	About     string   `json:"about"`
	Needs     []string `json:"needs"`
	Unit      string   `json:"unit,omitempty"`
	Direction string   `json:"direction"`       // what is better
	Calls     string   `json:"calls,omitempty"` // of the judge, per case
}

func metricLineOf(m validators.Metric) metricLine {
	l := metricLine{Name: m.Name, Kind: m.Kind.String(), About: m.About, Needs: append([]string{}, m.Needs...), Unit: m.Unit, Direction: "higher"}
	if !m.HigherIsBetter {
		l.Direction = "lower"
	}
	j, err := judged.Lookup(m.Name)
	if err != nil || m.Kind != validators.KindJudged {
		return l
	}
	l.Calls = j.Calls
	for _, f := range j.Needs { // what comes with the answer
		if f == judged.Turns || f == judged.ToolsCalled || f == judged.Trace || f == judged.MCPServers {
			l.Needs = append(l.Needs, string(f))
		}
	}
	return l
}

func newMetricsList(s *State) *cobra.Command {
	var asJSON bool
	var kind string
	kinds := []string{"assertion", "score", "limit", "judged"}
	c := &cobra.Command{Use: "list", Short: "List the metrics that rules and assertions can name",
		Example: "  genops metrics list\n  genops metrics list --kind judged\n  genops metrics list --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if kind != "" && !slices.Contains(kinds, kind) {
				return usage(fmt.Errorf("--kind %q; known: %s", kind, strings.Join(kinds, ", ")))
			}
			var lines []metricLine
			for _, m := range validators.Known() {
				if l := metricLineOf(m); kind == "" || l.Kind == kind {
					lines = append(lines, l)
				}
			}
			if asJSON {
				return writeJSON(s.Stdout, lines)
			}
			t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tKIND\tBETTER\tNEEDS\tJUDGE CALLS\tWHAT IT MEASURES")
			for _, l := range lines {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, l.Kind, l.Direction, dash(strings.Join(l.Needs, ", ")), dash(l.Calls), l.About)
			}
			return t.Flush()
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	c.Flags().StringVar(&kind, "kind", "", "only metrics of this `KIND`: "+strings.Join(kinds, ", "))
	return c
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// metricDetails is all that show tells of a metric.
type metricDetails struct {
	metricLine
	Steps       []string          `json:"steps,omitempty"`   // of the judge, in order
	Prompts     []metricPrompt    `json:"prompts,omitempty"` // that word them
	Parameters  []string          `json:"parameters,omitempty"`
	Example     json.RawMessage   `json:"example,omitempty"`     // an assertion
	Definitions map[string]string `json:"definitions,omitempty"` // version by mode
	LowerIn41   bool              `json:"lower_in_deepeval_4_1,omitempty"`
	Deviations  []metricDeviation `json:"deviations,omitempty"` // of the default mode from DeepEval 4.3.1
	// Promptfoo is where the default mode could not judge and promptfoo 0.123.1 does.
	Promptfoo []promptfooDeviation `json:"promptfoo_deviations,omitempty"`
	ValueKeys []string             `json:"value_keys,omitempty"` // of a value that is an object
}

type promptfooDeviation struct {
	Name string `json:"name"`
	When string `json:"when"`
	Peer string `json:"promptfoo"`
	Why  string `json:"why"` // no verdict, or another one
	Here string `json:"here"`
}

type metricPrompt struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Yours   bool   `json:"yours"` // the project's own
}

type metricDeviation struct {
	Name  string `json:"name"`
	Class string `json:"class,omitempty"` // of "could not judge"
	Peer  string `json:"deepeval"`
	Here  string `json:"here"`
}

func newMetricsShow(s *State) *cobra.Command {
	var asJSON bool
	var prompt string
	c := &cobra.Command{Use: "show NAME", Short: "Show a metric: needs, steps, parameters, prompts, deviations",
		Long: `Show tells what a metric measures and needs of a case and, of a judged one, its
steps and parameters, the prompts that word them, and what it does otherwise than
DeepEval. A file of the same name in ` + validators.JudgePromptsDir + `/ stands in for a prompt; --prompt
prints the built-in one, to begin with.`,
		Example: "  genops metrics show faithfulness\n  genops metrics show g-eval --json\n  genops metrics show faithfulness --prompt faithfulness-verdicts > " + validators.JudgePromptsDir + "/faithfulness-verdicts.prompt", Args: exactly(1, "the NAME of a metric"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, m := range validators.Known() {
				names = append(names, m.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := validators.Lookup(args[0])
			if err != nil {
				return usage(err)
			}
			if prompt != "" {
				return s.printPrompt(m, prompt)
			}
			d, err := metricDetailsOf(m, s.judgePrompts())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.Stdout, d)
			}
			s.showMetric(d)
			return nil
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().StringVar(&prompt, "prompt", "", "print the text of the built-in prompt `NAME`, or of a part that prompts share (_rules, _data)")
	c.MarkFlagsMutuallyExclusive("json", "prompt")
	return c
}

// printPrompt prints a built-in prompt of a metric, or a part of it. A file of the
// user's is not looked at: a shell empties the one that this goes to before.
func (s *State) printPrompt(m validators.Metric, name string) error {
	builtIn := &validators.Prompts{}
	d, err := metricDetailsOf(m, builtIn)
	if err != nil {
		return err
	}
	name = strings.TrimSuffix(name, ".prompt")
	var known []string
	for _, p := range d.Prompts {
		known = append(known, p.Name)
	}
	if len(known) == 0 {
		return usage(fmt.Errorf("--prompt %s: %s has no prompt that can be shown", name, d.Name))
	}
	if !slices.Contains(known, name) && !strings.HasPrefix(name, "_") {
		return usage(fmt.Errorf("--prompt %s: the prompts of %s are %s", name, d.Name, strings.Join(known, ", ")))
	}
	_, data, err := builtIn.Source(name)
	if err != nil {
		return usage(fmt.Errorf("--prompt %s: %w", name, err))
	}
	_, err = s.Stdout.Write(data)
	return err
}

// judgePrompts are those of the project, if there is one, and the built-in ones.
func (s *State) judgePrompts() *validators.Prompts {
	prompts := &validators.Prompts{}
	if p, err := s.project(); err == nil {
		prompts.Dir = judgePromptsOf(p)
	}
	return prompts
}

func metricDetailsOf(m validators.Metric, prompts *validators.Prompts) (*metricDetails, error) {
	d := &metricDetails{metricLine: metricLineOf(m)}
	if m.Kind == validators.KindAssertion && assertions.Known(m.Name) {
		for _, dev := range assertions.DeviationsOf(strings.TrimPrefix(m.Name, "not-")) {
			d.Promptfoo = append(d.Promptfoo, promptfooDeviation{string(dev.ID), dev.When, dev.Exact, dev.Why, dev.Here()})
		}
		for _, t := range assertions.Types() {
			if t.Name == strings.TrimPrefix(m.Name, "not-") {
				d.ValueKeys = t.Keys
			}
		}
	}
	for _, name := range validators.ForPromptfoo(strings.TrimPrefix(m.Name, "not-")) {
		if err := d.add(prompts, name, name); err != nil {
			return nil, err
		}
	}
	j, err := judged.Lookup(m.Name)
	if err != nil || m.Kind != validators.KindJudged {
		return d, nil
	}
	d.Steps, d.LowerIn41 = j.Steps, j.LowerIn41
	d.Parameters = append(slices.Clone(j.Options), "threshold", "strict_mode", "include_reason")
	d.Example = json.RawMessage(j.Example(m.Name))
	d.Definitions = map[string]string{}
	for _, mode := range []judged.Mode{judged.Default, judged.Exact, judged.Old} {
		d.Definitions[mode.String()] = mode.Version()
	}
	for i, name := range j.Prompts() {
		if err := d.add(prompts, name, promptStep(j, i)); err != nil {
			return nil, err
		}
	}
	for _, dev := range judged.Deviations {
		if dev.Concerns(j) {
			d.Deviations = append(d.Deviations, metricDeviation{dev.Name, string(dev.Class), dev.Peer, dev.Here})
		}
	}
	return d, nil
}

// add notes the prompt in force for a question.
func (d *metricDetails) add(prompts *validators.Prompts, name, step string) error {
	found, err := prompts.Find(name, step)
	if err != nil {
		return err
	}
	d.Prompts = append(d.Prompts, metricPrompt{strings.TrimSuffix(path.Base(found.File), ".prompt"), found.File, found.Version, found.Digest(), strings.HasPrefix(found.File, validators.JudgePromptsDir+"/")})
	return nil
}

// promptStep is the step that the ith of a metric's prompts words.
func promptStep(j judged.Metric, i int) string {
	var steps []string
	for _, step := range j.Steps {
		if !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}
	return steps[i]
}

func (s *State) showMetric(d *metricDetails) {
	fmt.Fprintf(s.Stdout, "%s (%s): %s\n\n", d.Name, d.Kind, d.About)
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "better\t%s\n", d.Direction)
	if d.LowerIn41 {
		fmt.Fprintln(t, "\tlower in DeepEval 4.1: --compat deepeval-4.1 keeps that; scores are turned round")
	}
	fmt.Fprintf(t, "needs\t%s\n", dash(strings.Join(d.Needs, ", ")))
	if len(d.ValueKeys) > 0 {
		fmt.Fprintf(t, "value\tan object may have %s\n", strings.Join(d.ValueKeys, ", "))
	}
	if len(d.Definitions) > 0 {
		fmt.Fprintf(t, "judge calls\t%s\n", d.Calls)
		fmt.Fprintf(t, "steps\t%s\n", strings.Join(d.Steps, ", "))
		about := judged.Parameters()
		for _, p := range d.Parameters {
			fmt.Fprintf(t, "parameter\t%s: %s\n", p, about[p])
		}
	}
	for _, p := range d.Prompts {
		whose := "built in; " + validators.JudgePromptsDir + "/" + p.Name + ".prompt stands in for it"
		if p.Yours {
			whose = "yours: " + p.File
		}
		fmt.Fprintf(t, "prompt\t%s, version %s, %.19s… (%s)\n", plain(p.Name), dash(plain(p.Version)), p.Digest, plain(whose))
	}
	if len(d.Example) > 0 {
		fmt.Fprintf(t, "assertion\t%s\n", d.Example)
	}
	t.Flush()
	if len(d.Deviations) > 0 {
		fmt.Fprintln(s.Stdout, "\nOtherwise than DeepEval 4.3.1, unless --compat exact:")
		for _, dev := range d.Deviations {
			fmt.Fprintf(s.Stdout, "- %s: there %s; here %s\n", dev.Name, dev.Peer, dev.Here)
		}
	}
	if len(d.Promptfoo) > 0 {
		fmt.Fprintln(s.Stdout, "\nOtherwise than promptfoo 0.123.1, unless --compat exact:")
		for _, dev := range d.Promptfoo {
			fmt.Fprintf(s.Stdout, "- %s: promptfoo: %s; here %s\n", dev.When, dev.Peer, dev.Here)
		}
	}
}
