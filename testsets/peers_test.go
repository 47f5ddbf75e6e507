package testsets

import (
	"reflect"
	"strings"
	"testing"
)

// peers are rows as other programs write them, and the case that they are.
var peers = []struct {
	path, text, format string
	want               Case
}{
	{"camel.json", `[{"input":"2+2?","actualOutput":"4","expectedOutput":"four","retrievalContext":["r"],"toolsCalled":[{"name":"calc","inputParameters":{"a":2}}],"additionalMetadata":{"lang":"en"},"sourceFile":"x"}]`, "deepeval",
		Case{Input: "2+2?", Expected: "four", Context: []string{"r"}, Metadata: obj{"actual_output": "4", "retrieval_context": []any{"r"}, "lang": "en", "source_file": "x",
			"tools_called": []any{obj{"name": "calc", "inputParameters": obj{"a": 2.0}}}}}},
	{"context.json", `[{"input":"q","expectedOutput":"a","context":["c"]}]`, "deepeval", Case{Input: "q", Expected: "a", Context: []string{"c"}}},
	{"items.json", `[{"input":"q","expectedOutput":"a"}]`, "langfuse", Case{Input: "q", Expected: "a"}},
	{"export.json", `{"goldens":[],"conversationalGoldens":[{"scenario":"s","expectedOutcome":"o","userDescription":"u"}]}`, "deepeval",
		Case{Input: "s", Cluster: "s", Simulate: &Persona{Persona: "u", Goal: "o", Scenario: "s", Optional: true},
			Metadata: obj{"scenario": "s", "expected_outcome": "o", "user_description": "u"}}},
	{"run.json", `{"testRunData":{"testCases":[{"name":"t","input":"q","actualOutput":"a","success":true}]}}`, "deepeval",
		Case{ID: "t", Input: "q", Metadata: obj{"actual_output": "a", "success": true}}},
	{"ragas.jsonl", `{"user_input":"q","retrieved_contexts":["r"],"response":"a","reference":"e","reference_contexts":["c"]}`, "ragas",
		Case{Input: "q", Expected: "e", Context: []string{"c"}, Metadata: obj{"actual_output": "a", "retrieval_context": []any{"r"}}}},
	{"old.csv", "question,answer,contexts,ground_truth\nq,a,\"[\"\"r\"\"]\",e\n", "ragas",
		Case{Input: "q", Expected: "e", Context: []string{"r"}, Metadata: obj{"actual_output": "a", "retrieval_context": []any{"r"}}}},
	{"turns.json", `[{"user_input":[{"content":"hi","type":"human"},{"content":"yo","type":"ai"},{"content":"bye","type":"human"}],"reference":"ends"}]`, "ragas",
		Case{Input: "bye", Messages: []Message{{"user", "hi"}, {"assistant", "yo"}}, Replay: ReplayOwn, Metadata: obj{"expected_outcome": "ends"}}},
	{"langsmith.jsonl", `{"id":"1","dataset_id":"d","inputs":{"question":"q"},"outputs":{"answer":"e"}}`, "langsmith",
		Case{ID: "1", Input: "q", Vars: obj{"question": "q"}, Expected: "e", Metadata: obj{"dataset_id": "d"}}},
	{"chat.json", `[{"source_run_id":null,"inputs":{"messages":[{"role":"user","content":"q"}]},"outputs":{"output":{"role":"assistant","content":"e"},"n":1}}]`, "langsmith",
		Case{Input: "q", Expected: "e", Metadata: obj{"outputs": obj{"output": obj{"role": "assistant", "content": "e"}, "n": 1.0}}}},
	{"train.jsonl", `{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"e"}]}`, "openai-chat",
		Case{Input: "q", Messages: []Message{{"system", "s"}}, Expected: "e"}},
	{"calls.jsonl", `{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}],"tools":[]}`, "openai-chat",
		Case{Input: "q", Metadata: obj{"tools": []any{}, "expected_tools": []any{obj{"name": "f", "input_parameters": obj{"a": 1.0}}}}}},
	{"item.jsonl", `{"item":{"input":"q","expected":"e"}}`, "rows-jsonl", Case{Input: "q", Expected: "e"}},
}

func TestPeers(t *testing.T) {
	for _, p := range peers {
		s := read(t, p.path, p.text, Options{})
		if s.Format != p.format || len(s.Cases) != 1 {
			t.Errorf("%s: %s, %d cases", p.path, s.Format, len(s.Cases))
			continue
		}
		got := s.Cases[0]
		if p.want.ID == "" {
			p.want.ID = "c0001"
		}
		p.want.Weight, p.want.Line = 1, got.Line
		if !reflect.DeepEqual(got, p.want) {
			t.Errorf("%s:\ngot  %#v\nwant %#v", p.path, got, p.want)
		}
	}
}

// What may have been meant otherwise is said.
func TestPeersNotes(t *testing.T) {
	for text, want := range map[string]string{
		`[{"input":"a","retreival_context":["c"],"context":["x"],"actual_output":"y"}]`: `did you mean "retrieval_context"?`,
		`[{"inputs":{"q":"a"},"outputs":{"answer":"b"}}]`:                               "--format langsmith",
	} {
		s := read(t, "g.json", text, Options{})
		if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], want) {
			t.Errorf("%s: %q", text, s.Notes)
		}
	}
}
