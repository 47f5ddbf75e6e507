package testsets

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
)

func read(t *testing.T, path, text string, opt Options) *Set {
	t.Helper()
	s, err := Read(path, []byte(text), opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func number64(f float64) *float64 { return &f }

const nativeJSON = `{
 "name": "intents", "version": 2, "labels": ["track_order", "oos"],
 "gate": {"metric": "intent_accuracy", "at_least": 0.90, "alpha": 0.05},
 "cases": [
  {"id": "a", "input": "where is my parcel", "expected": "track_order",
   "slice": {"lang": "en", "typo": true}, "cluster": "thread-17", "context": ["one", "two"],
   "assert": [{"type": "contains", "value": {"b": 1, "a": [1.50, "<"]}, "threshold": 0.5, "weight": 0, "metric": "m"},
              {"type": "is-json"}],
   "weight": 2, "vars": {"n": 3}, "messages": [{"role": "user", "content": "hi"}], "metadata": {"source": "x"}},
  {"input": {"q": "x", "n": 1.0}, "expected": null, "weight": null}
 ]
}`

const nativeYAML = `name: intents
version: 2.10
labels: [track_order, oos]
gate:
  - {metric: intent_accuracy, at_least: 0.90, alpha: 0.05}
  - {metric: latency, at_most: 2s}
  - {metric: f1, not_worse: 0.03}
  - {metric: f1, better: true}
cases:
  - &first
    id: 7
    input: where is my parcel
    expected: track_order
    slice: {lang: no, day: 2024-01-31}
  - <<: *first
    id: b
    expected: {n: 0x10, x: [.5, ~, true]}
`

func TestNativeJSON(t *testing.T) {
	s := read(t, "sets/intents_v2.json", nativeJSON, Options{})
	want := &Set{
		Name: "intents", Version: "2", Path: "sets/intents_v2.json", Format: "native", Digest: s.Digest,
		Labels: []string{"track_order", "oos"},
		Gate:   []Bar{{Metric: "intent_accuracy", AtLeast: number64(0.9), Alpha: number64(0.05), Line: 3}},
		Cases: []Case{{
			ID: "a", Line: 5, Input: "where is my parcel", Expected: "track_order",
			Slice: map[string]string{"lang": "en", "typo": "true"}, Cluster: "thread-17", Context: []string{"one", "two"},
			Assert: []Assertion{
				{Type: "contains", Value: json.RawMessage(`{"b":1,"a":[1.50,"<"]}`), Threshold: number64(0.5), Weight: number64(0), Metric: "m", Line: 7},
				{Type: "is-json", Line: 8},
			},
			Weight: 2, Vars: map[string]any{"n": 3.0}, Messages: []Message{{"user", "hi"}}, Metadata: map[string]any{"source": "x"},
		}, {
			ID: "c0002", Line: 10, Input: `{"q":"x","n":1.0}`, Weight: 1,
		}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if len(s.Digest) != len("sha256:")+64 {
		t.Errorf("digest %q", s.Digest)
	}
}

func TestNativeYAML(t *testing.T) {
	s := read(t, "i.yaml", nativeYAML, Options{})
	if s.Format != "native" || s.Version != "2.10" || len(s.Gate) != 4 {
		t.Errorf("%+v", s)
	}
	if g := s.Gate[1]; g.AtMost != "2s" || g.Line != 6 {
		t.Errorf("%+v", g)
	}
	if !s.Gate[3].Better || *s.Gate[2].NotWorse != 0.03 {
		t.Errorf("%+v", s.Gate)
	}
	a, b := s.Cases[0], s.Cases[1]
	if a.ID != "7" || a.Line != 10 || a.Slice["lang"] != "no" || a.Slice["day"] != "2024-01-31" {
		t.Errorf("%+v", a)
	}
	if b.ID != "b" || b.Input != a.Input || !reflect.DeepEqual(b.Expected, map[string]any{"n": 16.0, "x": []any{0.5, nil, true}}) {
		t.Errorf("%+v", b)
	}
}

// TestRows: the same three rows in every syntax.
func TestRows(t *testing.T) {
	for path, text := range map[string]string{
		"r.json":  "[\n{\"id\":\"a\",\"text\":\"one\",\"intent\":\"x\",\"note\":\"n\"},\n{\"utterance\":\"zwei\",\"label\":\"y\",\"slice\":{\"lang\":\"de\"}},\n{\"query\":\"three\"}\n]\n",
		"r.jsonl": "{\"id\":\"a\",\"input\":\"one\",\"expected\":\"x\",\"note\":\"n\"}\r\n{\"input\":\"zwei\",\"answer\":\"y\",\"slice\":{\"lang\":\"de\"}}\n\n  \n{\"input\":\"three\",\"expected_output\":null}",
		"s.json":  "{\"id\":\"a\",\"input\":\"one\",\"expected\":\"x\",\"note\":\"n\"}\n{\"input\":\"zwei\",\"answer\":\"y\",\"slice\":{\"lang\":\"de\"}}\n{\"input\":\"three\"}\n",
		"r.csv":   "\xef\xbb\xbfid,text,label,slice:lang,note\r\na,one,x,,n\r\n,zwei,y,de,\r\n,three,,,\r\n",
		"e.csv":   "id;text;label;slice:lang;note\na;one;x;;n\n;\"zwei\";y;de;\n\n;three;;;\n",
		"r.tsv":   "id\ttext\tlabel\tslice:lang\tnote\na\tone\tx\t\tn\n\tzwei\ty\tde\t\n\tthree\t\t\t\n",
		"r.yml":   "- {id: a, input: one, expected: x, note: n}\n- input: zwei\n  intent: y\n  slice: {lang: de}\n- {input: three}\n",
	} {
		s := read(t, path, text, Options{})
		for i := range s.Cases {
			s.Cases[i].Line = 0
		}
		want := []Case{
			{ID: "a", Input: "one", Expected: "x", Weight: 1, Metadata: map[string]any{"note": "n"}},
			{ID: "c0002", Input: "zwei", Expected: "y", Weight: 1, Slice: map[string]string{"lang": "de"}},
			{ID: "c0003", Input: "three", Weight: 1},
		}
		if !reflect.DeepEqual(s.Cases, want) {
			t.Errorf("%s: got %+v", path, s.Cases)
		}
		if !reflect.DeepEqual(s.Labels, []string{"x", "y"}) || s.Name != strings.TrimSuffix(path, filepath.Ext(path)) {
			t.Errorf("%s: labels %v, name %q", path, s.Labels, s.Name)
		}
	}
}

func TestFormatsAndLines(t *testing.T) {
	for _, c := range []struct {
		path, text, format string
		lines              []int
	}{
		{"a.json", "[{\"input\":\"a\"},\n\n {\"input\":\n\"b\"}, {\"input\":\"c\"}]", "rows-json", []int{1, 3, 4}},
		{"a.json", "{\n\"input\":\"a\"}", "rows-json", []int{1}},
		{"a.json", "[[\"a\",\"b\"],\n[\"c\",\"d\"]]", "rows-json", []int{1, 2}},
		{"noext", "{\"input\":\"a\"}\n\n{\"input\":\"b\"}", "rows-jsonl", []int{1, 3}},
		{"a.ndjson", "\n[\"a\",\"b\"]\n[\"c\",\"d\"]", "rows-jsonl", []int{2, 3}},
		{"a.csv", "input,expected\n\"two\nlines\",x\n\nb,y\n", "rows-csv", []int{2, 5}},
		{"a.yaml", "# rows\n- [a, b]\n-\n  - c\n  - d\n", "rows-yaml", []int{2, 4}},
		{"a.json", "{\"test\":[[\"a\",\"b\"],\n[\"c\",\"d\"]]}", "clinc150", []int{1, 2}},
	} {
		s := read(t, c.path, c.text, Options{})
		var lines []int
		for _, x := range s.Cases {
			lines = append(lines, x.Line)
		}
		if s.Format != c.format || !reflect.DeepEqual(lines, c.lines) {
			t.Errorf("%s %q: %s, lines %v; want %s, %v", c.path, c.text, s.Format, lines, c.format, c.lines)
		}
	}
}

func TestCSVCells(t *testing.T) {
	s := read(t, "a.csv", `,question,gold,weight,context,vars,assert,slice,extra
0,what?,"yes, sir",0.5,one|two,"{""n"": 1}","[{""type"":""contains"",""value"":""y""}]",en,5
1,why?,,,"[""a|b""]",,,,
`, Options{Input: "question", Expected: "gold"})
	want := []Case{
		{ID: "c0001", Line: 2, Input: "what?", Expected: "yes, sir", Weight: 0.5, Context: []string{"one", "two"}, Vars: map[string]any{"n": 1.0},
			Assert: []Assertion{{Type: "contains", Value: json.RawMessage(`"y"`), Line: 2}}, Slice: map[string]string{"slice": "en"},
			Metadata: map[string]any{"column1": "0", "extra": "5"}},
		{ID: "c0002", Line: 3, Input: "why?", Weight: 1, Context: []string{"a|b"}, Metadata: map[string]any{"column1": "1"}},
	}
	if !reflect.DeepEqual(s.Cases, want) {
		t.Errorf("got  %+v\nwant %+v", s.Cases, want)
	}
}

func TestRowDetails(t *testing.T) {
	s := read(t, "a.json", `[
{"input": 5, "expected": 12345678901234567890, "text": "kept", "label": "kept"},
{"input": ["a", {"b": "\u00e9\n\ud83d\ude00 \ud83d"}], "expected": 100, "context": "one fact", "metadata": {"k": "v"}, "expcted": 1},
{"id": "c0004", "input": true, "expected": ""},
{"input": " x ", "expected": false, "metadata": "m", "messages": [], "assert": {"type": "regex", "value": null}}
]`, Options{})
	want := []Case{
		{ID: "c0001", Line: 2, Input: "5", Expected: json.Number("12345678901234567890"), Weight: 1, Metadata: map[string]any{"text": "kept", "label": "kept"}},
		{ID: "c0002", Line: 3, Input: `["a",{"b":"é\n😀 ` + "\ufffd" + `"}]`, Expected: 100.0, Weight: 1, Context: []string{"one fact"}, Metadata: map[string]any{"k": "v", "expcted": 1.0}},
		{ID: "c0004", Line: 4, Input: "true", Expected: "", Weight: 1},
		{ID: "c0004x", Line: 5, Input: " x ", Expected: false, Weight: 1, Metadata: map[string]any{"metadata": "m"},
			Assert: []Assertion{{Type: "regex", Value: json.RawMessage("null"), Line: 5}}},
	}
	if !reflect.DeepEqual(s.Cases, want) {
		t.Errorf("got  %+v\nwant %+v", s.Cases, want)
	}
}

func TestCLINC150(t *testing.T) {
	s := read(t, "data_full.json", `{"oos_train": [["no","oos"]], "train": [["no","no"]], "oos_test": [["what is love","oos"]],
"test": [["transfer ten dollars","transfer"], ["hi","greeting"]]}`, Options{})
	in, out := map[string]string{"scope": "in"}, map[string]string{"scope": "out"}
	want := []Case{
		{ID: "c0001", Line: 2, Input: "transfer ten dollars", Expected: "transfer", Weight: 1, Slice: in, Metadata: map[string]any{"split": "test"}},
		{ID: "c0002", Line: 2, Input: "hi", Expected: "greeting", Weight: 1, Slice: in, Metadata: map[string]any{"split": "test"}},
		{ID: "c0003", Line: 1, Input: "what is love", Expected: "oos", Weight: 1, Slice: out, Metadata: map[string]any{"split": "oos_test"}},
	}
	if !reflect.DeepEqual(s.Cases, want) || !reflect.DeepEqual(s.Labels, []string{"greeting", "oos", "transfer"}) {
		t.Errorf("got %+v, labels %v", s.Cases, s.Labels)
	}
	s = read(t, "v.json", `{"train": [["no","no"]], "oos_val": [["x","oos"]]}`, Options{})
	if len(s.Cases) != 1 || s.Cases[0].Metadata["split"] != "oos_val" {
		t.Errorf("without a test split: %+v", s.Cases)
	}
}

func TestReadFile(t *testing.T) {
	if _, err := ReadFile(filepath.Join(t.TempDir(), "a.json"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte(`[{"input":"a"}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := ReadFile(path, Options{})
	if err != nil || s.Path != path || s.Name != "a" {
		t.Errorf("%+v, %v", s, err)
	}
}

// FuzzRead: no input panics; a set is complete and sound, or there is an error
// that names the file.
func FuzzRead(f *testing.F) {
	f.Add("a.json", []byte(nativeJSON), "", "")
	f.Add("a.yaml", []byte(nativeYAML), "", "")
	f.Fuzz(func(t *testing.T, path string, data []byte, input, expected string) {
		sound(t, path, data, Options{Input: input, Expected: expected})
	})
}

// sound reads a file: a set is complete and sound, or there is an error that
// names the file.
func sound(t *testing.T, path string, data []byte, opt Options) {
	s, err := Read(path, data, opt)
	if err != nil {
		var e *config.Error
		if s != nil || !errors.As(err, &e) || e.File != path {
			t.Fatalf("set %v, error %v", s, err)
		}
		return
	}
	ids := map[string]bool{}
	for _, c := range s.Cases {
		if c.ID == "" || ids[c.ID] || strings.TrimSpace(c.Input) == "" || !(c.Weight > 0) || math.IsInf(c.Weight, 0) || c.Line < 1 {
			t.Fatalf("unsound case %+v", c)
		}
		ids[c.ID] = true
	}
	if len(s.Cases) == 0 || s.Format == "" {
		t.Fatalf("unsound set %+v", s)
	}
	if _, err := json.Marshal(s.Cases); err != nil {
		t.Fatal(err)
	}
}
