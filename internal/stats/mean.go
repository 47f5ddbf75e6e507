package stats

import "math"

// MeanInterval is the mean of xs with its t interval: the mean ± t s/√n, t of
// n-1 degrees of freedom by the expansion of M. Abramowitz and I. Stegun,
// "Handbook of Mathematical Functions", 26.7.5, good to 0.001 from 10 values on.
// With fewer than 2 values the interval is unbounded.
func MeanInterval(xs []float64, level float64) Corrected {
	n := float64(len(xs))
	c := Corrected{Interval: Interval{math.Inf(-1), math.Inf(1)}}
	for _, x := range xs {
		c.Estimate += x / n
	}
	if n < 2 {
		return c
	}
	squares := 0.0
	for _, x := range xs {
		squares += (x - c.Estimate) * (x - c.Estimate)
	}
	half := studentQuantile((1+level)/2, n-1) * math.Sqrt(squares/(n-1)/n)
	c.Interval = Interval{c.Estimate - half, c.Estimate + half}
	return c
}

func studentQuantile(p, freedom float64) float64 {
	z := NormalQuantile(p)
	z3, z5, z7 := z*z*z, math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*freedom) + (5*z5+16*z3+3*z)/(96*freedom*freedom) +
		(3*z7+19*z5+17*z3-15*z)/(384*freedom*freedom*freedom)
}
