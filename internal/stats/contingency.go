package stats

import (
	"math"
	"slices"
)

// logChoose is the natural logarithm of "n choose k".
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// oddsRatios are the alternatives that EBelowRest bets on.
var oddsRatios = [...]float64{1. / 2, 1. / 4, 1. / 10}

// EBelowRest is an e-value for "this part passes less often than the rest": k of
// its n items passed, of all N items K. The null says that passing has nothing
// to do with being in the part: then k is hypergeometric given the margins. The
// e-value is the mean, over odds ratios ω below 1, of the likelihood ratio of
// Fisher's noncentral hypergeometric distribution, ω^k / E₀[ω^X]. Its expectation
// under the null is 1. A part that is everything or nothing has e-value 1.
func EBelowRest(k, n, K, N int) float64 {
	lo, hi := max(0, n-(N-K)), min(n, K)
	if n <= 0 || n >= N || lo == hi || k < lo || k > hi {
		return 1
	}
	whole := logChoose(N, n)
	p := make([]float64, hi-lo+1)
	for x := lo; x <= hi; x++ {
		p[x-lo] = math.Exp(logChoose(K, x) + logChoose(N-K, n-x) - whole)
	}
	sum := 0.0
	for _, w := range oddsRatios {
		norm := 0.0 // of ω^(x-k), so that nothing underflows where it counts
		for i, px := range p {
			norm += px * math.Pow(w, float64(lo+i-k))
		}
		sum += 1 / norm
	}
	return sum / float64(len(oddsRatios))
}

// EBH says which of several e-values are discoveries at false discovery rate
// alpha, whatever their dependence: with the e-values in falling order, the first
// k where k is the largest with e_(k) >= m/(alpha k) (Wang and Ramdas, "False
// discovery rate control with e-values", JRSS-B 2022).
func EBH(e []float64, alpha float64) []bool {
	order := make([]int, len(e))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case e[a] > e[b]:
			return -1
		case e[a] < e[b]:
			return 1
		}
		return 0
	})
	found := 0
	for i, at := range order {
		if e[at] >= float64(len(e))/(alpha*float64(i+1)) {
			found = i + 1
		}
	}
	out := make([]bool, len(e))
	for _, at := range order[:found] {
		out[at] = true
	}
	return out
}

// McNemar is the exact two-sided p-value for pairs that differ: b in one
// direction and c in the other, each as likely under the null (twice the smaller
// binomial tail, at most 1).
func McNemar(b, c int) float64 {
	n := b + c
	tail := 0.0
	for x := 0; x <= min(b, c); x++ {
		tail += math.Exp(logChoose(n, x) - float64(n)*math.Ln2)
	}
	return min(1, 2*tail)
}
