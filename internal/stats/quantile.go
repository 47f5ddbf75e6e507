package stats

import (
	"math"
	"slices"
)

// Quantiles returns the p-quantiles of xs, each p in [0,1], by linear
// interpolation between order statistics (type 7 of Hyndman and Fan,
// "Sample quantiles in statistical packages", 1996). xs is left as it is.
// Without data every quantile is NaN.
func Quantiles(xs []float64, ps ...float64) []float64 {
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	out := make([]float64, len(ps))
	for i, p := range ps {
		out[i] = sortedQuantile(sorted, p)
	}
	return out
}

func sortedQuantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := min(max(p, 0), 1) * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// EffectiveN returns Kish's effective sample size (sum w)^2 / sum w^2 of the
// weights ws: the number of equally weighted draws that would carry the same
// information. It is 0 without a positive weight.
//
// L. Kish, "Survey Sampling", 1965.
func EffectiveN(ws []float64) float64 {
	var sum, squares float64
	for _, w := range ws {
		sum += w
		squares += w * w
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}
