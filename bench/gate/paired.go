package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

// pairs is 1000 pairs, of which the candidate wins and loses these numbers; on
// 5 % of the others both fail. The baseline is cached: only the candidate's
// failures are slow.
func pairs(wins, losses int, good bool) trial {
	const n = 1000
	t := trial{samples: make([]gate.Sample, n), failing: make([]bool, n), good: good}
	for i := range n {
		difference, fails := 0.0, i%20 == 0
		switch {
		case i < wins:
			difference, fails = 1, false
		case i < wins+losses:
			difference, fails = -1, true
		}
		t.samples[i] = gate.Sample{Lo: difference, Hi: difference, Weight: 1, Judged: 1, Cases: 1}
		t.failing[i] = fails
	}
	return t
}

func pairedRow(rule gate.Rule, wins, losses int, good, population bool) scenario {
	s := scenario{rule: rule, population: population}
	fixed := pairs(wins, losses, good)
	s.trial = func(rng *rand.Rand) trial {
		if !population {
			return fixed
		}
		w, l := 0, 0
		for range 1000 {
			switch u := rng.Float64() * 1000; {
			case u < float64(wins):
				w++
			case u < float64(wins+losses):
				l++
			}
		}
		return pairs(w, l, good)
	}
	kind, where := "better", "this set"
	if rule.Kind == gate.NotWorse {
		kind = fmt.Sprintf("not worse by %g", rule.Margin)
	}
	if population {
		where = "traffic"
	}
	s.name = fmt.Sprintf("%s, %s, +%.1f %% -%.1f %%", kind, where, float64(wins)/10, float64(losses)/10)
	return s
}

// pairedRows: base 0.90, 10 % of the pairs discordant, N=1000. The null pair
// splits them evenly; a shift moves discordant pairs from one side to the other.
func pairedRows() []scenario {
	notWorse := gate.Rule{Metric: "score", Kind: gate.NotWorse, Margin: 0.03, Alpha: alpha}
	better := gate.Rule{Metric: "score", Kind: gate.Better, Alpha: alpha}
	minus10 := pairedRow(notWorse, 0, 100, false, false).within(125)
	minus10.name += ": -10 points"
	null := pairedRow(notWorse, 50, 50, true, false).controlled()
	null.name += ": null pair"
	return []scenario{
		pairedRow(notWorse, 50, 81, false, false).controlled(),
		pairedRow(notWorse, 50, 80, true, false).controlled(),
		pairedRow(notWorse, 50, 81, false, true).controlled(),
		pairedRow(notWorse, 50, 80, true, true).controlled(),
		pairedRow(better, 50, 50, false, false).controlled(),
		pairedRow(better, 51, 50, true, false).controlled(),
		pairedRow(better, 50, 50, false, true).controlled(),
		pairedRow(better, 51, 50, true, true).controlled(),
		minus10,
		pairedRow(notWorse, 50, 150, false, false).controlled(),
		null,
		pairedRow(notWorse, 60, 40, true, false).controlled(),
		pairedRow(better, 150, 50, true, false).controlled(),
	}
}
