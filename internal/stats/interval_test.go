package stats

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

// The four examples of R. G. Newcombe, "Two-sided confidence intervals for the
// single proportion", Statistics in Medicine 17 (1998), method 3.
func TestWilsonPublished(t *testing.T) {
	for _, c := range []struct{ k, n, lo, hi float64 }{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		got := Wilson(c.k, c.n, 0.95)
		near(t, "lower end", got.Lo, c.lo, 5e-5)
		near(t, "upper end", got.Hi, c.hi, 5e-5)
	}
}

func TestWilsonEdges(t *testing.T) {
	if got := Wilson(0, 0, 0.95); got != (Interval{0, 1}) {
		t.Errorf("no trial: %v", got)
	}
	if got := Wilson(20, 20, 0.95); got.Hi != 1 || math.Abs(got.Lo-0.8389) > 5e-5 {
		t.Errorf("20 of 20: %v, want the mirror of 0 of 20", got)
	}
	if got := Wilson(3, 10, 0); math.Abs(got.Lo-0.3) > 1e-12 || math.Abs(got.Hi-0.3) > 1e-12 {
		t.Errorf("level 0: %v, want the point 0.3", got)
	}
	if i := (Interval{0.2, 0.4}); !i.Contains(0.2) || !i.Contains(0.4) || i.Contains(0.41) {
		t.Error("an interval contains its ends and nothing beyond")
	}
}

// Values as tabulated, e.g. in Abramowitz and Stegun, table 26.5.
func TestNormalQuantile(t *testing.T) {
	for p, z := range map[float64]float64{
		0.5: 0, 0.95: 1.6448536269514722, 0.975: 1.959963984540054,
		0.995: 2.5758293035489004, 0.025: -1.959963984540054, 1e-10: -6.361340902404056,
	} {
		near(t, "quantile", NormalQuantile(p), z, 1e-6)
	}
	if !math.IsInf(NormalQuantile(0), -1) || !math.IsInf(NormalQuantile(1), 1) {
		t.Error("the ends are infinite")
	}
}

// The values of R's quantile(x, p), type 7.
func TestQuantiles(t *testing.T) {
	xs := []float64{10, 1, 9, 2, 8, 3, 7, 4, 6, 5}
	got := Quantiles(xs, 0, 0.5, 0.95, 1)
	for i, want := range []float64{1, 5.5, 9.55, 10} {
		near(t, "quantile", got[i], want, 1e-12)
	}
	if xs[0] != 10 {
		t.Error("the input was reordered")
	}
	if got := Quantiles([]float64{7}, 0.95); got[0] != 7 {
		t.Errorf("one value: %v", got)
	}
	if got := Quantiles(nil, 0.5); !math.IsNaN(got[0]) {
		t.Errorf("no value: %v, want NaN", got)
	}
}

func TestEffectiveN(t *testing.T) {
	near(t, "equal weights", EffectiveN([]float64{2, 2, 2}), 3, 1e-12)
	near(t, "one heavy weight", EffectiveN([]float64{3, 1}), 1.6, 1e-12)
	near(t, "no weight", EffectiveN(nil), 0, 0)
}
