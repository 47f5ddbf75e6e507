package evals

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
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
	digest map[string]string // of each record, by its name in records.sha256
}

// load reads a run's manifest, input and ledger, and consumes its evidence.
func (f Folder) load() (*loaded, error) {
	m, err := f.Manifest()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	set, err := testsets.ReadFile(f.path(m.Input), testsets.Options{Input: m.TestSetKeys[0], Expected: m.TestSetKeys[1]})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	// Scores come from the records, so the checks need no embedder.
	p, err := newPlan(m, set, validators.Deps{Embedder: noEmbedder{}, Judging: m.Judge.judging(), Computing: m.Computing.judging()})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	t, err := newTally(p)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	l := &loaded{folder: f, m: m, plan: p, tally: t, sends: map[int64]int{}, digest: map[string]string{}}
	if err := assets.ReadLedger(f.path(assets.LedgerFile), l.take); err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	return l, nil
}

func (l *loaded) take(c assets.Call) error {
	at, ok := l.plan.at(c.Seq)
	if !ok || c.ID != l.plan.requestID(at) {
		return fmt.Errorf("ledger record %d (%s) does not belong to this test set", c.Seq, c.ID)
	}
	l.sends[c.Seq] = c.Sends
	if c.State != assets.Done {
		return nil
	}
	d := recordDigest(c)
	l.digest[recordName(c.ID)] = hex.EncodeToString(d[:])
	j, err := decodeJudgement(c)
	if err != nil {
		return err
	}
	if j.State == toJudge {
		return nil // never judged
	}
	j.slim()
	l.tally.add(at, j)
	return nil
}

func (l *loaded) sent(seq int64) int { return l.sends[seq] }

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
func Verify(root string, f Folder) (*Verification, error) {
	m, err := f.Manifest()
	if err == nil && m.Kind == "test" {
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
	v.checkResult(root, f, (m == nil || isEvidence(m)) && !(m != nil && cutShort(m, recorded)))
	v.checkFiles(f, recorded.Files, recordsFile, assets.ManifestFile, assets.LedgerFile)
	l, err := f.load()
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

// checkResult compares result.json with the digest in the project's evidence,
// which must be there when the run is evidence.
func (v *Verification) checkResult(root string, f Folder, must bool) {
	data, err := os.ReadFile(f.path(assets.ResultFile))
	if err != nil {
		v.problem("%s: %v", assets.ResultFile, err)
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
	switch {
	case want == "" && must:
		v.problem("%s has no line of this run: %s can't be compared with it", evidenceFile, assets.ResultFile)
	case want != "" && want != digestOf(data):
		v.problem("%s was changed after the run", assets.ResultFile)
	}
}

// checkFiles compares the run's files with their digests in result.json, where
// the named ones must have one.
func (v *Verification) checkFiles(f Folder, files map[string]string, must ...string) {
	var changed []string
	for _, name := range must {
		if files[name] == "" {
			changed = append(changed, name+" has no digest in "+assets.ResultFile)
		}
	}
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
	for line := range strings.Lines(string(data)) {
		digest, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
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
	again := l.tally.outcome(l.m, l.sent)
	v.Decided = again.Verdict
	if again.Verdict != recorded.Verdict {
		v.problem("the recorded verdict is %s, the evidence says %s", recorded.Verdict, again.Verdict)
	}
	if again.Cases != recorded.Cases {
		v.problem("the recorded counts are %+v, the evidence says %+v", recorded.Cases, again.Cases)
	}
	if len(again.Rules) != len(recorded.Rules) {
		v.problem("%d rules are recorded, the manifest has %d", len(recorded.Rules), len(again.Rules))
	}
	for i := range min(len(again.Rules), len(recorded.Rules)) {
		want, got := again.Rules[i], recorded.Rules[i]
		if !equal(got, want) {
			v.problem("rule %s %s: recorded %s after %d cases, the evidence says %s after %d", want.Metric, want.Kind, got.Verdict, got.N, want.Verdict, want.N)
		}
	}
	v.checkRest(*recorded, *again)
}

// checkRest compares everything else that follows from the evidence.
func (v *Verification) checkRest(recorded, again Result) {
	for _, r := range []*Result{&recorded, &again} {
		r.Verdict, r.Cases, r.Rules = "", Cases{}, nil // compared already
		r.Reused, r.Budget = nil, nil                  // not in the evidence
		if r.Baseline != nil {
			b := *r.Baseline
			b.Forecast, r.Baseline = nil, &b
		}
		r.Command, r.Report, r.Resumed, r.DurationMS, r.Files, r.Warnings = "", "", false, 0, nil, nil // not in the evidence
	}
	got, want := fields(recorded), fields(again)
	all := maps.Clone(got)
	maps.Copy(all, want)
	var changed []string
	for key := range all {
		if !near(got[key], want[key]) {
			changed = append(changed, fmt.Sprintf("%s: %s is not what the evidence gives", assets.ResultFile, key))
		}
	}
	v.Problems = append(v.Problems, sortedIDs(changed)...)
}

// fields is v as its JSON reads.
func fields(v any) map[string]any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var m map[string]any
	json.Unmarshal(data, &m)
	return m
}

func equal(a, b RuleResult) bool { return near(fields(a), fields(b)) }

// near compares decoded JSON. Numbers may differ by what another machine rounds
// otherwise.
func near(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, near)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, near)
	case float64:
		b, ok := b.(float64)
		return ok && math.Abs(a-b) <= 1e-9*max(1, math.Abs(a))
	}
	return a == b
}

// noEmbedder stands in where nothing is scored again.
type noEmbedder struct{}

func (noEmbedder) Similarity(string, string) (float64, bool) { return 0, false }
