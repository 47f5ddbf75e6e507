package stats

import "math"

// bets is the number of fixed fractions in the mixture; a multiple of four.
const bets = 24

// fractions are the shares of the highest possible stake, one per bet. Nearly
// even spacing decides soonest where the truth is far from the null; a little
// denser towards 0, down to 1 %, serves truths close to it and bars near 0 or 1.
var fractions = spacing(0.01, 0.95, 1.1)

func spacing(first, last, power float64) (f [bets]float64) {
	for k := range f {
		f[k] = first + (last-first)*math.Pow(float64(k)/(bets-1), power)
	}
	return f
}

// vanished is the wealth below which a bet is closed for good. Giving wealth up
// is always allowed. It costs no power worth naming, since the bet would have to
// multiply by 1e40 to matter again; it saves time, because the large fractions
// are soon gone where the truth is near m, and keeps products off subnormals.
const vanished = 1e-40

// settledAt is how close to zero the null's remaining mean counts as zero.
const settledAt = 1e-9

// Draw is one drawn unit: its score X in [0,1] and its weight R in (0,1], a
// share of the largest weight that any unit has.
type Draw struct{ X, R float64 }

// Betting is an e-process against the hypothesis "the weighted mean of X is at
// most m": a nonnegative supermartingale from 1 under it, so that its wealth
// ever reaches 1/alpha with probability at most alpha, whenever one looks
// (Ville).
//
// The bet is on z = m + R(X - m), which lies in [0,1] and whose mean over the
// units is at most m exactly when the weighted mean of X is. Drawn without
// replacement from n units, the remaining mean of z under the null's boundary
// is m_i = (n m - sum of earlier z) / (n - i + 1); drawn with replacement it
// stays m. The wealth is the average over fixed fractions f of
// prod(1 + f (z_i/m_i - 1)).
//
// I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables
// by betting", JRSS-B 2023, and "Confidence sequences for sampling without
// replacement", NeurIPS 2020. A Betting is a value: a copy goes its own way.
type Betting struct {
	m      float64
	left   float64 // units not yet drawn; +Inf with replacement
	ahead  float64 // sum of z - m so far
	total  float64 // sum of wealth
	open   int     // bets that have not vanished: wealth[:open]
	wealth [bets]float64
}

// NewBetting starts a bet against "mean <= m", m in [0,1], on units drawn
// without replacement from that many, or with replacement when units is 0.
func NewBetting(m float64, units int) Betting {
	b := Betting{m: m, left: math.Inf(1), total: bets, open: bets}
	if units > 0 {
		b.left = float64(units)
	}
	for k := range b.wealth {
		b.wealth[k] = 1
	}
	return b
}

// Wealth returns the evidence so far: an e-value, 1 before the first draw.
func (b *Betting) Wealth() float64 { return b.total / bets }

// Settled says that no unit needs to score anything more for the mean to reach
// m, so that the hypothesis holds at most on its boundary and there is nothing
// left to bet on.
func (b *Betting) Settled() bool { return b.null() <= settledAt }

// null is the mean of the remaining z at the boundary of the hypothesis.
func (b *Betting) null() float64 { return b.m - b.ahead/b.left }

// Add stakes on one further unit. It must not be called more often than there
// are units. Products are wrapped in float64 to forbid fused multiply-add: the
// same draws give the same wealth on every machine.
func (b *Betting) Add(d Draw) {
	null := b.null()
	step := float64(d.R * (d.X - b.m))
	b.left--
	b.ahead += step
	if null <= settledAt {
		return
	}
	gain := (b.m+step)/null - 1
	var sum [4]float64               // four sums: additions need not wait for each other
	for k := 0; k < b.open; k += 4 { // beyond open the wealth is 0
		w, f := (*[4]float64)(b.wealth[k:]), (*[4]float64)(fractions[k:])
		w[0] *= 1 + float64(f[0]*gain)
		w[1] *= 1 + float64(f[1]*gain)
		w[2] *= 1 + float64(f[2]*gain)
		w[3] *= 1 + float64(f[3]*gain)
		sum[0] += w[0]
		sum[1] += w[1]
		sum[2] += w[2]
		sum[3] += w[3]
	}
	b.total = sum[0] + sum[1] + sum[2] + sum[3]
	// The logarithm of a bet's wealth is concave in its fraction and 0 at 0, so
	// the largest fractions vanish first.
	for b.open > 0 && b.wealth[b.open-1] < vanished {
		b.open--
		b.wealth[b.open] = 0
	}
}
