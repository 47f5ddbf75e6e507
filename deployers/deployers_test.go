package deployers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/deployers"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

var origin = deployers.Origin{Run: "run-1", Brief: "sha256:b", Version: "test"}

func TestDirectory(t *testing.T) {
	pipelinetest.Deployer(t, func(t *testing.T) (pipeline.Deployer, func(path string) ([]byte, error)) {
		dir := t.TempDir()
		d, err := deployers.NewDirectory(dir, origin)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d, func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, path)) }
	})
}

// store is a storage zone: PUT keeps, GET gives.
type store struct {
	mu     sync.Mutex
	files  map[string][]byte
	fault  func(r *http.Request, nth int) int // status to answer with; 0 = as asked
	change bool                               // spoils what is read back
	n      int
	keys   map[string]bool
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.keys[r.Header.Get("Authorization")] = true
	if s.fault != nil {
		if code := s.fault(r, s.n); code != 0 {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "fault", code)
			return
		}
	}
	switch r.Method {
	case http.MethodPut:
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.files[r.URL.Path] = data
		w.WriteHeader(http.StatusCreated)
	case http.MethodGet:
		data, ok := s.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(data)
		if s.change {
			w.Write([]byte("polished"))
		}
	}
}

func newStore(t *testing.T) (*store, string) {
	s := &store{files: map[string][]byte{}, keys: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL + "/zone"
}

func TestHTTPPut(t *testing.T) {
	pipelinetest.Deployer(t, func(t *testing.T) (pipeline.Deployer, func(path string) ([]byte, error)) {
		s, url := newStore(t)
		d, err := deployers.NewHTTPPut(url, "secret", origin)
		if err != nil {
			t.Fatal(err)
		}
		return d, func(path string) ([]byte, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			data, ok := s.files["/zone/"+path]
			if !ok {
				return nil, fmt.Errorf("%s is not there", path)
			}
			return data, nil
		}
	})
}

func TestHTTPPutFaults(t *testing.T) {
	a := pipelinetest.Delivery("hero", []byte("bytes"))
	t.Run("passing", func(t *testing.T) {
		s, url := newStore(t)
		s.fault = func(_ *http.Request, nth int) int {
			return map[int]int{1: 503, 3: 429}[nth]
		}
		d, _ := deployers.NewHTTPPut(url, "secret", origin)
		if _, err := d.Deploy(t.Context(), a); err != nil {
			t.Error(err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		s, url := newStore(t)
		s.fault = func(*http.Request, int) int { return 401 }
		d, _ := deployers.NewHTTPPut(url, "secret", origin)
		if _, err := d.Deploy(t.Context(), a); err == nil || !strings.Contains(err.Error(), "CDN_KEY is refused") || strings.Contains(err.Error(), "secret") || s.n != 1 {
			t.Errorf("%v after %d calls", err, s.n)
		}
	})
	t.Run("changed on the way", func(t *testing.T) {
		s, url := newStore(t)
		s.change = true
		d, _ := deployers.NewHTTPPut(url, "", origin)
		d.Retries = 0
		if _, err := d.Deploy(t.Context(), a); err == nil || !strings.Contains(err.Error(), "reads back") {
			t.Error(err)
		}
	})
	t.Run("redirect", func(t *testing.T) {
		other, otherURL := newStore(t)
		server := httptest.NewServer(http.RedirectHandler(strings.Replace(otherURL, "127.0.0.1", "localhost", 1), http.StatusTemporaryRedirect))
		defer server.Close()
		d, _ := deployers.NewHTTPPut(server.URL, "secret", origin)
		d.Retries = 0
		if _, err := d.Deploy(t.Context(), a); err == nil || !strings.Contains(err.Error(), "another host") || len(other.keys) != 0 {
			t.Errorf("%v, %v", err, other.keys)
		}
	})
	for _, bad := range []string{"ftp://x", "cdn.example", "https://user:pw@host/"} {
		if _, err := deployers.NewHTTPPut(bad, "", origin); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestDirectoryKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	d, err := deployers.NewDirectory(dir, origin)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a := pipelinetest.Delivery("hero", []byte("one"))
	r, err := d.Deploy(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Deploy(t.Context(), pipelinetest.Delivery("hero", []byte("two"))); err == nil || !strings.Contains(err.Error(), "other content") {
		t.Errorf("another asset of the same name: %v", err)
	}
	if err := d.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	var index struct {
		Assets []struct{ Name, Digest string }
	}
	data, _ := os.ReadFile(filepath.Join(dir, deployers.IndexFile))
	if err := json.Unmarshal(data, &index); err != nil || len(index.Assets) != 1 || index.Assets[0].Digest != assets.Digest([]byte("one")) || index.Assets[0].Name != r.Alias {
		t.Errorf("%+v, %v", index, err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPromptsCanStayPrivate(t *testing.T) {
	for how, want := range map[string]bool{"full": true, "hash": false, "none": false} {
		dir := t.TempDir()
		o := origin
		o.Prompt = how
		d, err := deployers.NewDirectory(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		a := pipelinetest.Delivery("hero", []byte("one"))
		a.Planned.Request.Media.Prompt.Subject = "a secret product"
		a.Planned.Item.Vars = map[string]string{"product": "a secret product"}
		if _, err := d.Deploy(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		all, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		data, _ := os.ReadFile(all[0])
		if strings.Contains(string(data), "secret product") != want {
			t.Errorf("%s: %s", how, data)
		}
		d.Close()
	}
}

func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := deployers.NewDirectory(filepath.Join(file, "out"), origin); err == nil || !strings.Contains(err.Error(), "can't be made") {
		t.Error(err)
	}
}
