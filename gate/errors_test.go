package gate

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// wrongRate is the share of runs in which a set in random order, or traffic of
// its make-up, gets the wrong verdict at any look before the full run.
func wrongRate(t *testing.T, r Rule, d Design, set []Sample, wrong Verdict) float64 {
	const runs = 1500
	rng := rand.New(rand.NewPCG(31, 32))
	hits := 0
	for range runs {
		test := start(t, r, d)
		rng.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		for i := 0; i < len(set) && test.Verdict() == Undecided; i++ {
			s := set[i]
			if d.Population {
				s = set[rng.IntN(len(set))]
			}
			test.Observe(s)
		}
		if test.Verdict() == wrong {
			hits++
		}
	}
	return float64(hits) / runs
}

// At the bar, where it is hardest, neither verdict is wrong more often than
// alpha over all looks; nor is the test so careful that it never errs.
func TestErrorRates(t *testing.T) {
	const n = 200
	differences := func(wins, losses int) []Sample {
		out := append(repeat(one(1), wins), repeat(one(-1), losses)...)
		return append(out, repeat(one(0), n-wins-losses)...)
	}
	notWorse := Rule{Kind: NotWorse, Margin: 0.05, Alpha: 0.1}
	better := Rule{Kind: Better, Alpha: 0.1}
	atLeast := Rule{Bar: 0.9, Alpha: 0.1}
	for _, c := range []struct {
		rule  Rule
		set   []Sample
		wrong Verdict
	}{
		{atLeast, shuffled(1, n, 179), Pass}, {atLeast, shuffled(1, n, 180), Fail},
		{notWorse, differences(15, 26), Pass}, {notWorse, differences(15, 25), Fail},
		{better, differences(20, 20), Pass}, {better, differences(21, 20), Fail},
	} {
		for _, population := range []bool{false, true} {
			d := plainSet(n)
			d.Population = population
			name := fmt.Sprintf("%v, population %v, false %v", c.rule, population, c.wrong)
			if rate := wrongRate(t, c.rule, d, c.set, c.wrong); rate > c.rule.Alpha || rate == 0 {
				t.Errorf("%s: rate %.4f, want in (0,%v]", name, rate, c.rule.Alpha)
			}
		}
	}
}

// Clusters of unequal weight, with the heavy ones worse, at the bar.
func TestErrorRatesOfClusters(t *testing.T) {
	rule := Rule{Bar: 0.8, Alpha: 0.1}
	d := Design{Units: 150}
	var set []Sample
	for i := range d.Units {
		w := float64(1 + i%10)
		x := 1 - 0.04*(w-1) // weighted mean: 1 - 0.04*(385/55 - 1) = 0.76
		set = append(set, Sample{Lo: x, Hi: x, Weight: w, Judged: w, Cases: 1 + i%10})
		d.TotalWeight += w
		d.MaxWeight = max(d.MaxWeight, w)
		d.Cases += 1 + i%10
	}
	rule.Bar = 0.76
	if rate := wrongRate(t, rule, d, set, Fail); rate > rule.Alpha {
		t.Errorf("false fail at the bar: %.4f", rate)
	}
	rule.Bar = 0.761
	if rate := wrongRate(t, rule, d, set, Pass); rate > rule.Alpha {
		t.Errorf("false pass just below the bar: %.4f", rate)
	}
	// An unweighted mean of the clusters, 0.82, would pass here.
	rule.Bar = 0.79
	if rate := wrongRate(t, rule, d, set, Fail); rate < 0.99 {
		t.Errorf("0.76 fails a bar of 0.79 in only %.4f of the runs", rate)
	}
}
