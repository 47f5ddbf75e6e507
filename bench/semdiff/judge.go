package main

import (
	"strings"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/semdiff"
)

// outcome is what a judge says about a pair.
type outcome struct {
	score   float64 // higher: more surely changed
	changed bool
	report  *semdiff.Report // nil unless the judge is the semantic diff
}

// judge decides whether the meaning of a text has changed.
type judge struct {
	name string
	of   func(before, after string) outcome
}

func semantic() judge {
	return judge{"semantic diff", func(before, after string) outcome {
		r := semdiff.Text(before, after)
		return outcome{r.Score, r.Verdict >= semdiff.Changed, r}
	}}
}

// baselines are what people use without a semantic diff: any line that differs,
// a share of common words below .6 and a cosine of embeddings below cut.
func baselines(m *embedding.Model, cut float64) []judge {
	return []judge{
		{"line diff", func(before, after string) outcome {
			x := 1 - overlap(lines(before), lines(after))
			return outcome{score: x, changed: x > 0}
		}},
		{"word overlap < .6", func(before, after string) outcome {
			x := 1 - overlap(strings.Fields(before), strings.Fields(after))
			return outcome{score: x, changed: x > 0.4}
		}},
		{"embedding cosine", func(before, after string) outcome {
			x := 1 - cosine(m, before, after)
			return outcome{score: x, changed: x > 1-cut}
		}},
	}
}

func cosine(m *embedding.Model, a, b string) float64 {
	x, okA := m.Embed(nil, a)
	y, okB := m.Embed(nil, b)
	if !okA || !okB {
		return 0
	}
	return embedding.Cosine(x, y)
}

// lines are the lines that are not blank, without the space around them.
func lines(text string) []string {
	var all []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

// overlap is the share of common items of two bags, of all the items of both:
// their intersection over their union, with multiplicities.
func overlap(a, b []string) float64 {
	count := map[string]int{}
	for _, x := range a {
		count[x]++
	}
	common := 0
	for _, x := range b {
		if count[x] > 0 {
			count[x]--
			common++
		}
	}
	if len(a)+len(b) == common {
		return 1
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

// bestCut is the threshold on the cosine that errs least on the pairs, both
// classes weighing the same.
func bestCut(m *embedding.Model, pairs []pair) float64 {
	var same, changed []float64
	for _, p := range pairs {
		if x := cosine(m, p.Before, p.After); p.changed() {
			changed = append(changed, x)
		} else {
			same = append(same, x)
		}
	}
	best, cut := -1.0, 1.0
	for i := range 400 {
		c := 1 - float64(i)/4000 // between .9 and 1
		right := share(changed, func(x float64) bool { return x < c }) + share(same, func(x float64) bool { return x >= c })
		if right > best {
			best, cut = right, c
		}
	}
	return cut
}

func share[T any](all []T, is func(T) bool) float64 {
	n := 0
	for _, x := range all {
		if is(x) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(all)))
}
