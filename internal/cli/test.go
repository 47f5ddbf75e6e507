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
	"github.com/GaboBase/arch-genops/registry"
)

func newTest(s *State) *cobra.Command {
	var ref string
	var asJSON bool
	c := &cobra.Command{
		Use:   "test --agent ID",
		Short: "Run the agent's own tests, and keep the result as evidence",
		Long: `Test runs every command of the agent file's tests: with the shell, in the
project's folder. It passes when all of them end with 0. An agent without tests
is undecided. Logs and verdict are kept as a run.`,
		Example: `  genops test --agent ASM-001`,
		Args:    exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			if ref == "" {
				return usage(errors.New("test: --agent is missing"))
			}
			return s.test(c.Context(), ref, asJSON)
		},
	}
	c.Flags().StringVar(&ref, "agent", "", "agent's `ID`, or its file")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON object")
	c.RegisterFlagCompletionFunc("agent", func(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return completeRef(s, c, registry.KindAgent, word)
	})
	return c
}

func (s *State) test(ctx context.Context, ref string, asJSON bool) error {
	p, err := s.project()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if s.Interrupts != nil {
		signals := s.Interrupts()
		go func() { <-signals; cancel() }()
	}
	resolved, err := s.resolve(ctx, p, ref)
	if err != nil {
		return err
	}
	show := s.Stdout
	if asJSON {
		show = s.Stderr
	}
	r, err := evals.RunTests(ctx, evals.TestOptions{Root: p.Root, Agent: resolved.Agent, Release: resolved.Release, Env: s.testEnv(), Output: show,
		Started: func(i, n int, command string) { fmt.Fprintf(show, "[%d/%d] %s\n", i, n, plain(command)) }})
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(s.Stdout, r)
	} else {
		s.showTests(s.Stdout, r)
	}
	if err != nil {
		return err
	}
	return verdictExit(r.Verdict)
}

func (s *State) showTests(w io.Writer, r *evals.TestResult) {
	failed := 0
	for _, t := range r.Tests {
		if t.ExitCode != 0 {
			failed++
			fmt.Fprintf(w, "failed: %s (%s; log: %s)\n", plain(t.Command), plain(t.Error), t.Log)
		}
	}
	fmt.Fprintf(w, "%s  %s %s: %d of %d tests passed, %.1f s, run %s\n", strings.ToUpper(r.Verdict), r.Agent, r.Version,
		len(r.Tests)-failed, len(r.Tests), float64(r.DurationMS)/1000, r.Run)
	if len(r.Tests) == 0 {
		fmt.Fprintln(w, "The agent file has no tests; add for example  tests: [\"go test ./...\"]")
	}
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
