package export

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// deepJSON nests lists a thousand deep.
func deepJSON() string { return strings.Repeat(`[{"a":`, 1000) + "1" + strings.Repeat("}]", 1000) }

func csvOf(t *testing.T, rows []evals.CaseRow) (string, [][]string) {
	t.Helper()
	var b strings.Builder
	if err := CSV(&b, evals.Result{}, rows); err != nil {
		t.Fatal(err)
	}
	cells, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), cells
}

func TestCSV(t *testing.T) {
	rows := []evals.CaseRow{
		{ID: "a", Line: 3, Draw: 1, Input: "two\nlines, \"quoted\"", Expected: map[string]any{"x": 1.5}, Output: "é", State: "failed", LatencyMS: 12.5, CostUSD: 0.0001, Sends: 1,
			Slice: map[string]string{"lang": "de"}, Findings: []pipeline.Finding{{Metric: "m", Score: 0.25, Reason: "wrong"}}},
		{ID: "a", Draw: 2, State: "passed"}, {ID: "a", Draw: 1, Arm: "baseline", State: "passed", Findings: []pipeline.Finding{{Metric: "b", Score: 1, Pass: true}}}}
	text, cells := csvOf(t, rows)
	if got := strings.Join(cells[0], "|"); got != "id|draw|arm|state|input|expected|output|error|reason|line|cluster|latency_ms|cost_usd|sends|slice lang|score b|score m" {
		t.Errorf("columns %s", got)
	}
	if got := strings.Join(cells[1], "|"); got != "a|1|candidate|failed|two\nlines, \"quoted\"|{\"x\":1.5}|é||m: wrong|3||12.5|0.0001|1|de||0.25" {
		t.Errorf("row %s", got)
	}
	if len(cells) != 4 || cells[2][1] != "2" || cells[3][2] != "baseline" || cells[3][15] != "1" {
		t.Errorf("rows %q", cells)
	}
	if !strings.HasPrefix(text, "\"id\",") || !strings.HasSuffix(text, "\r\n") {
		t.Errorf("text %q", text)
	}
}

func TestCSVHostile(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\t=x": "' =x", "\r=x": "'␍=x", " =x": "' =x", "\u00a0=x": "'\u00a0=x", "＝x": "'＝x", "\n=x": "'\n=x",
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "a=1": "a=1", "": "", "'=x": "'=x", "\x1b[31m": "␛[31m", "\u202e": "⟨U+202E⟩", "\xff\"": "\uFFFD\"", "a\r\nb\x00": "a␍\nb␀",
	} {
		_, cells := csvOf(t, []evals.CaseRow{{ID: "a", Output: in}})
		if got := cells[1][6]; got != strings.ReplaceAll(want, "\r\n", "\n") {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	big := strings.Repeat("=\x00long ", 50<<20/7)
	var size counter
	if err := CSV(&size, evals.Result{}, []evals.CaseRow{{ID: big, Input: big, Output: big, Slice: map[string]string{big: big}}}); err != nil || size > 1<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

// FuzzCSV: whatever the text is, a reader finds the same number of cells, none
// of them a formula, and no control character.
func FuzzCSV(f *testing.F) {
	f.Add(evil)
	f.Fuzz(func(t *testing.T, s string) {
		rows := []evals.CaseRow{{ID: s, Input: s, Expected: s, Output: s, State: s, Error: s, Arm: s, Cluster: s, Slice: map[string]string{s: s},
			Findings: []pipeline.Finding{{Metric: s, Reason: s}}}}
		text, cells := csvOf(t, rows)
		if len(cells) != 2 || len(cells[0]) != len(cells[1]) || !utf8.ValidString(text) {
			t.Fatalf("%q: %d lines", s, len(cells))
		}
		for _, cell := range cells[1] {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") || strings.ContainsAny(cell, "\x00\x1b\t\x7f\u202e\u2028\u200b") {
				t.Errorf("%q became the cell %q", s, cell)
			}
		}
	})
}
