package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/cli"
	"github.com/GaboBase/arch-genops/internal/script"
)

// TestMain lets the test binary be the child that runs JavaScript.
func TestMain(m *testing.M) {
	if rest, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(rest, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// needs are the programs that configurations start.
var needs = map[string][]string{
	"r-06-prompt-scripts": {"python3"}, "r-09-vars": {"python3"}, "r-11-js-files": {"node"}, "r-12-python": {"python3"},
	"r-15-script-providers": {"node", "python3"}, "r-16-exec": {"python3", "sh"}, "r-28-errors": {"node"}, "r-30-generated-tests": {"python3"},
	"r-33-js-functions": {"node", "python3"}, "r-34-ts-config": {"node"}, "r-35-mjs-config": {"node"}, "r-36-packages": {"node", "python3"}, "r-37-script-contexts": {"node"},
	"r-38-provider-results": {"node"}, "r-39-transform-results": {"node", "python3"}, "r-41-script-modules": {"node"}, "r-42-script-environment": {"node"},
	"r-43-var-scripts": {"node", "python3"}, "r-44-generated-tests-functions": {"python3"}, "r-45-judge-prompt-scripts": {"node"}, "o-02-script-parts": {"node", "python3"}, "r-46-typed-package": {"node"},
}

// What promptfoo said about every configuration holds for genops: to the letter
// with --compat exact, and but for what could not be judged without it.
func TestRecorded(t *testing.T) {
	stub, err := startStub(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stub.stop)
	for _, line := range stub.env() {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
	names, err := configurations(".", "")
	if err != nil || len(names) < 60 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			missing := ""
			for _, program := range needs[name] {
				if _, err := exec.LookPath(program); err != nil {
					missing = program
				}
			}
			if missing != "" && os.Getenv("CI") != "true" {
				t.Skip(missing, "is not installed")
			}
			if testing.Short() && len(needs[name]) > 0 {
				t.Skip("it starts programs")
			}
			want, err := recorded(".", name)
			if err != nil {
				t.Fatal(err)
			}
			got, file := evaluate(t, name, "--compat", "exact")
			for _, d := range second(diff(name, want, got)) {
				t.Errorf("%s: %s", d.row, d.what)
			}
			if strings.HasPrefix(name, wholePrefix) {
				checkWhole(t, name, file)
			}
			if len(needs[name]) == 0 && (strings.HasPrefix(name, "r-") || strings.HasPrefix(name, "j-")) {
				got, _ := evaluate(t, name)
				checkDefault(t, want, got)
			}
		})
	}
}

func second(_ int, all []difference) []difference { return all }

// checkDefault finds rows whose verdict is another one than promptfoo's, and not
// "could not judge".
func checkDefault(t *testing.T, want, got *outcome) {
	byPlace := map[[2]int]row{}
	for _, r := range got.Rows {
		byPlace[[2]int{r.Test, r.Prompt}] = r
	}
	for _, w := range want.Rows {
		g, ok := byPlace[[2]int{w.Test, w.Prompt}]
		if !ok || g.Pass && !w.Pass || !g.Pass && w.Pass && !g.unjudged {
			t.Errorf("default mode, test %d prompt %d: promptfoo %s, genops %s (%s)", w.Test, w.Prompt, w.ending(), g.ending(), g.Why)
		}
	}
}

// checkWhole compares a results file with promptfoo's, key by key.
func checkWhole(t *testing.T, name, file string) {
	want, err := readWhole(wholeFile(".", name))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readWhole(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diffWhole(want, withoutOurs(got, ""), "") {
		t.Error(d)
	}
}

// evaluate runs genops in this process, on a copy of a configuration, and says
// where its results file is.
func evaluate(t *testing.T, name string, more ...string) (*outcome, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := copyTo(filepath.Join("configs", name), dir); err != nil {
		t.Fatal(err)
	}
	config, err := configOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	own, err := argumentsOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	more = append(own, more...)
	var out, errs bytes.Buffer
	s := &cli.State{Program: "genops", Args: append([]string{"run-eval", "--config", filepath.Base(config), "--no-table", "-o", "results.json"}, more...),
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: os.Getenv, Dir: dir}
	code := cli.Run(context.Background(), s)
	file := filepath.Join(dir, "results.json")
	o, err := readResults(file)
	if err != nil {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, &out, &errs)
	}
	passed := 0
	for _, r := range o.Rows {
		if r.Pass {
			passed++
		}
	}
	if (code == 0) != (passed == len(o.Rows)) {
		t.Errorf("exit code %d with %d of %d rows passed", code, passed, len(o.Rows))
	}
	return o, file
}
