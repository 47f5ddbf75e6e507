package assertions

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDeviationsAreTold: the table in docs/ is that of the package.
func TestDeviationsAreTold(t *testing.T) {
	const file = "../../docs/deviations.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("| assertions | when | promptfoo 0.123.1 | here |\n|---|---|---|---|\n")
	for _, d := range Deviations() {
		of := "all"
		if d.Of != nil {
			of = strings.Join(d.Of, ", ")
		}
		fmt.Fprintf(&want, "| %s | %s | %s | %s |\n", of, d.When, d.Exact, d.Here())
		for _, name := range d.Of {
			if !Known(name) {
				t.Errorf("%s is of %q, which is no type", d.ID, name)
			}
		}
	}
	_, rest, _ := strings.Cut(string(data), "<!-- promptfoo -->\n")
	if table, _, ok := strings.Cut(rest, "<!-- end of promptfoo -->"); !ok || table != want.String() {
		t.Errorf("%s: the table must be\n%s", file, want.String())
	}
}

// TestDoubtOfAJudge: how a judge failed stands before what it said.
func TestDoubtOfAJudge(t *testing.T) {
	for _, c := range []struct {
		d    Doubt
		want string
	}{
		{Doubt{MalformedJudge, "llm-rubric", `the judge's reply holds no JSON: "Sorry: no."`}, `llm-rubric: could not judge: the judge's reply holds no JSON (promptfoo: fails the answer): "Sorry: no."`},
		{Doubt{MalformedJudge, "factuality", "the judge said nothing"}, "factuality: could not judge: the judge said nothing (promptfoo: fails the answer)"},
		{Doubt{MalformedJudge, "webhook", ""}, "webhook: could not judge: the answer has no part in it; outages of a judge are no regressions (promptfoo: fails the answer)"},
		{Doubt{ID: NoAssertions, Type: "test"}, "test: could not judge: nothing was asked (promptfoo: passes, score 1 (a set: 0))"},
	} {
		if got := c.d.Error(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}
