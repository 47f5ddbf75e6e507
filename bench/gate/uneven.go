package main

import (
	"math"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

// unevenRows: clusters, weights, graded scores, cases without a verdict, and
// cases whose answer flips from draw to draw.
func unevenRows() []scenario {
	rule := gate.Rule{Metric: "score", Bar: 0.9, Alpha: alpha}
	row := func(name string, make func(*rand.Rand) trial) scenario {
		return scenario{name: ">= 0.9, " + name, rule: rule, trial: make}.controlled()
	}
	fixed := func(t trial) func(*rand.Rand) trial { return func(*rand.Rand) trial { return t } }
	return []scenario{
		row("clusters of 1-12, weighted, just below", fixed(clusters(false))),
		row("clusters of 1-12, weighted, at the bar", fixed(clusters(true))),
		row("weights 0.1-10, just below", fixed(weighted(false))),
		row("weights 0.1-10, at the bar", fixed(weighted(true))),
		row("graded scores, just below", fixed(graded(false))),
		row("graded scores, at the bar", fixed(graded(true))),
		row("3 % unjudged, all of them failures, truth 0.899", fixed(unjudged(899, false))),
		row("3 % unjudged, all of them passes, truth 0.900", fixed(unjudged(900, true))),
		row("cases that flip, truth = first draws", flipping),
	}
}

// onBar changes the scores so that the weighted mean is at the bar of 0.9, or
// just below it: graded scores are moved together as far as needed.
func onBar(t trial, good bool) trial {
	target := 0.9
	if !good {
		target -= 1e-6
	}
	mean := func(shift float64) float64 {
		var sum, weight float64
		for _, s := range t.samples {
			sum += s.Weight * min(max(s.Lo+shift, 0), 1)
			weight += s.Weight
		}
		return sum / weight
	}
	lo, hi := -1.0, 1.0
	for range 60 {
		if mid := (lo + hi) / 2; mean(mid) < target {
			lo = mid
		} else {
			hi = mid
		}
	}
	for i := range t.samples {
		x := min(max(t.samples[i].Lo+hi, 0), 1)
		t.samples[i].Lo, t.samples[i].Hi = x, x
		t.failing[i] = x < 0.5
	}
	t.good = good
	return t
}

// clusters have 1 to 12 cases, correlated within: most are all right, some are
// all wrong, and the large ones are worse, so that equal votes would mislead.
func clusters(good bool) trial {
	rng := rand.New(rand.NewPCG(21, 22))
	t := trial{failing: make([]bool, 250)}
	for range t.failing {
		size := 1 + rng.IntN(12)
		s := gate.Sample{Cases: size}
		level := 0.97
		if rng.Float64() < 0.02*float64(size) {
			level = 0.1
		}
		var sum float64
		for range size {
			w := 0.5 + rng.Float64()
			s.Weight += w
			if rng.Float64() < level {
				sum += w
			}
		}
		s.Judged = s.Weight
		s.Lo = sum / s.Weight
		t.samples = append(t.samples, s)
	}
	return onBar(t, good)
}

// weighted cases have weights over two orders of magnitude.
func weighted(good bool) trial {
	rng := rand.New(rand.NewPCG(23, 24))
	t := trial{failing: make([]bool, 1000)}
	for range t.failing {
		w := math.Pow(10, 2*rng.Float64()-1)
		s := gate.Sample{Weight: w, Judged: w, Cases: 1}
		if rng.Float64() < 0.93-0.01*w {
			s.Lo = 1
		}
		t.samples = append(t.samples, s)
	}
	return onBar(t, good)
}

// graded scores lie anywhere in [0,1], most of them high.
func graded(good bool) trial {
	rng := rand.New(rand.NewPCG(25, 26))
	t := trial{failing: make([]bool, 1000)}
	for range t.failing {
		t.samples = append(t.samples, gate.Sample{Lo: 1 - math.Pow(rng.Float64(), 6), Weight: 1, Judged: 1, Cases: 1})
	}
	return onBar(t, good)
}

// unjudged hides the verdict of 30 cases of 1000: failures where a pass would
// be wrong, passes where a fail would be, so that dropping them would mislead.
func unjudged(passing int, good bool) trial {
	t := binary(1000, passing, good)
	first := 0
	if !good {
		first = passing
	}
	for i := first; i < first+30; i++ {
		t.samples[i] = gate.Sample{Lo: 0, Hi: 1, Weight: 1, Cases: 1}
	}
	return t
}

// flipping cases answer anew in every run: a fifth is a coin, the rest is nearly
// sure. What the gate asks about is the mean of the run's own first draws.
func flipping(rng *rand.Rand) trial {
	const n = 1000
	passing := 0
	t := binary(n, 0, false)
	for i := range n {
		p := 0.98
		if i%5 == 0 {
			p = 0.58
		}
		if rng.Float64() < p {
			t.samples[i].Lo, t.samples[i].Hi, t.failing[i] = 1, 1, false
			passing++
		}
	}
	t.good = passing >= 900
	return t
}
