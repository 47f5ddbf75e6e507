package testsets

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// same compares cases and reports the first that differs.
func same(t *testing.T, name string, got, want []Case) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d cases, want %d: %+v", name, len(got), len(want), got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s, case %d:\ngot  %#v\nwant %#v", name, i+1, got[i], want[i])
		}
	}
}

// obj is an object as encoding/json decodes it.
type obj = map[string]any

const goldensJSON = `[
{"input": "refund?", "actual_output": null, "expected_output": "30 days", "context": ["a", "b|c"], "retrieval_context": ["r"],
 "name": "first", "comments": null, "source_file": "faq.md", "tools_called": [{"name": "search", "inputParameters": {"q": "x"}}], "expected_tools": [],
 "additional_metadata": {"team": "billing", "source_file": "other"}, "custom_column_key_values": {"difficulty": "2"}},
{"input": "hours?", "actual_output": "9 to 5", "expected_output": null, "context": null, "retrieval_context": ["x", "y"], "name": "twin"},
{"input": "where?", "name": "twin", "context": "one|text"}
]`

const goldensCSV = "\xef\xbb\xbfquestion,expected_output,context,retrieval_context,tools_called,additional_metadata,difficulty\r\n" +
	"refund?,30 days,a|b,r,\"[{\"\"name\"\": \"\"search\"\"}]\",\"{\"\"team\"\": \"\"billing\"\"}\",2\r\n" +
	"hours?,,,x|y,,,\r\n"

const conversationsJSON = `[
{"scenario": "wants money back", "turns": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "refund"}],
 "expected_outcome": "gets it", "user_description": "angry", "context": ["30 days"], "name": "a", "comments": null},
{"scenario": "wants money back", "turns": "[{\"role\":\"user\",\"content\":\"now\"},{\"role\":\"assistant\",\"content\":\"no\"}]", "expected_outcome": "gets it"},
{"scenario": "small talk", "expected_outcome": "ends", "turns": []}
]`

func TestDeepEval(t *testing.T) {
	s := read(t, ".dataset.json", goldensJSON, Options{})
	same(t, "json", s.Cases, []Case{
		{ID: "first", Line: 2, Input: "refund?", Expected: "30 days", Context: []string{"a", "b|c"}, Weight: 1, Metadata: obj{
			"retrieval_context": []any{"r"}, "source_file": "faq.md", "source_file_": "other", "team": "billing", "difficulty": "2",
			"tools_called": []any{obj{"name": "search", "inputParameters": obj{"q": "x"}}}, "expected_tools": []any{}}},
		{ID: "c0002", Line: 5, Input: "hours?", Context: []string{"x", "y"}, Weight: 1,
			Metadata: obj{"retrieval_context": []any{"x", "y"}, "actual_output": "9 to 5", "name": "twin"}},
		{ID: "c0003", Line: 6, Input: "where?", Context: []string{"one|text"}, Weight: 1, Metadata: obj{"name": "twin"}},
	})
	if s.Format != "deepeval" {
		t.Error(s.Format)
	}
	s = read(t, "g.csv", goldensCSV, Options{Input: "question"})
	same(t, "csv", s.Cases, []Case{
		{ID: "c0001", Line: 2, Input: "refund?", Expected: "30 days", Context: []string{"a", "b"}, Weight: 1, Metadata: obj{
			"retrieval_context": []any{"r"}, "tools_called": []any{obj{"name": "search"}}, "team": "billing", "difficulty": "2"}},
		{ID: "c0002", Line: 3, Input: "hours?", Context: []string{"x", "y"}, Weight: 1, Metadata: obj{"retrieval_context": []any{"x", "y"}}},
	})
	s = read(t, "g.jsonl", `{"input":"a","retrieval_context":"x|y","context":["z|z"]}`+"\n\n"+`{"input":"b","retrieval_context":null}`, Options{})
	same(t, "jsonl", s.Cases, []Case{
		{ID: "c0001", Line: 1, Input: "a", Context: []string{"z|z"}, Weight: 1, Metadata: obj{"retrieval_context": []any{"x", "y"}}},
		{ID: "c0002", Line: 3, Input: "b", Weight: 1},
	})
}

// Goldens without a name of their own are known by what they hold, and a list
// of them may lie in an object.
func TestDeepEvalRecognised(t *testing.T) {
	plain := `{"input":"a","expected_output":"b","context":"x|y"}`
	s := read(t, "g.jsonl", plain, Options{})
	same(t, "jsonl", s.Cases, []Case{{ID: "c0001", Line: 1, Input: "a", Expected: "b", Context: []string{"x", "y"}, Weight: 1}})
	for path, text := range map[string]string{"g.json": `{"goldens":[{"input":"a","comments":"c"}]}`, "g.yaml": "goldens:\n  - {input: a, comments: c}\n"} {
		s = read(t, path, text, Options{})
		if s.Format != "deepeval" || len(s.Cases) != 1 || s.Cases[0].Input != "a" || s.Cases[0].Metadata["comments"] != "c" {
			t.Errorf("%s: %+v", path, s)
		}
	}
	s = read(t, "g.json", `{"goldens":[{"scenario":"wants out","expected_outcome":"is out"}]}`, Options{})
	if len(s.Cases) != 1 || s.Cases[0].Simulate == nil {
		t.Errorf("%+v", s.Cases)
	}
}

func TestDeepEvalConversations(t *testing.T) {
	s := read(t, "c.json", conversationsJSON, Options{})
	same(t, "json", s.Cases, []Case{
		{ID: "a", Line: 2, Input: "refund", Messages: []Message{{"user", "hi"}, {"assistant", "hello"}}, Replay: ReplayOwn, Context: []string{"30 days"}, Cluster: "wants money back", Weight: 1,
			Metadata: obj{"scenario": "wants money back", "expected_outcome": "gets it", "user_description": "angry"}},
		{ID: "c0002", Line: 4, Input: "now", Cluster: "wants money back", Weight: 1, Metadata: obj{"scenario": "wants money back", "expected_outcome": "gets it",
			"turns": []any{obj{"role": "user", "content": "now"}, obj{"role": "assistant", "content": "no"}}}},
		{ID: "c0003", Line: 5, Input: "small talk", Cluster: "small talk", Weight: 1, Simulate: &Persona{Goal: "ends", Scenario: "small talk", Optional: true}, Metadata: obj{"scenario": "small talk", "expected_outcome": "ends"}},
	})
	// A scenario beside an utterance is a column of a set of intents.
	if s := read(t, "m.jsonl", `{"text":"wake me","intent":"alarm_set","scenario":"alarm"}`, Options{}); s.Format != "rows-jsonl" || s.Cases[0].Expected != "alarm_set" {
		t.Errorf("%+v", s)
	}
}

const rasaYAML = `version: "3.1"
nlu:
- intent: book
  examples: |
    - fly from [Berlin](city) to [São Paulo]{"entity": "city", "role": "to", "value": "GRU"}
    - an [array] and [x](y:z) end

- synonym: GRU
  examples: |
    - gru
- intent: faq/hours
  examples:
  - text: |
      - when do you open
    metadata:
      sentiment: neutral
  - 'closed [today][{"entity": "day"}, {"entity": "date"}]?'
rules: []
`

func TestRasa(t *testing.T) {
	s := read(t, "nlu.yml", rasaYAML, Options{})
	entity := func(e, v string, start, end float64) obj {
		return obj{"entity": e, "value": v, "start": start, "end": end}
	}
	to := entity("city", "GRU", 19, 28)
	to["role"] = "to"
	same(t, "yaml", s.Cases, []Case{
		{ID: "c0001", Line: 5, Input: "fly from Berlin to São Paulo", Expected: "book", Weight: 1, Metadata: obj{"entities": []any{entity("city", "Berlin", 9, 15), to}}},
		{ID: "c0002", Line: 6, Input: "an [array] and x end", Expected: "book", Weight: 1, Metadata: obj{"entities": []any{entity("y", "z", 15, 16)}}},
		{ID: "c0003", Line: 13, Input: "when do you open", Expected: "faq/hours", Weight: 1, Metadata: obj{"metadata": obj{"sentiment": "neutral"}}},
		{ID: "c0004", Line: 17, Input: "closed today?", Expected: "faq/hours", Weight: 1, Metadata: obj{"entities": []any{entity("day", "today", 7, 12), entity("date", "today", 7, 12)}}},
	})
	notes := []string{"1 synonym entries were left out", `the part "rules" holds no examples of intents and was left out`}
	if s.Format != "rasa" || !slices.Equal(s.Notes, notes) || !slices.Equal(s.Labels, []string{"book", "faq/hours"}) {
		t.Errorf("%s, notes %q, labels %v", s.Format, s.Notes, s.Labels)
	}
	s = read(t, "nlu.json", `{"rasa_nlu_data": {"regex_features": [], "lookup_tables": [1], "common_examples": [
{"text": "hi [there]", "intent": "greet", "entities": []},
{"text": "bye", "intent": "leave", "entities": [{"start": 0, "end": 3, "value": "bye", "entity": "word"}]}]}}`, Options{})
	same(t, "json", s.Cases, []Case{
		{ID: "c0001", Line: 2, Input: "hi [there]", Expected: "greet", Weight: 1, Metadata: obj{"entities": []any{}}},
		{ID: "c0002", Line: 3, Input: "bye", Expected: "leave", Weight: 1, Metadata: obj{"entities": []any{entity("word", "bye", 0, 3)}}},
	})
	if len(s.Notes) != 1 {
		t.Error(s.Notes)
	}
}

func TestOpenAIEvals(t *testing.T) {
	s := read(t, "e.jsonl", `{"input":[{"role":"system","content":"be brief"},{"role":"system","name":"example_user","content":"2+2"},{"role":"user","content":[{"type":"text","text":"3+3"}]}],"ideal":"6"}
{"input":"say yes","ideal":["yes","Yes!"],"id":"k"}
{"input":[{"role":"system","content":"7+7"}],"ideal":["14"]}
`, Options{})
	same(t, "jsonl", s.Cases, []Case{
		{ID: "c0001", Line: 1, Input: "3+3", Expected: "6", Weight: 1, Messages: []Message{{"system", "be brief"}, {"system", "2+2"}},
			Metadata: obj{"messages": []any{obj{"role": "system", "content": "be brief"}, obj{"role": "system", "name": "example_user", "content": "2+2"},
				obj{"role": "user", "content": []any{obj{"type": "text", "text": "3+3"}}}}}},
		{ID: "k", Line: 2, Input: "say yes", Weight: 1, Assert: []Assertion{{Type: "one-of", Value: json.RawMessage(`["yes","Yes!"]`), Line: 2}}},
		{ID: "c0003", Line: 3, Input: "7+7", Expected: "14", Weight: 1},
	})
	if s.Format != "openai-evals" {
		t.Error(s.Format)
	}
}

func TestMLflow(t *testing.T) {
	text := `[{"inputs": {"question": "what is MLflow?", "n": 3}, "expectations": {"expected_response": "a platform", "expected_facts": ["open source"]}, "tags": {"a": "b"}},
{"inputs": {"messages": [{"role": "user", "content": "hi"}], "lang": "en"}, "outputs": {"response": "hello"}, "dataset_record_id": "d1"},
{"inputs": {"anything": "one text"}, "expectations": {}},
{"inputs": {"a": "x", "b": 1}}]`
	s := read(t, "m.json", text, Options{})
	same(t, "json", s.Cases, []Case{
		{ID: "c0001", Line: 1, Input: "what is MLflow?", Vars: obj{"question": "what is MLflow?", "n": 3.0}, Expected: "a platform", Weight: 1,
			Metadata: obj{"expected_facts": []any{"open source"}, "tags": obj{"a": "b"}}},
		{ID: "d1", Line: 2, Input: "hi", Vars: obj{"lang": "en"}, Weight: 1, Metadata: obj{"actual_output": "hello"}},
		{ID: "c0003", Line: 3, Input: "one text", Vars: obj{"anything": "one text"}, Weight: 1},
		{ID: "c0004", Line: 4, Input: `{"a":"x","b":1}`, Vars: obj{"a": "x", "b": 1.0}, Weight: 1},
	})
	s = read(t, "m.csv", "inputs,expectations\n\"{\"\"q\"\": \"\"hi\"\", \"\"k\"\": 1}\",\"{\"\"intent\"\": \"\"greet\"\"}\"\n", Options{Input: "q", Expected: "intent"})
	if c := s.Cases[0]; s.Format != "mlflow" || c.Input != "hi" || c.Expected != "greet" {
		t.Errorf("%s %+v", s.Format, c)
	}
}

func TestLangfuse(t *testing.T) {
	items := `{"id": "i1", "status": "ACTIVE", "input": {"question": "where?", "lang": "en"}, "expectedOutput": "here", "metadata": {"k": 1}, "datasetId": "d"},
{"id": "i2", "status": "ARCHIVED", "input": "old", "expectedOutput": "old", "metadata": null},
{"id": "i3", "input": [{"role": "user", "content": "hi"}], "expectedOutput": {"answer": "x"}, "metadata": "text"}`
	want := []Case{
		{ID: "i1", Line: 1, Input: "where?", Vars: obj{"question": "where?", "lang": "en"}, Expected: "here", Weight: 1, Metadata: obj{"k": 1.0, "datasetId": "d"}},
		{ID: "i3", Line: 3, Input: "hi", Expected: obj{"answer": "x"}, Weight: 1, Metadata: obj{"metadata": "text"}},
	}
	for name, text := range map[string]string{"list": "[" + items + "]", "page": `{"data": [` + items + `], "meta": {"page": 1}}`, "set": `{"name": "d", "items": [` + items + "]}"} {
		s := read(t, "l.json", text, Options{})
		same(t, name, s.Cases, want)
		if s.Format != "langfuse" || !slices.Equal(s.Notes, []string{"1 archived item(s) were left out"}) {
			t.Errorf("%s: %s, %q", name, s.Format, s.Notes)
		}
	}
	s := read(t, "l.csv", "id,input,expected_output,source_trace_id,status\ni,\"\"\"where?\"\"\",\"{\"\"label\"\": \"\"x\"\", \"\"n\"\": 1}\",,ACTIVE\n", Options{Expected: "label"})
	same(t, "csv", s.Cases, []Case{{ID: "i", Line: 2, Input: "where?", Expected: "x", Weight: 1, Metadata: obj{"expected_output": obj{"label": "x", "n": 1.0}}}})
}

func TestInspect(t *testing.T) {
	s := read(t, "i.jsonl", `{"id": 7, "input": "Largest?", "choices": ["Mars", "Jupiter"], "target": "B", "metadata": {"d": 1}}
{"input": "Both?", "choices": ["x", "y", "z"], "target": ["c", "A"]}
{"input": [{"role": "system", "content": "s"}, {"role": "user", "content": "free"}], "target": ["a", "b"], "sandbox": "docker"}
{"input": "free", "target": "t"}`, Options{})
	same(t, "jsonl", s.Cases, []Case{
		{ID: "7", Line: 1, Input: "Largest?\n\nA) Mars\nB) Jupiter", Expected: "B", Vars: obj{"choices": []any{"Mars", "Jupiter"}}, Weight: 1, Metadata: obj{"d": 1.0}},
		{ID: "c0002", Line: 2, Input: "Both?\n\nA) x\nB) y\nC) z", Expected: "C,A", Vars: obj{"choices": []any{"x", "y", "z"}}, Weight: 1},
		{ID: "c0003", Line: 3, Input: "free", Messages: []Message{{"system", "s"}}, Weight: 1, Metadata: obj{"sandbox": "docker"},
			Assert: []Assertion{{Type: "one-of", Value: json.RawMessage(`["a","b"]`), Line: 3}}},
		{ID: "c0004", Line: 4, Input: "free", Expected: "t", Weight: 1},
	})
	if s.Format != "inspect" || letter(25) != "Z" || letter(26) != "1" {
		t.Errorf("%s %s %s", s.Format, letter(25), letter(26))
	}
	s = read(t, "i.csv", "input,target,choices\nWhich?,\"A, b\",\"[\"\"x\"\",\"\"y\"\"]\"\n", Options{})
	if c := s.Cases[0]; c.Expected != "A,B" || c.Input != "Which?\n\nA) x\nB) y" {
		t.Errorf("%+v", c)
	}
}

func TestLabelNames(t *testing.T) {
	names := Options{LabelNames: []string{"neg", "pos"}}
	for path, text := range map[string]string{
		"h.csv":   "text,label\nbad,0\ngood,1\nwho knows,-1\n",
		"h.jsonl": "{\"text\":\"bad\",\"label\":0}\n{\"text\":\"good\",\"label\":1}\n{\"text\":\"who knows\",\"label\":-1}\n",
	} {
		s := read(t, path, text, names)
		if s.Cases[0].Expected != "neg" || s.Cases[1].Expected != "pos" || s.Cases[2].Expected != nil || len(s.Notes) != 1 {
			t.Errorf("%s: %+v, notes %q", path, s.Cases, s.Notes)
		}
		if _, err := Read(path, []byte(strings.Replace(text, "-1", "7", 1)), names); err == nil || !strings.Contains(err.Error(), "is not the number of a label: 2 are named, 0 to 1") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestParquetRows(t *testing.T) {
	s, err := ReadFile("parquet/testdata/labels.parquet", Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "labels", s.Cases, []Case{
		{ID: "c0001", Line: 1, Input: "where is my parcel", Expected: "track_order", Weight: 1},
		{ID: "c0002", Line: 2, Input: "money back", Expected: "refund", Weight: 1},
		{ID: "c0003", Line: 3, Input: "sing", Expected: "oos", Weight: 1},
		{ID: "c0004", Line: 4, Input: "hidden", Weight: 1},
	})
	if s.Format != "rows-parquet" || !slices.Equal(s.Notes, []string{`the column "spans": it is nested; it was left out`}) {
		t.Errorf("%s, %q", s.Format, s.Notes)
	}
	s, err = ReadFile("parquet/testdata/same-polars-zstd.parquet", Options{})
	if err != nil || len(s.Cases) != 300 || s.Cases[7].ID != "7" || s.Cases[7].Expected != 1.0 || s.Cases[7].Metadata["day"] != "2024-01-08" {
		t.Errorf("%v %+v", err, s)
	}
}

func TestForcedFormat(t *testing.T) {
	s := read(t, "a.txt", "input,ideal\nx,y\n", Options{Format: "rows-csv"})
	if c := s.Cases[0]; s.Format != "rows-csv" || c.Input != "x" || c.Metadata["ideal"] != "y" {
		t.Errorf("%+v", s)
	}
	s = read(t, "a.json", `[{"input": "x", "expected_output": "y", "name": "n"}]`, Options{Format: "deepeval"})
	if s.Format != "deepeval" || s.Cases[0].ID != "n" {
		t.Errorf("%+v", s)
	}
	for _, f := range Formats() {
		_, err := Read("a.json", []byte(`[5]`), Options{Format: f})
		if err == nil || strings.Contains(err.Error(), "unknown format") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestHostileValues: what is huge or dangerous is read as the text it is.
func TestHostileValues(t *testing.T) {
	huge := strings.Repeat("é", 25<<20)
	s := read(t, "a.jsonl", `{"input":"`+huge+`","expected":"x"}`, Options{})
	if s.Cases[0].Input != huge {
		t.Error("50 MB are not what they were")
	}
	s = read(t, "a.csv", "input,expected\n=cmd|' /C calc'!A0,+1\n", Options{})
	if c := s.Cases[0]; c.Input != "=cmd|' /C calc'!A0" || c.Expected != "+1" {
		t.Errorf("%+v", c)
	}
}

// TestRecordedGoldens: the test cases of recorded runs of DeepEval, where they
// are at hand, are read whole and survive the way back.
func TestRecordedGoldens(t *testing.T) {
	data, err := os.ReadFile("../../shared/parity/deepeval.json")
	if err != nil {
		t.Skipf("no recorded data here: %v", err)
	}
	var records []struct {
		TestCase obj `json:"test_case"`
	}
	if err := json.Unmarshal(data, &records); err != nil || len(records) == 0 {
		t.Fatalf("%v, %d cases", err, len(records))
	}
	var goldens []obj
	for _, r := range records {
		if in, ok := r.TestCase["input"].(string); ok && strings.TrimSpace(in) != "" {
			goldens = append(goldens, r.TestCase)
		}
	}
	text, err := json.Marshal(goldens)
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, "g.json", string(text), Options{})
	back, _ := again(t, s, "deepeval", "g.json")
	if s.Format != "deepeval" || len(s.Cases) != len(goldens) || len(back.Cases) != len(goldens) {
		t.Fatalf("%s, %d and %d of %d", s.Format, len(s.Cases), len(back.Cases), len(goldens))
	}
	for i, g := range goldens {
		want, _ := g["expected_output"].(string)
		got, _ := s.Cases[i].Expected.(string)
		context, _ := g["context"].([]any)
		if s.Cases[i].Input != g["input"] || got != want || len(context) > 0 && len(s.Cases[i].Context) != len(context) {
			t.Errorf("%v became %+v", g, s.Cases[i])
		}
		if !reflect.DeepEqual(s.Cases[i].Metadata["actual_output"], g["actual_output"]) || back.Cases[i].Input != g["input"] || back.Cases[i].Expected != s.Cases[i].Expected {
			t.Errorf("%v became %+v", g, back.Cases[i])
		}
	}
}
