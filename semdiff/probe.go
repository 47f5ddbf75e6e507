package semdiff

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Answer is one answer of one version to a case.
type Answer struct {
	Text   string
	Failed bool // there is none, and Text says why
	Judged bool // Passed is known
	Passed bool
}

// Probed is a case that both versions answered as often.
type Probed struct {
	ID, Input, Expected string
	Before, After       []Answer
}

// ProbeOptions of Behave.
type ProbeOptions struct {
	Alpha float64 // in (0,1): error rate of Differs; 0 = 0.05
	Seed  uint64  // of the relabellings
	// Similarity is the cosine of two texts, false when it can't be told; nil =
	// texts are alike or not.
	Similarity func(a, b string) (float64, bool)
}

// relabellings is how often labels are exchanged; the least p is 1/2000.
const relabellings = 1999

// maxFlips is how many cases a Behaviour lists.
const maxFlips = 100

// Behave compares what two versions answered. They differ when the energy
// distance of their answers is more than exchanging their labels within each
// case gives (stats.Energy), when one of them passes more often than that gives
// (stats.Shift), or when the cases that only one of them passes lie too much on
// one side (stats.EMcNemar); each at a third of Alpha, so that a version compared
// with itself differs with probability at most Alpha. Cases have the same number
// of answers on both sides, at least two for the first test to find anything.
func Behave(cases []Probed, o ProbeOptions) *Behaviour {
	if o.Alpha == 0 {
		o.Alpha = 0.05
	}
	b := &Behaviour{Cases: len(cases), Alpha: o.Alpha, Measure: measureOf(cases), E: 1, P: 1}
	distance := o.distance(b.Measure)
	matrices := make([][][]float64, len(cases))
	for i := range cases {
		matrices[i] = matrix(&cases[i], distance)
		b.Samples = len(cases[i].Before)
		b.count(&cases[i], matrices[i])
	}
	b.Distance, b.P = stats.Energy(matrices, relabellings, o.Seed)
	b.Rate, b.RateP = stats.Shift(passes(cases), relabellings, o.Seed)
	b.E = stats.EMcNemar(b.Better, b.Worse)
	const tests = 3
	b.Differs = min(b.P, b.RateP, 1/b.E) <= o.Alpha/tests
	b.sortFlips()
	return b
}

// passes are the scores of the cases that were judged throughout.
func passes(cases []Probed) (out [][]float64) {
	for i := range cases {
		scores, judged := []float64{}, true
		for _, a := range slices.Concat(cases[i].Before, cases[i].After) {
			judged = judged && a.Judged
			scores = append(scores, 0)
			if a.Passed {
				scores[len(scores)-1] = 1
			}
		}
		if judged {
			out = append(out, scores)
		}
	}
	return out
}

// labelRunes is the length up to which answers can be labels.
const labelRunes = 40

// measureOf is "label" when every answer is a short line, else "text".
func measureOf(cases []Probed) string {
	for i := range cases {
		for _, a := range slices.Concat(cases[i].Before, cases[i].After) {
			if text := strings.TrimSpace(a.Text); !a.Failed && (utf8.RuneCountInString(text) > labelRunes || strings.Contains(text, "\n")) {
				return "text"
			}
		}
	}
	return "label"
}

// distance is that of two answers, in [0,1]. That of texts is mostly half the
// Euclidean distance of their vectors; a tenth tells apart texts that vectors
// don't, such as 3 and 5. Both parts are of negative type, so that the energy
// distance is zero only where the answers' distributions are the same as far as
// they tell.
func (o *ProbeOptions) distance(measure string) func(a, b Answer) float64 {
	const exact = 0.1
	return func(a, b Answer) float64 {
		switch {
		case a.Failed && b.Failed, !a.Failed && !b.Failed && strings.TrimSpace(a.Text) == strings.TrimSpace(b.Text):
			return 0
		case measure == "label" || a.Failed || b.Failed || o.Similarity == nil:
			return 1
		}
		cos, known := o.Similarity(a.Text, b.Text)
		if !known {
			return 1
		}
		return exact + (1-exact)*math.Sqrt(max(0, 1-cos)/2)
	}
}

// matrix holds the distances among all answers, the old version's first.
func matrix(c *Probed, distance func(a, b Answer) float64) [][]float64 {
	all := slices.Concat(c.Before, c.After)
	d := make([][]float64, len(all))
	for i := range all {
		d[i] = make([]float64, len(all))
		for j := range i {
			d[i][j] = distance(all[i], all[j])
			d[j][i] = d[i][j]
		}
	}
	return d
}

// count takes in what one case says of right and wrong.
func (b *Behaviour) count(c *Probed, d [][]float64) {
	f := Flip{ID: c.ID, Input: c.Input, Expected: c.Expected}
	judged := true
	for i, side := range [2][]Answer{c.Before, c.After} {
		for _, a := range side {
			judged = judged && a.Judged
			if a.Judged && a.Passed {
				f.PassedBy[i]++
			}
			if a.Failed {
				b.Failures++
			}
		}
	}
	if len(c.Before) == 0 || len(c.After) == 0 {
		return
	}
	was, now := c.Before[0], c.After[0]
	if judged {
		b.Judged++
		switch {
		case was.Passed && !now.Passed:
			f.Verdict = "worse"
			b.Worse++
		case !was.Passed && now.Passed:
			f.Verdict = "better"
			b.Better++
		}
	} else if apart(d, len(c.Before)) {
		f.Verdict = "changed"
	}
	if f.Verdict != "" {
		f.Before, f.After = shown(was), shown(now)
		b.Flips = append(b.Flips, f)
	}
}

func shown(a Answer) string {
	if a.Failed {
		return "error: " + a.Text
	}
	return a.Text
}

// apart says whether every answer of one version is farther from each of the
// other's than any two of the same version are from each other.
func apart(d [][]float64, k int) bool {
	within, between := 0.0, math.Inf(1)
	for i := range d {
		for j := range i {
			if (i < k) == (j < k) {
				within = max(within, d[i][j])
			} else {
				between = min(between, d[i][j])
			}
		}
	}
	return between > within
}

// sortFlips puts worse cases first, and those first that flipped most surely.
func (b *Behaviour) sortFlips() {
	rank := map[string]int{"worse": 0, "better": 1, "changed": 2}
	sure := func(f Flip) int { return max(f.PassedBy[0]-f.PassedBy[1], f.PassedBy[1]-f.PassedBy[0]) }
	slices.SortStableFunc(b.Flips, func(x, y Flip) int {
		if rank[x.Verdict] != rank[y.Verdict] {
			return rank[x.Verdict] - rank[y.Verdict]
		}
		return sure(y) - sure(x)
	})
	b.Flips = b.Flips[:min(len(b.Flips), maxFlips)]
}
