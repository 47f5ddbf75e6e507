package evals

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// gone counts labelled cases of which the run has another answer.
func (v *voiced) gone() (n int) {
	for _, changed := range v.changed {
		if changed {
			n++
		}
	}
	return n
}

// fewChanged: where more than one in so many of the labelled cases has another
// answer now, what is left of the labels is no random part of the answers: it is of
// those that stayed as they were, which may be better or worse than the others.
const fewChanged = 20

// hereBounded is here, with what the labels of changed answers would have been
// left open: the interval holds whether people would fail or pass all of these.
func (v *voiced) hereBounded(u *JudgeUse, population bool, level float64) (method string, rate stats.Corrected, why string) {
	if method, rate, why = v.here(u, population, level); why != "" || v.gone() == 0 {
		return method, rate, why
	}
	for _, label := range []float64{0, 1} {
		bound := *v
		bound.answers = slices.Clone(v.answers)
		for i, changed := range v.changed {
			if changed {
				bound.answers[i].Label = label
			}
		}
		_, at, why := bound.here(u, population, level)
		if why != "" {
			return "", rate, why
		}
		rate.Interval.Lo, rate.Interval.Hi = min(rate.Interval.Lo, at.Interval.Lo), max(rate.Interval.Hi, at.Interval.Hi)
	}
	return method, rate, ""
}
