package evals

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// planFor plans a run of the project's set.
func planFor(t testing.TB, p *project, change func(*Manifest), rules ...string) (*Manifest, *plan) {
	t.Helper()
	o := p.options(t, echo, rules...)
	m := &Manifest{Run: "r", Rules: o.Rules, Seed: 5, Repeats: 1}
	if change != nil {
		change(m)
	}
	plan, err := newPlan(m, p.set, o.Deps)
	if err != nil {
		t.Fatal(err)
	}
	return m, plan
}

// judgedAtRandom makes a judgement for every position, of all kinds.
func judgedAtRandom(p *plan, rng *rand.Rand) []*Judgement {
	out := make([]*Judgement, len(p.cases))
	for pos := range out {
		switch x := rng.Float64(); {
		case x < 0.05:
			out[pos] = &Judgement{State: errored, Error: "down"}
		case x < 0.1:
			out[pos] = &Judgement{State: unjudged, Unjudged: []pipeline.Finding{{Metric: equals}, {Metric: intentAccuracy}}}
		case x < 0.2:
			out[pos] = &Judgement{State: failed, Findings: []pipeline.Finding{{Metric: equals}, {Metric: intentAccuracy, Score: rng.Float64()}}}
		default:
			out[pos] = &Judgement{State: passed, Findings: []pipeline.Finding{{Metric: equals, Score: 1, Pass: true}, {Metric: intentAccuracy, Score: 1, Pass: true}}}
		}
	}
	return out
}

// Whatever the order of completion, after every arrival the tally has decided
// exactly what a tally says that saw the complete prefix, and nothing else.
func TestTallyIgnoresTheOrderOfCompletion(t *testing.T) {
	rows := labelled(160)
	for i := range rows {
		rows[i]["weight"] = 1 + i%3
		if i%5 > 1 {
			rows[i]["cluster"] = fmt.Sprint("k", i%23)
		}
	}
	p := newProject(t, rows, nil)
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m, plan := planFor(t, p, func(m *Manifest) { m.Seed, m.Population = seed, seed%4 == 0 }, "pass_rate>=0.7", "intent_accuracy>=0.95", "equals>=0.8")
		judged := judgedAtRandom(plan, rng)
		byPrefix := make([]string, len(plan.units)+1)
		ordered := mustTally(t, plan)
		byPrefix[0] = decisions(t, ordered, m)
		for i, u := range plan.units {
			for pos := u.start; pos < u.end; pos++ {
				ordered.add(slot{pos: pos, draw: 1}, judged[pos])
			}
			byPrefix[i+1] = decisions(t, ordered, m)
		}
		mixed := mustTally(t, plan)
		for n, pos := range rng.Perm(len(judged)) {
			mixed.add(slot{pos: pos, draw: 1}, judged[pos])
			prefix := 0
			for prefix < len(plan.units) && mixed.complete(plan.units[prefix]) {
				prefix++
			}
			if mixed.consumed != prefix {
				t.Fatalf("seed %d: %d units consumed, %d are complete", seed, mixed.consumed, prefix)
			}
			if n%40 == 0 || n == len(judged)-1 {
				if got := decisions(t, mixed, m); got != byPrefix[prefix] {
					t.Fatalf("seed %d, %d units: decided\n%s\nwant\n%s", seed, prefix, got, byPrefix[prefix])
				}
			}
		}
	}
}

func mustTally(t testing.TB, p *plan) *tally {
	t.Helper()
	tally, err := newTally(p)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// decisions is all that the tally says about the rules.
func decisions(t testing.TB, y *tally, m *Manifest) string {
	t.Helper()
	var out []RuleResult
	for i := range y.plan.rules {
		d, corrected := y.decision(i, m)
		out = append(out, y.ruleResult(i, d, corrected, m))
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Slow failures arrive last; they must not make a verdict look better before.
func TestTallyIsNotFooledByFastSuccesses(t *testing.T) {
	p := newProject(t, labelled(1000), nil)
	_, plan := planFor(t, p, nil, "pass_rate>=0.9")
	y := mustTally(t, plan)
	for pos := range plan.cases {
		if pos%3 != 0 { // the failures are on their way
			y.add(slot{pos: pos, draw: 1}, &Judgement{State: passed})
		}
	}
	if y.allDecided() || y.consumed != 0 {
		t.Fatalf("%d consumed, decided: %v", y.consumed, y.allDecided())
	}
	for pos := 0; pos < len(plan.cases) && !y.allDecided(); pos += 3 {
		y.add(slot{pos: pos, draw: 1}, &Judgement{State: failed})
	}
	if got := y.tests[0].Verdict().String(); got != "fail" {
		t.Errorf("verdict %s", got)
	}
}

func TestSampleBoundsWhatWasNotJudged(t *testing.T) {
	rows := []row{}
	for i := range 5 {
		rows = append(rows, row{"id": fmt.Sprint(i), "input": "x", "expected": "y", "cluster": "all", "weight": i + 1})
	}
	rows[4]["expected"] = nil // no label: the rule does not apply
	p := newProject(t, rows, nil)
	_, plan := planFor(t, p, nil, "intent_accuracy>=0.9")
	y := mustTally(t, plan)
	score := func(s float64) []pipeline.Finding {
		return []pipeline.Finding{{Metric: intentAccuracy, Score: s}}
	}
	y.first[0] = &Judgement{State: passed, Findings: score(1)}
	y.first[1] = &Judgement{State: failed, Findings: score(0.5)}
	y.first[2] = &Judgement{State: unjudged, Unjudged: score(0)}
	y.first[3] = &Judgement{State: errored}
	y.first[4] = &Judgement{State: passed}
	s, any := y.sample(plan.units[0], &plan.rules[0])
	if !any || s.Cases != 4 || s.Weight != 10 || s.Judged != 7 || s.Lo != 0.2 || s.Hi != 0.5 {
		t.Errorf("%+v", s)
	}
	if d := plan.rules[0].design; d.Units != 1 || d.Cases != 4 || d.TotalWeight != 10 || d.MaxWeight != 10 {
		t.Errorf("design %+v", d)
	}
}

// A rule that can't be decided does not keep the others from ending the run;
// with none that can, nothing ends it.
func TestAllDecided(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	for rules, want := range map[string]bool{"pass_rate>=0.5": true, "pass_rate>=0.5 is-json>=0.5": false, "pass_rate>=0.5 hallucination>=0.5": true, "hallucination>=0.5": false} {
		_, plan := planFor(t, p, nil, strings.Fields(rules)...)
		y := mustTally(t, plan)
		for pos := range 200 {
			y.add(slot{pos: pos, draw: 1}, &Judgement{State: passed, Findings: []pipeline.Finding{{Metric: "is-json", Score: 0.5}}})
		}
		if y.allDecided() != want {
			t.Errorf("%s: %v", rules, !want)
		}
	}
	_, plan := planFor(t, p, nil)
	if mustTally(t, plan).allDecided() {
		t.Error("decided without a rule")
	}
}
