package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

// pair builds one pair's sample; the baseline's results are cached, so only the
// candidate's failures are slow.
func pair(difference float64, fails bool) (gate.Sample, bool) {
	return gate.Sample{Lo: difference, Hi: difference, Weight: 1, Judged: 1, Cases: 1}, fails
}

// pairs is 1000 pairs, of which the candidate wins and loses these numbers; on
// 5 % of the others both fail.
func pairs(wins, losses int, good bool) trial {
	const n = 1000
	t := trial{samples: make([]gate.Sample, n), failing: make([]bool, n), good: good}
	for i := range n {
		switch {
		case i < wins:
			t.samples[i], t.failing[i] = pair(1, false)
		case i < wins+losses:
			t.samples[i], t.failing[i] = pair(-1, true)
		default:
			t.samples[i], t.failing[i] = pair(0, i%20 == 0)
		}
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
	rows := []scenario{
		pairedRow(notWorse, 50, 81, false, false).controlled(),
		pairedRow(notWorse, 50, 80, true, false).controlled(),
		pairedRow(notWorse, 50, 80, true, true).controlled(),
		pairedRow(notWorse, 500, 531, false, true).controlled(),
		pairedRow(better, 50, 50, false, false).controlled(),
		pairedRow(better, 51, 50, true, false).controlled(),
		pairedRow(better, 50, 50, false, true).controlled(),
		pairedRow(notWorse, 0, 100, false, false).within(125),
		pairedRow(notWorse, 50, 150, false, false).controlled(),
		pairedRow(notWorse, 50, 50, true, false).controlled(),
		pairedRow(notWorse, 60, 40, true, false).controlled(),
		pairedRow(better, 150, 50, true, false).controlled(),
	}
	rows[3] = pairedRow(notWorse, 50, 81, false, true).controlled()
	rows[7].name += ": -10 points"
	rows[8].name += ": -10 points"
	rows[9].name += ": null pair"
	return rows
}
