package export

import (
	"math"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Pairing compares one run with the first, on the cases judged in both. The
// difference is that of the pass rates, this run − first, in [-1,1].
type Pairing struct {
	Run        string      `json:"run"`
	Against    string      `json:"against"`
	N          int         `json:"n"` // cases judged in both
	Both       int         `json:"both"`
	OnlyThis   int         `json:"only_this"`
	OnlyFirst  int         `json:"only_first"`
	Neither    int         `json:"neither"`
	Difference *float64    `json:"difference"` // null without a common case
	Interval   *[2]float64 `json:"interval"`   // 95 %, Tango's score interval; null without a common case
	P          float64     `json:"p_value"`    // McNemar's exact test, two-sided
	Method     string      `json:"method"`
}

const pairMethod = "Tango's score interval for paired proportions (1998), 95 %; McNemar's exact test; describes one look, does not gate"

func (c *Comparison) pair(k int) Pairing {
	p := Pairing{Run: c.Runs[k].Run, Against: c.Runs[0].Run, Method: pairMethod}
	for i := range c.cases {
		first, this := judged(c.cases[i].rows[0]), judged(c.cases[i].rows[k])
		switch {
		case first < 0 || this < 0:
			continue
		case first+this == 2:
			p.Both++
		case this == 1:
			p.OnlyThis++
		case first == 1:
			p.OnlyFirst++
		default:
			p.Neither++
		}
		p.N++
	}
	p.P = stats.McNemar(p.OnlyThis, p.OnlyFirst)
	if p.N > 0 {
		d := float64(p.OnlyThis-p.OnlyFirst) / float64(p.N)
		lo, hi := tango(p.OnlyThis, p.OnlyFirst, p.N)
		p.Difference, p.Interval = &d, &[2]float64{lo, hi}
	}
	return p
}

// tango is the 95 % score interval of the difference (b−c)/n of two paired
// proportions, b and c being the discordant pairs of n > 0. Its ends are where
// the score statistic, with the chance of c at its most likely value under the
// tested difference, is the normal quantile.
//
// T. Tango, "Equivalence test and confidence interval for the difference in
// proportions for the paired-sample design", Statistics in Medicine 17 (1998).
func tango(b, c, n int) (lo, hi float64) {
	z := stats.NormalQuantile(0.975)
	score := func(d float64) float64 { return tangoScore(float64(b), float64(c), float64(n), d) }
	d := float64(b-c) / float64(n)
	return bisect(-1, d, func(x float64) bool { return score(x) > z }), bisect(d, 1, func(x float64) bool { return score(x) > -z })
}

// tangoScore is the statistic at the difference d; it falls in d, from +Inf at
// -1 to -Inf at 1.
func tangoScore(b, c, n, d float64) float64 {
	if d <= -1 || d >= 1 {
		return math.Copysign(math.Inf(1), -d)
	}
	half := -b - c + (2*n-b+c)*d
	q := (math.Sqrt(max(half*half+8*n*c*d*(1-d), 0)) - half) / (4 * n)
	variance := n * (2*q + d*(1-d))
	above := b - c - n*d
	if variance <= 0 {
		if above == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), above)
	}
	return above / math.Sqrt(variance)
}

// bisect finds where over turns from true to false between lo and hi.
func bisect(lo, hi float64, over func(float64) bool) float64 {
	for range 60 {
		if mid := (lo + hi) / 2; over(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
