package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// scorer gives a label and a judge's score in [0,1] to a case.
type scorer struct {
	name   string
	binary bool // labels are pass or fail
	draw   func(*rand.Rand) (label, score float64)
}

// passFail is labels that pass with a probability, and scores of Beta(6,2) for
// good cases and Beta(2,4) for bad ones.
func passFail(truth float64) scorer {
	return scorer{fmt.Sprintf("labels pass at %.2f", truth), true, func(rng *rand.Rand) (float64, float64) {
		if rng.Float64() < truth {
			return 1, beta(rng, 6, 2)
		}
		return 0, beta(rng, 2, 4)
	}}
}

// vague is labels that pass with a probability, and scores that tell nothing, or,
// sure, all of it.
func vague(truth float64, sure bool) scorer {
	name := fmt.Sprintf("at %.2f, score is chance", truth)
	if sure {
		name = fmt.Sprintf("at %.2f, score is sure", truth)
	}
	return scorer{name, true, func(rng *rand.Rand) (float64, float64) {
		label := 0.0
		if rng.Float64() < truth {
			label = 1
		}
		if sure {
			return label, 0.1 + 0.8*label
		}
		return label, beta(rng, 2, 2)
	}}
}

var scorers = []scorer{
	passFail(0.98), passFail(0.95), passFail(0.90), passFail(0.70), passFail(0.02), vague(0.9, false), vague(0.9, true),
	{"labels Beta(8,2)", false, func(rng *rand.Rand) (float64, float64) {
		y := beta(rng, 8, 2)
		return y, min(max(y+0.15*rng.NormFloat64()-0.05, 0), 1)
	}},
	{"labels of 5 grades", false, func(rng *rand.Rand) (float64, float64) {
		q := beta(rng, 4, 1)
		return math.Round(4*q) / 4, math.Round(10*min(max(q+0.2*rng.NormFloat64(), 0), 1)) / 10
	}},
}

// beta draws from Beta(a,b) for whole a and b.
func beta(rng *rand.Rand, a, b int) float64 {
	var x, y float64
	for range a {
		x += rng.ExpFloat64()
	}
	for range b {
		y += rng.ExpFloat64()
	}
	return x / (x + y)
}

// truth is the mean label, by a long simulation.
func (s scorer) truth() float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 2_000_000
	sum := 0.0
	for range n {
		label, _ := s.draw(rng)
		sum += label
	}
	return sum / n
}

// scoreTable prints one block for judges that give scores, and returns how many
// bars of coverage were missed.
func scoreTable(labels, cases, seeds int) (missed int) {
	names := []string{"labels alone", "PPI++ (Wald, as published)", "PPI++ (small samples)"}
	fmt.Printf("\n%-32s", fmt.Sprintf("%d labels; judge gives a score", labels))
	for _, s := range scorers {
		fmt.Printf("%-24s", s.name)
	}
	fmt.Println()
	var columns [][]row
	for _, s := range scorers {
		truth := s.truth()
		columns = append(columns, simulate(seeds, labels, len(names), func(rng *rand.Rand) []hit {
			y, f, unseen := make([]float64, labels), make([]float64, labels), make([]float64, cases-labels)
			for i := range y {
				y[i], f[i] = s.draw(rng)
			}
			for i := range unseen {
				_, unseen[i] = s.draw(rng)
			}
			alone := stats.PPIWald(y, f, nil, level).Corrected
			if s.binary {
				alone = stats.JudgeTable{TruePass: sum(y), TrueFail: float64(labels) - sum(y)}.LabelsAlone(level)
			}
			return []hit{hitOf(alone, truth), hitOf(stats.PPIWald(y, f, unseen, level).Corrected, truth), hitOf(stats.PPISmall(y, f, unseen, level).Corrected, truth)}
		}))
	}
	for m, name := range names {
		fmt.Printf("  %-30s", name)
		for _, rows := range columns {
			fmt.Printf("%.4f  %.3f           ", rows[m].covers, rows[m].width/rows[0].width)
			if m == len(names)-1 && rows[m].covers < bar(labels) {
				missed++
				fmt.Print("MISSED ")
			}
		}
		fmt.Println()
	}
	return missed
}

func sum(xs []float64) (s float64) {
	for _, x := range xs {
		s += x
	}
	return s
}
