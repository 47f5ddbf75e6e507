package export

import (
	"bufio"
	"fmt"

	"github.com/GaboBase/arch-genops/evals"
)

// markdownBaseline is the comparison in a few lines, with the first regressions.
func markdownBaseline(out *bufio.Writer, r *evals.Result) {
	b := r.Baseline
	if b == nil {
		return
	}
	const most = 10
	fmt.Fprintf(out, "### Against %s %s\n\n", span(b.Agent, nameLimit), span(b.Version, nameLimit))
	fmt.Fprintf(out, "**Result:** %s\n\n", span(baselineSentence(r), 500))
	m := b.McNemar
	if b.Pairs > 0 {
		fmt.Fprintf(out, "| | baseline passed | baseline failed |\n|---|--:|--:|\n| **candidate passed** | %s | %s improved |\n| **candidate failed** | %s regressed | %s |\n\n",
			count(m.Both), count(m.Candidate), count(m.Baseline), count(m.Neither))
	}
	own := candidateCalls(r)
	fmt.Fprintf(out, "Calls: candidate %s made, %s from the cache; baseline %s made, %s from the cache.\n\n",
		count(own.Made), count(own.Cached), count(b.Calls.Made), count(b.Calls.Cached))
	if f := b.Forecast; f != nil {
		fmt.Fprintf(out, "> **Forecast only:** %s with older answers of the baseline, difference %s; they decide nothing.\n\n", plural(f.Pairs, "pair"), points(f.Effect))
	}
	shown := 0
	for i := range b.Flips {
		f := &b.Flips[i]
		if f.Passed == "candidate" || shown == most {
			continue
		}
		shown++
		fmt.Fprintf(out, "- **regressed** %s %s<br>was %s, is %s\n", span(f.ID, nameLimit), span(f.Input, 300), span(f.Base, 300), span(f.Output, 300))
	}
	if n := m.Baseline - shown; n > 0 && shown > 0 {
		fmt.Fprintf(out, "\nand %s more in the report.\n", count(n))
	}
	if shown > 0 {
		out.WriteString("\n")
	}
}

// shownJudges bounds the lines about judges.
const shownJudges = 20

// markdownNotes are lines of their own for what stood outside of the gate and
// what the run cost or saved.
func markdownNotes(out *bufio.Writer, r *evals.Result) {
	if f := r.Flaky; f != nil && f.Cases > 0 {
		fmt.Fprintf(out, "**Flaky:** %s of %s did not agree with themselves.\n\n", count(f.Flipped), plural(f.Cases, "repeated case"))
	}
	if r.Quarantine != nil {
		fmt.Fprintf(out, "**Quarantine:** %s\n\n", span(quarantineSentence(r.Quarantine), 500))
	}
	for i := range r.Judges[:min(len(r.Judges), shownJudges)] {
		fmt.Fprintf(out, "**Judge:** %s\n\n", span(judgeSentence(&r.Judges[i]), 500))
	}
	if r.Budget != nil {
		fmt.Fprintf(out, "**Budget:** %s\n\n", budgetSentence(r.Budget))
	}
	if u := r.Reused; u != nil {
		fmt.Fprintf(out, "**Reused:** %s\n\n", span(reusedSentence(u), 500))
	}
	if r.Unpriced > 0 {
		fmt.Fprintf(out, "**Without a known price:** %s; the cost lacks them.\n\n", plural(r.Unpriced, "call"))
	}
}
