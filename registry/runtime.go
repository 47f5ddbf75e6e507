package registry

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// Runtime says how the agent is reached: exactly one of its fields is set.
type Runtime struct {
	Process *ProcessRuntime `yaml:"process"`
	HTTP    *HTTPRuntime    `yaml:"http"`
	Model   *ModelRuntime   `yaml:"model"`
}

// ProcessRuntime is a program that speaks JSON lines on stdio.
type ProcessRuntime struct {
	Command []string          `yaml:"command"`
	Env     map[string]string `yaml:"env"` // added to the environment
}

// HTTPRuntime is an OpenAI-compatible endpoint (URL ends before
// /chat/completions), or any endpoint with a Request template and a Response
// path.
type HTTPRuntime struct {
	URL       string            `yaml:"url"`
	Model     string            `yaml:"model"`
	APIKeyEnv string            `yaml:"api_key_env"` // name of the environment variable that holds the key
	Headers   map[string]string `yaml:"headers"`
	Request   string            `yaml:"request"`  // template of the JSON body; "" = OpenAI chat completions
	Response  string            `yaml:"response"` // dotted path to the output; "" = the whole body
	Trace     string            `yaml:"trace"`    // dotted path to the agent's trace; "" = none, for chat completions "trace"
}

// ModelRuntime is a prompt and the chat model that answers it.
type ModelRuntime struct {
	Prompt    string            `yaml:"prompt"`      // NAME of prompts/NAME.prompt, or a path in the project
	Model     string            `yaml:"model"`       // "provider:name", or "models/NAME" for the file models/NAME.yaml; "" = what the prompt's front matter says
	BaseURL   string            `yaml:"base_url"`    // "" = the provider's own
	APIKeyEnv string            `yaml:"api_key_env"` // name of the environment variable that holds the key; "" = the provider's usual one
	Headers   map[string]string `yaml:"headers"`     // sent with every request
	Stream    bool              `yaml:"stream"`
	Config    map[string]any    `yaml:"config"` // temperature, maxOutputTokens, …; goes before the front matter's
}

var envName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })

// check names what is wrong, by the key at which it stands.
func (r Runtime) check(bad func(key, format string, args ...any)) {
	var kinds []string
	if r.Process != nil {
		kinds = append(kinds, "process")
	}
	if r.HTTP != nil {
		kinds = append(kinds, "http")
	}
	if r.Model != nil {
		kinds = append(kinds, "model")
	}
	switch len(kinds) {
	case 0:
		bad("runtime", "runtime is missing; known: process: {command: [...]}, http: {url: ...}, model: {prompt: ...}")
		return
	case 2, 3:
		bad("runtime", "runtime has both %s; keep one", strings.Join(kinds, " and "))
		return
	}
	switch {
	case r.Process != nil:
		r.Process.check(bad)
	case r.HTTP != nil:
		r.HTTP.check(bad)
	default:
		r.Model.check(bad)
	}
}

func (p *ProcessRuntime) check(bad func(key, format string, args ...any)) {
	if len(p.Command) == 0 || p.Command[0] == "" {
		bad("runtime.process", "runtime.process.command is empty")
	}
}

func (h *HTTPRuntime) check(bad func(key, format string, args ...any)) {
	switch {
	case !isHTTP(h.URL):
		bad("runtime.http", "runtime.http.url %q: must start with http:// or https://", h.URL)
	case h.Request == "" && h.Model == "":
		bad("runtime.http", "runtime.http: give model (OpenAI-compatible endpoint) or request (any other)")
	}
}

func (m *ModelRuntime) check(bad func(key, format string, args ...any)) {
	if m.Prompt == "" {
		bad("runtime.model", "runtime.model.prompt is missing: the NAME of a file prompts/NAME.prompt")
	}
	if m.BaseURL != "" {
		// The URL is not shown: a password may stand in it.
		u, err := url.Parse(m.BaseURL)
		switch {
		case err != nil || !isHTTP(m.BaseURL) || u.Host == "":
			bad("runtime.model.base_url", "runtime.model.base_url: must be a URL that starts with http:// or https://")
		case u.User != nil:
			bad("runtime.model.base_url", "runtime.model.base_url holds a user or password; name the key's environment variable in api_key_env")
		}
	}
	if m.APIKeyEnv != "" && !envName().MatchString(m.APIKeyEnv) {
		bad("runtime.model.api_key_env", "runtime.model.api_key_env must be the name of an environment variable, never the key itself")
	}
}

func isHTTP(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}
