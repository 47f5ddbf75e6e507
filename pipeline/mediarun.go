package pipeline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// Names of what the folder of a media run holds beside what every run has.
const (
	RequestsFile = "requests.jsonl" // layer 1: a Planned a line
	FindingsFile = "findings.jsonl" // layer 3: a Judged a line
	ReceiptsFile = "receipts.jsonl" // layer 4: a Receipt a line
	LayersFile   = "layers.json"    // which layers are complete
	ContactFile  = "contact.html"   // the contact sheet
	AssetsDir    = "assets"         // the store
)

// MediaKind is what the manifest of a media run says that it is.
const MediaKind = "media"

// MediaManifest is everything that decides what a media run is. It is written
// before layer 1 and never changed.
type MediaManifest struct {
	Schema      int       `json:"schema"` // 1
	Kind        string    `json:"kind"`   // MediaKind
	Run         string    `json:"run"`
	Name        string    `json:"name"` // of the brief
	Started     time.Time `json:"started"`
	Fingerprint string    `json:"fingerprint"` // of what must be equal for a run to be resumed
	Brief       string    `json:"brief"`       // the brief's copy in the run's folder
	BriefDigest string    `json:"brief_digest"`
	Generators  []string  `json:"generators"`
	Seed        uint64    `json:"seed"`
	Strict      bool      `json:"strict,omitempty"`
	Pilot       int       `json:"pilot,omitempty"`    // items that are made and judged before all others; 0 = none
	Stimulus    string    `json:"stimulus,omitempty"` // the chat model that thinks of keywords; "" = none
	BudgetUSD   *float64  `json:"budget_usd,omitempty"`
	MinSuccess  float64   `json:"min_success"`     // share of a layer's items that must succeed for the next one to begin, in [0,1]
	Rules       []string  `json:"rules,omitempty"` // over findings, as written
	Deliver     string    `json:"deliver"`         // where the assets go, as the user wrote it
	ResumeWith  string    `json:"resume_with,omitempty"`
	Config      string    `json:"config,omitempty"` // digest of the generators' configuration, without secrets
}

// SetFingerprint fills in the fingerprint.
func (m *MediaManifest) SetFingerprint() error {
	key := *m
	key.Run, key.Started, key.Fingerprint, key.ResumeWith = "", time.Time{}, "", ""
	data, err := json.Marshal(key)
	m.Fingerprint = assets.Digest(data)[len("sha256:"):]
	return err
}

// Layer is one of the four, in their order.
type Layer string

const (
	Optimize   Layer = "optimize"
	Synthesize Layer = "synthesize"
	Assure     Layer = "assure"
	Deliver    Layer = "deliver"
)

// Layers lists them in their order.
func Layers() []Layer { return []Layer{Optimize, Synthesize, Assure, Deliver} }

// LayerState is how far one layer of a run got.
type LayerState struct {
	Done    bool      `json:"done"`
	At      time.Time `json:"at"`
	Total   int       `json:"total"`            // items that it was given
	OK      int       `json:"ok"`               // items that go on
	Failed  int       `json:"failed"`           // items that don't
	Held    int       `json:"held,omitempty"`   // of Failed: their fate is unknown, and the policy is hold
	Reused  int       `json:"reused,omitempty"` // of OK: taken from an earlier run, or from an equal request of this one
	CostUSD float64   `json:"cost_usd,omitempty"`
	Verdict string    `json:"verdict,omitempty"` // of the gate behind it
	Reason  string    `json:"reason,omitempty"`
	Took    int64     `json:"took_ms"`
}

// Take counts the result of one request; nil = there is none yet.
func (s *LayerState) Take(r *Record) {
	if r == nil {
		return
	}
	s.CostUSD = math.Round((s.CostUSD+r.SpentUSD())*1e9) / 1e9 // sums of cents stay such
	if r.OK() {
		s.OK++
		if r.IsReused() {
			s.Reused++
		}
		return
	}
	s.Failed++
	if r.Held {
		s.Held++
	}
}

// MediaRun is a media run on disk. Its ledger is held from Open to Close: one
// process works on a run at a time.
type MediaRun struct {
	assets.Folder
	M      *MediaManifest
	Ledger *assets.Ledger
	Store  assets.Dir
	States map[Layer]LayerState
}

// CreateMediaRun makes the folder of a new run and holds it.
func CreateMediaRun(runs assets.Runs, m *MediaManifest, brief []byte, cache string) (*MediaRun, error) {
	f, err := runs.Create(m.Started, m.Name, m.Fingerprint, func(string) bool { return false })
	if err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	return fillMediaRun(f, m, brief, cache)
}

// CreateMediaRunAt is CreateMediaRun for a folder of the caller's choice, which
// must not hold anything.
func CreateMediaRunAt(f assets.Folder, m *MediaManifest, brief []byte, cache string) (*MediaRun, error) {
	if err := os.MkdirAll(f.Path(assets.InputsDir), 0o755); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	return fillMediaRun(f, m, brief, cache)
}

func fillMediaRun(f assets.Folder, m *MediaManifest, brief []byte, cache string) (r *MediaRun, err error) {
	m.Schema, m.Kind, m.Run = 1, MediaKind, f.ID
	r = &MediaRun{Folder: f, M: m, States: map[Layer]LayerState{}, Store: assets.Dir{Path: f.Path(AssetsDir), Also: cache}}
	if r.Ledger, err = assets.OpenLedger(f.Path(assets.LedgerFile)); err == nil {
		if err = assets.WriteFile(f.Path(m.Brief), brief); err == nil {
			err = errors.Join(f.WriteJSON(assets.ManifestFile, m), f.Claim())
		}
		if err != nil {
			err = errors.Join(err, r.Ledger.Close())
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(f.Dir))
	}
	return r, nil
}

// OpenMediaRun holds a run that is there. The error is assets.ErrInUse while
// another process works on it.
func OpenMediaRun(f assets.Folder, cache string) (*MediaRun, error) {
	m, err := ReadMediaManifest(f)
	if err != nil {
		return nil, err
	}
	r := &MediaRun{Folder: f, M: m, Store: assets.Dir{Path: f.Path(AssetsDir), Also: cache}}
	if r.Ledger, err = assets.OpenLedger(f.Path(assets.LedgerFile)); err != nil {
		return nil, fmt.Errorf("run %s: %w", f.ID, err)
	}
	f.RemoveTemporary()
	if r.States, err = ReadLayers(f); err == nil {
		err = f.Claim()
	}
	if err != nil {
		return nil, errors.Join(err, r.Ledger.Close())
	}
	return r, nil
}

// ReadMediaManifest reads the manifest of a media run; the error of another
// kind of run says so.
func ReadMediaManifest(f assets.Folder) (*MediaManifest, error) {
	var m MediaManifest
	if err := f.ReadJSON(assets.ManifestFile, &m); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is no run: it has no %s: %w", f.Dir, assets.ManifestFile, err)
		}
		return nil, err
	}
	if m.Kind != MediaKind {
		return nil, fmt.Errorf("run %s is one of %s, not of media", f.ID, m.Kind)
	}
	return &m, nil
}

// ReadLayers reads which layers of a run are complete.
func ReadLayers(f assets.Folder) (map[Layer]LayerState, error) {
	states := map[Layer]LayerState{}
	err := f.ReadJSON(LayersFile, &states)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return states, err
}

// Complete notes that a layer is complete. What came behind it before is not
// any more.
func (r *MediaRun) Complete(l Layer, s LayerState) error {
	s.Done, s.At = true, time.Now().UTC()
	behind := false
	for _, other := range Layers() {
		if behind {
			delete(r.States, other)
		}
		behind = behind || other == l
	}
	r.States[l] = s
	return r.WriteJSON(LayersFile, r.States)
}

// Close lets go of the run.
func (r *MediaRun) Close() error { return r.Ledger.Close() }

// WriteLines writes a file of JSON lines, whole or not at all.
func (r *MediaRun) WriteLines(name string, write func(line func(any) error) error) error {
	_, err := assets.WriteStream(r.Path(name), func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 64<<10)
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		if err := write(e.Encode); err != nil {
			return err
		}
		return b.Flush()
	})
	return err
}

// Planned reads the requests of layer 1.
func (r *MediaRun) Planned() PlannedSource { return PlannedIn(r.Folder) }

// PlannedIn reads the requests of a run's layer 1.
func PlannedIn(f assets.Folder) PlannedSource {
	return func(yield func(*Planned) error) error {
		return readLines(f.Path(RequestsFile), func(text []byte) error {
			var p Planned
			if err := json.Unmarshal(text, &p); err != nil {
				return err
			}
			if p.Request.Media == nil {
				return errors.New("the request is for no media")
			}
			return yield(&p)
		})
	}
}

// readLines yields the lines of a file; errors name file and line.
func readLines(path string, yield func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if yieldErr := yield(text); yieldErr != nil {
				return fmt.Errorf("%s:%d: %w", filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), n, yieldErr)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Records reads what layer 2 made, by seq.
func (r *MediaRun) Records(yield func(seq int64, sends int, rec *Record) error) error {
	return r.Ledger.Calls(func(c assets.Call) error { return yieldRecord(c, yield) })
}

// RecordsIn is Records for a run that is not held.
func RecordsIn(f assets.Folder, yield func(seq int64, sends int, rec *Record) error) error {
	return assets.ReadLedger(f.Path(assets.LedgerFile), func(c assets.Call) error { return yieldRecord(c, yield) })
}

func yieldRecord(c assets.Call, yield func(int64, int, *Record) error) error {
	if c.State != assets.Done {
		return yield(c.Seq, c.Sends, nil)
	}
	rec, err := DecodeRecord(c)
	if err != nil {
		return err
	}
	if rec.Open {
		return yield(c.Seq, c.Sends, nil)
	}
	return yield(c.Seq, c.Sends, &rec)
}

// JudgedIn reads what layer 3 said.
func JudgedIn(f assets.Folder, yield func(*Judged) error) error {
	return judgedIn(f.Path(FindingsFile), yield)
}

// PilotJudgedIn reads what layer 3 said of the pilot.
func PilotJudgedIn(f assets.Folder, yield func(*Judged) error) error {
	return judgedIn(f.Path(PilotFindingsFile), yield)
}

func judgedIn(path string, yield func(*Judged) error) error {
	return readLines(path, func(text []byte) error {
		var j Judged
		if err := json.Unmarshal(text, &j); err != nil {
			return err
		}
		return yield(&j)
	})
}

// ReceiptsIn reads what layer 4 delivered.
func ReceiptsIn(f assets.Folder, yield func(*Receipt) error) error {
	return readLines(f.Path(ReceiptsFile), func(text []byte) error {
		var r Receipt
		if err := json.Unmarshal(text, &r); err != nil {
			return err
		}
		return yield(&r)
	})
}
