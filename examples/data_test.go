package examples

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

type router struct {
	OutOfScope string              `json:"out_of_scope"`
	Examples   map[string][]string `json:"examples"`
}

type testSet struct {
	Name    string   `json:"name"`
	Version int      `json:"version"`
	Labels  []string `json:"labels"`
	Gate    struct {
		Metric  string  `json:"metric"`
		AtLeast float64 `json:"at_least"`
		Alpha   float64 `json:"alpha"`
	} `json:"gate"`
	Cases []testCase `json:"cases"`
}

type testCase struct {
	ID       string            `json:"id"`
	Input    string            `json:"input"`
	Expected string            `json:"expected"`
	Slice    map[string]string `json:"slice"`
	Cluster  string            `json:"cluster"`
}

// decode refuses unknown keys, so that a misspelt one is found.
func decode[T any](t *testing.T, fsys fs.FS, name string) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(read(t, fsys, name)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

var notWord = regexp.MustCompile(`[^\pL\pM\pN]+`)

// normalised keeps letters and digits only, so that neither case nor
// punctuation hides a duplicate.
func normalised(s string) string {
	return strings.TrimSpace(notWord.ReplaceAllString(cases.Fold().String(norm.NFKC.String(s)), " "))
}

var data = []struct{ project, router, sets string }{
	{"intent-router", "router_examples.json", "intents_v2 dev smoke"},
	{Starter, "greeter_examples.json", "hello"},
}

// TestNoLeaks: no text stands twice, be it among the examples, among the test
// inputs, or in both.
func TestNoLeaks(t *testing.T) {
	for _, d := range data {
		fsys, seen := files(t, d.project), map[string]string{}
		note := func(text, where string) {
			n := normalised(text)
			if n == "" {
				t.Errorf("%s: empty text", where)
			}
			if first, ok := seen[n]; ok {
				t.Errorf("%q stands in %s and in %s", text, first, where)
			}
			seen[n] = where
		}
		for label, texts := range decode[router](t, fsys, d.router).Examples {
			for _, text := range texts {
				note(text, "example of "+label)
			}
		}
		for set := range strings.FieldsSeq(d.sets) {
			for _, c := range decode[testSet](t, fsys, "testsets/"+set+".json").Cases {
				note(c.Input, set+" "+c.ID)
			}
		}
	}
}

func TestTestSets(t *testing.T) {
	for _, d := range data {
		fsys := files(t, d.project)
		r := decode[router](t, fsys, d.router)
		for set := range strings.FieldsSeq(d.sets) {
			s := decode[testSet](t, fsys, "testsets/"+set+".json")
			if s.Name == "" || s.Version < 1 || s.Gate.Metric != "intent_accuracy" ||
				s.Gate.AtLeast < 0.5 || s.Gate.AtLeast > 1 || s.Gate.Alpha <= 0 || s.Gate.Alpha > 0.5 {
				t.Errorf("%s: %q version %d, gate %+v", set, s.Name, s.Version, s.Gate)
			}
			if len(s.Labels) != len(r.Examples)+1 || !slices.Contains(s.Labels, r.OutOfScope) {
				t.Errorf("%s: %d labels, the router knows %d and %s", set, len(s.Labels), len(r.Examples), r.OutOfScope)
			}
			checkCases(t, set, s, r)
		}
	}
}

func checkCases(t *testing.T, set string, s testSet, r router) {
	ids := map[string]bool{}
	for _, c := range s.Cases {
		if ids[c.ID] || c.ID == "" {
			t.Errorf("%s: id %q stands twice or is empty", set, c.ID)
		}
		ids[c.ID] = true
		if c.Expected != r.OutOfScope && len(r.Examples[c.Expected]) == 0 {
			t.Errorf("%s %s: the router has no example of %q", set, c.ID, c.Expected)
		}
		if !slices.Contains(s.Labels, c.Expected) {
			t.Errorf("%s %s: label %q is not declared", set, c.ID, c.Expected)
		}
		if want := map[bool]string{true: "out", false: "in"}[c.Expected == r.OutOfScope]; c.Slice["scope"] != want {
			t.Errorf("%s %s: scope %q, want %q", set, c.ID, c.Slice["scope"], want)
		}
	}
}

// TestIntentsV2 checks the size and the balance that the example promises.
func TestIntentsV2(t *testing.T) {
	s := decode[testSet](t, files(t, "intent-router"), "testsets/intents_v2.json")
	labels, slice, clusters := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range s.Cases {
		labels[c.Expected]++
		for k, v := range c.Slice {
			slice[k+"="+v]++
		}
		if c.Cluster != "" {
			clusters[c.Cluster]++
		}
	}
	if len(s.Cases) < 440 || len(labels) < 23 {
		t.Errorf("%d utterances, %d labels", len(s.Cases), len(labels))
	}
	for label, n := range labels {
		if n < 20 || n > 60 {
			t.Errorf("label %s has %d utterances", label, n)
		}
	}
	for _, s := range strings.Fields("kind=plain kind=paraphrase kind=negation kind=typo kind=short kind=long " +
		"lang=en lang=de lang=es lang=fr lang=pt scope=in scope=out") {
		if slice[s] < 25 {
			t.Errorf("slice %s has %d utterances", s, slice[s])
		}
	}
	if len(slice) != 13 {
		t.Errorf("unexpected slices: %v", slice)
	}
	if len(clusters) < 10 {
		t.Errorf("only %d clusters", len(clusters))
	}
	for cluster, n := range clusters {
		if n < 2 {
			t.Errorf("cluster %s has one utterance", cluster)
		}
	}
}

// TestVersions: the project itself is 2.1.0, and 2.0.0 differs in data and in
// threshold.
func TestVersions(t *testing.T) {
	fsys := files(t, "intent-router")
	sub := func(v string) fs.FS {
		s, err := fs.Sub(fsys, "versions/"+v)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	older, newer := sub("2.0.0"), sub("2.1.0")
	names := list(t, newer)
	if len(names) < 2 || !slices.Equal(names, list(t, older)) {
		t.Fatalf("2.1.0 has %v, 2.0.0 has %v", names, list(t, older))
	}
	for _, f := range names {
		now := read(t, newer, f)
		if !bytes.Equal(now, read(t, fsys, f)) {
			t.Errorf("%s of 2.1.0 is not the project's", f)
		}
		if bytes.Equal(now, read(t, older, f)) {
			t.Errorf("%s is the same in both versions", f)
		}
	}
	before, after := decode[router](t, older, "router_examples.json"), decode[router](t, newer, "router_examples.json")
	for label, texts := range after.Examples {
		if n := len(before.Examples[label]); n == 0 || n*2 > len(texts) {
			t.Errorf("%s: %d examples in 2.0.0, %d in 2.1.0", label, n, len(texts))
		}
	}
}
