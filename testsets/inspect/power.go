package inspect

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/testsets"
)

// Power is what a number of cases can decide about the rule "mean >= Bar".
//
// A full run of the set decides exactly, however small the set is: about these
// cases. About the traffic behind them it decides only with enough of them.
type Power struct {
	Bar   float64 `json:"bar"`
	Alpha float64 `json:"alpha"`
	// PassFrom and FailFrom are the least numbers of cases after which the
	// traffic behind them passes, when all pass, and fails, when none does. 0:
	// no number is enough.
	PassFrom int     `json:"pass_from"`
	FailFrom int     `json:"fail_from"`
	Truths   []Truth `json:"truths"`
}

// Truth is how many cases it takes to decide when the true mean is Mean: the
// median of seeded simulations of cases of equal weight, without clusters. 0:
// undecided after mostDraws.
type Truth struct {
	Mean    float64 `json:"mean"`
	Verdict string  `json:"verdict"` // what the rule comes to: "pass" or "fail"
	OfSet   int     `json:"of_set"`  // about this set, of its cases
	Traffic int     `json:"traffic"` // about the traffic
}

const (
	mostDraws = 40_000
	runs      = 21
)

func power(ctx context.Context, cases int, bar, alpha float64) (p Power, err error) {
	p = Power{Bar: bar, Alpha: alpha}
	rule := gate.Rule{Metric: "mean", Bar: bar, Alpha: alpha}
	if p.PassFrom, err = least(rule, 1, gate.Pass); err != nil {
		return p, err
	}
	if p.FailFrom, err = least(rule, 0, gate.Fail); err != nil {
		return p, err
	}
	for _, mean := range truths(bar) {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		t := Truth{Mean: mean, Verdict: gate.Pass.String()}
		if mean < bar {
			t.Verdict = gate.Fail.String()
		}
		if t.OfSet, err = draws(rule, mean, cases, false); err != nil {
			return p, err
		}
		if t.Traffic, err = draws(rule, mean, cases, true); err != nil {
			return p, err
		}
		p.Truths = append(p.Truths, t)
	}
	return p, nil
}

// truths are the means that are worth asking about: near the bar, and the best.
func truths(bar float64) (means []float64) {
	for _, off := range []float64{-0.1, -0.05, -0.02, 0.02, 0.05} {
		if m := float64(int((bar+off)*1e6+0.5)) / 1e6; m > 0 && m < 1 {
			means = append(means, m)
		}
	}
	if bar < 1 {
		means = append(means, 1)
	}
	return means
}

// least is after how many equal scores the traffic gets a verdict.
func least(rule gate.Rule, score float64, want gate.Verdict) (int, error) {
	t, err := gate.New(rule, gate.Design{Units: 1, TotalWeight: 1, MaxWeight: 1, Cases: 1, Population: true})
	if err != nil {
		return 0, err
	}
	for n := 1; n <= mostDraws; n++ {
		t.Observe(gate.Sample{Lo: score, Hi: score, Weight: 1, Judged: 1, Cases: 1})
		switch t.Verdict() {
		case want:
			return n, nil
		case gate.Undecided:
		default:
			return 0, nil
		}
	}
	return 0, nil
}

// draws is the median number of draws to a verdict.
func draws(rule gate.Rule, mean float64, cases int, population bool) (int, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([]int, runs)
	passing := int(math.Floor(mean * float64(cases))) // rounded away from the bar
	if mean >= rule.Bar {
		passing = int(math.Ceil(mean * float64(cases)))
	}
	for i := range all {
		t, err := gate.New(rule, gate.Design{Units: cases, TotalWeight: float64(cases), MaxWeight: 1, Cases: cases, Population: population})
		if err != nil {
			return 0, err
		}
		limit, left := cases, passing
		if population {
			limit = mostDraws
		}
		n := 0
		for n < limit && t.Verdict() == gate.Undecided {
			pass := rng.Float64() < mean
			if !population { // drawn without replacement
				pass = rng.IntN(cases-n) < left
			}
			score := 0.0
			if pass {
				score = 1
				left--
			}
			t.Observe(gate.Sample{Lo: score, Hi: score, Weight: 1, Judged: 1, Cases: 1})
			n++
		}
		if t.Verdict() == gate.Undecided {
			n = mostDraws + 1
		}
		all[i] = n
	}
	slices.Sort(all)
	if median := all[runs/2]; median <= mostDraws {
		return median, nil
	}
	return 0, nil
}

// Slice is one slice and what it can decide about the traffic behind it.
type Slice struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Cases int    `json:"cases"`
	Units int    `json:"units"` // clusters, and cases of their own
	// CanPass and CanFail say whether the rule would be decided if every case
	// passed, and if none did. Weights and clusters count as in a gate.
	CanPass bool `json:"can_pass"`
	CanFail bool `json:"can_fail"`
}

func slicesOf(s *testsets.Set, bar, alpha float64) ([]Slice, error) {
	all := []Slice{}
	rule := gate.Rule{Metric: "mean", Bar: bar, Alpha: alpha}
	for _, key := range s.SliceKeys() {
		members := map[string][]*testsets.Case{}
		for i := range s.Cases {
			if v, ok := s.Cases[i].Slice[key]; ok {
				members[v] = append(members[v], &s.Cases[i])
			}
		}
		first := len(all)
		for value, cases := range members {
			units, design := drawn(cases)
			sl := Slice{Key: key, Value: value, Cases: len(cases), Units: design.Units}
			var err error
			if sl.CanPass, err = decides(rule, design, units, 1, gate.Pass); err != nil {
				return nil, err
			}
			if sl.CanFail, err = decides(rule, design, units, 0, gate.Fail); err != nil {
				return nil, err
			}
			all = append(all, sl)
		}
		slices.SortFunc(all[first:], func(a, b Slice) int {
			return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Value, b.Value))
		})
	}
	return all, nil
}

// drawn gathers cases into the units that a gate draws.
func drawn(cases []*testsets.Case) (units []gate.Sample, d gate.Design) {
	at := map[string]int{}
	for _, c := range cases {
		i, ok := at[c.Cluster]
		if !ok || c.Cluster == "" {
			i = len(units)
			at[c.Cluster] = i
			units = append(units, gate.Sample{})
		}
		units[i].Weight += c.Weight
		units[i].Judged += c.Weight
		units[i].Cases++
	}
	d = gate.Design{Units: len(units), Cases: len(cases), Population: true}
	for _, u := range units {
		d.TotalWeight += u.Weight
		d.MaxWeight = max(d.MaxWeight, u.Weight)
	}
	return units, d
}

// decides says whether units that all score the same come to a verdict.
func decides(rule gate.Rule, d gate.Design, units []gate.Sample, score float64, want gate.Verdict) (bool, error) {
	t, err := gate.New(rule, d)
	if err != nil {
		return false, err
	}
	for _, u := range units {
		u.Lo, u.Hi = score, score
		if t.Observe(u); t.Verdict() != gate.Undecided {
			break
		}
	}
	return t.Verdict() == want, nil
}
