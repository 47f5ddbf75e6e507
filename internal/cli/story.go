package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/evals"
)

// story tells a person what a run came to; its last line names the report.
func (s *State) story(r *evals.Result) {
	w := s.Stdout
	fmt.Fprintf(w, "%s  %s %s on %s\n", headline(r), r.Agent, r.Version, plain(r.TestSet))
	fmt.Fprintln(w, scope(r))
	if r.Subset != "" {
		fmt.Fprintf(w, "Only a subset (%s): the verdict is about these cases, and no evidence for the set.\n", plain(r.Subset))
	}
	fmt.Fprintln(w)
	rulesTable(w, r.Rules)
	if !slices.ContainsFunc(r.Rules, func(rule evals.RuleResult) bool { return rule.Gates }) {
		pasteRule(w, r)
	}
	metricsTable(w, r.Metrics)
	for _, e := range r.Errors {
		fmt.Fprintf(w, "Error in %d case(s), for example %s: %s\n", e.N, plain(e.Case), clip(plain(e.Error), 300))
	}
	weakSlices(w, r)
	flaky(w, r.Flaky)
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "! "+plain(warning))
	}
	fmt.Fprintln(w, "\nNext:")
	for _, line := range s.next(r) {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w, "\nReport: "+r.Report)
}

func headline(r *evals.Result) string {
	switch r.Verdict {
	case "pass":
		return "PASS"
	case "fail":
		return "FAIL"
	}
	return "UNDECIDED"
}

// scope says after how many of how many cases, and what that saved.
func scope(r *evals.Result) string {
	seen := r.Cases.Judged + r.Cases.Unjudged
	s := fmt.Sprintf("%d of %d cases: %d passed, %d failed, %d errored, %d unjudged; %d calls",
		seen, r.Cases.Total, r.Cases.Passed, r.Cases.Failed, r.Cases.Errored, r.Cases.Unjudged, r.Calls.Made)
	if r.Calls.Repeated > 0 {
		s += fmt.Sprintf(" (%d repeated)", r.Calls.Repeated)
	}
	if r.CostUSD > 0 {
		s += fmt.Sprintf(", $%.4f", r.CostUSD)
	}
	s += fmt.Sprintf(", %.1f s", float64(r.DurationMS)/1000)
	if saved := r.Cases.Total - seen; r.Stopped && saved > 0 {
		s += fmt.Sprintf("\nStopped early: every rule was decided; %d calls (%.0f %%) were not needed. --full judges all.", saved, 100*float64(saved)/float64(r.Cases.Total))
	}
	return s
}

func rulesTable(w io.Writer, rules []evals.RuleResult) {
	if len(rules) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tVERDICT\tESTIMATE\tINTERVAL\tCASES\tWHY")
	for _, r := range rules {
		rule := fmt.Sprintf("%s %s %g", r.Metric, sign(r.Kind), r.Bar)
		estimate, interval := "-", "-"
		if r.Estimate != nil {
			estimate = fmt.Sprintf("%.4f", *r.Estimate)
		}
		if r.Interval != nil {
			interval = fmt.Sprintf("%.4f – %.4f", r.Interval[0], r.Interval[1])
		}
		verdict := r.Verdict
		if !r.Gates {
			verdict = "does not gate"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d of %d\t%s\n", plain(rule), verdict, estimate, interval, r.N, r.Of, plain(r.Reason))
		if r.Wilson != nil {
			fmt.Fprintf(t, "\t\t\t%.4f – %.4f\t\tthe traffic behind this set (Wilson, %g %%)\n", r.Wilson[0], r.Wilson[1], 100*(1-r.Alpha))
		}
	}
	t.Flush()
	fmt.Fprintln(w)
}

// pasteRule proposes the line that would gate a run without rules.
func pasteRule(w io.Writer, r *evals.Result) {
	for _, m := range r.Metrics {
		if m.Unit == "" && m.Mean != nil && (m.Metric == "intent_accuracy" || m.Metric == "pass_rate" && len(r.Labels) == 0) {
			fmt.Fprintf(w, "No rule gates this run. To gate it, paste this into the agent file's evals:\n  rules: [{metric: %s, at_least: 0.9, alpha: 0.05}]\nor add to the command:  --rule '%s>=0.9'\n\n", m.Metric, m.Metric)
			return
		}
	}
	fmt.Fprint(w, "No rule gates this run; add one to the command, for example:  --rule 'latency<=2s'\n\n")
}

func metricsTable(w io.Writer, metrics []evals.MetricSummary) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tMEAN\tCASES\tNOTE")
	for _, m := range metrics {
		mean, note := "-", ""
		switch {
		case m.Mean == nil:
		case m.Unit == "":
			mean = fmt.Sprintf("%.4f", *m.Mean)
			if m.Interval != nil {
				note = fmt.Sprintf("95 %% interval %.3f – %.3f for the traffic behind the set", m.Interval[0], m.Interval[1])
			}
		default:
			mean = fmt.Sprintf("%.4g %s", *m.Mean, m.Unit)
			note = fmt.Sprintf("p50 %.4g, p95 %.4g", m.P50, m.P95)
		}
		if m.Unjudged > 0 {
			note = strings.TrimPrefix(note+fmt.Sprintf(", %d unjudged", m.Unjudged), ", ")
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", plain(m.Metric), mean, m.N, plain(note))
	}
	t.Flush()
}

// weakSlices names the slices whose interval lies below the rate of all, or
// the lowest one when none does.
func weakSlices(w io.Writer, r *evals.Result) {
	var weakest *evals.SliceSummary
	shown := 0
	for i := range r.Slices {
		s := &r.Slices[i]
		if s.Weak {
			if shown < 5 {
				fmt.Fprintf(w, "Weak slice: %s\n", sliceLine(s))
			}
			shown++
		}
		if weakest == nil || s.Rate < weakest.Rate || s.Rate == weakest.Rate && s.N > weakest.N {
			weakest = s
		}
	}
	if shown == 0 && weakest != nil && r.Cases.Judged > 0 && weakest.Rate < float64(r.Cases.Passed)/float64(r.Cases.Judged) {
		fmt.Fprintf(w, "Lowest slice so far: %s (not yet told apart from the rest)\n", sliceLine(weakest))
	}
}

func sliceLine(s *evals.SliceSummary) string {
	return plain(fmt.Sprintf("%s=%s: %d of %d passed (%.0f %%, interval %.0f – %.0f %%)",
		s.Key, s.Value, s.Passed, s.N, 100*s.Rate, 100*s.Wilson[0], 100*s.Wilson[1]))
}

func flaky(w io.Writer, f *evals.FlakySummary) {
	if f == nil || f.Cases == 0 {
		return
	}
	fmt.Fprintf(w, "Flaky: %d of %d repeated cases did not agree with themselves", f.Flipped, f.Cases)
	if len(f.IDs) > 0 {
		fmt.Fprintf(w, " (%s)", plain(strings.Join(f.IDs, ", ")))
	}
	fmt.Fprintln(w)
}

// next proposes three commands.
func (s *State) next(r *evals.Result) []string {
	program := s.Program
	if s.Dir != s.home {
		program += " -C " + s.show(s.Dir)
	}
	again := plain(r.Command)
	if again == "" {
		again = fmt.Sprintf("%s run-eval --agent %s --test-set %s", program, r.Agent, plain(r.TestSet))
	}
	lines := []string{fmt.Sprintf("%s verify %s", program, r.Run)}
	if r.Subset == "" && r.Cases.Failed+r.Cases.Errored > 0 {
		lines = append(lines, fmt.Sprintf("%s --failed-in %s", again, r.Run))
	} else {
		lines = append(lines, fmt.Sprintf("%s runs show %s", program, r.Run))
	}
	if r.Stopped {
		return append(lines, again+" --full")
	}
	if strings.Contains(again, "--repeats") {
		return append(lines, fmt.Sprintf("%s runs list", program))
	}
	return append(lines, again+" --repeats 3")
}
