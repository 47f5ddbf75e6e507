package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/internal/cli"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/internal/s3/s3test"
	"github.com/GaboBase/arch-genops/pipeline"
)

// TestLayersOnFourMachines: each layer runs in another folder; they share a
// database and a bucket alone.
func TestLayersOnFourMachines(t *testing.T) {
	t.Parallel()
	s := s3test.Need(t)
	p := databasetest.Need(t)
	files := map[string]string{"genops.yaml": ""}
	with := func(dir string, args ...string) called {
		return call(t, dir, func(c *cli.State) { c.Getenv = s.Environment }, append(args, "--database", p.URL)...)
	}
	one, two, three, four := project(t, files), project(t, files), project(t, files), project(t, files)
	with(one, "layer", "optimize", "--prompt", "a mug", "--count", "30", "--size", "64x64", "--seed", "1", "--run", "mugs", "--assets", "s3://genops/mugs", "--deliver", filepath.Join(four, "pictures")).
		want(t, 0, "30 request(s) are planned")
	with(two, "layer", "synthesize", "--run", "mugs").want(t, 0, "synthesize: 30 of 30")
	with(two, "layer", "synthesize", "--run", "unknown").want(t, 2, "the database does not have it", "it has 1 runs: mugs")
	with(project(t, files), "layer", "optimize", "--prompt", "a cup", "--size", "64x64", "--run", "mugs").want(t, 2, "the database has another run of this name: name this one otherwise")
	with(three, "layer", "assure", "--run", "mugs").want(t, 0, "assure: 30 of 30")
	with(four, "layer", "deliver", "--run", "mugs").want(t, 0, "PASS  a-mug: 30 asset(s) delivered")
	with(one, "runs", "resume", "mugs").want(t, 0, "30 asset(s) delivered") // it has learned of all that
	with(one, "runs", "list").want(t, 0, "mugs", "finished", "4 of 4", "s3://genops/mugs")
	with(three, "view", "mugs", "--no-open").want(t, 0, "contact.html")
	var index struct{ Assets []struct{ Name string } }
	data, _ := os.ReadFile(filepath.Join(four, "pictures", "manifest.json"))
	if err := json.Unmarshal(data, &index); err != nil || len(index.Assets) != 30 || index.Assets[0].Name != "a-mug-1.png" {
		t.Errorf("%v, %+v", err, index)
	}
	if left, _ := filepath.Glob(filepath.Join(four, "pictures", ".genops-*")); len(left) > 0 {
		t.Error("left behind:", left)
	}
	for _, dir := range []string{one, two, four} { // nothing but three's contact sheet needed them
		if local, _ := filepath.Glob(filepath.Join(dir, ".genops", "assets", "*", "*")); len(local) > 0 {
			t.Errorf("%d assets in %s", len(local), dir)
		}
	}
	alone := project(t, files)
	call(t, alone, nil, "generate", "--prompt", "a cup", "--size", "64x64", "--assets", "s3://genops/cups").want(t, 2, "AWS_ACCESS_KEY_ID")
	call(t, alone, func(c *cli.State) { c.Getenv = s.Environment }, "generate", "--prompt", "a cup", "--size", "64x64", "--assets", "s3://genops/cups").want(t, 0, "1 asset(s) delivered")
	if there, _ := filepath.Glob(filepath.Join(s.Folder, "cups", "*", "*")); len(there) != 1 {
		t.Errorf("%d assets in the bucket", len(there))
	}
}

// fleet is a project whose images a counting server makes, and processes of
// genops that work on it.
type fleet struct {
	t    *testing.T
	self string
	dir  string
	shop *openaiimageserver.Server
	url  string
	all  []*exec.Cmd
	pass atomic.Int64 // how many requests the server lets through
}

func newFleet(t *testing.T, p *databasetest.Postgres) *fleet {
	f := &fleet{t: t, url: p.URL, self: filepath.Join(t.TempDir(), "genops")}
	f.shop, f.dir = images(t, openaiimageserver.Options{Latency: 30 * time.Millisecond, Jitter: 30 * time.Millisecond, Fault: func(n int64) openaiimageserver.Fault {
		for n > f.pass.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		return openaiimageserver.None
	}})
	f.pass.Store(math.MaxInt64)
	exe, err := os.Executable()
	if err == nil {
		err = os.Symlink(exe, f.self)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.pass.Store(math.MaxInt64)
		for _, c := range f.all {
			c.Process.Kill()
			c.Wait()
		}
	})
	return f
}

// safe is a buffer that a process writes while the test reads.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (f *fleet) start(args ...string) (*exec.Cmd, *safe) {
	f.t.Helper()
	c := exec.Command(f.self, args...)
	c.Dir, c.Env = f.dir, append(os.Environ(), "OPENAI_API_KEY=sk-test")
	said := &safe{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.all = append(f.all, c)
	return c, said
}

// until waits for something that must happen.
func (f *fleet) until(what string, happened func() bool) {
	f.t.Helper()
	for end := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("never: %s; %d requests arrived", what, len(f.shop.Heard()))
		}
	}
}

// asked waits for the server to have made so many images, or to be about to.
func (f *fleet) asked(n int) {
	f.t.Helper()
	f.until(fmt.Sprint(n, " requests"), func() bool { return len(f.shop.Heard()) >= n })
}

// drains asks a process to end, and waits for it to say that it heard.
func (f *fleet) drains(c *exec.Cmd, said *safe) {
	f.t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		f.t.Fatal(err)
	}
	f.until("it stops", func() bool { return strings.Contains(said.String(), "stopping: no new calls") })
}

func (f *fleet) generate(n int) []string {
	return []string{"generate", "--prompt", "a cup", "--count", fmt.Sprint(n), "--seed", "1", "--size", "1024x1024", "--generators", "shop", "--json", "--database", f.url, "--budget", fmt.Sprint(n)}
}

// ended wants the process to have ended with a code.
func (f *fleet) ended(c *exec.Cmd, said *safe, code int) {
	f.t.Helper()
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != code {
		f.t.Fatalf("exit code %d, want %d: %s", got, code, said)
	}
}

// whole wants a run that lost nothing: what was in flight when a process was
// killed, inFlight requests at most, may have been sent and is held, or has
// been asked for again.
func (f *fleet) whole(said string, n, inFlight int) {
	f.t.Helper()
	var r struct {
		Assets   int
		SpentUSD float64                                `json:"spent_usd"`
		Layers   map[pipeline.Layer]pipeline.LayerState `json:"layers"`
	}
	if err := json.Unmarshal([]byte(said[strings.Index(said, "\n{")+1:]), &r); err != nil || r.Assets < 1 || r.SpentUSD < 0.04*float64(n)-1e-9 {
		f.t.Errorf("%v, %+v: %s", err, r, said)
	}
	made := r.Layers[pipeline.Synthesize]
	if made.OK+made.Held != n || made.Held > inFlight {
		f.t.Errorf("%d made, %d held of %d", made.OK, made.Held, n)
	}
	if got := f.shop.Tally.Stats().Repeated; got > inFlight {
		f.t.Errorf("%d calls were repeated; at most %d may be", got, inFlight)
	}
	if got := len(f.shop.Heard()); got+made.Held < n || got > n+inFlight {
		f.t.Errorf("%d calls for %d images, %d of them held", got, n, made.Held)
	}
}

// TestCoordinatorKilled: the workers finish what was laid out, and the same
// command goes on from there.
func TestCoordinatorKilled(t *testing.T) {
	t.Parallel()
	p := databasetest.Need(t)
	f := newFleet(t, p)
	const n = 90
	for range 2 {
		f.start("worker", "--database", f.url)
	}
	f.pass.Store(n / 3)
	c, _ := f.start(f.generate(n)...)
	f.asked(n / 3)
	c.Process.Kill()
	c.Wait()
	f.pass.Store(math.MaxInt64)
	c, said := f.start(f.generate(n)...)
	f.ended(c, said, 0)
	if !strings.Contains(said.String(), "going on with run") {
		t.Error(said)
	}
	f.whole(said.String(), n, 0+8) // what the killed process, a worker too, had in flight
}

// TestTerminateWithWorkers: SIGTERM drains the run and its workers, and nothing
// is asked for twice when it goes on.
func TestTerminateWithWorkers(t *testing.T) {
	t.Parallel()
	p := databasetest.Need(t)
	f := newFleet(t, p)
	const n = 320
	f.pass.Store(40)
	w, heard := f.start("worker", "--database", f.url)
	f.start("worker", "--database", f.url)
	c, said := f.start(f.generate(n)...)
	f.until("a chunk is taken", func() bool { return strings.Contains(heard.String(), "chunk taken") })
	f.drains(w, heard) // a worker alone: others take its chunk
	gone := make(chan struct{})
	go func() { w.Wait(); close(gone) }()
	f.until("it ends", func() bool {
		select {
		case <-gone:
			return true
		default:
			f.pass.Store(min(f.pass.Load()+1, n/2)) // what it has in flight gets through
			return false
		}
	})
	f.ended(w, heard, 0)
	f.asked(int(f.pass.Load()))
	f.drains(c, said)
	f.pass.Store(math.MaxInt64)
	f.ended(c, said, 1)
	if !strings.Contains(said.String(), "interrupted; what was made is kept in run") {
		t.Error(said)
	}
	made := len(f.shop.Heard())
	time.Sleep(400 * time.Millisecond)
	if later := len(f.shop.Heard()); later != made || made >= n {
		t.Errorf("%d calls at the end of the run, %d later, %d in all", made, later, n)
	}
	c, said = f.start(f.generate(n)...)
	f.ended(c, said, 0)
	f.whole(said.String(), n, 0)
}
