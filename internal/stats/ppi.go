package stats

import "math"

// PPI is prediction-powered inference for the mean of labels in [0,1]. Lambda
// says how far the judge's scores are used; 0 = not at all.
type PPI struct {
	Corrected
	Lambda float64
}

// ppiMoments are means, variances and covariance of labels and scores of the
// labelled cases, and of the scores of the others.
type ppiMoments struct {
	n, others            float64
	label, score, unseen float64 // means; unseen is that of the other cases' scores
	varLabel, varScore   float64
	cov, varUnseen       float64
	varPooled            float64 // of all scores
}

// momentsOf adds a pair (1,0) and a pair (0,1), each of the given weight.
func momentsOf(labels, scores, unseen []float64, ghost float64) ppiMoments {
	m := ppiMoments{n: float64(len(labels)), others: float64(len(unseen))}
	total := m.n + 2*ghost
	m.label, m.score = ghost, ghost
	for i := range labels {
		m.label += labels[i]
		m.score += scores[i]
	}
	m.label /= total
	m.score /= total
	m.varLabel = ghost * ((1-m.label)*(1-m.label) + m.label*m.label) / total
	m.varScore = ghost * ((1-m.score)*(1-m.score) + m.score*m.score) / total
	m.cov = -ghost * ((1-m.label)*m.score + m.label*(1-m.score)) / total
	for i := range labels {
		y, f := labels[i]-m.label, scores[i]-m.score
		m.varLabel += y * y / total
		m.varScore += f * f / total
		m.cov += y * f / total
	}
	for _, f := range unseen {
		m.unseen += f / m.others
	}
	for _, f := range unseen {
		m.varUnseen += (f - m.unseen) * (f - m.unseen) / m.others
	}
	apart := m.score - m.unseen
	all := total + m.others
	m.varPooled = (total*m.varScore + m.others*m.varUnseen + total*m.others/all*apart*apart) / (all - 1)
	return m
}

// lambda is the weight of the scores with the least variance, given theirs.
func (m ppiMoments) lambda(varScore float64) float64 {
	if !(varScore > 0) || m.others == 0 {
		return 0
	}
	return max(m.cov/((1+m.n/m.others)*varScore), 0)
}

// mean is ȳ + λ(f̄ of the others - f̄ of the labelled).
func (m ppiMoments) mean(lambda float64) float64 {
	if lambda == 0 {
		return m.label
	}
	return min(max(m.label+lambda*(m.unseen-m.score), 0), 1)
}

// variance is that of mean.
func (m ppiMoments) variance(lambda float64) float64 {
	v := (m.varLabel - 2*lambda*m.cov + lambda*lambda*m.varScore) / m.n
	if m.others > 0 {
		v += lambda * lambda * m.varUnseen / m.others
	}
	return max(v, 0)
}

// noPPI is the answer to fewer than 2 labels, or not as many scores.
func noPPI(labels, scores []float64) bool {
	return len(labels) < 2 || len(labels) != len(scores)
}

// PPIWald is PPI++ as published, with its normal interval cut to [0,1]: labels
// and scores of the labelled cases, pair by pair, and scores of the other judged
// cases. It falls short of its level with few labels; see PPISmall. With fewer
// than 2 labels it is [0,1].
//
// A. Angelopoulos, J. Duchi and T. Zrnic, "PPI++: efficient prediction-powered
// inference", arXiv 2311.01453: λ = cov(y,f)/((1+n/N) var f), var f over all
// scores, cut to [0,1].
func PPIWald(labels, scores, unseen []float64, level float64) PPI {
	if noPPI(labels, scores) {
		return PPI{Corrected: Corrected{0.5, Interval{0, 1}}}
	}
	m := momentsOf(labels, scores, unseen, 0)
	l := min(m.lambda(m.varPooled), 1)
	at := m.label + l*(m.unseen-m.score)
	half := NormalQuantile((1+level)/2) * math.Sqrt(m.variance(l))
	return PPI{Corrected{min(max(at, 0), 1), Interval{min(max(at-half, 0), 1), min(max(at+half, 0), 1)}}, l}
}

// PPISmall is PPI++ made honest for 50 labels and more, for judges that score
// in [0,1] and labels in [0,1], pass or fail among them.
//
// Two changes. λ and the variance are those of the labelled cases together with
// half a pair (label 1, score 0) and half a pair (0, 1): few labels of which none or
// two fail say less about how far judge and people agree than they seem to. The
// halves shrink by var y / (ȳ(1-ȳ)), 1 for labels that are pass or fail, so that
// they weigh little where labels spread little. And the interval is the score interval at
// the number of plain draws that would have this variance, which keeps it
// lopsided near 1, where most pass rates are (for such effective sizes: E. L.
// Korn and B. I. Graubard, "Confidence intervals for proportions with small
// expected number of positive counts estimated from survey data", Survey
// Methodology 24, 1998). Half a pair is ours, found by simulation; `bench/judge`
// measures it.
func PPISmall(labels, scores, unseen []float64, level float64) PPI {
	if noPPI(labels, scores) {
		return PPI{Corrected: Corrected{0.5, Interval{0, 1}}}
	}
	raw := momentsOf(labels, scores, unseen, 0)
	ghost := 0.5
	if plain := raw.label * (1 - raw.label); plain > 1e-12 && raw.varLabel > 1e-12 {
		ghost *= min(raw.varLabel/plain, 1)
	}
	m := momentsOf(labels, scores, unseen, ghost)
	l := m.lambda(m.varScore)
	at, near := raw.mean(l), m.mean(l)
	n := near * (1 - near) / m.variance(l)
	return PPI{Corrected{at, scoreInterval(n*at, n, level)}, l}
}

// PPI applies PPISmall to pass and fail.
func (t JudgeTable) PPI(level float64) Corrected {
	return t.pairs(PPISmall, level)
}

// PPIWald applies PPIWald to pass and fail.
func (t JudgeTable) PPIWald(level float64) Corrected {
	return t.pairs(PPIWald, level)
}

// pairs spells the table out, whole counts only.
func (t JudgeTable) pairs(of func(labels, scores, unseen []float64, level float64) PPI, level float64) Corrected {
	var labels, scores, unseen []float64
	add := func(n, label, score float64) {
		for range int(n) {
			labels, scores = append(labels, label), append(scores, score)
		}
	}
	add(t.TruePass, 1, 1)
	add(t.FalsePass, 0, 1)
	add(t.FalseFail, 1, 0)
	add(t.TrueFail, 0, 0)
	for range int(t.Pass - t.TruePass - t.FalsePass) {
		unseen = append(unseen, 1)
	}
	for range int(t.Fail - t.FalseFail - t.TrueFail) {
		unseen = append(unseen, 0)
	}
	return of(labels, scores, unseen, level).Corrected
}
