package evals

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// loaded is a recorded run, decided again from its evidence.
type loaded struct {
	folder Folder
	m      *Manifest
	plan   *plan
	tally  *tally
	sends  map[int64]int
	calls  []assets.Call // without Result
	digest map[string]string
}

// load reads a run's manifest, input and ledger, and consumes its evidence.
func (f Folder) load(ctx context.Context) (*loaded, error) {
	m, err := f.Manifest()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	set, err := testsets.ReadFile(f.path(m.Input), testsets.Options{Input: m.TestSetKeys[0], Expected: m.TestSetKeys[1]})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	// Scores come from the records, so the checks need no embedder.
	p, err := newPlan(m, set, validators.Deps{Embedder: noEmbedder{}})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	t, err := newTally(p)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	l := &loaded{folder: f, m: m, plan: p, tally: t, sends: map[int64]int{}, digest: map[string]string{}}
	if err := assets.ReadLedger(ctx, f.path(ledgerFile), l.take); err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	return l, nil
}

func (l *loaded) take(c assets.Call) error {
	pos, draw, ok := l.plan.at(c.Seq)
	if !ok || c.ID != requestID(l.plan.cases[l.plan.order[pos]].ID, draw) {
		return fmt.Errorf("ledger record %d (%s) does not belong to this test set", c.Seq, c.ID)
	}
	l.sends[c.Seq] = c.Sends
	if c.State != assets.Done {
		return nil
	}
	d := recordDigest(c)
	l.digest[c.ID] = hex.EncodeToString(d[:])
	j, err := decodeJudgement(c)
	if err != nil {
		return err
	}
	l.tally.add(pos, draw, j)
	return nil
}

// Verification is what deciding a run again came to.
type Verification struct {
	Run      string   `json:"run"`
	Stands   bool     `json:"stands"`
	Recorded string   `json:"recorded"` // verdict in result.json
	Decided  string   `json:"decided"`  // verdict from the evidence
	Records  int      `json:"records"`
	Problems []string `json:"problems,omitempty"` // each names what was changed
}

// Verify decides a finished run again from its evidence, and names every record
// and file that is no longer what the run wrote. An unfinished run is an error.
func Verify(ctx context.Context, root string, f Folder) (*Verification, error) {
	if m, err := f.Manifest(); err == nil && m.Kind == "test" {
		return verifyTests(root, f)
	}
	recorded, err := f.Result()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s is not finished: there is no verdict to verify", f.ID)
	}
	if err != nil {
		return nil, err
	}
	v := &Verification{Run: f.ID, Recorded: recorded.Verdict}
	v.checkResult(root, f)
	v.checkFiles(f, recorded.Files)
	l, err := f.load(ctx)
	if err != nil {
		v.problem("%v", err)
		return v, nil
	}
	v.Records = len(l.digest)
	v.checkRecords(f, l)
	v.checkDecision(recorded, l)
	v.Stands = len(v.Problems) == 0
	return v, nil
}

func (v *Verification) problem(format string, args ...any) {
	v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
}

// checkResult compares result.json with the digest in the project's evidence.
func (v *Verification) checkResult(root string, f Folder) {
	data, err := os.ReadFile(f.path(ResultFile))
	if err != nil {
		v.problem("%s: %v", ResultFile, err)
		return
	}
	want := ""
	if _, err := readEvidence(root, func(e Evidence) {
		if e.Run == f.ID {
			want = e.ResultDigest
		}
	}); err != nil {
		v.problem("%v", err)
	}
	if want != "" && want != digestOf(data) {
		v.problem("%s was changed after the run", ResultFile)
	}
}

func (v *Verification) checkFiles(f Folder, files map[string]string) {
	var changed []string
	for name, want := range files {
		data, err := os.ReadFile(f.path(name))
		switch {
		case err != nil:
			changed = append(changed, name+" is missing")
		case digestOf(data) != want:
			changed = append(changed, name+" was changed after the run")
		}
	}
	v.Problems = append(v.Problems, sortedIDs(changed)...)
}

func (v *Verification) checkRecords(f Folder, l *loaded) {
	data, err := os.ReadFile(f.path(recordsFile))
	if err != nil {
		return // named by checkFiles
	}
	var changed []string
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		digest, id, _ := strings.Cut(lines.Text(), "  ")
		got, ok := l.digest[id]
		switch {
		case !ok:
			changed = append(changed, fmt.Sprintf("record %s is missing", id))
		case got != digest:
			changed = append(changed, fmt.Sprintf("record %s was changed after the run", id))
		}
		delete(l.digest, id)
	}
	for id := range l.digest {
		changed = append(changed, fmt.Sprintf("record %s was added after the run", id))
	}
	v.Problems = append(v.Problems, sortedIDs(changed)...)
}

// checkDecision compares what the evidence decides with what was recorded.
func (v *Verification) checkDecision(recorded *Result, l *loaded) {
	again := l.tally.outcome(l.m, recorded.Calls)
	v.Decided = again.Verdict
	if again.Verdict != recorded.Verdict {
		v.problem("the recorded verdict is %s, the evidence says %s", recorded.Verdict, again.Verdict)
	}
	if !reflect.DeepEqual(again.Cases, recorded.Cases) {
		v.problem("the recorded counts are %+v, the evidence says %+v", recorded.Cases, again.Cases)
	}
	if len(again.Rules) != len(recorded.Rules) {
		v.problem("%d rules are recorded, the manifest has %d", len(recorded.Rules), len(again.Rules))
		return
	}
	for i, want := range again.Rules {
		got := recorded.Rules[i]
		if got.Metric != want.Metric || got.Verdict != want.Verdict || got.N != want.N || got.Bar != want.Bar || got.Alpha != want.Alpha ||
			!reflect.DeepEqual(got.Estimate, want.Estimate) || !reflect.DeepEqual(got.Interval, want.Interval) {
			v.problem("rule %s %s: recorded %s after %d cases, the evidence says %s after %d", want.Metric, want.Kind, got.Verdict, got.N, want.Verdict, want.N)
		}
	}
	if d := again.CostUSD - recorded.CostUSD; d > 1e-9 || d < -1e-9 {
		v.problem("the recorded cost is %g, the records sum up to %g", recorded.CostUSD, again.CostUSD)
	}
}

// noEmbedder stands in where nothing is scored again.
type noEmbedder struct{}

func (noEmbedder) Similarity(string, string) (float64, bool) { return 0, false }
