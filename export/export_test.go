package export

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
)

func TestByExtension(t *testing.T) {
	rows := sampleRows(20)
	r := sampleResult(rows, 20)
	for name, want := range map[string]string{"a.json": "{\n  \"run\"", "b.HTML": "<!doctype html>", "c/d.xml": "<?xml", "e.md": "## ❌ Fail", "f.jsonl": `{"id":"c001"`} {
		write, err := ByExtension(name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := write(&b, r, rows); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), want) {
			t.Errorf("%s begins with %.40q", name, b.String())
		}
	}
	for _, name := range []string{"report.txt", "report", ".json.gz"} {
		if _, err := ByExtension(name); err == nil || !strings.Contains(err.Error(), ".json .jsonl .html .xml .md") {
			t.Errorf("%s: error %v does not list the known formats", name, err)
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, evals.Result{Agent: "<a&b>"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rules": []`, `"metrics": []`, `"<a&b>"`, `"not_judged"`} {
		if got := strings.Contains(b.String(), want); got != (want != `"not_judged"`) {
			t.Errorf("%s: %v in %s", want, got, b.String())
		}
	}
	r := sampleResult(sampleRows(30), 30)
	b.Reset()
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var back evals.Result
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Cases != r.Cases || len(back.Rules) != 3 {
		t.Errorf("read back %+v, %v", back.Cases, err)
	}
	r.CostUSD = math.NaN()
	if err := JSON(&b, r); err == nil {
		t.Error("NaN was written")
	}
}

func TestJSONL(t *testing.T) {
	rows := sampleRows(30)
	rows[3].Draw, rows[4].Input = 2, "two\nlines"
	var b bytes.Buffer
	if err := JSONL(&b, rows); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("%d lines for %d rows", len(lines), len(rows))
	}
	for i, line := range lines {
		var row evals.CaseRow
		if err := json.Unmarshal([]byte(line), &row); err != nil || row.ID != rows[i].ID || row.Input != rows[i].Input || row.Draw != rows[i].Draw {
			t.Errorf("line %d: %+v, %v", i, row, err)
		}
	}
	rows[7].LatencyMS = math.Inf(1)
	if err := JSONL(&b, rows); err == nil || !strings.Contains(err.Error(), `"c008"`) {
		t.Errorf("error %v does not name the case", err)
	}
}

func TestSentences(t *testing.T) {
	gate := func(verdicts ...string) *evals.Result {
		r := &evals.Result{}
		for _, v := range verdicts {
			r.Rules = append(r.Rules, evals.RuleResult{Metric: v, Bar: 0.5, Verdict: v, Gates: v != "shown"})
		}
		return r
	}
	for _, c := range []struct{ got, want string }{
		{gateSentence(gate()), "No rule gates this run: it shows intervals and decides nothing."},
		{gateSentence(gate("shown")), "No rule gates this run: it shows intervals and decides nothing."},
		{gateSentence(gate("pass")), "The rule holds: pass ≥ 0.5."},
		{gateSentence(gate("pass", "pass")), "All 2 rules hold."},
		{gateSentence(gate("", "pass")), "1 of 2 rules undecided:  ≥ 0.5."},
		{gateSentence(gate("fail")), "The rule failed: fail ≥ 0.5."},
		{gateSentence(gate("fail", "fail", "fail", "fail", "fail")), "5 of 5 rules failed: fail ≥ 0.5, fail ≥ 0.5, fail ≥ 0.5 and 2 more."},
		{progressSentence(&evals.Result{}), "No case was judged."},
		{progressSentence(&evals.Result{Cases: evals.Cases{Total: 1200, Judged: 1200}}), "All 1,200 cases were judged."},
		{progressSentence(&evals.Result{Cases: evals.Cases{Total: 12, Judged: 10, Unjudged: 2}}), "All 12 cases were run; 2 could not be judged."},
		{progressSentence(&evals.Result{Cases: evals.Cases{Total: 12, Judged: 4}}), "4 of 12 cases were run."},
		{progressSentence(&evals.Result{Stopped: true, Cases: evals.Cases{Total: 12, Judged: 4}, DurationMS: 10}), "Decided after 4 of 12 cases. Stopping early saved 8 cases (66.7\u00a0% of the set)."},
		{ruleText(&evals.RuleResult{Metric: "a", Kind: "not_worse", Margin: 0.03}), "a not worse than the baseline by 0.03"},
		{ruleText(&evals.RuleResult{Metric: "latency<=2s", Kind: "at_least", Bar: 0.95}), "latency<=2s for at least 0.95 of the cases"},
		{score(-0.0125, true), "−0.013"}, {score(0.5, true), "+0.500"}, {share(0.9999), "99.9\u00a0%"}, {share(1), "100.0\u00a0%"}, {share(0.00001), "0.1\u00a0%"},
		{count(1234567), "1,234,567"}, {count(-1234), "-1,234"}, {count(999), "999"},
		{duration(0.25), "0.25\u00a0ms"}, {duration(61_400), "1m1s"}, {money(0.00021), "$0.00021"}, {money(12.345), "$12.35"},
		{inUnit(0.071, "s"), "71\u00a0ms"}, {inUnit(48.25, "tokens"), "48.3\u00a0tokens"}, {byteSize(52_428_800), "50.0\u00a0MB"},
		{quoted("it's\n$HOME"), `'it'\''s␊$HOME'`},
	} {
		if c.got != c.want {
			t.Errorf("got  %q\nwant %q", c.got, c.want)
		}
	}
}
