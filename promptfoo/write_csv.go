package promptfoo

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// writeCSV writes the table: a line for each test, some columns for each prompt.
func (r *Results) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	write := func(line []string) { c.Write(line) }
	if !project.TruthyEnv(r.Project.Env["PROMPTFOO_DISABLE_CSV_FORMULA_ESCAPING"]) {
		write = func(line []string) { c.Write(harmless(line)) }
	}
	names := r.varNames()
	hasText := false
	for i := range r.Rows {
		hasText = hasText || r.Rows[i].Test.Description != ""
	}
	var head []string
	if hasText {
		head = append(head, "Description")
	}
	for _, n := range names {
		head = append(head, n.(string))
	}
	scores := make([][]string, len(r.columns))
	for n, col := range r.columns {
		if col == nil {
			continue
		}
		scores[n] = r.usedNames(col)
		head = append(head, fmt.Sprintf("[%s] %s", col.provider.Name(), col.prompt.Label), "Status", "Score", "Named Scores")
		for _, name := range scores[n] {
			head = append(head, "Metric: "+name)
		}
		head = append(head, "Grader Reason", "Comment")
	}
	write(head)
	for from := 0; from < len(r.Rows); {
		to := from
		for to < len(r.Rows) && r.Rows[to].TestIndex == r.Rows[from].TestIndex {
			to++
		}
		write(r.csvLine(from, to, names, scores, hasText))
		from = to
	}
	c.Flush()
	return c.Error()
}

// usedNames are the named scores that some row of a column has: derived ones
// belong to no row.
func (r *Results) usedNames(c *column) (used []string) {
	for _, name := range c.metrics.named.Keys() {
		if _, ok := c.metrics.counts.Get(name); ok {
			used = append(used, name)
		}
	}
	slices.SortFunc(used, func(a, b string) int { // as a dictionary has them
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(b, a))
	})
	return used
}

// harmless keeps a program that opens the file from running a cell: what begins
// like a formula, blanks left aside, gets an apostrophe before it.
func harmless(line []string) []string {
	for i, cell := range line {
		text := strings.TrimLeftFunc(cell, func(c rune) bool {
			return unicode.IsSpace(c) || c == '\u200b' || c == '\u200c' || c == '\u200d' || c == '\ufeff'
		})
		if text == "" || !strings.ContainsRune("=@+-", rune(text[0])) {
			continue
		}
		if f := jsvalue.ToNumber(text); strings.ContainsRune("+-", rune(text[0])) && !math.IsNaN(f) && !math.IsInf(f, 0) {
			continue
		}
		line[i] = "'" + cell
	}
	return line
}

func (r *Results) csvLine(from, to int, names []any, scores [][]string, hasText bool) (line []string) {
	test := r.Rows[from].Test
	if hasText {
		line = append(line, test.Description)
	}
	for _, n := range names {
		v, _ := test.Vars.Get(n.(string))
		if r.strip().vars {
			v = nil
		}
		line = append(line, cell(compacted(v)))
	}
	byColumn := map[int]int{}
	for i := from; i < to; i++ {
		byColumn[r.Rows[i].PromptIndex] = i
	}
	for n, col := range r.columns {
		if col == nil {
			continue
		}
		i, ok := byColumn[n]
		used := scores[n]
		if !ok || r.records[i] == "" {
			line = append(line, make([]string, 6+len(used))...)
			continue
		}
		line = append(line, r.csvCells(r.strip().record(r.record(i)), used, r.doubt(&r.Rows[i]))...)
	}
	return line
}

func (r *Results) csvCells(rec *jsvalue.Object, used []string, doubt string) []string {
	response, _ := rec.Get("response")
	output, _ := jsvalue.Field(response, "output")
	status := "ERROR"
	switch {
	case truthy(rec, "success"):
		status = "PASS"
	case number(rec, "failureReason") == failureAssert:
		status = "FAIL"
	default:
		if output == nil {
			output = textAt(rec, "error")
		}
	}
	named, _ := rec.Get("namedScores")
	cells := []string{cell(output), status, twoDigits(number(rec, "score")), roundedScores(named)}
	for _, name := range used {
		text := ""
		if _, ok := jsvalue.Field(named, name); ok {
			text = twoDigits(number(named, name))
		}
		cells = append(cells, text)
	}
	grading, _ := rec.Get("gradingResult")
	return append(cells, textAt(grading, "reason"), cmp.Or(textAt(grading, "comment"), doubt))
}

// roundedScores are the named scores of a row as JSON, to two digits; "" = none.
func roundedScores(named any) string {
	o := &jsvalue.Object{}
	keys, _ := jsvalue.KeysOf(named)
	for _, k := range keys {
		x, _ := jsvalue.Field(named, k)
		if f, ok := jsvalue.Number(x); ok && !math.IsNaN(f) {
			o.Set(k, jsvalue.ToNumber(twoDigits(f)))
		}
	}
	if o.Len() == 0 {
		return ""
	}
	text, _ := jsvalue.Stringify(o, "")
	return text
}

func twoDigits(f float64) string { return jsvalue.ToFixed(f, 2) }

// cell is a value as a table shows it.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	if jsvalue.TypeOf(v) == "object" {
		s, _ := jsvalue.Stringify(v, "")
		return s
	}
	if jsvalue.IsUndefined(v) {
		return ""
	}
	return jsvalue.ToString(v)
}
