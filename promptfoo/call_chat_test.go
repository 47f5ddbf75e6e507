package promptfoo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// A prompt's config and a test's options go to the model over the provider's own
// config, key by key, and what is settled for a model is settled after that.
func TestPromptsAndTestsSteerModels(t *testing.T) {
	var sent map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = nil
		json.NewDecoder(r.Body).Decode(&sent)
		w.Write([]byte(`{"choices":[{"message":{"role":"assistant","content":"{}"},"finish_reason":"stop"}]}`))
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "promptfooconfig.yaml")
	os.WriteFile(file, []byte(`
prompts:
- {raw: "Hi {{x}}", label: a, config: {temperature: 0.2, seed: 5, stop: [END], tools: [{type: function, function: {name: f}}], tool_choice: auto}}
providers:
- {id: openai:chat:gpt-4o, config: {apiKey: k, apiBaseUrl: "`+server.URL+`/v1", temperature: 0.7, max_tokens: 55, stop: [X, Y], response_format: {type: json_object}}}
- {id: openai:chat:o3-mini, config: {apiKey: k, apiBaseUrl: "`+server.URL+`/v1"}}
tests:
- vars: {x: 1}
- {vars: {x: 2}, options: {temperature: 0.9, max_tokens: 7, response_format: {type: text}, tools: [], prefix: "p "}}
`), 0o644)
	p, problems := project.Load(t.Context(), file, project.Options{})
	for _, one := range problems {
		t.Fatal(one)
	}
	r, err := New(&Runner{Project: p, Rows: slices.Collect(p.Rows(1)), Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, want := range []map[string]any{
		{"temperature": 0.2, "max_tokens": 55.0, "seed": 5.0, "stop": []any{"END"}, "tool_choice": "auto", "response_format": map[string]any{"type": "json_object"}},
		{"temperature": nil, "max_tokens": nil, "seed": 5.0, "stop": []any{"END"}, "tool_choice": "auto", "response_format": nil},
		{"temperature": 0.9, "max_tokens": 7.0, "seed": 5.0, "stop": []any{"END"}, "tools": nil, "prefix": nil, "response_format": nil},
		{"temperature": nil, "max_tokens": nil},
	} {
		if rec, err := r.row(t.Context(), i); err != nil || rec.failure == failureError {
			t.Fatalf("row %d: %v, %+v", i, err, rec)
		}
		for key, value := range want {
			if !reflect.DeepEqual(sent[key], value) {
				t.Errorf("row %d: %s is %v, want %v", i, key, sent[key], value)
			}
		}
		if messages, _ := sent["messages"].([]any); len(messages) != 1 {
			t.Errorf("row %d: messages %v", i, messages)
		}
	}
}
