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
	"github.com/GaboBase/arch-genops/internal/junit"
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
	Verdict    string            `json:"verdict"`          // pass: every command ended with 0 and reported no red test; undecided: there is none
	Counts     *junit.Counts     `json:"counts,omitempty"` // of the tests that were reported; nil when no command reports any
	Tests      []TestOutcome     `json:"tests"`
	StartedAt  string            `json:"started_at"`
	DurationMS int64             `json:"duration_ms"`
	Files      map[string]string `json:"files,omitempty"`      // logs and reports → sha256:…
	Inputs     string            `json:"inputs,omitempty"`     // digest of what the result depends on; "" = it can't be told
	NotCached  string            `json:"not_cached,omitempty"` // why the result stands for this time only
	Cached     *CachedFrom       `json:"cached,omitempty"`     // nothing ran: the result is that of an earlier run
}

// CachedFrom names the run that a cached result comes from.
type CachedFrom struct {
	Run string `json:"run"`
	At  string `json:"at"` // when it started
}

// TestOutcome is one command of the tests.
type TestOutcome struct {
	Command    string        `json:"command"`
	ExitCode   int           `json:"exit_code"` // -1 when it could not be run, or was killed
	DurationMS int64         `json:"duration_ms"`
	Log        string        `json:"log"`              // file in the run's folder
	Error      string        `json:"error,omitempty"`  // why it failed beside its tests
	Source     string        `json:"source,omitempty"` // of Counts: "junit" or "go test -json"
	Counts     *junit.Counts `json:"counts,omitempty"` // of the tests that it reported
	Red        []junit.Case  `json:"red,omitempty"`    // the first of those that failed or errored
}

// Failed says whether the command or one of its tests failed.
func (t *TestOutcome) Failed() bool {
	return t.ExitCode != 0 || t.Error != "" || t.Counts != nil && t.Counts.Red() > 0
}

// maxRed is how many red tests of a command a result lists; all of them are in
// the report.
const maxRed = 200

// TestOptions say what to test and where to show it.
type TestOptions struct {
	Root    string
	Agent   *registry.Agent
	Release registry.Release
	Env     []string  // of the commands
	Output  io.Writer // gets what the commands print, as they print it
	Started func(i, n int, command string)

	// Inputs is the digest of what the result depends on, asked for before and
	// after the commands: a pass is kept for the next time when it stayed the
	// same. "" says that it can't be told, and why. nil = nothing is cached.
	Inputs func(context.Context) (digest, why string, err error)
	Fresh  bool // run the commands even if a cached pass is there
}

// testRule is the key of the deterministic stage in the evidence.
const testRule = "tests"

// TestReport is the name of the JUnit report in the folder of a run of tests.
const TestReport = "junit.xml"

// RunTests runs every command of the agent's tests with the shell, where the
// agent's relative paths start, and keeps logs, reports and verdict as a run.
// Commands after a failed one run too. A pass with the same inputs is returned
// without running anything; failures are never cached.
func RunTests(ctx context.Context, o TestOptions) (*TestResult, error) {
	before, why, err := o.inputs(ctx)
	if err != nil {
		return nil, err
	}
	if before != "" && !o.Fresh {
		if r := cachedTests(o.Root, o.Agent.ID, before); r != nil {
			return r, nil
		}
	}
	r, f, m, suites, err := o.runAll(ctx)
	if err != nil {
		return nil, err
	}
	r.Inputs, r.NotCached = before, why
	if before != "" {
		if after, _, err := o.inputs(ctx); err != nil || after != before {
			r.Inputs, r.NotCached = "", "files on which the tests depend changed while they ran"
		}
	}
	if err := keepTests(o.Root, f, m, r, suites); err != nil {
		return nil, err
	}
	return r, cacheTests(o.Root, f, r)
}

func (o *TestOptions) inputs(ctx context.Context) (digest, why string, err error) {
	if o.Inputs == nil {
		return "", "", nil
	}
	return o.Inputs(ctx)
}

// runAll runs the commands in a new run's folder.
func (o *TestOptions) runAll(ctx context.Context) (*TestResult, Folder, *Manifest, []junit.Suite, error) {
	began := time.Now()
	m := &Manifest{Schema: 1, Kind: "test", Started: began, Agent: o.Agent.ID, Version: o.Release.Version, Release: o.Release.Digest, Input: assets.InputsDir + "/agent.yaml"}
	f, err := o.folder(m)
	if err != nil {
		return nil, f, nil, nil, fmt.Errorf("making the run's folder: %w", err)
	}
	r := &TestResult{Run: m.Run, Kind: m.Kind, Agent: m.Agent, Version: m.Version, Release: m.Release, Tests: []TestOutcome{},
		StartedAt: began.UTC().Format(time.RFC3339), Files: map[string]string{}}
	var suites []junit.Suite
	for i, command := range o.Agent.Tests {
		o.Started(i+1, len(o.Agent.Tests), command.Run)
		t, cases, digest, err := runTest(ctx, o, f, i+1, command)
		if err != nil {
			return nil, f, nil, nil, err
		}
		r.Tests = append(r.Tests, t)
		r.Files[t.Log] = digest
		suites = append(suites, suiteOf(&t, cases))
		if ctx.Err() != nil {
			return nil, f, nil, nil, fmt.Errorf("interrupted after %d of %d tests; logs are in %s", i, len(o.Agent.Tests), f.Dir)
		}
		if t.Counts != nil {
			sum := *t.Counts
			if r.Counts != nil {
				sum = sum.Add(*r.Counts)
			}
			r.Counts = &sum
		}
	}
	r.Verdict = testVerdict(r.Tests).String()
	r.DurationMS = time.Since(began).Milliseconds()
	return r, f, m, suites, nil
}

// folder makes the run's folder, with a copy of the agent file.
func (o *TestOptions) folder(m *Manifest) (Folder, error) {
	var err error
	if m.Fingerprint, err = m.fingerprint(); err != nil {
		return Folder{}, err
	}
	agentFile, err := os.ReadFile(o.Agent.Path)
	if err != nil {
		return Folder{}, err
	}
	f, err := RunsOf(o.Root).create(m, agentFile)
	if err == nil {
		err = f.writeManifest(m)
	}
	return f, err
}

// testVerdict passes when no command and no test failed; without any command it
// is undecided.
func testVerdict(tests []TestOutcome) gate.Verdict {
	if len(tests) == 0 {
		return gate.Undecided
	}
	for i := range tests {
		if tests[i].Failed() {
			return gate.Fail
		}
	}
	return gate.Pass
}

// runTest runs one command and reads what it reports.
func runTest(ctx context.Context, o *TestOptions, f Folder, n int, command registry.TestCommand) (TestOutcome, []junit.Case, string, error) {
	t := TestOutcome{Command: command.Run, Log: fmt.Sprintf("test-%02d.log", n)}
	stood := standing(o.Agent.Root, command.JUnit)
	began := time.Now()
	digest, err := assets.WriteStream(f.path(t.Log), func(log io.Writer) error {
		cmd := shell(ctx, command.Run)
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
	if err != nil || ctx.Err() != nil {
		return t, nil, digest, err
	}
	cases, err := t.report(o.Agent.Root, f, command, stood, began)
	return t, cases, digest, err
}

// shell runs a command line with the platform's shell.
func shell(ctx context.Context, command string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", command)
	}
	return exec.CommandContext(ctx, "sh", "-c", command)
}

func keepTests(root string, f Folder, m *Manifest, r *TestResult, suites []junit.Suite) error {
	var err error
	r.Files[TestReport], err = assets.WriteStream(f.path(TestReport), func(w io.Writer) error { return junit.Write(w, "genops test "+r.Agent, suites) })
	if err != nil {
		return err
	}
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
