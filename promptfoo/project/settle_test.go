package project

import "testing"

// What promptfoo 0.121.20 sends where a configuration says nothing, and what it
// keeps from models that think.
func TestSettledParameters(t *testing.T) {
	file := write(t, map[string]string{"promptfooconfig.yaml": `
prompts: [x]
providers:
  - openai:gpt-4o
  - anthropic:messages:claude-sonnet-4-6
  - groq:llama-3.1-8b-instant
  - {id: openai:chat:o4-mini, config: {temperature: 0.3, max_tokens: 64, reasoning_effort: low}}
  - {id: openai:chat:gpt-5.4, config: {max_completion_tokens: 64}}
  - {id: openai:chat:gpt-4o, config: {max_completion_tokens: 64, reasoning_effort: low}}
  - {id: anthropic:messages:claude-sonnet-4-6, config: {temperature: 1, thinking: {type: enabled, budget_tokens: 1024}}}
  - {id: openai:gpt-4o, config: {omitDefaults: true}}
  - mistral:mistral-small-latest
  - google:gemini-2.5-flash
`})
	p, problems := Load(t.Context(), file, Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	const unset = -1
	for i, want := range []struct {
		temperature float64
		limit       int
		effort      string
	}{{0, 1024, ""}, {0, 1024, ""}, {0, 1024, ""}, {unset, 0, "low"}, {unset, 64, ""}, {0, 1024, ""}, {unset, 2048, ""}, {unset, 0, ""}, {unset, 0, ""}, {unset, 0, ""}} {
		m := p.Providers[i].Call.Model
		got := float64(unset)
		if m.Temperature != nil {
			got = *m.Temperature
		}
		if got != want.temperature || m.MaxTokens != want.limit || m.Reasoning != want.effort {
			t.Errorf("%d %s: temperature %v, %d tokens, effort %q; want %+v", i, p.Providers[i].ID, got, m.MaxTokens, m.Reasoning, want)
		}
	}
}

// Ids as they stand in promptfoo's results.
func TestReportedIDs(t *testing.T) {
	for id, want := range map[string]string{
		"openai:chat:gpt-4o": "openai:gpt-4o", "ollama:llama3": "ollama:completion:llama3", "ollama:llama3.1:8b": "ollama:completion:llama3.1:8b", "ollama:chat:llama3:8b": "ollama:chat:llama3:8b",
		"perplexity:sonar": "sonar", "togetherai:chat:m": "m", "azure:chat:d": "azure:d", "groq:m": "groq:m", "github:a/m": "a/m", "echo": "echo",
		"huggingface:chat:a/m": "huggingface:chat:a/m", "cometapi:m": "m", "litellm:chat:m": "litellm:m",
	} {
		if got := (&Provider{ID: id}).Reported(); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
		switch id {
		case "perplexity:sonar", "togetherai:chat:m", "litellm:chat:m": // the same whether with options or without
			continue
		}
		if got := (&Provider{ID: id, isObject: true}).Reported(); got != id {
			t.Errorf("%s as an object: %q", id, got)
		}
	}
}

// Addresses that stand in the configuration or the environment.
func TestFamilies(t *testing.T) {
	file := write(t, map[string]string{"promptfooconfig.yaml": `
prompts: [x]
providers:
  - {id: cloudflare-ai:chat:m, config: {accountId: acc}}
  - {id: databricks:m, config: {workspaceUrl: "https://w/"}}
  - {id: portkey:m, config: {portkeyVirtualKey: v, portkeyMetadata: {a: 1}}}
  - {id: huggingface:chat:org/m, config: {inferenceProvider: novita}}
  - docker:chat:ai/m
  - {id: "helicone:a/m", config: {router: r}}
defaultTest:
  options:
    provider: {config: {temperature: 0}}
`})
	p, problems := Load(t.Context(), file, Options{Environ: map[string]string{"DOCKER_MODEL_RUNNER_BASE_URL": "http://dmr:1/"}})
	if len(problems) != 1 || problems[0].Fatal { // a judge without an id is in nobody's way here
		t.Fatal(problems)
	}
	for i, want := range []string{"https://api.cloudflare.com/client/v4/accounts/acc/ai/v1", "https://w/serving-endpoints", "https://api.portkey.ai/v1",
		"https://router.huggingface.co/v1", "http://dmr:1/engines/v1", "http://localhost:8080/router/r"} {
		if got := p.Providers[i].Call.Model.BaseURL; got != want {
			t.Errorf("%s: %s, want %s", p.Providers[i].ID, got, want)
		}
	}
	if h := p.Providers[2].Call.Model.Headers; h["x-portkey-virtual-key"] != "v" || h["x-portkey-metadata"] != `{"a":1}` {
		t.Errorf("headers %v", h)
	}
	if ref := p.Providers[3].Call.Model.Ref; ref != "openai_compatible:org/m:novita" {
		t.Errorf("model %s", ref)
	}
}
