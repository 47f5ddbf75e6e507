package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The expectation of the e-value over the hypergeometric distribution is 1.
func TestEBelowRestIsAnEValue(t *testing.T) {
	for _, c := range []struct{ n, K, N int }{{10, 80, 100}, {1, 50, 100}, {50, 3, 60}, {99, 50, 100}, {300, 900, 1000}} {
		sum, mass := 0.0, 0.0
		for k := max(0, c.n-(c.N-c.K)); k <= min(c.n, c.K); k++ {
			p := math.Exp(logChoose(c.K, k) + logChoose(c.N-c.K, c.n-k) - logChoose(c.N, c.n))
			sum += p * EBelowRest(k, c.n, c.K, c.N)
			mass += p
		}
		if math.Abs(mass-1) > 1e-9 || math.Abs(sum-1) > 1e-9 {
			t.Errorf("%+v: expectation %v, mass %v", c, sum, mass)
		}
	}
}

func TestEBelowRest(t *testing.T) {
	for _, c := range []struct {
		k, n, K, N int
		lo, hi     float64
	}{
		{10, 20, 190, 220, 100, 1e6}, // half of a slice fails, 0 of 200 others… nearly
		{20, 20, 190, 220, 0, 1},     // better than the rest
		{17, 20, 187, 220, 0, 1.2},   // as the rest
		{0, 0, 5, 10, 1, 1},          // nothing
		{5, 10, 5, 10, 1, 1},         // everything
		{0, 5, 0, 100, 1, 1},         // nothing passes anywhere
		{0, 2000, 2000, 4000, 1e6, math.Inf(1)},
	} {
		e := EBelowRest(c.k, c.n, c.K, c.N)
		if !(e >= c.lo && e <= c.hi) {
			t.Errorf("%+v: %v", c, e)
		}
	}
}

func TestEBH(t *testing.T) {
	for _, c := range []struct {
		e    []float64
		want []bool
	}{
		{nil, []bool{}},
		{[]float64{19}, []bool{false}},
		{[]float64{20}, []bool{true}},
		{[]float64{1, 60, 30, 0}, []bool{false, false, false, false}}, // 60 < 80, 30 < 40
		{[]float64{1, 80, 41, 0}, []bool{false, true, true, false}},
		{[]float64{1, 50, 41, 0}, []bool{false, true, true, false}}, // the second carries the first
	} {
		got := EBH(c.e, 0.05)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("%v: %v, want %v", c.e, got, c.want)
			}
		}
	}
}

// Under the null the share of tests with any discovery is at most alpha.
func TestEBHNull(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs, slices, each, alpha = 2000, 8, 50, 0.05
	false_ := 0
	for range runs {
		passes := [slices]int{}
		all := 0
		for s := range passes {
			for range each {
				if r.Float64() < 0.8 {
					passes[s]++
					all++
				}
			}
		}
		e := make([]float64, slices)
		for s := range e {
			e[s] = EBelowRest(passes[s], each, all, slices*each)
		}
		for _, found := range EBH(e, alpha) {
			if found {
				false_++
				break
			}
		}
	}
	if rate := float64(false_) / runs; rate > alpha+0.015 {
		t.Errorf("%.3f of the runs without a weak slice name one", rate)
	}
}

func TestMcNemar(t *testing.T) {
	for _, c := range []struct {
		b, c int
		p    float64
	}{{0, 0, 1}, {5, 5, 1}, {0, 1, 1}, {0, 5, 0.0625}, {1, 9, 0.021484375}, {9, 1, 0.021484375}, {12, 30, 0.00793}} {
		if p := McNemar(c.b, c.c); math.Abs(p-c.p) > 1e-4 {
			t.Errorf("%d, %d: %v, want %v", c.b, c.c, p, c.p)
		}
	}
}
