package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/generators/comfyserver"
	"github.com/GaboBase/arch-genops/internal/cli"
)

// zone is a storage zone that takes files by PUT from who has its key.
type zone struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (z *zone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	z.mu.Lock()
	defer z.mu.Unlock()
	data, ok := z.files[r.URL.Path]
	switch {
	case r.Header.Get("Authorization") != "Bearer zone-key":
		http.Error(w, "who are you", http.StatusUnauthorized)
	case r.Method == http.MethodPut:
		z.files[r.URL.Path], _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	case !ok:
		http.NotFound(w, r)
	default:
		w.Write(data)
	}
}

// TestDeliverToCDN: CDN_ENDPOINT and CDN_KEY say where assets go; a key that is
// refused loses nothing, and never shows.
func TestDeliverToCDN(t *testing.T) {
	t.Parallel()
	z := &zone{files: map[string][]byte{}}
	s := httptest.NewServer(z)
	t.Cleanup(s.Close)
	dir := project(t, map[string]string{"genops.yaml": ""})
	with := func(key string, args ...string) called {
		return call(t, dir, func(st *cli.State) {
			st.Getenv = func(name string) string {
				return map[string]string{"CDN_ENDPOINT": s.URL + "/zone", "CDN_KEY": key}[name]
			}
		}, args...)
	}
	c := with("wrong-secret", "generate", "--prompt", "a sea", "--count", "2", "--size", "64x64", "--text", "HELLO", "--negative", "dog", "--deliver", "cdn")
	c.want(t, 1, "2 of 2 assets were not delivered to cdn", "the key in CDN_KEY is refused", "go on with: genops runs resume ")
	if strings.Contains(c.stdout+c.stderr, "wrong-secret") {
		t.Error("the key is shown")
	}
	with("zone-key", "runs", "resume", "latest").want(t, 0, "2 asset(s) delivered", s.URL+"/zone\n")
	z.mu.Lock()
	defer z.mu.Unlock()
	lineage := string(z.files["/zone/a-sea-1.json"])
	if len(z.files) != 6 || len(z.files["/zone/a-sea-2.png"]) == 0 || !strings.Contains(lineage, `"HELLO"`) || !strings.Contains(lineage, `"negative": [`) {
		t.Errorf("%d files; the lineage is %s", len(z.files), lineage)
	}
}

// TestStableDiffusionFromTheEnvironment: STABLE_DIFFUSION_API is where the built-in
// comfyui finds its server, STABLE_DIFFUSION_KEY its key.
func TestStableDiffusionFromTheEnvironment(t *testing.T) {
	t.Parallel()
	s, err := comfyserver.New(comfyserver.Options{Key: "sd-key"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	dir := project(t, map[string]string{"genops.yaml": ""})
	with := func(key string, args ...string) called {
		return call(t, dir, func(st *cli.State) {
			st.Getenv = func(name string) string {
				return map[string]string{"STABLE_DIFFUSION_API": s.URL(), "STABLE_DIFFUSION_KEY": key}[name]
			}
		}, args...)
	}
	what := []string{"generate", "--prompt", "a cup", "--size", "64x64", "--generators", "comfyui", "--model", "dreamshaper_8"}
	with("sd-key", "generators", "list").want(t, 0, "comfyui     comfyui        STABLE_DIFFUSION_KEY", "STABLE_DIFFUSION_API  ")
	with("wrong", what...).want(t, 1, "STABLE_DIFFUSION_KEY")
	with("sd-key", what...).want(t, 0, "1 asset(s) delivered")
}
