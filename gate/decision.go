package gate

import (
	"fmt"
	"strconv"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Decision is the state of one rule: what the samples so far say about it.
// Estimate and Interval are in the rule's unit: [0,1], or the difference
// candidate minus baseline in [-1,1] for a paired rule.
type Decision struct {
	Rule    Rule
	Verdict Verdict

	// Estimate is the weighted mean over the judged cases; 0 unless HasData.
	Estimate float64

	// Interval encloses the mean of the population the rule asks about. Each
	// end is a confidence bound at level 1-Alpha that holds at every look, made
	// by inverting the same one-sided e-process that decides. So verdict and
	// interval agree: Pass exactly if Lo >= bar, else Fail exactly if Hi <= bar.
	// (Better needs a difference beyond 0: an end that a full or certain run
	// puts at exactly 0 is a Fail.) Both ends together cover with probability
	// 1-2 Alpha: a 90 % interval beside two one-sided tests at 5 %. Bounds never
	// widen again, so the estimate of a later look may leave the interval. After
	// a full run of this set it is a point, widened only by unjudged cases.
	Interval stats.Interval

	HasData bool // at least one case was judged
	N       int  // cases consumed in drawn order
	Of      int  // cases of the set that the metric applies to
	Census  bool // every unit was observed and the rule asks about this set

	// Traffic is the two-sided Wilson interval, at level 1-Alpha, for the traffic behind
	// a set that was run in full. Unequal weights and clusters count by their
	// effective sample size, unjudged cases widen it. Nil before the full run,
	// for paired rules, and under Population, where Interval is about traffic.
	Traffic *stats.Interval

	// Needs forecasts how many more cases would decide if they scored like those
	// seen so far; 0 when decided or unknown.
	Needs int

	Reason string // one line for people
}

// All combines rules that must all pass: any Fail fails, any Undecided leaves
// it Undecided, and so does having no rule at all. A pass needs no correction
// for the number of rules (an intersection test).
func All(ds ...Decision) Verdict {
	if len(ds) == 0 {
		return Undecided
	}
	all := Pass
	for _, d := range ds {
		switch d.Verdict {
		case Fail:
			return Fail
		case Undecided:
			all = Undecided
		}
	}
	return all
}

// String returns the canonical text, such as "intent_accuracy >= 0.9",
// "x not worse than baseline by 0.03" or "x better than baseline".
func (r Rule) String() string {
	switch r.Kind {
	case NotWorse:
		return fmt.Sprintf("%s not worse than baseline by %s", r.Metric, plain(r.Margin))
	case Better:
		return r.Metric + " better than baseline"
	}
	return fmt.Sprintf("%s >= %s", r.Metric, plain(r.Bar))
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Decision returns the verdict with its estimate, interval and reason. It costs
// a few milliseconds for thousands of samples; Verdict is the cheap way.
func (t *Test) Decision() Decision {
	d := Decision{
		Rule:    t.rule,
		Verdict: t.Verdict(),
		HasData: t.judged > 0,
		N:       t.cases,
		Of:      t.design.Cases,
		Census:  t.census(),
	}
	inside := t.interval()
	d.Interval = stats.Interval{Lo: t.rule.unscaled(inside.Lo), Hi: t.rule.unscaled(inside.Hi)}
	if d.HasData {
		d.Estimate = t.rule.unscaled(t.estimate())
	}
	if d.Census && d.HasData && !t.rule.paired() {
		if in, ok := Traffic(t.samples, 1-t.rule.Alpha); ok {
			d.Traffic = &in
		}
	}
	var all bool
	d.Needs, all = t.forecast()
	d.Reason = t.reason(d, all)
	return d
}

// Traffic is Wilson's two-sided interval at a level for the mean of the traffic
// that the samples were drawn from, widened for clusters by the design effect: n
// is where a simple proportion would have the variance that the units show. What
// was not judged widens it further. ok is false when nothing was judged.
func Traffic(samples []Sample, level float64) (in stats.Interval, ok bool) {
	var s sums
	weights := make([]float64, len(samples))
	for i, sample := range samples {
		s.add(sample)
		weights[i] = sample.Weight
	}
	if s.judged == 0 {
		return stats.Interval{}, false
	}
	mean := s.estimate()
	var spread float64
	for _, s := range samples {
		off := s.Weight * ((s.Lo+s.Hi)/2 - mean)
		spread += off * off
	}
	n := stats.EffectiveN(weights)
	if spread > tolerance && s.cases > s.n {
		n = mean * (1 - mean) * s.weight * s.weight / spread
	}
	n = min(n, float64(s.cases))
	lo := stats.Wilson(n*s.sumLo/s.weight, n, level)
	hi := stats.Wilson(n*s.sumHi/s.weight, n, level)
	return stats.Interval{Lo: lo.Lo, Hi: hi.Hi}, true
}

// longestForecast bounds the time of a forecast about traffic.
const longestForecast = 40_000

// forecast plays the samples seen so far once more, and again, until they
// decide. It returns how many more cases that takes, 0 for none or unknown, and
// whether these are all that the set has left.
func (t *Test) forecast() (needs int, all bool) {
	if t.Verdict() != Undecided || t.spoiled != "" || t.judged == 0 || t.census() {
		return 0, false
	}
	limit := longestForecast
	if !t.design.Population {
		limit = t.design.Units - t.n
	}
	future := t.state
	for i := range limit {
		future.observe(t.samples[i%len(t.samples)])
		if future.verdict() == Undecided {
			continue
		}
		needs = future.cases - t.cases
		if t.design.Population {
			return needs, false
		}
		left := t.design.Cases - t.cases
		return min(needs, left), future.complete() || needs >= left
	}
	return 0, false
}
