package project

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// onlyEnv is a text that is nothing but a variable of the environment.
var onlyEnv = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\{\{\s*env\.(\w+)\s*\}\}$`)
})

// silentKeys of a model's config have no meaning for a call, or are read by the runner.
var silentKeys = []string{"omitDefaults", "mcp", "basePath", "model", "modelName", "cost", "inputCost", "outputCost", "showThinking", "functionToolCallbacks", "apiVersion", "organization", "deploymentName", "api_version", "maxRetries", "cache", "stream"}

// modelKeys are the common keys of a model's config, for hints.
var modelKeys = []string{"temperature", "max_tokens", "max_completion_tokens", "maxTokens", "top_p", "topP", "top_k", "topK", "seed", "stop", "apiBaseUrl",
	"apiKey", "apiKeyEnvar", "headers", "response_format", "tools", "tool_choice", "passthrough", "frequency_penalty", "presence_penalty",
	"reasoning_effort", "systemPrompt", "instructions"}

// model reads the config of a chat model: each key has its place in ChatModel, of
// the rest there is a note.
func (l *loader) model(f family, name, api string, cfg *tree, key string) (m ChatModel) {
	m = ChatModel{Ref: f.kind + ":" + name, API: api, BaseURL: f.base, APIKeyEnv: f.keyEnv, Extra: &jsvalue.Object{}, Headers: map[string]string{}}
	if f.kind == "google" && l.env["GOOGLE_API_KEY"] != "" { // promptfoo takes it before GEMINI_API_KEY
		m.APIKeyEnv = "GOOGLE_API_KEY"
	}
	if u := l.envAddress(f.prefix); u != "" {
		(&modelReader{l, cfg, key, &m}).own(u)
	}
	defer func() { l.settle(f.prefix, name, &m, cfg) }()
	if cfg == nil {
		return m
	}
	r := modelReader{l, cfg, key + ".config", &m}
	if x := cfg.get("mcp"); x != nil && !off(x) {
		l.fail(x.Place, key+".config.mcp", "the model would answer without the tools of these MCP servers: they are not started here")
	}
	for _, k := range cfg.keys {
		x := cfg.get(k)
		if x != nil && unread(f.kind, k) {
			l.note(x.Place, r.path+"."+k, "the key %q means nothing to this provider's API, and is left out", k)
			continue
		}
		if x == nil || r.address(k, x) || r.parameter(k, x) || r.shape(k, x) {
			continue
		}
		l.note(x.Place, r.path+"."+k, "the key %q of a model's config is not read%s", k, config.Hint(k, modelKeys))
	}
	return m
}

// speaksResponses says that the model is reached by OpenAI's Responses API.
func (m *ChatModel) speaksResponses() bool { return strings.HasPrefix(m.Ref, "openai_responses:") }

// unread says that a kind of API has no such parameter: a prompt's config goes to
// every provider, and promptfoo sends each what it knows.
func unread(kind, key string) bool {
	if kind != "anthropic" && kind != "bedrock" {
		return false
	}
	return slices.Contains([]string{"seed", "frequency_penalty", "frequencyPenalty", "presence_penalty", "presencePenalty", "reasoning_effort", "reasoning", "logprobs", "top_logprobs",
		"n", "best_of", "logit_bias", "parallel_tool_calls", "verbosity", "repetition_penalty", "min_p"}, key)
}

// modelReader fills a ChatModel key by key.
type modelReader struct {
	l    *loader
	cfg  *tree
	path string
	m    *ChatModel
}

// address takes what says where the model is and how it is reached.
func (r *modelReader) address(k string, x *tree) bool {
	s, _ := x.text()
	switch k {
	case "apiBaseUrl", "baseURL", "baseUrl":
		r.own(s)
	case "apiEndpoint":
		if !strings.HasPrefix(r.m.Ref, "huggingface:") {
			return false
		}
		r.m.BaseURL = s
	case "apiHost":
		if r.vertex(k, x) {
			return true
		}
		r.own(hostAddress(s, strings.HasPrefix(r.m.Ref, "openai")))
	case "apiKeyEnvar":
		r.keyIn(s)
	case "apiKey":
		if m := onlyEnv().FindStringSubmatch(x.raw); m != nil {
			r.keyIn(m[1])
		} else if m := onlyEnv().FindStringSubmatch(s); m != nil { // not set
			r.keyIn(m[1])
		} else {
			r.m.APIKey = Secret(s)
		}
	case "headers":
		for name, v := range r.l.stringMap(x, r.path+".headers") {
			r.m.Headers[name] = v
		}
	case "extra_body": // of OpenAI's API promptfoo reads none
		if x.isObject() && strings.HasPrefix(r.m.Ref, "anthropic:") {
			r.m.Extra.Merge(x.object())
		}
	case "passthrough":
		if x.isObject() {
			r.m.Extra.Merge(x.object())
		}
	case "accountId", "workspaceUrl", "router", "inferenceProvider":
		return r.part(k, s)
	case "projectId", "publisher", "credentials":
		return r.vertex(k, x)
	case "region", "endpoint", "accessKeyId", "secretAccessKey", "sessionToken", "profile", "inferenceModelType", "anthropic_version":
		return strings.HasPrefix(r.m.Ref, "bedrock:") && r.bedrock(k, x) || k == "region" && r.vertex(k, x)
	default:
		if name, ok := strings.CutPrefix(k, "portkey"); ok && strings.Contains(r.m.BaseURL, "portkey") {
			r.portkey(name, x)
			return true
		}
		return slices.Contains(silentKeys, k)
	}
	return true
}

// keyIn takes the key from a variable of the environment, unless it is not set and
// the provider's usual one is: promptfoo then takes that.
func (r *modelReader) keyIn(name string) {
	if r.l.env[name] != "" || r.l.env[usualKey(r.m)] == "" {
		r.m.APIKeyEnv = name
	}
}

// usualKey is the environment variable that a model's key is in where nothing else
// is said; "" = none is known.
func usualKey(m *ChatModel) string {
	kind, _, _ := strings.Cut(m.Ref, ":")
	switch kind {
	case "openai":
		return "OPENAI_API_KEY"
	case "anthropic":
		return "ANTHROPIC_API_KEY"
	}
	return m.APIKeyEnv
}

// part takes what stands inside of an address or a name.
func (r *modelReader) part(k, s string) bool {
	switch k {
	case "accountId":
		r.m.BaseURL = cloudflareAddress(s)
	case "workspaceUrl":
		r.m.BaseURL = strings.TrimSuffix(s, "/") + "/serving-endpoints"
	case "router":
		r.m.BaseURL = strings.TrimSuffix(r.m.BaseURL, "/ai") + "/router/" + s
	case "inferenceProvider":
		r.m.Ref += ":" + s
	}
	return true
}

func cloudflareAddress(account string) string {
	return "https://api.cloudflare.com/client/v4/accounts/" + account + "/ai/v1"
}

// portkey makes the header of a key such as portkeyVirtualKey.
func (r *modelReader) portkey(name string, x *tree) {
	if name == "ApiBaseUrl" {
		r.own(jsvalue.ToString(x.value()))
		return
	}
	var header strings.Builder
	header.WriteString("x-portkey")
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			header.WriteByte('-')
			c += 'a' - 'A'
		}
		header.WriteRune(c)
	}
	text, isText := x.text()
	if !isText {
		text, _ = jsvalue.Stringify(x.value(), "")
	}
	r.m.Headers[header.String()] = text
}

// own sets the address of a server of one's own. It may lack what the provider's
// API has beyond the common part.
func (r *modelReader) own(address string) {
	r.m.BaseURL = address
	if ref, ok := strings.CutPrefix(r.m.Ref, "openai:"); ok && !strings.Contains(address, "api.openai.com") {
		r.m.Ref = "openai_compatible:" + ref
		if r.m.APIKeyEnv == "" {
			r.m.APIKeyEnv = "OPENAI_API_KEY"
		}
	}
}

func hostAddress(host string, version bool) string {
	if strings.Contains(host, "://") {
		return host
	}
	if version {
		return "https://" + host + "/v1"
	}
	return "https://" + host
}

// envAddress is the address that promptfoo takes from the environment, where the
// house reads another variable.
func (l *loader) envAddress(prefix string) string {
	switch prefix {
	case "openai":
		if host := l.env["OPENAI_API_HOST"]; host != "" {
			return hostAddress(host, true)
		}
		return cmp.Or(l.env["OPENAI_API_BASE_URL"], l.env["OPENAI_BASE_URL"])
	case "ollama":
		if u := l.env["OLLAMA_BASE_URL"]; u != "" {
			return strings.TrimSuffix(u, "/") + "/v1"
		}
	case "azure", "azureopenai":
		if host := cmp.Or(l.env["AZURE_API_HOST"], l.env["AZURE_OPENAI_API_HOST"]); host != "" {
			return hostAddress(host, false)
		}
		return cmp.Or(l.env["AZURE_API_BASE_URL"], l.env["AZURE_OPENAI_API_BASE_URL"])
	case "vertex":
		return l.vertexAddress(nil)
	case "bedrock":
		if u := cmp.Or(l.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"], l.env["AWS_ENDPOINT_URL"]); u != "" {
			return u
		}
		return bedrockAddress(cmp.Or(l.env["AWS_BEDROCK_REGION"], "us-east-1"))
	case "docker":
		if u := l.env["DOCKER_MODEL_RUNNER_BASE_URL"]; u != "" {
			return strings.TrimSuffix(u, "/") + "/engines/v1"
		}
	case "cloudflare-ai":
		if account := l.env["CLOUDFLARE_ACCOUNT_ID"]; account != "" {
			return cloudflareAddress(account)
		}
	case "databricks":
		if u := l.env["DATABRICKS_WORKSPACE_URL"]; u != "" {
			return strings.TrimSuffix(u, "/") + "/serving-endpoints"
		}
	case "portkey":
		return l.env["PORTKEY_API_BASE_URL"]
	}
	return ""
}

// parameter takes what steers the sampling.
func (r *modelReader) parameter(k string, x *tree) bool {
	f, isNumber := x.scalar.(float64)
	number := func(dst **float64) bool {
		if !isNumber {
			r.l.fail(x.Place, r.path+"."+k, "expected a number, found %s", x.describe())
			return true
		}
		*dst = &f
		return true
	}
	switch k {
	case "temperature":
		return number(&r.m.Temperature)
	case "top_p", "topP":
		return number(&r.m.TopP)
	case "frequency_penalty", "frequencyPenalty":
		return number(&r.m.FrequencyPenalty)
	case "presence_penalty", "presencePenalty":
		return number(&r.m.PresencePenalty)
	case "max_tokens", "max_completion_tokens", "maxTokens", "max_output_tokens", "maxOutputTokens", "num_predict", "max_new_tokens", "max_gen_len", "maxTokenCount":
		r.m.MaxTokens = r.l.whole(r.cfg, r.path, k)
	case "top_k", "topK":
		r.m.TopK = r.l.whole(r.cfg, r.path, k)
	case "seed":
		n := int64(f)
		r.m.Seed = &n
	case "stop", "stop_sequences", "stopSequences":
		for _, s := range r.l.oneOrMany(x) {
			if text, ok := s.text(); ok {
				r.m.Stop = append(r.m.Stop, text)
			}
		}
	case "reasoning_effort":
		r.m.Reasoning, _ = x.text()
	case "reasoning":
		if r.m.speaksResponses() {
			r.m.Extra.Set(k, x.value())
		} else if r.m.Reasoning = x.word("effort"); r.m.Reasoning == "" {
			r.m.Extra.Set(k, x.value())
		}
	case "generationConfig", "inferenceConfig", "interfaceConfig", "textGenerationConfig":
		for _, inner := range x.keys {
			sub := modelReader{r.l, x, r.path + "." + k, r.m}
			if y := x.get(inner); y != nil && !sub.parameter(inner, y) && !sub.shape(inner, y) {
				r.m.Extra.Set(inner, y.value())
			}
		}
	default:
		return false
	}
	return true
}

// shape takes what shapes the answer; files are read.
func (r *modelReader) shape(k string, x *tree) bool {
	value := func() any { return r.l.fileIn(x.copy(), r.path+"."+k, false).plain() }
	kind, _, _ := strings.Cut(r.m.Ref, ":")
	if kind == "anthropic" && k == "output_format" {
		k = "response_format"
	}
	switch k {
	case "response_format", "responseFormat", "responseSchema", "response_schema":
		text, _ := x.text()
		r.m.Format, r.m.FormatFile = value(), strings.HasPrefix(text, "file://")
	case "tools":
		switch v := value().(type) {
		case []any:
			r.m.Tools = v
		case string: // a template that names the tools
			r.m.Extra.Set(k, v)
		}
	case "tool_choice", "toolChoice":
		r.m.ToolChoice = value()
	case "systemPrompt", "system", "instructions", "systemInstruction":
		if s, ok := value().(string); ok {
			r.m.System = s
		} else {
			r.m.Extra.Set(k, value())
		}
	case "metadata", "user", "store": // for the provider's own records; other APIs know none of them
		if strings.HasPrefix(kind, "openai") || kind == "azure" || kind == "anthropic" && k == "metadata" {
			r.m.Extra.Set(k, x.value())
		}
	case "functions", "function_call": // which came before tools
		if !r.m.speaksResponses() && (strings.HasPrefix(kind, "openai") || kind == "azure") {
			r.m.Extra.Set(k, r.l.fileIn(x.copy(), r.path+"."+k, false).value())
		}
	case "thinking", "verbosity", "logprobs", "top_logprobs", "parallel_tool_calls", "service_tier", "n", "best_of", "logit_bias", "options", "think", "keep_alive", "format", "safetySettings", "modalities", "text", "include", "truncation", "previous_response_id", "beta", "repetition_penalty", "min_p", "additionalModelRequestFields", "performanceConfig", "guardrailConfig":
		r.m.Extra.Set(k, r.l.fileIn(x.copy(), r.path+"."+k, false).value())
	default:
		return false
	}
	return true
}
