package stats

import (
	"math"
	"testing"
)

// Quantiles of Student's t as tables print them.
func TestStudentQuantile(t *testing.T) {
	for _, c := range []struct{ p, freedom, want, tol float64 }{
		{0.975, 9, 2.262, 0.001}, {0.975, 30, 2.042, 0.0006}, {0.975, 99, 1.984, 0.0006}, {0.95, 20, 1.725, 0.0006}, {0.995, 20, 2.845, 0.002},
	} {
		near(t, "t quantile", studentQuantile(c.p, c.freedom), c.want, c.tol)
	}
}

func TestMeanInterval(t *testing.T) {
	got := MeanInterval([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.95)
	near(t, "mean", got.Estimate, 5.5, 1e-12)
	near(t, "lower end", got.Interval.Lo, 5.5-2.262157*3.0276504/math.Sqrt(10), 0.001)
	if one := MeanInterval([]float64{3}, 0.95); !math.IsInf(one.Interval.Hi, 1) || one.Estimate != 3 {
		t.Errorf("one value: %+v", one)
	}
}
