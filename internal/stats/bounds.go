package stats

// LowerBounds returns, for each look at the first looks[j] draws, a lower
// confidence bound of the weighted mean: the largest m found that the betting
// e-process against "mean <= m" has rejected by then at level alpha, exact to
// tol from below. All bounds hold together with probability 1-alpha, at every
// look, and never fall from one look to the next. 0 means nothing was rejected.
//
// units is as for NewBetting; looks ascend and stay within the draws. The
// wealth against m falls as m rises, at every moment, because each factor's
// z_i/m_i does; so the rejected m are an interval from 0 and can be bisected.
// The first m tried is split: whether a bound reaches split is decided exactly.
// For an upper bound of X give 1-X and subtract the result from 1.
func LowerBounds(draws []Draw, units int, alpha float64, looks []int, split, tol float64) []float64 {
	s := search{draws: draws, units: units, goal: 1 / alpha, tol: tol}
	bounds := make([]float64, len(looks))
	s.fill(looks, bounds, 0, 1, split)
	return bounds
}

type search struct {
	draws []Draw
	units int
	goal  float64
	tol   float64
}

// fill knows that the bounds of these looks lie in [lo, hi), or [lo, 1] at the
// top. One run of the bet at mid tells when mid was rejected, which splits the
// looks in two.
func (s *search) fill(looks []int, bounds []float64, lo, hi, mid float64) {
	if len(looks) == 0 {
		return
	}
	if hi-lo <= s.tol {
		for j := range bounds {
			bounds[j] = lo
		}
		return
	}
	if mid <= lo || mid >= hi {
		mid = lo + (hi-lo)/2
	}
	when := s.rejected(mid, looks[len(looks)-1])
	j := 0
	for j < len(looks) && looks[j] < when {
		j++
	}
	s.fill(looks[:j], bounds[:j], lo, mid, 0)
	s.fill(looks[j:], bounds[j:], mid, hi, 0)
}

// rejected returns after how many draws "mean <= m" was rejected, or more than
// last if it was not by then. A settled bet counts as a rejection: the mean is
// at least m, which is all a lower bound claims.
func (s *search) rejected(m float64, last int) int {
	b := NewBetting(m, s.units)
	for i, d := range s.draws[:last] {
		b.Add(d)
		if b.Wealth() >= s.goal || b.Settled() {
			return i + 1
		}
	}
	return last + 1
}
