package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// judge says pass or fail.
type judge struct{ truth, sensitivity, specificity float64 }

func (j judge) String() string {
	return fmt.Sprintf("true %.2f, sens %.2f, spec %.2f", j.truth, j.sensitivity, j.specificity)
}

var judges = []judge{{0.90, 0.95, 0.70}, {0.90, 0.95, 0.90}, {0.80, 0.90, 0.80}, {0.95, 0.98, 0.60}}

// draw plays one run: the table, and the share of its own cases that are good.
func (j judge) draw(rng *rand.Rand, labels, cases int) (t stats.JudgeTable, ofSet float64) {
	for i := range cases {
		good := rng.Float64() < j.truth
		pass := good
		if good {
			pass = rng.Float64() < j.sensitivity
			ofSet += 1 / float64(cases)
		} else {
			pass = rng.Float64() >= j.specificity
		}
		if pass {
			t.Pass++
		} else {
			t.Fail++
		}
		if i >= labels {
			continue
		}
		switch {
		case good && pass:
			t.TruePass++
		case good:
			t.FalseFail++
		case pass:
			t.FalsePass++
		default:
			t.TrueFail++
		}
	}
	return t, ofSet
}

// method is one way to an interval; ofSet: of the set's own rate.
type method struct {
	name  string
	of    func(stats.JudgeTable) stats.Corrected
	ofSet bool
	bar   bool
}

var methods = []method{
	{name: "labels alone (Wilson)", of: func(t stats.JudgeTable) stats.Corrected { return t.LabelsAlone(level) }},
	{name: "judge alone (Wilson)", of: func(t stats.JudgeTable) stats.Corrected { return t.JudgeAlone(level) }},
	{name: "PPI++ (Wald, as published)", of: func(t stats.JudgeTable) stats.Corrected { return t.PPIWald(level) }},
	{name: "PPI++ (small samples)", of: func(t stats.JudgeTable) stats.Corrected { return t.PPI(level) }, bar: true},
	{name: "Rogan-Gladen", of: func(t stats.JudgeTable) stats.Corrected { return t.Rates().RoganGladen(t.Pass, t.Judged(), level) }},
	{name: "score", of: func(t stats.JudgeTable) stats.Corrected { return t.Traffic(level) }, bar: true},
	{name: "score, of this set", of: func(t stats.JudgeTable) stats.Corrected { return t.ThisSet(level) }, ofSet: true, bar: true},
}

// binaryTable prints one block for judges that say pass or fail, and returns how
// many bars were missed.
func binaryTable(labels, cases, seeds int) (missed int) {
	fmt.Printf("\n%-32s", fmt.Sprintf("%d labels; says pass or fail", labels))
	for _, j := range judges {
		fmt.Printf("%-33s", j)
	}
	fmt.Printf("mean\n%-32s", "")
	for range judges {
		fmt.Printf("%-33s", "cover  width  below   above")
	}
	fmt.Println("width")
	var columns [][]row
	for _, j := range judges {
		columns = append(columns, simulate(seeds, labels, len(methods), func(rng *rand.Rand) []hit {
			t, ofSet := j.draw(rng, labels, cases)
			hits := make([]hit, len(methods))
			for m, how := range methods {
				truth := j.truth
				if how.ofSet {
					truth = ofSet
				}
				hits[m] = hitOf(how.of(t), truth)
			}
			return hits
		}))
	}
	for m, how := range methods {
		fmt.Printf("  %-30s", how.name)
		sum, bad := 0.0, 0
		for _, rows := range columns {
			r, width := rows[m], rows[m].width/rows[0].width
			sum += width / float64(len(columns))
			fmt.Printf("%.4f %.3f  %.4f  %.4f     ", r.covers, width, 1-r.covers-r.above, r.above)
			if r.covers < bar(labels) || width > widest {
				bad++
			}
		}
		fmt.Printf("%.3f", sum)
		if how.bar {
			fmt.Printf("  bar: cover >= %.2f, width <= %.2f: ", bar(labels), widest)
			if bad > 0 {
				fmt.Printf("MISSED for %d", bad)
			} else {
				fmt.Print("met")
			}
			missed += bad
		}
		fmt.Println()
	}
	return missed
}
