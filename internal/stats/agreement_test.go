package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// unitsOf turns rows of raters into units; 0 stands for "not rated".
func unitsOf(raters ...[]float64) [][]float64 {
	units := make([][]float64, len(raters[0]))
	for u := range units {
		for _, r := range raters {
			x := r[u]
			if x == 0 {
				x = math.NaN()
			}
			units[u] = append(units[u], x)
		}
	}
	return units
}

// The examples of Krippendorff, "Computing Krippendorff's Alpha-Reliability",
// 2011: B (nominal, binary), C (nominal, two observers), D (four observers,
// missing data, all scales). More digits by PyPI krippendorff 0.9.0.
func TestKrippendorffPublishedValues(t *testing.T) {
	d := unitsOf(
		[]float64{1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0},
		[]float64{1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3},
		[]float64{0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0},
		[]float64{1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0})
	binary := unitsOf([]float64{1, 2, 1, 1, 1, 1, 1, 1, 2, 1}, []float64{2, 2, 2, 1, 1, 2, 1, 1, 1, 1})
	letters := unitsOf([]float64{1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1}, []float64{2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4})
	for _, c := range []struct {
		name  string
		units [][]float64
		scale Scale
		want  float64
		n     int
	}{
		{"D nominal", d, NominalScale, 0.743421052631579, 11},
		{"D ordinal", d, OrdinalScale, 0.8153875037548814, 11},
		{"D interval", d, IntervalScale, 0.8491071428571428, 11},
		{"B nominal", binary, NominalScale, 0.09523809523809534, 10},
		{"C nominal", letters, NominalScale, 0.692, 12},
	} {
		a, ok := Krippendorff(c.units, c.scale, 0.95)
		tol := 1e-12
		if c.want == 0.692 {
			tol = 0.0005
		}
		if !ok || a.Units != c.n {
			t.Errorf("%s: %+v, %v", c.name, a, ok)
		}
		near(t, c.name, a.Alpha, c.want, tol)
		if !a.Interval.Contains(a.Alpha) || a.Interval.Hi-a.Interval.Lo < 0.05 {
			t.Errorf("%s: interval %+v", c.name, a.Interval)
		}
	}
}

func TestKrippendorffWithoutEvidence(t *testing.T) {
	for _, units := range [][][]float64{nil, {{1}, {0}}, {{1, math.NaN()}}, {{1, 1}, {1, 1}}} {
		if a, ok := Krippendorff(units, NominalScale, 0.95); ok {
			t.Errorf("%v: %+v", units, a)
		}
	}
	// Full agreement on few units is no proof of it.
	a, ok := Krippendorff([][]float64{{1, 1}, {0, 0}, {1, 1}, {0, 0}, {1, 1}}, NominalScale, 0.95)
	if !ok || a.Alpha != 1 || a.Interval.Hi != 1 || a.Interval.Lo > 0.4 {
		t.Errorf("five of five: %+v, %v", a, ok)
	}
}

// The bootstrap interval holds the α of the population about as often as it says.
func TestKrippendorffIntervalCovers(t *testing.T) {
	draw := func(rng *rand.Rand) []float64 {
		truth := math.Floor(2 * rng.Float64())
		u := make([]float64, 3)
		for i := range u {
			u[i] = truth
			if rng.Float64() < 0.15 {
				u[i] = 1 - truth
			}
		}
		return u
	}
	const want = 1 - 2*0.15*0.85/0.5 // by its definition, for two equally frequent words
	const runs = 120
	hits := 0
	for seed := range uint64(runs) {
		rng := rand.New(rand.NewPCG(seed, 3))
		units := make([][]float64, 80)
		for i := range units {
			units[i] = draw(rng)
		}
		a, _ := Krippendorff(units, NominalScale, 0.95)
		if a.Interval.Contains(want) {
			hits++
		}
	}
	if share := float64(hits) / runs; share < 0.89 {
		t.Errorf("covers %.3f", share)
	}
}

// Fleiss, Cohen and Everitt, 1969: κ = 0.429, standard error 0.054.
func TestKappaPublishedValue(t *testing.T) {
	kappa, se, in, ok := Kappa([][]float64{{106, 10, 4}, {22, 28, 10}, {2, 12, 6}}, 0.95)
	near(t, "kappa", kappa, 0.4285714286, 1e-9)
	near(t, "standard error", se, 0.0537110049, 1e-9)
	if !ok || math.Abs(in.Lo-(kappa-1.96*se)) > 1e-4 {
		t.Errorf("interval %+v", in)
	}
	if _, _, _, ok := Kappa([][]float64{{9, 0}, {0, 0}}, 0.95); ok {
		t.Error("one category only: kappa is not defined")
	}
	if _, _, _, ok := Kappa([][]float64{{0, 0}, {0, 0}}, 0.95); ok {
		t.Error("nothing rated: kappa is not defined")
	}
}

// Bonett and Price's adjusted interval, worked out by hand for 12 and 4 of 100.
func TestPairedDifference(t *testing.T) {
	got := PairedDifference(12, 4, 100, 0.95)
	near(t, "difference", got.Estimate, 0.08, 1e-12)
	near(t, "lower end", got.Interval.Lo, 0.0784314-1.959964*math.Sqrt((0.1764706-0.0784314*0.0784314)/102), 1e-6)
	near(t, "upper end", got.Interval.Hi, 0.0784314+1.959964*math.Sqrt((0.1764706-0.0784314*0.0784314)/102), 1e-6)
	if none := PairedDifference(0, 0, 0, 0.95); none.Interval != (Interval{-1, 1}) {
		t.Errorf("no pair: %+v", none)
	}
}
