package promptfoo

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// run runs code of an http provider.
func (h *httpCaller) run(ctx context.Context, c project.Code, args ...project.Arg) (any, error) {
	if h.runner.Languages == nil {
		return nil, fmt.Errorf("it needs a program that runs scripts")
	}
	return h.runner.Languages.Call(ctx, c, args)
}

// transform makes the output of a reply.
func (h *httpCaller) transform(ctx context.Context, r *reply) (any, error) {
	switch {
	case h.spec.TransformResponse.IsZero():
		if jsvalue.Truthy(r.json) {
			return r.json, nil
		}
		return r.text, nil
	case h.path != nil:
		return follow(r.json, h.path)
	}
	about := jsvalue.NewObject("response", jsvalue.NewObject("data", r.text, "status", r.status, "statusText", r.statusText, "headers", r.headers, "cached", false, "latencyMs", r.latencyMS))
	parsed := r.json
	if !jsvalue.Truthy(parsed) {
		parsed = nil
	}
	return h.run(ctx, h.spec.TransformResponse, project.Arg{Name: "json", Value: parsed}, project.Arg{Name: "text", Value: r.text}, project.Arg{Name: "context", Value: about})
}

// parseSession reads a session's id from a reply; without code, or where the
// code finds none, it is the one before.
func (h *httpCaller) parseSession(ctx context.Context, c project.Code, r *reply, before any) (any, error) {
	if c.IsZero() {
		return before, nil
	}
	body := r.json
	if body == nil {
		body = r.text
	}
	id, err := h.run(ctx, c, project.Arg{Name: "data", Value: jsvalue.NewObject("headers", r.headers, "body", body)})
	if err != nil || !jsvalue.Truthy(id) {
		return before, err
	}
	return id, nil
}

// plainPath takes "(json.a.b[0])" apart: most transforms are no more than that.
func plainPath(c project.Code) ([]string, bool) {
	text := strings.TrimSuffix(strings.TrimPrefix(c.Source, "("), ")")
	if c.Kind != "expression" || !strings.HasPrefix(text, "json") {
		return nil, false
	}
	path := []string{}
	rest := strings.TrimSpace(text)[len("json"):]
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
		if s, ok := v.(string); ok && key == "length" {
			v = float64(jsvalue.Length(s))
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
