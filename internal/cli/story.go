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
	rulesTable(w, r.Rules, r.Baseline)
	if !slices.ContainsFunc(r.Rules, func(rule evals.RuleResult) bool { return rule.Gates }) {
		pasteRule(w, r)
	}
	metricsTable(w, r.Metrics)
	for _, e := range r.Errors {
		fmt.Fprintf(w, "Error in %d case(s), for example %s: %s\n", e.N, plain(e.Case), clip(plain(e.Error), 300))
	}
	weakSlices(w, r)
	flaky(w, r.Flaky)
	against(w, r)
	quarantineLine(w, r.Quarantine)
	judgeLines(w, r.Judges)
	paid(w, r)
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
	if r.Calls.Cached > 0 {
		s += fmt.Sprintf(", %d answers reused", r.Calls.Cached)
	}
	if r.CostUSD > 0 {
		s += fmt.Sprintf(", $%.4f", r.CostUSD)
	}
	s += fmt.Sprintf(", %.1f s", float64(r.DurationMS)/1000)
	if u := r.Simulated; u != nil {
		s += fmt.Sprintf("\nSimulated user %s: %d calls, $%.4f; its goal was reached in %d of %d conversations", plain(u.Name), u.Calls, u.USD, u.Reached, u.Ended)
		if u.Unpriced > 0 {
			s += fmt.Sprintf(" (the price of %d calls is not known)", u.Unpriced)
		}
	}
	if j := r.Judge; j != nil {
		s += fmt.Sprintf("\nJudge %s: %d calls", plain(j.Name), j.Calls)
		if j.Cached > 0 {
			s += fmt.Sprintf(", %d replies reused", j.Cached)
		}
		if j.USD > 0 {
			s += fmt.Sprintf(", $%.4f", j.USD)
		}
		if j.Compat != "default" {
			s += "; as " + j.Definition
		}
	}
	saved := r.Cases.Total - seen
	if r.Baseline != nil {
		saved *= 2
	}
	if r.Stopped && saved > 0 {
		s += fmt.Sprintf("\nStopped early: every rule was decided; %d calls (%.0f %%) were not needed. --full judges all.", saved, 100*float64(r.Cases.Total-seen)/float64(r.Cases.Total))
	}
	return s
}

func rulesTable(w io.Writer, rules []evals.RuleResult, baseline *evals.Baseline) {
	if len(rules) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tVERDICT\tESTIMATE\tINTERVAL\tCASES\tWHY")
	for _, r := range rules {
		rule := fmt.Sprintf("%s >= %g", r.Metric, r.Bar)
		if baseline != nil && r.Kind != "at_least" {
			rule = pairedText(r, baseline)
		}
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

// pairedText is a comparison in words.
func pairedText(r evals.RuleResult, b *evals.Baseline) string {
	who := strings.TrimSpace(b.Agent + " " + b.Version)
	if r.Kind == "better" {
		return fmt.Sprintf("%s better than %s", r.Metric, who)
	}
	return fmt.Sprintf("%s not worse than %s by %g", r.Metric, who, r.Margin)
}

// noVerdict says why a metric was judged in no case; "" = it was in some.
func noVerdict(r *evals.Result, metric string) string {
	for _, m := range r.Metrics {
		if m.Metric == metric && m.Mean == nil && len(m.Doubts) > 0 {
			return m.Doubts[0].Reason
		}
	}
	return ""
}

// pasteRule proposes the line that would gate a run without rules.
func pasteRule(w io.Writer, r *evals.Result) {
	for _, j := range r.Judges {
		if why := noVerdict(r, j.Metric); !j.Gates && why != "" {
			fmt.Fprintf(w, "No rule gates this run: the judge of %s came to no verdict: %s\n\n", plain(j.Metric), plain(why))
			return
		}
		if !j.Gates {
			fmt.Fprintf(w, "No rule gates this run: no labels vouch for the judge of %[1]s. Label some answers, and calibrate it with them "+
				"(or let its word count as it is: evals.uncalibrated_judges: block in genops.yaml):\n"+
				"  genops judge sample --run %[2]s --metric %[1]s -o labels.csv\n  genops judge calibrate --run %[2]s --metric %[1]s --labels labels.csv\n\n", plain(j.Metric), r.Run)
			return
		}
	}
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
		if m.Metric == "pass_rate" && m.N+m.Unjudged == 0 {
			continue // no case asserts anything
		}
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
			if len(m.Doubts) > 0 {
				note += " (" + doubtText(m.Doubts[0]) + ")"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", plain(m.Metric), mean, m.N, plain(note))
	}
	t.Flush()
}

// doubtText is the most frequent reason, with what the judge said first.
func doubtText(d evals.Doubt) string {
	text := fmt.Sprintf("%d × %s", d.Cases, clip(plain(d.Reason), 160))
	if d.Reply != "" {
		text += fmt.Sprintf(", first: %q", clip(plain(d.Reply), 80))
	}
	return text
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
		why := "not yet told apart from the rest"
		if weakest.EValue == 0 {
			why = "cases of this set come in clusters, so no slice is called weak"
		}
		fmt.Fprintf(w, "Lowest slice so far: %s (%s)\n", sliceLine(weakest), why)
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
		more := ""
		if f.Flipped > len(f.IDs) {
			more = ", …"
		}
		fmt.Fprintf(w, " (%s%s)", plain(strings.Join(f.IDs, ", ")), more)
	}
	fmt.Fprintln(w)
}

// against tells how the pairs came out.
func against(w io.Writer, r *evals.Result) {
	b := r.Baseline
	if b == nil {
		return
	}
	fmt.Fprintf(w, "\nAgainst %s %s: %d pairs; both passed: %d, neither: %d, only the candidate passed: %d, only the baseline passed: %d (McNemar p = %.3g)\n",
		plain(b.Agent), plain(b.Version), b.Pairs, b.McNemar.Both, b.McNemar.Neither, b.McNemar.Candidate, b.McNemar.Baseline, b.McNemar.P)
	if b.Effect != nil && b.Interval != nil {
		fmt.Fprintf(w, "Effect on pass: %+.1f points (95 %% interval %+.1f … %+.1f)\n", 100**b.Effect, 100*b.Interval[0], 100*b.Interval[1])
	}
	if b.Same {
		fmt.Fprintln(w, "The baseline is the release itself: its answers are further draws of the same cases.")
	}
	fmt.Fprintf(w, "Baseline calls: %d made, %d from the cache", b.Calls.Made, b.Calls.Cached)
	if b.Oldest != "" {
		fmt.Fprintf(w, "; oldest answer %s", b.Oldest)
	}
	fmt.Fprintln(w)
	if f := b.Forecast; f != nil {
		fmt.Fprintf(w, "Answers older than %s only forecast: %+.1f points over %d pairs, since %s\n", b.MaxAge, 100*f.Effect, f.Pairs, f.Oldest)
	}
	for i, f := range b.Flips {
		if i == 3 {
			fmt.Fprintf(w, "  … %d more in the report\n", len(b.Flips)-3)
			break
		}
		fmt.Fprintf(w, "  %s: only the %s passed\n", plain(f.ID), f.Passed)
	}
}

func quarantineLine(w io.Writer, q *evals.Quarantine) {
	if q == nil || len(q.Cases) == 0 {
		return
	}
	c := q.Cases[0]
	more := ""
	if len(q.Cases) > 1 {
		more = ", …"
	}
	fmt.Fprintf(w, "Quarantined: %d cases of %s do not count (%s until %s: %s%s)\n", len(q.Cases), plain(q.File), plain(c.ID), c.Until, plain(c.Reason), more)
}

// paid tells what was reused, and how the budget stands.
func paid(w io.Writer, r *evals.Result) {
	if u := r.Reused; u != nil {
		fmt.Fprintf(w, "Reused: %d answers from %s", u.Answers, plain(u.From))
		if u.SavedUSD > 0 {
			fmt.Fprintf(w, ", $%.4f saved", u.SavedUSD)
		}
		if u.Errors > 0 {
			fmt.Fprintf(w, ", %d of them errors", u.Errors)
		}
		fmt.Fprintf(w, "; the oldest is of %s (--fresh calls anew)\n", u.Oldest)
	}
	if b := r.Budget; b != nil {
		fmt.Fprintf(w, "Budget: $%.4f of $%.4g spent\n", b.SpentUSD, b.LimitUSD)
	}
	if r.Unpriced > 0 {
		fmt.Fprintf(w, "The price of %d calls is not known, so the cost lacks them: `genops prices show` tells which are, prices.yaml adds yours.\n", r.Unpriced)
	}
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
	if strings.Contains(again, "--repeats") || r.AsRecorded {
		return append(lines, fmt.Sprintf("%s runs list", program))
	}
	return append(lines, again+" --repeats 3")
}
