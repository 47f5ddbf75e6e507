package evals

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestPlanRule(t *testing.T) {
	rows := []row{
		{"id": "a", "input": "x", "expected": "label"},
		{"id": "b", "input": "x", "expected": row{"n": 1}},
		{"id": "c", "input": "x", "context": []string{"a fact"}},
		{"id": "d", "input": "x", "assert": []row{{"type": "contains", "value": "x", "metric": "tone"}}},
		{"id": "e", "input": "x", "assert": []row{{"type": "contains", "value": "x", "weight": 0}}},
	}
	p := newProject(t, rows, nil)
	for _, c := range []struct {
		rule    string
		applies string // ids
		blocked string
	}{
		{"equals>=0.9", "ab", ""},
		{"intent_accuracy>=0.9", "a", ""},
		{"similar>=0.9", "a", ""},
		{"is-json>=0.9", "abcde", ""},
		{"latency<=1s", "abcde", ""},
		{"contains>=0.9", "de", ""},
		{"tone>=0.9", "d", ""},
		{"pass_rate>=0.9", "abcde", ""}, // nothing judges c and e: they could not be judged
		{"regex>=0.9", "", "nothing to judge: no case has an assertion of this name"},
		{"hallucination>=0.9", "c", "could not judge: hallucination needs a judge model"},
	} {
		for _, isDefault := range []bool{false, true} {
			for _, skip := range []bool{false, true} {
				o := p.options(t, echo, c.rule)
				o.Rules[0].Default = isDefault
				m := &Manifest{Rules: o.Rules, SkipUnavailable: skip}
				plan, err := newPlan(m, p.set, o.Deps)
				if err != nil {
					t.Fatal(err)
				}
				r := plan.rules[0]
				want := c.applies
				if c.rule == "pass_rate>=0.9" && isDefault && skip {
					want = "abd"
				}
				applies := ""
				for i, yes := range r.applies {
					if yes {
						applies += plan.cases[i].ID
					}
				}
				// What applies to no case is named, and only a default rule lets
				// it be; what can't be judged only where it may be skipped.
				gates, blocked := true, c.blocked
				switch {
				case applies == "" && isDefault:
					gates, blocked = false, strings.Replace(blocked, "nothing to judge", "not applicable", 1)
				case blocked != "" && applies != "":
					gates = !(isDefault && skip)
				}
				if applies != want || !strings.HasPrefix(r.blocked, blocked) || (blocked == "") != (r.blocked == "") || r.gates != gates || r.design.Cases != len(applies) {
					t.Errorf("%s, default %v, skip %v: applies to %q, gates %v, %q", c.rule, isDefault, skip, applies, r.gates, r.blocked)
				}
			}
		}
	}
}

// A rule that can't be decided leaves the gate undecided; one that does not gate
// is shown and changes nothing.
func TestBlockedRules(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	for _, c := range []struct {
		rules     string
		isDefault bool
		skip      bool
		want      string
	}{
		{"pass_rate>=0.9", false, false, "pass [pass true]"},
		{"pass_rate>=0.9 regex>=0.9", false, false, "undecided [pass true undecided true]"},
		{"pass_rate>=0.9 regex>=0.9", true, false, "pass [pass true undecided false]"},
		{"regex>=0.9", true, false, "undecided [undecided false]"},
		{"pass_rate>=0.9 answer_relevancy>=0.9", true, false, "undecided [pass true undecided true]"},
		{"pass_rate>=0.9 answer_relevancy>=0.9", true, true, "pass [pass true undecided false]"},
		{"pass_rate>=0.9 answer_relevancy>=0.9", false, true, "undecided [pass true undecided true]"},
		{"", false, false, "undecided []"},
	} {
		o := p.options(t, echo, strings.Fields(c.rules)...)
		o.SkipUnavailable = c.skip
		for i := range o.Rules {
			o.Rules[i].Default = c.isDefault
		}
		r := mustRun(t, o)
		var got []string
		for _, rule := range r.Rules {
			got = append(got, fmt.Sprint(rule.Verdict, " ", rule.Gates))
		}
		if text := fmt.Sprintf("%s [%s]", r.Verdict, strings.Join(got, " ")); text != c.want {
			t.Errorf("%s: %s, want %s", c.rules, text, c.want)
		}
	}
}

func TestSeqAndAt(t *testing.T) {
	p := newProject(t, labelled(7), nil)
	for name, c := range map[string]struct {
		baseline *ManifestBaseline
		slots    int
	}{"one arm": {nil, 84}, "two arms": {&ManifestBaseline{Release: "sha256:b"}, 91}} {
		_, plan := planFor(t, p, func(m *Manifest) { m.Repeats, m.Baseline = 3, c.baseline })
		seen := map[slot]bool{}
		for seq := range int64(c.slots) {
			at, ok := plan.at(seq)
			if !ok || seen[at] || plan.seq(at) != seq || at.pos >= 7 || at.draw < 1 || at.draw > 12 || at.base && (at.draw != 1 || c.baseline == nil) {
				t.Errorf("%s: %d is %+v", name, seq, at)
			}
			seen[at] = true
		}
		for _, seq := range []int64{-1, int64(c.slots)} {
			if _, ok := plan.at(seq); ok {
				t.Errorf("%s: %d is a call", name, seq)
			}
		}
	}
}

// A baseline that is the release itself answers further draws, so that its
// answers are never those of the candidate.
func TestRequestOfTheBaseline(t *testing.T) {
	p := newProject(t, labelled(1), nil)
	for _, c := range []struct {
		release string
		same    bool
	}{{"sha256:other", false}, {"sha256:r", true}} {
		_, plan := planFor(t, p, func(m *Manifest) { m.Release, m.Baseline = "sha256:r", &ManifestBaseline{Release: c.release} })
		test, base := plan.request(slot{draw: 1}), plan.request(slot{draw: 1, base: true})
		if base.Release != c.release || base.Input != test.Input || base.ID == test.ID || (base.Draw != test.Draw) != c.same {
			t.Errorf("%s: %+v beside %+v", c.release, base, test)
		}
	}
}

func TestRequestCarriesTheCase(t *testing.T) {
	p := newProject(t, []row{{"id": "a#1", "input": "hi", "vars": row{"x": 1}, "messages": []row{{"role": "user", "content": "before"}}}}, nil)
	_, plan := planFor(t, p, func(m *Manifest) { m.Release = "sha256:r" })
	r := plan.request(slot{draw: 2})
	data, _ := json.Marshal(r)
	if got, want := string(data), `{"ID":"a#1#2","Release":"sha256:r","Input":"hi","Vars":{"x":1},"Messages":[{"role":"user","content":"before"}],"Draw":2}`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
