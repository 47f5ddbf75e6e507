package evals

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
)

// testsDir keeps the passes of tests by what they depend on: a folder for each,
// with the result and the report. It may be carried from machine to machine.
func testsDir(root string) string { return filepath.Join(root, ".genops", "tests") }

var inputsForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func testFolder(root, agent, inputs string) Folder {
	name := agent + "-" + strings.TrimPrefix(inputs, "sha256:")
	return Folder{assets.Folder{ID: name, Dir: filepath.Join(testsDir(root), name)}}
}

// cachedTests finds an earlier pass with the same inputs; nil = none that is
// whole and a pass.
func cachedTests(root, agent, inputs string) *TestResult {
	if !inputsForm.MatchString(inputs) {
		return nil
	}
	f := testFolder(root, agent, inputs)
	r, err := f.TestResult()
	if err != nil || r.Agent != agent || r.Inputs != inputs || r.Verdict != "pass" || testVerdict(r.Tests).String() != "pass" {
		return nil
	}
	report, err := os.ReadFile(f.path(TestReport))
	if err != nil || digestOf(report) != r.Files[TestReport] {
		return nil
	}
	r.Cached = &CachedFrom{Run: r.Run, At: r.StartedAt}
	return r
}

// cacheTests keeps a pass for the next time; anything else is not kept.
func cacheTests(root string, from Folder, r *TestResult) error {
	if r.Verdict != "pass" || !inputsForm.MatchString(r.Inputs) {
		return nil
	}
	to := testFolder(root, r.Agent, r.Inputs)
	if err := os.MkdirAll(to.Dir, 0o755); err != nil {
		return err
	}
	var errs []error
	for _, name := range []string{TestReport, assets.ResultFile} { // the result last: with it the entry is whole
		data, err := os.ReadFile(from.path(name))
		if err == nil {
			err = assets.WriteFile(to.path(name), data)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// TestReportPath is where the JUnit report of a result is.
func (r *TestResult) TestReportPath(root string) string {
	if r.Cached != nil {
		return testFolder(root, r.Agent, r.Inputs).path(TestReport)
	}
	return filepath.Join(RunsOf(root).Dir, r.Run, TestReport)
}
