package evals

import (
	"sort"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// A case whose draws disagree is drawn further: until the interval of its
// probability to pass is narrower than enoughWidth, and at most moreDraws times
// as often as the others. The gate uses first draws only, so this may look at
// results as often as it likes.
const (
	moreDraws   = 4
	enoughWidth = 0.3
)

// mostDraws is how often a case is drawn at most.
func mostDraws(repeats int) int {
	if repeats < 2 {
		return 1
	}
	return repeats * moreDraws
}

// drawn counts the judged draws of a case, and those that passed.
func (t *tally) drawn(pos int) (n, ok int) {
	for draw := 1; draw <= t.plan.draws; draw++ {
		j := t.get(slot{pos: pos, draw: draw})
		if j == nil || j.State == unjudged {
			continue
		}
		n++
		if j.State == passed {
			ok++
		}
	}
	return n, ok
}

// unsettled says whether a case's draws disagree and leave open how often.
func (t *tally) unsettled(pos int) bool {
	n, ok := t.drawn(pos)
	if ok == 0 || ok == n {
		return false
	}
	in := stats.Wilson(float64(ok), float64(n), confidence)
	return in.Hi-in.Lo > enoughWidth
}

// maxFlaky is how many flipped cases a result lists.
const maxFlaky = 100

// flakiness compares the draws of each case; nil when there is one of each.
func (t *tally) flakiness() *FlakySummary {
	if t.plan.repeats < 2 {
		return nil
	}
	f := &FlakySummary{}
	for pos := range t.first {
		n, ok := t.drawn(pos)
		if n < 2 {
			continue
		}
		f.Cases++
		if ok == 0 || ok == n {
			continue
		}
		f.Flipped++
		in := stats.Wilson(float64(ok), float64(n), confidence)
		f.List = append(f.List, FlakyCase{ID: t.plan.cases[t.plan.order[pos]].ID, Draws: n, Passed: ok, Interval: [2]float64{in.Lo, in.Hi}})
	}
	off := func(c FlakyCase) float64 { // from certainty
		rate := float64(c.Passed) / float64(c.Draws)
		return min(rate, 1-rate)
	}
	sort.SliceStable(f.List, func(i, j int) bool { return off(f.List[i]) > off(f.List[j]) })
	f.List = f.List[:min(len(f.List), maxFlaky)]
	for _, c := range f.List[:min(len(f.List), 20)] {
		f.IDs = append(f.IDs, c.ID)
	}
	return f
}
