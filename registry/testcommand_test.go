package registry

import (
	"reflect"
	"strings"
	"testing"
)

func TestTestCommands(t *testing.T) {
	root := project(t, map[string]string{"agents/A.yaml": `id: A
runtime: {process: {command: [./a]}}
tests:
  - go test ./...
  - {run: "pytest --junitxml=out.xml", junit: out.xml}
  - run: make ${TARGET}
    junit: ["a/*.xml", b.xml]
    files: tests
    env: [LANG]
`})
	a, err := LoadAgent(root, root, "A")
	if err != nil {
		t.Fatal(err)
	}
	want := []TestCommand{{Run: "go test ./..."}, {Run: "pytest --junitxml=out.xml", JUnit: []string{"out.xml"}},
		{Run: "make ${TARGET}", JUnit: []string{"a/*.xml", "b.xml"}, Files: []string{"tests"}, Env: []string{"LANG"}}}
	if !reflect.DeepEqual(a.Tests, want) {
		t.Errorf("%+v", a.Tests)
	}
	for command, want := range map[string]string{"echo $A ${B}c $1 $$ $(C) \"$D_1\" $A": "A B D_1", "make": "", "$": "", "${": "", "a${}": ""} {
		if got := strings.Join(TestCommand{Run: command}.variables(), " "); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}

// The digest of what tests depend on changes with each of it, and with nothing
// else.
func TestTestInputs(t *testing.T) {
	env := map[string]string{"MODE": "x", "OTHER": "y"}
	root := project(t, map[string]string{"agents/A.yaml": "", "tool": "#!/bin/sh", "t/a.txt": "a", "t/out.xml": "o", "other.txt": "o"})
	digestOf := func(tests string) string {
		t.Helper()
		write(t, root, "agents/A.yaml", "id: A\nversion: '1'\nruntime: {http: {url: 'http://localhost', model: m}}\ntests: "+tests+"\n")
		a, err := LoadAgent(root, root, "A")
		if err != nil {
			t.Fatal(err)
		}
		r := &Resolved{Agent: a, Root: root, Release: Release{Digest: "sha256:1"}}
		d, why, err := r.TestInputs(t.Context(), Self{}, func(name string) string { return env[name] })
		if err != nil || d == "" {
			t.Fatal(d, why, err)
		}
		return d
	}
	const tests = `[{run: "./tool $MODE", files: "t/*.txt"}]`
	first := digestOf(tests)
	write(t, root, "other.txt", "p")
	env["OTHER"] = "z"
	if digestOf(tests) != first {
		t.Error("the digest depends on what the command does not name")
	}
	for what, change := range map[string]func(){
		"file": func() { write(t, root, "t/a.txt", "b") }, "new file": func() { write(t, root, "t/b.txt", "b") },
		"variable": func() { env["MODE"] = "other" }, "program": func() { write(t, root, "tool", "#!/bin/sh -e") },
	} {
		before := digestOf(tests)
		if change(); digestOf(tests) == before {
			t.Errorf("%s: the digest stays", what)
		}
	}
	if before := digestOf(tests); digestOf(strings.Replace(tests, "MODE", "MODE x", 1)) == before {
		t.Error("another command has the same digest")
	}
}
