package gate

import (
	"math"

	"github.com/GaboBase/arch-genops/internal/stats"
)

const (
	finePrecision   = 1e-5 // of the ends of a Decision's interval
	coarsePrecision = 1e-3 // of a picture
)

// Look is the interval of a rule after N cases, in the rule's unit.
type Look struct {
	N                int
	Estimate, Lo, Hi float64
}

// Path returns the interval over the samples for a picture: up to points looks,
// denser at the beginning where it moves most. The last look is now and equals
// Decision; the others are exact to 0.001 (0.002 for differences). Looks before
// the first judged case are left out.
func (t *Test) Path(points int) []Look {
	at := lookTimes(t.n, points)
	if len(at) == 0 || t.spoiled != "" {
		return nil
	}
	lower, upper := t.bounds(at, coarsePrecision)
	path := make([]Look, 0, len(at))
	past := state{rule: t.rule, design: t.design, betting: Pass} // only sums: no bets
	next := 0
	for i, s := range t.samples {
		past.observe(s)
		if i+1 != at[next] {
			continue
		}
		if past.judged > 0 {
			in := enclose(stats.Interval{Lo: lower[next], Hi: upper[next]}, past.certain())
			if i+1 == t.n {
				in = t.interval()
			}
			path = append(path, Look{
				N:        past.cases,
				Estimate: t.rule.unscaled(past.estimate()),
				Lo:       t.rule.unscaled(in.Lo),
				Hi:       t.rule.unscaled(in.Hi),
			})
		}
		next = min(next+1, len(at)-1)
	}
	return path
}

// lookTimes spaces looks evenly on the scale of square roots, ending at n.
func lookTimes(n, points int) []int {
	var at []int
	for j := 1; j <= points && n > 0; j++ {
		share := float64(j) / float64(points)
		i := max(1, int(math.Round(float64(n)*share*share)))
		if len(at) == 0 || i > at[len(at)-1] {
			at = append(at, i)
		}
	}
	return at
}

// interval returns the interval of the scaled mean after all samples so far.
func (t *Test) interval() stats.Interval {
	if t.spoiled != "" || t.n == 0 {
		return stats.Interval{Lo: 0, Hi: 1}
	}
	if t.cached != t.n {
		t.cache, t.cached = t.compute(), t.n
	}
	return t.cache
}

func (t *Test) compute() stats.Interval {
	in := t.certain()
	if !t.census() {
		lower, upper := t.bounds([]int{t.n}, finePrecision)
		in = enclose(stats.Interval{Lo: lower[0], Hi: upper[0]}, in)
		in = agree(in, t.Verdict(), t.bar)
	}
	in.Lo, in.Hi = t.snap(in.Lo), t.snap(in.Hi)
	return in
}

// bounds inverts both bets at the given looks.
func (t *Test) bounds(at []int, precision float64) (lower, upper []float64) {
	lows := make([]stats.Draw, len(t.samples))
	highs := make([]stats.Draw, len(t.samples))
	for i, s := range t.samples {
		lows[i], highs[i] = t.draw(s.Lo, s), t.draw(1-s.Hi, s)
	}
	lower = stats.LowerBounds(lows, t.betUnits(), t.rule.Alpha, at, t.bar, precision)
	upper = stats.LowerBounds(highs, t.betUnits(), t.rule.Alpha, at, 1-t.bar, precision)
	for j := range upper {
		upper[j] = 1 - upper[j]
	}
	return lower, upper
}

// enclose limits a confidence interval to what is certain. Ends that crossed,
// which happens with probability below 2 Alpha, meet in the middle.
func enclose(in, certain stats.Interval) stats.Interval {
	lo := min(max(in.Lo, certain.Lo), certain.Hi)
	hi := min(max(in.Hi, certain.Lo), certain.Hi)
	if lo > hi {
		lo = (lo + hi) / 2
		hi = lo
	}
	return stats.Interval{Lo: lo, Hi: hi}
}

// agree keeps the interval on the verdict's side of the bar, where rounding or
// ends that crossed after the verdict would take it over.
func agree(in stats.Interval, v Verdict, bar float64) stats.Interval {
	switch v {
	case Pass:
		return stats.Interval{Lo: max(in.Lo, bar), Hi: max(in.Hi, bar)}
	case Fail:
		return stats.Interval{Lo: min(in.Lo, bar), Hi: min(in.Hi, bar)}
	}
	return in
}

// snap puts an end that meets the bar but for rounding exactly on it.
func (t *Test) snap(x float64) float64 {
	if math.Abs(x-t.bar) <= tolerance {
		return t.bar
	}
	return x
}
