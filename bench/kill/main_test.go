package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Every beginning of a whole file has to be told from the whole.
func TestHalfFilesAreSeen(t *testing.T) {
	record := "0123456789abcdef0123456789abcdef  c0001#1\n"
	for name, whole := range map[string]string{
		"run.json":       `{"run": "r", "seed": 1}` + "\n",
		"result.json":    `{"run": "r", "cases": {"total": 1}}` + "\n",
		"report.html":    "<!doctype html>\n<html><body>a</body></html>\n",
		"junit.xml":      "<?xml version=\"1.0\"?>\n<testsuites><testcase name=\"a\"></testcase></testsuites>\n",
		"summary.md":     "# pass\n",
		"records.sha256": record,
	} {
		if err := wholes[name]([]byte(whole)); err != nil {
			t.Errorf("%s: a whole file is refused: %v", name, err)
		}
		for n := range len(whole) - 1 { // without its line feed JSON, XML and HTML are whole
			if wholes[name]([]byte(whole[:n])) == nil {
				t.Errorf("%s: its first %d bytes pass as whole", name, n)
			}
		}
	}
	if wholeRecords([]byte(record+record[:40]+"\n")) == nil {
		t.Error("a half record passes as whole")
	}
}

func TestHalfFilesNamesTheFile(t *testing.T) {
	project := t.TempDir()
	run := filepath.Join(runsDir(project), "r1")
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"run.json": `{"run":"r1"}`, "result.json": `{"run":`, ".tmp-1": "half"} {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if half := halfFiles(project); len(half) != 1 || half[0][:14] != "r1/result.json" {
		t.Errorf("half files %q, want r1/result.json alone", half)
	}
	if got := reportsFound(project); got != "1+ of 5" {
		t.Errorf("reports %q, want 1+ of 5", got)
	}
}

func TestDiffers(t *testing.T) {
	base := func() *result {
		r := &result{Verdict: "pass", CostUSD: 0.1, Rules: []rule{{Metric: "m", Verdict: "pass", Estimate: 0.95, N: 10}}}
		r.Cases.Total, r.Cases.Judged = 10, 10
		return r
	}
	same := base()
	same.CostUSD += 1e-12
	same.Calls.Repeated = 3
	if d := base().differs(same); d != "" {
		t.Errorf("equal runs differ: %s", d)
	}
	for what, change := range map[string]func(*result){
		"verdict":      func(r *result) { r.Verdict = "fail" },
		"cases":        func(r *result) { r.Cases.Judged = 9 },
		"cost":         func(r *result) { r.CostUSD += 0.0001 },
		"estimate":     func(r *result) { r.Rules[0].Estimate = 0.94 },
		"rules":        func(r *result) { r.Rules = nil },
		"rule verdict": func(r *result) { r.Rules[0].Verdict = "undecided" },
	} {
		other := base()
		change(other)
		if base().differs(other) == "" {
			t.Errorf("another %s is not seen", what)
		}
	}
}
