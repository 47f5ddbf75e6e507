package promptfoo

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// The figures of the report are those of the rows, and its texts are XML.
func TestJUnit(t *testing.T) {
	r := sample(t)
	var b bytes.Buffer
	if err := r.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	cases, ended := 0, 0
	for _, s := range got.Suites {
		if s.Tests != len(s.Cases) || !strings.HasPrefix(s.Name, "[") || !strings.Contains(s.Name, "] prompt ") {
			t.Errorf("%+v", s)
		}
		for _, c := range s.Cases {
			if cases++; c.Failure != nil || c.Error != nil {
				ended++
			}
		}
	}
	c := r.Counts()
	if got.Name != "promptfoo" || got.Tests != cases || cases != c.Passed+c.Failed+c.Errors+c.Unjudged || got.Failures+got.Errors != ended || ended != cases-c.Passed {
		t.Errorf("%+v of %+v", got, c)
	}
	if s := junitText("a\x00\x1b[1m\n b  c"+strings.Repeat("ü", 600), 0); strings.ContainsAny(s, "\x00\x1b\n") || len([]rune(s)) != 512 || !strings.HasSuffix(s, "...") {
		t.Errorf("%q", s)
	}
	if s := seconds(1601.6); s != "1.602" {
		t.Error(s)
	}
}

// A prompt that is given twice is one suite, and prompts are numbered by provider.
func TestJUnitSuites(t *testing.T) {
	b := junitBook{byKey: map[string]*junitSuite{}, numbers: map[string]map[string]int{}}
	one, two := &project.Prompt{Label: "one"}, &project.Prompt{Label: "two"}
	echo, other := &project.Provider{ID: "echo", Unlabeled: true}, &project.Provider{ID: "echo", Label: "other"}
	var names []string
	for _, row := range []project.Row{{Prompt: two, Provider: other}, {Prompt: one, Provider: echo}, {Prompt: two, Provider: echo}, {Prompt: one, Provider: echo}, {Prompt: one, Provider: other}} {
		names = append(names, b.of(&row).Name)
	}
	want := []string{"[other] prompt 1", "[echo] prompt 1", "[echo] prompt 2", "[echo] prompt 1", "[other] prompt 2"}
	if !slices.Equal(names, want) || len(b.all) != 4 {
		t.Errorf("%q, %d suites", names, len(b.all))
	}
}
