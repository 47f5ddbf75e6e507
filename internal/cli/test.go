package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/junit"
	"github.com/GaboBase/arch-genops/registry"
)

// agentTests holds the flags of test.
type agentTests struct {
	*State
	agent   string
	noCache bool
	json    bool
	outputs []string
}

func newTest(s *State) *cobra.Command {
	t := &agentTests{State: s}
	c := &cobra.Command{
		Use:   "test --agent ID",
		Short: "Run the agent's own tests, and keep the result as evidence",
		Long: `Test runs every command of the agent file's tests: with the shell, in the
project's folder. It passes when all of them end with 0 and none of the tests
that they report failed. An agent without tests is undecided. Logs, reports and
verdict are kept as a run.

  tests:
    - go test -json ./...                                  # its events are read
    - {run: "pytest --junitxml=out.xml", junit: "out.xml"} # and JUnit XML, by name or glob
    - {run: "./check $REGION", files: ["check/**"], env: [LANG]}

A report that the command did not write, or that holds no test, is a failure.

A pass is cached by content: the release, the commands, their programs, the
environment variables that they name ($NAME, env), and the files that they
declare; without files, all files of the project that git does not ignore.
Failures are never cached. What else a test depends on (packages outside of the
project, services, the time) is for --no-cache, or for a file or variable that
names it.

Exit codes: 0 pass, 1 error, 2 usage, 3 failed, 4 undecided.`,
		Example: `  genops test --agent ASM-001
  genops test --agent ASM-001@2.1.0 --no-cache -o junit.xml`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error { return t.run(c.Context()) },
	}
	f := c.Flags()
	f.StringVar(&t.agent, "agent", "", "agent's `ID`, ID@VERSION, or its file")
	f.BoolVar(&t.noCache, "no-cache", false, "run the tests even if they passed on the same content before")
	f.BoolVar(&t.json, "json", false, "print the result as one JSON object")
	f.StringArrayVarP(&t.outputs, "output", "o", nil, "also write the result to this `FILE`: .xml (JUnit of all commands) or .json; repeatable")
	c.RegisterFlagCompletionFunc("agent", func(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return completeRef(s, c, registry.KindAgent, word)
	})
	return c
}

func (t *agentTests) run(ctx context.Context) error {
	if t.agent == "" {
		return usage(errors.New("test: --agent is missing"))
	}
	for _, out := range t.outputs {
		if ext := filepath.Ext(out); ext != ".xml" && ext != ".json" {
			return usage(fmt.Errorf("-o %s: known endings: .xml (JUnit), .json", out))
		}
		if info, err := os.Stat(filepath.Dir(t.path(out))); err != nil || !info.IsDir() {
			return usage(fmt.Errorf("-o %s: no such folder", out))
		}
	}
	p, err := t.project()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if t.Interrupts != nil {
		signals := t.Interrupts()
		go func() { <-signals; cancel() }()
	}
	r, err := t.tests(ctx, p)
	if err != nil {
		return err
	}
	if err := t.write(p.Root, r); err != nil {
		return err
	}
	if t.json {
		err = writeJSON(t.Stdout, r)
	} else {
		t.showTests(t.Stdout, r)
	}
	if err != nil {
		return err
	}
	return verdictExit(r.Verdict)
}

// tests runs them, or finds that they passed before.
func (t *agentTests) tests(ctx context.Context, p *config.Project) (*evals.TestResult, error) {
	resolved, err := t.resolve(ctx, p, t.agent)
	if err != nil {
		return nil, err
	}
	show := t.Stdout
	if t.json {
		show = t.Stderr
	}
	return evals.RunTests(ctx, evals.TestOptions{Root: p.Root, Agent: resolved.Agent, Release: resolved.Release, Env: t.testEnv(), Output: show,
		Started: func(i, n int, command string) { fmt.Fprintf(show, "[%d/%d] %s\n", i, n, plain(command)) },
		Inputs: func(ctx context.Context) (string, string, error) {
			return resolved.TestInputs(ctx, t.self(), t.Getenv)
		},
		Fresh: t.noCache})
}

// write makes the files of -o.
func (t *agentTests) write(root string, r *evals.TestResult) error {
	for _, out := range t.outputs {
		write := func(w io.Writer) error { return writeJSON(w, r) }
		if filepath.Ext(out) == ".xml" {
			report, err := os.ReadFile(r.TestReportPath(root))
			if err != nil {
				return err
			}
			write = func(w io.Writer) error { _, err := w.Write(report); return err }
		}
		if err := evals.WriteReport(t.path(out), write); err != nil {
			return fmt.Errorf("-o %s: %w", out, err)
		}
	}
	return nil
}

// shownRed is how many red tests of a command are listed.
const shownRed = 20

func (s *State) showTests(w io.Writer, r *evals.TestResult) {
	failed := 0
	for i := range r.Tests {
		t := &r.Tests[i]
		if t.Failed() {
			failed++
		}
		showTest(w, t)
	}
	counted := ""
	if r.Counts != nil {
		counted = " (" + countsText(*r.Counts) + ")"
	}
	if r.Cached != nil {
		fmt.Fprintf(w, "%s  %s %s: cached from run %s of %s; %d of %d tests passed%s\n", strings.ToUpper(r.Verdict), r.Agent, r.Version,
			r.Cached.Run, r.Cached.At, len(r.Tests)-failed, len(r.Tests), counted)
		return
	}
	fmt.Fprintf(w, "%s  %s %s: %d of %d tests passed%s, %.1f s, run %s\n", strings.ToUpper(r.Verdict), r.Agent, r.Version,
		len(r.Tests)-failed, len(r.Tests), counted, float64(r.DurationMS)/1000, r.Run)
	switch {
	case len(r.Tests) == 0:
		fmt.Fprintln(w, "The agent file has no tests; add for example  tests: [\"go test ./...\"]")
	case r.NotCached != "" && r.Verdict == "pass":
		fmt.Fprintf(w, "not cached: %s\n", plain(r.NotCached))
	}
}

// showTest tells what a command reported, and why it failed.
func showTest(w io.Writer, t *evals.TestOutcome) {
	counted := ""
	if t.Counts != nil {
		counted = countsText(*t.Counts)
	}
	switch {
	case t.Failed():
		why := []string{}
		for _, text := range []string{counted, plain(t.Error), "log: " + t.Log} {
			if text != "" {
				why = append(why, text)
			}
		}
		if t.ExitCode == 0 && t.Error == "" {
			why = append(why, "though it ended with 0")
		}
		fmt.Fprintf(w, "failed: %s (%s)\n", plain(t.Command), strings.Join(why, "; "))
	case counted != "":
		fmt.Fprintf(w, "passed: %s (%s)\n", plain(t.Command), counted)
	}
	for _, c := range t.Red[:min(len(t.Red), shownRed)] {
		line, _, _ := strings.Cut(plain(c.Message), "\n")
		fmt.Fprintf(w, "  %s %s: %s\n", c.State, plain(c.Title()), line)
	}
	if t.Counts != nil && t.Counts.Red() > shownRed {
		fmt.Fprintf(w, "  and %d more in %s\n", t.Counts.Red()-shownRed, evals.TestReport)
	}
}

func countsText(n junit.Counts) string {
	parts := []string{fmt.Sprintf("%d passed", n.Passed)}
	for _, p := range []struct {
		n    int
		word string
	}{{n.Failed, "failed"}, {n.Errored, "errored"}, {n.Skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// testEnv is the environment of an agent's tests: "genops" is this program.
func (s *State) testEnv() []string {
	env := os.Environ()
	if s.Exe == "" {
		return env
	}
	return append(env, "PATH="+filepath.Dir(s.Exe)+string(os.PathListSeparator)+s.Getenv("PATH"))
}

func verdictExit(verdict string) error {
	switch verdict {
	case "pass":
		return nil
	case "fail":
		return exit{exitFailed}
	}
	return exit{exitUndecided}
}
