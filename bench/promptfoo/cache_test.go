package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/cli"
)

// answersOf runs a configuration in a folder and returns its output.
func inFolder(t *testing.T, dir string, more ...string) (code int, text string) {
	t.Helper()
	var out strings.Builder
	s := &cli.State{Program: "genops", Args: append([]string{"run-eval", "--no-table"}, more...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: os.Getenv, Dir: dir}
	code = cli.Run(t.Context(), s)
	return code, out.String()
}

func withStub(t *testing.T, name string) (*stub, string) {
	t.Helper()
	s, err := startStub(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	for _, line := range s.env() {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
	dir := filepath.Join(t.TempDir(), name)
	if err := copyTo(filepath.Join("configs", name), dir); err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// Answers of models, judges and embeddings are asked for once; errors are asked
// for again, and so is everything with --no-cache.
func TestCache(t *testing.T) {
	for name, failing := range map[string]int64{"r-18-openai": 6, "r-19-judges": 1, "r-20-similar": 0, "r-17-http": 2} {
		s, dir := withStub(t, name)
		inFolder(t, dir, "-o", "first.json")
		first := s.received.Load()
		if first < 4 {
			t.Fatalf("%s: %d calls", name, first)
		}
		_, text := inFolder(t, dir, "-o", "second.json")
		if made := s.received.Load() - first; made != failing {
			t.Errorf("%s: %d calls of the second run, want %d\n%s", name, made, failing, text)
		}
		a, errA := readResults(filepath.Join(dir, "first.json"))
		b, errB := readResults(filepath.Join(dir, "second.json"))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if _, d := diff(name, a, b); len(d) > 0 {
			t.Errorf("%s: %v", name, d)
		}
		before := s.received.Load()
		inFolder(t, dir, "--no-cache")
		if made := s.received.Load() - before; made != first {
			t.Errorf("%s: %d calls with --no-cache, want %d", name, made, first)
		}
	}
}

// Keys that a configuration holds stand in no file of the run.
func TestNoKeys(t *testing.T) {
	_, dir := withStub(t, "r-19-judges")
	path := filepath.Join(dir, "promptfooconfig.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const key = "sk-0123456789-in-the-file"
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(data), "apiKey: local", "apiKey: "+key)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, text := inFolder(t, dir, "-o", "r.json", "-o", "r.csv", "-o", "r.yaml", "-o", "r.html")
	if strings.Contains(text, key) {
		t.Error("the key is printed")
	}
	seen := 0
	filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || p == path {
			return err
		}
		data, err := os.ReadFile(p)
		if seen++; err == nil && strings.Contains(string(data), key) {
			t.Errorf("the key stands in %s", p)
		}
		return err
	})
	if seen < 8 {
		t.Fatalf("only %d files", seen)
	}
}

// A budget ends the run before a call could go beyond it.
func TestBudget(t *testing.T) {
	s, dir := withStub(t, "r-18-openai")
	code, text := inFolder(t, dir, "--budget", "0.0002", "-j", "1", "--no-cache")
	if made := s.received.Load(); code != 3 && code != 4 || made < 1 || made > 20 || !strings.Contains(text, "the budget of") {
		t.Errorf("exit code %d, %d calls\n%s", code, made, text)
	}
}
