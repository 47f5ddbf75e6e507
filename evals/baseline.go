package evals

import (
	"time"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/stats"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/validators"
)

// Arm is a second release that a run calls on the same cases, interleaved with
// the one under test.
type Arm struct {
	Agent   string // ID
	Release registry.Release
	Start   func(dir string) (pipeline.Generator, error) // makes what calls it; not used when the release is the one under test
	Timeout time.Duration                                // of one attempt; 0 = the generator keeps deadlines itself
}

// ManifestBaseline is what a run is compared with, as run.json keeps it.
type ManifestBaseline struct {
	Agent   string        `json:"agent"`
	Version string        `json:"version"`
	Release string        `json:"release"`
	MaxAge  time.Duration `json:"max_age_ns"` // within which the two calls of a pair lie
}

// together says whether the two answers of a pair may be compared: a provider
// drifts, and what it answered long ago says nothing about the candidate.
func (p *plan) together(a, b *Judgement) bool {
	apart := time.Duration(a.CalledAt-b.CalledAt) * time.Second
	return max(apart, -apart) <= p.baseline.MaxAge
}

// difference is by how much the release under test passes rather than the
// baseline on one case: 1, 0 or -1. It is unknown when either was not judged, or
// when they were not called together.
func (t *tally) difference(pos int) (d float64, known bool) {
	if t.base == nil || t.first[pos] == nil || t.base[pos] == nil {
		return 0, false
	}
	return t.score(pos, &plannedRule{Rule: Rule{Rule: gate.Rule{Metric: passRate, Kind: gate.NotWorse}}})
}

// compare describes the pairs of a run with a baseline; nil without one.
func (t *tally) compare() *Baseline {
	m := t.plan.baseline
	if m == nil {
		return nil
	}
	b := &Baseline{Agent: m.Agent, Version: m.Version, Release: m.Release, Same: m.Release == t.plan.release, MaxAge: m.MaxAge.String()}
	oldest := int64(0)
	for pos, base := range t.base[:t.seen()] {
		if oldest == 0 || base.CalledAt < oldest {
			oldest = base.CalledAt
		}
		if d, ok := t.difference(pos); ok && !t.plan.apart[t.plan.cases[t.plan.order[pos]].ID] {
			b.count(t, pos, d)
		}
	}
	if oldest > 0 {
		b.Oldest = timeText(oldest)
	}
	b.sortFlips()
	b.McNemar.P = stats.McNemar(b.McNemar.Candidate, b.McNemar.Baseline)
	t.effect(b)
	return b
}

// seen is how many positions the complete prefix of the drawn order has.
func (t *tally) seen() int {
	if t.consumed == 0 {
		return 0
	}
	return t.plan.units[t.consumed-1].end
}

// forecast compares with answers of the baseline that are too old to decide.
func (r *runner) forecast() *Forecast {
	f, sum, oldest := &Forecast{}, 0.0, int64(0)
	for pos, old := range r.stale {
		now := r.tally.first[pos]
		if now == nil {
			continue
		}
		a, ok := now.score(passRate)
		b, also := old.score(passRate)
		if !ok || !also {
			continue
		}
		f.Pairs++
		sum += a - b
		if oldest == 0 || old.CalledAt < oldest {
			oldest = old.CalledAt
		}
	}
	if f.Pairs == 0 {
		return nil
	}
	f.Effect, f.Oldest = sum/float64(f.Pairs), timeText(oldest)
	return f
}

func timeText(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// count takes in one pair.
func (b *Baseline) count(t *tally, pos int, d float64) {
	b.Pairs++
	first, base := t.first[pos], t.base[pos]
	c := &t.plan.cases[t.plan.order[pos]]
	flip := Flip{ID: c.ID, Input: c.Input, Expected: c.Expected, Output: first.shown(), Base: base.shown()}
	switch {
	case d > 0:
		b.McNemar.Candidate++
		flip.Passed = "candidate"
	case d < 0:
		b.McNemar.Baseline++
		flip.Passed = "baseline"
	case first.State == passed:
		b.McNemar.Both++
		return
	default:
		b.McNemar.Neither++
		return
	}
	b.Flips = append(b.Flips, flip)
}

// shown is the output, or why there is none.
func (out *Judgement) shown() string {
	if out.State == errored {
		return "error: " + out.Error
	}
	return out.Output
}

// maxFlips is how many pairs that differ a result lists.
const maxFlips = 200

// sortFlips puts regressions first and keeps the drawn order among them.
func (b *Baseline) sortFlips() {
	var worse, better []Flip
	for _, f := range b.Flips {
		if f.Passed == "baseline" {
			worse = append(worse, f)
		} else {
			better = append(better, f)
		}
	}
	b.Flips = append(worse, better...)
	b.Flips = b.Flips[:min(len(b.Flips), maxFlips)]
}

// effect is the mean difference of pass over the complete prefix of the drawn
// order, with a two-sided confidence sequence at the level confidence.
func (t *tally) effect(b *Baseline) {
	r := plannedRule{Rule: Rule{Rule: gate.Rule{Metric: passRate, Kind: gate.NotWorse, Alpha: (1 - confidence) / 2}}, applies: make([]bool, len(t.plan.cases))}
	for i := range r.applies {
		r.applies[i] = !t.plan.apart[t.plan.cases[i].ID] && t.plan.appliesTo(r.Rule, validators.Metric{}, i)
	}
	r.design = t.plan.design(r.applies)
	test, err := gate.New(r.Rule.Rule, r.design)
	if err != nil {
		return // no case can pass
	}
	for _, u := range t.plan.units[:t.consumed] {
		if s, any := t.sample(u, &r); any {
			test.Observe(s)
		}
	}
	if d := test.Decision(); d.HasData {
		b.Effect, b.Interval = &d.Estimate, &[2]float64{d.Interval.Lo, d.Interval.Hi}
	}
}
