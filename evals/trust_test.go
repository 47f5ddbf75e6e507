package evals

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
)

// The judge of these tests is the check "intent_accuracy", which takes the
// label that the set expects for right. People know better: of the cases that it
// passes, some are bad, and of those that it fails, some good.

var testJudge = judges.Release{Judge: "model:x", Metric: intentAccuracy, Model: "x-1"}

// good is what people would say of a case: they disagree with the judge on every
// 7th case that it passes, and on every 5th of the rest.
func good(n int, passes bool) bool {
	if passes {
		return n%7 != 3
	}
	return n%5 == 2
}

// answered runs the agent in memory on case n.
func answered(t *testing.T, g pipeline.Generator, n int) string {
	t.Helper()
	a, err := g.Generate(context.Background(), pipeline.Request{Input: fmt.Sprintf("label_%d please, request number %d", n%20, n)})
	if err != nil {
		t.Fatal(err)
	}
	return a.Text
}

// calibrationOf labels every step-th case of a run of so many.
func calibrationOf(t *testing.T, g pipeline.Generator, cases, step int, output func(string) string) *judges.Calibration {
	t.Helper()
	c := &judges.Collected{Raters: []string{""}, Binary: true}
	for n := 0; n < cases; n++ {
		h := fnv.New32a()
		fmt.Fprint(h, n)
		if int(h.Sum32()%uint32(step)) != 0 {
			continue
		}
		out := answered(t, g, n)
		pass := out == fmt.Sprintf("label_%d", n%20)
		w := judges.Word{Pass: pass}
		item := judges.Item{Case: fmt.Sprintf("c%05d", n), Output: output(out), Raters: []float64{0}}
		if pass {
			w.Score = 1
		}
		if good(n, pass) {
			item.Label, item.Raters[0] = 1, 1
		}
		item.Scores = []judges.Word{w}
		c.Items = append(c.Items, item)
	}
	return judges.NewCalibration(testJudge, c, 0, judges.LabelsRef{Path: "labels.csv", Items: len(c.Items), Raters: 1}, "", 0.5)
}

func same(s string) string { return s }

// truth is the share that people would pass.
func truth(t *testing.T, g pipeline.Generator, cases int) float64 {
	sum := 0
	for n := range cases {
		if good(n, answered(t, g, n) == fmt.Sprintf("label_%d", n%20)) {
			sum++
		}
	}
	return float64(sum) / float64(cases)
}

func TestUncalibratedJudgeDoesNotBlock(t *testing.T) {
	p := newProject(t, labelled(150), nil)
	for _, c := range []struct {
		name     string
		rules    []string
		policy   string
		verdict  string
		gates    bool
		verified bool
	}{
		{"alone it decides nothing", []string{"intent_accuracy>=0.95"}, "", "undecided", false, true},
		{"nor does it pass anything", []string{"intent_accuracy>=0.5"}, "report", "undecided", false, true},
		{"others decide without it", []string{"intent_accuracy>=0.95", "length<=100@0.9"}, "report", "pass", false, true},
		{"by policy it blocks", []string{"intent_accuracy>=0.95"}, "block", "fail", true, true},
		{"by policy it passes", []string{"intent_accuracy>=0.5"}, "block", "pass", true, true},
	} {
		o := p.options(t, wrongEvery(10), c.rules...)
		o.Judges, o.Uncalibrated, o.Fresh = []judges.Release{testJudge}, c.policy, true
		r := mustRun(t, o)
		if r.Verdict != c.verdict || r.Rules[0].Gates != c.gates {
			t.Errorf("%s: %s, rule gates: %v", c.name, r.Verdict, r.Rules[0].Gates)
		}
		if len(r.Judges) != 1 || r.Judges[0].Trust != judges.Uncalibrated || r.Judges[0].Gates != c.gates || r.Judges[0].Corrected != nil {
			t.Errorf("%s: %+v", c.name, r.Judges)
		}
		if text := strings.Join(r.Warnings, "\n"); !strings.Contains(text, "uncalibrated judge, model:x") {
			t.Errorf("%s: no mark in %q", c.name, text)
		}
		if v := p.verify(t, p.folders(t)[len(p.folders(t))-1]); !v.Stands {
			t.Errorf("%s: %+v", c.name, v.Problems)
		}
	}
}

// A verdict that does not count is no try: --require-first never decides by it,
// and it is not counted when labels vouch for the judge.
func TestUncalibratedRuleIsNoTry(t *testing.T) {
	p := newProject(t, labelled(150), nil)
	g := wrongEvery(10)
	o := p.options(t, g, "intent_accuracy>=0.8")
	o.Judges = []judges.Release{testJudge}
	first := mustRun(t, o)
	if first.Rules[0].Verdict != "pass" || first.Verdict != "undecided" {
		t.Fatalf("%s %+v", first.Verdict, first.Rules[0])
	}
	o.Calibrations, o.RequireFirst = []*judges.Calibration{calibrationOf(t, g, 150, 2, same)}, true
	r := mustRun(t, o)
	if r.Rules[0].Tries != 1 || r.Rules[0].Corrected == nil || r.Verdict == "pass" {
		t.Errorf("%s %+v", r.Verdict, r.Rules[0])
	}
}

// A judge whose model changed is not the one that was compared with labels.
func TestChangedJudgeIsMarked(t *testing.T) {
	p := newProject(t, labelled(150), nil)
	g := wrongEvery(10)
	o := p.options(t, g, "intent_accuracy>=0.5")
	now := testJudge
	now.Model = "x-2"
	o.Judges, o.Calibrations = []judges.Release{now}, []*judges.Calibration{calibrationOf(t, g, 150, 2, same)}
	r := mustRun(t, o)
	if r.Verdict != "undecided" || r.Judges[0].Trust != judges.Changed || !strings.Contains(r.Judges[0].Why, "model changed") {
		t.Errorf("%s %+v", r.Verdict, r.Judges)
	}
}

// With labels of the run's own answers, the rule is about what people would say.
func TestCalibratedJudgeIsCorrected(t *testing.T) {
	const cases = 600
	p := newProject(t, labelled(cases), nil)
	g := wrongEvery(4) // the judge passes 75 %
	want := truth(t, g, cases)
	if want < 0.66 || want > 0.72 {
		t.Fatalf("the true rate is %.3f: the bars below have lost their point", want)
	}
	cal := calibrationOf(t, g, cases, 4, same)
	for _, c := range []struct {
		rule, verdict string
	}{{"intent_accuracy>=0.7", "undecided"}, {"intent_accuracy>=0.5", "pass"}, {"intent_accuracy>=0.9", "fail"}} {
		o := p.options(t, g, c.rule)
		o.Judges, o.Calibrations, o.Fresh = []judges.Release{testJudge}, []*judges.Calibration{cal}, true
		r := mustRun(t, o)
		rule := r.Rules[0]
		if r.Verdict != c.verdict || !rule.Gates || rule.Corrected == nil || !rule.Corrected.Here || rule.Corrected.Labels != len(cal.Rows) || rule.Path != nil {
			t.Errorf("%s: %s %+v", c.rule, r.Verdict, rule)
			continue
		}
		if r.Stopped || r.Cases.Judged != cases {
			t.Errorf("%s: %d cases: a corrected rate needs all of them", c.rule, r.Cases.Judged)
		}
		if math.Abs(rule.Corrected.Raw-0.75) > 1e-9 || !(rule.Interval[0] <= want && want <= rule.Interval[1]) || rule.Interval[1]-rule.Interval[0] > 0.15 {
			t.Errorf("%s: true %.3f, %+v", c.rule, want, rule.Corrected)
		}
		s := r.Judges[0]
		if s.Trust != judges.Calibrated || s.Corrected == nil || !(s.Corrected.Interval[0] <= rule.Interval[0] && s.Corrected.Interval[1] >= rule.Interval[1]) {
			t.Errorf("%s: %+v", c.rule, s)
		}
		if v := p.verify(t, p.folders(t)[len(p.folders(t))-1]); !v.Stands {
			t.Errorf("%s: %+v", c.rule, v.Problems)
		}
	}
}

// Labels of other answers tell the judge's error rates only, and give a wider
// interval.
func TestCorrectedByLabelsOfOtherAnswers(t *testing.T) {
	p := newProject(t, labelled(400), nil)
	g := wrongEvery(4)
	o := p.options(t, g, "intent_accuracy>=0.5")
	cal := calibrationOf(t, g, 400, 3, func(s string) string { return "earlier: " + s })
	o.Judges, o.Calibrations = []judges.Release{testJudge}, []*judges.Calibration{cal}
	r := mustRun(t, o)
	c := r.Rules[0].Corrected
	want := truth(t, g, 400)
	if c == nil || c.Here || c.Method != "Rogan–Gladen" || !(c.Interval[0] <= want && want <= c.Interval[1]) {
		t.Errorf("true %.3f, %+v", want, c)
	}
}

// What the judge could not judge is never taken for good or bad, and an agent's
// error is a failure without asking anybody.
func TestCorrectedCountsErrorsAndUnjudged(t *testing.T) {
	v := voiced{cases: 200, errored: 20, unjudged: 10}
	for i := range 180 {
		w := judges.Word{Score: 1, Pass: true}
		if i >= 160 {
			w = judges.Word{}
		}
		label := math.NaN()
		if i%3 == 0 {
			label = w.Score
		}
		v.add(w, label)
		if !math.IsNaN(label) {
			v.labelled++
		}
	}
	_, here := v.here(false, 0.95)
	c := v.answered(here, false, 0.95)
	if math.Abs(c.Estimate-0.8) > 1e-9 || c.Interval.Hi > 0.9+1e-9 || c.Interval.Lo < 0.7 {
		t.Errorf("160 of 200 are good: %+v", c)
	}
	u := &JudgeUse{Threshold: 0.5}
	for i := range 100 {
		u.Rows = append(u.Rows, judges.Row{Label: float64(i % 2), Score: float64(i % 2), Pass: i%2 == 1})
	}
	all, some := v.elsewhere(u, 0.95), v
	some.unjudged = 0
	if none := some.elsewhere(u, 0.95); !(all.Interval.Hi-all.Interval.Lo > none.Interval.Hi-none.Interval.Lo) {
		t.Errorf("10 unjudged: %+v, none: %+v", all, none)
	}
}

// Where the method does not hold, nothing is decided.
func TestCorrectedRefusesWhatItCannotDo(t *testing.T) {
	rows := labelled(120)
	for i := range rows {
		rows[i]["weight"] = 1 + i%2
	}
	p := newProject(t, rows, nil)
	g := wrongEvery(4)
	o := p.options(t, g, "intent_accuracy>=0.1")
	o.Judges, o.Calibrations = []judges.Release{testJudge}, []*judges.Calibration{calibrationOf(t, g, 120, 2, same)}
	r := mustRun(t, o)
	if r.Verdict != "undecided" || !strings.Contains(r.Rules[0].Reason, "unequal weight") {
		t.Errorf("%s: %s", r.Verdict, r.Rules[0].Reason)
	}
}

// Over many runs the corrected rule passes wrongly no more often than alpha says.
func TestCorrectedRuleKeepsItsLevel(t *testing.T) {
	const runs, cases, labels, bar = 400, 500, 80, 0.80
	wrong := 0
	for seed := range uint64(runs) {
		v := drawVoices(seed, cases, labels, bar-0.001)
		_, c := v.here(true, 0.9) // the traffic passes at just below the bar
		if c.Interval.Lo >= bar {
			wrong++
		}
	}
	if share := float64(wrong) / runs; share > 0.05+0.025 {
		t.Errorf("passes wrongly in %.3f of the runs", share)
	}
}

func drawVoices(seed uint64, cases, labels int, rate float64) *voiced {
	rng := rand.New(rand.NewPCG(seed, 9))
	v := &voiced{cases: cases}
	for i := range cases {
		good := rng.Float64() < rate
		right := 0.85
		if good {
			right = 0.92
		}
		w := judges.Word{Pass: good == (rng.Float64() < right)}
		label := math.NaN()
		if w.Pass {
			w.Score = 1
		}
		if i < labels {
			v.labelled++
			label = 0
			if good {
				label = 1
			}
		}
		v.add(w, label)
	}
	return v
}
