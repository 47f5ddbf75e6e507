package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/registry"
)

// TestResult is the outcome of an agent's own tests: the deterministic stage.
type TestResult struct {
	Run        string            `json:"run"`
	Kind       string            `json:"kind"` // "test"
	Agent      string            `json:"agent"`
	Version    string            `json:"version"`
	Release    string            `json:"release"`
	Verdict    string            `json:"verdict"` // pass: every command ended with 0; undecided: there is none
	Tests      []TestOutcome     `json:"tests"`
	StartedAt  string            `json:"started_at"`
	DurationMS int64             `json:"duration_ms"`
	Files      map[string]string `json:"files,omitempty"` // logs → sha256:…
}

// TestOutcome is one command of the tests.
type TestOutcome struct {
	Command    string `json:"command"`
	ExitCode   int    `json:"exit_code"` // -1 when it could not be run, or was killed
	DurationMS int64  `json:"duration_ms"`
	Log        string `json:"log"` // file in the run's folder
	Error      string `json:"error,omitempty"`
}

// TestOptions say what to test and where to show it.
type TestOptions struct {
	Root    string
	Agent   *registry.Agent
	Release registry.Release
	Env     []string  // of the commands
	Output  io.Writer // gets what the commands print, as they print it
	Started func(i, n int, command string)
}

// testRule is the key of the deterministic stage in the evidence.
const testRule = "tests"

// RunTests runs every command of the agent's tests with the shell, where the
// agent's relative paths start, and keeps logs and verdict as a run. Commands after a failed
// one run too.
func RunTests(ctx context.Context, o TestOptions) (*TestResult, error) {
	began := time.Now()
	m := &Manifest{Schema: 1, Kind: "test", Started: began, Agent: o.Agent.ID, Version: o.Release.Version, Release: o.Release.Digest, Input: assets.InputsDir + "/agent.yaml"}
	var err error
	if m.Fingerprint, err = m.fingerprint(); err != nil {
		return nil, err
	}
	agentFile, err := os.ReadFile(o.Agent.Path)
	if err != nil {
		return nil, err
	}
	f, err := RunsOf(o.Root).create(m, agentFile)
	if err == nil {
		err = f.writeManifest(m)
	}
	if err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	r := &TestResult{Run: m.Run, Kind: m.Kind, Agent: m.Agent, Version: m.Version, Release: m.Release, Tests: []TestOutcome{},
		StartedAt: began.UTC().Format(time.RFC3339), Files: map[string]string{}}
	for i, command := range o.Agent.Tests {
		o.Started(i+1, len(o.Agent.Tests), command)
		t, digest, err := runTest(ctx, o, f, i+1, command)
		if err != nil {
			return nil, err
		}
		r.Tests = append(r.Tests, t)
		r.Files[t.Log] = digest
		if ctx.Err() != nil {
			return nil, fmt.Errorf("interrupted after %d of %d tests; logs are in %s", i, len(o.Agent.Tests), f.Dir)
		}
	}
	r.Verdict = testVerdict(r.Tests).String()
	r.DurationMS = time.Since(began).Milliseconds()
	return r, keepTests(o.Root, f, m, r)
}

// testVerdict passes when every command ended with 0; without any it is
// undecided.
func testVerdict(tests []TestOutcome) gate.Verdict {
	if len(tests) == 0 {
		return gate.Undecided
	}
	for _, t := range tests {
		if t.ExitCode != 0 {
			return gate.Fail
		}
	}
	return gate.Pass
}

func runTest(ctx context.Context, o TestOptions, f Folder, n int, command string) (TestOutcome, string, error) {
	t := TestOutcome{Command: command, Log: fmt.Sprintf("test-%02d.log", n)}
	began := time.Now()
	digest, err := assets.WriteStream(f.path(t.Log), func(log io.Writer) error {
		cmd := shell(ctx, command)
		cmd.Dir, cmd.Env = o.Agent.Root, o.Env
		out := io.MultiWriter(log, o.Output)
		cmd.Stdout, cmd.Stderr = out, out
		cmd.WaitDelay = 2 * time.Second
		subprocess.KillGroupOnCancel(cmd)
		if err := cmd.Run(); err != nil {
			t.ExitCode, t.Error = cmd.ProcessState.ExitCode(), err.Error()
			if t.ExitCode == 0 {
				t.ExitCode = -1
			}
		}
		return nil
	})
	t.DurationMS = time.Since(began).Milliseconds()
	return t, digest, err
}

// shell runs a command line with the platform's shell.
func shell(ctx context.Context, command string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", command)
	}
	return exec.CommandContext(ctx, "sh", "-c", command)
}

func keepTests(root string, f Folder, m *Manifest, r *TestResult) error {
	for _, name := range []string{assets.ManifestFile, m.Input} {
		data, err := os.ReadFile(f.path(name))
		if err != nil {
			return err
		}
		r.Files[name] = digestOf(data)
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	e := Evidence{Run: m.Run, Agent: m.Agent, Release: m.Release, Rule: testRule, Verdict: r.Verdict, N: len(r.Tests), ResultDigest: digestOf(data)}
	if err := appendEvidence(root, []Evidence{e}, time.Now()); err != nil {
		return err
	}
	return assets.WriteFile(f.path(assets.ResultFile), data)
}

// TestResult reads the result of a run of tests.
func (f Folder) TestResult() (*TestResult, error) {
	var r TestResult
	if err := f.ReadJSON(assets.ResultFile, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// verifyTests decides recorded tests again.
func verifyTests(root string, f Folder) (*Verification, error) {
	r, err := f.TestResult()
	if err != nil {
		return nil, err
	}
	v := &Verification{Run: f.ID, Recorded: r.Verdict, Decided: testVerdict(r.Tests).String(), Records: len(r.Tests)}
	v.checkResult(root, f, true)
	v.checkFiles(f, r.Files, assets.ManifestFile)
	if v.Recorded != v.Decided {
		v.problem("the recorded verdict is %s, the evidence says %s", v.Recorded, v.Decided)
	}
	v.Stands = len(v.Problems) == 0
	return v, nil
}
