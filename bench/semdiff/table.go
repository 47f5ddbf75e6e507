package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/embedding"
)

const (
	aurocBar   = 0.97
	caughtBar  = 0.99
	flaggedBar = 0.05
	longBar    = 50 * time.Millisecond
	manyBar    = 5 * time.Second
	fewMisses  = 20
)

// barred are the kinds whose changes must be caught.
var barred = []kind{"negation", "number", "modality", "exclusivity", "label", "schema"}

// run prints the whole table and says whether all bars were met.
func run(w io.Writer, which string, misses bool) (bool, error) {
	pairs, err := benchmark(which)
	if err != nil {
		return false, err
	}
	m, err := embedding.Default()
	if err != nil {
		return false, err
	}
	t, err := speed(m)
	if err != nil {
		return false, err
	}
	train, err := benchmark("train")
	if err != nil {
		return false, err
	}
	all := judgeAll(semantic(), pairs)
	header(w, which, pairs)
	judges(w, m, bestCut(m, train), pairs, all)
	byKind(w, all)
	byMutator(w, all, false)
	byMutator(w, all, true)
	place := locate(all)
	fmt.Fprintf(w, "\nkind of the first change, macro-F1: %.3f\nplaces: F1 of units %.3f, of lines %.3f\n", macroF1(all), place.unitF1(), place.lineF1())
	fmt.Fprintf(w, "first diff of the process: %.1f ms\n", ms(t.first))
	listMisses(w, all, misses)
	return bars(w, all, t), nil
}

func header(w io.Writer, which string, pairs []pair) {
	ps, _ := corpus()
	used, changed, preserved := 0, 0, 0
	for _, p := range ps {
		if which == "all" || half(p.name) == which {
			used++
		}
	}
	for _, p := range pairs {
		if p.changed() {
			changed++
		} else {
			preserved++
		}
	}
	ms := mutators()
	n := 0
	for _, m := range ms {
		if m.changes() {
			n++
		}
	}
	fmt.Fprintf(w, "%s: %d of %d prompts, %d pairs: %d changed by %d mutators, %d preserved by %d, mixed commits among both\n\n",
		which, used, len(ps), len(pairs), changed, n, preserved, len(ms)-n)
}

// judges prints the figures of the semantic diff and of simpler methods.
func judges(w io.Writer, m *embedding.Model, cut float64, pairs []pair, all []judged) {
	fmt.Fprintf(w, "%-24s %8s %8s %8s %10s\n", "", "AUROC", "caught", "flagged", "cost/pair")
	line := func(name string, f figures) {
		fmt.Fprintf(w, "%-24s %8.4f %8.4f %8.4f %10.3f\n", name, f.auroc, f.caught.share(), f.flagged.share(), f.cost)
	}
	line("semantic diff", measure(all))
	for _, j := range baselines(m, cut) {
		name := j.name
		if name == "embedding cosine" {
			name = fmt.Sprintf("cosine < %.4f (train)", cut)
		}
		line(name, measure(judgeAll(j, pairs)))
	}
	fmt.Fprintln(w, "cost: a miss 5, a false flag 1")
}

func byKind(w io.Writer, all []judged) {
	fmt.Fprintf(w, "\n%-44s %8s %6s\n", "changed pairs, by kind", "caught", "pairs")
	names, groups := groupBy(keep(all, true), func(j judged) string { return string(j.Kind) })
	for _, name := range names {
		fmt.Fprintf(w, "%-44s %8.4f %6d\n", name, groups[name].share(), groups[name].n)
	}
}

func byMutator(w io.Writer, all []judged, changed bool) {
	what, column := "preserved pairs, by mutator", "flagged"
	if changed {
		what, column = "changed pairs, by mutator", "caught"
	}
	fmt.Fprintf(w, "\n%-44s %8s %6s\n", what, column, "pairs")
	names, groups := groupBy(keep(all, changed), func(j judged) string { return j.mutator })
	for _, name := range names {
		fmt.Fprintf(w, "%-44s %8.4f %6d\n", name, groups[name].share(), groups[name].n)
	}
}

func keep(all []judged, changed bool) []judged {
	return slices.DeleteFunc(slices.Clone(all), func(j judged) bool { return j.pair.changed() != changed })
}

// listMisses prints what was called wrongly: all of it, or a part.
func listMisses(w io.Writer, all []judged, every bool) {
	wrong := slices.DeleteFunc(slices.Clone(all), func(j judged) bool { return j.pair.changed() == j.outcome.changed })
	shown := wrong
	if !every && len(wrong) > fewMisses {
		shown = nil
		for i := range fewMisses { // from everywhere
			shown = append(shown, wrong[i*len(wrong)/fewMisses])
		}
	}
	fmt.Fprintf(w, "\n%d pairs called wrongly", len(wrong))
	if len(shown) < len(wrong) {
		fmt.Fprintf(w, "; %d of them, --misses shows all", len(shown))
	}
	fmt.Fprintln(w)
	for _, j := range shown {
		a, b := difference(j.Before, j.After)
		fmt.Fprintf(w, "  %s (%s, called %s, score %.2f)\n    - %s\n    + %s\n", j.ID, j.Label, j.report.Verdict, j.score, a, b)
	}
}

// difference is what differs between the texts, with a few words around it.
func difference(before, after string) (string, string) {
	a, b := strings.Fields(before), strings.Fields(after)
	from, end := 0, 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	for end < min(len(a), len(b))-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	cut := func(words []string) string {
		s := []rune(strings.Join(words[max(0, from-4):min(len(words), len(words)-end+4)], " "))
		if len(s) > 220 {
			return string(s[:160]) + " … " + string(s[len(s)-55:])
		}
		return string(s)
	}
	return cut(a), cut(b)
}

// bars prints every bar with met or missed.
func bars(w io.Writer, all []judged, t timing) bool {
	f := measure(all)
	ok := true
	line := func(met bool, format string, args ...any) {
		verdict := "met"
		if !met {
			verdict, ok = "MISSED", false
		}
		fmt.Fprintf(w, "%-7s %s\n", verdict, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, "\nbars")
	line(f.auroc >= aurocBar, "AUROC %.4f >= %.2f", f.auroc, aurocBar)
	_, groups := groupBy(keep(all, true), func(j judged) string { return string(j.Kind) })
	for _, k := range barred {
		g := groups[string(k)]
		if g == nil {
			g = &tally{}
		}
		line(g.n > 0 && g.share() >= caughtBar, "%s caught %.4f (%d of %d) >= %.2f", k, g.share(), g.called, g.n, caughtBar)
	}
	line(f.flagged.share() <= flaggedBar, "preserved flagged %.4f (%d of %d) <= %.2f", f.flagged.share(), f.flagged.called, f.flagged.n, flaggedBar)
	line(t.edited.median <= longBar, "%d tokens with %d edits: %v <= %d ms", t.tokens, t.edits, t.edited, longBar.Milliseconds())
	line(t.rewritten.median <= longBar, "%d tokens rewritten: %v <= %d ms", t.tokens, t.rewritten, longBar.Milliseconds())
	line(t.prompts <= manyBar, "%d changed prompts: %.2f s <= %.0f s", changedNumber, t.prompts.Seconds(), manyBar.Seconds())
	return ok
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
