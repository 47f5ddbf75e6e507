package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Where every judged case is labelled and the judge passes all, there is nothing
// but a proportion: each end is Wilson's or the likelihood ratio's, whichever lies
// farther out.
func TestTrafficIsWilsonWithoutAJudge(t *testing.T) {
	for _, k := range []float64{1, 17, 49} {
		table := JudgeTable{TruePass: k, FalsePass: 50 - k, Pass: 50}
		got, want := table.Traffic(0.95), Wilson(k, 50, 0.95)
		ends := [2]float64{want.Lo, want.Hi}
		for i, side := range []float64{-1, 1} { // the likelihood ratio falls to 3.84 towards k/50
			for x := want.Lo * 0.1; x < 1; x += 1e-6 {
				if (x-k/50)*side > 0 && deviance(k, 50, x) <= 3.841459 {
					ends[i] = side * max(side*ends[i], side*x)
				}
			}
		}
		near(t, "lower end", got.Interval.Lo, ends[0], 1e-5)
		near(t, "upper end", got.Interval.Hi, ends[1], 1e-5)
		near(t, "estimate", got.Estimate, k/50, 1e-12)
		if set := table.ThisSet(0.95); math.Abs(set.Interval.Lo-k/50) > 1e-12 || math.Abs(set.Interval.Hi-k/50) > 1e-12 {
			t.Errorf("every case is labelled, and the set's rate is %+v", set)
		}
	}
}

// The ends are where the least statistic over all q, a, b with this θ is the
// quantile of χ²(1): found again by a plain search over q and a.
func TestTrafficAgainstPlainSearch(t *testing.T) {
	for _, table := range []JudgeTable{
		{TruePass: 82, FalsePass: 5, FalseFail: 4, TrueFail: 9, Pass: 860, Fail: 140},
		{TruePass: 46, FalsePass: 0, FalseFail: 2, TrueFail: 2, Pass: 930, Fail: 70},
		{TruePass: 30, FalsePass: 12, FalseFail: 10, TrueFail: 8, Pass: 200, Fail: 100},
	} {
		in := table.Traffic(0.95).Interval
		for _, theta := range []float64{in.Lo, in.Hi} {
			near(t, "statistic at an end", plainStatistic(table, theta), 3.841459, 0.02)
		}
	}
}

// plainStatistic maximises the likelihood under θ on a fine grid.
func plainStatistic(t JudgeTable, theta float64) float64 {
	log := func(k, p float64) float64 {
		if k == 0 {
			return 0
		}
		return k * math.Log(p)
	}
	best, at := math.Inf(-1), 0.0
	for i := 1; i < 1000; i++ {
		q := float64(i) / 1000
		for j := 0; j <= 2000; j++ {
			a := float64(j) / 2000
			b := (theta - q*a) / (1 - q)
			if b < 0 || b > 1 {
				continue
			}
			l := log(t.Pass, q) + log(t.Fail, 1-q) + log(t.TruePass, a) + log(t.FalsePass, 1-a) + log(t.FalseFail, b) + log(t.TrueFail, 1-b)
			if l > best {
				best = l
				at = statistic(count{t.Pass, t.Judged(), q}, count{t.TruePass, t.TruePass + t.FalsePass, a}, count{t.FalseFail, t.FalseFail + t.TrueFail, b})
			}
		}
	}
	return at
}

// Pass and fail mean the same when both are called by the other's name.
func TestTrafficMirrors(t *testing.T) {
	a := JudgeTable{TruePass: 82, FalsePass: 5, FalseFail: 4, TrueFail: 9, Pass: 860, Fail: 140}
	b := JudgeTable{TruePass: 9, FalsePass: 4, FalseFail: 5, TrueFail: 82, Pass: 140, Fail: 860}
	for _, of := range []func(JudgeTable, float64) Corrected{JudgeTable.Traffic, JudgeTable.ThisSet} {
		x, y := of(a, 0.9), of(b, 0.9)
		near(t, "lower end", x.Interval.Lo, 1-y.Interval.Hi, 1e-6)
		near(t, "upper end", x.Interval.Hi, 1-y.Interval.Lo, 1e-6)
		near(t, "estimate", x.Estimate, 1-y.Estimate, 1e-12)
	}
}

func TestTrafficWithoutKnowledge(t *testing.T) {
	if got := (JudgeTable{}).Traffic(0.95); got.Interval != (Interval{0, 1}) {
		t.Errorf("without a case: %+v", got)
	}
	if got := (JudgeTable{Pass: 900, Fail: 100}).Traffic(0.95); got.Interval.Lo > 1e-6 || got.Interval.Hi < 1-1e-6 {
		t.Errorf("without a label: %+v", got)
	}
	// Of the cases that the judge fails, nobody labelled one: they may all be good or bad.
	got := JudgeTable{TruePass: 40, Pass: 900, Fail: 100}.ThisSet(0.95)
	if got.Interval.Lo > 0.9*Wilson(40, 40, 0.95).Hi || got.Interval.Hi < 1-1e-6 {
		t.Errorf("no label where the judge fails: %+v", got)
	}
}

// A judge that knows makes labels worth more; one that guesses adds nothing.
func TestTrafficUsesTheJudge(t *testing.T) {
	width := func(c Corrected) float64 { return c.Interval.Hi - c.Interval.Lo }
	good := JudgeTable{TruePass: 88, FalsePass: 1, FalseFail: 2, TrueFail: 9, Pass: 890, Fail: 110}
	if got, alone := width(good.Traffic(0.95)), width(good.LabelsAlone(0.95)); got > 0.75*alone {
		t.Errorf("a good judge: %.4f, labels alone %.4f", got, alone)
	}
	guess := JudgeTable{TruePass: 45, FalsePass: 5, FalseFail: 45, TrueFail: 5, Pass: 500, Fail: 500}
	near(t, "width with a guessing judge", width(guess.Traffic(0.95))/width(guess.LabelsAlone(0.95)), 1, 0.04)
}

// The error rate by seeded simulation, over the judges of `bench/judge`.
func TestCorrectedCoverage(t *testing.T) {
	const runs = 800
	for _, j := range [][3]float64{{0.90, 0.95, 0.70}, {0.90, 0.95, 0.90}, {0.80, 0.90, 0.80}, {0.95, 0.98, 0.60}} {
		var traffic, set, ppi, rogan int
		for seed := range uint64(runs) {
			rng := rand.New(rand.NewPCG(seed, 50))
			table, own := drawTable(rng, j, 50, 1000)
			for _, c := range []struct {
				n     *int
				in    Interval
				truth float64
			}{{&traffic, table.Traffic(0.95).Interval, j[0]}, {&set, table.ThisSet(0.95).Interval, own},
				{&ppi, table.PPI(0.95).Interval, j[0]}, {&rogan, table.Rates().RoganGladen(table.Pass, table.Judged(), 0.95).Interval, j[0]}} {
				if c.in.Contains(c.truth) {
					*c.n++
				}
			}
		}
		for name, n := range map[string]int{"traffic": traffic, "set": set, "PPI++": ppi, "Rogan-Gladen": rogan} {
			if share := float64(n) / runs; share < 0.93 {
				t.Errorf("judge %v, 50 labels: %s covers %.4f", j, name, share)
			}
		}
	}
}

func drawTable(rng *rand.Rand, j [3]float64, labels, cases int) (t JudgeTable, own float64) {
	for i := range cases {
		good := rng.Float64() < j[0]
		right := j[2]
		if good {
			right = j[1]
			own += 1 / float64(cases)
		}
		pass := good == (rng.Float64() < right)
		if pass {
			t.Pass++
		} else {
			t.Fail++
		}
		switch {
		case i >= labels:
		case good && pass:
			t.TruePass++
		case good:
			t.FalseFail++
		case pass:
			t.FalsePass++
		default:
			t.TrueFail++
		}
	}
	return t, own
}

func BenchmarkTraffic(b *testing.B) {
	t := JudgeTable{TruePass: 82, FalsePass: 5, FalseFail: 4, TrueFail: 9, Pass: 860, Fail: 140}
	for b.Loop() {
		t.Traffic(0.95)
	}
}
