package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "promptfooconfig.yaml")
}

func TestTranslate(t *testing.T) {
	for provider, want := range map[string]string{
		"openai:gpt-4o-mini":                                      "chat chat openai:gpt-4o-mini",
		"openai:chat:gpt-4o":                                      "chat chat openai:gpt-4o",
		"openai:chat:ft:gpt-4o:me::abc":                           "chat chat openai:ft:gpt-4o:me::abc",
		"openai:responses:gpt-5.4":                                "chat responses openai_responses:gpt-5.4",
		"openai:embedding:text-embedding-3-large":                 "embed embedding openai:text-embedding-3-large",
		"openai:moderation:omni-moderation-latest":                "moderate moderation openai:omni-moderation-latest",
		"anthropic:messages:claude-sonnet-4-5":                    "chat messages anthropic:claude-sonnet-4-5",
		"anthropic:claude-sonnet-4-5":                             "chat messages anthropic:claude-sonnet-4-5",
		"google:gemini-2.5-flash":                                 "chat chat google:gemini-2.5-flash",
		"ollama:chat:llama3.1:8b":                                 "chat chat ollama:llama3.1:8b",
		"ollama:llama3.1:8b":                                      "chat completion ollama:llama3.1:8b",
		"ollama:embeddings:nomic":                                 "embed embeddings ollama:nomic",
		"openrouter:meta/llama-3":                                 "chat chat openrouter:meta/llama-3",
		"groq:llama-3.3-70b":                                      "chat chat openai_compatible:llama-3.3-70b https://api.groq.com/openai/v1 GROQ_API_KEY",
		"azure:chat:my-deployment":                                "chat chat azure:my-deployment",
		"mistral:mistral-small":                                   "chat chat openai_compatible:mistral-small https://api.mistral.ai/v1 MISTRAL_API_KEY",
		"echo":                                                    "echo",
		"exec: python3 my.py --x":                                 "exec python3 my.py --x",
		"{id: 'https://example.test/api', config: {method: GET}}": "http https://example.test/api",
		"file://p.mjs":                                            "script p.mjs/",
		"file://p.js:other":                                       "script p.js/other",
		"python:p.py":                                             "python p.py/call_api",
		"file://p.py:mine":                                        "python p.py/mine",
		"ruby:p.rb":                                               "ruby p.rb/call_api",
		"file://p.rb:mine":                                        "ruby p.rb/mine",
		"vertex:gemini-2.5-pro":                                   "chat chat vertex:gemini-2.5-pro https://aiplatform.googleapis.com/v1",
		"{id: 'vertex:chat:gemini-2.5-flash', config: {projectId: p, region: europe-west1}}": "chat chat vertex:gemini-2.5-flash https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1",
		"bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0":                               "chat converse bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0 https://bedrock-runtime.us-east-1.amazonaws.com",
		"{id: 'bedrock:converse:amazon.nova-lite-v1:0', config: {region: eu-west-1}}":        "chat converse bedrock:amazon.nova-lite-v1:0 https://bedrock-runtime.eu-west-1.amazonaws.com",
		"{id: 'openai:x', config: {apiBaseUrl: 'http://127.0.0.1:9/v1', apiKeyEnvar: K}}":    "chat chat openai_compatible:x http://127.0.0.1:9/v1 K",
		"{id: 'openai:x', config: {apiKey: '{{env.MINE}}'}}":                                 "chat chat openai:x MINE",
		"{id: 'openai:x', config: {apiKey: '{{ env.ABSENT }}'}}":                             "chat chat openai:x ABSENT",
		"{id: 'openai:chat', config: {model: m}}":                                            "chat chat openai:m",
		"{id: 'openai:chat:', config: {model: m}}":                                           "chat chat openai:m",
	} {
		if !strings.HasPrefix(provider, "{") {
			provider = fmt.Sprintf("%q", provider)
		}
		file := write(t, map[string]string{"promptfooconfig.yaml": "prompts: [x]\nproviders: [" + provider + "]\n", "p.mjs": "", "p.js": "", "p.py": "", "p.rb": ""})
		p, problems := Load(t.Context(), file, Options{Environ: map[string]string{"MINE": "s3cret"}})
		for _, x := range problems {
			if x.Key != "env.ABSENT" {
				t.Errorf("%s: %v", provider, x)
			}
		}
		if len(p.Providers) != 1 {
			continue
		}
		if got := describeCall(p.Providers[0].Call); got != want {
			t.Errorf("%s: %s, want %s", provider, got, want)
		}
	}
}

func TestRefusedProviders(t *testing.T) {
	for _, id := range []string{"anthropic:claude-agent-sdk", "openai:codex-sdk", "openai:assistant:asst_1", "openai:realtime:x", "vertex:claude-sonnet-4@20250514", "vertex:text-embedding-005", "vertex:chat:claude-3", "bedrock-agent:x", "bedrock:kb:x", "bedrock:amazon.titan-embed-text-v2:0", "bedrock:amazon.nova-sonic-v1:0", "openai:", "nonesuch", "exec:", "file://x.go", "mcp", "golang:x.go"} {
		file := write(t, map[string]string{"promptfooconfig.yaml": fmt.Sprintf("prompts: [x]\nproviders: [%q]\n", id)})
		p, problems := Load(t.Context(), file, Options{})
		if len(problems) != 1 || !problems[0].Fatal || problems[0].Line != 2 || !strings.Contains(problems[0].Message, "provider") && !strings.Contains(problems[0].Message, "exec:") {
			t.Errorf("%s: %v", id, problems)
		}
		if p.Providers[0].Call.Kind != "" {
			t.Errorf("%s became %+v", id, p.Providers[0].Call)
		}
	}
}

func describeCall(c Call) string {
	switch c.Kind {
	case CallChat, CallEmbed, CallModerate:
		return strings.Join(strings.Fields(strings.Join([]string{c.Kind, c.Model.API, c.Model.Ref, c.Model.BaseURL, c.Model.APIKeyEnv}, " ")), " ")
	case CallExec:
		return c.Kind + " " + c.Exec
	case CallHTTP:
		return c.Kind + " " + c.HTTP.URL
	case CallScript, CallPython, CallRuby:
		return c.Kind + " " + filepath.Base(c.Code.Path) + "/" + c.Code.Function
	}
	return c.Kind
}

func TestModelParameters(t *testing.T) {
	file := write(t, map[string]string{
		"promptfooconfig.yaml": `
prompts: [x]
providers:
  - id: openai:chat:gpt-4o
    label: judge
    delay: 250
    transform: output.trim()
    env: {OPENAI_API_KEY: k}
    config:
      temperature: 0
      max_tokens: 64
      seed: 7
      stop: [END]
      apiKey: sk-very-secret
      response_format: file://format.json
      tools: file://tools.yaml
      tool_choice: auto
      headers: {X-A: b}
      passthrough: {custom: 1}
  - {id: 'anthropic:messages:claude-sonnet-5', config: {output_format: file://format.json}}
`,
		"format.json": `{"type": "json_schema", "json_schema": {"name": "n"}}`,
		"tools.yaml":  "- type: function\n  function: {name: f, parameters: {type: object}}\n",
	})
	p, problems := Load(t.Context(), file, Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := p.Providers[0]
	m := got.Call.Model
	if *m.Temperature != 0 || m.MaxTokens != 64 || *m.Seed != 7 || len(m.Stop) != 1 || m.Headers["X-A"] != "b" || m.ToolChoice != "auto" || len(m.Tools) != 1 || got.DelayMS != 250 || got.Env["OPENAI_API_KEY"] != "k" {
		t.Errorf("got %+v", m)
	}
	for _, p := range p.Providers {
		if f, ok := p.Call.Model.Format.(map[string]any); !ok || f["type"] != "json_schema" {
			t.Errorf("%s: format %v", p.ID, p.Call.Model.Format)
		}
	}
	if got.Transform.Kind != "expression" || got.Transform.Source != "output.trim()" {
		t.Errorf("transform %+v", got.Transform)
	}
	if string(m.APIKey) != "sk-very-secret" {
		t.Error("the key is lost")
	}
	public, _ := Public(got.Config).MarshalJSON()
	raw, _ := p.Raw.MarshalJSON()
	for name, text := range map[string]string{"%v": fmt.Sprintf("%v %+v %#v", m, m.APIKey, m.APIKey), "public": string(public), "raw": string(raw)} {
		if strings.Contains(text, "very-secret") {
			t.Errorf("%s shows the key: %s", name, text)
		}
	}
}

func TestHTTPProvider(t *testing.T) {
	file := write(t, map[string]string{"promptfooconfig.yaml": `
prompts: ["{{q}}"]
providers:
  - id: https
    config:
      url: http://127.0.0.1:1/x/{{q}}
      method: put
      headers: {Authorization: 'Bearer {{env.T}}'}
      body: {a: ['{{prompt}}']}
      transformResponse: |
        json.answer
      transformRequest: 'const a = prompt; return a;'
      validateStatus: status < 500
`})
	p, problems := Load(t.Context(), file, Options{Environ: map[string]string{"T": "tok"}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	h := p.Providers[0].Call.HTTP
	body, _ := compactText(h.Body)
	if h.Method != "put" || h.URL != "http://127.0.0.1:1/x/{{q}}" || body != `{"a":["{{prompt}}"]}` || h.TransformResponse.Source != "(json.answer)" || h.TransformRequest.Kind != "function-body" {
		t.Errorf("got %+v", h)
	}
	if v := field(h.Headers, "Authorization"); v != "Bearer tok" {
		t.Errorf("header %v", v)
	}
}
