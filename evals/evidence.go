package evals

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/GaboBase/arch-genops/gate"
)

// evidenceFile keeps every decision, one JSON line a rule and run; lines are
// only ever appended, also when a run's folder is removed.
const evidenceFile = "evidence.jsonl"

// Evidence is one decided rule.
type Evidence struct {
	Time         time.Time `json:"time"`
	Run          string    `json:"run"`
	Agent        string    `json:"agent"`
	Release      string    `json:"release"`
	TestSet      string    `json:"test_set_digest"`
	Rule         string    `json:"rule"`               // Rule.Key
	Baseline     string    `json:"baseline,omitempty"` // release that the rule compares with
	Verdict      string    `json:"verdict"`
	N            int       `json:"n"`
	Alpha        float64   `json:"alpha"`
	Population   bool      `json:"population,omitempty"`
	ResultDigest string    `json:"result"` // of the run's result.json
}

// Prior is what was tried before with one rule on the same release and set.
type Prior struct {
	Rule    string `json:"rule"`
	Tries   int    `json:"tries"`
	Run     string `json:"first_run"`     // the first that decided or tried it
	Verdict string `json:"first_verdict"` // its verdict
}

func evidencePath(root string) string { return filepath.Join(root, ".genops", evidenceFile) }

// readEvidence yields the lines of the project's evidence; of a run that was
// recorded twice, because it was killed in between, both. Lines that can't be
// read (a crash tore them) are counted.
func readEvidence(root string, yield func(Evidence)) (damaged int, err error) {
	f, err := os.Open(evidencePath(root))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Evidence
		switch {
		case len(lines.Bytes()) == 0:
		case json.Unmarshal(lines.Bytes(), &e) != nil:
			damaged++
		default:
			yield(e)
		}
	}
	return damaged, lines.Err()
}

// priorTries counts, for each rule, the other runs that decided it on the same
// release and set. A subset is another set: for it there are none. A rule that
// had nothing to judge was not tried.
func priorTries(root string, m *Manifest) (tries []Prior, damaged int, err error) {
	if m.Subset.Active() {
		return nil, 0, nil
	}
	byRule := map[string]*Prior{}
	seen := map[string]bool{}
	damaged, err = readEvidence(root, func(e Evidence) {
		if e.N == 0 || e.Release != m.Release || e.TestSet != m.TestSetDigest || e.Population != m.Population || e.Run == m.Run || e.Baseline != "" && (m.Baseline == nil || e.Baseline != m.Baseline.Release) || seen[e.Run+"\x00"+e.Rule] {
			return
		}
		seen[e.Run+"\x00"+e.Rule] = true
		p := byRule[e.Rule]
		if p == nil {
			p = &Prior{Rule: e.Rule, Run: e.Run, Verdict: e.Verdict}
			byRule[e.Rule] = p
		}
		p.Tries++
	})
	for _, r := range m.Rules {
		if p := byRule[r.Key()]; p != nil {
			tries = append(tries, *p)
		}
	}
	return tries, damaged, err
}

// isEvidence says whether the project keeps the decisions of such a run.
func isEvidence(m *Manifest) bool {
	return !m.Subset.Active() && !m.AsRecorded && slices.ContainsFunc(m.Rules, m.tries)
}

// tries says whether deciding a rule is a try of it: not so while nobody vouches
// for the judge that it rests on.
func (m *Manifest) tries(r Rule) bool { return m.judge(r.Metric).distrusted() == "" }

// IsEvidence says whether the finished run is evidence for its test set: it ran
// on all of it, had rules, and was not ended by its budget.
func (r *Result) IsEvidence() bool {
	return r.Subset == "" && !r.AsRecorded && len(r.Rules) > 0 && !(r.Verdict == gate.Undecided.String() && r.Budget != nil && r.Budget.UsedUp)
}

// recordEvidence appends a finished run's decisions. Runs on a subset are no
// evidence for the set.
func recordEvidence(root string, m *Manifest, r *Result, resultDigest string, now time.Time) error {
	if !isEvidence(m) {
		return nil
	}
	var out []Evidence
	for i, rule := range m.Rules {
		if cutShort(m, r) || !m.tries(rule) {
			continue // no try: the next run goes on from here
		}
		base := ""
		if rule.paired() {
			base = m.Baseline.Release
		}
		out = append(out, Evidence{Run: m.Run, Baseline: base, Agent: m.Agent, Release: m.Release, TestSet: m.TestSetDigest, Rule: rule.Key(),
			Verdict: r.Rules[i].Verdict, N: r.Rules[i].N, Alpha: rule.Alpha, Population: m.Population, ResultDigest: resultDigest})
	}
	return appendEvidence(root, out, now)
}

// cutShort says whether a run ended undecided because it was not allowed to go
// on.
func cutShort(m *Manifest, r *Result) bool {
	return r.Verdict == gate.Undecided.String() && (r.Budget != nil && r.Budget.UsedUp || m.MaxCases > 0 && r.Cases.Judged+r.Cases.Unjudged < r.Cases.Total)
}

// appendEvidence adds lines in one write, so that those of two runs do not mix.
func appendEvidence(root string, evidence []Evidence, now time.Time) error {
	if len(evidence) == 0 {
		return nil
	}
	lines := []byte{'\n'} // ends a line that a crash tore
	for _, e := range evidence {
		e.Time = now.UTC()
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	f, err := os.OpenFile(evidencePath(root), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(lines)
	return errors.Join(err, f.Sync(), f.Close())
}
