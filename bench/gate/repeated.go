package main

import (
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

// repeatedRows: the same rule tried up to eight times on the same set in fresh
// orders, and what happens when results are consumed as they come back.
func repeatedRows() []scenario {
	rule := gate.Rule{Metric: "score", Bar: 0.9, Alpha: alpha}
	first := oneRow(rule, 1000, 0.899, false).controlled()
	first.name = ">= 0.9 tried eight times, truth 0.899: the first decides"
	best := oneRow(rule, 1000, 0.899, false).informs()
	best.name = ">= 0.9 tried eight times, truth 0.899: any pass counts"
	best.how = untilItPasses
	hasty := oneRow(rule, 1000, 0.895, false).informs()
	hasty.name = ">= 0.9, truth 0.895, consumed in completion order"
	hasty.how = scenario.inCompletionOrder
	return []scenario{first, best, hasty}
}

// untilItPasses counts the cases of the last try only.
func untilItPasses(s scenario, rng *rand.Rand, t trial, c clock) (o outcome) {
	for try := 0; try < 8 && o.verdict != gate.Pass; try++ {
		o = s.inDrawnOrder(rng, t, c)
	}
	return o
}
