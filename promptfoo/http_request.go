package promptfoo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// variables are what the templates of a request see.
func (h *httpCaller) variables(q *ask) map[string]any {
	vars := q.vars.Map()
	vars["prompt"] = q.prompt
	if h.runner.EvalID != "" {
		vars["evaluationId"] = h.runner.EvalID
	}
	for name, v := range map[string]any{"tools": h.spec.Tools, "tool_choice": h.spec.ToolChoice} {
		if own, ok := q.config.Get(name); ok && own != nil {
			v = own
		}
		if _, isText := v.(string); v != nil && !isText {
			v, _ = jsvalue.Stringify(v, "")
		}
		if v != nil {
			vars[name] = v
		}
	}
	return vars
}

// request makes the request of a call. sent is the prompt as the transform of
// the request leaves it.
func (h *httpCaller) request(ctx context.Context, q *ask, vars map[string]any) (sent any, req *http.Request, err error) {
	sent = q.prompt
	if c := h.spec.TransformRequest; !c.IsZero() {
		seen := &jsvalue.Object{}
		for _, k := range slices.Sorted(maps.Keys(vars)) {
			seen.Set(k, vars[k])
		}
		if sent, err = h.run(ctx, c, project.Arg{Name: "prompt", Value: q.prompt}, project.Arg{Name: "vars", Value: seen}, project.Arg{Name: "context", Value: q.context()}); err != nil {
			return nil, nil, fmt.Errorf("transformRequest of provider %q: %w", h.id, err)
		}
	}
	if h.spec.Request != "" {
		req, err = h.rawRequest(ctx, sent, vars)
	} else {
		req, err = h.configured(ctx, sent, vars)
	}
	if err == nil {
		err = h.authorize(req, vars)
	}
	return sent, req, err
}

// configured is a request of url, method, headers and body.
func (h *httpCaller) configured(ctx context.Context, sent any, vars map[string]any) (*http.Request, error) {
	text, err := h.text(h.spec.URL, vars)
	if err != nil {
		return nil, err
	}
	u, err := webAddress(text)
	if err != nil {
		return nil, fmt.Errorf("provider %q: its url is no address", h.id)
	}
	if err := h.query(u, vars); err != nil {
		return nil, err
	}
	method, err := h.text(h.spec.Method, vars)
	if err != nil {
		return nil, err
	}
	if method == "" {
		method = http.MethodGet
		if h.spec.Multipart != nil {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", h.id, err)
	}
	switch h.spec.Body.(type) {
	case nil:
	case string:
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		req.Header.Set("Content-Type", "application/json")
	}
	if err := h.headers(req, h.spec.Headers, vars); err != nil {
		return nil, err
	}
	return req, h.fill(req, sent, vars)
}

// query adds the parameters of queryParams.
func (h *httpCaller) query(u *url.URL, vars map[string]any) error {
	if h.spec.QueryParams.Len() == 0 {
		return nil
	}
	query := u.Query()
	for _, k := range h.spec.QueryParams.Keys() {
		x, _ := h.spec.QueryParams.Get(k)
		x, err := h.render(x, vars)
		if err != nil {
			return err
		}
		query.Add(k, jsvalue.ToString(x))
	}
	u.RawQuery = query.Encode()
	return nil
}

func (h *httpCaller) headers(req *http.Request, headers *jsvalue.Object, vars map[string]any) error {
	for _, k := range headers.Keys() {
		x, _ := headers.Get(k)
		x, err := h.render(x, vars)
		if err != nil {
			return err
		}
		if text := jsvalue.ToString(x); strings.EqualFold(k, "host") {
			req.Host = text
		} else {
			req.Header.Set(k, text)
		}
	}
	return nil
}

// fill gives a request its body; a GET has none.
func (h *httpCaller) fill(req *http.Request, sent any, vars map[string]any) error {
	vars = maps.Clone(vars)
	vars["prompt"] = sent
	var body []byte
	var err error
	if h.spec.Multipart != nil {
		var kind string
		body, kind, err = h.form(vars)
		req.Header.Set("Content-Type", kind)
	} else {
		body, err = h.body(sent, vars, strings.Contains(req.Header.Get("Content-Type"), "application/json"))
	}
	if err == nil && body != nil && req.Method != http.MethodGet {
		setBody(req, body)
	}
	return err
}

func setBody(req *http.Request, body []byte) {
	with, _ := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body)) // sets GetBody too, for redirects
	req.Body, req.GetBody, req.ContentLength = with.Body, with.GetBody, with.ContentLength
}

// body is what is sent. In a body of JSON a text that is an object or a list of
// JSON after its templates are filled stands as that; an object that the
// request's transform made is merged over the body.
func (h *httpCaller) body(sent any, vars map[string]any, isJSON bool) ([]byte, error) {
	body := h.spec.Body
	if !isJSON {
		if body == nil {
			return nil, nil
		}
		template, ok := body.(string)
		if !ok {
			return nil, fmt.Errorf("provider %q: the body is an object, so its Content-Type must be application/json", h.id)
		}
		text, err := h.text(template, vars)
		return []byte(strings.TrimSpace(text)), err
	}
	template, isText := body.(string)
	if isText {
		if v, err := jsvalue.Parse(template); err == nil {
			body, isText = v, false
		}
	}
	if made := objectOf(sent); made != nil {
		v := any((&jsvalue.Object{}).Merge(objectOf(body), made))
		text, _ := jsvalue.Stringify(v, "")
		return []byte(text), nil
	}
	var v any
	var err error
	if isText {
		v, err = h.jsonText(template, vars)
	} else {
		v, err = h.render(body, vars)
		v = unfolded(v)
	}
	if err != nil || v == nil {
		return nil, err
	}
	if text, ok := v.(string); ok && isText {
		return []byte(text), nil
	}
	text, _ := jsvalue.Stringify(v, "")
	return []byte(text), nil
}

// jsonText fills in a template of JSON. Texts that break it are escaped for it;
// what is no JSON even then is sent as it is.
func (h *httpCaller) jsonText(template string, vars map[string]any) (any, error) {
	text, err := h.text(template, vars)
	if err != nil {
		return nil, err
	}
	if v, err := jsvalue.Parse(text); err == nil {
		return unfolded(v), nil
	}
	if escaped, err := h.text(template, escapedVars(vars)); err == nil {
		if v, err := jsvalue.Parse(escaped); err == nil {
			return v, nil
		}
	}
	return text, nil
}

// unfolded puts texts that are objects or lists of JSON as such.
func unfolded(v any) any {
	if s, ok := v.(string); ok {
		if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
			if x, err := jsvalue.Parse(s); err == nil {
				return x
			}
		}
		return v
	}
	if list, ok := v.([]any); ok {
		out := make([]any, len(list))
		for i := range list {
			out[i] = unfolded(list[i])
		}
		return out
	}
	o := objectOf(v)
	if o == nil {
		return v
	}
	out := &jsvalue.Object{}
	for _, k := range o.Keys() {
		x, _ := o.Get(k)
		out.Set(k, unfolded(x))
	}
	return out
}

// escapedVars are variables whose texts can stand between the quotes of JSON.
func escapedVars(vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for k, v := range vars {
		if s, ok := v.(string); ok {
			quoted := jsvalue.AppendQuoted(nil, s)
			v = string(quoted[1 : len(quoted)-1])
		}
		out[k] = v
	}
	return out
}

// form is a body of fields and files.
func (h *httpCaller) form(vars map[string]any) (body []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range h.spec.Multipart {
		var texts [4]string
		for i, template := range []string{p.Name, p.Value, p.Path, p.Filename} {
			if texts[i], err = h.text(template, vars); err != nil {
				return nil, "", err
			}
		}
		name, value, path, file := texts[0], texts[1], texts[2], texts[3]
		if path == "" {
			err = w.WriteField(name, crlf(value))
		} else {
			err = attach(w, name, path, file, p.Type)
		}
		if err != nil {
			return nil, "", fmt.Errorf("provider %q: the form's part %q: %w", h.id, name, err)
		}
	}
	err = w.Close()
	return b.Bytes(), w.FormDataContentType(), err
}

func attach(w *multipart.Writer, name, path, file, kind string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if file == "" {
		file = filepath.Base(path)
	}
	if kind == "" {
		if kind = mime.TypeByExtension(filepath.Ext(path)); kind == "" {
			kind = "application/octet-stream"
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": name, "filename": file}))
	header.Set("Content-Type", kind)
	part, err := w.CreatePart(header)
	if err == nil {
		_, err = part.Write(data)
	}
	return err
}

// text fills in a template.
func (h *httpCaller) text(template string, vars map[string]any) (string, error) {
	if !strings.Contains(template, "{") {
		return template, nil
	}
	return h.runner.render(template, vars)
}

// render fills in the templates of a value, all the way down.
func (h *httpCaller) render(v any, vars map[string]any) (any, error) {
	switch v := v.(type) {
	case string:
		return h.text(v, vars)
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
