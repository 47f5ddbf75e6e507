package main

import (
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

// repeatedRows: the same rule tried eight times on the same set in fresh
// orders, and what happens when results are consumed as they come back.
func repeatedRows() []scenario {
	rule := gate.Rule{Metric: "score", Bar: 0.9, Alpha: alpha}
	first := oneRow(rule, 1000, 0.899, false).controlled()
	first.name = ">= 0.9 tried eight times, truth 0.899: the first decides"
	first.how = func(s scenario, rng *rand.Rand, t trial, c clock) outcome {
		o := s.inDrawnOrder(rng, t, c)
		for range 7 {
			s.inDrawnOrder(rng, t, c) // further tries change nothing
		}
		return o
	}
	best := oneRow(rule, 1000, 0.899, false).informs()
	best.name = ">= 0.9 tried eight times, truth 0.899: any pass counts"
	best.how = func(s scenario, rng *rand.Rand, t trial, c clock) outcome {
		o := s.inDrawnOrder(rng, t, c)
		for range 7 {
			if again := s.inDrawnOrder(rng, t, c); again.verdict == gate.Pass {
				o.verdict = gate.Pass
			}
		}
		return o
	}
	hasty := oneRow(rule, 1000, 0.895, false).informs()
	hasty.name = ">= 0.9, truth 0.895, consumed in completion order"
	hasty.how = scenario.inCompletionOrder
	return []scenario{first, best, hasty}
}
