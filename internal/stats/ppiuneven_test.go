package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// alike makes cases of the same weight, each its own cluster.
func alike(labels, scores, unseen []float64) (out []JudgedCase) {
	for i := range labels {
		out = append(out, JudgedCase{Weight: 1, Cluster: len(out), Score: scores[i], Label: labels[i]})
	}
	for _, f := range unseen {
		out = append(out, JudgedCase{Weight: 1, Cluster: len(out), Score: f, Label: math.NaN()})
	}
	return out
}

// Over equal and independent cases it is PPI++: the same estimate, and about the
// same interval.
func TestUnevenOfEvenCases(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var labels, scores, unseen []float64
	for i := range 1000 {
		label, score := 0.0, rng.Float64()*0.6
		if rng.Float64() < 0.8 {
			label, score = 1, 0.4+rng.Float64()*0.6
		}
		if i < 100 {
			labels, scores = append(labels, label), append(scores, score)
		} else {
			unseen = append(unseen, score)
		}
	}
	got, want := PPIUneven(alike(labels, scores, unseen), false, 0.95), PPISmall(labels, scores, unseen, 0.95)
	near(t, "estimate", got.Estimate, want.Estimate, 0.01)
	near(t, "lower end", got.Interval.Lo, want.Interval.Lo, 0.01)
	near(t, "upper end", got.Interval.Hi, want.Interval.Hi, 0.01)
	near(t, "labels", got.Labels, 100, 1e-9)
	set := PPIUneven(alike(labels, scores, unseen), true, 0.95)
	if set.Interval.Hi-set.Interval.Lo >= got.Interval.Hi-got.Interval.Lo {
		t.Errorf("the set's own rate %+v is no better known than the traffic's %+v", set.Interval, got.Interval)
	}
}

// Ten copies of each labelled case under one cluster say no more than one.
func TestUnevenIsNotFooledByCopies(t *testing.T) {
	var once, tenfold []JudgedCase
	for c := range 400 {
		x := JudgedCase{Weight: 1, Cluster: c, Score: float64(c % 5 / 4), Label: math.NaN()}
		if c < 40 {
			x.Label = float64(min(c%4, 1))
		}
		once = append(once, x)
		for range 10 {
			tenfold = append(tenfold, x)
		}
	}
	for _, set := range []bool{false, true} {
		a, b := PPIUneven(once, set, 0.95), PPIUneven(tenfold, set, 0.95)
		near(t, "estimate", b.Estimate, a.Estimate, 1e-9)
		near(t, "independent labels", b.Labels, 40, 1e-9)
		near(t, "width", (b.Interval.Hi-b.Interval.Lo)/(a.Interval.Hi-a.Interval.Lo), 1, 0.02)
	}
}

// The mean is that of the weights: one heavy case that all know counts for many.
func TestUnevenWeighs(t *testing.T) {
	var cases []JudgedCase
	for i := range 200 {
		x := JudgedCase{Weight: 1, Cluster: i, Score: 1, Label: 1}
		if i%4 == 0 {
			x = JudgedCase{Weight: 3, Cluster: i, Score: 0, Label: 0}
		}
		cases = append(cases, x)
	}
	got := PPIUneven(cases, true, 0.95)
	near(t, "estimate", got.Estimate, 0.5, 1e-9)
	if got.Interval.Hi-got.Interval.Lo > 1e-3 {
		t.Errorf("every case is labelled, and the set's rate is %+v", got.Interval)
	}
}

// Labels of which those of one kind were drawn four times as often stand for what
// they were drawn from.
func TestUnevenOfKindsDrawnApart(t *testing.T) {
	var cases []JudgedCase
	for i := range 1000 { // 800 score 1, of which 90 % are good; 200 score 0, of which 20 % are
		x := JudgedCase{Weight: 1, Cluster: i, Label: math.NaN()}
		switch {
		case i >= 200:
			x.Score = 1
			if i < 300 {
				x.Label, x.Stands = 1, 8
				if i%10 == 0 {
					x.Label = 0
				}
			}
		case i < 100:
			x.Label, x.Stands = 0, 2
			if i%5 == 0 {
				x.Label = 1
			}
		}
		cases = append(cases, x)
	}
	got := PPIUneven(cases, true, 0.95)
	near(t, "estimate", got.Estimate, 0.8*0.9+0.2*0.2, 1e-9)
	if !(got.Interval.Lo > 0.68 && got.Interval.Hi < 0.83) {
		t.Errorf("%+v", got)
	}
}

// Too few clusters are no evidence, however many labels they hold.
func TestUnevenOfFewClusters(t *testing.T) {
	var cases []JudgedCase
	for i := range 500 {
		x := JudgedCase{Weight: 1, Cluster: i / 25, Score: 1, Label: math.NaN()}
		if i < 200 { // 8 clusters of 25
			x.Label = float64(i % 2)
		}
		cases = append(cases, x)
	}
	if got := PPIUneven(cases, true, 0.95); got.Interval != (Interval{0, 1}) || math.Abs(got.Labels-8) > 1e-9 {
		t.Errorf("%+v", got)
	}
	if got := PPIUneven(nil, true, 0.95); got.Interval != (Interval{0, 1}) || got.Labels != 0 {
		t.Errorf("no case: %+v", got)
	}
}

// Student's quantiles of the usual tables.
func TestStudentQuantile(t *testing.T) {
	for freedom, want := range map[float64]float64{9: 2.262, 20: 2.086, 60: 2.000, 1e6: 1.960} {
		near(t, "t", studentQuantile(0.975, freedom), want, 2e-3)
	}
}

// The error rate by seeded simulation: clusters that are good or bad as wholes, and
// weights that bad cases have more of.
func TestUnevenCoverage(t *testing.T) {
	const runs = 400
	covered := 0
	for seed := range uint64(runs) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var cases []JudgedCase
		sum, weight := 0.0, 0.0
		for c := range 150 {
			good := 0.0
			if rng.Float64() < 0.85 {
				good = 1
			}
			for range 4 {
				x := JudgedCase{Weight: 1 + 2*(1-good)*rng.Float64(), Cluster: c, Score: good, Label: good}
				if rng.Float64() < 0.15 {
					x.Score = 1 - good
				}
				sum, weight = sum+x.Weight*good, weight+x.Weight
				if c >= 30 {
					x.Label = math.NaN()
				}
				cases = append(cases, x)
			}
		}
		if PPIUneven(cases, true, 0.95).Interval.Contains(sum / weight) {
			covered++
		}
	}
	if share := float64(covered) / runs; share < 0.93 {
		t.Errorf("coverage %.3f", share)
	}
}
