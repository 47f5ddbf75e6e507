package stats

import "math"

// JudgedCase is a case of a set whose cases weigh differently or come in
// clusters, with what an automatic judge says of it.
type JudgedCase struct {
	Weight  float64 // above 0
	Cluster int     // the same for all cases of a cluster
	Score   float64 // of the judge, in [0,1]
	Label   float64 // of people, in [0,1]; NaN = none
	// Stands is how many cases a labelled one stands for, where those of one kind
	// were drawn more often than those of another: 1 over the share that was drawn.
	// 0 = 1: all had the same chance.
	Stands float64
}

// sampled is the weight of a labelled case among the labelled ones.
func (c JudgedCase) sampled() float64 {
	if c.Stands > 0 {
		return c.Weight * c.Stands
	}
	return c.Weight
}

// Uneven is a corrected mean over weighted or clustered cases.
type Uneven struct {
	PPI
	// Labels is the number of equally weighted, independent labels that the
	// labelled cases come to at worst: if all cases of a cluster said the same.
	Labels float64
}

// FewestIndependent is how many independent labels an interval over weighted or
// clustered cases needs: with fewer in Uneven.Labels it is [0,1].
const FewestIndependent = 10

// PPIUneven is PPISmall for weighted and clustered cases: of the traffic behind
// them, or of the set itself. The labelled cases are a random part of the cases,
// or all cases of a random part of the clusters.
//
// The estimate is ȳ + λ(f̄ - f̄ of the labelled), weighted means, λ = cov(y,f)/var f.
// Its variance is the sum of squares of what each cluster adds to it (K.-Y. Liang
// and S. L. Zeger, Biometrika 73, 1986; here of weighted means as in survey
// sampling), each labelled cluster's part divided by 1 - its share of the labels'
// weight (R. M. Bell and D. F. McCaffrey, Survey Methodology 28, 2002), together
// with half a pair (1,0) and half a pair (0,1) of a typical cluster's weight. For
// the set itself only the draw of the labels is uncertain: cases that were
// labelled one by one count as clusters of their own, and sampling without
// replacement narrows it. The interval is Wilson's at the effective size that this
// variance comes to (Korn and Graubard, Survey Methodology 24, 1998), with
// Student's quantile in place of the normal one: its degrees of freedom are
// those of the clusters' squared weights (Satterthwaite), less one. `bench/judge`
// measures it.
func PPIUneven(cases []JudgedCase, set bool, level float64) Uneven {
	unknown := Uneven{PPI: PPI{Corrected: Corrected{0.5, Interval{0, 1}}}}
	u := unevenOf(cases, set)
	if u == nil {
		return unknown
	}
	if unknown.Labels = u.independent; u.independent < FewestIndependent {
		return unknown
	}
	v, near := u.variance()
	at := min(max(u.label+u.lambda*(u.all-u.score), 0), 1)
	n := near * (1 - near) / v
	z := NormalQuantile((1 + level) / 2)
	t := studentQuantile((1+level)/2, u.freedom)
	n *= z * z / (t * t) * u.heavy()
	return Uneven{PPI: PPI{Corrected{at, Wilson(n*at, n, level)}, u.lambda}, Labels: u.independent}
}

// uneven holds the moments of PPIUneven.
type uneven struct {
	cases    []JudgedCase
	set      bool
	byKind   bool            // some kinds of cases were drawn more often than others
	cluster  func(i int) int // of the labelled case i, as the variance takes it
	left     float64         // 1 - the share that is labelled; 1 for the traffic
	weight   float64         // of all cases
	labelled float64         // weight of the labelled ones
	sizes    map[int]float64 // weight of the labelled cases, by cluster
	typical  float64         // weight of a typical cluster's labels
	ghost    float64         // weight of each case of the two pairs, of a typical cluster's

	label, score, all            float64 // means; all is that of the scores of all cases
	nearLabel, nearScore, lambda float64 // with the pairs
	independent, freedom         float64
}

func unevenOf(cases []JudgedCase, set bool) *uneven {
	u := &uneven{cases: cases, set: set, left: 1, sizes: map[int]float64{}}
	n := 0
	for _, c := range cases {
		u.weight += c.Weight
		u.all += c.Weight * c.Score
		if !math.IsNaN(c.Label) {
			n++
			w := c.sampled()
			u.labelled += w
			u.label += w * c.Label
			u.score += w * c.Score
			u.byKind = u.byKind || c.Stands > 0
		}
	}
	if n < 2 || !(u.labelled > 0) {
		return nil
	}
	u.all, u.label, u.score = u.all/u.weight, u.label/u.labelled, u.score/u.labelled
	u.cluster = func(i int) int { return cases[i].Cluster }
	if set {
		u.drawn(n)
	}
	for i, c := range cases {
		if !math.IsNaN(c.Label) {
			u.sizes[u.cluster(i)] += c.sampled()
		}
	}
	squares := 0.0
	for _, s := range u.sizes {
		squares += s * s
	}
	u.typical = squares / u.labelled
	u.independent = u.labelled * u.labelled / squares
	u.freedom = max(u.independent-1, 1)
	u.moments()
	return u
}

// drawn finds out how the labels of a set were drawn: cases one by one, or whole
// clusters, where many more pairs of labelled cases share a cluster than chance
// would make.
func (u *uneven) drawn(n int) {
	in, labelled := map[int]float64{}, map[int]float64{}
	for _, c := range u.cases {
		in[c.Cluster]++
		if !math.IsNaN(c.Label) {
			labelled[c.Cluster]++
		}
	}
	pairs, seen := 0.0, 0.0
	for c, m := range in {
		pairs += m * (m - 1)
		seen += labelled[c] * (labelled[c] - 1)
	}
	all, some := float64(len(u.cases)), float64(n)
	chance := pairs * some * (some - 1) / max(all*(all-1), 1)
	if seen <= 1.5*chance+10 {
		u.cluster = func(i int) int { return i }
		if !u.byKind {
			u.left = 1 - some/all
		}
		return
	}
	if !u.byKind {
		u.left = max(1-float64(len(labelled))/float64(len(in)), 0)
	}
}

// fewRare is how many labels of the rarer kind, good or bad, tell what such cases
// weigh.
const fewRare = 5

// heavy is by how much the effective size shrinks, if the rarer kind of label is
// so rare that nobody knows what such cases weigh: they may be as heavy as the
// heaviest tenth.
func (u *uneven) heavy() float64 {
	var weights []float64
	good, squares := 0.0, 0.0
	for _, c := range u.cases {
		if !math.IsNaN(c.Label) {
			w := c.sampled()
			weights = append(weights, w)
			good += c.Label
			squares += w * w
		}
	}
	if min(good, float64(len(weights))-good) >= fewRare {
		return 1
	}
	return min(squares/u.labelled/Quantiles(weights, 0.9)[0], 1)
}

// moments adds the two pairs.
func (u *uneven) moments() {
	raw := 0.0
	for _, c := range u.cases {
		if !math.IsNaN(c.Label) {
			raw += c.sampled() * (c.Label - u.label) * (c.Label - u.label) / u.labelled
		}
	}
	u.ghost = 1
	if plain := u.label * (1 - u.label); plain > 1e-12 && raw > 1e-12 {
		u.ghost *= min(raw/plain, 1)
	}
	g := u.ghost * u.typical
	total := u.labelled + 2*g
	u.nearLabel, u.nearScore = (u.label*u.labelled+g)/total, (u.score*u.labelled+g)/total
	varScore := g * ((1-u.nearScore)*(1-u.nearScore) + u.nearScore*u.nearScore)
	cov := -g * ((1-u.nearLabel)*u.nearScore + u.nearLabel*(1-u.nearScore))
	for _, c := range u.cases {
		if !math.IsNaN(c.Label) {
			y, f := c.Label-u.nearLabel, c.Score-u.nearScore
			varScore += c.sampled() * f * f
			cov += c.sampled() * y * f
		}
	}
	if varScore > 0 {
		u.lambda = max(cov/varScore, 0)
	}
}

// variance is that of the estimate, and the estimate with the pairs.
func (u *uneven) variance() (v, near float64) {
	labelled, scores := map[int]float64{}, map[int]float64{}
	rest := func(label, score float64) float64 {
		return label - u.nearLabel - u.lambda*(score-u.nearScore)
	}
	one, other := rest(1, 0), rest(0, 1)
	alone, weights := u.ghost*u.typical*(one*one+other*other), 0.0
	for i, c := range u.cases {
		if !math.IsNaN(c.Label) {
			e, w := rest(c.Label, c.Score), c.sampled()
			labelled[u.cluster(i)] += w * e
			alone += w * e * e
			weights += w * w
		}
		if !u.set {
			scores[c.Cluster] += c.Weight * (c.Score - u.all)
		}
	}
	squares := u.ghost * u.typical * u.typical * (one*one + other*other)
	between := 0.0
	for c, x := range labelled {
		x /= math.Sqrt(max(1-u.sizes[c]/u.labelled, 1e-9))
		squares += x * x
		between += x * scores[c]
	}
	shrink := u.independent / (u.independent + 2*u.ghost)
	// What few labels show of the weights of good and bad cases is no evidence that
	// weights tell nothing: at least what they cost if they do not.
	v = max(squares*shrink, alone/(u.labelled+2*u.ghost*u.typical)*weights) / (u.labelled * u.labelled) * u.left
	if !u.set {
		own := 0.0
		for _, x := range scores {
			own += x * x
		}
		v += 2*u.lambda*between/(u.labelled*u.weight) + u.lambda*u.lambda*own/(u.weight*u.weight)
	}
	near = min(max(u.nearLabel+u.lambda*(u.all-u.nearScore), 1e-6), 1-1e-6)
	return max(v, 1e-12), near
}

// studentQuantile is the p-quantile of Student's t, p >= 1/2, to 1 % for 5 and more
// degrees of freedom: Cornish and Fisher's expansion, R. A. Fisher and E. A.
// Cornish, Technometrics 2 (1960).
func studentQuantile(p, freedom float64) float64 {
	z := NormalQuantile(p)
	z2 := z * z
	a := z * (z2 + 1) / 4
	b := z * (5*z2*z2 + 16*z2 + 3) / 96
	c := z * (3*z2*z2*z2 + 19*z2*z2 + 17*z2 - 15) / 384
	return z + a/freedom + b/(freedom*freedom) + c/(freedom*freedom*freedom)
}
