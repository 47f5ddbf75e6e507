package generators

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// maxBody bounds a reply in bytes.
const maxBody = 64 << 20

// HTTPConfig describes an agent behind HTTP. Without Request it speaks the
// OpenAI-compatible chat completions API; with it, any JSON API.
type HTTPConfig struct {
	URL         string              // chat: the base, e.g. "http://127.0.0.1:8000/v1"; else the endpoint itself
	Model       string              // chat only; may be empty where the server has but one
	APIKeyEnv   string              // environment variable with the key, sent as a bearer token; "" = no key
	Request     string              // template of the JSON body, see NewHTTP; "" = chat
	Response    string              // path of the answer in the reply, e.g. "choices.0.text"; "" = the whole body
	Method      string              // "" = POST
	Headers     map[string]string   // sent with every request
	Concurrency int                 // idle connections that are kept; 0 = 64
	Getenv      func(string) string // nil = os.Getenv
}

// HTTP is an agent behind HTTP. Generate is one attempt, never repeated within.
// It is safe for concurrent use.
//
// A failed attempt that may be sent again is a *pipeline.Transient: Overload
// for 429, 503 and 529; Ambiguous when the request went out and no answer came
// back (a cut connection, a deadline, 502, 504). A deadline also wraps
// context.DeadlineExceeded. *pipeline.Unusable says that the key is refused.
// All else is a plain error for this request.
type HTTP struct {
	name      string // method and URL without secrets, for messages
	keyEnv    string
	secrets   []string // never to be shown
	template  *http.Request
	transport *http.Transport
	encode    func(pipeline.Request) ([]byte, error)
	decode    func(body []byte, contentType string) (pipeline.Asset, error)
	reached   atomic.Bool
	buffers   sync.Pool // of *bytes.Buffer, for replies
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
	h := &HTTP{keyEnv: cfg.APIKeyEnv}
	h.buffers.New = func() any { return new(bytes.Buffer) }
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
	}
	if err := h.prepare(cfg, u); err != nil {
		return nil, err
	}
	h.transport = newTransport(cfg.Concurrency)
	return h, nil
}

// prepare makes the request that every call copies.
func (h *HTTP) prepare(cfg HTTPConfig, u *url.URL) error {
	method := cfg.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(strings.ToUpper(method), u.String(), nil)
	if err != nil {
		return fmt.Errorf("runtime.http.method %q is not an HTTP method", method)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "genops")
	for name, value := range cfg.Headers {
		if strings.ContainsFunc(name, notToken) || name == "" || strings.ContainsFunc(value, isControl) {
			return fmt.Errorf("runtime.http.headers: %q is no header name, or its value holds control characters", name)
		}
		req.Header.Set(name, value)
		h.secrets = append(h.secrets, value)
	}
	if u.User != nil {
		// Only http.Client takes it from the URL; a key below takes its place.
		password, _ := u.User.Password()
		req.SetBasicAuth(u.User.Username(), password)
		h.secrets = append(h.secrets, password)
	}
	if cfg.APIKeyEnv != "" {
		getenv := cfg.Getenv
		if getenv == nil {
			getenv = os.Getenv
		}
		key := strings.TrimSpace(getenv(cfg.APIKeyEnv))
		if key == "" {
			return &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s (runtime.http.api_key_env) is not set: export the key of %s in it, or remove api_key_env", cfg.APIKeyEnv, u.Host)}
		}
		if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s (runtime.http.api_key_env) holds characters that no key has", cfg.APIKeyEnv)}
		}
		req.Header.Set("Authorization", "Bearer "+key)
		h.secrets = append(h.secrets, key)
	}
	for _, values := range u.Query() {
		h.secrets = append(h.secrets, values...)
	}
	req.URL.User = nil
	h.name, h.template = redactURL(u.String()), req
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
}

func newTransport(concurrency int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if concurrency <= 0 {
		concurrency = 64
	}
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, concurrency
	t.DisableCompression = true // replies are small, and a bomb could not be bounded
	return t
}

// Reached reports whether the address has ever answered anything.
func (h *HTTP) Reached() bool { return h.reached.Load() }

// Close drops idle connections.
func (h *HTTP) Close() error {
	h.transport.CloseIdleConnections()
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
	c := &call{payload: payload}
	// The transport only reads URL and Header, so all requests share them.
	req := h.template.WithContext(httptrace.WithClientTrace(ctx, c.trace()))
	req.Body, req.ContentLength = c.body(), int64(len(payload))
	// Asked for when a kept connection turns out dead before anything was written.
	req.GetBody = func() (io.ReadCloser, error) { return c.body(), nil }
	at := time.Now()
	resp, err := h.transport.RoundTrip(req)
	if err != nil {
		sends := 0
		if c.sent.Load() {
			sends = 1
		}
		return pipeline.Asset{Sends: sends}, h.failure(ctx, err, time.Since(at), sends > 0)
	}
	h.reached.Store(true)
	buf := h.buffers.Get().(*bytes.Buffer)
	defer h.release(buf)
	if err := readBody(buf, resp); err != nil {
		if errors.Is(err, errTooBig) {
			return pipeline.Asset{Sends: 1}, err
		}
		return pipeline.Asset{Sends: 1}, h.failure(ctx, err, time.Since(at), true)
	}
	asset, err := h.result(resp, buf.Bytes())
	asset.Sends, asset.Latency = 1, max(time.Since(at), 1)
	return asset, err
}

// keepReply is the largest reply buffer that is used again.
const keepReply = 1 << 20

func (h *HTTP) release(buf *bytes.Buffer) {
	if buf.Cap() <= keepReply {
		buf.Reset()
		h.buffers.Put(buf)
	}
}

var errTooBig = fmt.Errorf("the reply is larger than %d MiB", maxBody>>20)

func readBody(buf *bytes.Buffer, resp *http.Response) error {
	defer resp.Body.Close()
	if resp.ContentLength > maxBody {
		return errTooBig
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	if n > maxBody {
		return errTooBig
	}
	return err
}

// result turns a complete reply into an answer or an error.
func (h *HTTP) result(resp *http.Response, body []byte) (pipeline.Asset, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return pipeline.Asset{}, h.refusal(resp, body)
	}
	asset, err := h.decode(body, resp.Header.Get("Content-Type"))
	var inBody *replyError
	switch {
	case errors.As(err, &inBody):
		return pipeline.Asset{}, h.errorInBody(resp, inBody)
	case err != nil:
		return asset, errors.New(h.redact(err.Error()))
	}
	return asset, nil
}

// call is one request under way, which knows whether it may have gone out. The
// body has a type that net/http knows to be in memory: only then do header and
// body go out in one write.
type call struct {
	payload []byte
	sent    atomic.Bool
}

func (c *call) body() io.ReadCloser { return io.NopCloser(bytes.NewReader(c.payload)) }

func (c *call) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{WroteHeaders: func() { c.sent.Store(true) }}
}

// redactURL leaves out what may hold secrets: user, query, fragment.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		// Not an address at all; whatever follows an @ or ? stays private.
		raw, _, _ = strings.Cut(raw, "?")
		if _, rest, ok := strings.Cut(raw, "@"); ok {
			return rest
		}
		return raw
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func (h *HTTP) redact(text string) string {
	for _, s := range h.secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, "[hidden]")
		}
	}
	return text
}
