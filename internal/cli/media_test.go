package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/comfyserver"
	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/internal/cli"
)

// called is what one command came to.
type called struct {
	code           int
	stdout, stderr string
}

// call runs a command in a project; edit, if not nil, changes its state first.
func call(t *testing.T, dir string, edit func(*cli.State), args ...string) called {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := &cli.State{Program: "genops", Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Dir: dir,
		Getenv: func(name string) string { return map[string]string{"OPENAI_API_KEY": "sk-test"}[name] }}
	if edit != nil {
		edit(s)
	}
	code := cli.Run(context.Background(), s)
	return called{code, stdout.String(), stderr.String()}
}

// want checks an exit code, and texts that must be in what was printed.
func (c called) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if c.code != code {
		t.Errorf("exit code %d, want %d", c.code, code)
	}
	for _, text := range texts {
		if !strings.Contains(c.stdout+c.stderr, text) {
			t.Errorf("%q is missing", text)
		}
	}
	if t.Failed() {
		t.Fatalf("stdout:\n%s\nstderr:\n%s", c.stdout, c.stderr)
	}
}

func (c called) result(t *testing.T) (r struct {
	Verdict string
	Assets  int
	Layers  map[string]struct{ OK, Failed, Held int }
	Spent   float64 `json:"spent_usd"`
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(c.stdout), &r); err != nil {
		t.Fatalf("%v in %s%s", err, c.stdout, c.stderr)
	}
	return r
}

func images(t *testing.T, o openaiimageserver.Options) (*openaiimageserver.Server, string) {
	t.Helper()
	s, err := openaiimageserver.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, project(t, map[string]string{"genops.yaml": "", "config/generators.json": `{"generators": {"shop": {"kind": "openai_images", "url": "` + s.URL() +
		`/v1", "width": 4, "price_usd": 0.04}}}`})
}

var shop = []string{"generate", "--prompt", "a cup", "--count", "12", "--seed", "1", "--size", "1024x1024", "--generators", "shop", "--json"}

// TestOpenAIImages: limits and outages delay a run, and charge nothing twice.
func TestOpenAIImages(t *testing.T) {
	t.Parallel()
	s, dir := images(t, openaiimageserver.Options{Fault: openaiimageserver.Every(5, openaiimageserver.Broken)})
	c := call(t, dir, nil, shop...)
	c.want(t, 0)
	if r := c.result(t); r.Assets < 1 || r.Layers["synthesize"].OK != 12 || r.Spent < 0.1 {
		t.Errorf("%+v", r)
	}
	if n := len(s.Heard()); n < 12 {
		t.Errorf("%d requests arrived", n)
	}
	call(t, dir, nil, "generate", "--prompt", "a cup", "--count", "9", "--size", "1024x1024", "--generators", "shop", "--budget", "0.1").
		want(t, 2, "9 requests cost up to $0.36, more than the budget of $0.10; nothing was sent")
}

// TestKeyRefused: requests that a provider turned away because of the key are
// not in doubt: once it is mended, the run goes on with all of them.
func TestKeyRefused(t *testing.T) {
	t.Parallel()
	var mended atomic.Bool
	_, dir := images(t, openaiimageserver.Options{Latency: 30 * time.Millisecond, Fault: func(n int64) openaiimageserver.Fault {
		if n >= 5 && !mended.Load() {
			return openaiimageserver.BadKey
		}
		return openaiimageserver.None
	}})
	call(t, dir, nil, shop...).want(t, 1, "what was made is kept in run ", "go on with: genops runs resume ")
	mended.Store(true)
	c := call(t, dir, nil, "runs", "resume", "latest", "--json")
	c.want(t, 0)
	if r := c.result(t); r.Layers["synthesize"].OK != 12 || r.Layers["synthesize"].Held != 0 {
		t.Errorf("%+v", r.Layers["synthesize"])
	}
}

// TestInterruptWhileLimited: a request that was turned away, and waits for its
// next attempt when the run is interrupted, is not in doubt.
func TestInterruptWhileLimited(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 2)
	var mended atomic.Bool
	_, dir := images(t, openaiimageserver.Options{RetryAfter: 20 * time.Second, Fault: func(n int64) openaiimageserver.Fault {
		if n == 5 {
			time.AfterFunc(300*time.Millisecond, func() { signals <- os.Interrupt }) // it waits then
		}
		if n >= 5 && !mended.Load() {
			return openaiimageserver.RateLimited
		}
		return openaiimageserver.None
	}})
	c := call(t, dir, func(s *cli.State) { s.Interrupts = func() <-chan os.Signal { return signals } }, shop...)
	c.want(t, 1, "stopping: no new calls", "interrupted; what was made is kept in run ")
	mended.Store(true)
	c = call(t, dir, nil, shop...)
	c.want(t, 0, "going on with run ")
	if r := c.result(t); r.Layers["synthesize"].OK != 12 || r.Layers["synthesize"].Held != 0 {
		t.Errorf("%+v", r.Layers["synthesize"])
	}
}

// TestComfyUI: what the server lacks is named before anything is queued.
func TestComfyUI(t *testing.T) {
	t.Parallel()
	s, err := comfyserver.New(comfyserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	dir := project(t, map[string]string{"genops.yaml": "", "config/generators.json": `{"generators": {"studio": {"kind": "comfyui", "url": "` + s.URL() + `"}}}`})
	base := []string{"generate", "--prompt", "a cup", "--count", "3", "--seed", "1", "--size", "64x64", "--generators", "studio", "--json"}
	with := func(more ...string) called { return call(t, dir, nil, append(base[:len(base):len(base)], more...)...) }
	with("--model", "nothing").want(t, 1, "nothing", "dreamshaper_8")
	with("--model", "dreamshaper_8", "--param", "sampler=eulr").want(t, 1, "eulr", "euler")
	c := with("--model", "dreamshaper_8", "--param", "steps=4")
	c.want(t, 0)
	if r := c.result(t); r.Assets != 3 {
		t.Errorf("%+v", r)
	}
	call(t, dir, nil, "generators", "check", "studio").want(t, 0, "studio: ready", "dreamshaper_8.safetensors", "euler")
	call(t, dir, nil, "replay", "a-cup-1").want(t, 0, "the same")
}

// TestLiveView: on a terminal the view stays within its width and is removed;
// elsewhere there are only plain lines.
func TestLiveView(t *testing.T) {
	t.Parallel()
	_, dir := images(t, openaiimageserver.Options{Latency: 300 * time.Millisecond})
	c := call(t, dir, func(s *cli.State) { s.Terminal, s.Columns = true, 50 }, shop...)
	c.want(t, 0, "\x1b[1A\x1b[2K", "░ synthesize  ")
	shown := 0 // lines in place
	for line := range strings.Lines(c.stderr) {
		shown -= strings.Count(line, "\x1b[1A")
		if shown < 0 {
			t.Fatalf("more lines were removed than were shown: %q", c.stderr)
		}
		text := strings.ReplaceAll(line, "\x1b[1A\x1b[2K", "")
		if !strings.HasPrefix(text, "  ") && !strings.ContainsAny(text, "█░") {
			if shown != 0 && strings.HasSuffix(text, "\n") {
				t.Errorf("%q stands below %d lines of the view", text, shown)
			}
			continue // a line that stays may be as long as it is
		}
		if n := len([]rune(strings.TrimRight(text, "\n"))); n > 50 {
			t.Errorf("a line of %d characters on a terminal of 50: %q", n, line)
		}
		if strings.HasSuffix(line, "\n") {
			shown++
		}
	}
	c = call(t, dir, nil, append(shop[:len(shop):len(shop)], "--fresh")...)
	c.want(t, 0)
	if strings.ContainsAny(c.stderr, "\x1b█░") {
		t.Errorf("%q", c.stderr)
	}
}

// TestManyItems: hundreds of tiny items; the times are told, not judged.
func TestManyItems(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	t.Parallel()
	took := func(n string) time.Duration {
		dir := project(t, map[string]string{"genops.yaml": ""})
		began := time.Now()
		call(t, dir, nil, "generate", "--prompt", "the sea", "--count", n, "--size", "16x16", "--json").want(t, 0)
		sheets, err := filepath.Glob(filepath.Join(dir, ".genops/runs/*/contact.html"))
		if err != nil || len(sheets) != 1 {
			t.Fatalf("contact sheets %v, %v", sheets, err)
		}
		return time.Since(began)
	}
	few, many := took("100"), took("800")
	t.Logf("100 in %s, 800 in %s", few, many)
}
