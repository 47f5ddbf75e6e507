package validators

import (
	"cmp"
	"slices"
)

// Pair is what a case expected and what it got, as Label gives them. Got is ""
// when there was no answer.
type Pair struct {
	Expected string
	Got      string
}

// LabelStats is one label's row of a confusion matrix.
type LabelStats struct {
	Label   string
	Support int            // cases that expected it
	Given   int            // cases that got it
	Right   int            // cases that expected and got it
	Got     map[string]int // of the cases that expected it, how many got which label; nil without one
}

// Precision is Right/Given; ok is false when the label was never given.
func (s LabelStats) Precision() (p float64, ok bool) {
	return ratio(s.Right, s.Given)
}

// Recall is Right/Support; ok is false when the label was never expected.
func (s LabelStats) Recall() (r float64, ok bool) {
	return ratio(s.Right, s.Support)
}

func ratio(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// Tally counts pairs into one row per label, sorted by label. Labels with the
// same LabelKey are one label, in the spelling in which it was first expected,
// else first given. No answer counts against recall and has no row of its own.
func Tally(pairs []Pair) []LabelStats {
	names := make(map[string]string)
	for _, p := range pairs {
		nameOnce(names, p.Expected)
	}
	for _, p := range pairs {
		nameOnce(names, p.Got)
	}
	rows := make(map[string]*LabelStats, len(names))
	for key, name := range names {
		if name != "" {
			rows[key] = &LabelStats{Label: name}
		}
	}
	for _, p := range pairs {
		expected, got := LabelKey(p.Expected), LabelKey(p.Got)
		if row := rows[got]; row != nil {
			row.Given++
		}
		row := rows[expected]
		if row == nil {
			continue
		}
		if row.Got == nil {
			row.Got = make(map[string]int)
		}
		row.Support++
		row.Got[names[got]]++
		if got == expected {
			row.Right++
		}
	}
	out := make([]LabelStats, 0, len(rows))
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b LabelStats) int { return cmp.Compare(a.Label, b.Label) })
	return out
}

func nameOnce(names map[string]string, label string) {
	key := LabelKey(label)
	if _, ok := names[key]; !ok {
		names[key] = label
	}
}
