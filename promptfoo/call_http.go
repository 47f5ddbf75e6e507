package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// maxReply bounds a server's reply, in bytes.
const maxReply = 64 << 20

// httpCaller asks a server with a request of the user's own shape.
type httpCaller struct {
	runner *Runner
	id     string
	spec   project.HTTPCall
	client *http.Client
	path   []string // of a plain transformResponse such as json.a.b; nil = it has to run

	mu       sync.Mutex
	sessions map[string]bool // ids that the session's endpoint gave
	tokens   map[string]token
}

func newHTTP(r *Runner, p *project.Provider) (caller, error) {
	h := &httpCaller{runner: r, id: p.ID, spec: p.Call.HTTP, sessions: map[string]bool{}, tokens: map[string]token{}}
	h.path, _ = plainPath(h.spec.TransformResponse)
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, max(r.Width, 4)
	h.client = &http.Client{Transport: t}
	return h, nil
}

func (h *httpCaller) remote() bool { return true }

func (h *httpCaller) close() error {
	h.client.CloseIdleConnections()
	return nil
}

// call makes the request, and the answer of what the server says.
func (h *httpCaller) call(ctx context.Context, q *ask) (*Response, error) {
	v := h.variables(q)
	if err := h.login(ctx, v); err != nil {
		return nil, err
	}
	session, err := h.session(ctx, v)
	if err != nil {
		return nil, err
	}
	sent, req, err := h.request(ctx, q, v)
	if err != nil {
		return nil, err
	}
	reply, err := h.send(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := h.accept(ctx, reply); err != nil {
		return nil, err
	}
	r, err := h.answer(ctx, sent, reply)
	if err != nil {
		return nil, err
	}
	if session, err = h.parseSession(ctx, h.spec.SessionParser, reply, session); err != nil {
		return nil, fmt.Errorf("sessionParser of provider %q: %w", h.id, err)
	}
	if session != nil {
		if r.More == nil {
			r.More = &jsvalue.Object{}
		}
		r.More.Set("sessionId", session)
	}
	return r, nil
}

// reply is what a server said.
type reply struct {
	status     int
	statusText string
	headers    *jsvalue.Object // lower case
	text       string
	json       any // nil where the text is no JSON
	latencyMS  float64
	retryAfter time.Duration
}

// send makes a request and reads the reply.
func (h *httpCaller) send(ctx context.Context, req *http.Request) (*reply, error) {
	at := time.Now()
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, h.broken(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, h.broken(ctx, err)
	case len(body) > maxReply:
		return nil, fmt.Errorf("the reply of provider %q is larger than %d MiB", h.id, maxReply>>20)
	}
	r := &reply{status: resp.StatusCode, statusText: strings.TrimSpace(strings.TrimPrefix(resp.Status, strconv.Itoa(resp.StatusCode))), text: string(body),
		headers: &jsvalue.Object{}, latencyMS: float64(time.Since(at).Milliseconds())}
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		r.headers.Set(strings.ToLower(name), strings.Join(resp.Header[name], ", "))
	}
	if r.json, err = jsvalue.Parse(r.text); err != nil {
		r.json = nil
	}
	r.retryAfter = generators.RetryAfter(resp.Header)
	return r, nil
}

// broken is a call that ended without a reply: nobody knows whether it was
// carried out.
func (h *httpCaller) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the address, whose query may hold a secret
	}
	return &pipeline.Transient{Err: fmt.Errorf("calling provider %q: %w", h.id, err), Ambiguous: true}
}

// accept says whether a status is an answer. promptfoo takes every status for one
// unless validateStatus says otherwise; here an error of the server is none, but
// where the configuration looks at the status itself.
func (h *httpCaller) accept(ctx context.Context, r *reply) error {
	failed := fmt.Errorf("HTTP call failed with status %d %s: %s", r.status, r.statusText, tail(r.text, 500))
	switch {
	case r.status == http.StatusTooManyRequests:
		return &pipeline.Transient{Err: failed, RetryAfter: r.retryAfter, Limited: true}
	case !h.spec.ValidateStatus.IsZero():
		v, err := h.run(ctx, h.spec.ValidateStatus, project.Arg{Name: "status", Value: r.status})
		if err != nil {
			return fmt.Errorf("validateStatus of provider %q: %w", h.id, err)
		}
		if !jsvalue.Truthy(v) {
			return failed
		}
	case h.runner.Exact, h.spec.ReadsStatus, r.status >= 200 && r.status <= 299:
	case r.status >= 500:
		return &pipeline.Transient{Err: failed, RetryAfter: r.retryAfter, Overload: r.status == http.StatusServiceUnavailable}
	default:
		return failed
	}
	return nil
}

// answer turns what the server said into an answer. sent is the prompt as the
// request's transform left it.
func (h *httpCaller) answer(ctx context.Context, sent any, r *reply) (*Response, error) {
	out := &Response{LatencyMS: r.latencyMS}
	about := jsvalue.NewObject("status", r.status, "statusText", r.statusText)
	if h.spec.Request == "" {
		about.Set("headers", r.headers)
		out.Raw = r.text
	}
	out.Metadata = jsvalue.NewObject("http", about)
	v, err := h.transform(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("transformResponse of provider %q: %w", h.id, err)
	}
	whole, given := v, false
	if o := objectOf(v); o != nil && !h.spec.TransformResponse.IsZero() {
		_, hasOutput := o.Get("output")
		_, hasError := o.Get("error")
		given = hasOutput || hasError
	}
	if given {
		v, _ = jsvalue.Field(whole, "output")
	} else {
		whole = outputOf(v)
	}
	switch {
	case h.runner.Exact && !jsvalue.Truthy(v): // promptfoo then takes the response for the output
		v = whole
	case given:
		out = completed(responseOf(whole), out)
		v = out.Output
	}
	out.Output, out.HasOutput = v, v != nil && !jsvalue.IsUndefined(v)
	if !out.HasOutput {
		out.Nothing = "No output: transformResponse found nothing in the reply"
	}
	h.count(out, sent, r)
	return out, nil
}

// outputOf is promptfoo's response with an output. Code does not say which nothing
// it returned: a key that is not there is the common one.
func outputOf(v any) *jsvalue.Object {
	if v == nil || jsvalue.IsUndefined(v) {
		return &jsvalue.Object{}
	}
	return jsvalue.NewObject("output", v)
}

// completed fills in what a response of the transform leaves out.
func completed(r, known *Response) *Response {
	if r.Raw == nil {
		r.Raw = known.Raw
	}
	if r.Metadata == nil {
		r.Metadata = known.Metadata
	}
	if r.LatencyMS == 0 {
		r.LatencyMS = known.LatencyMS
	}
	return r
}

// count notes the tokens: those that the server reports, else an estimate by
// words, else none.
func (h *httpCaller) count(out *Response, sent any, r *reply) {
	if out.HasTokens {
		return
	}
	out.HasTokens = true
	usage, _ := jsvalue.Field(r.json, "tokenUsage")
	if t, ok := tokensOf(usage); ok {
		out.Tokens = t
		return
	}
	out.Tokens.Requests = 1
	if h.spec.TokenEstimate > 0 {
		text, ok := out.Output.(string)
		if !ok {
			text = r.text
		}
		prompt, _ := sent.(string)
		out.Tokens.Prompt, out.Tokens.Completion = h.estimate(prompt), h.estimate(text)
		out.Tokens.Total = out.Tokens.Prompt + out.Tokens.Completion
	}
}

func (h *httpCaller) estimate(text string) int {
	n := float64(len(strings.Fields(text))) * h.spec.TokenEstimate
	whole := int(n)
	if float64(whole) < n {
		whole++
	}
	return whole
}
