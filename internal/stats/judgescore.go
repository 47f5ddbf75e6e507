package stats

// scoreBound is the lower end of the score interval of θ = q a + (1-q) b: the
// least θ0 whose statistic does not exceed limit.
//
// The likelihood's maximum under θ = θ0 is where its derivatives are those of
// push·θ for one push, Lagrange's multiplier. The log-likelihood is concave in
// the probabilities of the four combinations of judge and people, and θ is
// linear in them. So θ falls and the likelihood falls as push rises from 0, and
// the bound is found by bisecting the push.
func scoreBound(s [2]judgeStratum, set bool, limit float64) float64 {
	at := func(push float64) (theta, statistic float64) {
		if set {
			return setMaximum(s, push)
		}
		return trafficMaximum(s, push)
	}
	high := 1.0
	for range 70 {
		if _, x := at(high); x > limit {
			break
		}
		high *= 2
	}
	low := 0.0
	for range 60 {
		mid := (low + high) / 2
		if mid <= low || mid >= high || high-low <= 1e-9*high {
			break
		}
		if _, x := at(mid); x > limit {
			high = mid
		} else {
			low = mid
		}
	}
	theta, _ := at(low)
	return min(max(theta, 0), 1)
}

// trafficMaximum is the constrained maximum with all of q, a and b unknown, and
// the statistic there. q is the root of its derivative, which falls in q.
func trafficMaximum(s [2]judgeStratum, push float64) (theta, statistic float64) {
	judged := s[0].judged + s[1].judged
	q, low, high := 0.5, 0.0, 1.0
	var a, b float64
	for range 60 {
		a = tilted(s[0].passed, s[0].labelled, push*q)
		b = tilted(s[1].passed, s[1].labelled, push*(1-q))
		slope := s[0].judged*(1-q) - s[1].judged*q - push*(a-b)*q*(1-q)
		switch {
		case slope > 0:
			low = q
		case slope < 0:
			high = q
		default:
			low, high = q, q
		}
		if high-low < 1e-13 {
			break
		}
		q = (low + high) / 2
	}
	x := pearson(s[0].judged, judged, q) + pearson(s[0].passed, s[0].labelled, a) + pearson(s[1].passed, s[1].labelled, b)
	return q*a + (1-q)*b, x
}

// setMaximum is the constrained maximum for a finite set: the shares of the
// strata are known, and labels count by what sampling without replacement makes
// of them.
func setMaximum(s [2]judgeStratum, push float64) (theta, statistic float64) {
	judged := s[0].judged + s[1].judged
	for _, x := range s {
		share := x.judged / judged
		if x.judged <= 0 {
			continue
		}
		left := 1 - x.labelled/x.judged
		if left <= 0 { // all of them are labelled: nothing is unknown
			theta += share * x.rate()
			continue
		}
		k, n := x.passed/left, x.labelled/left
		p := tilted(k, n, push*share)
		theta += share * p
		statistic += pearson(k, n, p)
	}
	return theta, statistic
}
