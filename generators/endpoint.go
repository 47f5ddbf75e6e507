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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// maxBody bounds a reply in bytes.
const maxBody = 64 << 20

// endpoint is one address that takes a payload and gives a reply. It knows what
// may have gone out and what must not be shown. It is safe for concurrent use.
type endpoint struct {
	name      string   // method and URL without secrets, for messages
	secrets   []string // never to be shown
	remedies  map[trouble]remedy
	template  *http.Request // that every call copies
	transport *http.Transport
	sign      func(req *http.Request, payload []byte) error // adds what a signature or login needs; nil = none
	reached   atomic.Bool
	buffers   sync.Pool // of *bytes.Buffer, for replies
}

// remedy is what people can do about a kind of trouble.
type remedy struct {
	advice   string // added to the error's text
	unusable bool   // every other request would meet it too
}

func newEndpoint(method string, u *url.URL, concurrency int) (*endpoint, error) {
	req, err := http.NewRequest(strings.ToUpper(method), u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "genops")
	e := &endpoint{name: redactURL(u.String()), template: req, transport: newTransport(concurrency)}
	e.buffers.New = func() any { return new(bytes.Buffer) }
	if u.User != nil {
		// Only http.Client takes it from the URL; a key takes its place.
		password, _ := u.User.Password()
		req.SetBasicAuth(u.User.Username(), password)
		e.hide(password)
	}
	for _, values := range u.Query() {
		e.hide(values...)
	}
	req.URL.User = nil
	return e, nil
}

// route is the template of calls of another path, below the endpoint's own.
func (e *endpoint) route(method, path string, query url.Values) *http.Request {
	req := *e.template
	u := *e.template.URL
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+path, ""
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	req.Method, req.URL = method, &u
	return &req
}

// setHeaders adds headers, whose values are not to be shown.
func (e *endpoint) setHeaders(headers map[string]string) error {
	for name, value := range headers {
		if strings.ContainsFunc(name, notToken) || name == "" || strings.ContainsFunc(value, isControl) {
			return fmt.Errorf("%q is no header name, or its value holds control characters", name)
		}
		e.template.Header.Set(name, value)
		e.hide(value)
	}
	return nil
}

// notKey reports a character that no key has.
func notKey(r rune) bool { return r <= ' ' || r > '~' }

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

// brokenReply is a reply that stopped in the middle.
type brokenReply struct{ err error }

func (e *brokenReply) Error() string { return e.err.Error() }
func (e *brokenReply) Unwrap() error { return e.err }

// send makes one attempt. take reads the reply; buf is an empty buffer that it
// may use until it returns, and a *brokenReply says that the reply is cut off.
// Sends in the Asset is 1 as soon as the payload may have left this machine.
func (e *endpoint) send(ctx context.Context, payload []byte, take taker) (pipeline.Asset, error) {
	return e.sendAs(ctx, e.template, payload, take)
}

// taker reads a reply.
type taker func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error)

// sendAs is send with another template, made by route.
func (e *endpoint) sendAs(ctx context.Context, template *http.Request, payload []byte, take taker) (pipeline.Asset, error) {
	c := &call{payload: payload}
	// The transport only reads URL and Header, so all requests share them.
	req := template.WithContext(httptrace.WithClientTrace(ctx, c.trace()))
	req.Body, req.ContentLength = c.body(), int64(len(payload))
	// Asked for when a kept connection turns out dead before anything was written.
	req.GetBody = func() (io.ReadCloser, error) { return c.body(), nil }
	if e.sign != nil {
		req.Header = req.Header.Clone()
		if err := e.sign(req, payload); err != nil {
			return pipeline.Asset{}, err
		}
	}
	at := time.Now()
	resp, err := e.transport.RoundTrip(req)
	if err != nil {
		sends := 0
		if c.sent.Load() {
			sends = 1
		}
		return pipeline.Asset{Sends: sends}, e.failure(ctx, err, time.Since(at), sends > 0)
	}
	defer resp.Body.Close()
	e.reached.Store(true)
	buf := e.buffers.Get().(*bytes.Buffer)
	defer e.release(buf)
	asset, err := take(resp, buf)
	var broken *brokenReply
	if errors.As(err, &broken) {
		return pipeline.Asset{Sends: 1}, e.failure(ctx, broken.err, time.Since(at), true)
	}
	asset.Sends, asset.Latency = 1, max(time.Since(at), 1)
	return asset, err
}

// keepReply is the largest reply buffer that is used again.
const keepReply = 1 << 20

func (e *endpoint) release(buf *bytes.Buffer) {
	if buf.Cap() <= keepReply {
		buf.Reset()
		e.buffers.Put(buf)
	}
}

// close drops idle connections.
func (e *endpoint) close() { e.transport.CloseIdleConnections() }

var errTooBig = fmt.Errorf("the reply is larger than %d MiB", maxBody>>20)

// readBody reads a whole reply.
func readBody(buf *bytes.Buffer, resp *http.Response) error {
	if resp.ContentLength > maxBody {
		return errTooBig
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case n > maxBody:
		return errTooBig
	case err != nil:
		return &brokenReply{err}
	}
	return nil
}

// decoder reads a whole reply with status 2xx.
type decoder func(body []byte, contentType string) (pipeline.Asset, error)

// result turns a complete reply into an answer or an error.
func (e *endpoint) result(resp *http.Response, body []byte, decode decoder) (pipeline.Asset, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return pipeline.Asset{}, e.refusal(resp, body)
	}
	asset, err := decode(body, resp.Header.Get("Content-Type"))
	return asset, e.explained(resp, err)
}

// explained is the error of a reply with status 2xx, fit to be shown.
func (e *endpoint) explained(resp *http.Response, err error) error {
	var inBody *replyError
	var broken *brokenReply
	var refusal *pipeline.Refusal
	switch {
	case err == nil, errors.As(err, &broken):
		return err
	case errors.As(err, &refusal):
		return &pipeline.Refusal{Why: e.redact(refusal.Why), Text: e.redact(refusal.Text)}
	case errors.As(err, &inBody):
		return e.errorInBody(resp, inBody)
	}
	return errors.New(e.redact(err.Error()))
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

// hide notes texts that must not be shown. Short ones would tear up messages.
func (e *endpoint) hide(secrets ...string) {
	for _, s := range secrets {
		if len(s) >= 4 {
			e.secrets = append(e.secrets, s)
		}
	}
}

// veiled is err without secrets: an error that quotes a reply may hold them.
func (e *endpoint) veiled(err error) error {
	if err == nil || e.redact(err.Error()) == err.Error() {
		return err
	}
	plain := errors.New(e.redact(err.Error()))
	var transient *pipeline.Transient
	var unusable *pipeline.Unusable
	switch {
	case errors.As(err, &transient):
		t := *transient
		t.Err = plain
		return &t
	case errors.As(err, &unusable):
		return &pipeline.Unusable{Reason: plain.Error()}
	}
	return plain
}

func (e *endpoint) redact(text string) string {
	for _, s := range e.secrets {
		text = strings.ReplaceAll(text, s, "[hidden]")
	}
	return text
}
