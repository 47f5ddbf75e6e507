package stats

import "math"

// JudgeTable counts cases by what an automatic judge says of them and, for the
// labelled ones among them, what people say. Counts need not be whole.
//
// A case that the judge could not judge counts as one that it did not pass.
type JudgeTable struct {
	TruePass  float64 // labelled: judge and people say pass
	FalsePass float64 // labelled: only the judge says pass
	FalseFail float64 // labelled: only people say pass
	TrueFail  float64 // labelled: neither says pass

	Pass, Fail float64 // all judged cases by the judge's word, the labelled ones included
}

// Corrected is the share of cases that people would pass, told from a judge's
// words on all of them and labels for some.
type Corrected struct {
	Estimate float64
	Interval Interval
}

// Labelled is the number of labelled cases.
func (t JudgeTable) Labelled() float64 {
	return t.TruePass + t.FalsePass + t.FalseFail + t.TrueFail
}

// Judged is the number of judged cases, labelled or not.
func (t JudgeTable) Judged() float64 { return t.Pass + t.Fail }

// strata are the cases that the judge passes and those that it fails.
func (t JudgeTable) strata() [2]judgeStratum {
	return [2]judgeStratum{
		{passed: t.TruePass, labelled: t.TruePass + t.FalsePass, judged: t.Pass},
		{passed: t.FalseFail, labelled: t.FalseFail + t.TrueFail, judged: t.Fail},
	}
}

// LabelsAlone is Wilson's interval of the labelled cases, as if no judge were
// there: what a corrected interval is compared with.
func (t JudgeTable) LabelsAlone(level float64) Corrected {
	return proportion(t.TruePass+t.FalseFail, t.Labelled(), level)
}

// JudgeAlone takes the judge's word for the people's: Wilson's interval of what
// it passes, which is off by however often it errs.
func (t JudgeTable) JudgeAlone(level float64) Corrected {
	return proportion(t.Pass, t.Judged(), level)
}

// proportion is k of n with Wilson's interval; one half without a case.
func proportion(k, n, level float64) Corrected {
	c := Corrected{Estimate: 0.5, Interval: Wilson(k, n, level)}
	if n > 0 {
		c.Estimate = k / n
	}
	return c
}

// Traffic is the share of the traffic, of which the judged cases are a sample,
// that people would pass. The labelled cases are a random part of the judged
// ones, drawn from all of them or from each of the judge's two answers apart.
//
// The share is θ = q a + (1-q) b: q of the cases pass the judge, of these people
// pass a share a, of the others b. Given the judge's answers the three counts
// are independent binomials, so post-stratified estimate and maximum likelihood
// are the same, and it has the variance of PPI++ with the best λ (Angelopoulos,
// Duchi and Zrnic, "PPI++", arXiv 2311.01453). The interval inverts Rao's score
// test of θ = θ0: the sum of the three Pearson statistics (k-np)²/(np(1-p)) at
// the maximum of the likelihood under θ0, or the likelihood ratio where that is
// smaller, against the quantile of χ²(1). Without a judge it is Wilson's, or a
// little wider where few pass or few fail. Unlike the Wald interval of PPI++ it keeps its level
// with 50 labels of which few fail; `bench/judge` measures it.
func (t JudgeTable) Traffic(level float64) Corrected {
	return t.corrected(level, t.strata(), false)
}

// ThisSet is the share of the judged cases themselves that people would pass:
// the judge's shares are known, and what is labelled is settled. The labels are
// drawn without replacement, which divides each Pearson statistic of Traffic by
// 1-n/N (Cochran, "Sampling Techniques", 3rd ed. 1977, 2.6 and 5A.8).
func (t JudgeTable) ThisSet(level float64) Corrected {
	s := t.strata()
	for i := range s {
		s[i].labelled, s[i].judged = min(s[i].labelled, s[i].judged), max(s[i].judged, s[i].labelled)
	}
	return t.corrected(level, s, true)
}

func (t JudgeTable) corrected(level float64, s [2]judgeStratum, set bool) Corrected {
	judged := s[0].judged + s[1].judged
	if !(judged > 0) {
		return Corrected{Estimate: 0.5, Interval: Interval{0, 1}}
	}
	q := s[0].judged / judged
	c := Corrected{Estimate: q*s[0].rate() + (1-q)*s[1].rate()}
	z := NormalQuantile((1 + level) / 2)
	c.Interval.Lo = scoreBound(s, set, z*z)
	for i := range s {
		s[i].passed = s[i].labelled - s[i].passed
	}
	c.Interval.Hi = 1 - scoreBound(s, set, z*z)
	if c.Interval.Lo > c.Interval.Hi { // by rounding, where both are the estimate
		c.Interval.Lo, c.Interval.Hi = c.Estimate, c.Estimate
	}
	return c
}

// judgeStratum is the cases of one answer of the judge.
type judgeStratum struct{ passed, labelled, judged float64 }

// rate is the share that people pass; half when nobody knows.
func (s judgeStratum) rate() float64 {
	if !(s.labelled > 0) {
		return 0.5
	}
	return s.passed / s.labelled
}

// pearson is (k-np)²/(np(1-p)); 0 where p is the observed rate.
func pearson(k, n, p float64) float64 {
	d := k - n*p
	if math.Abs(d) <= 1e-9*(n+1) {
		return 0
	}
	return d * d / (n * p * (1 - p))
}

// tilted is where k log p + (n-k) log(1-p) - push p is largest, push >= 0: the
// smaller root of push p² - (n+push) p + k, and 0 without a count.
func tilted(k, n, push float64) float64 {
	if push == 0 && n == 0 {
		return 0 // any p is as likely: the least bounds them all
	}
	b := n + push
	return min(2*k/(b+math.Sqrt(max(b*b-4*push*k, 0))), 1)
}
