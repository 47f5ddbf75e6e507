package semdiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sampled makes cases in which each version gives the right label with its own
// probability, and one of three wrong ones otherwise.
func sampled(rng *rand.Rand, cases, k int, before, after float64) []Probed {
	one := func(p float64) Answer {
		if rng.Float64() < p {
			return Answer{Text: "right", Judged: true, Passed: true}
		}
		return Answer{Text: fmt.Sprint("wrong", rng.IntN(3)), Judged: true}
	}
	out := make([]Probed, cases)
	for i := range out {
		out[i] = Probed{ID: fmt.Sprint(i)}
		for range k {
			out[i].Before, out[i].After = append(out[i].Before, one(before)), append(out[i].After, one(after))
		}
	}
	return out
}

// TestBehaveRates: a version differs from itself no more often than alpha, and a
// worse one is found.
func TestBehaveRates(t *testing.T) {
	const runs = 300
	rng := rand.New(rand.NewPCG(1, 2))
	rate := func(before, after float64) float64 {
		found := 0
		for i := range runs {
			if Behave(sampled(rng, 40, 3, before, after), ProbeOptions{Seed: uint64(i)}).Differs {
				found++
			}
		}
		return float64(found) / runs
	}
	for _, p := range []float64{0.5, 0.8, 1} {
		r := rate(p, p)
		t.Logf("against itself at %.1f: %.3f", p, r)
		if r > 0.05+3*math.Sqrt(0.05*0.95/runs) {
			t.Errorf("at %.1f: %.3f false alarms", p, r)
		}
	}
	r := rate(0.9, 0.65)
	t.Logf("0.9 against 0.65: %.3f", r)
	if r < 0.9 {
		t.Errorf("0.9 against 0.65 is found in %.3f", r)
	}
}

func TestBehave(t *testing.T) {
	long := "This is a longer answer that nobody would take for a label at all."
	cases := []Probed{
		{ID: "same", Before: []Answer{{Text: long}, {Text: long}}, After: []Answer{{Text: long}, {Text: long + " "}}},
		{ID: "worse", Before: []Answer{{Text: "a", Judged: true, Passed: true}, {Text: "a", Judged: true, Passed: true}}, After: []Answer{{Text: "b", Judged: true}, {Text: "why", Failed: true, Judged: true}}},
		{ID: "better", Before: []Answer{{Text: "b", Judged: true}, {Text: "b", Judged: true}}, After: []Answer{{Text: "a", Judged: true, Passed: true}, {Text: "b", Judged: true}}},
		{ID: "other", Before: []Answer{{Text: "x"}, {Text: "x"}}, After: []Answer{{Text: "y"}, {Text: "y"}}},
	}
	b := Behave(cases, ProbeOptions{Similarity: func(a, b string) (float64, bool) { return 0.5, true }})
	if b.Measure != "text" || b.Cases != 4 || b.Samples != 2 || b.Judged != 2 || b.Better != 1 || b.Worse != 1 || b.E != 0.5 || b.Failures != 1 || b.Differs {
		t.Errorf("%+v", b)
	}
	if len(b.Flips) != 3 || b.Flips[0].ID != "worse" || b.Flips[0].PassedBy != [2]int{2, 0} || b.Flips[1].ID != "better" || b.Flips[2].Verdict != "changed" {
		t.Errorf("%+v", b.Flips)
	}
	if Behave(nil, ProbeOptions{}).Differs {
		t.Error("no cases differ")
	}
}

// Lift only ever lifts.
func TestLift(t *testing.T) {
	for _, c := range []struct {
		was     Verdict
		differs bool
		want    Verdict
	}{{Reworded, true, Changed}, {Formatting, true, Changed}, {Identical, true, Changed}, {Reworded, false, Reworded}, {Changed, false, Changed}, {Breaking, true, Breaking}} {
		r := Report{Verdict: c.was}
		r.Lift(&Behaviour{Differs: c.differs, Alpha: 0.05})
		if r.Verdict != c.want || r.Lifted != (c.was < Changed && c.differs) {
			t.Errorf("%s, differs %v: %s, lifted %v", c.was, c.differs, r.Verdict, r.Lifted)
		}
	}
}
