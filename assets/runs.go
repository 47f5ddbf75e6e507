package assets

import (
	"bytes"
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
)

// Names of what every run's folder holds.
const (
	ManifestFile = "run.json"     // what the run is: written before its first call, never changed in what counts
	LedgerFile   = "ledger.jsonl" // every call
	ResultFile   = "result.json"  // written last: a run with it is finished
	InputsDir    = "inputs"       // copies of what the run was started with
)

// Runs is a folder of runs.
type Runs struct{ Dir string }

// RunsOf returns the runs of the project at root.
func RunsOf(root string) Runs { return Runs{filepath.Join(root, ".genops", "runs")} }

// Folder is one run on disk.
type Folder struct {
	ID  string
	Dir string
}

// Path is the path of a file of the run.
func (f Folder) Path(name string) string { return filepath.Join(f.Dir, name) }

var runID = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}[.0-9]*-[A-Za-z0-9._-]+$`)

// List returns the runs, oldest first.
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

// Create makes the folder of a new run, with its folder for inputs. Its name is
// the time, what the run is about and the beginning of its fingerprint; taken
// says which names may not be used again. Until its manifest is written it
// counts as no run.
func (r Runs) Create(started time.Time, about, fingerprint string, taken func(id string) bool) (Folder, error) {
	name := fmt.Sprintf("%s-%s-%s", started.UTC().Format("20060102-150405.000"), strings.ToLower(about), fingerprint[:6])
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return Folder{}, err
	}
	f := Folder{ID: name}
	for i := 2; ; i++ {
		f.Dir = filepath.Join(r.Dir, f.ID)
		err := fs.ErrExist
		if !taken(f.ID) {
			err = os.Mkdir(f.Dir, 0o755)
		}
		if err == nil {
			return f, os.Mkdir(f.Path(InputsDir), 0o755)
		}
		if !errors.Is(err, fs.ErrExist) {
			return Folder{}, err
		}
		f.ID = fmt.Sprintf("%s-%02d", name, i)
	}
}

// Finished says whether the run has its result.
func (f Folder) Finished() bool {
	_, err := os.Stat(f.Path(ResultFile))
	return err == nil
}

// InUse says whether a process is working on the run.
func (f Folder) InUse() bool {
	err := ReadLedger(f.Path(LedgerFile), func(Call) error { return errSeen })
	return errors.Is(err, ErrInUse)
}

// errSeen ends a reading early.
var errSeen = errors.New("seen")

// Remove deletes the run's folder: first the manifest, so that a half-removed
// run is neither resumed nor verified.
func (f Folder) Remove() error {
	if err := os.Remove(f.Path(ManifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(f.Dir)
}

// Size is the number of bytes that the folder's files hold.
func (f Folder) Size() (n int64) {
	filepath.WalkDir(f.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// ReadJSON reads one of the run's JSON files.
func (f Folder) ReadJSON(name string, dst any) error {
	path := f.Path(name)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return fmt.Errorf("%s: not readable: %w", path, err)
	}
	return nil
}

// WriteJSON writes one of the run's JSON files, whole or not at all.
func (f Folder) WriteJSON(name string, v any) error {
	data, err := PlainJSON(v)
	if err != nil {
		return err
	}
	return WriteFile(f.Path(name), data)
}

// PlainJSON is v as indented JSON for people and programs, with a line break at
// its end: <, > and & stand in it as they are.
func PlainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// RemoveTemporary removes what a killed process left half written. The caller
// holds the run's ledger.
func (f Folder) RemoveTemporary() {
	entries, _ := os.ReadDir(f.Dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporary) {
			os.Remove(f.Path(e.Name()))
		}
	}
}
