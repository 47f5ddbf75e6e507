package generators

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// TestHTTPTrace: an agent behind HTTP tells its steps beside its answer.
func TestHTTPTrace(t *testing.T) {
	for _, c := range []struct {
		cfg   HTTPConfig
		reply string
		want  int // spans; -1 = none are known
	}{
		{HTTPConfig{}, `{"choices":[{"message":{"content":"a"}}],"trace":[{"name":"x"},{"name":"y"}]}`, 2},
		{HTTPConfig{}, `{"choices":[{"message":{"content":"a"}}],"trace":[]}`, 0},
		{HTTPConfig{}, `{"choices":[{"message":{"content":"the \"trace\" of it"}}]}`, -1},
		{HTTPConfig{Request: `{"q": {{json input}}}`, Response: "answer", Trace: "meta.steps"}, `{"answer":"a","meta":{"steps":{"spans":[{"name":"x"}]}}}`, 1},
		{HTTPConfig{Request: `{"q": {{json input}}}`, Response: "answer", Trace: "meta.steps"}, `{"answer":"a"}`, -1},
		{HTTPConfig{Request: `{"q": {{json input}}}`, Response: "answer", Trace: "meta"}, `{"answer":"a","meta":"odd"}`, -1},
		{HTTPConfig{Request: `{"q": {{json input}}}`, Response: "answer"}, `{"answer":"a","trace":[]}`, -1},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(c.reply))
		}))
		c.cfg.URL = s.URL
		h, err := NewHTTP(c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		a, err := h.Generate(t.Context(), pipeline.Request{ID: "1", Input: "q"})
		got := -1
		if a.Trace != nil {
			got = len(a.Trace.Spans)
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %d spans, want %d; %v", c.reply, got, c.want, err)
		}
		h.Close()
		s.Close()
	}
	if _, err := NewHTTP(HTTPConfig{URL: "http://127.0.0.1:1", Request: "{}", Trace: "a..b"}); err == nil {
		t.Error("a trace path with a gap was taken")
	}
}
