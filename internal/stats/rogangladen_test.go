package stats

import (
	"math"
	"testing"
)

// Rogan and Gladen's estimate; the ends of the interval are where the counts are
// z standard errors from what θ makes of them.
func TestRoganGladen(t *testing.T) {
	r := JudgeRates{Passing: 90, PassingRight: 81, Failing: 10, FailingRight: 8}
	got := r.RoganGladen(700, 1000, 0.95)
	near(t, "estimate", got.Estimate, (0.7+0.8-1)/(0.9+0.8-1), 1e-12)

	z := 1.959963984540054
	n := 1000 + z*z
	p := (700 + z*z/2) / n
	q1, q0 := 82./92, 9./12
	errors := func(theta float64) float64 {
		off := p - theta*q1 - (1-theta)*(1-q0)
		return off / math.Sqrt(p*(1-p)/n+theta*theta*q1*(1-q1)/92+(1-theta)*(1-theta)*q0*(1-q0)/12)
	}
	near(t, "lower end", errors(got.Interval.Lo), z, 1e-6)
	near(t, "upper end", errors(got.Interval.Hi), -z, 1e-6)
	if !(got.Interval.Lo > 0.4 && got.Interval.Hi < 0.9) {
		t.Errorf("%+v", got.Interval)
	}
}

// Of all θ in [0,1] that the counts allow none is left out, whatever the table.
func TestRoganGladenHoldsWhatIsAllowed(t *testing.T) {
	for _, r := range []JudgeRates{{40, 39, 10, 1}, {49, 46, 1, 1}, {25, 25, 25, 25}, {5, 5, 45, 3}, {60, 33, 40, 20}, {30, 29, 20, 4}} {
		for _, passes := range []float64{0, 20, 500, 900, 1000} {
			in := r.RoganGladen(passes, 1000, 0.95).Interval
			z := NormalQuantile(0.975)
			n, m1, m0 := 1000+z*z, r.Passing+2, r.Failing+2
			p, q1, q0 := (passes+z*z/2)/n, (r.PassingRight+1)/m1, (r.FailingRight+1)/m0
			for k := range 101 {
				x := float64(k) / 100
				off := p - x*q1 - (1-x)*(1-q0)
				if off*off < 0.9999*z*z*(p*(1-p)/n+x*x*q1*(1-q1)/m1+(1-x)*(1-x)*q0*(1-q0)/m0) && !in.Contains(x) {
					t.Errorf("%+v, %g passes: %+v leaves %g out", r, passes, in, x)
				}
			}
		}
	}
}

// A judge that does not tell good from bad tells nothing.
func TestRoganGladenOfAUselessJudge(t *testing.T) {
	for _, r := range []JudgeRates{{}, {Passing: 50, PassingRight: 50}, {Failing: 9, FailingRight: 9}, {Passing: 40, PassingRight: 20, Failing: 40, FailingRight: 20}, {Passing: 40, PassingRight: 4, Failing: 40, FailingRight: 4}} {
		if got := r.RoganGladen(500, 1000, 0.95); got.Interval != (Interval{0, 1}) {
			t.Errorf("%+v: %+v", r, got)
		}
	}
	r := JudgeRates{Passing: 50, PassingRight: 48, Failing: 50, FailingRight: 45}
	if got := r.RoganGladen(0, 0, 0.95); got.Interval != (Interval{0, 1}) {
		t.Errorf("nothing judged: %+v", got)
	}
}
