package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// junitBudget bounds the texts of all cases: forges refuse large reports.
const junitBudget = 4 << 20

// JUnit writes JUnit XML with two suites.
//
// The suite "gate" mirrors the exit code: it is free of failures and errors
// exactly when the run's verdict is pass. A gating rule that failed is a
// failure, an undecided one an error, since undecided ends with a non-zero
// code too; a rule that does not gate is skipped unless it passed. Its last
// test case, "verdict", is the verdict itself, so that a run without a rule is
// red as well.
//
// The suite "cases" lists each judged case: failed is a failure, errored an
// error, unjudged is skipped. Single failures there are facts, not the
// verdict: a rule such as "at least 0.9" allows some, so a consumer that turns
// red at any failure is stricter than the gate. A quarantined case that did not
// pass is skipped, with the day until which it is. Cases that an early stop left
// out are counted in the property not_judged and named in system-out.
//
// What a baseline, a budget, a quarantine and earlier answers came to stands in
// the properties of the suite "gate".
func JUnit(w io.Writer, r evals.Result, rows []evals.CaseRow) error {
	x := &xmlWriter{w: bufio.NewWriterSize(w, 32<<10)}
	found := group(rows)
	cases := len(found.all())
	gate := gateResults(&r)
	held := quarantined(&r)
	failures, errors := notHeld(found[0], held), notHeld(found[1], held)
	skipped := len(found[2]) + len(found[0]) - failures + len(found[1]) - errors
	gf, ge, gs := tally(gate)
	x.w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	x.open("testsuites", "name", "genops "+r.Agent+" on "+r.TestSet,
		"tests", strconv.Itoa(cases+len(gate)), "failures", strconv.Itoa(failures+gf),
		"errors", strconv.Itoa(errors+ge), "skipped", strconv.Itoa(skipped+gs), "time", seconds(float64(r.DurationMS)))
	x.gate(&r, gate)

	x.open("testsuite", "name", "cases", "tests", strconv.Itoa(cases), "failures", strconv.Itoa(failures),
		"errors", strconv.Itoa(errors), "skipped", strconv.Itoa(skipped), "time", seconds(float64(r.DurationMS)), "timestamp", r.StartedAt)
	left := max(0, r.Cases.Total-r.Cases.Judged-r.Cases.Unjudged)
	x.open("properties")
	x.empty("property", "name", "not_judged", "value", strconv.Itoa(left))
	x.close("properties")
	class := r.Agent + "." + r.TestSet
	limit := fit(slices.Concat(found[0], found[1]), xmlEscape, junitBudget) // the others show no texts
	for k, part := range found {
		for _, row := range part {
			x.testcase(class, k, row, held[row.ID], limit)
		}
	}
	if left > 0 {
		x.element("system-out", progressSentence(&r), reasonLimit)
	}
	x.close("testsuite")
	x.close("testsuites")
	if err := x.w.Flush(); err != nil {
		return fmt.Errorf("writing JUnit report: %w", err)
	}
	return nil
}

// gateResult is one test case of the gate's suite; tag "" means passed.
type gateResult struct {
	name, tag, kind, message string
}

func gateResults(r *evals.Result) []gateResult {
	var out []gateResult
	for i := range r.Rules {
		rule := &r.Rules[i]
		g := gateResult{name: ruleText(rule), message: rule.Reason}
		switch v := verdictOf(rule.Verdict); {
		case !rule.Gates:
			g.tag, g.message = "skipped", v+", does not gate: "+rule.Reason
		case v == "pass":
		default:
			g.tag, g.kind = redTag(v), v
		}
		out = append(out, g)
	}
	v := verdictOf(r.Verdict)
	return append(out, gateResult{"verdict", redTag(v), v, gateSentence(r) + " " + progressSentence(r)})
}

func redTag(verdict string) string {
	switch verdict {
	case "pass":
		return ""
	case "fail":
		return "failure"
	}
	return "error"
}

func tally(gate []gateResult) (failures, errors, skipped int) {
	for _, g := range gate {
		switch g.tag {
		case "failure":
			failures++
		case "error":
			errors++
		case "skipped":
			skipped++
		}
	}
	return failures, errors, skipped
}

func (x *xmlWriter) gate(r *evals.Result, gate []gateResult) {
	f, e, s := tally(gate)
	x.open("testsuite", "name", "gate", "tests", strconv.Itoa(len(gate)), "failures", strconv.Itoa(f),
		"errors", strconv.Itoa(e), "skipped", strconv.Itoa(s), "time", "0", "timestamp", r.StartedAt)
	x.open("properties")
	for _, p := range [...][2]string{
		{"run", r.Run}, {"verdict", verdictOf(r.Verdict)}, {"release", r.Release}, {"test_set_digest", r.TestSetDigest},
		{"seed", strconv.FormatUint(r.Seed, 10)}, {"population", strconv.FormatBool(r.Population)}, {"subset", r.Subset},
	} {
		x.empty("property", "name", p[0], "value", p[1])
	}
	x.comparison(r)
	x.spending(r)
	x.close("properties")
	for _, g := range gate {
		x.open("testcase", "classname", "gate", "name", g.name, "time", "0")
		switch g.tag {
		case "":
		case "skipped":
			x.empty("skipped", "message", g.message)
		default:
			x.empty(g.tag, "type", g.kind, "message", g.message)
		}
		x.close("testcase")
	}
	x.close("testsuite")
}

// notHeld counts the rows whose cases are not quarantined.
func notHeld(rows []*evals.CaseRow, held map[string]string) (n int) {
	for _, row := range rows {
		if _, ok := held[row.ID]; !ok {
			n++
		}
	}
	return n
}

func (x *xmlWriter) testcase(class string, state int, row *evals.CaseRow, until string, limit int) {
	x.open("testcase", "classname", class, "name", row.ID, "time", seconds(row.LatencyMS))
	if until != "" && states[state] != "passed" {
		x.empty("skipped", "message", "quarantined until "+cut(until, nameLimit)+": "+states[state]+": "+whyNot(row))
		x.close("testcase")
		return
	}
	switch states[state] {
	case "failed":
		x.open("failure", "type", "failed", "message", whyNot(row))
		x.details(row, limit)
		x.close("failure")
	case "errored":
		x.open("error", "type", "errored", "message", row.Error)
		x.details(row, limit)
		x.close("error")
	case "unjudged":
		x.empty("skipped", "message", "could not be judged: "+whyNot(row))
	}
	x.close("testcase")
}

func (x *xmlWriter) details(row *evals.CaseRow, limit int) {
	x.line("input:    ", row.Input, limit)
	if row.Expected != nil {
		x.line("expected: ", expectedText(row.Expected), limit)
	}
	x.line("output:   ", row.Output, limit)
	for _, f := range row.Findings[:min(len(row.Findings), shownFindings)] {
		if !f.Pass {
			x.line(f.Metric+": ", f.Reason, min(limit, reasonLimit))
		}
	}
}

func seconds(ms float64) string { return strconv.FormatFloat(ms/1000, 'f', 3, 64) }
