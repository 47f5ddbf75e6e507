package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// A drawn table counts every case once, and has the rates that it was drawn with.
func TestDrawHasItsRates(t *testing.T) {
	j := judges[0]
	var sum stats.JudgeTable
	good := 0.0
	for seed := range uint64(40) {
		table, ofSet := j.draw(rand.New(rand.NewPCG(seed, 1)), 100, 1000)
		if table.Labelled() != 100 || table.Judged() != 1000 {
			t.Fatalf("%+v", table)
		}
		sum.TruePass += table.TruePass
		sum.FalseFail += table.FalseFail
		sum.FalsePass += table.FalsePass
		sum.TrueFail += table.TrueFail
		good += ofSet / 40
	}
	rates := sum.Rates()
	for name, c := range map[string][2]float64{
		"truth":       {good, j.truth},
		"sensitivity": {rates.Sensitivity(level).Estimate, j.sensitivity},
		"specificity": {rates.Specificity(level).Estimate, j.specificity},
	} {
		if math.Abs(c[0]-c[1]) > 0.05 {
			t.Errorf("%s is %.3f, want %.3f", name, c[0], c[1])
		}
	}
}

// The bench notices what it is there for: the published interval falls short,
// whatever the machine and the number of workers.
func TestSimulateTellsMethodsApart(t *testing.T) {
	play := func(rng *rand.Rand) []hit {
		table, _ := judges[3].draw(rng, 50, 1000)
		return []hit{hitOf(table.PPIWald(level), judges[3].truth), hitOf(table.Traffic(level), judges[3].truth)}
	}
	rows := simulate(400, 50, 2, play)
	if rows[0].covers > bar(50) || rows[1].covers < bar(50) {
		t.Errorf("Wald covers %.3f, score %.3f", rows[0].covers, rows[1].covers)
	}
	again := simulate(400, 50, 2, play)
	if rows[0] != again[0] || rows[1] != again[1] {
		t.Error("the same seeds gave another result")
	}
}
