package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Scale says how far apart two ratings are.
type Scale int

const (
	NominalScale  Scale = iota // equal or not
	OrdinalScale               // by the number of ratings between them
	IntervalScale              // by their difference
)

// Agreement is Krippendorff's α: 1 = the raters always agree, 0 = as much as by
// chance, below 0 = less. Units are the units with at least two ratings.
type Agreement struct {
	Alpha    float64
	Interval Interval
	Units    int
	Ratings  int // in these units
}

// Krippendorff returns α of raters who each rate some of the units: units[u]
// holds the ratings of one unit, NaN (or nothing) where a rater gave none. The
// interval is at the given level. ok is false when α is not defined: no unit has
// two ratings, or all ratings are the same.
//
// α = 1 - observed / expected disagreement, K. Krippendorff, "Computing
// Krippendorff's Alpha-Reliability", 2011. On the ordinal scale the distance of
// two values is that of their middle ranks, which is Krippendorff's. The interval
// is the percentile bootstrap over units, seeded; where no unit shows any
// disagreement the lower end is what Wilson's upper bound of it allows, for a
// bootstrap of nothing is nothing.
func Krippendorff(units [][]float64, scale Scale, level float64) (a Agreement, ok bool) {
	rated := make([][]float64, 0, len(units))
	for _, u := range units {
		var given []float64
		for _, x := range u {
			if !math.IsNaN(x) {
				given = append(given, x)
			}
		}
		if len(given) > 1 {
			rated = append(rated, given)
			a.Ratings += len(given)
		}
	}
	a.Units = len(rated)
	observed, expected := disagreement(rated, scale)
	if !(expected > 0) {
		return a, false
	}
	a.Alpha = 1 - observed/expected
	if observed == 0 {
		a.Interval = Interval{max(1-Wilson(0, float64(a.Units), level).Hi*furthest(rated, scale)/expected, -1), 1}
		return a, true
	}
	a.Interval = resampled(rated, scale, level)
	a.Interval.Lo, a.Interval.Hi = min(a.Interval.Lo, a.Alpha), max(a.Interval.Hi, a.Alpha)
	return a, true
}

// resamples is the number of bootstrap samples.
const resamples = 1000

func resampled(rated [][]float64, scale Scale, level float64) Interval {
	rng := rand.New(rand.NewPCG(uint64(len(rated)), 2011))
	alphas := make([]float64, 0, resamples)
	sample := make([][]float64, len(rated))
	for range resamples {
		for i := range sample {
			sample[i] = rated[rng.IntN(len(rated))]
		}
		if observed, expected := disagreement(sample, scale); expected > 0 {
			alphas = append(alphas, 1-observed/expected)
		}
	}
	if len(alphas) == 0 {
		return Interval{-1, 1}
	}
	q := Quantiles(alphas, (1-level)/2, (1+level)/2)
	return Interval{q[0], q[1]}
}

// disagreement returns the observed and the expected mean distance.
func disagreement(rated [][]float64, scale Scale) (observed, expected float64) {
	n := 0
	for _, u := range rated {
		n += len(u)
	}
	if n < 2 {
		return 0, 0
	}
	all := make([]float64, 0, n)
	for _, u := range rated {
		all = append(all, u...)
	}
	if scale == OrdinalScale {
		rank := middleRanks(all)
		ranked := make([][]float64, len(rated))
		for i, u := range rated {
			ranked[i] = make([]float64, len(u))
			for j, x := range u {
				ranked[i][j] = rank[x]
			}
		}
		for i, x := range all {
			all[i] = rank[x]
		}
		rated = ranked
	}
	for _, u := range rated {
		observed += distances(u, scale) / float64(len(u)-1)
	}
	return observed / float64(n), distances(all, scale) / (float64(n) * float64(n-1))
}

// distances sums the squared distances of all ordered pairs.
func distances(xs []float64, scale Scale) float64 {
	n := float64(len(xs))
	if scale == NominalScale {
		count := make(map[float64]float64, 4)
		for _, x := range xs {
			count[x]++
		}
		same := 0.0
		for _, c := range count {
			same += c * c
		}
		return n*n - same
	}
	var sum, squares float64
	for _, x := range xs { // around the first, so that equal values give exactly 0
		d := x - xs[0]
		sum += d
		squares += d * d
	}
	return 2 * max(n*squares-sum*sum, 0)
}

// furthest is the largest squared distance between two ratings.
func furthest(rated [][]float64, scale Scale) float64 {
	if scale == NominalScale {
		return 1
	}
	var all []float64
	for _, u := range rated {
		all = append(all, u...)
	}
	lo, hi := slices.Min(all), slices.Max(all)
	if scale == OrdinalScale {
		rank := middleRanks(all)
		lo, hi = rank[lo], rank[hi]
	}
	return (hi - lo) * (hi - lo)
}

// middleRanks gives equal values the middle of their places in order.
func middleRanks(xs []float64) map[float64]float64 {
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	rank := map[float64]float64{}
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		rank[sorted[i]] = float64(i+j-1) / 2
		i = j
	}
	return rank
}

// Kappa is Cohen's κ of two raters who sorted the same units: counts[i][j] units
// were put into category i by one and j by the other. The interval is normal, cut
// to [-1,1]. ok is false when κ is not defined: both put all into one category.
//
// J. Cohen, "A coefficient of agreement for nominal scales", Educational and
// Psychological Measurement 20 (1960); standard error of J. L. Fleiss, J. Cohen
// and B. S. Everitt, Psychological Bulletin 72 (1969).
func Kappa(counts [][]float64, level float64) (kappa, se float64, in Interval, ok bool) {
	n, k := 0.0, len(counts)
	rows, columns := make([]float64, k), make([]float64, k)
	for i, row := range counts {
		for j, c := range row {
			n += c
			rows[i] += c
			columns[j] += c
		}
	}
	var seen, chance float64
	for i := range counts {
		seen += counts[i][i] / n
		chance += rows[i] / n * columns[i] / n
	}
	if !(n > 0) || chance >= 1-1e-12 {
		return 0, 0, Interval{-1, 1}, false
	}
	kappa = (seen - chance) / (1 - chance)
	var v float64
	for i, row := range counts {
		for j, c := range row {
			w := -(rows[j] + columns[i]) / n * (1 - kappa)
			if i == j {
				w++
			}
			v += c / n * w * w
		}
	}
	off := kappa - chance*(1-kappa)
	se = math.Sqrt(max(v-off*off, 0)/n) / (1 - chance)
	z := NormalQuantile((1 + level) / 2)
	return kappa, se, Interval{max(kappa-z*se, -1), min(kappa+z*se, 1)}, true
}

// PairedDifference is the difference of two rates over the same n cases, of
// which up count for the first alone and down for the second alone, with the
// adjusted Wald interval of D. G. Bonett and R. M. Price, "Adjusted Wald
// confidence interval for a difference of binomial proportions based on paired
// data", Journal of Educational and Behavioral Statistics 37 (2012).
func PairedDifference(up, down, n, level float64) Corrected {
	if !(n > 0) {
		return Corrected{0, Interval{-1, 1}}
	}
	u, d := (up+1)/(n+2), (down+1)/(n+2)
	half := NormalQuantile((1+level)/2) * math.Sqrt((u+d-(u-d)*(u-d))/(n+2))
	return Corrected{(up - down) / n, Interval{max(u-d-half, -1), min(u-d+half, 1)}}
}
