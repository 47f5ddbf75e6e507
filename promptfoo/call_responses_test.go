package promptfoo

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// TestResponses: a provider openai:responses asks that API, with the keys that it
// has, and its items are the output.
func TestResponses(t *testing.T) {
	var heard map[string]any
	reply := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard = map[string]any{"path": r.URL.Path}
		json.Unmarshal(body, &heard)
		io.WriteString(w, `{"model":"m","status":"completed","usage":{"input_tokens":3,"output_tokens":4},"output":[`+reply+`]}`)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "promptfooconfig.yaml")
	config := `prompts: [hi]
providers:
  - id: openai:responses:gpt-5
    config:
      apiBaseUrl: ` + server.URL + `
      max_output_tokens: 50
      max_tokens: 7
      seed: 3
      instructions: be short
      reasoning: {effort: low, summary: auto}
      tools: [{type: function, name: f, parameters: {type: object}}, {type: web_search_preview}]
      response_format: {type: json_schema, json_schema: {name: out, strict: false, schema: {type: object}}}
`
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	p, problems := project.Load(t.Context(), file, project.Options{})
	if p == nil || len(p.Providers) != 1 {
		t.Fatal(problems)
	}
	c, err := newChat(&Runner{Project: p, Getenv: func(string) string { return "" }}, &p.Providers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	const call = `{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}","status":"completed"}`
	for _, one := range []struct {
		reply string
		want  any
	}{
		{`{"type":"reasoning","summary":[{"text":"so"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"yes"}]}`, "Reasoning: so\nyes"},
		{call + "," + strings.Replace(call, `"{\"a\":1}"`, `"{}"`, 1), call + "\n" + `{"type":"function_call","name":"f","status":"no_arguments_provided"}`},
		{`{"type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}},{"type":"message","content":[{"type":"output_text","text":"t"}]}`, "Web Search: \"q\"\nt"},
	} {
		reply = one.reply
		r, err := c.call(t.Context(), &ask{prompt: "hi", config: nil})
		if err != nil || r.Error != "" || r.Output != one.want || r.Tokens.Total != 7 {
			t.Errorf("%v: %+v\nwant %q", err, r, one.want)
		}
	}
	for key, want := range map[string]string{"path": `"/responses"`, "max_output_tokens": "50", "seed": "null", "temperature": "null", "max_tokens": "null",
		"input": `[{"content":"be short","role":"system"},{"content":"hi","role":"user"}]`, "reasoning": `{"effort":"low","summary":"auto"}`,
		"tools": `[{"name":"f","parameters":{"type":"object"},"type":"function"},{"type":"web_search_preview"}]`,
		"text":  `{"format":{"name":"out","schema":{"type":"object"},"strict":false,"type":"json_schema"}}`} {
		if got, _ := json.Marshal(heard[key]); string(got) != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
