package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
)

// Where a judge came to no verdict at all, labels are not what is missing.
func TestPasteRuleOfASilentJudge(t *testing.T) {
	mean := 0.5
	for want, m := range map[string]evals.MetricSummary{
		"came to no verdict: the model is not there": {Metric: "tone", Unjudged: 3, Doubts: []evals.Doubt{{Reason: "the model is not there", Cases: 3}}},
		"genops judge sample --run r --metric tone":  {Metric: "tone", Mean: &mean, N: 3},
	} {
		var out bytes.Buffer
		pasteRule(&out, &evals.Result{Run: "r", Judges: []evals.JudgeTrust{{Metric: "tone"}}, Metrics: []evals.MetricSummary{m}})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %q", out.String(), want)
		}
	}
}

// The most frequent reason comes with what the judge said instead.
func TestDoubtText(t *testing.T) {
	for want, d := range map[string]evals.Doubt{
		`6 × step score: the reply is no JSON, first: "I'm sorry."`: {Reason: "step score: the reply is no JSON", Cases: 6, Reply: "I'm sorry."},
		"1 × the model is not there":                                {Reason: "the model is not there", Cases: 1},
	} {
		if got := doubtText(d); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
