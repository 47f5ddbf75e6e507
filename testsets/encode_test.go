package testsets

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// again encodes a set and reads it back.
func again(t *testing.T, s *Set, format, path string) (*Set, []string) {
	t.Helper()
	data, lost, err := Encode(s, format)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(path, data, Options{})
	if err != nil {
		t.Fatalf("%s does not read back: %v\n%s", format, err, data)
	}
	return back, lost
}

// meaning is a set without what depends on its file.
func meaning(s *Set) Set {
	m := *s
	m.Path, m.Format, m.Digest, m.Notes = "", "", "", nil
	m.Cases = slices.Clone(s.Cases)
	for i := range m.Cases {
		c := &m.Cases[i]
		c.Line = 0
		c.Assert = slices.Clone(c.Assert)
		for j := range c.Assert {
			c.Assert[j].Line = 0
		}
		if len(c.Messages) == 0 {
			c.Messages = nil
		}
		if len(c.Metadata) == 0 {
			c.Metadata = nil
		}
	}
	m.Gate = slices.Clone(s.Gate)
	for i := range m.Gate {
		m.Gate[i].Line = 0
	}
	return m
}

// TestNativeLosesNothing: whatever is read and written as native is the same.
func TestNativeLosesNothing(t *testing.T) {
	sets := map[string]string{
		"n.json": nativeJSON, "n.yaml": nativeYAML, "g.json": goldensJSON, "c.json": conversationsJSON, "nlu.yml": rasaYAML,
		"h.jsonl": `{"input":"=x\r\n<&>","expected":12345678901234567890,"weight":0.1,"k":1e300,"u":"\u2028"}`,
	}
	for path, text := range sets {
		s := read(t, path, text, Options{})
		back, lost := again(t, s, "native", "x.json")
		if got, want := meaning(back), meaning(s); !reflect.DeepEqual(got, want) || len(lost) > 0 {
			t.Errorf("%s: lost %q\ngot  %+v\nwant %+v", path, lost, got, want)
		}
	}
}

func TestRowsKeepCases(t *testing.T) {
	s := read(t, "n.json", nativeJSON, Options{})
	for format, path := range map[string]string{"rows-json": "intents.json", "rows-jsonl": "intents.jsonl"} {
		back, lost := again(t, s, format, path)
		if !reflect.DeepEqual(meaning(back).Cases, meaning(s).Cases) || back.Format != format {
			t.Errorf("%s: %s %+v", format, back.Format, back.Cases)
		}
		want := []string{`the set's name "intents": rows are called like their file`, `the set's version "2"`, `the set's gate of 1 rule(s)`, `the set's 2 declared labels`}
		if !slices.Equal(lost, want) {
			t.Errorf("%s: lost %q", format, lost)
		}
	}
}

func TestCSVKeepsCases(t *testing.T) {
	s := read(t, "n.json", `{"cases": [
{"id": "a", "input": " two\nlines, \"quoted\"", "expected": "x", "slice": {"lang": "en"}, "cluster": "k", "weight": 2, "context": ["one", "t|wo"],
 "assert": [{"type": "contains", "value": "y"}], "vars": {"n": 1}, "messages": [{"role": "user", "content": "hi"}], "metadata": {"retrieval_context": ["r"], "n": 5}},
{"input": "-1.5", "context": ["p", "q"]}, {"input": "z", "context": ["[1]"]}]}`, Options{})
	back, lost := again(t, s, "rows-csv", "n.csv")
	if !reflect.DeepEqual(meaning(back).Cases, meaning(s).Cases) || len(lost) > 0 {
		t.Errorf("lost %q\ngot  %+v\nwant %+v", lost, meaning(back).Cases, meaning(s).Cases)
	}
}

// TestFormulaCells: no cell of a written CSV file begins like a formula.
func TestFormulaCells(t *testing.T) {
	s := read(t, "n.jsonl", `{"id":"@id","input":"=cmd|' /C calc'!A0","expected":"+1"}
{"input":"-3e5","expected":"\tx","slice":{"k":"-y"}}
{"input":"a\r\nb","expected":5}
{"input":"b","expected":""}`, Options{})
	data, lost, err := Encode(s, "rows-csv")
	if err != nil {
		t.Fatal(err)
	}
	want := "id,input,expected,slice:k\n'@id,'=cmd|' /C calc'!A0,+1,\nc0002,-3e5,'\tx,'-y\nc0003,\"a\r\nb\",5,\nc0004,b,,\n"
	if string(data) != want {
		t.Errorf("got %q\nwant %q", data, want)
	}
	wantLost := []string{
		"4 cases: a cell begins like a formula and was written with ' before it",
		"1 case: a line end of two characters in a text, which readers of CSV make one",
		"1 case: the expected value is not text and was written as the text of its JSON",
		"1 case: the empty expected text, which an empty cell is not",
	}
	if !slices.Equal(lost, wantLost) {
		t.Errorf("lost %q", lost)
	}
}

func TestDeepEvalRoundTrip(t *testing.T) {
	s := read(t, "g.json", goldensJSON, Options{})
	back, lost := again(t, s, "deepeval", "g.json")
	s.Cases[1].Metadata["name"] = nil // "twin" is metadata; the id is the golden's name now
	for i := range s.Cases {
		delete(s.Cases[i].Metadata, "name")
		delete(back.Cases[i].Metadata, "name")
	}
	if !reflect.DeepEqual(meaning(back).Cases, meaning(s).Cases) || len(lost) > 0 || back.Format != "deepeval" {
		t.Errorf("lost %q\ngot  %+v\nwant %+v", lost, meaning(back).Cases, meaning(s).Cases)
	}
	_, lost, err := Encode(read(t, "n.json", nativeJSON, Options{}), "deepeval")
	if want := "1 case: slices; 1 case: the cluster; 1 case: a weight other than 1; 1 case: assertions; 1 case: messages before the input; 1 case: variables"; err != nil || !strings.HasSuffix(strings.Join(lost, "; "), want) {
		t.Errorf("lost %q, %v", lost, err)
	}
}

func TestOpenAIRoundTrip(t *testing.T) {
	s := read(t, "e.jsonl", `{"input":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"ideal":"x"}
{"input":[{"role":"user","content":"v"}],"ideal":["a","b"]}`, Options{})
	back, lost := again(t, s, "openai-evals", "e.jsonl")
	if !reflect.DeepEqual(meaning(back), meaning(s)) || len(lost) > 0 {
		t.Errorf("lost %q\ngot  %+v\nwant %+v", lost, back, s)
	}
	_, lost, err := Encode(read(t, "n.json", nativeJSON, Options{}), "openai-evals")
	if err != nil || !slices.Contains(lost, "1 case: the id") || !slices.Contains(lost, "1 case: context") {
		t.Errorf("lost %q, %v", lost, err)
	}
}

func TestEncodeErrors(t *testing.T) {
	s := read(t, "n.json", nativeJSON, Options{})
	if _, _, err := Encode(s, "rows-cvs"); err == nil || err.Error() != `unknown format "rows-cvs"; did you mean "rows-csv"? known: native, rows-json, rows-jsonl, rows-csv, deepeval, openai-evals` {
		t.Error(err)
	}
	if _, err := EncodingFor(".txt"); err == nil || err.Error() != `no format is written to files that end in ".txt"; known endings: .json, .jsonl, .ndjson, .csv` {
		t.Error(err)
	}
}

// FuzzEncode: what can be read can be written as native, and is then the same.
func FuzzEncode(f *testing.F) {
	f.Add("a.json", []byte(nativeJSON))
	f.Add("a.yml", []byte(rasaYAML))
	f.Add("a.csv", []byte("input,expected,weight\n=a,+b,2\n"))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		s, err := Read(path, data, Options{})
		if err != nil || !utf8.ValidString(path) {
			return
		}
		back, lost := again(t, s, "native", "x.json")
		got, want := meaning(back), meaning(s)
		if a, b := mustJSON(t, got), mustJSON(t, want); a != b && s.Name != "" || // a file may have no name
			len(lost) > 0 {
			t.Fatalf("lost %q\ngot  %s\nwant %s", lost, a, b)
		}
		for _, format := range Encodings() {
			if _, _, err := Encode(s, format); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func mustJSON(t *testing.T, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
