package export

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
)

func compared(n int) (evals.Result, []evals.CaseRow) {
	rows := sampleRows(n)
	r := sampleResult(rows, n+188)
	sampleBaseline(&r, rows)
	return r, rows
}

func TestHTMLBaseline(t *testing.T) {
	r, rows := compared(424)
	page := render(t, r, rows)
	checkPage(t, page)
	b := r.Baseline
	for _, want := range []string{
		"Worse than 2.0.0: on 423 pairs the difference of passed cases, candidate minus baseline, is " + points(*b.Effect),
		"<span class=\"chip bad\">fail</span> pass_rate not worse than the baseline by 0.03",
		"<b>Forecast only:</b> on 61 pairs with answers of the baseline older than 24h the difference is −3.3\u00a0points.",
		"margin −3.0\u00a0points", "◀ baseline better", "candidate passed</th><td class=\"num big\">" + count(b.McNemar.Both) + "</td>",
		"<th scope=\"row\">Baseline 2.0.0</th><td class=\"num\">310</td><td class=\"num\">114</td>",
		"<th scope=\"row\">Candidate 2.1.0</th><td class=\"num\">433</td><td class=\"num\">0</td>",
		"2025-03-13T18:20:11Z", "3 cases are quarantined, the first until 2025-03-31, the last until 2025-06-30: shown, but counted by no rule. 1 entry expired and counted again. 1 entry is not in this set.",
		"not drawn", "<span>quarantined until 2025-04-30</span>", "5 of 10", "3 calls without a known price", "$2.50", "$3.12", "114 answers are taken from the cache instead of being asked for again, which saved $0.02",
		"e = 87", "at most 5 % are expected to be false alarms", "<ins>", "<del>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	regressed, improved := strings.Count(page, ">regressed</span>"), strings.Count(page, ">improved</span>")
	if regressed != b.McNemar.Baseline || improved != b.McNemar.Candidate || strings.LastIndex(page, ">regressed</span>") > strings.Index(page, ">improved</span>") {
		t.Errorf("%d regressed and %d improved pairs in the page, want %d before %d", regressed, improved, b.McNemar.Baseline, b.McNemar.Candidate)
	}
}

// TestBaselineSentence: the word before the version follows the interval alone.
func TestBaselineSentence(t *testing.T) {
	for _, c := range []struct {
		effect   *float64
		interval *[2]float64
		want     string
	}{
		{nil, nil, "No pair of answers could be compared with 2.0.0."},
		{ptr(0.02), &[2]float64{0.001, 0.04}, "Better than 2.0.0: on 1,200 pairs the difference of passed cases, candidate minus baseline, is +2.0\u00a0points (interval +0.1 to +4.0\u00a0points)."},
		{ptr(-0.02), &[2]float64{-0.04, -0.001}, "Worse than 2.0.0: "},
		{ptr(-0.02), &[2]float64{-0.04, 0}, "Not told apart from 2.0.0: "},
		{ptr(0.0), &[2]float64{0, 0}, "Neither better nor worse than 2.0.0: "},
		{ptr(0.0001), nil, "Not told apart from 2.0.0: on 1,200 pairs the difference of passed cases, candidate minus baseline, is +0.1\u00a0points."},
	} {
		got := baselineSentence(&evals.Result{Agent: "A", Baseline: &evals.Baseline{Agent: "A", Version: "2.0.0", Pairs: 1200, Effect: c.effect, Interval: c.interval}})
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// TestBaselineRows: answers of the baseline are no cases of the run.
func TestBaselineRows(t *testing.T) {
	rows := sampleRows(30)
	r := sampleResult(rows, 30)
	plain := render(t, r, rows)
	for i := range 30 {
		row := rows[i]
		row.Arm, row.Output = "baseline", "an answer of the baseline"
		rows = append(rows, row)
	}
	if got := render(t, r, rows); got != plain {
		t.Error("the baseline's answers are among the cases")
	}
	s := junit(t, r, rows)
	if n := len(s.Suites[1].Cases); n != 30 {
		t.Errorf("%d test cases", n)
	}
}

func TestJUnitProperties(t *testing.T) {
	r, rows := compared(60)
	rows[13].State, rows[13].ID = "failed", "c014"
	var b bytes.Buffer
	if err := JUnit(&b, r, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name="baseline" value="ASM-001 2.0.0"`, `name="baseline_regressed" value="`, `name="budget_limit_usd" value="2.5"`,
		`name="quarantined" value="3"`, `name="reused_answers" value="114"`, `message="quarantined until 2025-04-30: failed: `} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the file lacks %s", want)
		}
	}
	var all suites
	if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range all.Suites[1].Cases {
		if c.Failure != nil {
			got["failures"]++
		}
		if c.Skipped != nil {
			got["skipped"]++
		}
	}
	if s := all.Suites[1]; s.Failures != got["failures"] || s.Skipped != got["skipped"] {
		t.Errorf("counted %d failures and %d skipped, the file has %v", s.Failures, s.Skipped, got)
	}
}

func TestMarkdownBaseline(t *testing.T) {
	r, rows := compared(424)
	got := markdown(t, r, rows)
	for _, want := range []string{"### Against `ASM-001` `2.0.0`\n\n**Result:** `Worse than 2.0.0: on 423 pairs", "| **candidate failed** |", "Calls: candidate 433 made, 0 from the cache; baseline 310 made, 114 from the cache.",
		"**Quarantine:** `3 cases are quarantined", "**Budget:** $0.15 of $2.50 spent (expected $0.21, at worst $3.12).\n", "**Reused:** `114 answers", "- **regressed** `c", "**Forecast only:** 61 pairs"} {
		if !strings.Contains(got, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
}

func TestAnnotationsBaseline(t *testing.T) {
	r, rows := compared(424)
	r.Budget.UsedUp = true
	held := -1
	for i := range rows {
		if rows[i].ID == "c014" {
			held = i
			rows[i].State = "failed"
		}
	}
	var b bytes.Buffer
	if err := Annotations(&b, r, rows, "set.json"); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{"::warning title=genops::1 entry of the quarantine list expired and counted again: c044", "::warning title=genops::the budget is used up: $0.15 of $2.50 spent",
		"::warning title=genops::forecast only: on 61 pairs", "the baseline passed this case%0A"} {
		if !strings.Contains(got, want) {
			t.Errorf("the annotations lack %q:\n%s", want, got)
		}
	}
	if held < 0 || strings.Contains(got, "case c014") {
		t.Errorf("case c014 is quarantined, and has an annotation")
	}
}

// TestHTMLBaselineDegenerate draws figures that no run should have.
func TestHTMLBaselineDegenerate(t *testing.T) {
	for _, v := range []float64{0, 1, -1, 1e300, -1e300, math.NaN(), math.Inf(1), 1e-12} {
		b := evals.Baseline{Pairs: 3, Effect: &v, Interval: &[2]float64{v, v}, McNemar: evals.McNemar{P: v, Candidate: 3}}
		r := evals.Result{Baseline: &b, Budget: &evals.Budget{LimitUSD: v, SpentUSD: v, WorstUSD: v}, Rules: []evals.RuleResult{{Kind: "not_worse", Gates: true, Margin: v}},
			Flaky: &evals.FlakySummary{List: []evals.FlakyCase{{Interval: [2]float64{v, v}}}}, Quarantine: &evals.Quarantine{}, Reused: &evals.Reused{SavedUSD: v}}
		for _, part := range []func(){func() { b.Interval = nil }, func() { b.Effect = nil }, func() { b.Pairs = 0 }} {
			page := render(t, r, nil)
			if bad := regexp.MustCompile(` (x|x1|x2|y|y1|y2|cx|cy|d|width)="[^"]*(NaN|Inf)[^"]*"`).FindString(page); bad != "" {
				t.Errorf("%g: %s", v, bad)
			}
			part()
		}
	}
}

// TestHTMLBaselineIsSmall: long answers of both arms stay within their budget.
func TestHTMLBaselineIsSmall(t *testing.T) {
	r, rows := compared(424)
	big := strings.Repeat("<long & different> ", 1<<20)
	other := "other " + big
	r.Baseline.Flips = nil
	for range 400 {
		r.Baseline.Flips = append(r.Baseline.Flips, evals.Flip{ID: big, Passed: "baseline", Input: big, Output: big, Base: other})
	}
	var size counter
	if err := HTML(&size, r, rows); err != nil {
		t.Fatal(err)
	}
	if size > 1_700_000 {
		t.Errorf("the page has %d bytes", size)
	}
}

func TestWordDiff(t *testing.T) {
	shown := func(all []piece, whole string) string {
		var b, plain strings.Builder
		for _, p := range all {
			plain.WriteString(p.text)
			if p.same {
				b.WriteString(p.text)
			} else {
				b.WriteString("[" + p.text + "]")
			}
		}
		if plain.String() != whole {
			t.Errorf("the pieces of %.80q are %.80q", whole, plain.String())
		}
		return b.String()
	}
	long := strings.Repeat("a b ", 2000)
	for _, c := range []struct{ a, b, wantA, wantB string }{
		{"", "", "", ""}, {"same", "same", "same", "same"}, {"", "new", "", "[new]"},
		{"the red fox", "the blue fox", "the [red] fox", "the [blue] fox"},
		{"return_item", "exchange_item", "[return_item]", "[exchange_item]"},
		{"a, b", "a b", "a[,] b", "a b"},
		{"naïve \xff text", "naïve text", "naïve [\xff ]text", "naïve text"},
		{"one two three", "three two one", "[one] two [three]", "[three] two [one]"},
	} {
		as, bs := wordDiff(c.a, c.b)
		if gotA, gotB := shown(as, c.a), shown(bs, c.b); gotA != c.wantA || gotB != c.wantB {
			t.Errorf("%q and %q: %q and %q", c.a, c.b, gotA, gotB)
		}
	}
	as, bs := wordDiff(long+"x", "y "+long)
	shown(as, long+"x")
	shown(bs, "y "+long)
}

// FuzzWordDiff: the pieces are the texts, and what is shared is the same on
// both sides.
func FuzzWordDiff(f *testing.F) {
	f.Add("the red fox", "the blue fox")
	f.Fuzz(func(t *testing.T, a, b string) {
		as, bs := wordDiff(a, b)
		whole := func(all []piece) (text, same string) {
			for _, p := range all {
				text += p.text
				if p.same {
					same += p.text
				}
			}
			return text, same
		}
		textA, sameA := whole(as)
		textB, sameB := whole(bs)
		if textA != a || textB != b || sameA != sameB {
			t.Errorf("%q, %q: %q %q, shared %q %q", a, b, textA, textB, sameA, sameB)
		}
	})
}

// TestShots pictures the report for people to look at: GENOPS_SHOTS=DIR.
func TestShots(t *testing.T) {
	if os.Getenv("GENOPS_SHOTS") == "" {
		t.Skip("GENOPS_SHOTS names no folder: no pictures are made")
	}
	r, rows := compared(424)
	for _, scheme := range []string{"light", "dark"} {
		b := openTab(t, []byte(render(t, r, rows)), "", 1280, 1400, scheme)
		for _, width := range []int{1280, 390} {
			b.size(width, 1400)
			for _, id := range []string{"main", "baseline", "slices", "flakiness"} {
				b.eval(`document.getElementById("` + id + `").scrollIntoView({behavior: "instant"})`)
				b.shot(fmt.Sprintf("report-%d-%s-%s", width, scheme, id), false)
			}
			b.want("document.documentElement.scrollWidth", float64(width))
			if wide := b.eval(`[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll,svg,.plot,.pairs,.mcnemar")).map((e) => e.tagName + "." + e.className).slice(0, 9).join(" ")`); wide != "" {
				t.Errorf("%d px: %v stick out", width, wide)
			}
		}
		b.quiet()
	}
}
