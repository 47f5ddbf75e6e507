package evals

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// Names of what a run's folder holds.
const (
	manifestFile = "run.json"
	ledgerFile   = "ledger.jsonl"
	recordsFile  = "records.sha256"
	inputsDir    = "inputs"
	// ResultFile is written last: a run with it is finished.
	ResultFile = "result.json"
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
	RequireFirst    bool              `json:"require_first"`
	Prior           []Prior           `json:"prior,omitempty"` // earlier tries of the rules, by rule
	ResumeWith      string            `json:"resume_with,omitempty"`
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
	Dir  string
	root string // of the project
}

// RunsOf returns the runs of the project at root.
func RunsOf(root string) Runs {
	return Runs{Dir: filepath.Join(root, ".genops", "runs"), root: root}
}

// Folder is one run on disk.
type Folder struct {
	ID  string
	Dir string
}

func (f Folder) path(name string) string { return filepath.Join(f.Dir, name) }

// ReportPath is where the run's HTML report is, or will be.
func (f Folder) ReportPath() string { return f.path(ReportFile) }

var runID = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}[.0-9]*-[A-Za-z0-9._-]+$`)

// List returns the project's runs, oldest first.
func (r Runs) List() ([]Folder, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Folder
	for _, e := range entries {
		if e.IsDir() && runID.MatchString(e.Name()) {
			out = append(out, Folder{e.Name(), filepath.Join(r.Dir, e.Name())})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

// Find returns the run with the given ID, an unambiguous beginning or end of
// one, or "latest". Unknown runs are fs.ErrNotExist.
func (r Runs) Find(ref string) (Folder, error) {
	all, err := r.List()
	if err != nil {
		return Folder{}, err
	}
	if len(all) == 0 {
		return Folder{}, fmt.Errorf("run %q: this project has no runs yet: %w", ref, fs.ErrNotExist)
	}
	if ref == "latest" {
		return all[len(all)-1], nil
	}
	var found []Folder
	for _, f := range all {
		if f.ID == ref {
			return f, nil
		}
		if ref != "" && (strings.HasPrefix(f.ID, ref) || strings.HasSuffix(f.ID, ref)) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Folder{}, fmt.Errorf("run %q: none of the %d runs has this name (`genops runs list` shows them; \"latest\" is %s): %w",
			ref, len(all), all[len(all)-1].ID, fs.ErrNotExist)
	}
	return Folder{}, fmt.Errorf("run %q is the beginning or end of %d runs' names, e.g. %s and %s", ref, len(found), found[0].ID, found[1].ID)
}

// create makes the folder of a new run, names the run after it, and writes its
// input. Until writeManifest it counts as no run.
func (r Runs) create(m *Manifest, input []byte) (Folder, error) {
	name := fmt.Sprintf("%s-%s-%s", m.Started.UTC().Format("20060102-150405.000"), strings.ToLower(m.Agent), m.Fingerprint[:6])
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return Folder{}, err
	}
	used := map[string]bool{} // by runs that were removed, too
	if _, err := readEvidence(r.root, func(e Evidence) { used[e.Run] = true }); err != nil {
		return Folder{}, err
	}
	f := Folder{ID: name}
	for i := 2; ; i++ {
		f.Dir = filepath.Join(r.Dir, f.ID)
		err := fs.ErrExist
		if !used[f.ID] {
			err = os.Mkdir(f.Dir, 0o755)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return Folder{}, err
		}
		f.ID = fmt.Sprintf("%s-%02d", name, i)
	}
	m.Run = f.ID
	if err := os.Mkdir(f.path(inputsDir), 0o755); err != nil {
		return Folder{}, err
	}
	return f, writeFile(f.path(m.Input), input)
}

func (f Folder) writeManifest(m *Manifest) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(f.path(manifestFile), append(data, '\n'))
}

// Manifest reads run.json.
func (f Folder) Manifest() (*Manifest, error) {
	var m Manifest
	if err := readJSON(f.path(manifestFile), &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// Result reads result.json; fs.ErrNotExist when the run is not finished.
func (f Folder) Result() (*Result, error) {
	var r Result
	if err := readJSON(f.path(ResultFile), &r); err != nil {
		return nil, err
	}
	return &r, nil
}

func readJSON(path string, dst any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return fmt.Errorf("%s: not readable: %w", path, err)
	}
	return nil
}

func (f Folder) finished() bool {
	_, err := os.Stat(f.path(ResultFile))
	return err == nil
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
		if f.finished() {
			continue
		}
		old, err := f.Manifest()
		if err != nil || old.Fingerprint != m.Fingerprint {
			continue // not this one, or killed while it was being made
		}
		ledger, err := assets.OpenLedger(f.path(ledgerFile))
		if errors.Is(err, assets.ErrInUse) {
			continue
		}
		if err != nil {
			return f, nil, nil, fmt.Errorf("resuming run %s: %w (--fresh starts a new run instead)", f.ID, err)
		}
		if f.finished() { // by a process that has just let go of it
			ledger.Close()
			continue
		}
		return f, old, ledger, nil
	}
	return Folder{}, nil, nil, nil
}

// temporary begins the names of files that are not whole yet.
const temporary = ".tmp-"

// removeTemporary removes what a killed process left half written. The caller
// holds the run's ledger.
func (f Folder) removeTemporary() {
	entries, _ := os.ReadDir(f.Dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporary) {
			os.Remove(f.path(e.Name()))
		}
	}
}

// writeFile writes all of data under path or nothing: to a temporary file in the
// same folder, synced, then renamed.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), temporary+"*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}

// ResultPath is where the run's result.json is, once it is finished.
func (f Folder) ResultPath() string { return f.path(ResultFile) }

// InUse says whether a process is working on the run.
func (f Folder) InUse() bool {
	err := assets.ReadLedger(f.path(ledgerFile), func(assets.Call) error { return errSeen })
	return errors.Is(err, assets.ErrInUse)
}

// errSeen ends a reading early.
var errSeen = errors.New("seen")

// Remove deletes the run's folder: first the manifest, so that a half-removed
// run is neither resumed nor verified.
func (f Folder) Remove() error {
	if err := os.Remove(f.path(manifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(f.Dir)
}
