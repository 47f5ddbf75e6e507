package stats

import (
	"math"
	"slices"
	"testing"
)

// The published implementation (PyPI ppi-python 0.2.3, ppi_mean_pointestimate
// and ppi_mean_ci at alpha 0.05) on the same numbers.
func TestPPIWaldAgainstThePublishedCode(t *testing.T) {
	var labels, scores, unseen []float64
	for _, c := range []struct {
		n            int
		label, score float64
	}{{30, 1, 1}, {1, 0, 1}, {6, 1, 0}, {3, 0, 0}} {
		for range c.n {
			labels, scores = append(labels, c.label), append(scores, c.score)
		}
	}
	for i := range 300 {
		score := 0.0
		if i < 233 {
			score = 1
		}
		unseen = append(unseen, score)
	}
	got := PPIWald(labels, scores, unseen, 0.95)
	near(t, "estimate", got.Estimate, 0.90044352, 1e-6)
	near(t, "lower end", got.Interval.Lo, 0.81498567, 1e-6)
	near(t, "upper end", got.Interval.Hi, 0.98590137, 1e-6)

	labels = []float64{.1, .9, .7, .8, .95, .3, .6, 1, .85, .75, .5, .9}
	scores = []float64{.2, .8, .75, .7, 1, .5, .4, .9, .8, .9, .6, .7}
	unseen = nil
	for k := range 60 {
		unseen = append(unseen, float64(k*37%101)/100)
	}
	got = PPIWald(labels, scores, unseen, 0.95)
	near(t, "estimate", got.Estimate, 0.60029199, 1e-6)
	near(t, "lower end", got.Interval.Lo, 0.49375454, 1e-6)
	near(t, "upper end", got.Interval.Hi, 0.70682944, 1e-6)
}

// Labels of which none fails must not give a point.
func TestPPISmallKeepsItsDoubts(t *testing.T) {
	all := JudgeTable{TruePass: 50, Pass: 1000}
	got, alone := all.PPI(0.95).Interval, all.LabelsAlone(0.95).Interval
	if got.Lo > alone.Lo+0.03 || got.Hi != 1 {
		t.Errorf("50 of 50: %+v, labels alone %+v", got, alone)
	}
	if wald := all.PPIWald(0.95).Interval; wald != (Interval{1, 1}) {
		t.Errorf("the normal interval is %+v: this test has lost its point", wald)
	}
	for _, c := range []PPI{PPISmall([]float64{1}, []float64{1}, []float64{1}, 0.95), PPISmall(nil, nil, nil, 0.95), PPISmall([]float64{1, 0}, []float64{1}, nil, 0.95)} {
		if c.Interval != (Interval{0, 1}) {
			t.Errorf("without two pairs: %+v", c)
		}
	}
	same := PPISmall([]float64{.7, .7, .7}, []float64{.5, .6, .7}, []float64{.4, .9}, 0.95)
	if !(same.Interval.Hi-same.Interval.Lo > 0.2) {
		t.Errorf("three equal labels are no certainty: %+v", same)
	}
}

// A judge whose scores say nothing is not used.
func TestPPIIgnoresAUselessJudge(t *testing.T) {
	labels := []float64{1, 0, 1, 0, 1, 0, 1, 0}
	scores := []float64{.2, .2, .8, .8, .2, .2, .8, .8}
	got := PPISmall(labels, scores, []float64{1, 1, 1, 1}, 0.95)
	if got.Lambda != 0 || got.Estimate != 0.5 {
		t.Errorf("%+v", got)
	}
}

// Where nearly all pass, or hardly any, 50 labels with a judge that says nothing
// keep the level: exact, over all counts.
func TestPPISmallCoversNearTheEnds(t *testing.T) {
	const n = 50
	for _, truth := range []float64{0.02, 0.05, 0.95, 0.98} {
		covers, chance := 0.0, math.Pow(1-truth, n)
		for k := range n + 1 {
			labels := make([]float64, n)
			for i := range k {
				labels[i] = 1
			}
			in := PPISmall(labels, slices.Repeat([]float64{0.8}, n), []float64{0.8, 0.8}, 0.95).Interval
			if in.Lo <= truth && truth <= in.Hi {
				covers += chance
			}
			chance *= truth / (1 - truth) * float64(n-k) / float64(k+1)
		}
		if covers < 0.94 {
			t.Errorf("at %g: covers in %.3f", truth, covers)
		}
	}
}
