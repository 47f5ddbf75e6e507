package stats

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveBound tries every m of a grid on its own.
func naiveBound(draws []Draw, units int, alpha float64, n int) float64 {
	best := 0.0
	for m := 0.001; m < 1; m += 0.001 {
		b := NewBetting(m, units)
		for _, d := range draws[:n] {
			b.Add(d)
			if b.Wealth() >= 1/alpha || b.Settled() {
				best = m
				break
			}
		}
	}
	return best
}

func TestLowerBoundsEqualTheGrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 6 {
		draws := randomDraws(rng, 120, 0.8)
		for _, units := range []int{0, 120, 300} {
			looks := []int{1, 10, 40, 120}
			got := LowerBounds(draws, units, 0.05, looks, 0.7, 1e-6)
			for j, n := range looks {
				want := naiveBound(draws, units, 0.05, n)
				if got[j] < want-1e-9 || got[j] > want+0.0011 {
					t.Errorf("units %d, n=%d: bound %v, the grid says %v", units, n, got[j], want)
				}
			}
			if !slices.IsSorted(got) {
				t.Errorf("bounds fall: %v", got)
			}
			alone := LowerBounds(draws, units, 0.05, looks[2:3], 0.7, 1e-6)
			near(t, "bound at one look alone", alone[0], got[2], 1e-6)
		}
	}
}

// Whether the bound reaches split is decided exactly, however coarse tol is.
func TestLowerBoundsSplitExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		draws := randomDraws(rng, 60, 0.95)
		const split = 0.6
		b := NewBetting(split, 100)
		reached := false
		for _, d := range draws {
			b.Add(d)
			reached = reached || b.Wealth() >= 10 || b.Settled()
		}
		got := LowerBounds(draws, 100, 0.1, []int{len(draws)}, split, 0.05)[0]
		if (got >= split) != reached {
			t.Fatalf("bound %v, but rejected at %v is %v", got, split, reached)
		}
	}
}

// The bound of 200 draws is above the true mean at some look in at most alpha
// of all orders.
func TestLowerBoundsCover(t *testing.T) {
	const runs, alpha = 1500, 0.1
	rng := rand.New(rand.NewPCG(7, 8))
	set := randomDraws(rng, 200, 0.85)
	mean := weightedMean(set)
	wrong := 0
	for range runs {
		rng.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		if LowerBounds(set, len(set), alpha, []int{150}, mean-1e-9, 0.01)[0] >= mean {
			wrong++
		}
	}
	if rate := float64(wrong) / runs; rate > alpha || wrong == 0 {
		t.Errorf("above the mean in %.3f of the runs, want at most %v and not never", rate, alpha)
	}
}

func TestLowerBoundsWithoutLooks(t *testing.T) {
	if got := LowerBounds(nil, 10, 0.05, nil, 0.5, 1e-6); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := LowerBounds(nil, 10, 0.05, []int{0}, 0.5, 1e-6); got[0] != 0 {
		t.Errorf("before the first draw the bound is %v, want 0", got[0])
	}
}

func BenchmarkLowerBounds5000(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 10))
	draws := make([]Draw, 5000)
	for i := range draws {
		draws[i].R = 1
		if rng.Float64() < 0.9 {
			draws[i].X = 1
		}
	}
	for b.Loop() {
		LowerBounds(draws, 6000, 0.05, []int{5000}, 0.9, 1e-6)
	}
}
