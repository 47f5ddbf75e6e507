package inspect

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/stats"
	"github.com/GaboBase/arch-genops/testsets"
)

// Spread is how a number is spread over the cases.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
}

func spread(xs []float64) Spread {
	q := stats.Quantiles(xs, 0, 0.5, 0.95, 1)
	return Spread{q[0], q[1], q[2], q[3]}
}

// Count is a name and how many cases have it.
type Count struct {
	Name  string `json:"name"`
	Cases int    `json:"cases"`
}

// Labels is how the expected texts are balanced.
type Labels struct {
	Counts []Count `json:"counts"` // largest first
	// Balance is the entropy of the labels' shares, divided by that of equal
	// shares: 1 when all labels are equally frequent, near 0 when one has nearly
	// all cases. 0 with fewer than two labels.
	Balance float64  `json:"balance"`
	Unused  []string `json:"unused,omitempty"` // declared, but no case has them
}

func labelsOf(s *testsets.Set) Labels {
	count := map[string]int{}
	total := 0
	for i := range s.Cases {
		if label, ok := s.Cases[i].Expected.(string); ok {
			count[label]++
			total++
		}
	}
	l := Labels{Counts: counted(count)}
	var entropy float64
	for _, c := range l.Counts {
		p := float64(c.Cases) / float64(total)
		entropy -= p * math.Log(p)
	}
	if len(l.Counts) > 1 {
		l.Balance = entropy / math.Log(float64(len(l.Counts)))
	}
	for _, label := range s.Labels {
		if count[label] == 0 {
			l.Unused = append(l.Unused, label)
		}
	}
	return l
}

// counted lists counts, largest first.
func counted(count map[string]int) []Count {
	all := make([]Count, 0, len(count))
	for name, n := range count {
		all = append(all, Count{name, n})
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Clusters is what is drawn whole.
type Clusters struct {
	Count   int `json:"count"`   // clusters of more than one case
	Cases   int `json:"cases"`   // in them
	Largest int `json:"largest"` // cases of the largest
	Units   int `json:"units"`   // what is drawn: clusters, and cases of their own
}

func clustersOf(s *testsets.Set) (c Clusters) {
	size := map[string]int{}
	for i := range s.Cases {
		if name := s.Cases[i].Cluster; name != "" {
			size[name]++
		} else {
			c.Units++
		}
	}
	c.Units += len(size)
	for _, n := range size {
		if n > 1 {
			c.Count++
			c.Cases += n
			c.Largest = max(c.Largest, n)
		}
	}
	return c
}

// Weights is how unequal the cases' weights are.
type Weights struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// Effective is Kish's number of equally weighted cases that would carry the
	// same information.
	Effective float64 `json:"effective"`
}

func weightsOf(s *testsets.Set) Weights {
	ws := make([]float64, len(s.Cases))
	for i := range s.Cases {
		ws[i] = s.Cases[i].Weight
	}
	return Weights{slices.Min(ws), slices.Max(ws), stats.EffectiveN(ws)}
}

// describe counts what the cases hold.
func (r *Report) describe(s *testsets.Set) {
	var characters, words []float64
	for i := range s.Cases {
		c := &s.Cases[i]
		count := func(n *int, has bool) {
			if has {
				*n++
			}
		}
		count(&r.Expected, c.Expected != nil)
		count(&r.Asserted, len(c.Assert) > 0)
		count(&r.Unjudged, c.Expected == nil && len(c.Assert) == 0)
		count(&r.Contexts, len(c.Context) > 0)
		count(&r.History, len(c.Messages) > 0)
		characters = append(characters, float64(utf8.RuneCountInString(c.Input)))
		n := 0
		for range strings.FieldsSeq(c.Input) {
			n++
		}
		words = append(words, float64(n))
	}
	r.Characters, r.Words = spread(characters), spread(words)
}
