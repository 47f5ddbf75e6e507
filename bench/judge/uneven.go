package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// unevenSet is a kind of set whose cases weigh differently or come in clusters.
type unevenSet struct {
	name     string
	clusters int                               // per 1,000 cases; 0 = every case is one
	alike    float64                           // correlation of good and bad within a cluster
	weight   func(*rand.Rand, float64) float64 // of a case of such quality; nil = 1
	whole    bool                              // people label whole clusters, not cases
	misread  float64                           // share of clusters in which the judge errs on all cases alike
	graded   bool                              // the judge gives scores
}

var unevenSets = []unevenSet{
	{name: "weights 1, 3, 10", weight: weights},
	{name: "weights that tell, scores", weight: telling, graded: true},
	{name: "200 clusters", clusters: 200, alike: 0.5, misread: 0.1},
	{name: "200 clusters, labelled whole", clusters: 200, alike: 0.5, misread: 0.1, whole: true},
	{name: "100 clusters all alike", clusters: 100, alike: 0.95, misread: 0.2},
	{name: "50 clusters, labelled whole, scores", clusters: 50, alike: 0.3, whole: true, graded: true},
	{name: "200 clusters and weights", clusters: 200, alike: 0.4, weight: weights, whole: true},
}

func weights(rng *rand.Rand, _ float64) float64 {
	switch x := rng.Float64(); {
	case x < 0.7:
		return 1
	case x < 0.9:
		return 3
	}
	return 10
}

// telling gives bad cases more weight.
func telling(rng *rand.Rand, label float64) float64 {
	return 1 + 3*rng.Float64()*(1.5-label)
}

// draw plays one run: cases with labels for some, and the weighted share of good ones.
func (s unevenSet) draw(rng *rand.Rand, j judge, labels, cases int) (out []stats.JudgedCase, ofSet float64) {
	clusters := cases
	if s.clusters > 0 {
		clusters = s.clusters * cases / 1000
	}
	size := make([]float64, clusters) // uneven by a factor of about 10
	total := 0.0
	for c := range size {
		size[c] = 1
		if s.clusters > 0 {
			size[c] = 0.2 + rng.ExpFloat64()
		}
		total += size[c]
	}
	out = make([]stats.JudgedCase, 0, cases)
	sum, weight := 0.0, 0.0
	for c := range clusters {
		n := 1
		if s.clusters > 0 {
			n = max(1, int(math.Round(size[c]/total*float64(cases))))
		}
		quality, misread := j.truth, rng.Float64() < s.misread
		if s.alike > 0 {
			k := (1 - s.alike) / s.alike
			quality = betaReal(rng, j.truth*k, (1-j.truth)*k)
		}
		for range n {
			x := stats.JudgedCase{Weight: 1, Cluster: c, Label: 0}
			if rng.Float64() < quality {
				x.Label = 1
			}
			if s.weight != nil {
				x.Weight = s.weight(rng, x.Label)
			}
			x.Score = s.score(rng, j, x.Label == 1, misread)
			sum, weight = sum+x.Weight*x.Label, weight+x.Weight
			out = append(out, x)
		}
	}
	s.unlabel(rng, out, labels)
	return out, sum / weight
}

func (s unevenSet) score(rng *rand.Rand, j judge, good, misread bool) float64 {
	right := j.sensitivity
	if !good {
		right = j.specificity
	}
	seen := good == (rng.Float64() < right)
	if misread {
		seen = rng.IntN(2) == 0
	}
	switch {
	case s.graded && seen:
		return beta(rng, 6, 2)
	case s.graded:
		return beta(rng, 2, 4)
	case seen:
		return 1
	}
	return 0
}

// unlabel leaves labels to so many random cases, or to random clusters that hold
// about as many.
func (s unevenSet) unlabel(rng *rand.Rand, cases []stats.JudgedCase, labels int) {
	kept := make([]bool, len(cases))
	if s.whole {
		first := map[int]int{}
		for i := len(cases) - 1; i >= 0; i-- {
			first[cases[i].Cluster] = i
		}
		for _, c := range rng.Perm(len(first)) {
			if labels <= 0 {
				break
			}
			for i := first[c]; i < len(cases) && cases[i].Cluster == c; i++ {
				kept[i] = true
				labels--
			}
		}
	} else {
		for _, i := range rng.Perm(len(cases))[:labels] {
			kept[i] = true
		}
	}
	for i := range cases {
		if !kept[i] {
			cases[i].Label = math.NaN()
		}
	}
}

// truth is the weighted mean of the traffic behind such sets, by a long simulation.
func (s unevenSet) truth(j judge) float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	sum, weight := 0.0, 0.0
	for range 1_000_000 {
		label := 0.0
		if rng.Float64() < j.truth {
			label = 1
		}
		w := 1.0
		if s.weight != nil {
			w = s.weight(rng, label)
		}
		sum, weight = sum+w*label, weight+w
	}
	return sum / weight
}

// betaReal draws from Beta(a,b) for any positive a and b.
func betaReal(rng *rand.Rand, a, b float64) float64 {
	x, y := gamma(rng, a), gamma(rng, b)
	if x+y == 0 {
		return a / (a + b)
	}
	return x / (x + y)
}

// gamma is Marsaglia and Tsang's method, ACM Transactions on Mathematical
// Software 26 (2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(rng.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return boost * d * v
		}
	}
}

// unevenTable prints one block for weighted and clustered sets, and returns how
// many bars were missed.
func unevenTable(labels, cases, seeds int) (missed int) {
	fmt.Printf("\n%d labels; weights and clusters (cover of the traffic, of this set; undecided: too few clusters; width × plain PPI++ of the traffic, which takes cases for alike and independent)\n", labels)
	for _, s := range unevenSets {
		for _, j := range judges {
			truth := s.truth(j)
			rows := simulate(seeds, labels, 4, func(rng *rand.Rand) []hit {
				all, ofSet := s.draw(rng, j, labels, cases)
				traffic, set := stats.PPIUneven(all, false, level), stats.PPIUneven(all, true, level)
				undecided := hit{covers: traffic.Labels < stats.FewestIndependent}
				return []hit{hitOf(plainPPI(all), truth), hitOf(traffic.Corrected, truth), hitOf(set.Corrected, ofSet), undecided}
			})
			mark := "met"
			if rows[1].covers < bar(labels)-0.01 || rows[2].covers < bar(labels)-0.01 { // few seeds
				mark = "MISSED"
				missed++
			}
			fmt.Printf("  %-37s %-32s traffic %.4f  set %.4f  undecided %.3f  width %.2f  (taken for alike: %.4f)  %s\n", s.name, j, rows[1].covers, rows[2].covers, rows[3].covers, rows[1].width/rows[0].width, rows[0].covers, mark)
		}
	}
	return missed
}

// plainPPI takes the cases for equally weighted and independent.
func plainPPI(cases []stats.JudgedCase) stats.Corrected {
	var labels, scores, unseen []float64
	for _, c := range cases {
		if math.IsNaN(c.Label) {
			unseen = append(unseen, c.Score)
		} else {
			labels, scores = append(labels, c.Label), append(scores, c.Score)
		}
	}
	return stats.PPISmall(labels, scores, unseen, level).Corrected
}
