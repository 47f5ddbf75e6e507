package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/gate"
)

const alpha = 0.05

// scenario is one row of the table.
type scenario struct {
	name       string
	rule       gate.Rule
	population bool
	trial      func(*rand.Rand) trial
	how        func(scenario, *rand.Rand, trial, clock) outcome // nil: in drawn order
	bar        string                                           // "" is a row for information
	met        func(result) bool
}

func (s scenario) decide(rng *rand.Rand, t trial, c clock) outcome {
	if s.how != nil {
		return s.how(s, rng, t, c)
	}
	return s.inDrawnOrder(rng, t, c)
}

// controlled adds the bar that matters most: no more wrong verdicts than alpha.
func (s scenario) controlled() scenario {
	a := s.rule.Alpha
	s.bar = fmt.Sprintf("each false <= %g", a)
	s.met = func(r result) bool { return r.falsePass <= a && r.falseFail <= a }
	return s
}

// within adds a bar on the cases consumed, beside the control of errors.
func (s scenario) within(cases float64) scenario {
	controlled := s.controlled()
	met := controlled.met
	controlled.bar = fmt.Sprintf("mean n <= %g", cases)
	controlled.met = func(r result) bool { return met(r) && r.mean <= cases }
	return controlled
}

// informs makes it a row without a bar.
func (s scenario) informs() scenario {
	s.bar, s.met = "", nil
	return s
}

func scenarios() []scenario {
	rows := plainRows()
	rows = append(rows, pairedRows()...)
	rows = append(rows, unevenRows()...)
	return append(rows, repeatedRows()...)
}

// oneRow is "at least" on n cases of which the share truth passes. Where that
// is no whole number of cases, the nearest set on the same side of the bar is
// taken. Under population each run draws its set from traffic of that rate.
func oneRow(rule gate.Rule, n int, truth float64, population bool) scenario {
	good := truth >= rule.Bar
	passing := int(math.Round(truth * float64(n)))
	atBar := int(math.Ceil(rule.Bar*float64(n) - 1e-9))
	if good {
		passing = max(passing, atBar)
	} else {
		passing = max(min(passing, atBar-1), 0)
	}
	fixed := binary(n, passing, good)
	s := scenario{rule: rule, population: population}
	s.trial = func(rng *rand.Rand) trial {
		if !population {
			return fixed
		}
		passing := 0
		for range n {
			if rng.Float64() < truth {
				passing++
			}
		}
		return binary(n, passing, good) // the order is drawn afterwards
	}
	where := "this set"
	if population {
		where = "traffic"
	}
	s.name = fmt.Sprintf(">= %g, %s, N=%d, truth %.5g", rule.Bar, where, n, truth)
	return s
}

// binary makes n cases of which the first passing pass.
func binary(n, passing int, good bool) trial {
	t := trial{samples: make([]gate.Sample, n), failing: make([]bool, n), good: good}
	for i := range t.samples {
		x := 0.0
		if i < passing {
			x = 1
		}
		t.samples[i] = gate.Sample{Lo: x, Hi: x, Weight: 1, Judged: 1, Cases: 1}
		t.failing[i] = x == 0
	}
	return t
}

func plainRows() []scenario {
	at := func(bar float64) gate.Rule { return gate.Rule{Metric: "score", Bar: bar, Alpha: alpha} }
	var rows []scenario
	for _, c := range []struct {
		n     int
		bar   float64
		below float64
	}{{1000, 0.9, 0.899}, {200, 0.9, 0.895}, {3000, 0.9, 0.8996}, {500, 0.5, 0.498}} {
		rows = append(rows,
			oneRow(at(c.bar), c.n, c.below, false).controlled(),
			oneRow(at(c.bar), c.n, c.bar, false).controlled())
	}
	below := oneRow(at(0.9), 1000, 0.9-1e-9, true).controlled()
	below.name = ">= 0.9, traffic, N=1000, truth just below 0.9"
	rows = append(rows, below, oneRow(at(0.9), 1000, 0.9, true).controlled())
	for _, c := range []struct{ truth, cases float64 }{{0.80, 95}, {0.85, 272}, {0.95, 175}, {0.97, 95}} {
		rows = append(rows, oneRow(at(0.9), 1000, c.truth, false).within(c.cases))
	}
	for _, truth := range []float64{0.70, 0.88, 0.92, 0.99} {
		rows = append(rows, oneRow(at(0.9), 1000, truth, false).controlled())
	}
	return rows
}
