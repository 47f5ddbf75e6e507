package promptfoo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
	method string
	client *http.Client
	path   []string // of a plain transformResponse such as json.a.b; nil = it has to run
}

func newHTTP(r *Runner, p *project.Provider) (caller, error) {
	h := &httpCaller{runner: r, id: p.ID, spec: p.Call.HTTP, method: p.Call.HTTP.Method}
	if h.method == "" {
		h.method = http.MethodPost
		if h.spec.Body == nil {
			h.method = http.MethodGet
		}
	}
	if h.spec.Request != "" || !h.spec.ValidateStatus.IsZero() || h.spec.TransformRequest != nil {
		return nil, fmt.Errorf("provider %q: config.request, validateStatus and transformRequest of http providers are not supported", p.ID)
	}
	h.path, _ = plainPath(h.spec.TransformResponse)
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, max(r.Width, 4)
	h.client = &http.Client{Transport: t}
	return h, nil
}

// plainPath takes "json.a.b[0]" apart: most transforms are no more than that.
func plainPath(c project.Code) ([]string, bool) {
	if c.Kind != "expression" || !strings.HasPrefix(c.Source, "json") {
		return nil, false
	}
	path := []string{}
	rest := strings.TrimSpace(c.Source)[len("json"):]
	for rest != "" {
		switch {
		case rest[0] == '.':
			n := 1
			for n < len(rest) && (rest[n] == '_' || rest[n] == '$' || rest[n] >= '0' && rest[n] <= '9' || rest[n]|32 >= 'a' && rest[n]|32 <= 'z') {
				n++
			}
			if n == 1 || rest[1] >= '0' && rest[1] <= '9' {
				return nil, false
			}
			path, rest = append(path, rest[1:n]), rest[n:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, false
			}
			if _, err := strconv.Atoi(rest[1:end]); err != nil {
				return nil, false
			}
			path, rest = append(path, rest[1:end]), rest[end+1:]
		default:
			return nil, false
		}
	}
	return path, true
}

func (h *httpCaller) remote() bool { return true }

func (h *httpCaller) close() error {
	h.client.CloseIdleConnections()
	return nil
}

// render fills in the templates of a value, all the way down.
func (h *httpCaller) render(v any, vars map[string]any) (any, error) {
	switch v := v.(type) {
	case string:
		return h.runner.render(v, vars)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = h.render(v[i], vars); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return v, nil
	}
	o := &jsvalue.Object{}
	for _, k := range keys {
		x, _ := jsvalue.Field(v, k)
		x, err := h.render(x, vars)
		if err != nil {
			return nil, err
		}
		o.Set(k, x)
	}
	return o, nil
}

func (h *httpCaller) call(ctx context.Context, q *ask) (*Response, error) {
	req, err := h.request(ctx, q)
	if err != nil {
		return nil, err
	}
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
	r, err := h.reply(ctx, q, resp, string(body))
	if r != nil {
		r.LatencyMS = float64(time.Since(at).Microseconds()) / 1e3
	}
	return r, err
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

func (h *httpCaller) request(ctx context.Context, q *ask) (*http.Request, error) {
	vars := plainVars(q.vars)
	vars["prompt"] = q.prompt
	address, err := h.runner.render(h.spec.URL, vars)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("provider %q: its url is no address", h.id)
	}
	if h.spec.QueryParams.Len() > 0 {
		query := u.Query()
		for _, k := range h.spec.QueryParams.Keys() {
			x, _ := h.spec.QueryParams.Get(k)
			if x, err = h.render(x, vars); err != nil {
				return nil, err
			}
			query.Set(k, jsvalue.ToString(x))
		}
		u.RawQuery = query.Encode()
	}
	body, isJSON, err := h.body(vars)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, h.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", h.id, err)
	}
	if body == nil {
		req.Body, req.ContentLength = nil, 0
	}
	if isJSON {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, k := range h.spec.Headers.Keys() {
		x, _ := h.spec.Headers.Get(k)
		if x, err = h.render(x, vars); err != nil {
			return nil, err
		}
		req.Header.Set(k, jsvalue.ToString(x))
	}
	return req, nil
}

// body is what is sent. Texts that are put into a text of JSON are escaped for
// it; where the whole of it was JSON afterwards, it stays as it is.
func (h *httpCaller) body(vars map[string]any) (body []byte, isJSON bool, err error) {
	switch b := h.spec.Body.(type) {
	case nil:
		return nil, false, nil
	case string:
		text, err := h.runner.render(b, vars)
		if err != nil {
			return nil, false, err
		}
		if json.Valid([]byte(text)) {
			return []byte(text), true, nil
		}
		if escaped, err := h.runner.render(b, escapedVars(vars)); err == nil && json.Valid([]byte(escaped)) {
			return []byte(escaped), true, nil
		}
		return []byte(text), false, nil
	default:
		v, err := h.render(b, vars)
		if err != nil {
			return nil, false, err
		}
		text, _ := jsvalue.Stringify(v, "")
		return []byte(text), true, nil
	}
}

// escapedVars are variables whose texts can stand between the quotes of JSON.
func escapedVars(vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for k, v := range vars {
		if s, ok := v.(string); ok {
			var b strings.Builder
			jsvalue.Quote(&b, s)
			v = b.String()[1 : b.Len()-1]
		}
		out[k] = v
	}
	return out
}

// reply turns what the server said into an answer.
func (h *httpCaller) reply(ctx context.Context, q *ask, resp *http.Response, body string) (*Response, error) {
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, &pipeline.Transient{Err: fmt.Errorf("HTTP call failed with status %s: %s", resp.Status, tail(body, 300)),
			RetryAfter: time.Duration(after) * time.Second, Overload: resp.StatusCode == 503, Limited: resp.StatusCode == 429}
	}
	headers := &jsvalue.Object{}
	r := &Response{Raw: body, Metadata: jsvalue.NewObject("http", jsvalue.NewObject("status", resp.StatusCode, "statusText", http.StatusText(resp.StatusCode), "headers", headers))}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, fmt.Errorf("HTTP call failed with status %s: %s", resp.Status, tail(body, 500))
	}
	parsed, jsonErr := jsvalue.Parse(body)
	if jsonErr != nil {
		parsed = nil
	}
	v, err := h.transform(ctx, q, parsed, body)
	if err != nil {
		return nil, fmt.Errorf("transformResponse of provider %q: %w", h.id, err)
	}
	if o := objectOf(v); o != nil {
		_, hasOutput := o.Get("output")
		_, hasError := o.Get("error")
		if hasOutput || hasError {
			more := responseOf(o)
			more.Raw, more.Metadata = r.Raw, r.Metadata.Clone().Merge(more.Metadata)
			return more, nil
		}
	}
	r.Output, r.HasOutput = v, v != nil && !jsvalue.IsUndefined(v)
	return r, nil
}

func (h *httpCaller) transform(ctx context.Context, q *ask, parsed any, text string) (any, error) {
	switch {
	case h.spec.TransformResponse.IsZero():
		if parsed != nil {
			return parsed, nil
		}
		return text, nil
	case h.path != nil:
		return follow(parsed, h.path)
	}
	return h.runner.Languages.Call(ctx, called(h.spec.TransformResponse), []project.Arg{{Name: "json", Value: parsed}, {Name: "text", Value: text}, {Name: "context", Value: q.context()}})
}

// follow reads a member of a member; a step into nothing is an error, as it is
// in JavaScript.
func follow(v any, path []string) (any, error) {
	for i, key := range path {
		if v == nil || jsvalue.IsUndefined(v) {
			return nil, fmt.Errorf("there is no property %[2]q of %[1]s", jsvalue.ToString(v), path[i])
		}
		if list, ok := v.([]any); ok {
			n, err := strconv.Atoi(key)
			switch {
			case err == nil && n >= 0 && n < len(list):
				v = list[n]
			case key == "length":
				v = float64(len(list))
			default:
				v = jsvalue.Undefined
			}
			continue
		}
		x, ok := jsvalue.Field(v, key)
		if !ok {
			x = jsvalue.Undefined
		}
		v = x
	}
	return v, nil
}

// called is a transform that is written as a function, as a call of it.
func called(c project.Code) project.Code {
	text := strings.TrimSpace(c.Source)
	if c.Kind != "file" && isFunction(text) {
		c.Kind, c.Source = "expression", "("+strings.TrimSuffix(text, ";")+")(json, text, context)"
	}
	return c
}

// isFunction says whether a text is a function or an arrow function.
func isFunction(text string) bool {
	text = strings.TrimSpace(strings.TrimPrefix(text, "async "))
	if strings.HasPrefix(text, "function") {
		return true
	}
	head, _, ok := strings.Cut(text, "=>")
	head = strings.TrimSpace(head)
	if !ok {
		return false
	}
	if strings.HasPrefix(head, "(") {
		return strings.HasSuffix(head, ")") && strings.Count(head, "(") == strings.Count(head, ")") && !strings.Contains(head, ").")
	}
	return head != "" && !strings.ContainsAny(head, " .,;()[]{}+-*/=<>!?:&|'\"`")
}
