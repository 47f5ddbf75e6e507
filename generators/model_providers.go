package generators

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// provider says how one kind of chat model is reached.
type provider struct {
	kind    string
	base    string   // default address; "" = base_url is required
	baseEnv string   // environment variable that the provider's own tools take the address from
	keyEnvs []string // environment variables that they take the key from; none = no key
	format  wire     // nil = a program
}

// providers is the table of all kinds of chat models.
var providers = []provider{
	{"openai", "https://api.openai.com/v1", "OPENAI_BASE_URL", []string{"OPENAI_API_KEY"}, openAIWire{}},
	{"anthropic", "https://api.anthropic.com", "ANTHROPIC_BASE_URL", []string{"ANTHROPIC_API_KEY"}, anthropicWire{}},
	{"google", "https://generativelanguage.googleapis.com", "GOOGLE_GEMINI_BASE_URL", []string{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, googleWire{}},
	{"vertex", "", "VERTEX_BASE_URL", []string{"VERTEX_API_KEY"}, vertexWire{}},
	{"bedrock", "", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", []string{"AWS_BEARER_TOKEN_BEDROCK"}, bedrockWire{}},
	{"azure", "", "AZURE_OPENAI_ENDPOINT", []string{"AZURE_OPENAI_API_KEY"}, openAIWire{azure: true}},
	{"openrouter", "https://openrouter.ai/api/v1", "", []string{"OPENROUTER_API_KEY"}, openAIWire{compatible: true}},
	{"ollama", "http://127.0.0.1:11434/v1", "OLLAMA_HOST", nil, openAIWire{compatible: true}},
	{"vllm", "http://127.0.0.1:8000/v1", "", nil, openAIWire{compatible: true}},
	{"lmstudio", "http://127.0.0.1:1234/v1", "", nil, openAIWire{compatible: true}},
	{"openai_compatible", "", "", nil, openAIWire{compatible: true}},
	{"openai_responses", "https://api.openai.com/v1", "OPENAI_BASE_URL", []string{"OPENAI_API_KEY"}, responsesWire{}},
	{"process", "", "", nil, nil},
}

// aliases are other names that people write, Genkit's among them.
var aliases = map[string]string{
	"googleai": "google", "vertexai": "vertex", "gemini": "google", "claude": "anthropic", "azure_openai": "azure", "lm_studio": "lmstudio",
	"openai-responses": "openai_responses",
}

// ModelProviders lists the kinds of chat models that NewModel knows.
func ModelProviders() []string {
	names := make([]string, len(providers))
	for i, p := range providers {
		names[i] = p.kind
	}
	return names
}

// SplitModel takes a model's reference apart at its first ":" or "/":
// "openai:gpt-5.4-mini" and "openai/gpt-5.4-mini" are both the provider openai
// and the model gpt-5.4-mini. An alias such as googleai becomes the provider's
// own name. An unknown provider is an error that lists the known ones; the
// model's name is not looked at.
func SplitModel(ref string) (provider, model string, err error) {
	i := strings.IndexAny(ref, ":/")
	if i < 0 {
		return "", "", fmt.Errorf("model %s names no provider: write PROVIDER:MODEL, e.g. openai:gpt-5.4-mini, or models/NAME for a file in models/ (known providers: %s)",
			config.Shorten(ref), strings.Join(ModelProviders(), ", "))
	}
	provider, model = ref[:i], strings.TrimSpace(ref[i+1:])
	if own, ok := aliases[provider]; ok {
		provider = own
	}
	switch {
	case findProvider(provider) == nil:
		return "", "", unknownProvider(ref, provider)
	case model == "":
		return "", "", fmt.Errorf("model %q has no name after %q", ref, provider)
	}
	return provider, model, nil
}

// TakesSeed says whether the API of a model takes a seed; false for one that is
// not known.
func TakesSeed(ref string) bool {
	kind, _, err := SplitModel(ref)
	return err == nil && kind != "anthropic" && kind != "openai_responses" && kind != "bedrock"
}

// PricedAs is the provider in whose price list the models of a kind stand.
func PricedAs(kind string) string {
	switch kind {
	case "openai_responses":
		return "openai"
	case "vertex":
		return "google"
	}
	return kind
}

func unknownProvider(ref, kind string) error {
	known := ModelProviders()
	hint := ""
	if near := config.Nearest(kind, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	return fmt.Errorf("model %q: unknown provider %s; %sknown: %s", ref, config.Shorten(kind), hint, strings.Join(known, ", "))
}

func findProvider(kind string) *provider {
	for i := range providers {
		if providers[i].kind == kind {
			return &providers[i]
		}
	}
	return nil
}

// address is where the provider's API is.
func (p *provider) address(cfg ModelConfig) (*url.URL, error) {
	given, from := cfg.BaseURL, "base_url"
	if given == "" && p.baseEnv != "" {
		given, from = strings.TrimSpace(cfg.Getenv(p.baseEnv)), "environment variable "+p.baseEnv
	}
	if given == "" {
		given = p.base
	}
	if given == "" && p.kind == "bedrock" {
		given = bedrockAddress(cfg.Getenv)
	}
	if given == "" && p.kind == "vertex" {
		given = vertexAddress(cfg.Getenv)
	}
	if given == "" {
		return nil, fmt.Errorf("model %q needs base_url, the address of its API, e.g. %s", cfg.Ref, p.example())
	}
	if from != "base_url" && p.kind == "ollama" {
		given = ollamaHost(given)
	}
	u, err := url.Parse(given)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("model %q: %s %q is not an address like %s", cfg.Ref, from, redactURL(given), p.example())
	}
	if p.kind == "azure" && strings.Trim(u.Path, "/") == "" {
		u = u.JoinPath("openai", "v1")
	}
	return u, nil
}

func (p *provider) example() string {
	switch {
	case p.kind == "azure":
		return "https://NAME.openai.azure.com"
	case p.base != "":
		return p.base
	}
	return "http://127.0.0.1:8000/v1"
}

// ollamaHost completes what OLLAMA_HOST may be short for: a host, a port, or
// the address that the server listens on.
func ollamaHost(host string) string {
	if !strings.Contains(host, "://") {
		host = "http://" + host
	}
	u, err := url.Parse(host)
	if err != nil {
		return host
	}
	name, port := u.Hostname(), u.Port()
	if name == "" || name == "0.0.0.0" || name == "::" {
		name = "127.0.0.1"
	}
	if port == "" {
		port = "11434"
	}
	u.Host = net.JoinHostPort(name, port)
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1"
	}
	return u.String()
}

// loopback reports an address on this machine.
func loopback(u *url.URL) bool {
	name := u.Hostname()
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
