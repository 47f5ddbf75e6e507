package generators

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// ModelConfig describes a chat model.
type ModelConfig struct {
	Ref         string              // PROVIDER:MODEL or PROVIDER/MODEL, see SplitModel; for process the command
	BaseURL     string              // address of the API; "" = the provider's, or what its environment variable says
	APIKeyEnv   string              // environment variable with the key; "" = the provider's usual one
	Headers     map[string]string   // sent with every request
	Stream      bool                // ask for streamed replies
	Defaults    pipeline.Config     // for what a chat's own Config leaves open
	Concurrency int                 // idle connections that are kept; 0 = 64
	Timeout     time.Duration       // of one call, from its sending; 0 = DefaultTimeout, < 0 = none
	Getenv      func(string) string // nil = os.Getenv
	Process     ProcessConfig       // for process: all but Command and Timeout
}

// Model is a chat model. Generate is one attempt, never repeated within; a
// call is held back while the provider's announced limits are used up. It is
// safe for concurrent use and must be closed.
type Model struct {
	*endpoint // nil for a program
	format    wire
	name      string
	stream    bool
	defaults  pipeline.Config
	timeout   time.Duration
	pacer     *pacer
	program   *Process // nil for a provider
}

// NewModel checks the configuration and reads the key; it calls nobody and
// starts nothing. A key that is not set is a *pipeline.Unusable, except for an
// address on this machine, which needs none.
func NewModel(cfg ModelConfig) (*Model, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	kind, name, err := SplitModel(cfg.Ref)
	if err != nil {
		return nil, err
	}
	m := &Model{name: name, stream: cfg.Stream, defaults: cfg.Defaults, timeout: cfg.Timeout}
	p := findProvider(kind)
	if p.format == nil {
		if m.program, err = newProcessModel(cfg, name); err != nil {
			return nil, err
		}
		return m, nil
	}
	if err := m.connect(cfg, p, p.format); err != nil {
		return nil, err
	}
	return m, nil
}

// connect sets up the calls of a provider's API in a format.
func (m *Model) connect(cfg ModelConfig, p *provider, format wire) error {
	u, err := p.address(cfg)
	if err != nil {
		return err
	}
	m.format, m.pacer = format, newPacer()
	if m.endpoint, err = newEndpoint(http.MethodPost, withPath(u, format.path(m.name, cfg.Stream)), cfg.Concurrency); err != nil {
		return fmt.Errorf("model %q: %w", cfg.Ref, err)
	}
	keyEnv, err := m.setKey(cfg, p, u)
	if err != nil {
		return err
	}
	if err := m.setHeaders(cfg.Headers); err != nil {
		return fmt.Errorf("headers of model %q: %w", cfg.Ref, err)
	}
	if cfg.Stream {
		m.template.Header.Set("Accept", "text/event-stream")
	}
	m.remedies = modelRemedies(m.name, keyEnv)
	return nil
}

// withPath appends a path, which may have a query, to an address.
func withPath(base *url.URL, path string) *url.URL {
	path, query, _ := strings.Cut(path, "?")
	u := *base
	u.RawPath = strings.TrimSuffix(base.EscapedPath(), "/") + path
	if plain, err := url.PathUnescape(u.RawPath); err == nil {
		u.Path = plain
	}
	if query != "" && u.RawQuery != "" {
		query = "&" + query
	}
	u.RawQuery += query
	return &u
}

// setKey reads the key and returns the name of its environment variable.
func (m *Model) setKey(cfg ModelConfig, p *provider, u *url.URL) (string, error) {
	names := p.keyEnvs
	if cfg.APIKeyEnv != "" {
		names = []string{cfg.APIKeyEnv}
	}
	key, from := "", ""
	for _, name := range names {
		if key = strings.TrimSpace(cfg.Getenv(name)); key != "" {
			from = name
			break
		}
	}
	if key == "" && p.kind == "bedrock" {
		if from = m.signAWS(cfg.Getenv, u); from != "" {
			return from, nil
		}
	}
	if key == "" && p.kind == "vertex" {
		const from = "GOOGLE_APPLICATION_CREDENTIALS"
		switch err := m.loginGoogle(cfg.Getenv); {
		case err == nil:
			return from, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", &pipeline.Unusable{Reason: fmt.Sprintf("%v (model %q)", err, cfg.Ref)}
		case !loopback(u):
			return "", &pipeline.Unusable{Reason: fmt.Sprintf("no login to Google Cloud: set %s to the file of a service account, run gcloud auth application-default login, or set VERTEX_API_KEY (model %q)", from, cfg.Ref)}
		}
	}
	switch {
	case key == "" && p.kind == "bedrock":
		return "", &pipeline.Unusable{Reason: fmt.Sprintf("no key of Bedrock: set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (model %q)", cfg.Ref)}
	case key == "" && len(names) > 0 && !loopback(u):
		return "", &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s is not set: export the key of %s in it, or name another in api_key_env (model %q)",
			strings.Join(names, " or "), u.Host, cfg.Ref)}
	case strings.ContainsFunc(key, notKey):
		return "", &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s holds characters that no key has (model %q)", from, cfg.Ref)}
	}
	m.format.authorize(m.template.Header, key)
	m.hide(key)
	if from == "" && len(names) > 0 {
		from = names[0]
	}
	return from, nil
}

func modelRemedies(name, keyEnv string) map[trouble]remedy {
	key := "it wants a key: name its environment variable in api_key_env"
	switch {
	case strings.Contains(keyEnv, " "): // words for where the key is: no variable has such a name
		key = "check " + keyEnv
	case keyEnv != "":
		key = "check the key in environment variable " + keyEnv
	}
	return map[trouble]remedy{
		denied:    {key, true},
		forbidden: {fmt.Sprintf("the key may not use the model %q: %s, or use another model", name, key), true},
		noCredit:  {"the account has no credit left, and trying again does not help: add some, or use another key", true},
		moderated: {"the provider's content filter refused it", false},
		tooLong:   {"shorten the prompt, or use a model with a longer context", false},
		noModel:   {fmt.Sprintf("the provider has no model %q for this key: correct the name", name), true},
		notFound:  {fmt.Sprintf("check base_url and the model's name %q", name), false},
		moved:     {"write that address into base_url", false},
	}
}
