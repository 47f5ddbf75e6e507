package judges

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Dir is the folder of a project that holds its calibrations.
const Dir = "judges"

// ending is that of a calibration's file.
const ending = ".calibration.json"

// Calibration is what a project keeps of a judge: its words on labelled answers.
// It belongs in git. Everything in it but Rows follows from them or names where
// they are from.
type Calibration struct {
	Schema     int        `json:"schema"` // 1
	Release    Release    `json:"release"`
	Digest     string     `json:"release_digest"`
	Labels     LabelsRef  `json:"labels"`
	Run        string     `json:"run,omitempty"` // whose answers and scores were labelled; "" = the judge was asked about the labels' own
	Threshold  float64    `json:"threshold"`     // the least label that is a pass
	Assessment Assessment `json:"assessment"`
	Rows       []Row      `json:"rows"`

	Path string `json:"-"` // of the file, as Load found it
}

// LabelsRef names the labels.
type LabelsRef struct {
	Path   string `json:"path"` // as a person in the project would write it
	Digest string `json:"digest"`
	Items  int    `json:"items"`
	Raters int    `json:"raters"`
	Draw   Draw   `json:"draw,omitempty"`
}

// Draw says how the labelled answers were drawn from the run's.
type Draw string

const (
	DrawRandom   Draw = "random"   // all had the same chance
	DrawBalanced Draw = "balanced" // as many that the judge fails as such that it passes
)

// Row is one labelled answer.
type Row struct {
	Case      string    `json:"case,omitempty"`
	Cluster   string    `json:"cluster,omitempty"` // of the case
	Output    string    `json:"output"`            // OutputDigest of the answer
	Criterion Criterion `json:"criterion,omitempty"`
	Label     float64   `json:"label"`
	Score     float64   `json:"score"`
	Pass      bool      `json:"pass"`
	Unjudged  string    `json:"unjudged,omitempty"` // why the judge could not judge it
}

// NewCalibration keeps the words of judge number k on the items.
//
// Where the answers were drawn by the judge's verdict, nothing tells what their
// labels would be worth elsewhere: Worth is then empty.
func NewCalibration(r Release, c *Collected, k int, labels LabelsRef, run string, threshold float64) *Calibration {
	cal := &Calibration{Schema: 1, Release: r, Digest: r.Digest(), Labels: labels, Run: run, Threshold: threshold, Assessment: Assess(c.Items, k, threshold)}
	// What people disagree about is no label, and tells how far they agree.
	all := slices.Concat(c.Items, c.Split)
	cal.Assessment.Raters, cal.Assessment.Several = alphaOf(all, func(item Item) []float64 { return item.Raters }), unanimous(all)
	if len(c.Split) > 0 { // of pass and fail
		cal.Assessment.WithJudge = alphaOf(all, func(item Item) []float64 { return withJudge(item, k, false) })
	}
	if labels.Draw == DrawBalanced {
		cal.Assessment.Worth = Worth{}
	}
	for _, item := range c.Items {
		w := item.Scores[k]
		cal.Rows = append(cal.Rows, Row{item.Case, item.Cluster, OutputDigest(item.Output), item.Criterion, item.Label, w.Score, w.Pass, w.Why})
	}
	return cal
}

// RatesOf are the judge's rates on labelled answers; a label of at least threshold
// is a pass. Answers of one cluster may all be alike: good and bad ones count for
// as many as their clusters would if they were (Kish).
func RatesOf(rows []Row, threshold float64) (r stats.JudgeRates) {
	sizes := [2]map[string]float64{{}, {}}
	for i, row := range rows {
		cluster := row.Cluster
		if cluster == "" {
			cluster = fmt.Sprintf("\x00%d", i)
		}
		right := 0.0
		if row.Unjudged == "" && row.Pass == (row.Label >= threshold) {
			right = 1
		}
		if row.Label >= threshold {
			r.Passing, r.PassingRight = r.Passing+1, r.PassingRight+right
			sizes[1][cluster]++
		} else {
			r.Failing, r.FailingRight = r.Failing+1, r.FailingRight+right
			sizes[0][cluster]++
		}
	}
	shrink := func(sizes map[string]float64, n, right *float64) {
		if *n > 0 {
			by := stats.EffectiveN(slices.Collect(maps.Values(sizes))) / *n
			*n, *right = *n*by, *right*by
		}
	}
	shrink(sizes[1], &r.Passing, &r.PassingRight)
	shrink(sizes[0], &r.Failing, &r.FailingRight)
	return r
}

// Graded says that labels are more than pass or fail.
func Graded(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return !whole(r.Label) })
}

// Name is the name of the calibration's file: judge and metric, and where cases
// ask criteria of their own a digest of these.
func (c *Calibration) Name() string {
	name := fileName(c.Release.Judge) + "." + fileName(c.Release.Metric)
	if len(c.Release.Criteria) > 0 {
		sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(maps.Keys(c.Release.Criteria)), " ")))
		name += "-" + hex.EncodeToString(sum[:3])
	}
	return name + ending
}

// fileName keeps what is harmless in a file's name.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, s)
	return strings.Trim(s, ".-")
}

// Encode is the calibration's file: the same for the same evidence.
func (c *Calibration) Encode() ([]byte, error) { return encode(c) }

// encode is JSON that people read, too.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return out.Bytes(), err
}

// Load reads the calibrations of the project at root, by file name. A folder
// without any is no error; a file that can't be read, or whose figures do not
// follow from its rows, is.
func Load(root string) ([]*Calibration, error) {
	return load(root, ending, func(name string) (*Calibration, error) { return Read(root, name) })
}

// load reads the files of an ending that a project keeps of its judges, by name.
func load[T any](root, ending string, read func(name string) (*T, error)) (out []*T, err error) {
	files, err := os.ReadDir(filepath.Join(root, Dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading what is known of judges: %w", err)
	}
	for _, f := range files {
		if f.IsDir() || !strings.HasSuffix(f.Name(), ending) {
			continue
		}
		one, err := read(Dir + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Read reads one calibration of the project at root.
func Read(root, name string) (*Calibration, error) {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Calibration{Path: name}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case c.Schema != 1:
		return nil, fmt.Errorf("%s: schema %d is unknown; known: 1", name, c.Schema)
	case c.Release.Digest() != c.Digest:
		return nil, fmt.Errorf("%s: release_digest is not that of release: calibrate the judge again", name)
	case len(c.Rows) == 0:
		return nil, fmt.Errorf("%s: no rows", name)
	}
	var t Confusion
	for i, r := range c.Rows {
		if !(r.Label >= 0 && r.Label <= 1) || !(r.Score >= 0 && r.Score <= 1) || math.IsNaN(r.Label) {
			return nil, fmt.Errorf("%s: row %d: label and score must be in [0,1]", name, i+1)
		}
		if r.Unjudged != "" {
			t.Unjudged++
		}
		t.add(r.Label >= c.Threshold, r.Unjudged == "" && r.Pass)
	}
	if t != c.Assessment.Confusion {
		return nil, fmt.Errorf("%s: the confusion table does not follow from the rows: calibrate the judge again", name)
	}
	return c, nil
}

// Trust says what labels tell about a judge as it is now.
type Trust string

// A judge is calibrated only as the very release that was compared with labels.
const (
	Calibrated   Trust = "calibrated"
	Changed      Trust = "changed" // since its calibration
	Uncalibrated Trust = "uncalibrated"
)

// FewestLabels is how many labels calibrate a judge: with fewer, and with no
// good or no bad answer among them, it stays uncalibrated.
const FewestLabels = 20

// Find looks a judge up: c is the calibration of this very judge that covers all
// that it is asked, with the rows that are about that. why says in a few words
// what is missing, where the judge is not calibrated; c is then the one that comes
// nearest, or nil.
func Find(all []*Calibration, now Release) (c *Calibration, t Trust, why string) {
	var old, thin *Calibration
	for _, c := range all {
		switch {
		case c.Release.Metric != now.Metric:
		case c.Release.base().Digest() == now.base().Digest() && len(c.Release.unknown(now)) == 0:
			own := c.about(now)
			if reason := own.Thin(); reason != "" {
				thin, why = c, reason
				continue
			}
			return own, Calibrated, ""
		case old == nil || nearer(c, old, now):
			old = c
		}
	}
	switch {
	case thin != nil:
		return thin, Uncalibrated, why
	case old == nil:
		return nil, Uncalibrated, "no labels tell how far it can be trusted"
	case old.Release.Judge != now.Judge:
		return nil, Uncalibrated, fmt.Sprintf("no labels tell how far it can be trusted; %s is of the judge %s", old.Path, old.Release.Judge)
	}
	return old, Changed, old.Release.changed(now) + " changed since its calibration"
}

// nearer says whether c has more in common with a release than old.
func nearer(c, old *Calibration, now Release) bool {
	if same := c.Release.Judge == now.Judge; same != (old.Release.Judge == now.Judge) {
		return same
	}
	return c.Release.base().Digest() == now.base().Digest()
}

// about is the calibration with the rows on what is asked now.
func (c *Calibration) about(now Release) *Calibration {
	if len(c.Release.Criteria) == 0 {
		return c
	}
	own, asked := *c, now.asked()
	own.Rows = nil
	_, plain := c.Release.Criteria[""]
	for _, r := range c.Rows {
		_, ok := asked[string(r.Criterion)]
		if ok || r.Criterion == "" && !plain { // nobody knows which of them it was asked
			own.Rows = append(own.Rows, r)
		}
	}
	return &own
}

// Thin says why the labels are too few to calibrate a judge; "" when they are not.
func (c *Calibration) Thin() string {
	n, passing := len(c.Rows), 0
	for _, r := range c.Rows {
		if r.Label >= c.Threshold {
			passing++
		}
	}
	switch {
	case n < FewestLabels:
		return fmt.Sprintf("it has %d labels on what is asked, fewer than %d", n, FewestLabels)
	case passing == 0:
		return "none of the labelled answers is good"
	case passing == n:
		return "none of the labelled answers is bad"
	}
	return ""
}
