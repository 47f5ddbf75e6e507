package promptfoo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// TestPatience: a judge that asks to wait for days is not waited for.
func TestPatience(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "99999999999999")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	run := &Runner{Project: &project.Project{}}
	run.Retries = 3
	run.callers.make = run.newCaller
	defer run.Close()
	p := &project.Provider{ID: "http", Call: project.Call{Kind: project.CallHTTP, HTTP: project.HTTPCall{URL: server.URL, Method: "GET"}}}
	_, err := (&judge{run}).patiently(t.Context(), p, &ask{prompt: "p", vars: &jsvalue.Object{}, context: func() *jsvalue.Object { return nil }})
	if err == nil || !strings.Contains(err.Error(), "asks to wait 24h0m0s; at most 10m0s") {
		t.Errorf("%v", err)
	}
}
