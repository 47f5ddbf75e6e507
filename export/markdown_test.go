package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
)

// outside removes the code spans of a line as CommonMark finds them: a run of
// backticks up to the next run of the same length.
func outside(line string) string {
	var out strings.Builder
	for line != "" {
		if line[0] != '`' {
			out.WriteByte(line[0])
			line = line[1:]
			continue
		}
		n := len(line) - len(strings.TrimLeft(line, "`"))
		end := closing(line[n:], n)
		if end < 0 {
			out.WriteString(line[:n])
			end = 0
		}
		line = line[n:][end:]
	}
	return out.String()
}

// closing returns the offset behind the first run of exactly n backticks.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i + n
		}
		i += run
	}
	return -1
}

func markdown(t *testing.T, r evals.Result, rows []evals.CaseRow) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, r, rows); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 60<<10 {
		t.Errorf("%d bytes", b.Len())
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	rows := sampleRows(424)
	got := markdown(t, sampleResult(rows, 612), rows)
	for _, want := range []string{
		"## ❌ Fail: `ASM-001` `2.1.0` on `intents_v2`\n",
		"1 of 2 rules failed. Decided after 339 of 612 cases.",
		"| ❌ fail | `intent_accuracy ≥ 0.9` | 0.863 | 0.828 – 0.899 | 424 of 424 | 2 | `0.863 after 424 cases; upper bound 0.899 < 0.9` |\n",
		"| ❔ undecided | `coherence ≥ 0.8` (does not gate) | – | – | 0 of 424 | 1 |",
		"### Weak slices", "| `kind = negation` | 71.4\u00a0% | 50 of 70 |", "### Cases that did not pass: 58",
		"- **failed** `c007` `¿puedes ayudarme con return item?`<br>expected `return_item`, got `exchange_item`\n",
		"- **errored** `c033`", "and 48 more in the report.", "genops run-eval --agent 'ASM-001' --test-set 'intents_v2' --seed 1420553871\ngenops verify",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestMarkdownHostile(t *testing.T) {
	for _, s := range []string{evil, "|", "a\\", "`", "``` ", "\n\n# x\n", "", " ", strings.Repeat("`|\x01", 500), strings.Repeat("@evil ", 1<<18)} {
		r, rows := hostile(s)
		got := markdown(t, r, rows)
		fence := false
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "```") {
				fence = !fence
				continue
			}
			rest := outside(line)
			for _, bad := range []string{"evil", "`", "alert", "U+", "␀", "# x"} {
				if !fence && strings.Contains(rest, bad) {
					t.Fatalf("%.20q: %q stands outside of code in %.300q", s, bad, line)
				}
			}
			if strings.HasPrefix(line, "|") {
				if n := strings.Count(line, "|"); n != 8 && n != 5 && n != 4 {
					t.Fatalf("%.20q: %d bars in the row %.300q", s, n, line)
				}
			}
		}
		if n := strings.Count(got, "\n```\n"); fence || n != 1 {
			t.Errorf("%.20q: the fence is broken", s)
		}
	}
}

func TestAnnotations(t *testing.T) {
	rows := sampleRows(424)
	r := sampleResult(rows, 612)
	var b bytes.Buffer
	if err := Annotations(&b, r, rows, "testsets/a,b:c.json"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 11 {
		t.Fatalf("%d lines", len(lines))
	}
	if want := "::error file=testsets/a%2Cb%3Ac.json,title=genops%3A intent_accuracy ≥ 0.9%3A fail::0.863 after 424 cases; upper bound 0.899 < 0.9"; lines[0] != want {
		t.Errorf("got  %q\nwant %q", lines[0], want)
	}
	if want := `::error file=testsets/a%2Cb%3Ac.json,line=10,title=case c007 failed::input: ¿puedes ayudarme con return item?%0Aexpected: return_item%0Aoutput: exchange_item%0A`; !strings.HasPrefix(lines[1], want) {
		t.Errorf("got  %q\nwant %q", lines[1], want)
	}
	r.Verdict, r.Rules = "pass", nil
	b.Reset()
	if err := Annotations(&b, r, rows, ""); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "::warning title=case "); n != 10 || strings.Contains(b.String(), "::error") {
		t.Errorf("a pass has %d warnings:\n%s", n, b.String())
	}
}

func TestAnnotationsHostile(t *testing.T) {
	r, rows := hostile(evil)
	r.Verdict = "fail"
	r.Rules[0].Verdict = "fail"
	var b bytes.Buffer
	if err := Annotations(&b, r, rows, evil); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		rest, ok := strings.CutPrefix(line, "::error ")
		if !ok {
			rest, ok = strings.CutPrefix(line, "::warning ")
		}
		properties, _, found := strings.Cut(rest, "::")
		if !ok || !found || strings.Count(properties, ",") > 2 || strings.ContainsAny(line, "\r\x1b\x00\u202e") {
			t.Errorf("line %q", line)
		}
	}
}
