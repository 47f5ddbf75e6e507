package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// spread makes the distances of 2k numbers, the last k shifted.
func spread(rng *rand.Rand, k int, noise, shift float64) [][]float64 {
	x := make([]float64, 2*k)
	for i := range x {
		x[i] = noise * rng.NormFloat64()
		if i >= k {
			x[i] += shift
		}
	}
	d := make([][]float64, 2*k)
	for i := range d {
		d[i] = make([]float64, 2*k)
		for j := range d[i] {
			d[i][j] = math.Abs(x[i] - x[j])
		}
	}
	return d
}

// The definition on a small case: x = {0, 0}, y = {3, 5}.
func TestEnergyDefinition(t *testing.T) {
	x := []float64{0, 0, 3, 5}
	d := make([][]float64, 4)
	for i := range d {
		d[i] = make([]float64, 4)
		for j := range d[i] {
			d[i][j] = math.Abs(x[i] - x[j])
		}
	}
	got, p := Energy([][][]float64{d}, 5000, 1)
	if want := 2*(3+5+3+5)/4.0 - 0 - 2*2/4.0; math.Abs(got-want) > 1e-12 {
		t.Errorf("distance %v, want %v", got, want)
	}
	if math.Abs(p-1.0/3) > 0.02 { // 2 of the 6 relabellings give as much
		t.Errorf("p = %v, want 1/3", p)
	}
	if _, p := Energy([][][]float64{spread(rand.New(rand.NewPCG(1, 1)), 1, 1, 9)}, 100, 1); p != 1 {
		t.Errorf("one draw each: p = %v", p)
	}
	if d, p := Energy(nil, 100, 1); d != 0 || p != 1 {
		t.Errorf("no case: %v, %v", d, p)
	}
	// Beyond what is listed beforehand the numbers are the same.
	big := [][][]float64{spread(rand.New(rand.NewPCG(3, 3)), 7, 1, 1.2)}
	_, p1 := Energy(big, 20_000, 1)
	_, p2 := Energy(big, 20_000, 2)
	if p1 < 0.0001 || p1 > 0.2 || math.Abs(p1-p2) > 0.02 {
		t.Errorf("%v and %v", p1, p2)
	}
}

// TestEnergyRates: no more false alarms than alpha when a version is compared
// with itself, even where the cases' own noise differs a hundredfold; and a
// small but real difference is found.
func TestEnergyRates(t *testing.T) {
	const runs = 400
	const alpha = 0.05
	rng := rand.New(rand.NewPCG(5, 8))
	rate := func(cases, k int, shift func(i int) float64) float64 {
		found := 0
		for run := range runs {
			all := make([][][]float64, cases)
			for i := range all {
				noise := math.Pow(10, 2*float64(i)/float64(cases))
				all[i] = spread(rng, k, noise, shift(i)*noise)
			}
			if _, p := Energy(all, 199, uint64(run)); p <= alpha {
				found++
			}
		}
		return float64(found) / runs
	}
	slack := 3 * math.Sqrt(alpha*(1-alpha)/runs)
	for _, k := range []int{2, 3, 5} {
		r := rate(20, k, func(int) float64 { return 0 })
		t.Logf("k = %d: %.3f false alarms at %.2f", k, r, alpha)
		if r > alpha+slack {
			t.Errorf("k = %d: %.3f false alarms", k, r)
		}
	}
	r := rate(30, 3, func(int) float64 { return 1.5 })
	t.Logf("power: %.3f", r)
	if r < 0.95 {
		t.Errorf("a shift of 1.5 sd in 30 cases is found in %.3f", r)
	}
	if r := rate(30, 3, func(i int) float64 { return 3 * float64(i/15) }); r < 0.9 {
		t.Errorf("a shift of 3 sd in half of the cases is found in %.3f", r)
	}
}

func TestEMcNemar(t *testing.T) {
	for _, c := range []struct {
		w, l int
		want float64
	}{{0, 0, 1}, {1, 0, 1}, {2, 0, 1.5}, {1, 1, 0.5}, {5, 0, 7.875}, {0, 5, 7.875}} {
		if got := EMcNemar(c.w, c.l); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("EMcNemar(%d, %d) = %v, want %v", c.w, c.l, got, c.want)
		}
	}
	// The mean over all outcomes of n fair pairs is 1.
	for _, n := range []int{1, 7, 30} {
		sum := 0.0
		for w := range n + 1 {
			sum += math.Exp(logChoose(n, w)-float64(n)*math.Ln2) * EMcNemar(w, n-w)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("n = %d: the mean is %v", n, sum)
		}
	}
	// Looked at after every pair, it is rarely over 1/alpha.
	rng := rand.New(rand.NewPCG(2, 4))
	wrong := 0
	for range 2000 {
		w, l := 0, 0
		for range 500 {
			if rng.IntN(2) == 0 {
				w++
			} else {
				l++
			}
			if EMcNemar(w, l) >= 20 {
				wrong++
				break
			}
		}
	}
	if wrong > 2000*5/100 {
		t.Errorf("%d of 2000 false alarms", wrong)
	}
}

// TestShift: the definition, the exact p of a sign test where each case has one
// draw, and the rate of false alarms.
func TestShift(t *testing.T) {
	mean, p := Shift([][]float64{{0, 1}, {0, 1}, {0, 1}, {0, 1}, {1, 1}}, 20_000, 1)
	if math.Abs(mean-0.8) > 1e-12 || math.Abs(p-2.0/16) > 0.01 { // all 4 that differ, either way
		t.Errorf("mean %v, p %v", mean, p)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	alarms, runs := 0, 400
	for run := range runs {
		cases := make([][]float64, 30)
		for i := range cases {
			for range 6 {
				x := 0.0
				if rng.Float64() < float64(i)/30 {
					x = 1
				}
				cases[i] = append(cases[i], x)
			}
		}
		if _, p := Shift(cases, 199, uint64(run)); p <= 0.05 {
			alarms++
		}
	}
	if r := float64(alarms) / float64(runs); r > 0.05+3*math.Sqrt(0.05*0.95/float64(runs)) {
		t.Errorf("%.3f false alarms", r)
	}
	if mean, p := Shift(nil, 10, 1); mean != 0 || p != 1 {
		t.Error(mean, p)
	}
}
