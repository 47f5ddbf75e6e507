package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/cli"
)

// TestViewOpens: a browser is opened on a terminal with a desktop, and nowhere
// else; the path is printed in any case.
func TestViewOpens(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("xdg-open is the word of one desktop")
	}
	bin, project := t.TempDir(), t.TempDir()
	opened := filepath.Join(bin, "opened")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(bin, "xdg-open"), "#!/bin/sh\nprintf %s \"$1\" > '"+opened+".new' && mv '"+opened+".new' '"+opened+"'\n")
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	run := filepath.Join(project, ".genops", "runs", "20260101-000000.000-a-abcdef")
	write(filepath.Join(project, "genops.yaml"), "")
	write(filepath.Join(run, "run.json"), `{"kind": "eval"}`)
	write(filepath.Join(run, "result.json"), `{"verdict": "pass"}`)
	write(filepath.Join(run, "report.html"), "<!doctype html>")
	for _, c := range []struct {
		name     string
		args     string
		env      map[string]string
		terminal bool
		opens    bool
	}{
		{"terminal and desktop", "view latest", map[string]string{"DISPLAY": ":0"}, true, true},
		{"wayland", "view latest", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, true, true},
		{"no desktop", "view latest", nil, true, false},
		{"no terminal", "view latest", map[string]string{"DISPLAY": ":0"}, false, false},
		{"CI", "view latest", map[string]string{"DISPLAY": ":0", "CI": "true"}, true, false},
		{"asked not to", "view latest --no-open", map[string]string{"DISPLAY": ":0"}, true, false},
		{"json", "view latest --json", map[string]string{"DISPLAY": ":0"}, true, false},
	} {
		os.Remove(opened)
		var out, complaints bytes.Buffer
		s := &cli.State{Program: "genops", Args: strings.Fields(c.args), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints,
			Getenv: func(key string) string { return c.env[key] }, Dir: project, Terminal: c.terminal}
		if code := cli.Run(context.Background(), s); code != 0 || !strings.Contains(out.String(), "report.html") {
			t.Fatalf("%s: exit %d, %s%s", c.name, code, out.String(), complaints.String())
		}
		wait := 100 * time.Millisecond // long enough to notice most of what should not be
		if c.opens {
			wait = patience
		}
		var got []byte
		for deadline := time.Now().Add(wait); time.Now().Before(deadline) && got == nil; time.Sleep(5 * time.Millisecond) {
			got, _ = os.ReadFile(opened)
		}
		if c.opens != (got != nil) || c.opens && string(got) != filepath.Join(run, "report.html") {
			t.Errorf("%s: opened %q", c.name, got)
		}
	}
}
