package evals

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/assets"
)

// finished is a project with one finished run of 60 cases, 6 of them failed.
func finished(t *testing.T, change func(*Options)) (*project, Folder, *Result) {
	t.Helper()
	p := newProject(t, labelled(60), nil)
	o := p.options(t, wrongEvery(10), "pass_rate>=0.8", "latency<=10s")
	if change != nil {
		change(&o)
	}
	r := mustRun(t, o)
	return p, p.folders(t)[0], r
}

// inLedger replaces old by new in every line of the ledger that names the call
// id and holds old; new "" removes the line.
func inLedger(t *testing.T, f Folder, id, old, new string) {
	t.Helper()
	data, err := os.ReadFile(f.path(assets.LedgerFile))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	changed := false
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, `"id":"`+id) && strings.Contains(line, old) {
			changed = true
			if new == "" {
				continue
			}
			line = strings.Replace(line, old, new, 1)
		}
		out.WriteString(line)
	}
	if !changed {
		t.Fatalf("no line of %s holds %q", id, old)
	}
	write(t, f.path(assets.LedgerFile), out.String())
}

// edit replaces the first old by new in a file.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	write(t, path, strings.Replace(string(data), old, new, 1))
}

// Verify names what was changed, each kind by itself.
func TestVerifyNamesTampering(t *testing.T) {
	remove := func(name string) func(*testing.T, *project, Folder) {
		return func(t *testing.T, _ *project, f Folder) {
			if err := os.Remove(f.path(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(name, old, new string) func(*testing.T, *project, Folder) {
		return func(t *testing.T, _ *project, f Folder) { edit(t, f.path(name), old, new) }
	}
	for name, c := range map[string]struct {
		tamper func(*testing.T, *project, Folder)
		want   []string
	}{
		"an output": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00000#1", "label_wrong", "label_0")
		}, []string{"record c00000#1 was changed"}},
		"a state": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c", `"state":"failed"`, `"state":"passed"`)
		}, []string{"record c00000#1 was changed", "recorded counts"}},
		"how often it was sent": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00003#1", `"sends":1`, `"sends":2`)
		}, []string{"record c00003#1 was changed", "calls is not what the evidence gives"}},
		"the key": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00003#1", `"key":"`, `"key":"x`)
		}, []string{"record c00003#1 was changed"}},
		"a record removed": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00007#1", "", "")
		}, []string{"record c00007#1 is missing", "recorded counts"}},
		"a result undone": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00007#1", `"result"`, "")
		}, []string{"record c00007#1 is missing"}},
		"a foreign record": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00003#1", "{", `{"seq":9999,"id":"x#1","sends":1,"result":{}}`+"\n{")
		}, []string{"ledger record 9999 (x#1) does not belong to this test set"}},
		"records swapped": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00003#1", `"id":"c00003#1"`, `"id":"c00004#1"`)
		}, []string{"does not belong to this test set"}},
		"a line cut short": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00003#1", `"key":`, "\n")
		}, []string{"is no record: the file is damaged"}},
		"nonsense": {func(t *testing.T, _ *project, f Folder) {
			inLedger(t, f, "c00007#1", `"state":"passed"`, `"state":"perfect"`)
		}, []string{`ledger record c00007#1: unknown state "perfect"`}},
		"the ledger": {remove(assets.LedgerFile), []string{assets.LedgerFile}},
		"bytes behind the ledger": {func(t *testing.T, _ *project, f Folder) {
			write(t, f.path(assets.LedgerFile), readText(t, f.path(assets.LedgerFile))+"nonsense")
		}, []string{"ledger.jsonl was changed"}},
		"the list of records":  {remove(recordsFile), []string{"records.sha256 is missing"}},
		"a line of the list":   {change(recordsFile, "  c00001#1\n", "  c00001#2\n"), []string{"records.sha256 was changed", "record c00001#1 was added", "record c00001#2 is missing"}},
		"the manifest":         {change(assets.ManifestFile, `"alpha": 0.05`, `"alpha": 0.5`), []string{"run.json was changed", "rule pass_rate"}},
		"the manifest removed": {remove(assets.ManifestFile), []string{"run.json is missing"}},
		"the seed":             {change(assets.ManifestFile, `"seed": `, `"seed": 1`), []string{"run.json was changed", "does not belong to this test set"}},
		"the input":            {change("inputs/set.json", "request number 5", "request number 555"), []string{"inputs/set.json was changed"}},
		"an expected value":    {change("inputs/set.json", `"expected":"label_0"`, `"expected":"label_wrong"`), []string{"inputs/set.json was changed", "labels is not what"}},
		"a report":             {change("rows.json", "label", "libel"), []string{"rows.json was changed"}},
		"a report removed":     {remove("rows.json"), []string{"rows.json is missing"}},
		"the verdict":          {change(assets.ResultFile, `"verdict": "pass"`, `"verdict": "fail"`), []string{"result.json was changed", "the recorded verdict is fail, the evidence says pass"}},
		"an estimate":          {change(assets.ResultFile, `"estimate": 0.9`, `"estimate": 0.99`), []string{"result.json was changed", "rule pass_rate at_least: recorded pass"}},
		"a bar":                {change(assets.ResultFile, `"bar": 0.8`, `"bar": 0.85`), []string{"result.json was changed", "rule pass_rate at_least"}},
		"a count":              {change(assets.ResultFile, `"failed": 6`, `"failed": 5`), []string{"result.json was changed", "recorded counts"}},
		"the calls":            {change(assets.ResultFile, `"made": 60`, `"made": 61`), []string{"result.json was changed", "calls is not what"}},
		"the cost":             {change(assets.ResultFile, `"cost_usd": 0`, `"cost_usd": 1`), []string{"result.json was changed", "cost_usd is not what"}},
		"a slice":              {change(assets.ResultFile, `"value": "de"`, `"value": "xx"`), []string{"result.json was changed", "slices is not what"}},
		"the agent":            {change(assets.ResultFile, `"agent": "A-1"`, `"agent": "A-2"`), []string{"result.json was changed", "agent is not what"}},
		"the digest of a file": {change(assets.ResultFile, `"run.json": "sha256:`, `"run.json": "sha256:0`), []string{"result.json was changed", "run.json was changed"}},
		"a digest removed":     {change(assets.ResultFile, `"records.sha256": "`, `"records": "`), []string{"result.json was changed", "records.sha256 has no digest", "records is missing"}},
		"the time it took":     {change(assets.ResultFile, `"duration_ms": `, `"duration_ms": 9`), []string{"result.json was changed"}},
		"the evidence removed": {func(t *testing.T, p *project, _ Folder) { os.Remove(evidencePath(p.root)) }, []string{"evidence.jsonl has no line of this run"}},
		"the evidence": {func(t *testing.T, p *project, _ Folder) {
			data, _ := os.ReadFile(evidencePath(p.root))
			write(t, evidencePath(p.root), strings.ReplaceAll(string(data), `"result":"sha256:`, `"result":"sha256:0`))
		}, []string{"result.json was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, f, _ := finished(t, nil)
			if v := p.verify(t, f); !v.Stands || len(v.Problems) != 0 {
				t.Fatalf("before: %v", v.Problems)
			}
			c.tamper(t, p, f)
			v := p.verify(t, f)
			text := strings.Join(v.Problems, "\n")
			for _, want := range c.want {
				if v.Stands || !strings.Contains(text, want) {
					t.Errorf("stands %v; %q is not among\n%s", v.Stands, want, text)
				}
			}
		})
	}
}

// Runs that are no evidence for the set have no line in evidence.jsonl; what
// they recorded is still compared with their records.
func TestVerifySubset(t *testing.T) {
	p, f, r := finished(t, func(o *Options) { o.Subset.Limit = 30 })
	if v := p.verify(t, f); !v.Stands || r.Cases.Total != 30 {
		t.Fatalf("%+v", v)
	}
	edit(t, f.ResultPath(), `"verdict": "pass"`, `"verdict": "fail"`)
	if v := p.verify(t, f); v.Stands {
		t.Error("a changed verdict stands")
	}
}

func TestVerifyUnfinished(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	interrupted(t, p.options(t, echo, "pass_rate>=0.9"), 10)
	if _, err := Verify(p.root, p.folders(t)[0]); err == nil || !strings.Contains(err.Error(), "is not finished") {
		t.Errorf("%v", err)
	}
}

// An ID may hold anything, also what ends a line of records.sha256.
func TestVerifyOddIDs(t *testing.T) {
	p := newProject(t, []row{{"id": "a\nb  c", "input": "x y", "expected": "x"}, {"id": `"q"`, "input": "x y", "expected": "x"}, {"id": "ü#1", "input": "x y", "expected": "x"}}, nil)
	mustRun(t, p.options(t, echo, "pass_rate>=0.9"))
	if v := p.verify(t, p.folders(t)[0]); !v.Stands || v.Records != 3 {
		t.Errorf("%+v", v)
	}
}

func TestRunTests(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for sh")
	}
	p := newProject(t, labelled(3), nil)
	write(t, filepath.Join(p.root, "agents/A-1.yaml"), "id: A-1\nruntime: {process: {command: [./agent]}}\ntests: ['echo fine', 'echo bad >&2; exit 7', 'pwd']\n")
	run := func() *TestResult {
		o := p.options(t, echo)
		var out strings.Builder
		var started []string
		r, err := RunTests(t.Context(), TestOptions{Root: p.root, Agent: o.Agent, Release: o.Release, Env: os.Environ(), Output: &out,
			Started: func(i, n int, command string) { started = append(started, fmt.Sprint(i, n, command)) }})
		if err != nil {
			t.Fatal(err)
		}
		if len(started) != len(o.Agent.Tests) || !strings.Contains(out.String(), "fine") {
			t.Errorf("%v: %s", started, out.String())
		}
		return r
	}
	r := run()
	if r.Verdict != "fail" || len(r.Tests) != 3 || r.Tests[1].ExitCode != 7 || r.Tests[0].ExitCode != 0 || r.Tests[2].ExitCode != 0 {
		t.Errorf("%+v", r)
	}
	f := p.folders(t)[0]
	if log, _ := os.ReadFile(f.path(r.Tests[1].Log)); string(log) != "bad\n" {
		t.Errorf("log %q", log)
	}
	if v := p.verify(t, f); !v.Stands || v.Decided != "fail" || v.Records != 3 {
		t.Errorf("%+v", v)
	}
	for name, c := range map[string][2]string{
		"test-02.log": {"bad", "good"}, assets.ResultFile: {`"exit_code": 7`, `"exit_code": 0`}, "inputs/agent.yaml": {"exit 7", "exit 0"},
	} {
		before, _ := os.ReadFile(f.path(name))
		edit(t, f.path(name), c[0], c[1])
		if v := p.verify(t, f); v.Stands || !strings.Contains(strings.Join(v.Problems, "\n"), name+" was changed") {
			t.Errorf("%s: %+v", name, v)
		}
		write(t, f.path(name), string(before))
	}
	write(t, filepath.Join(p.root, "agents/A-1.yaml"), "id: A-1\nruntime: {process: {command: [./agent]}}\ntests: ['echo fine']\n")
	if r := run(); r.Verdict != "pass" {
		t.Errorf("%+v", r)
	}
	if got := testVerdict(nil).String(); got != "undecided" {
		t.Errorf("no tests: %s", got)
	}
}
