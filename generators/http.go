package generators

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// HTTPConfig describes an agent behind HTTP. Without Request it speaks the
// OpenAI-compatible chat completions API; with it, any JSON API.
type HTTPConfig struct {
	URL         string              // chat: the base, e.g. "http://127.0.0.1:8000/v1"; else the endpoint itself
	Model       string              // chat only; may be empty where the server has but one
	APIKeyEnv   string              // environment variable with the key, sent as a bearer token; "" = no key
	Request     string              // template of the JSON body, see NewHTTP; "" = chat
	Response    string              // path of the answer in the reply, e.g. "choices.0.text"; "" = the whole body
	Trace       string              // path of the agent's trace in the reply, see pipeline.ParseTrace; "" = none, for chat "trace"
	Method      string              // "" = POST
	Headers     map[string]string   // sent with every request
	Concurrency int                 // idle connections that are kept; 0 = 64
	Getenv      func(string) string // nil = os.Getenv
}

// HTTP is an agent behind HTTP. Generate is one attempt, never repeated within.
// It is safe for concurrent use.
//
// A failed attempt that may be sent again is a *pipeline.Transient: Limited for
// a 429 that says how long to wait; Overload for any other 429, 503 and 529;
// Ambiguous when the request went out and no answer came back (a cut
// connection, a deadline, 502, 504). A deadline also wraps
// context.DeadlineExceeded. *pipeline.Unusable says that the key is refused.
// All else is a plain error for this request.
type HTTP struct {
	*endpoint
	encode func(pipeline.Request) ([]byte, error)
	decode decoder
}

// NewHTTP checks the configuration and reads the key; it calls nobody. A key
// that is not set is a *pipeline.Unusable.
//
// Request is a text/template that renders JSON, with the names input, vars,
// messages and id, and the function json: {"text": {{json input}}, "city":
// {{json vars.city}}}. A template that does not parse, or breaks as soon as an
// input holds a quote, is an error.
func NewHTTP(cfg HTTPConfig) (*HTTP, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("runtime.http.url %q is not an address like http://127.0.0.1:8000/v1", redactURL(cfg.URL))
	}
	h := &HTTP{}
	if cfg.Request == "" {
		if cfg.Response != "" {
			return nil, errors.New("runtime.http.response needs runtime.http.request: without it the reply is a chat completion")
		}
		if !strings.HasSuffix(u.Path, "/chat/completions") {
			u = u.JoinPath("chat", "completions")
		}
		h.encode, h.decode = chatEncoder(cfg.Model), decodeChat
	} else {
		if cfg.Model != "" {
			return nil, errors.New("runtime.http.model has no meaning beside runtime.http.request: write the model into the request")
		}
		if h.encode, err = templateEncoder(cfg.Request); err != nil {
			return nil, err
		}
		if h.decode, err = pathDecoder(cfg.Response); err != nil {
			return nil, err
		}
		if h.decode, err = withTrace(h.decode, cfg.Trace); err != nil {
			return nil, err
		}
	}
	method := cfg.Method
	if method == "" {
		method = http.MethodPost
	}
	if h.endpoint, err = newEndpoint(method, u, cfg.Concurrency); err != nil {
		return nil, fmt.Errorf("runtime.http.method %q is not an HTTP method", method)
	}
	h.remedies = httpRemedies(cfg.APIKeyEnv)
	if err := h.setHeaders(cfg.Headers); err != nil {
		return nil, fmt.Errorf("runtime.http.headers: %w", err)
	}
	return h, h.setKey(cfg, u.Host)
}

// setKey reads the key.
func (h *HTTP) setKey(cfg HTTPConfig, host string) error {
	if cfg.APIKeyEnv == "" {
		return nil
	}
	getenv := cfg.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	key := strings.TrimSpace(getenv(cfg.APIKeyEnv))
	switch {
	case key == "":
		return &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s (runtime.http.api_key_env) is not set: export the key of %s in it, or remove api_key_env", cfg.APIKeyEnv, host)}
	case strings.ContainsFunc(key, notKey):
		return &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s (runtime.http.api_key_env) holds characters that no key has", cfg.APIKeyEnv)}
	}
	h.template.Header.Set("Authorization", "Bearer "+key)
	h.hide(key)
	return nil
}

func httpRemedies(keyEnv string) map[trouble]remedy {
	key := "it wants a key: name its environment variable in runtime.http.api_key_env"
	if keyEnv != "" {
		key = fmt.Sprintf("check the key in environment variable %s (runtime.http.api_key_env)", keyEnv)
	}
	return map[trouble]remedy{
		denied:    {key, true},
		forbidden: {key, true},
		noCredit:  {"the account has no credit left: add some, or use another key", false},
		noModel:   {"check runtime.http.url and model", false},
		notFound:  {"check runtime.http.url and model", false},
		moved:     {"write that address into runtime.http.url", false},
	}
}

// Reached reports whether the address has ever answered anything.
func (h *HTTP) Reached() bool { return h.reached.Load() }

// Close drops idle connections.
func (h *HTTP) Close() error {
	h.close()
	return nil
}

// Generate makes one attempt. Sends in the Asset is 1 as soon as the request
// may have left this machine, also when the attempt failed.
func (h *HTTP) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if ctx.Err() != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	payload, err := h.encode(r)
	if err != nil {
		return pipeline.Asset{}, err
	}
	return h.send(ctx, payload, h.take)
}

func (h *HTTP) take(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
	if err := readBody(buf, resp); err != nil {
		return pipeline.Asset{}, err
	}
	return h.result(resp, buf.Bytes(), h.decode)
}
