package gate

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// byInterval reads the verdict off the interval.
func byInterval(d Decision) Verdict {
	switch bar := d.Rule.ownBar(); {
	case d.Interval.Lo >= bar:
		return Pass
	case d.Interval.Hi <= bar:
		return Fail
	}
	return Undecided
}

// randomUnits makes units of several cases, weights, graded scores and some
// that could not be judged, with their design.
func randomUnits(rng *rand.Rand, n int, rate float64, paired bool) ([]Sample, Design) {
	d := Design{Units: n}
	samples := make([]Sample, n)
	for i := range samples {
		cases := 1 + rng.IntN(4)
		x := min(max(rate+0.3*(rng.Float64()-0.5), 0), 1)
		if rng.IntN(2) == 0 {
			x = math.Round(x)
		}
		if paired {
			x = 2*x - 1
		}
		s := Sample{Lo: x, Hi: x, Weight: float64(cases) * (0.5 + rng.Float64()), Cases: cases}
		s.Judged = s.Weight
		if rng.IntN(25) == 0 {
			s.Judged, s.Lo, s.Hi = 0, 0, 1
			if paired {
				s.Lo = -1
			}
		}
		samples[i] = s
		d.TotalWeight += s.Weight
		d.MaxWeight = max(d.MaxWeight, s.Weight)
		d.Cases += cases
	}
	return samples, d
}

// Verdict and interval agree at every look, bounds are nested until certainty
// takes over, and a Decision in between changes nothing.
func TestVerdictAndIntervalAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	rules := []Rule{
		{Bar: 0.9, Alpha: 0.05}, {Bar: 0.6, Alpha: 0.2}, {Bar: 0.03, Alpha: 0.05},
		{Kind: NotWorse, Margin: 0.03, Alpha: 0.1}, {Kind: Better, Alpha: 0.1},
	}
	for run := range 60 {
		r := rules[run%len(rules)]
		samples, design := randomUnits(rng, 120, r.scaledBar()+0.25*(rng.Float64()-0.5), r.paired())
		design.Population = run%3 == 0
		test, quiet := start(t, r, design), start(t, r, design)
		var last Decision
		for i, s := range samples {
			test.Observe(s)
			quiet.Observe(s)
			d := test.Decision()
			if got := byInterval(d); got != d.Verdict && d.HasData {
				t.Fatalf("run %d, unit %d: verdict %v but interval says %v: %+v", run, i+1, d.Verdict, got, d)
			}
			if d.Interval.Lo > d.Interval.Hi || d.Interval.Lo < -1 || d.Interval.Hi > 1 {
				t.Fatalf("run %d, unit %d: interval %v", run, i+1, d.Interval)
			}
			open := d.Verdict == Undecided && last.Verdict == Undecided && i > 0 && !d.Census
			if open && (d.Interval.Lo < last.Interval.Lo-3e-5 || d.Interval.Hi > last.Interval.Hi+3e-5) {
				t.Fatalf("run %d, unit %d: %v is not inside %v", run, i+1, d.Interval, last.Interval)
			}
			last = d
		}
		if a, b := test.Decision(), quiet.Decision(); a.Verdict != b.Verdict || a.Interval != b.Interval || a.Reason != b.Reason {
			t.Fatalf("looking changed the outcome: %+v, %+v", a, b)
		}
	}
}

func TestPath(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	samples, design := randomUnits(rng, 400, 0.93, false)
	test := start(t, atLeast90, design)
	if p := test.Path(24); len(p) != 0 {
		t.Errorf("a path without samples: %v", p)
	}
	var each []Decision
	for _, s := range samples[:300] {
		test.Observe(s)
		each = append(each, test.Decision())
	}
	path := test.Path(24)
	if len(path) < 20 || len(path) > 24 {
		t.Fatalf("%d looks", len(path))
	}
	i := 0
	for _, look := range path {
		for each[i].N != look.N {
			i++
		}
		d := each[i]
		if math.Abs(look.Lo-d.Interval.Lo) > 0.0011 || math.Abs(look.Hi-d.Interval.Hi) > 0.0011 || math.Abs(look.Estimate-d.Estimate) > 1e-9 {
			t.Errorf("look %+v, decision then %+v", look, d)
		}
	}
	end, now := path[len(path)-1], test.Decision()
	if end.N != now.N || end.Lo != now.Interval.Lo || end.Hi != now.Interval.Hi {
		t.Errorf("the last look %+v is not the decision %+v", end, now)
	}
	observe(test, samples[300:]...)
	path = test.Path(24)
	if end := path[len(path)-1]; end.N != design.Cases || end.Lo != test.Decision().Interval.Lo {
		t.Errorf("full run: last look %+v", end)
	}
	if got := observe(start(t, atLeast90, plainSet(9)), one(1), one(0)).Path(24); len(got) != 2 {
		t.Errorf("two samples: %v", got)
	}
}

func TestTrafficOfPlainCasesIsWilson(t *testing.T) {
	rule := Rule{Bar: 0.2, Alpha: 0.05}
	d := observe(start(t, rule, plainSet(263)), shuffled(1, 263, 81)...).Decision()
	if math.Abs(d.Traffic.Lo-0.2553) > 5e-5 || math.Abs(d.Traffic.Hi-0.3662) > 5e-5 {
		t.Errorf("81 of 263: %v, want Newcombe's [0.2553, 0.3662]", *d.Traffic)
	}
	// 50 clusters of 10 equal cases carry no more than 50 cases.
	design := Design{Units: 50, TotalWeight: 500, MaxWeight: 10, Cases: 500}
	clustered := start(t, rule, design)
	for i := range 50 {
		x := float64(i % 2)
		clustered.Observe(Sample{Lo: x, Hi: x, Weight: 10, Judged: 10, Cases: 10})
	}
	single := observe(start(t, rule, plainSet(50)), shuffled(1, 50, 25)...)
	a, b := clustered.Decision().Traffic, single.Decision().Traffic
	if math.Abs(a.Lo-b.Lo) > 1e-9 || math.Abs(a.Hi-b.Hi) > 1e-9 {
		t.Errorf("clusters %v, their number of single cases %v", *a, *b)
	}
}

func TestReasons(t *testing.T) {
	run := func(r Rule, d Design, samples []Sample, upTo int) (Decision, string) {
		got := observe(start(t, r, d), samples[:upTo]...).Decision()
		return got, got.Reason
	}
	_, s := run(atLeast90, plainSet(1000), shuffled(1, 1000, 913), 1000)
	if s != "all 1000 cases: 0.9130 >= 0.9" {
		t.Error(s)
	}
	_, s = run(atLeast90, plainSet(100_000), shuffled(1, 100_000, 89_999), 100_000)
	if s != "all 100000 cases: 0.89999 < 0.9" {
		t.Error(s)
	}
	_, s = run(atLeast90, plainSet(1000), repeat(one(1), 100), 100)
	if !strings.HasPrefix(s, "1.000 after 100 of 1000 cases; lower bound 0.9") || !strings.HasSuffix(s, ">= 0.9") {
		t.Error(s)
	}
	_, s = run(atLeast90, plainSet(1000), shuffled(1, 1000, 500), 100)
	if !strings.Contains(s, "upper bound 0.") || !strings.HasSuffix(s, "< 0.9") {
		t.Error(s)
	}
	d, s := run(atLeast90, plainSet(1000), shuffled(3, 1000, 940), 60)
	if d.Verdict != Undecided || d.Needs <= 0 || !strings.Contains(s, "needs about") {
		t.Error(s)
	}
	ten := append(append(repeat(one(1), 4), one(0)), repeat(one(1), 5)...)
	d, s = run(atLeast90, plainSet(100), append(append(ten, ten...), ten...), 30)
	if d.Verdict != Undecided || d.Needs != 70 || !strings.Contains(s, "at most 70 more cases (all of them)") {
		t.Error(d.Needs, s)
	}
	better := Rule{Kind: Better, Alpha: 0.05}
	_, s = run(better, plainSet(10), repeat(one(0), 10), 10)
	if s != "all 10 pairs: 0.0000 <= 0" {
		t.Error(s)
	}
	_, s = run(Rule{Kind: NotWorse, Alpha: 0.05}, plainSet(10), repeat(one(0), 10), 10)
	if s != "all 10 pairs: 0.0000 >= 0" {
		t.Error(s)
	}
	samples := append(shuffled(3, 40, 36), repeat(unjudgedCase(), 10)...)
	d, s = run(atLeast90, plainSet(60), samples, 50)
	if d.Needs != 0 || !strings.Contains(s, "the remaining 10 may not decide; 10 could not be judged") {
		t.Error(d.Needs, s)
	}
}

// A forecast made at half the way comes true within a factor of two, on average.
func TestForecast(t *testing.T) {
	var ratio float64
	const runs = 60
	for seed := range uint64(runs) {
		samples := shuffled(seed, 5000, 4700)
		test := start(t, atLeast90, plainSet(5000))
		n := 0
		for test.Verdict() == Undecided {
			test.Observe(samples[n])
			n++
		}
		half := observe(start(t, atLeast90, plainSet(5000)), samples[:n/2]...)
		ratio += math.Log(float64(half.Decision().Needs) / float64(n-n/2))
	}
	if mean := math.Exp(ratio / runs); mean < 0.5 || mean > 2 {
		t.Errorf("forecast over outcome: %.2f", mean)
	}
}

func BenchmarkObserve(b *testing.B) {
	samples := shuffled(1, 5000, 4500)
	for i := 0; i < b.N; i += len(samples) {
		observe(start(b, atLeast90, plainSet(10_000)), samples...)
	}
}

func BenchmarkDecision5000(b *testing.B) {
	test := observe(start(b, atLeast90, plainSet(10_000)), shuffled(1, 5000, 4500)...)
	for b.Loop() {
		test.cached = 0
		test.Decision()
	}
}

func BenchmarkPath5000(b *testing.B) {
	test := observe(start(b, atLeast90, plainSet(10_000)), shuffled(1, 5000, 4500)...)
	for b.Loop() {
		test.cached = 0
		test.Path(24)
	}
}
