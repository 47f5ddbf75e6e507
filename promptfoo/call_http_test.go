package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// TestStatusesOfHTTPProviders: a status of failure is no answer, unless the
// configuration looks at it, or promptfoo is followed to the letter.
func TestStatusesOfHTTPProviders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(code)
		fmt.Fprint(w, `{"output": "o"}`)
	}))
	defer server.Close()
	ask := func(spec project.HTTPCall, code int, exact bool) (*Response, error) {
		spec.URL, spec.Method = fmt.Sprintf("%s/%d", server.URL, code), "GET"
		c, err := newHTTP(&Runner{Project: &project.Project{}, Exact: exact}, &project.Provider{Call: project.Call{HTTP: spec}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		return c.call(t.Context(), &ask{prompt: "p", vars: &jsvalue.Object{}, context: func() *jsvalue.Object { return nil }})
	}
	var later *pipeline.Transient
	for _, c := range []struct {
		code              int
		reads, exact      bool
		answered, another bool // by a reply, by another attempt
	}{
		{code: 200, answered: true}, {code: 204, answered: true}, {code: 404}, {code: 404, exact: true, answered: true}, {code: 404, reads: true, answered: true},
		{code: 500, another: true}, {code: 500, exact: true, answered: true}, {code: 500, reads: true, answered: true},
		{code: 429, another: true}, {code: 429, exact: true, another: true}, {code: 429, reads: true, another: true},
	} {
		r, err := ask(project.HTTPCall{ReadsStatus: c.reads}, c.code, c.exact)
		if (err == nil) != c.answered || errors.As(err, &later) != c.another || c.answered && r == nil {
			t.Errorf("%+v: %v %v", c, r, err)
		}
	}
}

// The headers of a reply stand in one order, whatever the server's.
func TestHeadersInOrder(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-E", "X-B", "X-D", "X-A", "X-C"} {
			w.Header().Set(name, "1")
		}
	}))
	defer server.Close()
	c, err := newHTTP(&Runner{Project: &project.Project{}}, &project.Provider{Call: project.Call{HTTP: project.HTTPCall{URL: server.URL, Method: "GET"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	r, err := c.call(t.Context(), &ask{prompt: "p", vars: &jsvalue.Object{}, context: func() *jsvalue.Object { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	about, _ := r.Metadata.Get("http")
	headers, _ := jsvalue.Field(about, "headers")
	if keys, _ := jsvalue.KeysOf(headers); !slices.IsSorted(keys) || len(keys) < 5 {
		t.Errorf("%v", keys)
	}
}

// TestNothingOfHTTPProviders: what is not in a reply is no output; to promptfoo
// it is an object, which assertions can pass on.
func TestNothingOfHTTPProviders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"zero": 0, "empty": "", "no": null}`)
	}))
	defer server.Close()
	get := func(path string, exact bool) *Response {
		spec := project.HTTPCall{URL: server.URL, Method: "GET", TransformResponse: project.Code{Kind: "expression", Source: "(json." + path + ")"}}
		c, err := newHTTP(&Runner{Project: &project.Project{}, Exact: exact}, &project.Provider{Call: project.Call{HTTP: spec}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		r, err := c.call(t.Context(), &ask{prompt: "p", vars: &jsvalue.Object{}, context: func() *jsvalue.Object { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for path, exact := range map[string]string{"none": `{}`, "no": `{}`, "zero": `{"output":0}`, "empty": `{"output":""}`} {
		r := get(path, true)
		if got, _ := jsvalue.Stringify(r.Output, ""); got != exact || !r.HasOutput {
			t.Errorf("%s: %s, want %s", path, got, exact)
		}
		if r := get(path, false); r.HasOutput != (path == "zero" || path == "empty") || r.HasOutput == (r.Nothing != "") {
			t.Errorf("%s: %+v", path, r)
		}
	}
}

// What a login says does not reach errors, results or what identifies a run.
func TestLoginsStayHidden(t *testing.T) {
	spec := project.HTTPCall{URL: "http://127.0.0.1:1/x", Method: "GET", Auth: &project.HTTPAuth{Type: "api_key", Placement: "query", KeyName: "k", Value: "hush-hush"}}
	p := &project.Provider{ID: "http", Config: jsvalue.NewObject("auth", jsvalue.NewObject("type", "api_key", "value", "hush-hush", "token", "hush-hush")), Call: project.Call{HTTP: spec}}
	c, err := newHTTP(&Runner{Project: &project.Project{}}, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.call(context.Background(), &ask{prompt: "p", vars: &jsvalue.Object{}})
	public, _ := jsvalue.Stringify(project.Public(p.Config), "")
	for _, text := range []string{fmt.Sprint(err), public, fmt.Sprintf("%+v %#v", p.Call, *spec.Auth)} {
		if strings.Contains(text, "hush") || text == "<nil>" {
			t.Errorf("%s", text)
		}
	}
}

func TestRawRequests(t *testing.T) {
	r, err := parseRaw("POST http://other.test/a b?q=\"x\"&n=ü#frag HTTP/1.1\r\nHost: h.test\nX-A: b: c\n\n line\nnext \n")
	if err != nil || r.method != "POST" || r.target != "/a%20b?q=%22x%22&n=%C3%BC" || r.header.Get("X-A") != "b: c" || r.body != "line\r\nnext" {
		t.Errorf("%+v %v", r, err)
	}
	for _, text := range []string{"", "GET /x", "get /x HTTP/1.1\nHost: h", "GET /x HTTP/1.1", "GET /x HTTP/1.1\nHost: h\nnot a header"} {
		if r, err := parseRaw(text); err == nil {
			t.Errorf("%q: %+v", text, r)
		}
	}
	if got := rawTemplate("a {% b %} {{c}} { {{d}}{{"); got != "{% raw %}a {% b %} {% endraw %}{{c}}{% raw %} { {% endraw %}{{d}}{% raw %}{{{% endraw %}" {
		t.Error(got)
	}
}

// An address may hold the text of a variable: fetch encodes what may not stand in one.
func TestAddressesAreEncodedAsFetchDoes(t *testing.T) {
	for text, want := range map[string]string{
		"http://h/q?a=he said \"hi\"\nü&b='c'": "http://h/q?a=he%20said%20%22hi%22%C3%BC&b=%27c%27",
		" http://h:8/a b/{c}/é?x={1}#f g":      "http://h:8/a%20b/%7Bc%7D/%C3%A9?x={1}#f%20g",
		"http://h/50%/%41?p=100%&q=%zz":        "http://h/50%25/%41?p=100%&q=%zz",
		"https://h?x=a?b":                      "https://h?x=a?b",
		`http://h\a\b`:                         "http://h/a/b",
	} {
		u, err := webAddress(text)
		if err != nil || u.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, u, err, want)
		}
	}
	for _, text := range []string{"", "/x", "http://", "http:///x"} {
		if u, err := webAddress(text); err == nil {
			t.Errorf("%q is %v", text, u)
		}
	}
}
