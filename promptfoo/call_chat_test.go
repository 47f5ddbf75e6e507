package promptfoo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/prices"
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

// What a configuration says of a token's price goes before the list.
func TestConfiguredPrices(t *testing.T) {
	for config, want := range map[string]float64{
		`{}`: 3.5, `{"cost": 1e-6}`: 2, `{"inputCost": 1e-6}`: 3, `{"outputCost": 1e-6, "cost": 2e-6}`: 3,
	} {
		v, _ := jsvalue.Parse(config)
		p := &project.Provider{ID: "openai:gpt-3.5-turbo-instruct", Config: v.(*jsvalue.Object)}
		p.Call.Model.Ref = "openai:gpt-3.5-turbo-instruct"
		price, ok := priceOf(p, prices.Default())
		if got := price.Cost(1e6, 0, 0, 1e6); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, %v; want %v", config, got, ok, want)
		}
	}
	unknown := &project.Provider{ID: "openai:mine", Config: jsvalue.NewObject("inputCost", 1e-6)}
	unknown.Call.Model.Ref = "openai:mine"
	if _, ok := priceOf(unknown, prices.Default()); ok {
		t.Error("half a price is a price")
	}
	unknown.Config.Set("outputCost", 1e-6)
	if _, ok := priceOf(unknown, prices.Default()); !ok {
		t.Error("a whole price is none")
	}
}

// A prompt is known by its label, whatever its id; keys of a test that mean nothing
// stay in results.
func TestPromptIDsAndSpareKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "promptfooconfig.yaml")
	os.WriteFile(file, []byte("prompts:\n- {id: mine, raw: 'x {{a}}'}\n- {id: p2, raw: y, label: why}\nproviders: [echo]\ntests:\n- {vars: {a: 1}, name: n, ticket: {id: 7}}\n"), 0o644)
	p, _ := project.Load(t.Context(), file, project.Options{})
	for i, label := range []string{"x {{a}}", "why"} {
		sum := sha256.Sum256([]byte(label))
		if got := PromptID(&p.Prompts[i]); got != hex.EncodeToString(sum[:]) {
			t.Errorf("prompt %d: %s", i, got)
		}
	}
	if text, _ := jsvalue.Stringify(TestObject(&p.Tests[0]), ""); !strings.Contains(text, `"name":"n","ticket":{"id":7}`) {
		t.Error(text)
	}
}

// A choice of tools is written as each API has it.
func TestToolChoices(t *testing.T) {
	named := `{"type":"function","function":{"name":"f"}}`
	for _, c := range [][3]string{
		{"openai:m", `"required"`, `tool_choice "required"`}, {"openai:m", named, `tool_choice {"function":{"name":"f"},"type":"function"}`},
		{"anthropic:m", `"required"`, `tool_choice {"type":"any"}`}, {"anthropic:m", `"auto"`, `tool_choice {"type":"auto"}`}, {"anthropic:m", named, `tool_choice {"name":"f","type":"tool"}`},
		{"anthropic:m", `{"type":"tool","name":"g"}`, `tool_choice {"name":"g","type":"tool"}`},
		{"google:m", `"none"`, `toolConfig {"functionCallingConfig":{"mode":"NONE"}}`}, {"vertex:m", named, `toolConfig {"functionCallingConfig":{"allowedFunctionNames":["f"],"mode":"ANY"}}`},
		{"bedrock:m", `"auto"`, ` null`},
	} {
		var v any
		json.Unmarshal([]byte(c[1]), &v)
		key, choice := toolChoice(c[0], v)
		if text, _ := json.Marshal(choice); key+" "+string(text) != c[2] {
			t.Errorf("%s %s: %s %s", c[0], c[1], key, text)
		}
	}
}

// What a prompt's config says to other APIs is left out where an API has no such
// parameter.
func TestSteeringLeavesOutWhatAnAPILacks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "promptfooconfig.yaml")
	os.WriteFile(file, []byte("prompts: [x]\nproviders: ['anthropic:messages:claude-haiku-4-5', 'openai:gpt-4o']\n"), 0o644)
	p, _ := project.Load(t.Context(), file, project.Options{})
	for i, keeps := range []bool{false, true} {
		m, err := p.Steered(&p.Providers[i], jsvalue.NewObject("seed", 5.0, "temperature", 0.4, "presence_penalty", 1.0))
		if err != nil || (m.Seed != nil) != keeps || (m.PresencePenalty != nil) != keeps || m.Temperature == nil || *m.Temperature != 0.4 {
			t.Errorf("%s: %+v, %v", p.Providers[i].ID, m, err)
		}
	}
}
