package evals

import (
	"errors"
	"strings"
	"testing"
)

func TestSubset(t *testing.T) {
	rows := []row{
		{"id": "a", "input": "Where is it?", "expected": "track", "slice": row{"lang": "en", "kind": "plain"}, "cluster": "k1"},
		{"id": "b", "input": "wo ist es?", "expected": "track", "slice": row{"lang": "de"}, "cluster": "k1"},
		{"id": "c", "input": "send it back", "expected": "return", "slice": row{"lang": "en"}},
		{"id": "d", "input": "5", "expected": 5},
	}
	p := newProject(t, rows, nil)
	for _, c := range []struct {
		subset Subset
		want   string // ids, or an error
		shown  string
	}{
		{Subset{}, "abcd", ""},
		{Subset{Filters: []string{"lang=en"}}, "ac", "--filter lang=en"},
		{Subset{Filters: []string{"lang=en", "expected=track"}}, "a", "--filter lang=en --filter expected=track"},
		{Subset{Filters: []string{"id=b"}}, "b", "--filter id=b"},
		{Subset{Filters: []string{"cluster=k1"}}, "ab", "--filter cluster=k1"},
		{Subset{Filters: []string{"expected=5"}}, "d", "--filter expected=5"},
		{Subset{Filters: []string{"/(?i)WHERE|back/"}}, "ac", "--filter /(?i)WHERE|back/"},
		{Subset{Limit: 3}, "abc", "--limit 3"},
		{Subset{Limit: 1, Filters: []string{"expected=track"}}, "a", "--filter expected=track --limit 1"},
		{Subset{Limit: 99}, "abcd", "--limit 99"},
		{Subset{FailedIn: "r1", IDs: []string{"d", "b", "gone"}}, "bd", "--failed-in r1"},
		{Subset{FailedIn: "r1"}, "chooses none of the 4 cases", ""},
		{Subset{Filters: []string{"lang=fr"}}, "--filter lang=fr chooses none", ""},
		{Subset{Filters: []string{"lnag=en"}}, "no case has a slice \"lnag\"; known: id, expected, cluster, kind, lang", ""},
		{Subset{Filters: []string{"lang"}}, "write KEY=VALUE or /regex/", ""},
		{Subset{Filters: []string{"/(/"}}, "missing closing )", ""},
	} {
		got, err := c.subset.choose(p.set)
		if err != nil {
			var usage *UsageError
			if !strings.Contains(err.Error(), c.want) || !errors.As(err, &usage) {
				t.Errorf("%+v: %v", c.subset, err)
			}
			continue
		}
		ids := ""
		for _, k := range got {
			ids += k.ID
		}
		if ids != c.want || c.subset.String() != c.shown || c.subset.Active() != (c.shown != "") {
			t.Errorf("%+v: %q chooses %q, active %v", c.subset, c.subset.String(), ids, c.subset.Active())
		}
	}
}

// A run with a limit of cases stops there: undecided, and no try; a failure is
// one all the same, and the whole run goes on from the answers.
func TestMaxCases(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	o.MaxCases = 20
	r := mustRun(t, o)
	if r.Verdict != "undecided" || r.Cases.Judged != 20 || r.Cases.Total != 300 || !strings.Contains(strings.Join(r.Warnings, "\n"), "stopped after 20 of 300 cases") {
		t.Errorf("%s after %+v: %v", r.Verdict, r.Cases, r.Warnings)
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%+v", v)
	}
	tries := 0
	if _, err := readEvidence(p.root, func(Evidence) { tries++ }); err != nil || tries != 0 {
		t.Errorf("%d tries, %v", tries, err)
	}
	o = p.options(t, wrongEvery(1), "pass_rate>=0.9")
	o.MaxCases = 30
	if r := mustRun(t, o); r.Verdict != "fail" || r.Cases.Judged > 30 {
		t.Errorf("%s after %+v", r.Verdict, r.Cases)
	}
	if r := mustRun(t, p.options(t, echo, "pass_rate>=0.9")); r.Verdict != "pass" || r.Rules[0].Tries != 2 { // the failure was one
		t.Errorf("%s, %+v", r.Verdict, r.Rules[0])
	}
}
