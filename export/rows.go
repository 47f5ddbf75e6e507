package export

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// states in the order in which people want to see cases.
var states = [...]string{"failed", "errored", "unjudged", "passed"}

// byState holds the candidate's first draws of a run, by index into states, in the order
// of the rows. A state that is not known counts as unjudged.
type byState [len(states)][]*evals.CaseRow

func group(rows []evals.CaseRow) byState {
	var g byState
	for i := range rows {
		if row := &rows[i]; counts(row) {
			k := stateIndex(row.State)
			g[k] = append(g[k], row)
		}
	}
	return g
}

// counts says whether a row is the candidate's first draw of a case, the one
// that the gate uses.
func counts(row *evals.CaseRow) bool { return row.Draw <= 1 && row.Arm == "" }

func stateIndex(state string) int {
	for i, s := range states {
		if s == state {
			return i
		}
	}
	return 2
}

// atMost keeps up to total cases that did not pass and up to passed of the
// others. A few places are kept for each state, so that a flood of failures
// does not hide the errors.
func (g byState) atMost(total, passed int) byState {
	var out byState
	free := total
	for k := range out[:3] {
		n := min(len(g[k]), total/10)
		out[k], free = g[k][:n], free-n
	}
	for k := range out[:3] {
		n := min(len(g[k])-len(out[k]), free)
		out[k], free = g[k][:len(out[k])+n], free-n
	}
	out[3] = g[3][:min(len(g[3]), passed)]
	return out
}

func (g byState) all() []*evals.CaseRow {
	var rows []*evals.CaseRow
	for _, part := range g {
		rows = append(rows, part...)
	}
	return rows
}

// expectedText is a case's expected value as text: strings as they are, the
// rest as compact JSON.
func expectedText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// whyNot says in one line why a case did not pass.
func whyNot(row *evals.CaseRow) string {
	if row.Error != "" {
		return row.Error
	}
	var reasons []string
	for _, f := range row.Unjudged {
		reasons = append(reasons, reasonOf(f))
	}
	for _, f := range row.Findings {
		if !f.Pass {
			reasons = append(reasons, reasonOf(f))
		}
	}
	return strings.Join(reasons, "; ")
}

func reasonOf(f pipeline.Finding) string {
	if f.Reason == "" {
		return f.Metric
	}
	return f.Metric + ": " + cut(groundOf(&f), 2*reasonLimit) // beyond what any report shows
}

// fit chooses how many escaped bytes to show of each text, at most 4 KB, so
// that the texts of all rows together stay near budget bytes.
func fit(rows []*evals.CaseRow, esc escape, budget int) int {
	const most, least = 4 << 10, 256
	const worst = 6 // bytes that one byte takes at most when escaped
	raw := 0
	for _, row := range rows {
		raw += len(pipeline.Transcript(row.Turns)) + len(row.Input) + len(row.Output) + len(row.Error) + len(expectedText(row.Expected))
		for _, f := range row.Findings {
			raw += len(groundOf(&f))
		}
	}
	if raw*worst <= budget {
		return most
	}
	var sizes []int
	var buf []byte
	for _, row := range rows {
		for _, s := range [...]string{pipeline.Transcript(row.Turns), row.Input, row.Output, row.Error, expectedText(row.Expected)} {
			buf, _ = appendEscaped(buf[:0], s, esc, most)
			sizes = append(sizes, len(buf))
		}
		for _, f := range row.Findings {
			sizes = append(sizes, min(len(groundOf(&f)), most))
		}
	}
	return halve(sizes, budget, most, least)
}

// halve divides most by two until texts of these sizes, each cut to it, fit
// into budget; it never returns less than least.
func halve(sizes []int, budget, most, least int) int {
	for limit := most; limit > least; limit /= 2 {
		sum := 0
		for _, n := range sizes {
			sum += min(n, limit)
		}
		if sum <= budget {
			return limit
		}
	}
	return least
}
