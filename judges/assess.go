package judges

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// level is that of all intervals of an assessment.
const level = 0.95

// Figure is an estimate with its 95 % interval.
type Figure struct {
	Value    float64    `json:"value"`
	Interval [2]float64 `json:"interval"`
	N        int        `json:"n"` // cases that it rests on
}

// MarshalJSON writes null as the value of what rests on no case.
func (f Figure) MarshalJSON() ([]byte, error) {
	type plain Figure
	if f.N > 0 {
		return json.Marshal(plain(f))
	}
	return json.Marshal(struct {
		Value    *float64   `json:"value"`
		Interval [2]float64 `json:"interval"`
		N        int        `json:"n"`
	}{nil, f.Interval, 0})
}

func figure(c stats.Corrected, n float64) Figure {
	return Figure{c.Estimate, [2]float64{c.Interval.Lo, c.Interval.Hi}, int(n)}
}

// Confusion counts labelled answers by what people and the judge say. An answer
// that the judge could not judge counts as one that it does not pass.
type Confusion struct {
	TruePass  int `json:"true_pass"`  // both pass
	FalsePass int `json:"false_pass"` // only the judge passes
	FalseFail int `json:"false_fail"` // only people pass
	TrueFail  int `json:"true_fail"`  // neither passes
	Unjudged  int `json:"unjudged"`   // of them, those that the judge could not judge
}

// Table is the labelled part of a stats.JudgeTable.
func (c Confusion) Table() stats.JudgeTable {
	return stats.JudgeTable{TruePass: float64(c.TruePass), FalsePass: float64(c.FalsePass), FalseFail: float64(c.FalseFail), TrueFail: float64(c.TrueFail)}
}

// N is the number of labelled answers.
func (c Confusion) N() int { return c.TruePass + c.FalsePass + c.FalseFail + c.TrueFail }

func (c *Confusion) add(people, judge bool) {
	switch {
	case people && judge:
		c.TruePass++
	case judge:
		c.FalsePass++
	case people:
		c.FalseFail++
	default:
		c.TrueFail++
	}
}

// Alpha is Krippendorff's α; Scale is "nominal" or "interval".
type Alpha struct {
	Figure
	Scale string `json:"scale"`
}

// MarshalJSON keeps the scale beside the figure.
func (a Alpha) MarshalJSON() ([]byte, error) {
	type plain Figure
	return json.Marshal(struct {
		plain
		Scale string `json:"scale"`
	}{plain(a.Figure), a.Scale})
}

// Bin is one part of a calibration curve: answers whose scores lie in [From,To).
type Bin struct {
	From     float64    `json:"from"`
	To       float64    `json:"to"`
	N        int        `json:"n"`
	Score    float64    `json:"score"`    // mean of the judge
	Label    float64    `json:"label"`    // mean of people
	Interval [2]float64 `json:"interval"` // of the share that people pass, Wilson
}

// Assessment is how far one judge and people agree on labelled answers.
type Assessment struct {
	Labels      int       `json:"labels"`
	Passing     int       `json:"passing"` // answers that people pass
	Confusion   Confusion `json:"confusion"`
	Sensitivity Figure    `json:"sensitivity"` // share of good answers that the judge passes
	Specificity Figure    `json:"specificity"` // share of bad answers that the judge does not pass
	Agreement   Figure    `json:"agreement"`   // share of answers on which both say the same
	Kappa       *Figure   `json:"kappa"`       // Cohen's; null when it is not defined
	Bias        Figure    `json:"bias"`        // mean of judge - people, of verdicts where labels are pass or fail, else of scores; above 0 = the judge is too kind
	Raters      *Alpha    `json:"alpha_raters,omitempty"`
	Several     *Figure   `json:"raters_agree,omitempty"` // share of the answers with labels of several people on which all say the same
	WithJudge   *Alpha    `json:"alpha_with_judge"`       // raters and judge together; null when it is not defined
	Curve       []Bin     `json:"curve,omitempty"`        // of scores that are not just 0 and 1
	Worth       Worth     `json:"worth"`
}

// Assess compares the words of judge number k with the labels. A label of at
// least threshold is a pass, where labels are no pass or fail. Raters and Several
// are left out.
func Assess(items []Item, k int, threshold float64) Assessment {
	a := Assessment{Labels: len(items)}
	shares, graded := false, false // labels between 0 and 1; scores or labels
	for _, item := range items {
		w, people := item.Scores[k], item.Label >= threshold
		if people {
			a.Passing++
		}
		if !w.Judged() {
			a.Confusion.Unjudged++
		}
		a.Confusion.add(people, w.Judged() && w.Pass)
		shares = shares || slices.ContainsFunc(item.Raters, func(x float64) bool { return !math.IsNaN(x) && !whole(x) })
		graded = graded || shares || w.Judged() && !whole(w.Score)
	}
	t := a.Confusion.Table()
	rates := t.Rates()
	a.Sensitivity, a.Specificity = figure(rates.Sensitivity(level), rates.Passing), figure(rates.Specificity(level), rates.Failing)
	right := t.TruePass + t.TrueFail
	a.Agreement = figure(stats.JudgeTable{TruePass: right, TrueFail: t.Labelled() - right}.LabelsAlone(level), t.Labelled())
	if kappa, _, in, ok := stats.Kappa([][]float64{{t.TruePass, t.FalseFail}, {t.FalsePass, t.TrueFail}}, level); ok {
		a.Kappa = &Figure{kappa, [2]float64{in.Lo, in.Hi}, a.Labels}
	}
	a.Bias = bias(items, k, t, shares)
	a.WithJudge = alphaOf(items, func(item Item) []float64 { return withJudge(item, k, shares) })
	if graded {
		a.Curve = curve(items, k, threshold)
	}
	a.Worth = worthOf(t)
	return a
}

// unanimous is nil where no answer has labels of several people.
func unanimous(items []Item) *Figure {
	same, n := 0.0, 0.0
	for _, item := range items {
		var said []float64
		for _, x := range item.Raters {
			if !math.IsNaN(x) {
				said = append(said, x)
			}
		}
		if len(said) < 2 {
			continue
		}
		n++
		if slices.Min(said) == slices.Max(said) {
			same++
		}
	}
	if n == 0 {
		return nil
	}
	f := shareOf(same, n)
	return &f
}

func whole(x float64) bool { return x == 0 || x == 1 }

// withJudge is the ratings of people and judge: its verdicts, where people say no more
// than pass or fail, whatever scores it gives for these.
func withJudge(item Item, k int, shares bool) []float64 {
	w := Word{Why: "it was not asked"}
	if k < len(item.Scores) {
		w = item.Scores[k]
	}
	x := math.NaN()
	switch {
	case !w.Judged():
	case shares:
		x = w.Score
	case w.Pass:
		x = 1
	default:
		x = 0
	}
	return append(append([]float64(nil), item.Raters...), x)
}

// alphaOf is nil where α is not defined.
func alphaOf(items []Item, ratings func(Item) []float64) *Alpha {
	units := make([][]float64, len(items))
	scale, name := stats.NominalScale, "nominal"
	for i, item := range items {
		units[i] = ratings(item)
		for _, x := range units[i] {
			if !math.IsNaN(x) && !whole(x) {
				scale, name = stats.IntervalScale, "interval"
			}
		}
	}
	return alpha(units, scale, name)
}

func alpha(units [][]float64, scale stats.Scale, name string) *Alpha {
	a, ok := stats.Krippendorff(units, scale, level)
	if !ok {
		return nil
	}
	return &Alpha{Figure{a.Alpha, [2]float64{a.Interval.Lo, a.Interval.Hi}, a.Units}, name}
}

// bias is the mean of judge - people over what was judged: of scores and labels that
// are shares with the interval of stats.UnitMean, of pass and fail with that of
// stats.PairedDifference.
func bias(items []Item, k int, t stats.JudgeTable, shares bool) Figure {
	if !shares {
		return figure(stats.PairedDifference(t.FalsePass, t.FalseFail, t.Labelled(), level), t.Labelled())
	}
	var off []float64
	for _, item := range items {
		if w := item.Scores[k]; w.Judged() {
			off = append(off, w.Score-item.Label)
		}
	}
	return meanOf(off, -1, 1)
}

// bins is the number of parts of a calibration curve.
const bins = 5

func curve(items []Item, k int, threshold float64) []Bin {
	out := make([]Bin, bins)
	passing := make([]float64, bins)
	for i := range out {
		out[i].From, out[i].To = float64(i)/bins, float64(i+1)/bins
	}
	for _, item := range items {
		w := item.Scores[k]
		if !w.Judged() {
			continue
		}
		i := min(max(int(w.Score*bins), 0), bins-1)
		b := &out[i]
		b.N++
		b.Score += w.Score
		b.Label += item.Label
		if item.Label >= threshold {
			passing[i]++
		}
	}
	kept := out[:0]
	for i, b := range out {
		if b.N == 0 {
			continue
		}
		n := float64(b.N)
		in := stats.Wilson(passing[i], n, level)
		b.Score, b.Label, b.Interval = b.Score/n, b.Label/n, [2]float64{in.Lo, in.Hi}
		kept = append(kept, b)
	}
	return kept
}
