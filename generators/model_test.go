package generators

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func TestSplitModel(t *testing.T) {
	for ref, want := range map[string]string{
		"openai:gpt-5.4-mini": "openai|gpt-5.4-mini", "openai/gpt-5.4-mini": "openai|gpt-5.4-mini",
		"ollama:llama3.2:3b": "ollama|llama3.2:3b", "openrouter/meta-llama/x:free": "openrouter|meta-llama/x:free",
		"googleai/gemini-2.5-pro": "google|gemini-2.5-pro", "vertexai/gemini-2.5-pro": "vertex|gemini-2.5-pro", "gemini:gemini-2.5-pro": "google|gemini-2.5-pro",
		"process:./llm --flag": "process|./llm --flag", "azure_openai:d": "azure|d", "openai:a-model-of-tomorrow": "openai|a-model-of-tomorrow",
	} {
		kind, name, err := SplitModel(ref)
		if err != nil || kind+"|"+name != want {
			t.Errorf("%s: %s|%s, %v", ref, kind, name, err)
		}
	}
	for ref, want := range map[string]string{
		"opena:gpt-5": `did you mean "openai"`, "gpt-5": "PROVIDER:MODEL", "openai:": "no name", "": "PROVIDER:MODEL", ":x": "unknown provider",
		"wat:x": "known: openai, anthropic",
	} {
		if _, _, err := SplitModel(ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", ref, err, want)
		}
	}
}

// TestModelAddresses: where a call goes, with which key.
func TestModelAddresses(t *testing.T) {
	for _, c := range []struct {
		cfg                    ModelConfig
		env                    []string
		address, header, value string
	}{
		{ModelConfig{Ref: "openai:m"}, []string{"OPENAI_API_KEY", "k1"}, "https://api.openai.com/v1/chat/completions", "Authorization", "Bearer k1"},
		{ModelConfig{Ref: "openai:m"}, []string{"OPENAI_API_KEY", "k1", "OPENAI_BASE_URL", "http://proxy:1/v1/"}, "http://proxy:1/v1/chat/completions", "Authorization", "Bearer k1"},
		{ModelConfig{Ref: "openai:m", BaseURL: "http://localhost:1/v1"}, nil, "http://localhost:1/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "openai:m", APIKeyEnv: "MINE"}, []string{"OPENAI_API_KEY", "k1", "MINE", " k2\n"}, "https://api.openai.com/v1/chat/completions", "Authorization", "Bearer k2"},
		{ModelConfig{Ref: "ollama:m"}, nil, "http://127.0.0.1:11434/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "ollama:m"}, []string{"OLLAMA_HOST", "0.0.0.0"}, "http://127.0.0.1:11434/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "ollama:m"}, []string{"OLLAMA_HOST", "gpu-box:9999"}, "http://gpu-box:9999/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "vllm:m"}, nil, "http://127.0.0.1:8000/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "lmstudio:m"}, nil, "http://127.0.0.1:1234/v1/chat/completions", "Authorization", ""},
		{ModelConfig{Ref: "openrouter:a/b"}, []string{"OPENROUTER_API_KEY", "k"}, "https://openrouter.ai/api/v1/chat/completions", "Authorization", "Bearer k"},
		{ModelConfig{Ref: "azure:m", BaseURL: "https://x.openai.azure.com"}, []string{"AZURE_OPENAI_API_KEY", "k"}, "https://x.openai.azure.com/openai/v1/chat/completions", "Api-Key", "k"},
		{ModelConfig{Ref: "azure:m", BaseURL: "https://x.openai.azure.com/openai/deployments/d?api-version=2025-01-01"}, []string{"AZURE_OPENAI_API_KEY", "k"},
			"https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-01-01", "Api-Key", "k"},
		{ModelConfig{Ref: "openai_compatible:m", BaseURL: "https://host/api", Headers: map[string]string{"X-Team": "red"}}, nil, "https://host/api/chat/completions", "X-Team", "red"},
		{ModelConfig{Ref: "anthropic:m"}, []string{"ANTHROPIC_API_KEY", "k"}, "https://api.anthropic.com/v1/messages", "X-Api-Key", "k"},
		{ModelConfig{Ref: "googleai/m", Stream: true}, []string{"GOOGLE_API_KEY", "k"}, "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse", "X-Goog-Api-Key", "k"},
		{ModelConfig{Ref: "google:m", BaseURL: "http://host/x?a=b", Stream: true}, []string{"GEMINI_API_KEY", "k"}, "http://host/x/v1beta/models/m:streamGenerateContent?a=b&alt=sse", "X-Goog-Api-Key", "k"},
	} {
		c.cfg.Getenv = environment(c.env...)
		m := newModel(t, c.cfg)
		if got := m.template.URL.String(); got != c.address || m.template.Header.Get(c.header) != c.value {
			t.Errorf("%+v: %s, %s %q", c.cfg, got, c.header, m.template.Header.Get(c.header))
		}
	}
}

func TestModelConfigErrors(t *testing.T) {
	for _, c := range []struct {
		cfg      ModelConfig
		env      []string
		want     string
		unusable bool
	}{
		{ModelConfig{Ref: "openai:m"}, nil, "OPENAI_API_KEY is not set", true},
		{ModelConfig{Ref: "google:m"}, nil, "GEMINI_API_KEY or GOOGLE_API_KEY", true},
		{ModelConfig{Ref: "openai:m"}, []string{"OPENAI_API_KEY", "secret key"}, "OPENAI_API_KEY holds characters", true},
		{ModelConfig{Ref: "ollama:m", BaseURL: "https://far.away/v1", APIKeyEnv: "K"}, nil, "environment variable K", true},
		{ModelConfig{Ref: "openai_compatible:m"}, nil, "needs base_url", false},
		{ModelConfig{Ref: "azure:m"}, nil, "NAME.openai.azure.com", false},
		{ModelConfig{Ref: "vllm:m", BaseURL: "localhost:8000"}, nil, "base_url", false},
		{ModelConfig{Ref: "openai:m"}, []string{"OPENAI_BASE_URL", "ftp://user:secret@x/?k=secret"}, "variable OPENAI_BASE_URL", false},
		{ModelConfig{Ref: "vllm:m", Headers: map[string]string{"X": "secret\n"}}, nil, "headers of model", false},
		{ModelConfig{Ref: "process:'./a"}, nil, "within a quotation", false},
		{ModelConfig{Ref: "process:./a", BaseURL: "http://x"}, nil, "no meaning", false},
	} {
		c.cfg.Getenv = environment(c.env...)
		_, err := NewModel(c.cfg)
		var un *pipeline.Unusable
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &un) != c.unusable || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want %q", c.cfg, err, c.want)
		}
	}
}

// TestModelDefaults: what a chat says comes before the model's defaults.
func TestModelDefaults(t *testing.T) {
	zero, one, seed := 0.0, 1.0, int64(3)
	s, last := recorder(t, `{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}`)
	m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: s.URL, Getenv: environment(), Defaults: pipeline.Config{
		Temperature: &one, Seed: &seed, MaxOutputTokens: 5, StopSequences: []string{"x"}, Extra: map[string]any{"a": 1, "b": 2}}})
	chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "hi"}}, Config: pipeline.Config{
		Temperature: &zero, Extra: map[string]any{"b": "<3>"}}}
	if _, err := m.Generate(t.Context(), pipeline.Request{Chat: chat}); err != nil {
		t.Fatal(err)
	}
	want := `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0,"max_tokens":5,"stop":["x"],"seed":3,"a":1,"b":"<3>"}`
	if _, body := last(); body != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
	if chat.Config.Seed != nil || len(chat.Config.Extra) != 1 {
		t.Errorf("the request was changed: %+v", chat.Config)
	}
}

// TestModelTimeout: a call's time begins with its sending.
func TestModelTimeout(t *testing.T) {
	s := stub(t, stubserver.Options{Fault: stubserver.Every(1, stubserver.Hang)})
	m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: s.URL() + "/v1", Timeout: 2 * time.Second, Getenv: environment()})
	a, err := m.Generate(t.Context(), pipeline.Request{Input: "a"})
	var tr *pipeline.Transient
	if !errors.As(err, &tr) || !tr.Ambiguous || !errors.Is(err, context.DeadlineExceeded) || a.Sends != 1 {
		t.Errorf("%v, Sends %d", err, a.Sends)
	}
}

// TestModelStreamOddities: servers that do not do as they are asked.
func TestModelStreamOddities(t *testing.T) {
	for name, fault := range map[string]stubserver.Fault{"no [DONE]": stubserver.NoDone, "none": stubserver.None} {
		s := stub(t, stubserver.Options{Fault: stubserver.Every(1, fault)})
		m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: s.URL() + "/v1", Stream: true, Getenv: environment()})
		if a, err := m.Generate(t.Context(), pipeline.Request{Input: "a b c"}); err != nil || a.Text != "a b c" || a.Usage.InputTokens != 3 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	whole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write([]byte(`{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}`))
	}))
	defer whole.Close()
	m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: whole.URL, Stream: true, Getenv: environment()})
	if a, err := m.Generate(t.Context(), pipeline.Request{Input: "a"}); err != nil || a.Text != "whole" {
		t.Errorf("a whole reply to the wish for a stream: %+v, %v", a, err)
	}
}

// TestModelJSON: JSON that was asked for comes as JSON, all else as it is.
func TestModelJSON(t *testing.T) {
	for text, want := range map[string]string{
		` {"a": 1} `: `{"a":1}`, `[1, 2]`: `[1,2]`, `"x"`: "", `not JSON`: "", `{"a":`: "", "```json\n{}\n```": "",
	} {
		s := stub(t, stubserver.Options{Answer: func(context.Context, string) (string, error) { return text, nil }})
		m := newModel(t, ModelConfig{Ref: "vllm:m", BaseURL: s.URL() + "/v1", Getenv: environment()})
		chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "as json"}}, JSON: true}
		a, err := m.Generate(t.Context(), pipeline.Request{Chat: chat})
		if err != nil || string(a.JSON) != want {
			t.Errorf("%s: %q, %s, %v", text, a.Text, a.JSON, err)
		}
	}
}

// TestProcessModel: a program is asked all that a provider is.
func TestProcessModel(t *testing.T) {
	t.Setenv("GENOPS_TEST_CHILD", "model")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "an llm")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	seed := int64(7)
	m := newModel(t, ModelConfig{Ref: "process:'" + link + "' --flag \"a b\"", Getenv: environment(),
		Defaults: pipeline.Config{Seed: &seed, Extra: map[string]any{"mirostat": 2}}})
	chat := &pipeline.Chat{
		Messages: []pipeline.Message{{Role: "user", Parts: []pipeline.Part{{Text: "what?"}, {Media: &pipeline.Media{URL: "https://x/a.png"}}}}},
		Tools:    []pipeline.Tool{{Name: "now"}}, Schema: json.RawMessage(`{"type":"object"}`),
	}
	a, err := m.Generate(t.Context(), pipeline.Request{ID: "c1#1", Input: "case", Chat: chat})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"args":["--flag","a b"],"config":{"mirostat":2,"seed":7},"id":"c1#1","input":"case","json":true,` +
		`"messages":[{"content":"","parts":[{"text":"what?"},{"media":{"url":"https://x/a.png"}}],"role":"user"}],` +
		`"schema":{"type":"object"},"tools":[{"name":"now"}]}`
	if string(a.JSON) != want {
		t.Errorf("the program saw\n%s\nwant\n%s", a.JSON, want)
	}
	if a.Model != "tiny-1" || a.FinishReason != "tool_calls" || len(a.ToolCalls) != 1 || string(a.ToolCalls[0].Args) != `{"x":1}` || !m.Reached() {
		t.Errorf("%+v, reached %v", a, m.Reached())
	}
}

// TestProcessModelConforms: to the suite of all generators; faults of a
// provider are none of a program's.
func TestProcessModelConforms(t *testing.T) {
	t.Setenv("GENOPS_TEST_CHILD", "conform")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pipelinetest.Generator(t, func(tb testing.TB) pipeline.Generator {
		return newModel(tb, ModelConfig{Ref: "process:" + exe, Getenv: environment()})
	})
}

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string]string{
		"a b  c": "a|b|c", `a 'b c' "d \" e"`: `a|b c|d " e`, `a\ b`: "a b", `a ''`: "a|", `'a\b'`: `a\b`, "a\tb\n": "a|b",
	} {
		got, err := splitCommand(line)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	for _, bad := range []string{"", "  ", "'a", `a\`, `"`, "''"} {
		if got, err := splitCommand(bad); err == nil {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

// TestRemedyOfAWrittenKey: a key that no variable holds is named by where it is.
func TestRemedyOfAWrittenKey(t *testing.T) {
	for from, want := range map[string]string{
		"":                             "it wants a key: name its environment variable in api_key_env",
		"OPENAI_API_KEY":               "check the key in environment variable OPENAI_API_KEY",
		"the key in the configuration": "check the key in the configuration",
	} {
		if got := modelRemedies("m", from)[denied].advice; got != want {
			t.Errorf("%q: %s, want %s", from, got, want)
		}
	}
}
