package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/judges"
)

// Every report marks a judge that no labels vouch for, shows what a calibrated
// one's rate comes to, and never shows a rule that does not count as passed.
func TestReportsMarkJudges(t *testing.T) {
	rows := sampleRows(10)
	r := sampleResult(rows, 10)
	r.Judges = []evals.JudgeTrust{
		{Metric: "coherence", Judge: "openai:<gpt>", Trust: judges.Uncalibrated, Why: "no labels tell how far it can be trusted"},
		{Metric: "toxicity", Judge: "j2", Trust: judges.Changed, Why: "model changed since its calibration"},
		{Metric: "faithfulness", Judge: "j3", Trust: judges.Calibrated, Gates: true, Calibration: "judges/j3.faithfulness.calibration.json",
			Corrected: &evals.Corrected{Estimate: 0.8521, Interval: [2]float64{0.8, 0.9}, Raw: 0.9312, Labels: 100, Here: true, Method: "score interval"}},
	}
	r.Rules = []evals.RuleResult{{Metric: "coherence", Kind: "at_least", Bar: 0.5, Verdict: "pass", Reason: "does not count"}}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"html":     func(b *bytes.Buffer) error { return HTML(b, r, rows) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, r, rows) },
		"junit":    func(b *bytes.Buffer) error { return JUnit(b, r, rows) },
		"json":     func(b *bytes.Buffer) error { return JSON(b, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := b.String()
		for _, want := range []string{"uncalibrated", "no labels tell", "changed", "0.852", "0.931", "faithfulness"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if strings.Contains(text, "openai:<gpt>") && name != "json" && name != "markdown" {
			t.Errorf("%s: the judge's name is markup", name)
		}
		if name == "junit" && !strings.Contains(text, "<skipped") {
			t.Errorf("a rule that does not count is shown as passed:\n%s", text)
		}
	}
}
