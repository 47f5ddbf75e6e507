package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// annotated is how many cases get an annotation; the forge shows no more than
// ten of a kind for each step.
const annotated = 10

// Annotations writes GitHub workflow commands: an error for each gating rule
// that failed, a warning for each undecided one, and an error for each of up
// to ten failed or errored cases at its line of testSetPath — a warning when
// the verdict is pass, because the gate allows these. Quarantined cases get
// none; an expired quarantine, a used-up budget and a forecast that decides
// nothing are warnings. testSetPath is relative
// to the repository; "" leaves file and line out.
func Annotations(w io.Writer, r evals.Result, rows []evals.CaseRow, testSetPath string) error {
	out := bufio.NewWriter(w)
	for i := range r.Rules {
		rule := &r.Rules[i]
		v := verdictOf(rule.Verdict)
		if !rule.Gates || v == "pass" {
			continue
		}
		level := "error"
		if v == "undecided" {
			level = "warning"
		}
		command(out, level, testSetPath, 0, "genops: "+ruleText(rule)+": "+v, rule.Reason)
	}
	level := "error"
	if verdictOf(r.Verdict) == "pass" {
		level = "warning"
	}
	for _, text := range notes(&r) {
		command(out, "warning", "", 0, "genops", text)
	}
	found := group(withoutQuarantine(rows, quarantined(&r)))
	found[2], found[3] = nil, nil
	lost := regressions(&r)
	listed := found.atMost(annotated, 0)
	for k, part := range listed {
		for _, row := range part {
			message := "input: " + cut(row.Input, nameLimit) + "\n"
			if row.Expected != nil {
				message += "expected: " + cut(expectedText(row.Expected), nameLimit) + "\n"
			}
			if row.Error == "" {
				message += "output: " + cut(row.Output, nameLimit) + "\n"
			}
			if lost[row.ID] {
				message += "the baseline passed this case\n"
			}
			command(out, level, testSetPath, row.Line, "case "+row.ID+" "+states[k], message+whyNot(row))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing annotations: %w", err)
	}
	return nil
}

// notes are what someone should act on though no rule speaks of it.
func notes(r *evals.Result) []string {
	var out []string
	if q := r.Quarantine; q != nil && len(q.Expired) > 0 {
		out = append(out, plural(len(q.Expired), "entry", "entries")+" of the quarantine list expired and counted again: "+list(q.Expired))
	}
	if b := r.Budget; b != nil && b.UsedUp {
		out = append(out, "the budget is used up: "+budgetSentence(b))
	}
	if b := r.Baseline; b != nil && b.Forecast != nil {
		out = append(out, "forecast only: "+forecastSentence(b))
	}
	return out
}

// regressions are the cases that the baseline passed and the candidate did not.
func regressions(r *evals.Result) map[string]bool {
	out := map[string]bool{}
	if r.Baseline != nil {
		for _, f := range r.Baseline.Flips {
			if f.Passed != "candidate" {
				out[f.ID] = true
			}
		}
	}
	return out
}

// withoutQuarantine leaves out the cases that no rule counts.
func withoutQuarantine(rows []evals.CaseRow, held map[string]string) []evals.CaseRow {
	if len(held) == 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row evals.CaseRow) bool {
		_, ok := held[row.ID]
		return ok
	})
}

func command(out *bufio.Writer, level, file string, line int, title, message string) {
	var buf []byte
	buf = append(buf, "::"+level+" "...)
	if file != "" {
		buf = append(buf, "file="...)
		buf, _ = appendEscaped(buf, file, propertyEscape, 3*nameLimit)
		buf = append(buf, ',')
		if line > 0 {
			buf = append(buf, "line="+strconv.Itoa(line)+","...)
		}
	}
	buf = append(buf, "title="...)
	buf, _ = appendEscaped(buf, title, propertyEscape, 2*nameLimit)
	buf = append(buf, "::"...)
	buf, _ = appendEscaped(buf, message, dataEscape, 2*reasonLimit)
	out.Write(append(buf, '\n'))
}
