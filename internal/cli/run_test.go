package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/cli"
)

// project writes files into a new folder.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestInMemory runs the whole command with all of its state passed in, and a
// terminal that shows the run while it goes on.
func TestInMemory(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"genops.yaml":    "",
		"agents/A.yaml":  "id: A\nruntime: {process: {command: [agent-echo, -delay, 20ms, -cost, \"0.01\"]}}\n",
		"testsets/s.csv": "input,expected\n" + strings.Repeat("say yes,yes\n", 30),
	})
	var stdout, stderr bytes.Buffer
	s := &cli.State{Program: "genops", Args: []string{"run-eval", "--agent", "A", "--test-set", "s", "--rule", "pass_rate>=0.9", "--concurrency", "1"},
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Dir: dir, Terminal: true, Columns: 60}
	if code := cli.Run(context.Background(), s); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	if !regexp.MustCompile(`░ \d+/30 `).MatchString(stderr.String()) {
		t.Errorf("the live view does not count: %q", &stderr)
	}
	for _, want := range []string{"██", "  pass_rate >= 0.9: 1.000 [", "\x1b[1A\x1b[2K"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the live view does not hold %q:\n%q", want, &stderr)
		}
	}
	if !strings.HasSuffix(stderr.String(), "\x1b[2K") {
		t.Errorf("the live view was not removed: %q", &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if n := len([]rune(strings.ReplaceAll(strings.ReplaceAll(line, "\x1b[1A", ""), "\x1b[2K", ""))); n > 60 {
			t.Errorf("a line of %d characters on a terminal of 60: %q", n, line)
		}
	}
	if !strings.HasPrefix(stdout.String(), "PASS  A ") || !strings.Contains(stdout.String(), "$0.3000") {
		t.Errorf("stdout:\n%s", &stdout)
	}
}

// TestInterrupts: the first one waits for the calls in flight, the second one
// does not.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"genops.yaml":    "",
		"agents/A.yaml":  "id: A\nruntime: {process: {command: [agent-echo]}}\n",
		"testsets/s.csv": "input,expected\n" + strings.Repeat("say yes,yes\n", 5) + "hang yes,yes\n",
	})
	signals := make(chan os.Signal, 2)
	var stdout bytes.Buffer
	stderr := &tail{}
	s := &cli.State{Program: "genops", Args: []string{"run-eval", "--agent", "A", "--test-set", "s", "--json"},
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: stderr, Getenv: func(string) string { return "" }, Dir: dir,
		Interrupts: func() <-chan os.Signal { return signals }}
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(context.Background(), s) }()
	interrupt := func(when string, now func() bool) {
		for !now() {
			select {
			case code := <-ended:
				t.Fatalf("ended with %d before %s\n%s%s", code, when, &stdout, stderr)
			case <-time.After(5 * time.Millisecond):
			}
		}
		signals <- os.Interrupt
	}
	interrupt("five answers were kept", func() bool {
		ledgers, _ := filepath.Glob(filepath.Join(dir, ".genops/runs/*/ledger.jsonl"))
		if len(ledgers) == 0 {
			return false
		}
		data, err := os.ReadFile(ledgers[0])
		return err == nil && strings.Count(string(data), `"result":{`) == 5
	})
	interrupt("it said that it stops", func() bool { return strings.Contains(stderr.String(), "stopping: no new calls") })
	if code := <-ended; code != 1 {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, stderr)
	}
	for _, want := range []string{"stopping: no new calls", "interrupted: 5 of 6 cases are kept", "resume with: genops run-eval --agent A --test-set s --json"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
	if !strings.Contains(stdout.String(), `"exit": 1`) {
		t.Errorf("stdout:\n%s", &stdout)
	}
}

// tail is what a command wrote so far, readable while it runs.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
