package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/stats"
	"github.com/GaboBase/arch-genops/judges"
)

// showCalibration prints what labels tell about a judge.
func showCalibration(w io.Writer, c *judges.Calibration) {
	a := &c.Assessment
	judge := c.Release.Judge
	if judge == "" {
		judge = "the scores of the labels"
	}
	fmt.Fprintf(w, "JUDGE   %s, metric %s\n", plain(judge), plain(c.Release.Metric))
	from := "its own answers"
	if c.Run != "" {
		from = "answers of run " + c.Run
	}
	good := "good"
	if judges.Graded(c.Rows) {
		good = fmt.Sprintf("good, with a mean label of at least %g", c.Threshold)
	}
	fmt.Fprintf(w, "LABELS  %d answers (%d %s, %d bad) by %s, %s; %s\n\n", a.Labels, a.Passing, good, a.Labels-a.Passing, counted(c.Labels.Raters, "rater"), plain(c.Labels.Path), from)
	if n := len(c.Release.Criteria); n > 0 {
		words := slices.Sorted(maps.Values(c.Release.Criteria))
		some(w, fmt.Sprintf("ASKED   %d criteria of the cases:", n), words)
		fmt.Fprintln(w)
	}
	if c.Labels.Draw == judges.DrawBalanced {
		fmt.Fprintln(w, "The answers were drawn by the judge's verdict: the figures are of the labelled answers, not of all; a run's rate is corrected for it.")
		fmt.Fprintln(w)
	}
	confusion(w, a)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tVALUE\t95 % INTERVAL\tN\tMEANS")
	row := func(what string, f judges.Figure, share bool, means string) {
		value, in := fmt.Sprintf("%.3f", f.Value), fmt.Sprintf("%.3f – %.3f", f.Interval[0], f.Interval[1])
		if share {
			value, in = fmt.Sprintf("%.1f %%", 100*f.Value), fmt.Sprintf("%.1f – %.1f %%", 100*f.Interval[0], 100*f.Interval[1])
		}
		if f.N == 0 {
			value, in = "–", "–"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", what, value, in, f.N, means)
	}
	row("sensitivity", a.Sensitivity, true, "of the good answers, the judge passes so many")
	row("specificity", a.Specificity, true, "of the bad answers, the judge fails so many")
	row("agreement", a.Agreement, true, "judge and people say the same")
	less := "share that the judge passes minus that of people"
	if judges.Graded(c.Rows) {
		less = "mean score minus mean label"
	}
	row("bias", a.Bias, false, less+"; above 0 = too kind")
	if a.Kappa != nil {
		row("Cohen's κ", *a.Kappa, false, "agreement beyond chance")
	}
	if a.Several != nil {
		row("raters agree", *a.Several, true, "answers that several people labelled, all alike")
	}
	if a.Raters != nil {
		row("α of the raters", a.Raters.Figure, false, "Krippendorff, "+a.Raters.Scale)
	}
	if a.WithJudge != nil {
		row("α with the judge", a.WithJudge.Figure, false, "Krippendorff, "+a.WithJudge.Scale)
	}
	t.Flush()
	if len(a.Curve) > 0 {
		showCurve(w, a.Curve)
	}
	if c.Thin() == "" {
		for _, line := range calibratedInShort(a) {
			fmt.Fprintf(w, "\n%s", line)
		}
		showWorth(w, a)
	}
}

// calibratedInShort says in plain words what the figures tell, as far as chance does
// not.
func calibratedInShort(a *judges.Assessment) (lines []string) {
	c := a.Confusion
	kind := stats.PairedDifference(float64(c.FalsePass), float64(c.FalseFail), float64(c.N()), 0.95)
	switch {
	case kind.Interval.Lo > 0:
		lines = append(lines, fmt.Sprintf("It is too kind: it passes %d bad answers and fails %d good ones.", c.FalsePass, c.FalseFail))
	case kind.Interval.Hi < 0:
		lines = append(lines, fmt.Sprintf("It is too strict: it fails %d good answers and passes %d bad ones.", c.FalseFail, c.FalsePass))
	}
	if a.Kappa == nil || a.Kappa.Interval[0] <= 0 {
		lines = append(lines, "Nothing shows that it tells good answers from bad ones: it agrees with people no more than chance would.")
	}
	if r := a.Raters; r != nil && r.Interval[1] < fairAlpha {
		lines = append(lines, fmt.Sprintf("The raters agree little among themselves (α below %.3f, which Krippendorff calls the least for tentative conclusions): say more clearly what is good before a judge is measured by it.", fairAlpha))
	}
	if len(lines) > 0 {
		lines[len(lines)-1] += "\n"
	}
	return lines
}

// fairAlpha is the α below which Krippendorff draws no conclusions ("Content
// Analysis", 2nd ed. 2004, 11.4.2).
const fairAlpha = 0.667

func confusion(w io.Writer, a *judges.Assessment) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	c := a.Confusion
	fmt.Fprintln(t, "\tjudge passes\tjudge fails\t")
	fmt.Fprintf(t, "people pass\t%d\t%d\t\n", c.TruePass, c.FalseFail)
	fmt.Fprintf(t, "people fail\t%d\t%d\t\n", c.FalsePass, c.TrueFail)
	t.Flush()
	if c.Unjudged > 0 {
		fmt.Fprintf(w, "%d of them could not be judged and count as failed by the judge.\n", c.Unjudged)
	}
	fmt.Fprintln(w)
}

func showCurve(w io.Writer, curve []judges.Bin) {
	fmt.Fprintln(w, "\nCalibration: what people say of answers with such scores")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SCORE\tANSWERS\tMEAN SCORE\tMEAN LABEL\tSHARE THAT PASSES (95 %)")
	for _, b := range curve {
		fmt.Fprintf(t, "%.1f – %.1f\t%d\t%.2f\t%.2f\t%.2f – %.2f\n", b.From, b.To, b.N, b.Score, b.Label, b.Interval[0], b.Interval[1])
	}
	t.Flush()
}

func showWorth(w io.Writer, a *judges.Assessment) {
	x := a.Worth
	if x.Labels == 0 {
		return
	}
	fmt.Fprintf(w, "\nOver a run of %d cases of which %d random ones are labelled, a pass rate's 95 %% interval is %.3f wide:\n", x.Cases, x.Labels, x.Corrected)
	fmt.Fprintf(w, "  labels alone %.3f, a faultless judge %.3f, these labels of other answers %.3f.\n", x.LabelsAlone, x.Faultless, x.Elsewhere)
	fmt.Fprintf(w, "  With this judge %d labels are worth %.0f; its errors make %d cases worth %.0f.\n", x.Labels, x.WorthLabels, x.Cases, x.WorthCases)
	for _, m := range x.More {
		fmt.Fprintf(w, "  %d labels would make it %.3f.\n", m.Labels, m.Corrected)
	}
}

func showPanel(w io.Writer, p *judges.Among) {
	fmt.Fprintln(w)
	if p.Alpha != nil {
		fmt.Fprintf(w, "Among the judges: Krippendorff's α %.3f (95 %% interval %.3f – %.3f) over %d answers.\n", p.Alpha.Value, p.Alpha.Interval[0], p.Alpha.Interval[1], p.Alpha.N)
	} else {
		fmt.Fprintln(w, "Among the judges: all of them say the same of every answer, so α is not defined.")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "JUDGE\tPASSES\t95 % INTERVAL\tN\tOVERRULED BY THE PANEL\tNO VERDICT")
	for _, m := range p.Members {
		fmt.Fprintf(t, "%s\t%.1f %%\t%.1f – %.1f %%\t%d\t%d\t%d\n", plain(m.Judge), 100*m.Passes.Value, 100*m.Passes.Interval[0], 100*m.Passes.Interval[1], m.Passes.N, m.Alone, m.Unjudged)
	}
	t.Flush()
	for _, x := range p.Pairs {
		fmt.Fprintf(w, "%s and %s say the same of %.1f %% of %d answers (95 %% interval %.1f – %.1f %%)\n", plain(x.A), plain(x.B), 100*x.Same.Value, x.Same.N, 100*x.Same.Interval[0], 100*x.Same.Interval[1])
	}
	if p.Open > 0 {
		fmt.Fprintf(w, "On %d answers fewer than half of the panel came to a verdict: it could not judge them.\n", p.Open)
	}
	some(w, "They disagree on", p.Split)
}

func showAgainst(w io.Writer, a *againstJudge) {
	fmt.Fprintf(w, "\nAgainst %s (%s), %d labelled answers: both right %d, only the new one %d, only the old one %d, neither %d (McNemar p = %.3g)\n",
		plain(a.Judge), plain(a.File), a.Pairs, a.Both, a.New, a.Old, a.Neither, a.P)
	fmt.Fprintf(w, "Right more often by %+.1f points (95 %% interval %+.1f … %+.1f); not worse by %g: %s, %s\n",
		100*a.Effect.Value, 100*a.Effect.Interval[0], 100*a.Effect.Interval[1], a.Margin, strings.ToUpper(a.Verdict), plain(a.Reason))
	some(w, "Only one is right on", a.Flips)
}

// leftOut names labels that did not count.
func leftOut(w io.Writer, f *calibrated) {
	if f.Empty > 0 {
		fmt.Fprintf(w, "\n%s.\n", counted(f.Empty, "row")+" without a label")
	}
	if f.Twice > 0 {
		fmt.Fprintf(w, "%s what the same rater had said of the same answer: counted once.\n", counted(f.Twice, "label")+" repeated")
	}
	if f.Others > 0 {
		fmt.Fprintf(w, "%s of other metrics.\n", counted(f.Others, "label"))
	}
	some(w, "People are evenly split, so these do not count:", f.Split)
	for _, why := range byReason(f.Ignored) {
		fmt.Fprintln(w, why)
	}
}

// byReason puts together the labels that were left out for the same reason; each is
// NAME: REASON.
func byReason(ignored []string) (lines []string) {
	var reasons []string
	names := map[string][]string{}
	for _, one := range ignored {
		at := max(strings.LastIndex(one, ": "), 0)
		name, why := one[:at], strings.TrimPrefix(one[at:], ": ")
		if names[why] == nil {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], name)
	}
	for _, why := range reasons {
		var b strings.Builder
		some(&b, counted(len(names[why]), "label")+" left out, "+why+":", names[why])
		lines = append(lines, strings.TrimSuffix(b.String(), "\n"))
	}
	return lines
}

// some lists the first few of many.
func some(w io.Writer, head string, names []string) {
	const most = 10
	if len(names) == 0 {
		return
	}
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(", and %d more", len(names)-most)
	}
	fmt.Fprintf(w, "%s %s%s\n", head, plain(strings.Join(names[:min(len(names), most)], ", ")), more)
}

// showChecked prints what sways a judge.
func showChecked(w io.Writer, c *checked) {
	fmt.Fprintf(w, "JUDGE   %s, metric %s, %d answers\n\n", plain(c.Release.Judge), plain(c.Release.Metric), c.Answers)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tVALUE\t95 % INTERVAL\tN\tMEANS")
	share := func(what string, f judges.Figure, means string) {
		if f.N == 0 {
			fmt.Fprintf(t, "%s\t–\t–\t0\t%s\n", what, means)
			return
		}
		fmt.Fprintf(t, "%s\t%.1f %%\t%.1f – %.1f %%\t%d\t%s\n", what, 100*f.Value, 100*f.Interval[0], 100*f.Interval[1], f.N, means)
	}
	number := func(what string, f judges.Figure, means string) {
		if f.N == 0 {
			fmt.Fprintf(t, "%s\t–\t–\t0\t%s\n", what, means)
			return
		}
		fmt.Fprintf(t, "%s\t%+.3f\t%+.3f – %+.3f\t%d\t%s\n", what, f.Value, f.Interval[0], f.Interval[1], f.N, means)
	}
	share("self-agreement", c.Self.Same, fmt.Sprintf("%d verdicts on the same answer are all the same", c.Self.Times))
	number("spread of scores", c.Self.Spread, "highest minus lowest of the same answer, mean")
	if c.Self.Alpha != nil {
		number("α with itself", c.Self.Alpha.Figure, "Krippendorff, "+c.Self.Alpha.Scale)
	}
	number("verbosity, score", c.Length.Score, "padded with neutral words minus plain")
	number("verbosity, passes", c.Length.Pass, fmt.Sprintf("%d pass only padded, %d only plain", len(c.Length.Up), len(c.Length.Down)))
	if o := c.Order; o != nil {
		share("same choice", o.Consistent, "of two answers, in both orders")
		number("position bias", o.First, "above 0 = prefers what is shown first")
	}
	for _, j := range c.Together {
		share("together, "+plain(j.Metric), j.Same, fmt.Sprintf("asked with the others passes or fails as asked alone; score %+.3f", j.Shift.Score.Value))
	}
	if c.Replies.Calls > 0 {
		share("malformed", c.Replies.Malformed, "questions that had to be asked again; N counts answers")
		share("refused", c.Replies.Refused, "replies that decline")
	}
	share("no verdict", c.Replies.Unjudged, "words that are no verdict")
	t.Flush()
	if c.Order == nil {
		fmt.Fprintln(w, "\nPosition bias was not measured: it takes two answers to one input. Name a --test-set whose cases have expected outputs, or --labels that hold several answers to one input.")
	}
	if c.Stored != "" {
		fmt.Fprintf(w, "\nKept in %s: put it into git. ", plain(c.Stored))
		if c.Refused == "" {
			fmt.Fprintln(w, "Runs may ask these metrics together (run-eval --judge-together).")
		} else {
			fmt.Fprintf(w, "Runs may not ask these metrics together: %s.\n", plain(c.Refused))
		}
	}
	fmt.Fprintln(w)
	for _, line := range inShort(c) {
		fmt.Fprintln(w, line)
	}
	some(w, "Its own verdicts differ on", c.Self.Flips)
	some(w, "Padding makes it pass", c.Length.Up)
	some(w, "Padding makes it fail", c.Length.Down)
	if c.Order != nil {
		some(w, "The order decides", c.Order.Swayed)
		if n := c.Order.Unjudged; n > 0 {
			fmt.Fprintf(w, "%d pairs could not be judged.\n", n)
		}
	}
	switch {
	case c.Replies.Calls == 0:
	case c.Replies.USD == nil:
		fmt.Fprintf(w, "%d calls; no price is known.\n", c.Replies.Calls)
	default:
		fmt.Fprintf(w, "%d calls, $%.4f.\n", c.Replies.Calls, *c.Replies.USD)
	}
}

// inShort says in plain words what the figures tell, as far as chance does not.
func inShort(c *checked) (lines []string) {
	tell := func(f judges.Figure, more, less string) {
		switch {
		case f.N > 0 && f.Interval[0] > 0:
			lines = append(lines, more)
		case f.N > 0 && f.Interval[1] < 0:
			lines = append(lines, less)
		}
	}
	if n := len(c.Self.Flips); n > 0 {
		lines = append(lines, fmt.Sprintf("It contradicts itself on %d of %d answers.", n, c.Self.Same.N))
	}
	tell(c.Length.Score, "Words that say nothing make an answer better in its eyes.", "Words that say nothing make an answer worse in its eyes.")
	if c.Order != nil {
		tell(c.Order.First, "Of two answers it prefers what is shown first.", "Of two answers it prefers what is shown last.")
	}
	of := func(f judges.Figure, all, part string) {
		switch {
		case f.N > 0 && f.Value == 1:
			lines = append(lines, all)
		case f.N > 0 && f.Value > 0:
			lines = append(lines, part)
		}
	}
	of(c.Replies.Refused, "It refuses all questions.", "It refuses some questions.")
	of(c.Replies.Malformed, "All of its replies are malformed.", "Some of its replies are malformed, and are asked for again.")
	of(c.Replies.Unjudged, "It comes to no verdict on any answer: nothing is known of it.", "It comes to no verdict on some answers.")
	for _, r := range c.Replies.Because {
		lines = append(lines, fmt.Sprintf("  %d × %s", r.Words, plain(r.Why)))
	}
	if len(lines) == 0 {
		lines = append(lines, fmt.Sprintf("Nothing of this was seen to sway it on %d answers; the intervals say how much more answers might show.", c.Answers))
	}
	return lines
}

// judgeLines tells what rates of calibrated judges come to; the others are
// warned about.
func judgeLines(w io.Writer, all []evals.JudgeTrust) {
	for _, j := range all {
		if j.Panel != nil {
			fmt.Fprintf(w, "Panel on %s:", plain(j.Metric))
			showPanel(w, j.Panel)
		}
		c := j.Corrected
		if c == nil && j.Trust == judges.Calibrated {
			fmt.Fprintf(w, "Judge: %s by %s is calibrated; %s\n", plain(j.Metric), plain(j.Judge), plain(j.Why))
		}
		if c == nil {
			continue
		}
		fmt.Fprintf(w, "Judge: %s is %.4f by %s, %.4f (95 %% interval %.4f – %.4f) corrected for its errors; %s\n",
			plain(j.Metric), c.Raw, plain(j.Judge), c.Estimate, c.Interval[0], c.Interval[1], c.Ground())
	}
}
