package evals

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/GaboBase/arch-genops/internal/junit"
	"github.com/GaboBase/arch-genops/registry"
)

// standing are the reports that are there before a command runs.
func standing(root string, patterns []string) map[string]os.FileInfo {
	stood := map[string]os.FileInfo{}
	for _, pattern := range patterns {
		names, _ := matching(root, pattern)
		for _, name := range names {
			if info, err := os.Stat(filepath.Join(root, name)); err == nil {
				stood[name] = info
			}
		}
	}
	return stood
}

func matching(root, pattern string) ([]string, error) {
	clean := filepath.ToSlash(filepath.Clean(pattern))
	names, err := doublestar.Glob(os.DirFS(root), clean, doublestar.WithFilesOnly())
	slices.Sort(names)
	return names, err
}

// granularity is by how much the time of a file may lie before the moment of
// its writing: some file systems keep whole seconds, or every second one.
const granularity = 2 * time.Second

// report takes in what the command reported, by files or by what it printed. A
// report that is missing, damaged, without a test or from before fails the
// command, whatever its exit code says.
func (t *TestOutcome) report(root string, f Folder, command registry.TestCommand, stood map[string]os.FileInfo, began time.Time) ([]junit.Case, error) {
	var cases []junit.Case
	var problem error
	switch found, err := t.printed(f, command); {
	case err != nil:
		return nil, err
	case found != nil:
		t.Source, cases = "go test -json", found
	case len(command.JUnit) > 0:
		t.Source = "junit"
		cases, problem = readReports(root, command.JUnit, stood, began)
	default:
		return nil, nil
	}
	counts := junit.Count(cases)
	t.Counts = &counts
	if problem == nil && counts.Red()+counts.Passed == 0 {
		problem = errors.New("nothing was tested: the report holds no test")
		if counts.Skipped > 0 {
			problem = fmt.Errorf("nothing was tested: all of the %d tests were skipped", counts.Skipped)
		}
	}
	for _, c := range cases {
		if c.Red() && len(t.Red) < maxRed {
			t.Red = append(t.Red, c)
		}
	}
	t.complain(problem)
	return cases, nil
}

// complain adds to what is wrong with the command itself.
func (t *TestOutcome) complain(problem error) {
	switch {
	case problem == nil:
	case t.Error == "":
		t.Error = problem.Error()
	default:
		t.Error += "; " + problem.Error()
	}
}

// printed finds the events of go test -json in the log. nil means none.
func (t *TestOutcome) printed(f Folder, command registry.TestCommand) ([]junit.Case, error) {
	if len(command.JUnit) > 0 {
		return nil, nil
	}
	log, err := os.Open(f.path(t.Log))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cases, found, err := junit.GoTest(log)
	if !found || err != nil {
		return nil, err
	}
	return append([]junit.Case{}, cases...), nil
}

// readReports reads all reports of a command. The tests of those that could be
// read are returned in any case.
func readReports(root string, patterns []string, stood map[string]os.FileInfo, began time.Time) (cases []junit.Case, problem error) {
	var problems []error
	read := map[string]bool{}
	for _, pattern := range patterns {
		names, err := matching(root, pattern)
		if err == nil && len(names) == 0 {
			err = errors.New("no such file: the command wrote no report")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("junit %s: %w", pattern, err))
		}
		for _, name := range names {
			if read[name] {
				continue
			}
			read[name] = true
			more, err := readReport(filepath.Join(root, name), stood[name], began)
			if err != nil {
				problems = append(problems, fmt.Errorf("junit %s: %w", name, err))
			}
			cases = append(cases, more...)
		}
	}
	if len(problems) > 5 {
		problems = append(problems[:5], fmt.Errorf("and %d more reports", len(problems)-5))
	}
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Error())
	}
	if len(texts) > 0 {
		problem = errors.New(strings.Join(texts, "; "))
	}
	return cases, problem
}

// readReport reads one report that the command has written. A file that is the
// same as before it began, or older, is not its report.
func readReport(path string, before os.FileInfo, began time.Time) ([]junit.Case, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	same := before != nil && os.SameFile(before, info) && before.ModTime().Equal(info.ModTime()) && before.Size() == info.Size()
	if same || info.ModTime().Before(began.Add(-granularity)) {
		return nil, fmt.Errorf("is stale: it is from %s, before the command began; the command did not write it (remove it, or name only the reports that it writes)",
			info.ModTime().UTC().Format(time.RFC3339))
	}
	data, err := io.ReadAll(io.LimitReader(file, junit.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return junit.Parse(data)
}

// suiteOf is what a command came to in the merged report: its tests, and itself
// where it reports none or failed otherwise than by them.
func suiteOf(t *TestOutcome, cases []junit.Case) junit.Suite {
	took := float64(t.DurationMS) / 1000
	s := junit.Suite{Name: t.Command, Cases: cases, Seconds: took}
	own := junit.Case{Class: "genops test", Name: t.Command, State: junit.Passed, Seconds: took}
	switch {
	case t.Error != "" && (t.Counts == nil || t.Counts.Red() == 0 || t.ExitCode == 0):
		own.State, own.Message = junit.Errored, t.Error
	case t.Counts != nil:
		return s
	}
	s.Cases = append(slices.Clone(cases), own)
	return s
}
