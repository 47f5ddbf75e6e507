package generators

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func stub(t testing.TB, opts stubserver.Options) *stubserver.Server {
	t.Helper()
	s, err := stubserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newHTTP(t testing.TB, cfg HTTPConfig) *HTTP {
	t.Helper()
	h, err := NewHTTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func chatOf(t testing.TB, s *stubserver.Server) *HTTP {
	return newHTTP(t, HTTPConfig{URL: s.URL() + "/v1", Model: "m"})
}

func classifyOf(t testing.TB, s *stubserver.Server) *HTTP {
	return newHTTP(t, HTTPConfig{URL: s.URL() + "/classify", Request: `{"text": {{json input}}}`, Response: "result.label"})
}

func TestHTTPConforms(t *testing.T) {
	for name, of := range map[string]func(testing.TB, *stubserver.Server) *HTTP{"chat": chatOf, "classify": classifyOf} {
		t.Run(name, func(t *testing.T) {
			pipelinetest.Generator(t, func(tb testing.TB) pipeline.Generator {
				return of(tb, stub(tb, stubserver.Options{Answer: pipelinetest.Answer}))
			})
		})
	}
}

// once makes one call against a server where every call has the fault.
func once(t *testing.T, f stubserver.Fault, opts stubserver.Options) (pipeline.Asset, error) {
	t.Helper()
	opts.Fault = stubserver.Every(1, f)
	ctx := t.Context()
	if f == stubserver.Hang {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
	}
	return chatOf(t, stub(t, opts)).Generate(ctx, pipeline.Request{ID: "c#1", Input: "hello"})
}

func TestHTTPFaults(t *testing.T) {
	const plain, transient, unusable, limited = "plain", "transient", "unusable", "limited"
	for _, c := range []struct {
		name      string
		fault     stubserver.Fault
		kind      string
		overload  bool
		ambiguous bool
		want      string
	}{
		{"429", stubserver.TooMany, limited, false, false, "429 Too Many Requests: Rate limit reached"},
		{"quota", stubserver.NoQuota, plain, false, false, "no credit left"},
		{"503", stubserver.Unavailable, transient, true, false, "503"},
		{"529", stubserver.Overloaded, transient, true, false, "529"},
		{"500", stubserver.Internal, transient, false, false, "500"},
		{"502", stubserver.BadGateway, transient, false, true, "502"},
		{"400", stubserver.BadRequest, plain, false, false, "Unknown parameter"},
		{"401", stubserver.Denied, unusable, false, false, "api_key_env"},
		{"redirect", stubserver.Redirect, plain, false, false, "/elsewhere; write that"},
		{"cut", stubserver.Cut, transient, false, true, "connection broke"},
		{"cut body", stubserver.CutBody, transient, false, true, "connection broke"},
		{"hang", stubserver.Hang, transient, false, true, "no answer from"},
		{"html", stubserver.WrongType, plain, false, false, "text/html"},
		{"error in body", stubserver.ErrorBody, transient, true, false, "Overloaded"},
		{"filtered", stubserver.Filtered, plain, false, false, "content filter"},
		{"refused", stubserver.Refused, plain, false, false, "I can't help"},
		{"null", stubserver.NullContent, plain, false, false, "no content"},
		{"empty", stubserver.Empty, plain, false, false, "empty"},
		{"drip", stubserver.Drip, "", false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := once(t, c.fault, stubserver.Options{RetryAfter: 2 * time.Second})
			if a.Sends != 1 {
				t.Errorf("Sends is %d, want 1", a.Sends)
			}
			if c.kind == "" {
				if err != nil || a.Text != "hello" {
					t.Errorf("got %q, %v", a.Text, err)
				}
				return
			}
			var tr *pipeline.Transient
			var un *pipeline.Unusable
			kind := plain
			switch {
			case errors.As(err, &tr) && tr.Limited:
				kind = limited
			case tr != nil:
				kind = transient
			case errors.As(err, &un):
				kind = unusable
			}
			if err == nil || kind != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got a %s error %v, want a %s one with %q", kind, err, c.kind, c.want)
			}
			if tr != nil && (tr.Overload != c.overload || tr.Ambiguous != c.ambiguous) {
				t.Errorf("overload %v, ambiguous %v", tr.Overload, tr.Ambiguous)
			}
			if c.kind == limited && tr.RetryAfter != 2*time.Second {
				t.Errorf("RetryAfter is %v, want 2s", tr.RetryAfter)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the query of an address is shown: %v", err)
			}
		})
	}
}

func TestHTTPDeadline(t *testing.T) {
	_, err := once(t, stubserver.Hang, stubserver.Options{})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "s; raise --timeout") {
		t.Errorf("got %v", err)
	}
}

func TestHTTPCutAtAccept(t *testing.T) {
	s := stub(t, stubserver.Options{CutAccept: func(n int64) bool { return n == 1 }})
	h := chatOf(t, s)
	_, err := h.Generate(t.Context(), pipeline.Request{Input: "a"})
	var tr *pipeline.Transient
	if !errors.As(err, &tr) {
		t.Fatalf("got %v, want *Transient", err)
	}
	if a, err := h.Generate(t.Context(), pipeline.Request{Input: "a"}); err != nil || a.Text != "a" {
		t.Errorf("second call: %q, %v", a.Text, err)
	}
}

func TestHTTPNobodyThere(t *testing.T) {
	s := stub(t, stubserver.Options{})
	h := chatOf(t, s)
	s.Stop()
	a, err := h.Generate(t.Context(), pipeline.Request{Input: "a"})
	var tr *pipeline.Transient
	if !errors.As(err, &tr) || tr.Ambiguous || tr.Overload || a.Sends != 0 || h.Reached() {
		t.Errorf("refused connection: %+v, %v, reached %v", a, err, h.Reached())
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if a, err := h.Generate(t.Context(), pipeline.Request{Input: "a"}); err != nil || a.Text != "a" || !h.Reached() {
		t.Errorf("after the restart: %q, %v, reached %v", a.Text, err, h.Reached())
	}
	// A kept connection that died while idle is replaced, not reported.
	s.Stop()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // the client sees it
	if _, err := h.Generate(t.Context(), pipeline.Request{Input: "b"}); err != nil {
		t.Errorf("after the second restart: %v", err)
	}
	h = newHTTP(t, HTTPConfig{URL: "http://no-such-host.invalid/v1", Model: "m"})
	_, err = h.Generate(t.Context(), pipeline.Request{Input: "a"})
	if !errors.As(err, &tr) || tr.Ambiguous || !strings.Contains(err.Error(), "no-such-host.invalid") {
		t.Errorf("unknown host: %v", err)
	}
}

func TestHTTPKey(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	s := stub(t, stubserver.Options{Key: key})
	env := func(value string) func(string) string {
		return func(name string) string {
			if name == "THE_KEY" {
				return value
			}
			return ""
		}
	}
	h := newHTTP(t, HTTPConfig{URL: s.URL() + "/v1", APIKeyEnv: "THE_KEY", Getenv: env(key + "\n")})
	if _, err := h.Generate(t.Context(), pipeline.Request{Input: "a"}); err != nil {
		t.Error(err)
	}
	const wrong = "sk-wrong-987654321"
	h = newHTTP(t, HTTPConfig{URL: s.URL() + "/v1", APIKeyEnv: "THE_KEY", Getenv: env(wrong)})
	_, err := h.Generate(t.Context(), pipeline.Request{Input: "a"})
	var un *pipeline.Unusable
	if !errors.As(err, &un) || !strings.Contains(un.Reason, "THE_KEY") || strings.Contains(un.Reason, wrong) {
		t.Errorf("wrong key: %v", err)
	}
	for _, bad := range []string{"", "a b", "ä"} {
		_, err = NewHTTP(HTTPConfig{URL: s.URL(), APIKeyEnv: "THE_KEY", Getenv: env(bad)})
		if !errors.As(err, &un) || !strings.Contains(err.Error(), "THE_KEY") {
			t.Errorf("key %q: %v", bad, err)
		}
	}
}

func TestHTTPSecretsInAddress(t *testing.T) {
	s := stub(t, stubserver.Options{})
	address := strings.Replace(s.URL(), "http://", "http://user:hunter22@", 1) + "/nowhere?token=abcdef"
	h := newHTTP(t, HTTPConfig{URL: address, Request: `{}`, Response: "a"})
	_, err := h.Generate(t.Context(), pipeline.Request{})
	if err == nil || !strings.Contains(err.Error(), "/nowhere answered 404") {
		t.Errorf("got %v", err)
	}
	s.Stop()
	_, broken := h.Generate(t.Context(), pipeline.Request{})
	_, config := NewHTTP(HTTPConfig{URL: "ftp://user:hunter22@host/?token=abcdef"})
	for _, err := range []error{err, broken, config} {
		if err == nil || strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "abcdef") {
			t.Errorf("missing, or shows a secret: %v", err)
		}
	}
}

// recorder is a server that keeps the last body and answers with a fixed one.
func recorder(t *testing.T, answer string) (*httptest.Server, func() (*http.Request, string)) {
	var mu sync.Mutex
	var last *http.Request
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ = io.ReadAll(r.Body)
		last = r
		w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	return s, func() (*http.Request, string) {
		mu.Lock()
		defer mu.Unlock()
		return last, string(body)
	}
}

func TestChatRequest(t *testing.T) {
	s, last := recorder(t, `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}],"usage":{"prompt_tokens":12,"completion_tokens":3,"cost":0.5}}`)
	h := newHTTP(t, HTTPConfig{URL: s.URL + "/v1/", Model: "m\"1", Headers: map[string]string{"X-Team": "red"}})
	a, err := h.Generate(t.Context(), pipeline.Request{Input: "und \"jetzt\"?", Messages: []pipeline.Message{{Role: "system", Content: "be brief"}, {Role: "user", Content: "é"}}})
	if err != nil || a.Text != "ab" || a.Usage != (pipeline.Usage{InputTokens: 12, OutputTokens: 3}) || a.CostUSD != 0.5 {
		t.Errorf("%+v, %v", a, err)
	}
	req, body := last()
	if req.URL.Path != "/v1/chat/completions" || req.Header.Get("X-Team") != "red" || req.Header.Get("Authorization") != "" {
		t.Errorf("%s %v", req.URL, req.Header)
	}
	want := `{"model":"m\"1","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"é"},{"role":"user","content":"und \"jetzt\"?"}]}`
	if body != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
}

func TestHTTPConfigErrors(t *testing.T) {
	for want, cfg := range map[string]HTTPConfig{
		"is not an address": {URL: "localhost:8000"},
		"needs runtime":     {URL: "http://h/v1", Response: "a"},
		"no meaning":        {URL: "http://h/v1", Request: "{}", Model: "m"},
		"not an HTTP meth":  {URL: "http://h/v1", Method: "P OST"},
		"header":            {URL: "http://h/v1", Headers: map[string]string{"X-A": "a\nb"}},
	} {
		if _, err := NewHTTP(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", cfg, err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		header map[string]string
		want   time.Duration
	}{
		{nil, 0},
		{map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		{map[string]string{"Retry-After": "-3"}, 0},
		{map[string]string{"Retry-After": "1e300"}, maxWait},
		{map[string]string{"Retry-After": "soon"}, 0},
		{map[string]string{"Retry-After": now.Add(90 * time.Second).Format(http.TimeFormat)}, 90 * time.Second},
		{map[string]string{"Retry-After": now.Add(90 * time.Second).Format(http.TimeFormat), "Date": now.Add(60 * time.Second).Format(http.TimeFormat)}, 30 * time.Second},
		{map[string]string{"Retry-After-Ms": "250", "Retry-After": "7"}, 250 * time.Millisecond},
		{map[string]string{"X-Ratelimit-Reset-Requests": "20ms", "X-Ratelimit-Reset-Tokens": "6m0s"}, 6 * time.Minute},
		{map[string]string{"X-Ratelimit-Reset-Requests": "20ms", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Tokens": "6m0s", "X-Ratelimit-Remaining-Tokens": "500"}, 20 * time.Millisecond},
		{map[string]string{"X-Ratelimit-Reset": "12"}, 12 * time.Second},
		{map[string]string{"X-Ratelimit-Reset": "1772600797"}, 30 * time.Second},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := retryAfter(h, replyError{}, now); got != c.want {
			t.Errorf("%v: %v, want %v", c.header, got, c.want)
		}
	}
	if got := retryAfter(http.Header{}, errorOf([]byte(`{"message":"slow","retry_after":1.5}`)), now); got != 1500*time.Millisecond {
		t.Errorf("retry_after in the body: %v", got)
	}
}

func TestReplyTooBig(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "99999999")
		w.Write([]byte("{"))
	}))
	defer s.Close()
	h := newHTTP(t, HTTPConfig{URL: s.URL})
	if _, err := h.Generate(t.Context(), pipeline.Request{}); !errors.Is(err, errTooBig) {
		t.Errorf("got %v", err)
	}
}
