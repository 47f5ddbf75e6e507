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
