package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// annotated is how many cases get an annotation; the forge shows no more than
// ten of a kind for each step.
const annotated = 10

// Annotations writes GitHub workflow commands: an error for each gating rule
// that failed, a warning for each undecided one, and an error for each of up
// to ten failed or errored cases at its line of testSetPath — a warning when
// the verdict is pass, because the gate allows these. testSetPath is relative
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
	found := group(rows)
	found[2], found[3] = nil, nil
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
			command(out, level, testSetPath, row.Line, "case "+row.ID+" "+states[k], message+whyNot(row))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing annotations: %w", err)
	}
	return nil
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
