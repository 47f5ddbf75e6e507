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
// of a screening test", American Journal of Epidemiology 107 (1978). Interval: the
// θ that the counts do not contradict, |p - θ q1 - (1-θ)(1-q0)| at most z of its
// standard errors (E. C. Fieller, "Some problems in interval estimation", JRSS B
// 16, 1954), with the judge's rate p smoothed by z²/2 passes in z² cases and its
// own rates q1 and q0 by 1 in 2 (C. Lee et al., arXiv 2511.21140). Lee's own, a
// normal one around θ, falls to 64 % of coverage at nominal 95 % where the judge
// is hardly better than chance or the labels are of other shares; this one holds
// 93.5 % in all that `bench/judge` tries, and is [0,1] where nothing is known.
func (r JudgeRates) RoganGladen(passes, judged, level float64) Corrected {
	unknown := Corrected{0.5, Interval{0, 1}}
	if !(judged > 0) || !(r.Passing > 0) || !(r.Failing > 0) {
		return unknown
	}
	share := passes / judged
	right, rejected := r.PassingRight/r.Passing, r.FailingRight/r.Failing
	gap := right + rejected - 1
	if !(gap > 0) {
		return unknown
	}
	estimate := min(max((share+rejected-1)/gap, 0), 1)
	in := r.fieller(passes, judged, NormalQuantile((1+level)/2))
	return Corrected{estimate, Interval{min(in.Lo, estimate), max(in.Hi, estimate)}}
}

// fieller is the hull of all θ in [0,1] for which
// (p + q0 - 1 - θ(q1+q0-1))² <= z²(var p + θ² var q1 + (1-θ)² var q0).
func (r JudgeRates) fieller(passes, judged, z float64) Interval {
	n, m1, m0 := judged+z*z, r.Passing+2, r.Failing+2
	p, q1, q0 := (passes+z*z/2)/n, (r.PassingRight+1)/m1, (r.FailingRight+1)/m0
	v1, v0, off, gap := z*z*q1*(1-q1)/m1, z*z*q0*(1-q0)/m0, p+q0-1, q1+q0-1
	a, b, c := gap*gap-v1-v0, v0-gap*off, off*off-z*z*p*(1-p)/n-v0 // aθ² + 2bθ + c <= 0
	holds := func(x float64) bool { return a*x*x+2*b*x+c <= 1e-12 }
	in, found := Interval{}, false
	take := func(x float64) {
		if x = min(max(x, 0), 1); !found {
			in, found = Interval{x, x}, true
		}
		in = Interval{min(in.Lo, x), max(in.Hi, x)}
	}
	for _, end := range []float64{0, 1} {
		if holds(end) {
			take(end)
		}
	}
	if d := b*b - a*c; d >= 0 && a != 0 {
		for _, root := range []float64{(-b - math.Sqrt(d)) / a, (-b + math.Sqrt(d)) / a} {
			if root >= 0 && root <= 1 || a > 0 && !found { // else the end that is nearest
				take(root)
			}
		}
	}
	if !found || a == 0 {
		return Interval{0, 1}
	}
	return in
}
