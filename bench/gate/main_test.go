package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/GaboBase/arch-genops/gate"
)

func TestQueueReturnsTheEarliest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q queue
	for i := range 200 {
		q.push(call{rng.Float64(), i})
	}
	last := -1.0
	for len(q) > 0 {
		c := q.pop()
		if c.ends < last {
			t.Fatalf("%v after %v", c.ends, last)
		}
		last = c.ends
	}
}

// The verdict depends on the drawn order alone, not on what is slow or how many
// calls overlap.
func TestTimingDoesNotMatter(t *testing.T) {
	s := oneRow(gate.Rule{Bar: 0.9, Alpha: 0.05}, 300, 0.93, false)
	for seed := range uint64(50) {
		var first outcome
		for i, c := range []clock{{1, 1}, {50, 4}, {300, 100}} {
			rng := rand.New(rand.NewPCG(seed, 7)) // the order is drawn first
			o := s.inDrawnOrder(rng, s.trial(nil), c)
			if i == 0 {
				first = o
			}
			if o.verdict != first.verdict || o.cases != first.cases {
				t.Fatalf("seed %d: %+v with %+v, %+v one by one", seed, o, c, first)
			}
		}
		if first.inflight != 0 {
			t.Fatalf("one call at a time leaves %d in flight", first.inflight)
		}
	}
}

func TestOneRowStaysOnItsSide(t *testing.T) {
	for _, c := range []struct {
		n           int
		bar, truth  float64
		wantPassing int
	}{{1000, 0.9, 0.899, 899}, {1000, 0.9, 0.9, 900}, {1000, 0.9, 0.8999, 899}, {7, 0.9, 0.9, 7}, {7, 0.9, 0.89, 6}, {10, 0, 0, 0}, {10, 1, 0.99, 9}} {
		trial := oneRow(gate.Rule{Bar: c.bar, Alpha: 0.05}, c.n, c.truth, false).trial(nil)
		passing := 0
		for _, s := range trial.samples {
			passing += int(s.Lo)
		}
		if passing != c.wantPassing || trial.good != (c.truth >= c.bar) {
			t.Errorf("%+v: %d pass, good %v", c, passing, trial.good)
		}
	}
}

// Every trial says the truth about itself: a full run agrees with it.
func TestTrialsKnowTheirTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range scenarios() {
		if s.population {
			continue
		}
		trial := s.trial(rng)
		test := s.test(trial)
		for _, x := range trial.samples {
			test.Observe(x)
		}
		d := test.Decision()
		if d.Interval.Lo == d.Interval.Hi && (d.Verdict == gate.Pass) != trial.good {
			t.Errorf("%s: good is %v, a full run says %s", s.name, trial.good, d.Reason)
		}
	}
}

func TestRunIsReproducible(t *testing.T) {
	s, c := oneRow(gate.Rule{Bar: 0.9, Alpha: 0.05}, 200, 0.85, false), clock{50, 4}
	a, b := run(s, c, 40, 5), run(s, c, 40, 5)
	if a != b || a.falseFail != 0 || math.IsNaN(a.mean) || a.mean <= 0 {
		t.Errorf("%+v and %+v", a, b)
	}
}
