package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// hardJudges are near chance, faultless, of one mind, or judge what is nearly all
// good or all bad.
var hardJudges = []judge{
	{0.90, 0.50, 0.50}, {0.50, 0.55, 0.50}, {0.98, 0.60, 0.60}, {0.70, 0.99, 0.05}, {0.90, 1, 1}, {0.98, 1, 1}, {0.98, 0.95, 0.50},
	{0.98, 0.98, 0.90}, {0.02, 0.90, 0.98}, {0.02, 0.50, 0.95}, {0.50, 0.90, 0.90}, {0.95, 1, 0.50}, {0.90, 0.80, 1}, {0.70, 0.90, 1},
}

// elsewhere are the shares of good answers among those that were labelled, where
// these are others than the judged ones.
var elsewhere = []float64{0.2, 0.5, 0.9}

// robustTable prints the least coverage over sets of 500 to 20,000 cases, of labels
// of the set's own cases, drawn at random or half of them from what the judge
// fails, and of other answers' labels. It returns how many bars were missed.
func robustTable(labels, seeds int) (missed int) {
	fmt.Printf("\n%d labels; hard judges, least coverage over sets of 500, 3,000 and 20,000 cases\n", labels)
	fmt.Printf("  %-34s%-10s%-10s%-22s%s\n", "", "traffic", "this set", "half from what fails", "labels of other answers: good "+fmt.Sprint(elsewhere))
	for _, j := range hardJudges {
		least := []float64{1, 1, 1, 1, 1, 1}
		for _, cases := range []int{500, 3000, 20_000} {
			rows := simulate(seeds, labels, len(least), func(rng *rand.Rand) []hit {
				all, ofSet := j.table(rng, labels, cases)
				balanced, ofBalanced := j.balanced(rng, labels, cases)
				hits := []hit{hitOf(all.Traffic(level), j.truth), hitOf(all.ThisSet(level), ofSet), hitOf(balanced.ThisSet(level), ofBalanced)}
				for _, share := range elsewhere {
					other, _ := judge{share, j.sensitivity, j.specificity}.table(rng, labels, labels)
					hits = append(hits, hitOf(other.Rates().RoganGladen(all.Pass, all.Judged(), level), j.truth))
				}
				return hits
			})
			for m := range least {
				least[m] = min(least[m], rows[m].covers)
			}
		}
		verdict := "met"
		for _, x := range least {
			if x < bar(labels)-0.01 { // the least of three, of few seeds
				verdict = "MISSED"
			}
		}
		if verdict != "met" {
			missed++
		}
		fmt.Printf("  %-34s%-10.4f%-10.4f%-22.4f%-8.4f%-8.4f%-8.4f%s\n", j, least[0], least[1], least[2], least[3], least[4], least[5], verdict)
	}
	return missed
}

// table is draw, in a time that does not grow with the cases that nobody labelled.
func (j judge) table(rng *rand.Rand, labels, cases int) (t stats.JudgeTable, ofSet float64) {
	t, share := j.draw(rng, labels, labels)
	rest := cases - labels
	good := share * float64(labels)
	more := binomial(rng, rest, j.truth)
	pass := binomial(rng, more, j.sensitivity) + binomial(rng, rest-more, 1-j.specificity)
	t.Pass += float64(pass)
	t.Fail += float64(rest - pass)
	return t, (good + float64(more)) / float64(cases)
}

// balanced labels as many of what the judge fails as of what it passes, as far as
// there are so many.
func (j judge) balanced(rng *rand.Rand, labels, cases int) (t stats.JudgeTable, ofSet float64) {
	good := binomial(rng, cases, j.truth)
	kinds := [4]int{} // good and passed, good and failed, bad and passed, bad and failed
	kinds[0] = binomial(rng, good, j.sensitivity)
	kinds[1] = good - kinds[0]
	kinds[3] = binomial(rng, cases-good, j.specificity)
	kinds[2] = cases - good - kinds[3]
	passed, failed := kinds[0]+kinds[2], kinds[1]+kinds[3]
	fails := min(labels/2, failed)
	passes := min(labels-fails, passed)
	t.TruePass = float64(without(rng, passes, kinds[0], passed))
	t.FalsePass = float64(passes) - t.TruePass
	t.FalseFail = float64(without(rng, fails, kinds[1], failed))
	t.TrueFail = float64(fails) - t.FalseFail
	t.Pass, t.Fail = float64(passed), float64(failed)
	return t, float64(good) / float64(cases)
}

// without is how many of n draws without replacement are of some of all.
func without(rng *rand.Rand, n, some, all int) (hits int) {
	for ; n > 0; n, all = n-1, all-1 {
		if rng.IntN(all) < some {
			hits++
			some--
		}
	}
	return hits
}

// binomial counts the hits of n draws, by the draws between two hits of the rarer
// kind.
func binomial(rng *rand.Rand, n int, p float64) (k int) {
	if p > 0.5 {
		return n - binomial(rng, n, 1-p)
	}
	if p == 0 {
		return 0
	}
	skip := math.Log1p(-p)
	for at := 0; ; k++ {
		at += 1 + int(math.Log(1-rng.Float64())/skip)
		if at > n {
			return k
		}
	}
}
