package promptfoo

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// maxTableRows is how many tests the table shows.
const maxTableRows = 25

// Table shows the rows to a person: a line for each test, a column for each
// variable and for each prompt of each provider. columns is the width of the
// terminal; 0 = none. most is how many characters a cell has at most; 0 = as many as
// there is room for. Control characters are shown as blanks.
func (r *Results) Table(w io.Writer, color bool, columns, most int) {
	if columns <= 0 {
		columns = 120
	}
	names := r.varNames()
	if len(names) > 3 {
		names = names[:3]
	}
	var head []string
	for _, n := range names {
		head = append(head, n.(string))
	}
	for _, c := range r.columns {
		if c != nil {
			head = append(head, "["+c.provider.Name()+"] "+c.prompt.Label)
		}
	}
	width := max((columns-3*len(head)-1)/max(len(head), 1), 8)
	if most > 0 {
		width = min(width, max(most, 3))
	}
	line := func(cells, codes []string) {
		var b strings.Builder
		for i, cell := range cells {
			text := fit(cell, width)
			if color && codes != nil && codes[i] != "" {
				text = "\x1b[" + codes[i] + "m" + text + "\x1b[0m"
			}
			b.WriteString("| " + text + " ")
		}
		b.WriteString("|\n")
		io.WriteString(w, b.String())
	}
	line(head, nil)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = strings.Repeat("-", width)
	}
	line(rule, nil)
	tests := 0
	for from := 0; from < len(r.Rows); {
		to := from
		for to < len(r.Rows) && r.Rows[to].TestIndex == r.Rows[from].TestIndex {
			to++
		}
		if tests++; tests > maxTableRows {
			break
		}
		cells, codes := r.tableLine(from, to, names)
		line(cells, codes)
		from = to
	}
	if all := r.tests(); all > maxTableRows {
		fmt.Fprintf(w, "... and %d more tests: see the report, or write them with -o results.json\n", all-maxTableRows)
	}
}

// Shown is how many rows, from the first, the table shows.
func (r *Results) Shown() int {
	tests := 0
	for i := range r.Rows {
		if i == 0 || r.Rows[i].TestIndex != r.Rows[i-1].TestIndex {
			if tests++; tests > maxTableRows {
				return i
			}
		}
	}
	return len(r.Rows)
}

func (r *Results) tests() (n int) {
	for i := range r.Rows {
		if i == 0 || r.Rows[i].TestIndex != r.Rows[i-1].TestIndex {
			n++
		}
	}
	return n
}

func (r *Results) tableLine(from, to int, names []any) (cells, codes []string) {
	for _, n := range names {
		v, _ := r.Rows[from].Test.Vars.Get(n.(string))
		cells, codes = append(cells, cell(v)), append(codes, "")
	}
	byColumn := map[int]int{}
	for i := from; i < to; i++ {
		byColumn[r.Rows[i].PromptIndex] = i
	}
	for n, c := range r.columns {
		if c == nil {
			continue
		}
		i, ok := byColumn[n]
		if !ok || r.records[i] == "" {
			cells, codes = append(cells, ""), append(codes, "")
			continue
		}
		text, code := verdictCell(r.record(i))
		cells, codes = append(cells, text), append(codes, code)
	}
	return cells, codes
}

// verdictCell is a row's end and its output, or why it did not pass.
func verdictCell(rec *jsvalue.Object) (text, color string) {
	response, _ := rec.Get("response")
	output, _ := jsvalue.Field(response, "output")
	switch {
	case truthy(rec, "success"):
		return "[PASS] " + cell(output), "32"
	case truthy(rec, "unjudged"):
		return "[UNJUDGED] " + textAt(rec, "unjudged"), "33"
	case number(rec, "failureReason") == failureError:
		return "[ERROR] " + textAt(rec, "error"), "31"
	}
	return "[FAIL] " + textAt(rec, "error") + " --- " + cell(output), "31"
}

// fit cuts a text to a width, or fills it up.
func fit(s string, width int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	n := utf8.RuneCountInString(s)
	if n <= width {
		return s + strings.Repeat(" ", width-n)
	}
	runes := []rune(s)
	return string(runes[:width-1]) + "…"
}
