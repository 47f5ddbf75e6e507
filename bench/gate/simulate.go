package main

import (
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/GaboBase/arch-genops/gate"
)

// clock says how calls overlap in time.
type clock struct {
	inflight int
	slow     float64
}

// trial is one set of units with its truth, before an order is drawn.
type trial struct {
	samples []gate.Sample
	failing []bool // the unit's call fails, and is slow
	good    bool   // the truth satisfies the rule: failing is wrong, else passing is
}

// outcome is where one run ended.
type outcome struct {
	verdict  gate.Verdict
	cases    int // consumed until decided
	inflight int // calls not yet back then
}

// result is a row's summary over all runs.
type result struct {
	falsePass, falseFail float64 // of the runs in which that verdict is wrong
	passed               float64 // of all runs
	mean, inflight       float64
}

// run simulates a row on all cores. Each run has random numbers of its own, so
// that the result does not depend on their number.
func run(s scenario, c clock, runs int, seed uint64) result {
	workers := runtime.GOMAXPROCS(0)
	tallies := make([]tally, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < runs; i += workers {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				t := s.trial(rng)
				tallies[w].add(t.good, s.decide(rng, t, c))
			}
		})
	}
	wg.Wait()
	var all tally
	for _, t := range tallies {
		all.merge(t)
	}
	return all.result()
}

// tally counts runs by whether the truth satisfies the rule.
type tally struct {
	good, bad, falsePass, falseFail, passed, cases, inflight int
}

func (t *tally) add(good bool, o outcome) {
	switch {
	case good:
		t.good++
		if o.verdict == gate.Fail {
			t.falseFail++
		}
	default:
		t.bad++
		if o.verdict == gate.Pass {
			t.falsePass++
		}
	}
	if o.verdict == gate.Pass {
		t.passed++
	}
	t.cases += o.cases
	t.inflight += o.inflight
}

func (t *tally) merge(o tally) {
	t.good += o.good
	t.bad += o.bad
	t.falsePass += o.falsePass
	t.falseFail += o.falseFail
	t.passed += o.passed
	t.cases += o.cases
	t.inflight += o.inflight
}

func (t *tally) result() result {
	n := float64(t.good + t.bad)
	return result{
		falsePass: float64(t.falsePass) / float64(max(t.bad, 1)),
		falseFail: float64(t.falseFail) / float64(max(t.good, 1)),
		passed:    float64(t.passed) / n,
		mean:      float64(t.cases) / n,
		inflight:  float64(t.inflight) / n,
	}
}

// inDrawnOrder runs the calls of one trial in a fresh order: as soon as one is
// back the next is sent, and the gate consumes the complete prefix.
func (s scenario) inDrawnOrder(rng *rand.Rand, t trial, c clock) outcome {
	test := s.test(t)
	order := rng.Perm(len(t.samples))
	back := make([]bool, len(order))
	consumed := 0
	return s.calls(rng, t, c, order, func(i int) (gate.Verdict, int) {
		back[i] = true
		cases := 0
		for consumed < len(order) && back[consumed] && test.Verdict() == gate.Undecided {
			x := t.samples[order[consumed]]
			test.Observe(x)
			cases += x.Cases
			consumed++
		}
		return test.Verdict(), cases
	})
}

// inCompletionOrder feeds each result as it comes back: what must not be done.
func (s scenario) inCompletionOrder(rng *rand.Rand, t trial, c clock) outcome {
	test := s.test(t)
	order := rng.Perm(len(t.samples))
	return s.calls(rng, t, c, order, func(i int) (gate.Verdict, int) {
		x := t.samples[order[i]]
		test.Observe(x)
		return test.Verdict(), x.Cases
	})
}

// calls keeps the window full and reports each call that is back by its place
// in the drawn order, until the verdict is there or every call is back.
func (s scenario) calls(rng *rand.Rand, t trial, c clock, order []int, done func(place int) (gate.Verdict, int)) outcome {
	var window queue
	var now float64
	var o outcome
	sent := 0
	for {
		for sent < len(order) && len(window) < c.inflight {
			takes := 0.5 + rng.Float64()
			if t.failing[order[sent]] {
				takes *= c.slow
			}
			window.push(call{now + takes, sent})
			sent++
		}
		if len(window) == 0 {
			return o
		}
		next := window.pop()
		now = next.ends
		var cases int
		o.verdict, cases = done(next.place)
		o.cases += cases
		if o.verdict != gate.Undecided {
			o.inflight = len(window)
			return o
		}
	}
}

// test starts the real gate on a trial.
func (s scenario) test(t trial) *gate.Test {
	d := gate.Design{Units: len(t.samples), Population: s.population}
	for _, x := range t.samples {
		d.TotalWeight += x.Weight
		d.MaxWeight = max(d.MaxWeight, x.Weight)
		d.Cases += x.Cases
	}
	test, err := gate.New(s.rule, d)
	if err != nil {
		panic(err) // a row of the table is wrong
	}
	return test
}

// call is one call on its way.
type call struct {
	ends  float64
	place int // in the drawn order
}

// queue is a binary heap of calls, the one that ends first on top.
type queue []call

func (q *queue) push(c call) {
	*q = append(*q, c)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].ends <= h[i].ends {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

func (q *queue) pop() call {
	h := *q
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < last && h[child].ends < h[least].ends {
				least = child
			}
		}
		if least == i {
			break
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
	*q = h
	return top
}
