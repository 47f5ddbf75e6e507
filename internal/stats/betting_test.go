package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// permutations calls do with every order of xs.
func permutations(xs []Draw, k int, do func([]Draw)) {
	if k == len(xs) {
		do(xs)
		return
	}
	for i := k; i < len(xs); i++ {
		xs[k], xs[i] = xs[i], xs[k]
		permutations(xs, k+1, do)
		xs[k], xs[i] = xs[i], xs[k]
	}
}

// meanWealth is the expected wealth after n draws without replacement.
func meanWealth(set []Draw, m float64, n int) float64 {
	var sum, orders float64
	permutations(set, 0, func(order []Draw) {
		b := NewBetting(m, len(order))
		for _, d := range order[:n] {
			b.Add(d)
		}
		sum += b.Wealth()
		orders++
	})
	return sum / orders
}

func weightedMean(set []Draw) float64 {
	var sum, weight float64
	for _, d := range set {
		sum += d.R * d.X
		weight += d.R
	}
	return sum / weight
}

// Over all orders of a small set the bet is exactly fair at the boundary of its
// hypothesis, unfavourable inside and favourable outside: with equal weights
// and with unequal ones.
func TestBettingIsFairWithoutReplacement(t *testing.T) {
	sets := map[string][]Draw{
		"equal":    {{1, 1}, {0, 1}, {1, 1}, {0.5, 1}, {0.25, 1}, {1, 1}},
		"weighted": {{1, 0.2}, {0, 1}, {0.9, 0.5}, {0.3, 0.7}, {1, 1}, {0.6, 0.1}},
	}
	for name, set := range sets {
		mean := weightedMean(set)
		for n := 1; n <= 3; n++ {
			near(t, name+": expected wealth at the boundary", meanWealth(set, mean, n), 1, 1e-12)
			if w := meanWealth(set, mean+0.1, n); w >= 1 {
				t.Errorf("%s: expected wealth %v under the hypothesis, want < 1", name, w)
			}
			if w := meanWealth(set, mean-0.1, n); w <= 1 {
				t.Errorf("%s: expected wealth %v against the hypothesis, want > 1", name, w)
			}
		}
	}
}

func TestBettingIsFairWithReplacement(t *testing.T) {
	set := []Draw{{1, 0.5}, {0, 1}, {0.4, 0.8}}
	var sum float64
	for i := range 27 {
		b := NewBetting(weightedMean(set), 0)
		for _, k := range []int{i % 3, i / 3 % 3, i / 9} {
			b.Add(set[k])
		}
		sum += b.Wealth()
	}
	near(t, "expected wealth", sum/27, 1, 1e-12)
}

func randomDraws(rng *rand.Rand, n int, p float64) []Draw {
	draws := make([]Draw, n)
	for i := range draws {
		draws[i] = Draw{X: rng.Float64(), R: 0.05 + 0.95*rng.Float64()}
		if rng.IntN(3) > 0 {
			draws[i].X = 0
			if rng.Float64() < p {
				draws[i].X = 1
			}
		}
	}
	return draws
}

// The bisection rests on this: at every moment the wealth falls as m rises.
func TestWealthFallsInM(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 5 + rng.IntN(60)
		draws := randomDraws(rng, n, rng.Float64())
		units := n * rng.IntN(2)
		const steps = 40
		var bets [steps]Betting
		for j := range bets {
			bets[j] = NewBetting((float64(j)+0.5)/steps, units)
		}
		for _, d := range draws {
			for j := range bets {
				bets[j].Add(d)
				if j == 0 || bets[j-1].Settled() {
					continue
				}
				if bets[j].Settled() {
					t.Fatal("settled at a larger m but not at a smaller one")
				}
				if bets[j].Wealth() > bets[j-1].Wealth()*(1+1e-9) {
					t.Fatalf("wealth %v at m=%v, %v below it", bets[j].Wealth(), bets[j].m, bets[j-1].Wealth())
				}
			}
		}
	}
}

func TestBettingSettles(t *testing.T) {
	b := NewBetting(0.5, 4)
	for range 2 {
		if b.Settled() {
			t.Fatal("settled too early")
		}
		b.Add(Draw{1, 1})
	}
	if !b.Settled() {
		t.Error("two of four reach a mean of a half for sure")
	}
	before := b.Wealth()
	b.Add(Draw{1, 1})
	if b.Wealth() != before {
		t.Error("a settled bet must rest")
	}
}

// Long runs of bad luck close bets for good without harming the others.
func TestBettingNeverBreaks(t *testing.T) {
	for _, m := range []float64{0, 1e-12, 1e-6, 0.5, 1 - 1e-6, 1} {
		b := NewBetting(m, 0)
		for i := range 50_000 {
			b.Add(Draw{X: float64(i / 25_000), R: 1})
			if w := b.Wealth(); math.IsNaN(w) || w < 0 {
				t.Fatalf("m=%v: wealth %v after %d draws", m, w, i+1)
			}
			if b.Wealth() > 1e9 {
				break
			}
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	bet := NewBetting(0.9, 0)
	for i := range b.N {
		x := 1.0
		if i%10 == 0 {
			x = 0
		}
		bet.Add(Draw{x, 1})
	}
}
