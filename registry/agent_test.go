package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// project writes files into a new folder and returns it.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		write(t, root, name, text)
	}
	return root
}

func write(t testing.TB, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

const whole = `id: A-1
description: the first
version: "2.0"
runtime: {process: {command: ["./router", "--stdio"], env: {MODE: test}}}
files: ["data/*.json"]
evals:
  - test_set: intents.json
    rules: [{metric: intent_accuracy, at_least: 0.9, alpha: 0.05}, {metric: latency, at_most: 2s}]
tests: ["go test ./..."]
`

func TestLoadAgent(t *testing.T) {
	root := project(t, map[string]string{"agents/A-1.yaml": whole, "agents/B.yml": strings.Replace(whole, "A-1", "B", 1),
		"elsewhere/mine.yaml": whole, "agents/notes.txt": "x"})
	for _, ref := range []string{"A-1", "agents/A-1.yaml", "mine.yaml", "elsewhere/mine.yaml", filepath.Join(root, "elsewhere", "mine.yaml")} {
		a, err := LoadAgent(root, filepath.Join(root, "elsewhere"), ref)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if a.ID != "A-1" || a.Version != "2.0" || a.Runtime.Process.Env["MODE"] != "test" || *a.Evals[0].Rules[0].AtLeast != 0.9 || a.Evals[0].Rules[1].AtMost != "2s" || len(a.Tests) != 1 {
			t.Errorf("%s: %+v", ref, a)
		}
	}
	if got := strings.Join(Agents(root), " "); got != "A-1 B" {
		t.Errorf("agents: %s", got)
	}
	if _, err := LoadAgent(root, root, "B"); err != nil {
		t.Error(err)
	}
}

func TestLoadAgentUnknown(t *testing.T) {
	root := project(t, map[string]string{"agents/ASM-001.yaml": whole})
	for ref, want := range map[string]string{
		"ASM-01":         `did you mean "ASM-001"? known: ASM-001`,
		"completely":     "known: ASM-001",
		"agents/no.yaml": "agents/no.yaml",
	} {
		_, err := LoadAgent(root, root, ref)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if _, err := LoadAgent(t.TempDir(), root, "x"); err == nil || !strings.Contains(err.Error(), "genops init") {
		t.Errorf("no agents at all: %v", err)
	}
}

func TestLoadAgentErrors(t *testing.T) {
	const process = "runtime: {process: {command: [./a]}}\n"
	for text, want := range map[string]string{
		"":                                 "A.yaml: id is missing",
		process:                            "A.yaml: id is missing",
		"id: other\n" + process:            `A.yaml: id is "other", but the file's name says "A"`,
		"\nid: a b\n" + process:            `A.yaml:2: id "a b": letters`,
		"id: ../A\n" + process:             `A.yaml:1: id "../A"`,
		"id: A\n":                          "A.yaml: runtime is missing; known: process",
		"id: A\nruntime: {}\n":             "A.yaml:2: runtime is missing; known: process",
		"id: A\nruntime:\n  process: {}\n": "A.yaml:3: runtime.process.command is empty",
		"id: A\nruntime: {process: {command: []}}\n":                                   "runtime.process.command is empty",
		"id: A\nruntime: {process: {command: ['']}}\n":                                 "runtime.process.command is empty",
		"id: A\nruntime: {process: {command: x}, http: {}}\n":                          `"runtime.process.command": expected a list`,
		"id: A\nruntime: {process: {command: [x]}, http: {url: 'http://x', model: m}}": "runtime has both process and http",
		"id: A\nruntime: {http: {url: 'ftp://x', model: m}}":                           `runtime.http.url "ftp://x": must start with http://`,
		"id: A\nruntime: {http: {url: 'http://x'}}":                                    "give model (OpenAI-compatible endpoint) or request",
		"id: A\nevals: [{rules: []}]\n" + process:                                      "A.yaml:2: evals[0].test_set is missing",
		"id: A\nfile: [x]\n" + process:                                                 `unknown key "file"`,
		"id: A\nid: A\n" + process:                                                     "A.yaml:2",
		"id: A\nevals: [{test_set: x, rules: [{metric: m, at_least: high}]}]\n":        "A.yaml:2",
		"id: [":                "A.yaml",
		"id: A\n---\nid: B\n":  "A.yaml",
		"id: \xff\n" + process: "A.yaml",
	} {
		root := project(t, map[string]string{"agents/A.yaml": text})
		a, err := LoadAgent(root, root, "A")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "agents/A.yaml") {
			t.Errorf("%q: %+v, error %v, want %q", text, a, err, want)
		}
	}
}

func TestLoadAgentNamesAllErrors(t *testing.T) {
	root := project(t, map[string]string{"agents/A.yaml": "id: '?'\nevals: [{}]\n"})
	_, err := LoadAgent(root, root, "A")
	for _, want := range []string{"id \"?\"", "runtime is missing", "evals[0].test_set is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %q", err, want)
		}
	}
}

func FuzzLoadAgent(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(modelAgent))
	root := project(f, map[string]string{"data/x.json": "{}", "router": "#!/bin/sh\n", "prompts/support.prompt": "---\nmodel: openai/gpt-x\n---\nHello"})
	path := filepath.Join(root, "agents", "A-1.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		write(t, root, "agents/A-1.yaml", string(data))
		a, err := LoadAgent(root, root, path)
		if err != nil {
			if !strings.Contains(err.Error(), "A-1.yaml") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		kinds := 0
		for _, is := range []bool{a.Runtime.Process != nil, a.Runtime.HTTP != nil, a.Runtime.Model != nil} {
			if is {
				kinds++
			}
		}
		if !agentID().MatchString(a.ID) || kinds != 1 {
			t.Errorf("accepted: %+v", a)
		}
		if runtime.GOOS == "windows" {
			return // a name may be a device there
		}
		r, err := a.Release(root, Self{})
		if err == nil && (!strings.HasPrefix(r.Digest, "sha256:") || r.Version == "" || len(r.Parts) == 0) {
			t.Errorf("release %+v", r)
		}
	})
}
