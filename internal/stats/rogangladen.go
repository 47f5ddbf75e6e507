package stats

import "math"

// JudgeRates are a judge's rates on labelled cases, as counts: of Passing cases
// that people pass it passes PassingRight, of Failing ones it fails FailingRight.
type JudgeRates struct{ Passing, PassingRight, Failing, FailingRight float64 }

// Rates are the rates of the labelled part of a table.
func (t JudgeTable) Rates() JudgeRates {
	return JudgeRates{t.TruePass + t.FalseFail, t.TruePass, t.FalsePass + t.TrueFail, t.TrueFail}
}

// Sensitivity is the share of cases passed by people that the judge passes,
// with Wilson's interval.
func (r JudgeRates) Sensitivity(level float64) Corrected {
	return proportion(r.PassingRight, r.Passing, level)
}

// Specificity is the share of cases failed by people that the judge fails, with
// Wilson's interval.
func (r JudgeRates) Specificity(level float64) Corrected {
	return proportion(r.FailingRight, r.Failing, level)
}

// RoganGladen corrects the judge's count of passes among judged cases by rates
// that were measured elsewhere, on cases of which more or fewer may be good: it
// assumes that the judge errs on a good and on a bad case as often here as there.
// Where the labelled cases are a random part of the judged ones, Traffic and
// ThisSet need no such assumption and are narrower. A judge that passes good
// cases no more often than bad ones says nothing: the interval is [0,1] and the
// estimate one half.
//
// Estimate: W. J. Rogan and B. Gladen, "Estimating prevalence from the results
// of a screening test", American Journal of Epidemiology 107 (1978). Interval:
// C. Lee et al., arXiv 2511.21140: a normal one after smoothing the judge's rate by
// z²/2 passes in z² cases and each of its own rates by 1 in 2, moved towards
// where the smoothing of the own rates pulled it from, and cut to [0,1].
func (r JudgeRates) RoganGladen(passes, judged, level float64) Corrected {
	unknown := Corrected{0.5, Interval{0, 1}}
	if !(judged > 0) || !(r.Passing > 0) || !(r.Failing > 0) {
		return unknown
	}
	z := NormalQuantile((1 + level) / 2)
	share := passes / judged
	right, rejected := r.PassingRight/r.Passing, r.FailingRight/r.Failing
	gap := right + rejected - 1
	if !(gap > 0) {
		return unknown
	}
	estimate := min(max((share+rejected-1)/gap, 0), 1)

	n, m1, m0 := judged+z*z, r.Passing+2, r.Failing+2
	p := (passes + z*z/2) / n
	q1, q0 := (r.PassingRight+1)/m1, (r.FailingRight+1)/m0
	gap = q1 + q0 - 1
	if !(gap > 0) {
		return unknown
	}
	theta := (p + q0 - 1) / gap
	held := min(max(theta, 0), 1)
	shift := 2 * z * z * (-(1-held)*q0*(1-q0)/m0 + held*q1*(1-q1)/m1)
	half := z * math.Sqrt(p*(1-p)/n+(1-held)*(1-held)*q0*(1-q0)/m0+held*held*q1*(1-q1)/m1) / gap
	lo, hi := min(max(theta+shift-half, 0), 1), min(max(theta+shift+half, 0), 1)
	return Corrected{estimate, Interval{min(lo, estimate), max(hi, estimate)}}
}
