package stats

import (
	"math/rand/v2"
	"testing"
)

// The error rate by seeded simulation, where normal intervals fall short: scores
// of which most are 1, and differences of which most are 0.
func TestUnitMeanCovers(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand) (x, mean float64){
		"pass or fail": func(r *rand.Rand) (float64, float64) { return one(r.Float64() < 0.95), 0.95 },
		"mostly 1":     func(r *rand.Rand) (float64, float64) { return 1 - one(r.Float64() < 0.2)*r.Float64(), 0.9 },
		"mostly middle": func(r *rand.Rand) (float64, float64) {
			return 0.5 + 0.5*(one(r.Float64() < 0.1)-one(r.Float64() < 0.1)), 0.5
		},
		"spread": func(r *rand.Rand) (float64, float64) { return r.Float64(), 0.5 },
	} {
		hits := 0
		const runs = 2000
		for seed := range uint64(runs) {
			rng := rand.New(rand.NewPCG(seed, 40))
			xs := make([]float64, 40)
			var mean float64
			for i := range xs {
				xs[i], mean = draw(rng)
			}
			if UnitMean(xs, 0.95).Interval.Contains(mean) {
				hits++
			}
		}
		if share := float64(hits) / runs; share < 0.93 {
			t.Errorf("%s: covers %.4f", name, share)
		}
	}
	if same := UnitMean([]float64{1, 1, 1, 1, 1, 1, 1, 1}, 0.95); same.Interval.Hi != 1 || same.Interval.Lo > 0.75 {
		t.Errorf("eight of eight: %+v", same)
	}
	if single := UnitMean([]float64{0.4}, 0.95); single.Interval != (Interval{0, 1}) {
		t.Errorf("one value: %+v", single)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
