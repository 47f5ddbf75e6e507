package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
)

// Markdown writes a summary for a pull request, at most 60 KB. Whatever comes
// from outside stands in code spans of one line each, where neither markup nor
// mentions, links or references have an effect.
func Markdown(w io.Writer, r evals.Result, rows []evals.CaseRow) error {
	out := bufio.NewWriter(w)
	v := verdictOf(r.Verdict)
	fmt.Fprintf(out, "## %s %s: %s %s on %s\n\n", emoji(v), headline(v), span(r.Agent, nameLimit), span(r.Version, nameLimit), span(r.TestSet, nameLimit))
	fmt.Fprintf(out, "%s %s\n\n", gateCounts(&r), progressSentence(&r))
	if r.Subset != "" {
		fmt.Fprintf(out, "> **Subset** %s: this run decides only about the chosen cases and is no evidence for the whole set.\n\n", span(r.Subset, nameLimit))
	}
	markdownRules(out, &r)
	markdownBaseline(out, &r)
	markdownNotes(out, &r)
	markdownSlices(out, &r)
	markdownCases(out, rows)
	markdownWarnings(out, r.Warnings)
	fmt.Fprintf(out, "### Ask again\n\n```sh\n%s\n```\n\n", reproduce(&r))
	fmt.Fprintf(out, "<sub>Run %s · release %s · test set %s · %s</sub>\n", span(r.Run, nameLimit), span(r.Release, nameLimit),
		span(r.TestSetDigest, nameLimit), populationSentence(&r))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing Markdown summary: %w", err)
	}
	return nil
}

func emoji(verdict string) string {
	switch verdict {
	case "pass":
		return "✅"
	case "fail":
		return "❌"
	}
	return "❔"
}

// gateCounts says how many gating rules stand where, without their names:
// the table beneath has them.
func gateCounts(r *evals.Result) string {
	n := map[string]int{}
	gates := 0
	for _, rule := range r.Rules {
		if rule.Gates {
			gates++
			n[verdictOf(rule.Verdict)]++
		}
	}
	switch {
	case gates == 0:
		return "No rule gates this run."
	case n["fail"] > 0:
		return ofRules(n["fail"], gates) + " failed."
	case n["undecided"] > 0:
		return ofRules(n["undecided"], gates) + " undecided."
	case gates == 1:
		return "The rule holds."
	}
	return fmt.Sprintf("All %d rules hold.", gates)
}

func markdownRules(out *bufio.Writer, r *evals.Result) {
	if len(r.Rules) == 0 {
		return
	}
	const most = 30
	out.WriteString("| | rule | estimate | interval | n | tries | reason |\n|---|---|--:|--:|--:|--:|---|\n")
	for i := range r.Rules[:min(len(r.Rules), most)] {
		rule := &r.Rules[i]
		note := ""
		if !rule.Gates {
			note = " (does not gate)"
		}
		fmt.Fprintf(out, "| %s %s | %s%s | %s | %s | %s of %s | %d | %s |\n", emoji(verdictOf(rule.Verdict)), verdictOf(rule.Verdict),
			span(ruleText(rule), nameLimit), note, estimateText(rule), intervalText(rule.Interval, paired(rule)),
			count(rule.N), count(rule.Of), max(rule.Tries, 1), span(rule.Reason, 300))
	}
	if n := len(r.Rules) - most; n > 0 {
		fmt.Fprintf(out, "\n%s in the report.\n", plural(n, "more rule"))
	}
	out.WriteString("\n")
}

func markdownSlices(out *bufio.Writer, r *evals.Result) {
	const most = 10
	weak := 0
	for _, s := range bySlice(r.Slices) {
		if !s.Weak {
			continue
		}
		if weak++; weak > most {
			continue
		}
		if weak == 1 {
			out.WriteString("### Weak slices\n\n| slice | passed | cases | Wilson interval |\n|---|--:|--:|--:|\n")
		}
		fmt.Fprintf(out, "| %s | %s | %s of %s | %s |\n", span(s.Key+" = "+s.Value, nameLimit), share(s.Rate), count(s.Passed), count(s.N),
			share(s.Wilson[0])+" – "+share(s.Wilson[1]))
	}
	if weak > most {
		fmt.Fprintf(out, "\n%s in the report.\n", plural(weak-most, "more weak slice"))
	}
	if weak > 0 {
		out.WriteString("\n")
	}
}

func markdownCases(out *bufio.Writer, rows []evals.CaseRow) {
	const most = 10
	found := group(rows)
	listed := found.atMost(most, 0)
	total := len(found[0]) + len(found[1]) + len(found[2])
	if total == 0 {
		return
	}
	fmt.Fprintf(out, "### Cases that did not pass: %s\n\n", count(total))
	for k, part := range listed {
		for _, row := range part {
			fmt.Fprintf(out, "- **%s** %s %s", states[k], span(row.ID, nameLimit), span(row.Input, 300))
			if row.Expected != nil {
				fmt.Fprintf(out, "<br>expected %s", span(expectedText(row.Expected), 300))
				if row.Error == "" {
					fmt.Fprintf(out, ", got %s", span(row.Output, 300))
				}
			} else if row.Error == "" {
				fmt.Fprintf(out, "<br>got %s", span(row.Output, 300))
			}
			if why := whyNot(row); why != "" && (row.Error != "" || row.Expected == nil || k != 0) {
				fmt.Fprintf(out, "<br>%s", span(why, 300))
			}
			out.WriteString("\n")
		}
	}
	if total > most {
		fmt.Fprintf(out, "\nand %s more in the report.\n", count(total-most))
	}
	out.WriteString("\n")
}

func markdownWarnings(out *bufio.Writer, warnings []string) {
	const most = 10
	if len(warnings) == 0 {
		return
	}
	out.WriteString("### Warnings\n\n")
	for _, w := range warnings[:min(len(warnings), most)] {
		fmt.Fprintf(out, "- ⚠️ %s\n", span(w, 500))
	}
	if n := len(warnings) - most; n > 0 {
		fmt.Fprintf(out, "- %s in the report\n", plural(n, "more warning"))
	}
	out.WriteString("\n")
}

// span is a code span that also fits into a table: one line, a bar shown as a
// broken bar (a cell would end at it even inside code), and a fence longer
// than any run of backticks within.
func span(s string, limit int) string {
	b, rest := appendEscaped(nil, s, spanEscape, limit)
	text := string(b)
	if rest > 0 {
		text += "…"
	}
	if strings.TrimSpace(text) == "" {
		return "*empty*"
	}
	longest, run := 0, 0
	for _, c := range []byte(text) {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		text = " " + text + " "
	}
	return fence + text + fence
}

// spanEscape keeps a span on one line and out of a table's way. A backslash
// before the end of a cell's text would escape nothing inside code.
func spanEscape(c byte) string {
	switch c {
	case '|':
		return "¦"
	case '\n':
		return "␊"
	}
	return lineEscape(c)
}
