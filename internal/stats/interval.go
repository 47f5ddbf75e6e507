// Package stats holds the mathematics of the gates and reports, and nothing
// else: intervals, quantiles, betting e-processes and the confidence bounds
// that follow from them. Every function is pure and safe for concurrent use.
package stats

import "math"

// Interval is a closed interval, Lo <= Hi.
type Interval struct{ Lo, Hi float64 }

// Contains says whether x lies in the interval, ends included.
func (i Interval) Contains(x float64) bool { return i.Lo <= x && x <= i.Hi }

// NormalQuantile returns the p-quantile of the standard normal distribution,
// p in [0,1]; the ends are -Inf and +Inf. It is sqrt(2) erfinv(2p-1), good to
// 1e-6 for p in [1e-10, 1-1e-10].
func NormalQuantile(p float64) float64 {
	return math.Sqrt2 * math.Erfinv(2*p-1)
}

// Wilson returns the two-sided score interval for a proportion after k
// successes in n trials, at the given confidence level in [0,1). k and n need
// not be whole: a sum of scores in [0,1] may stand for k, an effective sample
// size for n. Without a trial it is [0,1].
//
// E. B. Wilson, "Probable inference, the law of succession, and statistical
// inference", JASA 22 (1927).
func Wilson(k, n, level float64) Interval {
	if !(n > 0) {
		return Interval{0, 1}
	}
	p := min(max(k/n, 0), 1)
	z := NormalQuantile((1 + level) / 2)
	zz := z * z / n
	mid := (p + zz/2) / (1 + zz)
	half := math.Sqrt(p*(1-p)*zz+zz*zz/4) / (1 + zz)
	// Rounding must not lift the end off 0 or 1, where the formula is exact.
	i := Interval{max(mid-half, 0), min(mid+half, 1)}
	if p == 0 {
		i.Lo = 0
	}
	if p == 1 {
		i.Hi = 1
	}
	return i
}
