package evals

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/gate"
)

func oneRule(metric string, bar, alpha float64) Rule {
	return Rule{Rule: gate.Rule{Metric: metric, Bar: bar, Alpha: alpha}}
}

// evidenceOf records one decision per rule of a run.
func evidenceOf(t *testing.T, root string, m Manifest, run string, n int, verdicts ...string) {
	t.Helper()
	m.Run = run
	r := &Result{}
	for _, v := range verdicts {
		r.Rules = append(r.Rules, RuleResult{Verdict: v, N: n})
	}
	if err := recordEvidence(root, &m, r, "sha256:"+run, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
}

func tries(t *testing.T, root string, m Manifest) string {
	t.Helper()
	prior, damaged, err := priorTries(root, &m)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(prior, damaged)
}

func TestEvidenceCountsTries(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, ".genops"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := Manifest{Release: "r1", TestSetDigest: "s1", Rules: []Rule{oneRule("a", 0.9, 0.05), oneRule("b", 0.5, 0.05)}}
	if got := tries(t, root, m); got != "[] 0" {
		t.Errorf("before the first: %s", got)
	}
	evidenceOf(t, root, m, "run1", 10, "fail", "undecided")
	evidenceOf(t, root, m, "run2", 10, "pass", "pass")
	evidenceOf(t, root, m, "run2", 10, "pass", "pass") // killed in between, and recorded again
	evidenceOf(t, root, m, "run3", 0, "undecided", "undecided")
	if got := tries(t, root, m); got != "[{a >= 0.9 2 run1 fail} {b >= 0.5 2 run1 undecided}] 0" {
		t.Errorf("tries %s", got)
	}
	again := m
	again.Run = "run1"
	if got := tries(t, root, again); got != "[{a >= 0.9 1 run2 pass} {b >= 0.5 1 run2 pass}] 0" {
		t.Errorf("of run1 itself: %s", got)
	}
	for name, change := range map[string]func(*Manifest){
		"release":    func(m *Manifest) { m.Release = "r2" },
		"set":        func(m *Manifest) { m.TestSetDigest = "s2" },
		"population": func(m *Manifest) { m.Population = true },
		"subset":     func(m *Manifest) { m.Subset.Limit = 5 },
		"bar":        func(m *Manifest) { m.Rules = []Rule{oneRule("a", 0.8, 0.05)} },
	} {
		other := m
		change(&other)
		if got := tries(t, root, other); got != "[] 0" {
			t.Errorf("another %s has %s", name, got)
		}
	}
	other := m
	other.Rules = []Rule{oneRule("a", 0.9, 0.2)}
	if got := tries(t, root, other); got != "[{a >= 0.9 2 run1 fail}] 0" {
		t.Errorf("with another alpha, which is the same question: %s", got)
	}
}

func TestEvidenceKeepsNothingOfASubset(t *testing.T) {
	root := t.TempDir()
	evidenceOf(t, root, Manifest{Rules: []Rule{oneRule("a", 0.9, 0.05)}, Subset: Subset{Limit: 3}}, "run1", 3, "pass")
	evidenceOf(t, root, Manifest{}, "run2", 3)
	if _, err := os.Stat(evidencePath(root)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is evidence: %v", err)
	}
}

// A crash tears the last line; the next one is whole all the same.
func TestEvidenceAfterATornLine(t *testing.T) {
	root := t.TempDir()
	m := Manifest{Release: "r1", TestSetDigest: "s1", Rules: []Rule{oneRule("a", 0.9, 0.05)}}
	write(t, evidencePath(root), `{"run":"run0","rele`)
	evidenceOf(t, root, m, "run1", 9, "pass")
	evidenceOf(t, root, m, "run2", 9, "fail")
	if got := tries(t, root, m); got != "[{a >= 0.9 2 run1 pass}] 1" {
		t.Errorf("tries %s", got)
	}
	data, err := os.ReadFile(evidencePath(root))
	if err != nil || strings.Count(string(data), "run") < 3 {
		t.Errorf("%s, %v", data, err)
	}
}

func TestEvidenceOfManyAtOnce(t *testing.T) {
	root := t.TempDir()
	m := Manifest{Release: "r1", TestSetDigest: "s1", Rules: []Rule{oneRule("a", 0.9, 0.05)}}
	write(t, evidencePath(root), "")
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() { evidenceOf(t, root, m, fmt.Sprint("run", i), 9, "pass") })
	}
	wg.Wait()
	prior, damaged, err := priorTries(root, &m)
	if err != nil || damaged != 0 || len(prior) != 1 || prior[0].Tries != 30 {
		t.Errorf("%+v, %d damaged, %v", prior, damaged, err)
	}
}
