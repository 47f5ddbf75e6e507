package main

import (
	"cmp"
	"math"
	"slices"
)

// judged is a pair with what a judge said.
type judged struct {
	pair
	outcome
}

func judgeAll(j judge, pairs []pair) []judged {
	all := make([]judged, len(pairs))
	for i, p := range pairs {
		all[i] = judged{p, j.of(p.Before, p.After)}
	}
	return all
}

// tally is how many of a group were called changed.
type tally struct{ called, n int }

func (t tally) share() float64 { return float64(t.called) / float64(t.n) }

// figures are what a judge achieves on labelled pairs.
type figures struct {
	auroc           float64 // NaN if one class is missing
	caught, flagged tally   // changed and preserved pairs that were called changed
	cost            float64 // mean cost of a pair: 5 for a miss, 1 for a false flag
}

func measure(all []judged) figures {
	var f figures
	var high, low []float64
	for _, j := range all {
		if j.pair.changed() {
			high = append(high, j.score)
			f.caught.add(j.outcome.changed)
		} else {
			low = append(low, j.score)
			f.flagged.add(j.outcome.changed)
		}
	}
	f.auroc = auroc(high, low)
	f.cost = float64(5*(f.caught.n-f.caught.called)+f.flagged.called) / float64(max(1, len(all)))
	return f
}

func (t *tally) add(called bool) {
	t.n++
	if called {
		t.called++
	}
}

// auroc is the probability that a score of high exceeds one of low, ties
// counting half (Mann-Whitney); NaN if either is empty.
func auroc(high, low []float64) float64 {
	if len(high) == 0 || len(low) == 0 {
		return math.NaN()
	}
	type scored struct {
		x    float64
		high bool
	}
	var all []scored
	for _, x := range high {
		all = append(all, scored{x, true})
	}
	for _, x := range low {
		all = append(all, scored{x, false})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.x, b.x) })
	var wins, below float64 // below: scores of low that are smaller
	for i := 0; i < len(all); {
		end, h, l := i, 0.0, 0.0
		for ; end < len(all) && all[end].x == all[i].x; end++ {
			if all[end].high {
				h++
			} else {
				l++
			}
		}
		wins += h * (below + l/2)
		below += l
		i = end
	}
	return wins / (float64(len(high)) * float64(len(low)))
}

// groupBy tallies the pairs by a name, in the order of the names.
func groupBy(all []judged, name func(judged) string) (names []string, groups map[string]*tally) {
	groups = map[string]*tally{}
	for _, j := range all {
		key := name(j)
		if groups[key] == nil {
			groups[key] = &tally{}
			names = append(names, key)
		}
		groups[key].add(j.outcome.changed)
	}
	slices.Sort(names)
	return names, groups
}
