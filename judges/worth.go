package judges

import (
	"math"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Worth says what a judge adds to labels, and what its errors cost. All widths
// are those of 95 % intervals of a pass rate over a run of Cases judged cases, of
// which Labels at random are labelled, if judge and answers are as they were.
type Worth struct {
	Cases       int     `json:"cases"`
	Labels      int     `json:"labels"`
	LabelsAlone float64 `json:"width_labels_alone"` // Wilson, no judge
	Corrected   float64 `json:"width_corrected"`    // the judge's words corrected by these labels
	Elsewhere   float64 `json:"width_elsewhere"`    // the labels are of other answers (Rogan–Gladen)
	Faultless   float64 `json:"width_faultless"`    // a judge that never errs: all cases count

	// WorthLabels is how many labels without a judge would give as narrow an
	// interval; WorthCases how many cases of a faultless judge would.
	WorthLabels float64 `json:"worth_labels"`
	WorthCases  float64 `json:"worth_cases"`

	More []LabelStep `json:"more"` // what more labels would give
}

// LabelStep is the width that a number of labels gives.
type LabelStep struct {
	Labels    int     `json:"labels"`
	Corrected float64 `json:"width_corrected"`
}

// worthCases is the size of the run that Worth asks about; where more than half of
// its cases would be labelled, the run is ten times as large as the labels are many.
const worthCases = 1000

func casesFor(labels float64) float64 {
	if 2*labels > worthCases {
		return 10 * labels
	}
	return worthCases
}

// worthOf works with the shares of the labelled answers.
func worthOf(labelled stats.JudgeTable) Worth {
	n := labelled.Labelled()
	cases := casesFor(n)
	w := Worth{Cases: int(cases), Labels: int(n)}
	if n == 0 {
		return w
	}
	t := scaled(labelled, 1, cases)
	w.LabelsAlone, w.Corrected = width(t.LabelsAlone(level)), width(t.Traffic(level))
	w.Elsewhere = width(t.Rates().RoganGladen(t.Pass, t.Judged(), level))
	rate := t.Traffic(level).Estimate
	faultless := stats.Wilson(rate*cases, cases, level)
	w.Faultless = faultless.Hi - faultless.Lo
	w.WorthLabels = n * square(w.LabelsAlone/w.Corrected)
	w.WorthCases = cases * square(w.Faultless/w.Corrected)
	for _, more := range []float64{2, 4} {
		if n*more <= cases {
			w.More = append(w.More, LabelStep{int(n * more), width(scaled(labelled, more, cases).Traffic(level))})
		}
	}
	return w
}

// scaled is the table of a run of so many cases in which so many times as many labels
// came out alike.
func scaled(t stats.JudgeTable, times, cases float64) stats.JudgeTable {
	share := (t.TruePass + t.FalsePass) / t.Labelled()
	return stats.JudgeTable{TruePass: t.TruePass * times, FalsePass: t.FalsePass * times, FalseFail: t.FalseFail * times, TrueFail: t.TrueFail * times,
		Pass: share * cases, Fail: (1 - share) * cases}
}

func width(c stats.Corrected) float64 { return c.Interval.Hi - c.Interval.Lo }

func square(x float64) float64 { return math.Pow(x, 2) }
