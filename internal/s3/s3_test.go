package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/s3/s3test"
)

// The example of AWS' documentation, "GET Object".
func TestSignature(t *testing.T) {
	c := &Client{Region: "us-east-1", AccessKey: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	r, _ := http.NewRequest("GET", "https://examplebucket.s3.amazonaws.com/test.txt", nil)
	r.Header.Set("Range", "bytes=0-9")
	c.sign(r, nil, time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	want := "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, want) {
		t.Errorf("%s; want …%s", got, want)
	}
}

func open(t *testing.T, s *s3test.Server, address string) *Client {
	t.Helper()
	c, err := Open(address, s.Environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServer(t *testing.T) {
	s := s3test.Need(t)
	c := open(t, s, "s3://genops/some/prefix")
	small, large := []byte("a small one"), bytes.Repeat([]byte("0123456789abcdef"), (wholeBytes+partBytes/2)/16)
	for key, data := range map[string][]byte{"small": small, "odd name+ü&=%2F": small, "large": large, "empty": {}} {
		t.Run(key, func(t *testing.T) {
			if _, err := c.Get(t.Context(), key, 1); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("before: %v", err)
			}
			if err := c.Put(t.Context(), key, "text/plain", data); err != nil {
				t.Fatal(err)
			}
			if n, err := c.Head(t.Context(), key); err != nil || n != int64(len(data)) {
				t.Errorf("%d bytes, %v", n, err)
			}
			back, err := c.Get(t.Context(), key, int64(len(data)))
			if err != nil || !bytes.Equal(back, data) {
				t.Errorf("%d bytes read back, %v", len(back), err)
			}
			if err := c.Put(t.Context(), key, "text/plain", []byte("another")); !errors.Is(err, fs.ErrExist) {
				t.Errorf("again: %v", err)
			}
			if back, err := c.Get(t.Context(), key, int64(len(data))); err != nil || !bytes.Equal(back, data) {
				t.Errorf("it was replaced: %v", err)
			}
			if err := c.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
			if _, err := c.Head(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after: %v", err)
			}
		})
	}
	if err := open(t, s, "s3://nowhere").Put(t.Context(), "k", "", small); err == nil || !strings.Contains(err.Error(), "it has to be made first") {
		t.Errorf("no bucket: %v", err)
	}
	c.Secret = "wrong-and-secret"
	if err := c.Put(t.Context(), "k", "", small); err == nil || !strings.Contains(err.Error(), "AWS_SECRET_ACCESS_KEY") || strings.Contains(err.Error(), c.Secret) {
		t.Errorf("wrong key: %v", err)
	}
}

// A server that fails now and then, and one that knows no conditions.
func TestTroubledServer(t *testing.T) {
	var n atomic.Int64
	kept := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case n.Add(1)%2 == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<Error><Code>SlowDown</Code></Error>")
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotImplemented)
			fmt.Fprint(w, "<Error><Code>NotImplemented</Code></Error>")
		case r.Method == http.MethodPut:
			kept[r.URL.Path] = true
		case r.Method == http.MethodHead && !kept[r.URL.Path]:
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodHead:
			w.Header().Set("Content-Length", "1")
		}
	}))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	c := &Client{Endpoint: u, Bucket: "b", PathStyle: true, Retries: 2, HTTP: client()}
	if err := c.Put(t.Context(), "k", "", []byte("x")); err != nil || !kept["/b/k"] {
		t.Errorf("%v, %v", err, kept)
	}
	if err := c.Put(t.Context(), "k", "", []byte("y")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("again: %v", err)
	}
	c.Retries = 0
	n.Store(0)
	var f *Failure
	if _, err := c.Get(t.Context(), "k", 9); !errors.As(err, &f) || f.Code != "SlowDown" {
		t.Errorf("without retries: %v", err)
	}
}

func TestOpen(t *testing.T) {
	env := map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-central-1"}
	getenv := func(name string) string { return env[name] }
	for address, want := range map[string]string{
		"s3://b":      "https://b.s3.eu-central-1.amazonaws.com/k",
		"s3://b/p/q/": "https://b.s3.eu-central-1.amazonaws.com/p/q/k",
		"s3://b.c":    "https://s3.eu-central-1.amazonaws.com/b.c/k",
		"s3://b?region=us-west-2&path-style=true":            "https://s3.us-west-2.amazonaws.com/b/k",
		"s3://b/p?endpoint=http://127.0.0.1:9":               "http://127.0.0.1:9/b/p/k",
		"s3://b?endpoint=http://cloud.test&path-style=false": "http://b.cloud.test/k",
	} {
		c, err := Open(address, getenv)
		if err != nil || c.address("k", nil) != want {
			t.Errorf("%s: %v, %v", address, c, err)
		}
	}
	for address, want := range map[string]string{
		"http://b":                  "expected s3://",
		"s3://key:secret@b":         "holds a key",
		"s3://b?acl=public":         `unknown option "acl"`,
		"s3://b?endpoint=ftp://x":   "the endpoint must be",
		"s3://b?path-style=perhaps": "must be true or false",
	} {
		if _, err := Open(address, getenv); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "key:secret") {
			t.Errorf("%s: %v; want %s", address, err, want)
		}
	}
	if _, err := Open("s3://b", func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Error(err)
	}
}
