package project

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// HTTPCall is the http provider's config. Its texts are templates that a call
// fills in with the row's variables and the prompt.
type HTTPCall struct {
	URL         string
	Method      string // "" = GET, as promptfoo has it; POST with Multipart
	Headers     *jsvalue.Object
	Body        any // template text, or an object whose texts are templates
	QueryParams *jsvalue.Object
	Request     string // a whole raw request; "" mostly: then Body, Headers, Method and QueryParams do not count
	UseHTTPS    bool   // of a raw request
	Multipart   []HTTPPart
	Auth        *HTTPAuth // nil = none
	Session     *HTTPSession
	Tools       any // tools and tool_choice as templates see them; nil = none
	ToolChoice  any

	TransformRequest  Code // function or expression over prompt, vars, context
	TransformResponse Code // over json, text, context
	ValidateStatus    Code // over status; zero = see ReadsStatus
	SessionParser     Code // over data: {headers, body}
	// ReadsStatus says that the response's transform looks at the status itself, so
	// that a status of failure is an answer to it.
	ReadsStatus   bool
	MaxRetries    *int    // nil = the run's
	TokenEstimate float64 // tokens a word; 0 = tokens are not estimated
}

// HTTPAuth is a login of the http provider. Values are templates.
type HTTPAuth struct {
	Type                          string // "bearer" | "basic" | "api_key" | "oauth"
	Token                         Secret // of bearer
	Username                      string
	Password                      Secret
	KeyName, Placement            string // of api_key: placement is "header" | "query"
	Value                         Secret
	GrantType, TokenURL, ClientID string // of oauth: "client_credentials" | "password"
	ClientSecret                  Secret
	Scopes                        []string
}

// HTTPSession is the endpoint that gives a session's id before each call.
type HTTPSession struct {
	URL, Method string // GET or POST
	Headers     *jsvalue.Object
	Body        any
	Parser      Code // over data: {headers, body}
}

// HTTPPart is one field or file of a form.
type HTTPPart struct {
	Name, Value    string // Value of a field
	Path           string // of a file, absolute unless it is a template; "" = a field
	Filename, Type string // of a file; "" = from its path
}

// httpKeys are the keys of the http provider's config.
func httpKeys() []key {
	return append(known("url", "method", "headers", "body", "queryParams", "request", "useHttps", "multipart", "auth", "session", "tools", "tool_choice",
		"transformRequest", "transformResponse", "responseParser", "validateStatus", "maxRetries", "tokenEstimation", "basePath", "stateful", "sessionParser", "sessionSource"),
		key{"transformToolsFormat", "tools are sent as they are written; write them in the server's own format", false},
		key{"signatureAuth", "requests are not signed; let a script sign them: file://provider.mjs", false},
		key{"tls", "certificates of clients are not supported; let a script send the request: file://provider.mjs", false},
		key{"timeoutMs", "the time limit is evaluateOptions.timeoutMs", true})
}

// httpCall reads the http provider.
func (l *loader) httpCall(id string, cfg *tree, at Place, key string) Call {
	path := key + ".config"
	l.checkKeys(cfg, path, httpKeys())
	h := HTTPCall{URL: cmp.Or(cfg.word("url"), id), Method: cfg.word("method"), Request: cfg.word("request")}
	if name, ok := strings.CutPrefix(h.Request, "file://"); ok {
		text, err := l.read(l.path(l.dir, name))
		if err != nil {
			l.failErr(cfg.get("request").Place, path+".request", err)
		}
		h.Request = text
	}
	h.Headers, h.QueryParams = objectOrNil(cfg.get("headers")), objectOrNil(cfg.get("queryParams"))
	if b := cfg.get("body"); !b.null() {
		h.Body = l.fileIn(b.copy(), path+".body", false).value()
	}
	h.Multipart = l.multipart(cfg.get("multipart"), path+".multipart")
	switch {
	case h.Request == "" && (h.URL == "http" || h.URL == "https"):
		l.fail(at, path, "the http provider needs url or request")
		return Call{}
	case h.Request == "" && h.Body == nil && h.Multipart == nil && h.Method != "GET":
		l.fail(at, path, "the http provider needs a body; a request without one says method: GET")
		return Call{}
	case h.Request == "" && h.Body != nil && h.Method == "":
		l.note(at, path, "no method is given, so the request is a GET without its body, as promptfoo sends it; write method: POST")
	case h.Multipart != nil && (h.Body != nil || h.Request != ""):
		l.fail(cfg.get("multipart").Place, path+".multipart", "body and request exclude multipart")
	}
	if b := l.truth(cfg, path, "useHttps"); b != nil {
		h.UseHTTPS = *b
	}
	if cfg.get("maxRetries") != nil {
		n := l.whole(cfg, path, "maxRetries")
		h.MaxRetries = &n
	}
	if t := cfg.get("tokenEstimation"); t.isObject() && t.get("enabled") != nil && t.get("enabled").scalar == true {
		if h.TokenEstimate = l.number(t, path+".tokenEstimation", "multiplier"); h.TokenEstimate == 0 {
			h.TokenEstimate = 1.3
		}
	}
	h.Tools, h.ToolChoice = l.fileOrNil(cfg.get("tools"), path+".tools"), l.fileOrNil(cfg.get("tool_choice"), path+".tool_choice")
	h.Auth = l.httpAuth(cfg.get("auth"), path+".auth")
	h.Session = l.httpSession(cfg.get("session"), path+".session")
	l.httpCode(&h, cfg, path)
	return Call{Kind: CallHTTP, HTTP: h}
}

// httpCode reads the code of an http provider.
func (l *loader) httpCode(h *HTTPCall, cfg *tree, path string) {
	code := func(name string, params string) Code {
		return l.lambda(cfg.get(name), path+"."+name, params)
	}
	h.TransformRequest = code("transformRequest", "prompt, vars, context")
	name := "transformResponse"
	if cfg.get(name).null() {
		name = "responseParser"
	}
	h.TransformResponse = code(name, "json, text, context")
	h.ValidateStatus, h.SessionParser = code("validateStatus", "status"), code("sessionParser", "data")
	c := h.TransformResponse
	h.ReadsStatus = strings.Contains(c.Source, "status") || strings.Contains(l.texts[c.Path], "status")
}

// lambda reads code of an http provider: a script's file, a function's text, or
// an expression over the parameters, however many lines it has.
func (l *loader) lambda(t *tree, key, params string) Code {
	if t.null() {
		return Code{}
	}
	s, ok := t.text()
	if _, is := t.function(); is || strings.HasPrefix(s, "file://") || strings.HasPrefix(s, "package:") {
		return l.transform(t, key, l.dir)
	}
	s = strings.TrimSuffix(jsvalue.Trim(s), ";")
	if !ok || s == "" {
		l.fail(t.Place, key, "expected JavaScript or file://SCRIPT, found %s", t.describe())
		return Code{}
	}
	c := Code{Place: t.Place, Language: "javascript", Kind: "expression", Source: s}
	switch {
	case isFunction(s):
		c.Source = "(" + s + ")(" + params + ")"
	case strings.HasSuffix(key, ".transformRequest") && hasWord(s, "return"):
		c.Kind = "function-body"
	default:
		c.Source = "(" + s + ")"
	}
	l.starts(c, "transform")
	return c
}

// hasWord says whether a text has a word of its own.
func hasWord(text, word string) bool {
	part := func(b byte) bool { return b == '_' || b >= '0' && b <= '9' || b|32 >= 'a' && b|32 <= 'z' }
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if (from == 0 || !part(text[from-1])) && (to == len(text) || !part(text[to])) {
			return true
		}
		at = to
	}
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

// httpAuth reads a login.
func (l *loader) httpAuth(t *tree, path string) *HTTPAuth {
	if t.null() {
		return nil
	}
	a := &HTTPAuth{Type: t.word("type"), Token: Secret(t.word("token")), Username: t.word("username"), Password: Secret(t.word("password")),
		KeyName: t.word("keyName"), Value: Secret(t.word("value")), Placement: t.word("placement"),
		GrantType: cmp.Or(t.word("grantType"), "client_credentials"), TokenURL: t.word("tokenUrl"), ClientID: t.word("clientId"), ClientSecret: Secret(t.word("clientSecret"))}
	a.Scopes = l.stringList(t, path, "scopes")
	missing := ""
	switch a.Type {
	case "bearer":
		if a.Token == "" {
			missing = "token"
		}
	case "basic":
		if a.Username == "" {
			missing = "username"
		}
	case "api_key":
		if a.KeyName == "" {
			missing = "keyName"
		}
		if a.Placement != "header" && a.Placement != "query" {
			l.fail(t.Place, path+".placement", "known: header, query")
		}
	case "oauth":
		if a.TokenURL == "" {
			missing = "tokenUrl"
		}
	default:
		l.fail(t.Place, path+".type", "%s", unknown("login", a.Type, []string{"bearer", "basic", "api_key", "oauth"}))
	}
	if missing != "" {
		l.fail(t.Place, path, "a login of type %s needs %s", a.Type, missing)
	}
	return a
}

func (l *loader) httpSession(t *tree, path string) *HTTPSession {
	if t.null() {
		return nil
	}
	l.checkKeys(t, path, known("url", "method", "headers", "body", "responseParser"))
	s := &HTTPSession{URL: t.word("url"), Method: cmp.Or(t.word("method"), "POST"), Headers: objectOrNil(t.get("headers"))}
	if b := t.get("body"); !b.null() {
		s.Body = b.value()
	}
	s.Parser = l.lambda(t.get("responseParser"), path+".responseParser", "data")
	if s.URL == "" || s.Parser.IsZero() || s.Method != "GET" && s.Method != "POST" {
		l.fail(t.Place, path, "a session needs url, responseParser, and GET or POST as its method")
	}
	return s
}

// multipart reads the parts of a form.
func (l *loader) multipart(t *tree, path string) (parts []HTTPPart) {
	if t.null() {
		return nil
	}
	for i, x := range l.oneOrMany(t.get("parts")) {
		where := path + ".parts[" + strconv.Itoa(i) + "]"
		p := HTTPPart{Name: x.word("name")}
		switch source := x.get("source"); {
		case x.word("kind") == "field":
			if v := x.get("value"); v != nil {
				p.Value = jsvalue.ToString(v.value())
			}
		case source.word("type") == "path" && source.word("path") != "":
			p.Path = l.path(l.dir, strings.TrimPrefix(source.word("path"), "file://"))
			p.Filename, p.Type = cmp.Or(x.word("filenameTemplate"), x.word("filename")), x.word("contentType")
		default:
			l.fail(x.Place, where, "expected kind: field with a value, or a file with source: {type: path, path: FILE}; documents are not generated")
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		l.fail(t.Place, path, "a form needs parts")
	}
	return parts
}

// fileOrNil is a value with its files read in.
func (l *loader) fileOrNil(t *tree, path string) any {
	if t.null() {
		return nil
	}
	return l.fileIn(t.copy(), path, false).value()
}

func objectOrNil(t *tree) *jsvalue.Object {
	if !t.isObject() {
		return nil
	}
	return t.object()
}
