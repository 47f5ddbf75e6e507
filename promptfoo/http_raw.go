package promptfoo

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// rawMethods are the methods that a raw request may begin with.
var rawMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY", "PROPFIND", "SEARCH", "PURGE", "REPORT"}

// rawRequest is a request that the configuration writes out whole. Only {{…}} is
// filled in, with texts escaped for JSON, so that other braces stay as they are.
func (h *httpCaller) rawRequest(ctx context.Context, sent any, vars map[string]any) (*http.Request, error) {
	vars = maps.Clone(vars)
	vars["prompt"] = sent
	text, err := h.text(rawTemplate(h.spec.Request), escapedVars(vars))
	if err != nil {
		return nil, err
	}
	raw, err := parseRaw(text)
	if err != nil {
		return nil, fmt.Errorf("provider %q: its raw request: %w", h.id, err)
	}
	protocol := "http"
	if strings.HasPrefix(h.spec.URL, "https") || h.spec.UseHTTPS {
		protocol = "https"
	}
	u, err := webAddress(protocol + "://" + raw.header.Get("Host") + raw.target)
	if err != nil {
		return nil, fmt.Errorf("provider %q: its raw request has no valid address", h.id)
	}
	req, err := http.NewRequestWithContext(ctx, raw.method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", h.id, err)
	}
	raw.header.Del("Host")
	raw.header.Del("Content-Length")
	req.Header = raw.header
	if raw.body != "" {
		setBody(req, []byte(raw.body))
	}
	return req, nil
}

// rawTemplate puts everything but {{…}} between raw tags.
func rawTemplate(text string) string {
	var b strings.Builder
	for text != "" {
		from := strings.Index(text, "{{")
		to := -1
		if from >= 0 {
			to = strings.Index(text[from:], "}}")
		}
		if to < 0 {
			from, to = len(text), 0
		} else {
			to += from + 2
		}
		if from > 0 {
			b.WriteString("{% raw %}" + text[:from] + "{% endraw %}")
		}
		if to == 0 {
			break
		}
		b.WriteString(text[from:to])
		text = text[to:]
	}
	return b.String()
}

// raw is a request that is written out.
type raw struct {
	method, target string
	header         http.Header
	body           string
}

// parseRaw reads METHOD PATH HTTP/1.1, the headers, and the body behind a blank
// line.
func parseRaw(text string) (*raw, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	words := strings.Fields(lines[0])
	if len(words) < 3 || !strings.HasPrefix(strings.ToLower(words[len(words)-1]), "http") {
		return nil, fmt.Errorf("it must begin with a line such as POST /path HTTP/1.1")
	}
	r := &raw{method: words[0], header: http.Header{}, body: crlf(strings.TrimSpace(body))}
	if !slices.Contains(rawMethods, r.method) {
		return nil, fmt.Errorf("unknown method %q; known: %s", r.method, strings.Join(rawMethods, ", "))
	}
	first := lines[0]
	r.target = target(strings.TrimSpace(first[strings.IndexByte(first, ' ')+1 : strings.LastIndexByte(first, ' ')]))
	for i, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("line %d is no header", i+2)
		}
		r.header.Set(name, strings.TrimSpace(value))
	}
	if r.header.Get("Host") == "" {
		return nil, fmt.Errorf("it has no Host header")
	}
	return r, nil
}

// crlf writes line ends as HTTP and forms have them.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// target is a path with its query, escaped where that is needed, without the
// server's name.
func target(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		text = strings.TrimPrefix(text, u.Scheme+"://")
		if _, rest, ok := strings.Cut(text, "/"); ok {
			text = "/" + rest
		} else {
			text = "/"
		}
	}
	text, _, _ = strings.Cut(text, "#")
	path, query, asked := strings.Cut(text, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	path = encoded(path, " \"<>`{}^\\")
	if asked {
		path += "?" + encoded(query, " \"<>'")
	}
	return path
}
