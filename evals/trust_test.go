package evals

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/stats"
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

// isGood is what people would say of case n.
func isGood(t *testing.T, g pipeline.Generator, n int) bool {
	return good(n, answered(t, g, n) == fmt.Sprintf("label_%d", n%20))
}

// truth is the share that people would pass.
func truth(t *testing.T, g pipeline.Generator, cases int) float64 {
	sum := 0
	for n := range cases {
		if isGood(t, g, n) {
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
	if r.Verdict != "undecided" || r.Judges[0].Trust != judges.Changed || !strings.Contains(r.Judges[0].Why, "model or its settings (x-2, was x-1) changed") {
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

// Where answers changed since they were labelled, the labels that are left are of
// those that stayed: no random part of the run. A few may have been either.
func TestCorrectedWhereAnswersChanged(t *testing.T) {
	p := newProject(t, labelled(400), nil)
	g := wrongEvery(4)
	want := truth(t, g, 400)
	for _, c := range []struct {
		every int // of the labelled answers one in so many is another one now
		here  bool
	}{{2, false}, {10, false}, {40, true}} {
		n, changed := 0, 0
		cal := calibrationOf(t, g, 400, 3, func(s string) string {
			if n++; n%c.every == 0 {
				changed++
				return "earlier: " + s
			}
			return s
		})
		o := p.options(t, g, "intent_accuracy>=0.5")
		o.Judges, o.Calibrations, o.Fresh = []judges.Release{testJudge}, []*judges.Calibration{cal}, true
		r := mustRun(t, o)
		got := r.Rules[0].Corrected
		if got == nil || got.Here != c.here || got.Changed != changed || !(got.Interval[0] <= want && want <= got.Interval[1]) {
			t.Errorf("one in %d changed: true %.3f, %+v", c.every, want, got)
			continue
		}
		if c.here && got.Labels != len(cal.Rows)-changed || !c.here && got.Labels != len(cal.Rows) {
			t.Errorf("one in %d changed: rests on %d of %d labels", c.every, got.Labels, len(cal.Rows))
		}
		if !strings.Contains(r.Rules[0].Reason, fmt.Sprintf("%d ", changed)) {
			t.Errorf("one in %d changed: %s", c.every, r.Rules[0].Reason)
		}
	}
}

// What would decide is told in labels of this run, also where the judge is known by
// labels of others, and be it that these say nothing.
func TestLabelsThatWouldDecide(t *testing.T) {
	for _, c := range []struct {
		c    Corrected
		bar  float64
		more int
	}{
		{Corrected{Estimate: 0.66, Interval: [2]float64{0, 1}, Labels: 100}, 0.9, judges.FewestLabels},
		{Corrected{Estimate: 0.85, Interval: [2]float64{0.6, 1}, Labels: 100}, 0.9, 196},
		{Corrected{Estimate: 0.8999, Interval: [2]float64{0.6, 1}, Labels: 100}, 0.9, 0},
		{Corrected{Estimate: 0.8, Interval: [2]float64{0.7, 0.9}, Labels: 100, Here: true}, 0.75, 300},
	} {
		if got := c.c.more(c.bar); got != c.more {
			t.Errorf("%+v against %g: %d, want %d", c.c, c.bar, got, c.more)
		}
	}
}

// The labels of changed answers are left open: the interval holds what they would
// have made of it.
func TestChangedAnswersMayBeEither(t *testing.T) {
	v := drawVoices(7, 500, 100, 0.8)
	v.changed = make([]bool, 500)
	_, before, _ := v.hereBounded(&JudgeUse{}, false, 0.95)
	for i := range 4 {
		v.changed[i], v.answers[i].Label = true, math.NaN()
	}
	_, dropped, _ := v.here(&JudgeUse{}, false, 0.95)
	_, open, why := v.hereBounded(&JudgeUse{}, false, 0.95)
	if why != "" || !(open.Interval.Lo < min(before.Interval.Lo, dropped.Interval.Lo) && open.Interval.Hi > dropped.Interval.Hi) {
		t.Errorf("%s: all known %+v, without them %+v, open %+v", why, before, dropped, open)
	}
}

// What the judge could not judge is never taken for good or bad, and an agent's
// error is a failure without asking anybody.
func TestCorrectedCountsErrorsAndUnjudged(t *testing.T) {
	v := voiced{}
	for i := range 200 {
		one := stats.JudgedCase{Weight: 1, Cluster: i}
		if i < 180 {
			one.Label = 1
		}
		v.all = append(v.all, one)
	}
	for i := range 180 {
		w := judges.Word{Score: 1, Pass: true}
		if i >= 160 {
			w = judges.Word{}
		}
		if i >= 170 {
			w.Why = "down"
		}
		label := math.NaN()
		if i%3 == 0 {
			label = w.Score
		}
		v.add(stats.JudgedCase{Weight: 1, Cluster: i, Score: w.Score, Label: label}, w)
	}
	_, here, _ := v.here(&JudgeUse{}, false, 0.95)
	c := v.answered(here, false, 0.95)
	if math.Abs(c.Estimate-0.8) > 1e-9 || c.Interval.Hi > 0.9+1e-9 || c.Interval.Lo < 0.7 {
		t.Errorf("160 of 200 are good: %+v", c)
	}
	u := &JudgeUse{Threshold: 0.5}
	for i := range 100 {
		u.Rows = append(u.Rows, judges.Row{Label: float64(i % 2), Score: float64(i % 2), Pass: i%2 == 1})
	}
	all, _ := v.elsewhere(u, 0.95)
	v.unjudged = make([]bool, len(v.answers))
	if none, _ := v.elsewhere(u, 0.95); !(all.Interval.Hi-all.Interval.Lo > none.Interval.Hi-none.Interval.Lo) {
		t.Errorf("10 unjudged: %+v, none: %+v", all, none)
	}
}

// Rates over cases of unequal weight are those of the weights.
func TestCorrectedOfWeightedCases(t *testing.T) {
	const cases = 400
	rows := labelled(cases)
	good, weight := 0.0, 0.0
	g := wrongEvery(4)
	for i := range rows {
		w := 1 + i%2*4
		rows[i]["weight"] = w
		weight += float64(w)
		if isGood(t, g, i) {
			good += float64(w)
		}
	}
	p := newProject(t, rows, nil)
	o := p.options(t, g, "intent_accuracy>=0.5")
	o.Judges, o.Calibrations = []judges.Release{testJudge}, []*judges.Calibration{calibrationOf(t, g, cases, 3, same)}
	r := mustRun(t, o)
	c := r.Rules[0].Corrected
	if r.Verdict != "pass" || c == nil || !strings.Contains(c.Method, "weights") || !(c.Interval[0] <= good/weight && good/weight <= c.Interval[1]) {
		t.Errorf("%s: true %.3f, %+v", r.Verdict, good/weight, c)
	}
}

// Labels of a few clusters decide nothing, however many they are; of many they do.
func TestCorrectedOfClusteredCases(t *testing.T) {
	const cases = 400
	for _, size := range []int{50, 2} {
		rows := labelled(cases)
		for i := range rows {
			rows[i]["cluster"] = fmt.Sprintf("document %d", i/size)
		}
		p := newProject(t, rows, nil)
		g := wrongEvery(4)
		o := p.options(t, g, "intent_accuracy>=0.4")
		o.Population = true
		o.Judges, o.Calibrations = []judges.Release{testJudge}, []*judges.Calibration{calibrationOf(t, g, cases, 3, same)}
		r := mustRun(t, o)
		if size == 50 && (r.Verdict != "undecided" || !strings.Contains(r.Rules[0].Reason, "too few clusters")) {
			t.Errorf("8 documents: %s: %s", r.Verdict, r.Rules[0].Reason)
		}
		if c := r.Rules[0].Corrected; size == 2 && (r.Verdict != "pass" || c == nil || !strings.Contains(c.Method, "clusters")) {
			t.Errorf("200 documents: %s: %s %+v", r.Verdict, r.Rules[0].Reason, c)
		}
	}
}

// Labels of what the judge fails alone are no draw from the run: nothing is decided
// by them, unless they were drawn by its verdict, and then of both.
func TestCorrectedKnowsADrawFromAChoice(t *testing.T) {
	const cases = 400
	p := newProject(t, labelled(cases), nil)
	g := wrongEvery(4)
	whole := calibrationOf(t, g, cases, 1, same)
	pick := func(passes int, draw judges.Draw) *judges.Calibration {
		c := *whole
		c.Rows, c.Labels.Draw = nil, draw
		for i, r := range whole.Rows {
			if r.Pass && i%3 == 0 && passes > 0 || !r.Pass {
				if r.Pass {
					passes--
				}
				c.Rows = append(c.Rows, r)
			}
		}
		return &c
	}
	for _, c := range []struct {
		name    string
		cal     *judges.Calibration
		verdict string
		why     string
	}{
		{"what fails alone", pick(0, judges.DrawRandom), "undecided", "no random part"},
		{"mostly what fails", pick(20, judges.DrawRandom), "undecided", "no random part"},
		{"drawn by verdict", pick(70, judges.DrawBalanced), "pass", ""},
		{"drawn by verdict, passes not labelled", pick(0, judges.DrawBalanced), "undecided", "none of the 300 answers that the judge passes is labelled"},
	} {
		o := p.options(t, g, "intent_accuracy>=0.5")
		o.Judges, o.Calibrations, o.Fresh = []judges.Release{testJudge}, []*judges.Calibration{c.cal}, true
		r := mustRun(t, o)
		if r.Verdict != c.verdict || !strings.Contains(r.Rules[0].Reason, c.why) {
			t.Errorf("%s: %s: %s", c.name, r.Verdict, r.Rules[0].Reason)
		}
		if want := truth(t, g, cases); c.verdict == "pass" && !(r.Rules[0].Interval[0] <= want && want <= r.Rules[0].Interval[1]) {
			t.Errorf("%s: true %.3f, %+v", c.name, want, r.Rules[0].Corrected)
		}
	}
}

// Over many runs the corrected rule passes wrongly no more often than alpha says.
func TestCorrectedRuleKeepsItsLevel(t *testing.T) {
	const runs, cases, labels, bar = 400, 500, 80, 0.80
	wrong := 0
	for seed := range uint64(runs) {
		v := drawVoices(seed, cases, labels, bar-0.001)
		_, c, _ := v.here(&JudgeUse{}, true, 0.9) // the traffic passes at just below the bar
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
	v := &voiced{}
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
			label = 0
			if good {
				label = 1
			}
		}
		v.add(stats.JudgedCase{Weight: 1, Cluster: i, Score: w.Score, Label: label}, w)
	}
	return v
}

// TestJudgeWarningsAreTold once a judge, whatever the number of its metrics.
func TestJudgeWarningsAreTold(t *testing.T) {
	use := func(judge, metric, why string, trust judges.Trust) JudgeUse {
		return JudgeUse{Release: judges.Release{Judge: judge, Metric: metric}, Trust: trust, Why: why}
	}
	m := &Manifest{Judges: []JudgeUse{use("j", "coherence", "no labels", judges.Uncalibrated), use("j", "bias", "no labels", judges.Uncalibrated),
		use("j", "toxicity", "its prompt changed", judges.Changed), use("j", "faithfulness", "", judges.Calibrated)}}
	got := (&tally{}).judgeWarnings(m)
	want := []string{"coherence, bias are the word of an uncalibrated judge, j: no labels; rules on it do not count", "toxicity is the word of an uncalibrated judge, j: its prompt changed; rules on it do not count"}
	if len(got) != 2 || !strings.HasPrefix(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
		t.Errorf("%q", got)
	}
}
