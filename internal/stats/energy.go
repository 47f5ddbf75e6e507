package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Energy compares two samplers on the same cases. Each case is a symmetric
// matrix of the distances among 2k draws, the first k of one sampler and the
// rest of the other. distance is the sum over the cases of the energy distance
//
//	2 mean d(x,y) − mean d(x,x') − mean d(y,y')
//
// with all means over all pairs (Székely and Rizzo, "Energy statistics", JSPI
// 2013). p is the share of relabellings, the draws' own one included, that give
// as much: labels are exchanged within each case only, so that each case's own
// spread is the yardstick. Under the hypothesis that within each case all draws
// come from one distribution, P(p ≤ α) ≤ α for every α, whatever that
// distribution and however the cases differ. The relabellings are drawn from the
// seed. k = 1 has no relabelling that differs, and p is 1.
//
// E. Good, "Permutation, Parametric, and Bootstrap Tests of Hypotheses", ch. 3,
// on restricted permutations.
func Energy(cases [][][]float64, relabellings int, seed uint64) (distance, p float64) {
	rng := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	draws := make([]relabelled, 0, len(cases))
	for _, d := range cases {
		r := newRelabelled(d)
		distance += r.own
		draws = append(draws, r)
	}
	reached := 1 // by the draws' own labels
	for range relabellings {
		sum := 0.0
		for i := range draws {
			sum += draws[i].draw(rng)
		}
		if sum >= distance-1e-12*math.Abs(distance) {
			reached++
		}
	}
	return distance, float64(reached) / float64(relabellings+1)
}

// mostListed is the number of draws up to which all relabellings of a case are
// worked out beforehand: 924 of 12.
const mostListed = 12

// relabelled is one case.
type relabelled struct {
	d    [][]float64
	own  float64
	all  []float64 // energy of each relabelling; nil where there are too many
	mask []int     // a shuffled order, otherwise
}

func newRelabelled(d [][]float64) relabelled {
	n := len(d)
	r := relabelled{d: d}
	r.own = energyOf(d, func(i int) bool { return i < n/2 })
	if n > mostListed {
		r.mask = make([]int, n)
		for i := range r.mask {
			r.mask[i] = i
		}
		return r
	}
	for m := uint(0); m < 1<<n; m++ {
		if bits.OnesCount(m) == n/2 {
			r.all = append(r.all, energyOf(d, func(i int) bool { return m>>i&1 == 1 }))
		}
	}
	return r
}

func (r *relabelled) draw(rng *rand.Rand) float64 {
	if r.all != nil {
		return r.all[rng.IntN(len(r.all))]
	}
	rng.Shuffle(len(r.mask), func(i, j int) { r.mask[i], r.mask[j] = r.mask[j], r.mask[i] })
	n := len(r.mask) / 2
	return energyOf(r.d, func(i int) bool { return r.mask[i] < n })
}

// energyOf is the energy distance between the draws that are first and the rest.
func energyOf(d [][]float64, first func(int) bool) float64 {
	n := len(d)
	if n < 2 {
		return 0
	}
	label := make([]float64, n)
	for i := range label {
		if label[i] = -1; first(i) {
			label[i] = 1
		}
	}
	sum := 0.0 // of −(sign · d) over all ordered pairs: within counts −1, between +1
	for i := range n {
		for j := range i {
			sum -= 2 * label[i] * label[j] * d[i][j]
		}
	}
	half := float64(n) / 2
	return sum / (half * half)
}

// EMcNemar is a two-sided e-value against "a pair that differs does so in either
// direction alike": w pairs in one direction and l in the other,
//
//	2^(w+l) B(w+a, l+a) / B(a, a), a = 1/2,
//
// the likelihood ratio with Jeffreys' prior on the share. Its expectation under
// the hypothesis is 1 at any stopping time, so that it reaches 1/α with
// probability at most α. Without a pair that differs it is 1.
func EMcNemar(w, l int) float64 {
	const a = 0.5
	return math.Exp(float64(w+l)*math.Ln2 + logBeta(float64(w)+a, float64(l)+a) - logBeta(a, a))
}

func logBeta(x, y float64) float64 {
	a, _ := math.Lgamma(x)
	b, _ := math.Lgamma(y)
	c, _ := math.Lgamma(x + y)
	return a + b - c
}

// Shift compares the scores of two samplers on the same cases. Each case holds
// 2k scores, the first k of one sampler. mean is the mean over the cases of how
// much more the second one scores; p is the share of relabellings within the
// cases, as in Energy, that give a mean as far from 0, in either direction.
func Shift(cases [][]float64, relabellings int, seed uint64) (mean, p float64) {
	rng := rand.New(rand.NewPCG(seed, 0xd1b54a32d192ed03))
	scores := make([][]float64, len(cases))
	for i, c := range cases {
		scores[i] = append([]float64{}, c...)
	}
	sum := func() (total float64) {
		for _, c := range scores {
			half := len(c) / 2
			for i, x := range c {
				if i < half {
					total -= x / float64(half)
				} else {
					total += x / float64(len(c)-half)
				}
			}
		}
		return total
	}
	own, reached := sum(), 1
	for range relabellings {
		for _, c := range scores {
			rng.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
		}
		if math.Abs(sum()) >= math.Abs(own)-1e-9 {
			reached++
		}
	}
	return own / float64(max(len(cases), 1)), float64(reached) / float64(relabellings+1)
}
