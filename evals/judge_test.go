package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
)

// judgeOne judges one answer to a case, under rules.
func judgeOne(t *testing.T, c row, a pipeline.Asset, rules ...string) Judgement {
	t.Helper()
	c["id"], c["input"] = "a", "hello"
	p := newProject(t, []row{c}, nil)
	_, plan := planFor(t, p, nil, rules...)
	return plan.judge.judge(context.Background(), 0, plan.request(slot{draw: 1}), a)
}

func asserts(list ...row) row { return row{"assert": list} }

func TestJudgeStates(t *testing.T) {
	yes, no := row{"type": "contains", "value": "yes"}, row{"type": "contains", "value": "no"}
	cant := row{"type": "llm-rubric", "value": "is polite"}
	weightless := row{"type": "contains", "value": "no", "weight": 0}
	for name, c := range map[string]struct {
		row   row
		asset pipeline.Asset
		rules []string
		want  string
	}{
		"expected holds":                {row: row{"expected": "Yes"}, want: passed},
		"expected does not":             {row: row{"expected": "no"}, want: failed},
		"an error":                      {row: row{"expected": "yes"}, asset: pipeline.Asset{Err: "down"}, want: errored},
		"an error, nothing asserted":    {row: row{}, asset: pipeline.Asset{Err: "down"}, want: errored},
		"nothing asserted":              {row: row{}, want: unjudged},
		"all hold":                      {row: asserts(yes, yes), want: passed},
		"one does not":                  {row: asserts(yes, no), want: failed},
		"expected holds, another not":   {row: row{"expected": "yes", "assert": []row{no}}, want: failed},
		"one can't be judged":           {row: asserts(yes, cant), want: unjudged},
		"one can't, one does not":       {row: asserts(cant, no), want: failed},
		"one does not, of weight 0":     {row: asserts(yes, weightless), want: passed},
		"all of weight 0":               {row: asserts(weightless), want: unjudged},
		"within the limit":              {row: row{}, rules: []string{"length<=3"}, want: passed},
		"over the limit":                {row: row{}, rules: []string{"length<=2"}, want: failed},
		"at the limit of time":          {row: row{}, rules: []string{"latency<=2s"}, asset: pipeline.Asset{Latency: 2 * time.Second}, want: passed},
		"over the limit of time":        {row: row{}, rules: []string{"latency<=2s"}, asset: pipeline.Asset{Latency: 2*time.Second + 1}, want: failed},
		"limit of what was not told":    {row: row{}, rules: []string{"tokens<=9"}, want: unjudged},
		"limit of what was told":        {row: row{}, rules: []string{"tokens<=9"}, asset: pipeline.Asset{Usage: pipeline.Usage{InputTokens: 9}}, want: passed},
		"right, but too slow":           {row: row{"expected": "yes"}, rules: []string{"latency<=1s"}, asset: pipeline.Asset{Latency: time.Minute}, want: failed},
		"a rule's score does not fail":  {row: row{"expected": "yes"}, rules: []string{"is-json>=0.5"}, want: passed},
		"a rule's score is no verdict":  {row: row{}, rules: []string{"is-json>=0.5"}, want: unjudged},
		"inverted":                      {row: asserts(row{"type": "not-contains", "value": "yes"}), want: failed},
		"an error, though limits holds": {row: row{}, rules: []string{"latency<=1s"}, asset: pipeline.Asset{Err: "down"}, want: errored},
	} {
		a := c.asset
		if a.Err == "" {
			a.Text = "yes"
		}
		if got := judgeOne(t, c.row, a, c.rules...); got.State != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestJudgementScores(t *testing.T) {
	named := func(kind, value, metric string) row { return row{"type": kind, "value": value, "metric": metric} }
	j := judgeOne(t, asserts(named("contains", "yes", "tone"), named("contains", "no", "tone"), named("llm-rubric", "polite", "manners"),
		named("contains", "yes", "manners")), pipeline.Asset{Text: "yes"}, "length<=2", "pass_rate>=0.5")
	for metric, want := range map[string]string{
		"tone":      "0.5 true",
		"contains":  "0.6666666666666666 true", // yes, no, yes
		"manners":   "0 false",                 // one of its two could not be judged
		"length<=2": "0 true",
		"pass_rate": "0 true",
		"absent":    "0 false",
	} {
		score, known := j.score(metric)
		if got := fmt.Sprint(score, known); got != want {
			t.Errorf("%s: %s, want %s", metric, got, want)
		}
	}
	for state, want := range map[string]string{passed: "1 true", failed: "0 true", errored: "0 true", unjudged: "0 false"} {
		score, known := (&Judgement{State: state}).score(passRate)
		if got := fmt.Sprint(score, known); got != want {
			t.Errorf("pass_rate of %s: %s", state, got)
		}
	}
	// An agent without an answer has not met any metric, whatever the case asks.
	if score, known := (&Judgement{State: errored}).score("tone"); score != 0 || !known {
		t.Errorf("an error scores %v, %v", score, known)
	}
}

func TestJudgementKeepsWhatItShould(t *testing.T) {
	long := strings.Repeat("é", maxOutput) // twice as many bytes
	j := judgeOne(t, row{"expected": "x"}, pipeline.Asset{Text: long, Latency: time.Second, CostUSD: 0.5, Usage: pipeline.Usage{OutputTokens: 3}})
	if len(j.Output) != maxOutput || j.Truncated != maxOutput || j.Length != maxOutput || !utf8.ValidString(j.Output) {
		t.Errorf("%d bytes of output kept, %d not, length %d", len(j.Output), j.Truncated, j.Length)
	}
	if j.LatencyUS != 1e6 || j.CostUSD != 0.5 || j.Usage.OutputTokens != 3 {
		t.Errorf("%+v", j.Usage)
	}
	j.slim()
	if len(j.Output) != keptOutput || j.Truncated != 2*maxOutput-keptOutput {
		t.Errorf("slim: %d bytes, %d not", len(j.Output), j.Truncated)
	}
	// An output that was cut is judged whole.
	j = judgeOne(t, asserts(row{"type": "ends-with", "value": "end"}), pipeline.Asset{Text: long + "end"})
	if j.State != passed {
		t.Errorf("a long output: %s", j.State)
	}
	bad := judgeOne(t, row{"expected": "x"}, pipeline.Asset{Text: "a\xffb"})
	if data, err := json.Marshal(bad); err != nil || !utf8.Valid(data) {
		t.Errorf("%q, %v", data, err)
	}
}

func TestJudgeErrorsNameTheCase(t *testing.T) {
	p := newProject(t, []row{{"id": "a", "input": "x"}, {"id": "b", "input": "x", "assert": []row{{"type": "regex", "value": "("}}}}, nil)
	_, err := newPlan(&Manifest{}, p.set, p.options(t, echo).Deps)
	if err == nil || !strings.HasPrefix(err.Error(), p.name+":") || !strings.Contains(err.Error(), "case b: regex") {
		t.Errorf("%v", err)
	}
	p = newProject(t, []row{{"id": "a", "input": "x"}}, nil)
	_, err = newPlan(&Manifest{Rules: []Rule{{Source: "--rule"}}}, p.set, p.options(t, echo).Deps)
	var usage *UsageError
	if !errors.As(err, &usage) {
		t.Errorf("an unknown metric: %v", err)
	}
}
