package main

import (
	"math"
	"time"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// result is what one run came to.
type result struct {
	makespan time.Duration // until the last item has its end, or the fault was found
	first    time.Duration // until the first asset was delivered; -1 = none was
	last     time.Duration // until the last asset was delivered, or the last call ended
	// synthesized is when layer 2 was through with its last item.
	synthesized time.Duration
	found       time.Duration // when the fault was found; 0 = it was not, or there was none
	use         float64       // share of what the providers could have done in the makespan
	loads       int           // of models on the accelerator
	rejected    int           // 429s
	calls       int           // that were taken
	paid        float64       // USD, calls in flight when the fault was found included
	full        float64       // USD, the price of one call for each item
	reused      int           // assets that were not bought, for another item has them
	twice       int           // assets that were bought although another item has them
	delivered   int
	failed      int
	open        int // items that the end of the run left without one
	escaped     int // assets that were delivered when the fault was found
}

// end sums a run up.
func (s *sim) end() result {
	r := s.result
	r.makespan = r.last
	if s.stopped {
		r.makespan = r.found
	}
	for i := range s.items {
		it := &s.items[i]
		v, _ := s.serverOf(i)
		r.full += v.price
		switch it.state {
		case failed:
			r.failed++
		case open, made:
			r.open++
		}
		if it.twin >= 0 && it.bought && s.items[it.twin].bought {
			r.twice++
		}
	}
	for _, v := range s.servers {
		r.rejected += v.rejected
		r.calls += v.taken
		r.use += float64(v.taken) / v.speed() / float64(len(s.servers))
	}
	r.use = min(r.use/max(r.makespan.Seconds(), 1e-9), 1)
	r.loads = s.device.loads
	return r
}

// estimate is a mean over seeds with its interval of 95 %.
type estimate struct{ mean, half float64 }

// estimateOf takes the runs for independent and their mean for normal:
// Student's interval. NaNs are left out; without two values half is 0.
func estimateOf(xs []float64) estimate {
	var sum, squares, n float64
	for _, x := range xs {
		if !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	if n == 0 {
		return estimate{math.NaN(), 0}
	}
	mean := sum / n
	for _, x := range xs {
		if !math.IsNaN(x) {
			squares += (x - mean) * (x - mean)
		}
	}
	if n < 2 {
		return estimate{mean, 0}
	}
	return estimate{mean, student(n-1) * math.Sqrt(squares/(n-1)/n)}
}

// student is the 0.975-quantile of Student's t with so many degrees of freedom,
// to 1 % from 4 on (Abramowitz and Stegun, 26.7.5).
func student(df float64) float64 {
	z := stats.NormalQuantile(0.975)
	z3, z5 := z*z*z, z*z*z*z*z
	return z + (z3+z)/(4*df) + (5*z5+16*z3+3*z)/(96*df*df) + (3*z5*z*z+19*z5+17*z3-15*z)/(384*df*df*df)
}

// row is one scenario in all orders: runs[arm][seed].
type row struct {
	scenario scenario
	runs     [][]result
}

// measure is a figure of one run; NaN = it has none.
type measure func(result) float64

func (r *row) estimate(arm int, m measure) estimate {
	xs := make([]float64, len(r.runs[arm]))
	for i, x := range r.runs[arm] {
		xs[i] = m(x)
	}
	return estimateOf(xs)
}

// ratio is how many times as much an order has as the first one, breadth-first,
// with the same seed: the mean of logarithms, so that no side is favoured.
func (r *row) ratio(arm int, m measure) (mean, lo, hi float64) {
	xs := make([]float64, len(r.runs[arm]))
	for i, x := range r.runs[arm] {
		xs[i] = math.Log(m(x) / m(r.runs[0][i]))
	}
	e := estimateOf(xs)
	return math.Exp(e.mean), math.Exp(e.mean - e.half), math.Exp(e.mean + e.half)
}

func seconds(d time.Duration) float64 { return d.Seconds() }

func makespan(r result) float64 { return seconds(r.makespan) }
func first(r result) float64 {
	if r.first < 0 {
		return math.NaN()
	}
	return seconds(r.first)
}
func lostShare(r result) float64 { return r.paid / r.full }

// lostItems is the share of items that failed.
func lostItems(r result) float64 {
	return float64(r.failed) / float64(max(r.delivered+r.failed+r.open, 1))
}

// play runs a scenario in every order with every seed.
func play(sc scenario, seeds int, seed uint64) row {
	r := row{scenario: sc, runs: make([][]result, len(arms()))}
	for i, a := range arms() {
		for n := range seeds {
			r.runs[i] = append(r.runs[i], simulate(&sc, a, seed+uint64(n)))
		}
	}
	return r
}
