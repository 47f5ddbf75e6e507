package export

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/GaboBase/arch-genops/evals"
)

// join finds each case in every run. The order is that of the file, where all
// cases have a line, else that of the runs.
func (c *Comparison) join(runs []Run) {
	at := map[string]int{}
	for k := range runs {
		for i := range runs[k].Rows {
			row := &runs[k].Rows[i]
			if !counts(row) {
				continue
			}
			n, ok := at[row.ID]
			if !ok {
				n = len(c.cases)
				at[row.ID] = n
				c.cases = append(c.cases, comparedCase{id: row.ID, line: row.Line, rows: make([]*evals.CaseRow, len(runs))})
			}
			if c.cases[n].rows[k] == nil {
				c.cases[n].rows[k] = row
			}
		}
	}
	c.warn(runs)
	if !slices.ContainsFunc(c.cases, func(x comparedCase) bool { return x.line <= 0 }) {
		slices.SortStableFunc(c.cases, func(a, b comparedCase) int { return cmp.Compare(a.line, b.line) })
	}
}

// warn says what makes the runs less comparable, and leaves out the cases that
// are not the same in all of them.
func (c *Comparison) warn(runs []Run) {
	first := &runs[0].Result
	sets, agents := false, false
	for i := range runs {
		r := &runs[i].Result
		sets = sets || r.TestSetDigest != first.TestSetDigest || r.TestSet != first.TestSet && first.TestSetDigest == ""
		agents = agents || r.Agent != first.Agent
		if r.Subset != "" {
			c.Warnings = append(c.Warnings, fmt.Sprintf("run %d asked only a subset of the cases: %s", i+1, r.Subset))
		}
	}
	if agents {
		c.Warnings = append(c.Warnings, "the runs are of different agents")
	}
	left, changed, expected := c.unlike(sets)
	if sets {
		c.Warnings = append(c.Warnings, fmt.Sprintf("the runs used different test sets: only the %s that all of them have are compared (%s left out)",
			plural(len(c.cases), "case"), plural(left, "case")))
	}
	if changed > 0 {
		c.Warnings = append(c.Warnings, plural(changed, "case")+" with the same id but another input left out")
	}
	if expected > 0 {
		c.Warnings = append(c.Warnings, plural(expected, "case")+" expected another answer in another run: a change there may be one of the test set")
	}
}

// unlike removes the cases that another run has with another input and, when
// the sets differ, those that not every run has; it counts both, and the cases
// whose expected answers differ.
func (c *Comparison) unlike(sets bool) (left, changed, expected int) {
	c.cases = slices.DeleteFunc(c.cases, func(x comparedCase) bool {
		one := x.first()
		want := expectedText(one.Expected)
		missing, other, wants := false, false, false
		for _, row := range x.rows {
			if row == nil {
				missing = true
				continue
			}
			other = other || row.Input != one.Input
			wants = wants || expectedText(row.Expected) != want
		}
		switch {
		case sets && missing:
			left++
		case other:
			changed++
		case wants:
			expected++
		}
		return sets && missing || other
	})
	return left, changed, expected
}
