// Package inspect says what a test set is worth: how it is balanced, what
// stands in it twice, what leaks from one split into another, and what it is
// too small to decide.
package inspect

import (
	"context"

	"github.com/GaboBase/arch-genops/testsets"
)

// DefaultNear is the cosine from which two inputs are called near-duplicates.
const DefaultNear = 0.95

// Options of [Inspect]. Bar and Alpha are those of a rule "mean >= Bar".
type Options struct {
	Bar     float64       // in [0,1]
	Alpha   float64       // in (0,0.5]; 0 = 0.05
	Near    float64       // least cosine of near-duplicates, in (0,1]; 0 = DefaultNear
	Against *testsets.Set // another split, to look for leaks into it; may be nil

	// Progress, if not nil, is told how much of the comparison is done, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// Report is what is known about a set. Its JSON is stable: keys are added, not
// changed.
type Report struct {
	Name    string   `json:"name"`
	File    string   `json:"file"`
	Format  string   `json:"format"`
	Version string   `json:"version,omitempty"`
	Digest  string   `json:"digest"`
	Notes   []string `json:"notes,omitempty"` // of the reader

	Cases      int    `json:"cases"`
	Expected   int    `json:"with_expected"`
	Asserted   int    `json:"with_assertions"`
	Unjudged   int    `json:"with_neither"` // nothing judges them but metrics that need no expected value
	Contexts   int    `json:"with_context"`
	History    int    `json:"with_history"`
	Characters Spread `json:"input_characters"`
	Words      Spread `json:"input_words"`

	Labels     Labels     `json:"labels"`
	Slices     []Slice    `json:"slices"` // by key, then by size
	Clusters   Clusters   `json:"clusters"`
	Weights    Weights    `json:"weights"`
	Duplicates Duplicates `json:"duplicates"`
	Near       Near       `json:"near_duplicates"`
	Leaks      []Leak     `json:"leaks"` // between splits, of this file or of two
	Power      Power      `json:"power"`
}

// Inspect looks at a whole set. It takes time in proportion to the square of
// the number of cases, about a second for 10,000; ctx stops it. Errors are
// those of ctx, of an impossible rule (fs.ErrInvalid) and of a damaged
// embedding table.
func Inspect(ctx context.Context, s *testsets.Set, o Options) (*Report, error) {
	if o.Alpha == 0 {
		o.Alpha = 0.05
	}
	r := &Report{Name: s.Name, File: s.Path, Format: s.Format, Version: s.Version, Digest: s.Digest, Notes: s.Notes, Cases: len(s.Cases)}
	r.describe(s)
	r.Labels = labelsOf(s)
	r.Clusters = clustersOf(s)
	r.Weights = weightsOf(s)
	var err error
	if r.Power, err = power(ctx, len(s.Cases), o.Bar, o.Alpha); err != nil {
		return nil, err
	}
	if r.Slices, err = slicesOf(s, o.Bar, o.Alpha); err != nil {
		return nil, err
	}
	c, err := compare(ctx, s, o.Against, o.Near, o.Progress)
	if err != nil {
		return nil, err
	}
	r.Duplicates = c.duplicates()
	r.Near = c.nearDuplicates()
	r.Leaks = c.leaks()
	return r, nil
}

// Twins returns the groups of cases that are duplicates or near-duplicates of
// one another, as indexes of cases: what a split must keep on one side. note
// says what was not compared; it is empty when everything was.
func Twins(ctx context.Context, s *testsets.Set, near float64, progress func(done, total int)) (groups [][]int, note string, err error) {
	c, err := compare(ctx, s, nil, near, progress)
	if err != nil {
		return nil, "", err
	}
	return c.twins(), c.note(), nil
}

// Leaks says what of a set stands, or nearly stands, in another split. near is
// as in [Options].
func Leaks(ctx context.Context, s, other *testsets.Set, near float64) ([]Leak, error) {
	c, err := compare(ctx, s, other, near, nil)
	if err != nil {
		return nil, err
	}
	return c.leaks(), nil
}
