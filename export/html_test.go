package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// evil ends every context that a report has, and hides text.
const evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><x-evil a=b>&lt;]]>--><!-- </style></textarea>" +
	"\x1b[31mred\x00\x07\r\n|`` `@evil #1 https://evil.example javascript:alert(1) \xff\xfe \u202egnp.exe\u2066 \uFFFE \U000E0041 %0A::error::x"

// hostile fills every text of a run with s.
func hostile(s string) (evals.Result, []evals.CaseRow) {
	r := sampleResult(sampleRows(40), 60)
	for _, p := range []*string{&r.Run, &r.Agent, &r.Version, &r.TestSet, &r.Release, &r.TestSetDigest, &r.Subset, &r.StartedAt, &r.Report} {
		*p = s
	}
	for i := range r.Rules {
		r.Rules[i].Metric, r.Rules[i].Reason, r.Rules[i].Kind = s, s, s
	}
	for i := range r.Metrics {
		r.Metrics[i].Metric, r.Metrics[i].Unit = s, s
	}
	for i := range r.Slices {
		r.Slices[i].Key, r.Slices[i].Value, r.Slices[i].Weak = s, s, true
	}
	for i := range r.Labels {
		r.Labels[i].Label, r.Labels[i].Got = s, map[string]int{s: 2, s + "2": 3, "": 1}
	}
	r.Warnings, r.Files = []string{s, s}, map[string]string{s: s}
	sampleBaseline(&r, sampleRows(40))
	hostileSections(&r, s)
	var rows []evals.CaseRow
	for _, state := range []string{"failed", "errored", "unjudged", "passed", s} {
		f := []pipeline.Finding{{Metric: s, Reason: s}}
		row := evals.CaseRow{ID: s, Line: 3, Draw: 1, Input: s, Expected: s, Output: s, State: state, Slice: map[string]string{s: s}, Findings: f, Unjudged: f}
		if state == "unjudged" {
			row.Turns = []pipeline.Turn{{Role: s, Content: s, Given: true}, {Role: "user", Content: s}, {Role: "assistant", Content: s, LatencyUS: 1e6, CostUSD: 1,
				Tools: []pipeline.ToolUse{{ToolCall: pipeline.ToolCall{Name: s, Args: []byte(`{}`)}, Error: s}, {ToolCall: pipeline.ToolCall{Name: s}, Output: []byte(s), Unknown: true}}}}
		}
		if state == "errored" {
			row.Error, row.Expected = s, map[string]any{s: s}
		}
		rows = append(rows, row)
	}
	return r, rows
}

// hostileSections fills the texts of what only some runs have.
func hostileSections(r *evals.Result, s string) {
	r.Flaky.IDs, r.Flaky.List[0].ID = []string{s}, s
	b := r.Baseline
	for _, p := range []*string{&b.Agent, &b.Version, &b.Release, &b.MaxAge, &b.Oldest, &b.Forecast.Oldest, &r.Quarantine.File, &r.Reused.From, &r.Reused.Oldest} {
		*p = s
	}
	b.Flips = []evals.Flip{{ID: s, Passed: s, Input: s, Expected: s, Output: s + " x", Base: "x " + s}, {ID: s, Passed: "candidate", Input: s, Expected: map[string]any{s: s}, Base: s}}
	r.Quarantine.Cases = []evals.QuarantinedCase{{ID: s, Until: s, Reason: s, State: s}, {ID: "c001", Until: s, Reason: s, State: "failed"}}
	r.Quarantine.Expired, r.Quarantine.Unknown = []string{s}, []string{s, s}
}

// checkPage fails unless page is balanced HTML with one script and none of
// the elements that evil tries to bring in.
func checkPage(t *testing.T, page string) {
	t.Helper()
	if !utf8.ValidString(page) {
		t.Error("the page is not valid UTF-8")
	}
	for _, bad := range []string{"\x00", "\x1b", "\r", "\u202e", "\u2066", "\uFFFE", "\U000E0041", "<img", "<x-evil", "<!--", "NaN", "Inf"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	for _, tag := range []string{"<script", "</script>", "<style", "</style>"} {
		if n := strings.Count(page, tag); n != 1 {
			t.Errorf("%d × %s, want one", n, tag)
		}
	}
	before, rest, _ := strings.Cut(page, "<script>")
	_, after, _ := strings.Cut(rest, "</script>")
	head, rest, _ := strings.Cut(before, "<style>")
	_, body, _ := strings.Cut(rest, "</style>")
	d := xml.NewDecoder(strings.NewReader(head + body + after))
	d.Strict = false
	var open []string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") && name != "link" {
					t.Errorf("<%s %s=%q>", name, a.Name.Local, a.Value)
				}
			}
			if !slices.Contains([]string{"meta", "link", "input"}, name) {
				open = append(open, name)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != token.Name.Local {
				t.Fatalf("</%s> closes %v", token.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("never closed: %v", open)
	}
}

func render(t *testing.T, r evals.Result, rows []evals.CaseRow) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, r, rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLSample(t *testing.T) {
	rows := sampleRows(424)
	page := render(t, sampleResult(rows, 612), rows)
	checkPage(t, page)
	for _, want := range []string{"Fail</h1>", "1 of 2 rules failed: intent_accuracy ≥ 0.9.", "Decided after 339 of 612 cases. Stopping early saved 188 cases (30.7\u00a0% of the set), about 8.2\u00a0s and $0.04.",
		"shown only; does not gate", "166 more passed cases not listed here", "1 before", "its 612 cases and nothing beyond them", "decided after 339",
		"weakly\">weak</span>", "Most frequent confusions", "out_of_scope, got track_order: 6", "genops verify", "could not be judged"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "http://") || strings.Contains(page, "https://") {
		if n := strings.Count(page, "http://www.w3.org/2000/svg"); n != strings.Count(page, "http://")+strings.Count(page, "https://") {
			t.Error("the page names an address")
		}
	}
}

func TestHTMLHostile(t *testing.T) {
	r, rows := hostile(evil)
	page := render(t, r, rows)
	checkPage(t, page)
	for _, want := range []string{"⟨U+202E⟩gnp.exe", "␛[31mred␀", "⟨U+E0041⟩", "&lt;script&gt;alert(1)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	checkPage(t, render(t, evals.Result{}, nil))
}

// TestHTMLDegenerate draws figures that no run should have.
func TestHTMLDegenerate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	look := func(n int, v float64) evals.Look { return evals.Look{N: n, Estimate: v, Lo: v, Hi: v} }
	for _, path := range [][]evals.Look{{look(0, 0)}, {look(1, 1)}, {look(5, nan), look(9, inf)}, {look(9, .5), look(1, .5)}, {look(-4, 2), look(4, -9)},
		{look(1, .9), look(math.MaxInt, .9)}, {look(10, .9), look(1000, .9)}} {
		for _, bar := range []float64{0, 0.9, 1, 5, 1e300, -1e300} {
			r := evals.Result{Rules: []evals.RuleResult{{Metric: "m", Kind: "better", Path: path}, {Metric: "m", Bar: bar, Path: path, DecidedAfter: 1}}}
			checkPage(t, render(t, r, nil))
		}
	}
}

// TestHTMLIsSmall: 50 MB of output cost neither memory nor space in the file.
func TestHTMLIsSmall(t *testing.T) {
	rows := sampleRows(3000)
	big := strings.Repeat("<&\x00 long output ", 50<<20/16)
	for i := range rows {
		rows[i].State = states[i%3]
		rows[i].Output, rows[i].Input = big, big
	}
	r := sampleResult(rows[:30], 30)
	var before, after runtime.MemStats
	var size counter
	runtime.ReadMemStats(&before)
	if err := HTML(&size, r, rows); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if size > 1_700_000 {
		t.Errorf("the page has %d bytes", size)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// TestHTMLLarge allows many times the budget of 40 ms: the machine is shared.
func TestHTMLLarge(t *testing.T) {
	rows := sampleRows(5000)
	r := sampleResult(rows, 5000)
	best := time.Hour
	var size counter
	for range 3 {
		size = 0
		start := time.Now()
		if err := HTML(&size, r, rows); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if size > 1_500_000 || best > 30*time.Second {
		t.Errorf("5,000 cases: %d bytes, %v", size, best)
	}
}

func TestAtMost(t *testing.T) {
	var rows []evals.CaseRow
	for _, part := range []struct {
		state string
		n     int
	}{{"failed", 5000}, {"errored", 300}, {"unjudged", 20}, {"passed", 900}} {
		for range part.n {
			rows = append(rows, evals.CaseRow{State: part.state, Draw: 1})
		}
	}
	rows = append(rows, evals.CaseRow{State: "failed", Draw: 2})
	g := group(rows)
	if len(g[0]) != 5000 {
		t.Errorf("%d failed: a second draw counts", len(g[0]))
	}
	out := g.atMost(1000, 200)
	if got := [4]int{len(out[0]), len(out[1]), len(out[2]), len(out[3])}; got != [4]int{880, 100, 20, 200} {
		t.Errorf("listed %v", got)
	}
	page := render(t, evals.Result{}, rows)
	if !strings.Contains(page, "4,120 more failed cases not listed here") {
		t.Error("the page does not say how many are missing")
	}
}

func TestWriteErrors(t *testing.T) {
	rows := sampleRows(50)
	r := sampleResult(rows, 50)
	for _, name := range []string{"r.html", "r.xml", "r.md", "r.json", "r.jsonl"} {
		write, err := ByExtension(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(full{}, r, rows); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := Annotations(full{}, r, rows, "a"); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func BenchmarkHTML5000(b *testing.B) {
	rows := sampleRows(5000)
	r := sampleResult(rows, 5000)
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := HTML(&buf, r, rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(buf.Len()), "bytes/page")
}

// TestGroundOfAReply: beside a reason stands how the reply begins that could not be used.
func TestGroundOfAReply(t *testing.T) {
	f := pipeline.Finding{Metric: "coherence", Reason: "step score: the reply is no JSON", Features: map[string]string{"reply": "<b>Sorry\x1b[31m"}}
	if got, want := groundOf(&f), `step score: the reply is no JSON: "<b>Sorry\x1b[31m"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	row := evals.CaseRow{State: "unjudged", Unjudged: []pipeline.Finding{f}}
	if got, want := whyNot(&row), "coherence: "+groundOf(&f); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
