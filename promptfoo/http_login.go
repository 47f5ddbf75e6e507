package promptfoo

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// token is one that an authorization server gave.
type token struct {
	text    string
	expires time.Time
}

// tokenMargin is how long before its end a token is renewed.
const tokenMargin = time.Minute

// login puts the token of an OAuth login among the variables.
func (h *httpCaller) login(ctx context.Context, vars map[string]any) error {
	a := h.spec.Auth
	if a == nil || a.Type != "oauth" {
		return nil
	}
	form := url.Values{"grant_type": {a.GrantType}}
	address, err := h.text(a.TokenURL, vars)
	if err != nil {
		return err
	}
	fields := map[string]string{"client_id": a.ClientID, "client_secret": string(a.ClientSecret), "scope": strings.Join(a.Scopes, " ")}
	if a.GrantType == "password" {
		fields["username"], fields["password"] = a.Username, string(a.Password)
	}
	for name, template := range fields {
		if text, err := h.text(template, vars); err != nil {
			return err
		} else if text != "" {
			form.Set(name, text)
		}
	}
	h.mu.Lock() // one asks, the others wait for its token
	defer h.mu.Unlock()
	key := address + "\n" + form.Encode()
	if t, ok := h.tokens[key]; ok && time.Until(t.expires) > tokenMargin {
		vars["token"] = t.text
		return nil
	}
	t, err := h.askToken(ctx, address, form)
	if err != nil {
		return fmt.Errorf("provider %q: failed to refresh its OAuth token: %w", h.id, err)
	}
	h.tokens[key] = t
	vars["token"] = t.text
	return nil
}

func (h *httpCaller) askToken(ctx context.Context, address string, form url.Values) (t token, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return t, fmt.Errorf("tokenUrl is no address")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := h.send(ctx, req)
	switch {
	case err != nil:
		return t, err
	case r.status < 200 || r.status > 299:
		return t, fmt.Errorf("status %d %s", r.status, r.statusText)
	}
	access, _ := jsvalue.Field(r.json, "access_token")
	if t.text, _ = access.(string); t.text == "" {
		return t, fmt.Errorf("the reply has no access_token")
	}
	seconds := 3600.0
	if x, ok := jsvalue.Field(r.json, "expires_in"); ok && jsvalue.Truthy(x) {
		seconds = jsvalue.ToNumber(x)
	}
	t.expires = time.Now().Add(time.Duration(seconds * float64(time.Second)))
	return t, nil
}

// authorize adds a login's header or parameter.
func (h *httpCaller) authorize(req *http.Request, vars map[string]any) error {
	a := h.spec.Auth
	if a == nil {
		return nil
	}
	var texts []string
	for _, template := range []string{string(a.Token), a.Username, string(a.Password), a.KeyName, string(a.Value)} {
		text, err := h.text(template, vars)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	switch {
	case a.Type == "bearer":
		req.Header.Set("Authorization", "Bearer "+texts[0])
	case a.Type == "basic":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(texts[1]+":"+texts[2])))
	case a.Type == "oauth":
		req.Header.Set("Authorization", "Bearer "+jsvalue.ToString(vars["token"]))
	case a.Placement == "header":
		req.Header.Set(texts[3], texts[4])
	default:
		query := url.Values{texts[3]: {texts[4]}}.Encode()
		if req.URL.RawQuery != "" {
			query = req.URL.RawQuery + "&" + query
		}
		req.URL.RawQuery = query
	}
	return nil
}

// session asks the session's endpoint for an id, and puts it among the variables.
// An id that the endpoint gave before is used again.
func (h *httpCaller) session(ctx context.Context, vars map[string]any) (id any, err error) {
	s := h.spec.Session
	if s == nil {
		return nil, nil
	}
	given := jsvalue.ToString(vars["sessionId"])
	h.mu.Lock()
	known := h.sessions[given]
	h.mu.Unlock()
	if known {
		return vars["sessionId"], nil
	}
	id, err = h.newSession(ctx, vars)
	if err != nil {
		return nil, fmt.Errorf("session of provider %q: %w", h.id, err)
	}
	h.mu.Lock()
	h.sessions[jsvalue.ToString(id)] = true
	h.mu.Unlock()
	vars["sessionId"] = id
	return id, nil
}

func (h *httpCaller) newSession(ctx context.Context, vars map[string]any) (any, error) {
	s := h.spec.Session
	address, err := h.text(s.URL, vars)
	if err != nil {
		return nil, err
	}
	body := ""
	isJSON := false
	if s.Body != nil && s.Method != http.MethodGet {
		v, err := h.render(s.Body, vars)
		if err != nil {
			return nil, err
		}
		var isText bool
		if body, isText = v.(string); !isText {
			body, _ = jsvalue.Stringify(v, "")
			isJSON = true
		}
	}
	u, err := webAddress(address)
	if err != nil {
		return nil, fmt.Errorf("its url is no address")
	}
	req, err := http.NewRequestWithContext(ctx, s.Method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if isJSON {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := h.headers(req, s.Headers, vars); err != nil {
		return nil, err
	}
	r, err := h.send(ctx, req)
	if err != nil {
		return nil, err
	}
	if r.status < 200 || r.status > 299 {
		return nil, fmt.Errorf("status %d %s", r.status, r.statusText)
	}
	id, err := h.parseSession(ctx, s.Parser, r, nil)
	if err == nil && id == nil {
		err = fmt.Errorf("the endpoint gave no id")
	}
	return id, err
}
