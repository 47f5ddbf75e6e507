package evals

import (
	"sort"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// slices gives the share of passed cases within each value of each slice. Weak
// ones are told by e-BH over all of them: among those that it names, the
// expected share of slices that are no worse than the rest is at most
// 1 - confidence, whatever their overlap. A set with clusters names none: its
// cases are not exchangeable.
func (t *tally) slices() []SliceSummary {
	counts := map[[2]string]*SliceSummary{}
	all, passes, effects := 0, 0, map[[2]string]*mean{}
	for pos, j := range t.first {
		if j == nil || j.State == unjudged {
			continue
		}
		all++
		if j.State == passed {
			passes++
		}
		for k, v := range t.plan.cases[t.plan.order[pos]].Slice {
			key := [2]string{k, v}
			s := counts[key]
			if s == nil {
				s = &SliceSummary{Key: k, Value: v}
				counts[key], effects[key] = s, &mean{}
			}
			s.N++
			if j.State == passed {
				s.Passed++
			}
			if d, ok := t.difference(pos); ok {
				effects[key].add(d)
			}
		}
	}
	out := make([]SliceSummary, 0, len(counts))
	for key, s := range counts {
		w := stats.Wilson(float64(s.Passed), float64(s.N), confidence)
		s.Rate, s.Wilson = float64(s.Passed)/float64(s.N), [2]float64{w.Lo, w.Hi}
		s.Effect = effects[key].value()
		out = append(out, *s)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Key != out[j].Key {
			return out[i].Key < out[j].Key
		}
		return out[i].Value < out[j].Value
	})
	if len(t.plan.units) == len(t.plan.cases) {
		markWeak(out, all, passes)
	}
	return out
}

func markWeak(out []SliceSummary, all, passes int) {
	e := make([]float64, len(out))
	for i, s := range out {
		e[i] = stats.EBelowRest(s.Passed, s.N, passes, all)
		out[i].EValue = e[i]
	}
	for i, named := range stats.EBH(e, 1-confidence) {
		out[i].Weak = named
	}
}

// mean is a running mean.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) {
	m.sum += x
	m.n++
}

func (m *mean) value() *float64 {
	if m.n == 0 {
		return nil
	}
	v := m.sum / float64(m.n)
	return &v
}
