package gate

import (
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

var atLeast90 = Rule{Metric: "m", Bar: 0.9, Alpha: 0.05}

// plainSet is the design of n cases of weight 1.
func plainSet(n int) Design {
	return Design{Units: n, TotalWeight: float64(n), MaxWeight: 1, Cases: n}
}

func one(x float64) Sample { return Sample{Lo: x, Hi: x, Weight: 1, Judged: 1, Cases: 1} }
func unjudgedCase() Sample { return Sample{Lo: 0, Hi: 1, Weight: 1, Judged: 0, Cases: 1} }
func unjudgedPair() Sample { return Sample{Lo: -1, Hi: 1, Weight: 1, Judged: 0, Cases: 1} }
func repeat(s Sample, n int) []Sample {
	out := make([]Sample, n)
	for i := range out {
		out[i] = s
	}
	return out
}

// shuffled holds passed ones and n-passed zeros in a seeded order.
func shuffled(seed uint64, n, passed int) []Sample {
	out := append(repeat(one(1), passed), repeat(one(0), n-passed)...)
	rng := rand.New(rand.NewPCG(seed, 1))
	rng.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func start(t testing.TB, r Rule, d Design) *Test {
	t.Helper()
	test, err := New(r, d)
	if err != nil {
		t.Fatal(err)
	}
	return test
}

func observe(t *Test, samples ...Sample) *Test {
	for _, s := range samples {
		t.Observe(s)
	}
	return t
}

func TestNewRejects(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rules := []Rule{
		{Bar: -0.1, Alpha: 0.05}, {Bar: 1.1, Alpha: 0.05}, {Bar: nan, Alpha: 0.05},
		{Bar: 0.9, Alpha: 0}, {Bar: 0.9, Alpha: 0.6}, {Bar: 0.9, Alpha: nan}, {Bar: 0.9, Alpha: 5e-324},
		{Kind: NotWorse, Margin: -0.1, Alpha: 0.05}, {Kind: NotWorse, Margin: 1, Alpha: 0.05},
		{Kind: NotWorse, Margin: nan, Alpha: 0.05}, {Kind: 7, Alpha: 0.05},
	}
	for _, r := range rules {
		if _, err := New(r, plainSet(10)); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("rule %+v: error %v, want fs.ErrInvalid", r, err)
		}
	}
	designs := []Design{
		{}, {Units: 0, TotalWeight: 1, MaxWeight: 1, Cases: 1}, {Units: 2, TotalWeight: 2, MaxWeight: 1, Cases: 1},
		{Units: 2, TotalWeight: nan, MaxWeight: 1, Cases: 2}, {Units: 2, TotalWeight: 2, MaxWeight: nan, Cases: 2},
		{Units: 2, TotalWeight: inf, MaxWeight: inf, Cases: 2}, {Units: 2, TotalWeight: 3, MaxWeight: 1, Cases: 2},
		{Units: 2, TotalWeight: 1, MaxWeight: 2, Cases: 2},
	}
	for _, d := range designs {
		if _, err := New(atLeast90, d); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("design %+v: error %v, want fs.ErrInvalid", d, err)
		}
	}
}

func TestNoDataNeverDecides(t *testing.T) {
	for _, r := range []Rule{{Bar: 0, Alpha: 0.5}, {Bar: 1, Alpha: 0.5}, {Kind: NotWorse, Margin: 0.99, Alpha: 0.5}, {Kind: Better, Alpha: 0.5}} {
		for _, population := range []bool{false, true} {
			d := plainSet(3)
			d.Population = population
			test := start(t, r, d)
			nothing := unjudgedCase()
			if r.paired() {
				nothing = unjudgedPair()
			}
			for range 4 {
				got := test.Decision()
				if got.Verdict != Undecided || got.HasData || !strings.HasPrefix(got.Reason, "no case was") {
					t.Fatalf("%v: %+v without a judged case", r, got)
				}
				test.Observe(nothing)
			}
		}
	}
}

func TestImpossibleSamplesSpoilTheTest(t *testing.T) {
	nan := math.NaN()
	for name, bad := range map[string]Sample{
		"NaN score":       {Lo: nan, Hi: 1, Weight: 1, Judged: 1, Cases: 1},
		"NaN upper":       {Lo: 0, Hi: nan, Weight: 1, Judged: 1, Cases: 1},
		"above 1":         {Lo: 1.1, Hi: 1.1, Weight: 1, Judged: 1, Cases: 1},
		"crossed":         {Lo: 0.6, Hi: 0.5, Weight: 1, Judged: 1, Cases: 1},
		"no weight":       {Lo: 1, Hi: 1, Cases: 1},
		"NaN weight":      {Lo: 1, Hi: 1, Weight: nan, Judged: 1, Cases: 1},
		"heavy":           {Lo: 1, Hi: 1, Weight: 1.5, Judged: 1, Cases: 1},
		"judged too much": {Lo: 1, Hi: 1, Weight: 1, Judged: 2, Cases: 1},
		"judged NaN":      {Lo: 1, Hi: 1, Weight: 1, Judged: nan, Cases: 1},
		"no case":         {Lo: 1, Hi: 1, Weight: 1, Judged: 1},
	} {
		test := observe(start(t, atLeast90, plainSet(200)), repeat(one(1), 120)...)
		if test.Verdict() != Pass {
			t.Fatal("120 ones pass")
		}
		observe(test, bad, one(1))
		d := test.Decision()
		if d.Verdict != Undecided || !strings.Contains(d.Reason, "sample 121") {
			t.Errorf("%s: %v %q", name, d.Verdict, d.Reason)
		}
	}
	short := Design{Units: 2, TotalWeight: 2, MaxWeight: 1, Cases: 2}
	test := observe(start(t, atLeast90, short), one(1), Sample{Lo: 1, Hi: 1, Weight: 0.4, Judged: 0.4, Cases: 1})
	if d := test.Decision(); d.Verdict != Undecided || !strings.Contains(d.Reason, "total") {
		t.Errorf("weights short of their total: %v %q", d.Verdict, d.Reason)
	}
}

// With N, k: a full run decides by the mean alone, whatever was decided before.
func TestCensusDecidesExactly(t *testing.T) {
	for _, c := range []struct {
		n, passed int
		want      Verdict
	}{{1000, 900, Pass}, {1000, 899, Fail}, {10, 9, Pass}, {10, 8, Fail}, {1, 1, Pass}, {1, 0, Fail}} {
		for seed := range uint64(20) {
			d := observe(start(t, atLeast90, plainSet(c.n)), shuffled(seed, c.n, c.passed)...).Decision()
			mean := float64(c.passed) / float64(c.n)
			if d.Verdict != c.want || !d.Census || d.Interval.Lo != d.Interval.Hi || math.Abs(d.Interval.Lo-mean) > 1e-9 {
				t.Fatalf("%d of %d: %+v", c.passed, c.n, d)
			}
			if d.N != c.n || d.Of != c.n || d.Traffic == nil || !d.Traffic.Contains(mean) {
				t.Fatalf("%d of %d: %+v", c.passed, c.n, d)
			}
		}
	}
}

// An order that misleads the bet is put right by the full run.
func TestCensusOverrulesTheBet(t *testing.T) {
	test := observe(start(t, atLeast90, plainSet(1000)), repeat(one(1), 200)...)
	if test.Verdict() != Pass {
		t.Fatal("200 ones pass")
	}
	observe(test, repeat(one(0), 800)...)
	if d := test.Decision(); d.Verdict != Fail || d.Interval.Hi != 0.2 {
		t.Errorf("%+v", d)
	}
	observe(test, repeat(one(1), 50)...)
	if d := test.Decision(); d.N != 1000 || d.Verdict != Fail {
		t.Errorf("samples after the last unit were not ignored: %+v", d)
	}
}

func TestVerdictIsSticky(t *testing.T) {
	test := observe(start(t, atLeast90, plainSet(1000)), repeat(one(1), 60)...)
	if test.Verdict() != Pass {
		t.Fatal("60 ones pass")
	}
	observe(test, repeat(one(0), 30)...)
	d := test.Decision()
	if d.Verdict != Pass || d.Interval.Lo < 0.9 || d.Interval.Hi < d.Interval.Lo {
		t.Errorf("after 30 zeros: %+v", d)
	}
	observe(test, repeat(one(0), 71)...)
	if d := test.Decision(); d.Verdict != Fail || d.Interval.Hi >= 0.9 {
		t.Errorf("101 zeros of 1000 are a certain failure: %+v", d)
	}
}

func TestCurtailment(t *testing.T) {
	rule := Rule{Bar: 0.5, Alpha: 1e-9} // the bet cannot decide so soon
	test := observe(start(t, rule, plainSet(20)), repeat(one(1), 9)...)
	if test.Verdict() != Undecided {
		t.Fatal("9 of 20 leave it open")
	}
	if d := observe(test, one(1)).Decision(); d.Verdict != Pass || !strings.Contains(d.Reason, "whatever the rest") {
		t.Errorf("10 of 20: %+v", d)
	}
	if v := observe(start(t, rule, plainSet(20)), repeat(one(0), 10)...).Verdict(); v != Undecided {
		t.Errorf("10 zeros: %v, want undecided: the rest may be ones", v)
	}
	if v := observe(start(t, rule, plainSet(20)), repeat(one(0), 11)...).Verdict(); v != Fail {
		t.Errorf("11 zeros: %v", v)
	}
	better := Rule{Kind: Better, Alpha: 1e-9}
	if v := observe(start(t, better, plainSet(4)), one(0), one(0), one(0), one(0)).Verdict(); v != Fail {
		t.Errorf("no difference at all: %v, want fail: not better", v)
	}
	if v := observe(start(t, better, plainSet(4)), one(1), one(1), one(-1)).Verdict(); v != Undecided {
		t.Errorf("+1 with one pair left: %v", v)
	}
	if v := observe(start(t, better, plainSet(4)), one(1), one(0), one(0), one(0)).Verdict(); v != Pass {
		t.Errorf("one win of four: %v", v)
	}
}

func TestExtremeBars(t *testing.T) {
	for _, population := range []bool{false, true} {
		d := plainSet(50)
		d.Population = population
		if v := observe(start(t, Rule{Bar: 0, Alpha: 0.05}, d), one(0)).Verdict(); v != Pass {
			t.Errorf("population %v: bar 0 with data: %v", population, v)
		}
		test := observe(start(t, Rule{Bar: 1, Alpha: 0.05}, d), repeat(one(1), 49)...)
		if test.Verdict() != Undecided {
			t.Errorf("population %v: bar 1 before the end: %v", population, test.Verdict())
		}
		test.Decision()
		if v := observe(test, one(0.99)).Verdict(); v != Fail {
			t.Errorf("population %v: bar 1 with one point lost: %v", population, v)
		}
	}
	if v := observe(start(t, Rule{Bar: 1, Alpha: 0.05}, plainSet(50)), repeat(one(1), 50)...).Verdict(); v != Pass {
		t.Errorf("bar 1, all ones: %v", v)
	}
	d := plainSet(50)
	d.Population = true
	if got := observe(start(t, Rule{Bar: 1, Alpha: 0.05}, d), repeat(one(1), 50)...).Decision(); got.Verdict != Undecided || got.Interval.Hi != 1 {
		t.Errorf("no sample proves that all traffic is perfect: %+v", got)
	}
}

func TestPopulationIsNotDecidedByAFullRun(t *testing.T) {
	d := plainSet(100)
	d.Population = true
	got := observe(start(t, atLeast90, d), shuffled(1, 100, 92)...).Decision()
	if got.Verdict != Undecided || got.Census || got.Traffic != nil || got.Needs == 0 {
		t.Errorf("%+v", got)
	}
	if got.Interval.Hi-got.Interval.Lo < 0.05 {
		t.Errorf("the interval for the traffic is not a point: %v", got.Interval)
	}
	more := start(t, atLeast90, d)
	for i := range 40 {
		observe(more, shuffled(uint64(i), 100, 94)...)
	}
	if more.Verdict() != Pass {
		t.Errorf("4000 cases at 0.94: %v", more.Verdict())
	}
}

// What could not be judged counts against both verdicts.
func TestUnjudged(t *testing.T) {
	full := func(passed, unjudged int) Decision {
		samples := append(shuffled(1, 100-unjudged, passed), repeat(unjudgedCase(), unjudged)...)
		return observe(start(t, atLeast90, plainSet(100)), samples...).Decision()
	}
	d := full(88, 4)
	if d.Verdict != Undecided || math.Abs(d.Interval.Lo-0.88) > 1e-9 || math.Abs(d.Interval.Hi-0.92) > 1e-9 {
		t.Errorf("88 passed, 4 unjudged: %+v", d)
	}
	if !strings.Contains(d.Reason, "4 could not be judged") || math.Abs(d.Estimate-88.0/96) > 1e-9 {
		t.Errorf("88 passed, 4 unjudged: %+v", d)
	}
	if d.Traffic == nil || d.Traffic.Lo >= d.Interval.Lo || d.Traffic.Hi <= d.Interval.Hi {
		t.Errorf("traffic %v does not enclose %v", d.Traffic, d.Interval)
	}
	if d := full(90, 4); d.Verdict != Pass {
		t.Errorf("90 passed, 4 unjudged: %+v", d)
	}
	if d := full(85, 4); d.Verdict != Fail {
		t.Errorf("85 passed, 4 unjudged: %+v", d)
	}
	// Early: unjudged cases only ever slow a verdict down.
	for seed := range uint64(50) {
		clean := start(t, atLeast90, plainSet(500))
		dirty := start(t, atLeast90, plainSet(500))
		for i, s := range shuffled(seed, 500, 480) {
			clean.Observe(s)
			if i%20 == 7 {
				s = unjudgedCase()
			}
			dirty.Observe(s)
			if dirty.Verdict() != Undecided && clean.Verdict() != dirty.Verdict() {
				t.Fatalf("seed %d, case %d: %v with unjudged cases, %v without", seed, i+1, dirty.Verdict(), clean.Verdict())
			}
		}
	}
}

func TestPairedUnits(t *testing.T) {
	rule := Rule{Metric: "m", Kind: NotWorse, Margin: 0.03, Alpha: 0.05}
	d := observe(start(t, rule, plainSet(1000)), repeat(one(-1), 12)...)
	observe(d, one(0))
	got := d.Decision()
	if got.Verdict != Fail || got.Interval.Lo < -1 || got.Interval.Hi > -0.03 || math.Abs(got.Estimate+12.0/13) > 1e-9 {
		t.Errorf("%+v", got)
	}
	census := append(repeat(one(-1), 3), repeat(one(0), 97)...)
	if got := observe(start(t, rule, plainSet(100)), census...).Decision(); got.Verdict != Pass || got.Interval.Lo != -0.03 || got.Traffic != nil {
		t.Errorf("-0.03 is not worse by more than 0.03: %+v", got)
	}
	if got := observe(start(t, rule, plainSet(100)), append(census[:99], one(-1))...).Decision(); got.Verdict != Fail {
		t.Errorf("-0.04 is: %+v", got)
	}
	missing := append(repeat(one(0), 98), unjudgedPair(), unjudgedPair())
	if got := observe(start(t, rule, plainSet(100)), missing...).Decision(); got.Interval.Lo != -0.02 || got.Interval.Hi != 0.02 || got.Estimate != 0 {
		t.Errorf("two pairs without a verdict: %+v", got)
	}
}

// Equal weights of any size are the unweighted test, and a cluster of one case
// is that case.
func TestEqualWeightsAreUnweighted(t *testing.T) {
	weighted := Design{Units: 300, TotalWeight: 900, MaxWeight: 3, Cases: 300}
	a, b := start(t, atLeast90, plainSet(300)), start(t, atLeast90, weighted)
	for i, s := range shuffled(4, 300, 275) {
		a.Observe(s)
		s.Weight, s.Judged = 3, 3
		b.Observe(s)
		if i%25 == 0 && !reflect.DeepEqual(a.Decision(), b.Decision()) {
			t.Fatalf("after %d: %+v\n%+v", i+1, a.Decision(), b.Decision())
		}
	}
}

// A cluster drawn whole tests the weighted mean over cases.
func TestClusterCensus(t *testing.T) {
	d := Design{Units: 2, TotalWeight: 10, MaxWeight: 9, Cases: 10}
	big := Sample{Lo: 8.0 / 9, Hi: 8.0 / 9, Weight: 9, Judged: 9, Cases: 9}
	got := observe(start(t, atLeast90, d), big, one(1)).Decision()
	if got.Verdict != Pass || got.Estimate != 0.9 || got.N != 10 {
		t.Errorf("9 of 10 cases in two clusters: %+v", got)
	}
	got = observe(start(t, atLeast90, d), one(1), big).Decision()
	if got.Verdict != Pass {
		t.Errorf("the other order: %+v", got)
	}
}

func TestAll(t *testing.T) {
	p, f, u := Decision{Verdict: Pass}, Decision{Verdict: Fail}, Decision{}
	for _, c := range []struct {
		ds   []Decision
		want Verdict
	}{
		{nil, Undecided}, {[]Decision{p, p}, Pass}, {[]Decision{p, u}, Undecided},
		{[]Decision{u, f}, Fail}, {[]Decision{f, p}, Fail}, {[]Decision{u}, Undecided},
	} {
		if got := All(c.ds...); got != c.want {
			t.Errorf("All(%v) = %v, want %v", c.ds, got, c.want)
		}
	}
}

func TestRuleString(t *testing.T) {
	for want, r := range map[string]Rule{
		"intent_accuracy >= 0.9":            {Metric: "intent_accuracy", Bar: 0.9},
		"latency<=2s >= 0.95":               {Metric: "latency<=2s", Bar: 0.95},
		"x not worse than baseline by 0.03": {Metric: "x", Kind: NotWorse, Margin: 0.03},
		"x better than baseline":            {Metric: "x", Kind: Better},
		"x not worse than baseline by 0":    {Metric: "x", Kind: NotWorse},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
