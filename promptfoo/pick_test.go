package promptfoo

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

func TestPickedTests(t *testing.T) {
	p := &project.Project{}
	for i := range 10 {
		for _, v := range []string{"a", "b"} { // a list of variables, expanded
			d := ""
			if i%2 == 1 {
				d = fmt.Sprintf("odd %d", i)
			}
			p.Tests = append(p.Tests, project.Test{Case: i, Description: d, Vars: jsvalue.NewObject("v", v, "n", i), Metadata: jsvalue.NewObject("k", []any{"x", fmt.Sprint(i)})})
		}
	}
	seed := int64(42)
	earlier := &Earlier{}
	if err := earlier.Read([]byte(`{"results":{"results":[{"success":false,"failureReason":1,"vars":{"n":3,"v":"b","sessionId":"s"}},
		{"success":false,"failureReason":2,"vars":{"n":4,"v":"a"}},{"success":true,"failureReason":0,"vars":{"n":5,"v":"a"}}]}}`), NotPassed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pick Pick
		want string
	}{
		"all":               {Pick{}, "[0 1 2 3 4 5 6 7 8 9]"},
		"range":             {Pick{Range: "2:5"}, "[2 3 4]"},
		"range to the end":  {Pick{Range: "8:"}, "[8 9]"},
		"range beyond":      {Pick{Range: "8:99"}, "[8 9]"},
		"range then first":  {Pick{Range: ":5", FirstN: 2}, "[0 1]"},
		"no description":    {Pick{Pattern: ".*"}, "[1 3 5 7 9]"},
		"metadata":          {Pick{Metadata: []string{"k=x", "k=7"}}, "[7]"},
		"promptfoo's seed":  {Pick{Sample: 4, SampleSeed: &seed}, "[2 5 4 8]"},
		"first then sample": {Pick{FirstN: 3, Sample: 3}, "[0 1 2]"},
		"failed":            {Pick{Failed: earlier.Has}, "[3 4]"},
	} {
		c.pick.Match = regexp.MatchString
		picked, _, err := c.pick.Rows(p)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := fmt.Sprint(casesOf(picked.Tests)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, bad := range []string{"", "3", "5:2", "-1:2", "a:b", ":"} {
		if bad == "" {
			continue
		}
		if from, to, err := rangeOf(bad, 10); err == nil {
			t.Errorf("%q: %d:%d", bad, from, to)
		}
	}
	var only Earlier
	if err := only.Read([]byte(`{"results":{"results":[{"success":false,"failureReason":2,"vars":{}}]}}`), OnlyFailures); err != nil || !only.None() || only.Rows != 1 {
		t.Error(only, err)
	}
	if err := only.Read([]byte(`{"results":[]}`), OnlyErrors); err == nil {
		t.Error("a file without results")
	}
	if !slices.IsSorted(casesOf(p.Tests)) {
		t.Error("the tests of the project were changed")
	}
}
