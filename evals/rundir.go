package evals

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// Names of what a run's folder holds.
const (
	recordsFile = "records.sha256"
	// ReportFile is the HTML report.
	ReportFile = "report.html"
)

// Manifest is everything that decides what a run is. It is written before the
// first call and never changed, but for Prior when the run is resumed.
type Manifest struct {
	Schema          int               `json:"schema"` // 1
	Kind            string            `json:"kind"`   // "eval"
	Run             string            `json:"run"`
	Started         time.Time         `json:"started"`
	Fingerprint     string            `json:"fingerprint"` // of what must be equal for a run to be resumed
	Agent           string            `json:"agent"`
	Version         string            `json:"version"`
	Release         string            `json:"release"`
	TestSet         string            `json:"test_set"` // as a person in the project would write its path
	TestSetDigest   string            `json:"test_set_digest"`
	TestSetKeys     [2]string         `json:"test_set_keys"` // remapped input and expected keys
	Input           string            `json:"input"`         // the set's copy in the run's folder
	Rules           []Rule            `json:"rules"`
	Seed            uint64            `json:"seed"`
	Population      bool              `json:"population"`
	Full            bool              `json:"full"`
	Repeats         int               `json:"repeats"`
	Subset          Subset            `json:"subset"`
	SkipUnavailable bool              `json:"skip_unavailable"`
	Carried         *Carried          `json:"carried,omitempty"`
	Baseline        *ManifestBaseline `json:"baseline,omitempty"`
	Quarantine      *Quarantine       `json:"quarantine,omitempty"`
	Judge           *ManifestJudge    `json:"judge,omitempty"`       // nil = no judged metric
	Computing       *ManifestJudge    `json:"computing,omitempty"`   // how metrics are set up that ask nobody; nil = as usual
	Labellers       []string          `json:"labellers,omitempty"`   // models that moderate and classify, with their releases
	Simulate        *ManifestSimulate `json:"simulate,omitempty"`    // nil = nobody plays users
	AsRecorded      bool              `json:"as_recorded,omitempty"` // the set's own answers are judged: it says nothing of the release
	RequireFirst    bool              `json:"require_first"`
	MaxCases        int               `json:"max_cases,omitempty"` // in drawn order; 0 = all
	OwnJudge        bool              `json:"own_judge,omitempty"` // what answers judges itself
	Doubts          bool              `json:"doubts,omitempty"`    // pass_rate does not take the word of judges on which rules do not count
	InOrder         bool              `json:"in_order,omitempty"`  // cases are drawn in the order of the file
	Prior           []Prior           `json:"prior,omitempty"`     // earlier tries of the rules, by rule
	ResumeWith      string            `json:"resume_with,omitempty"`
	Own             []OwnMetric       `json:"own_metrics,omitempty"` // that the user wrote in Python
	Judges          []JudgeUse        `json:"judges,omitempty"`      // who judged, and how far labels vouch for it
}

// OwnMetric is a metric that the user wrote, as it was in the run.
type OwnMetric struct {
	Name    string `json:"name"`
	Digest  string `json:"digest"`             // of its file
	Version string `json:"deepeval,omitempty"` // of the package
}

// Carried names evidence of an earlier run of the same release that this run
// takes over instead of judging those cases again.
type Carried struct {
	Run   string   `json:"run"`
	Cases []string `json:"cases"` // IDs, in the order in which that run drew them
}

// fingerprint digests what must be equal for an unfinished run to be resumed.
func (m *Manifest) fingerprint() (string, error) {
	key := *m
	key.Run, key.Started, key.Fingerprint, key.Prior, key.ResumeWith = "", time.Time{}, "", nil, ""
	data, err := json.Marshal(key)
	return strings.TrimPrefix(digestOf(data), "sha256:"), err
}

// Runs is the folder that holds a project's runs.
type Runs struct {
	assets.Runs
	root string // of the project
}

// RunsOf returns the runs of the project at root.
func RunsOf(root string) Runs { return Runs{assets.RunsOf(root), root} }

// Folder is one run on disk.
type Folder struct{ assets.Folder }

func (f Folder) path(name string) string { return f.Path(name) }

// ReportPath is where the run's HTML report is, or will be.
func (f Folder) ReportPath() string { return f.path(ReportFile) }

// List returns the project's runs, oldest first.
func (r Runs) List() ([]Folder, error) {
	all, err := r.Runs.List()
	out := make([]Folder, len(all))
	for i, f := range all {
		out[i] = Folder{f}
	}
	return out, err
}

// Find returns the run with the given ID, an unambiguous beginning or end of
// one, or "latest". Unknown runs are fs.ErrNotExist.
func (r Runs) Find(ref string) (Folder, error) {
	f, err := r.Runs.Find(ref)
	return Folder{f}, err
}

// create makes the folder of a new run, names the run after it, and writes its
// input. Until writeManifest it counts as no run.
func (r Runs) create(m *Manifest, input []byte) (Folder, error) {
	used := map[string]bool{} // by runs that were removed, too
	if _, err := readEvidence(r.root, func(e Evidence) { used[e.Run] = true }); err != nil {
		return Folder{}, err
	}
	made, err := r.Create(m.Started, m.Agent, m.Fingerprint, func(id string) bool { return used[id] })
	if err != nil {
		return Folder{}, err
	}
	f := Folder{made}
	m.Run = f.ID
	return f, assets.WriteFile(f.path(m.Input), input)
}

func (f Folder) writeManifest(m *Manifest) error { return f.WriteJSON(assets.ManifestFile, m) }

// Manifest reads run.json.
func (f Folder) Manifest() (*Manifest, error) {
	var m Manifest
	if err := f.ReadJSON(assets.ManifestFile, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// Result reads result.json; fs.ErrNotExist when the run is not finished.
func (f Folder) Result() (*Result, error) {
	var r Result
	if err := f.ReadJSON(assets.ResultFile, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// resumable finds the newest unfinished run with the manifest's fingerprint
// that no other process is working on, and opens its ledger. It returns no
// ledger when there is none.
func (r Runs) resumable(m *Manifest) (Folder, *Manifest, *assets.Ledger, error) {
	all, err := r.List()
	if err != nil {
		return Folder{}, nil, nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		f := all[i]
		if !strings.Contains(f.ID, "-"+m.Fingerprint[:6]) {
			continue
		}
		if f.Finished() || f.Cancelled() {
			continue
		}
		old, err := f.Manifest()
		if err != nil || old.Fingerprint != m.Fingerprint {
			continue // not this one, or killed while it was being made
		}
		ledger, err := assets.OpenLedger(f.path(assets.LedgerFile))
		if errors.Is(err, assets.ErrInUse) {
			continue
		}
		if err != nil {
			return f, nil, nil, fmt.Errorf("resuming run %s: %w (--fresh starts a new run instead)", f.ID, err)
		}
		if f.Finished() { // by a process that has just let go of it
			ledger.Close()
			continue
		}
		return f, old, ledger, nil
	}
	return Folder{}, nil, nil, nil
}

// ResultPath is where the run's result.json is, once it is finished.
func (f Folder) ResultPath() string { return f.path(assets.ResultFile) }
