package stats

import (
	"math"
	"testing"
)

// Rogan and Gladen's estimate, and Lee's interval worked out step by step.
func TestRoganGladen(t *testing.T) {
	r := JudgeRates{Passing: 90, PassingRight: 81, Failing: 10, FailingRight: 8}
	got := r.RoganGladen(700, 1000, 0.95)
	near(t, "estimate", got.Estimate, (0.7+0.8-1)/(0.9+0.8-1), 1e-12)

	z := 1.959963984540054
	n := 1000 + z*z
	p := (700 + z*z/2) / n
	q1, q0 := 82./92, 9./12
	theta := (p + q0 - 1) / (q1 + q0 - 1)
	shift := 2 * z * z * (-(1-theta)*q0*(1-q0)/12 + theta*q1*(1-q1)/92)
	se := math.Sqrt(p*(1-p)/n+(1-theta)*(1-theta)*q0*(1-q0)/12+theta*theta*q1*(1-q1)/92) / (q1 + q0 - 1)
	near(t, "lower end", got.Interval.Lo, theta+shift-z*se, 1e-6)
	near(t, "upper end", got.Interval.Hi, min(theta+shift+z*se, 1), 1e-6)
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
