package promptfoo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// sample are two tests with two prompts; the last row has no record.
func sample(t *testing.T) *Results {
	t.Helper()
	p := &project.Project{Dir: t.TempDir(), Raw: jsvalue.NewObject("description", "d"), Derived: []project.Derived{{Name: "twice", Value: "style * 2"}, {Name: "bad", Value: "nothing"}}}
	p.Prompts = []project.Prompt{{Label: "one", Raw: "{{x}}"}, {Label: "two <&>", Raw: "2 {{x}}"}}
	p.Providers = []project.Provider{{ID: "echo", Config: &jsvalue.Object{}}}
	for i, text := range []string{"a", "=cmd|' /C calc'!A0\n\"q\""} {
		p.Tests = append(p.Tests, project.Test{Vars: jsvalue.NewObject("x", text), Case: i, Metadata: &jsvalue.Object{}, Options: project.TestOptions{Raw: &jsvalue.Object{}}})
	}
	picked, rows, err := Pick{}.Rows(p)
	if err != nil || len(rows) != 4 {
		t.Fatal(len(rows), err)
	}
	r := NewResults(picked, rows)
	r.EvalID = "eval-1"
	rec := &record{prompt: "a", vars: rows[0].Test.Vars, response: &Response{Output: "a", HasOutput: true, Cost: 0.5, HasCost: true, Tokens: Tokens{Total: 3, Prompt: 2, Completion: 1, Requests: 1}, HasTokens: true},
		success: true, score: 1, named: jsvalue.NewObject("style", 0.5), metadata: &jsvalue.Object{},
		grading: jsvalue.NewObject("pass", true, "score", 1.0, "reason", "fine", "namedScoreWeights", jsvalue.NewObject("style", 2.0), "componentResults",
			[]any{jsvalue.NewObject("pass", true, "score", 1.0, "assertion", jsvalue.NewObject("type", "equals", "metric", "style"))})}
	add := func(id string, rec *record, failure string) {
		t.Helper()
		var detail []byte
		if rec != nil {
			text, _ := jsvalue.Stringify(rec.object(), "")
			detail = []byte(text)
		}
		if err := r.Add(id, detail, failure); err != nil {
			t.Fatal(err)
		}
	}
	add("t0-p0", rec, "")
	doubt := *rec
	doubt.success, doubt.unjudged, doubt.failure, doubt.errText, doubt.named = false, "could not judge: \x1b[31m", failureAssert, "could not judge", &jsvalue.Object{}
	add("t0-p1", &doubt, "")
	add("t1-p0", nil, "it was not called")
	if err := r.Add("t9-p9", nil, ""); err == nil {
		t.Error("an unknown case passes")
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCounts(t *testing.T) {
	r := sample(t)
	if got, want := r.Counts(), (Counts{Passed: 1, Errors: 1, Unjudged: 1, Missing: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if lines := r.Doubts(5); len(lines) != 1 || !strings.HasPrefix(lines[0], "1 × could not judge") {
		t.Errorf("%q", lines)
	}
	first := r.columns[0].metrics
	if text, _ := jsvalue.Stringify(first.named, ""); text != `{"style":1,"twice":2,"bad":0}` {
		t.Error(text)
	}
	if first.passed != 1 || first.errors != 1 || first.right != 1 || first.cost != 0.5 {
		t.Errorf("%+v", first)
	}
}

// Every form can be read by what reads such forms.
func TestWriters(t *testing.T) {
	r := sample(t)
	readers := map[string]func([]byte) error{
		".json": func(b []byte) error { return json.Unmarshal(b, new(any)) },
		".yaml": func(b []byte) error { return yaml.Unmarshal(b, new(any)) },
		".yml":  func(b []byte) error { return yaml.Unmarshal(b, new(any)) },
		".txt":  func(b []byte) error { return yaml.Unmarshal(b, new(any)) },
		".xml": func(b []byte) error {
			d := xml.NewDecoder(bytes.NewReader(b))
			for {
				if _, err := d.Token(); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
			}
		},
		".jsonl": func(b []byte) error {
			for line := range bytes.Lines(b) {
				if err := json.Unmarshal(line, new(any)); err != nil {
					return err
				}
			}
			return nil
		},
		".csv": func([]byte) error { return nil },
	}
	for ending, write := range writers() {
		var b bytes.Buffer
		if err := write(r, &b); err != nil {
			t.Errorf("%s: %v", ending, err)
		}
		if err := readers[ending](b.Bytes()); err != nil {
			t.Errorf("%s: %v\n%s", ending, err, b.Bytes())
		}
	}
	var streamed, whole bytes.Buffer
	r.writeJSON(&streamed)
	text, _ := jsvalue.Stringify(r.document(), "  ")
	whole.WriteString(text)
	var a, b any
	json.Unmarshal(streamed.Bytes(), &a)
	json.Unmarshal(whole.Bytes(), &b)
	if x, y := results(a), results(b); x != y || !strings.Contains(x, "t") {
		t.Errorf("streamed:\n%s\nwhole:\n%s", x, y)
	}
	if Writer("x.junit.xml") != nil || Writer("x.html") != nil || Writer("X.JSON") == nil {
		t.Error("endings")
	}
}

func results(v any) string {
	m, _ := v.(map[string]any)
	data, _ := json.Marshal(m["results"])
	return string(data)
}

// What comes from outside does not reach the terminal's controls.
func TestTable(t *testing.T) {
	var b bytes.Buffer
	sample(t).Table(&b, false, 80, 0)
	if strings.ContainsAny(b.String(), "\x1b\r") {
		t.Errorf("%q", b.String())
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(line)); n > 82 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, want := range []string{"[PASS] a", "[UNJUDGED]", "[ERROR] it was not ca"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestDoubts: reasons are counted by kind, with what the first judge said, and each
// of a row's assertions has its own.
func TestDoubts(t *testing.T) {
	r := &Results{doubts: map[string]*doubtKind{}}
	rubric := "llm-rubric: could not judge: the judge's reply holds no JSON (promptfoo: fails the answer): "
	r.doubtful(rubric + `"Sorry."`)
	r.doubtful(rubric + `"I can't."` + "\n" + rubric + `"No."` + "\nfactuality: could not judge: the judge said nothing (promptfoo: fails the answer)")
	want := []string{
		`2 × llm-rubric: could not judge: the judge's reply holds no JSON (promptfoo: fails the answer), first: "Sorry."`,
		"1 × factuality: could not judge: the judge said nothing (promptfoo: fails the answer)",
	}
	if got := r.Doubts(5); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Cells of a table are rounded as JavaScript rounds, and none is a formula.
func TestCSVCells(t *testing.T) {
	named := jsvalue.NewObject("b", 0.125, "a", 0.5)
	if got := roundedScores(named); got != `{"b":0.13,"a":0.5}` {
		t.Error(got)
	}
	if got := roundedScores(&jsvalue.Object{}); got != "" {
		t.Error(got)
	}
	got := harmless([]string{"=1+1", " \u200b@x", "-2.5", "-a", "+1", "a=b", "", "\u00a0+x"})
	if want := []string{"'=1+1", "' \u200b@x", "-2.5", "'-a", "+1", "a=b", "", "'\u00a0+x"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	c := &column{}
	c.metrics.named, c.metrics.counts = jsvalue.NewObject("m hello", 1, "Echo", 1, "inner", 1, "derived", 1), jsvalue.NewObject("m hello", 1, "Echo", 1, "inner", 1)
	if got := (&Results{}).usedNames(c); !slices.Equal(got, []string{"Echo", "inner", "m hello"}) {
		t.Error(got)
	}
}

// A test is shown in one way: as part of what scripts are called with it decides
// whether an answer is found again.
func TestTestInOneOrder(t *testing.T) {
	test := &project.Test{Prompts: []string{"p"}, Providers: []string{"q"}, Vars: &jsvalue.Object{}, Options: project.TestOptions{Raw: &jsvalue.Object{}}}
	for range 50 {
		if s, _ := jsvalue.Stringify(TestObject(test), ""); !strings.HasSuffix(s, `"prompts":["p"],"providers":["q"]}`) {
			t.Fatal(s)
		}
	}
}

// What the environment keeps out of results stands in no file of them.
func TestStrippedResults(t *testing.T) {
	for name, gone := range map[string]string{"PROMPT_TEXT": `"raw": "2 `, "RESPONSE_OUTPUT": `"output": "a"`, "TEST_VARS": "/C calc", "GRADING_RESULT": "fine", "METADATA": `"errorContext"`} {
		for _, on := range []string{"false", "true"} {
			r := sample(t)
			r.Project.Env = map[string]string{"PROMPTFOO_STRIP_" + name: on}
			var json, csv bytes.Buffer
			if err := errors.Join(r.writeJSON(&json), r.writeCSV(&csv)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(json.String(), gone); got == (on == "true") {
				t.Errorf("%s=%s: %q in results.json: %v", name, on, gone, got)
			}
			if name == "TEST_VARS" && strings.Contains(csv.String(), "/C calc") == (on == "true") || name == "RESPONSE_OUTPUT" && strings.Contains(csv.String(), noOutput) != (on == "true") || name == "GRADING_RESULT" && strings.Contains(csv.String(), "fine") == (on == "true") {
				t.Errorf("%s=%s: %s", name, on, csv.String())
			}
		}
	}
}
