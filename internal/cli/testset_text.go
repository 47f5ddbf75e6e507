package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/testsets/inspect"
)

// inspection writes a report for people: a screenful, or everything.
type inspection struct {
	w   io.Writer
	r   *inspect.Report
	all bool
}

func (s *State) showInspection(r *inspect.Report, all bool) {
	i := inspection{s.Stdout, r, all}
	i.head()
	i.labels()
	i.duplicates()
	i.near()
	i.leaks()
	i.slices()
	i.power()
	if i.hidden() {
		fmt.Fprintln(i.w, "\n--all shows every label, duplicate, leak and slice.")
	}
}

// How many rows of each table fit on a screen.
const (
	someLabels   = 3 // largest, and as many of the smallest
	someTwins    = 3
	someExamples = 3
	someSlices   = 5
)

// upTo is how many of n rows are shown.
func (i *inspection) upTo(n, some int) int {
	if i.all {
		return n
	}
	return min(n, some)
}

func (i *inspection) hidden() bool {
	r, leaks := i.r, 0
	for _, l := range r.Leaks {
		leaks = max(leaks, len(l.Examples))
	}
	return !i.all && (len(r.Labels.Counts) > 2*someLabels || len(r.Duplicates.Groups) > someTwins || len(r.Near.Nearest) > someTwins ||
		leaks > someExamples || len(r.Leaks) > someSlices || len(r.Slices) > min(len(i.weakSlices()), someSlices))
}

// weakSlices are those that can't decide.
func (i *inspection) weakSlices() (weak []inspect.Slice) {
	for _, s := range i.r.Slices {
		if !s.CanPass || !s.CanFail {
			weak = append(weak, s)
		}
	}
	return weak
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (i *inspection) table(head string) *tabwriter.Writer {
	t := tabwriter.NewWriter(i.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	return t
}

func (i *inspection) head() {
	r := i.r
	fmt.Fprintf(i.w, "%s: %s, %s, %.19s\n", plain(r.File), r.Format, counted(r.Cases, "case"), r.Digest)
	if base := filepath.Base(r.File); r.Version != "" || r.Name != strings.TrimSuffix(base, filepath.Ext(base)) {
		fmt.Fprintln(i.w, strings.TrimSpace(oneLine(r.Name, 100)+" "+oneLine(r.Version, 30)))
	}
	for _, note := range r.Notes {
		fmt.Fprintln(i.w, "! "+plain(note))
	}
	fmt.Fprintf(i.w, "%d with an expected value, %d with assertions, %d with neither; %d with context, %d with history\n", r.Expected, r.Asserted, r.Unjudged, r.Contexts, r.History)
	fmt.Fprintf(i.w, "Inputs of %s characters and %s words\n", spreadText(r.Characters), spreadText(r.Words))
	if c := r.Clusters; c.Count > 0 {
		fmt.Fprintf(i.w, "Clusters: %d with %s, the largest with %d; %s are drawn\n", c.Count, counted(c.Cases, "case"), c.Largest, counted(c.Units, "unit"))
	}
	if w := r.Weights; w.Min != w.Max {
		fmt.Fprintf(i.w, "Weights from %g to %g: worth %.0f cases of equal weight\n", w.Min, w.Max, w.Effective)
	}
}

func spreadText(s inspect.Spread) string {
	return fmt.Sprintf("%.0f to %.0f (median %.0f, 95 %% up to %.0f)", s.Min, s.Max, s.Median, s.P95)
}

func (i *inspection) labels() {
	counts, total := i.r.Labels.Counts, 0
	if len(counts) == 0 {
		return
	}
	for _, c := range counts {
		total += c.Cases
	}
	fmt.Fprintf(i.w, "\nLabels: %d, balance %.2f (1 = all equally frequent)\n", len(counts), i.r.Labels.Balance)
	t := i.table("LABEL\tCASES\tSHARE")
	for k, c := range counts {
		if !i.all && k >= someLabels && k < len(counts)-someLabels {
			if k == someLabels {
				fmt.Fprintf(t, "… %d more\t\t\n", len(counts)-2*someLabels)
			}
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%.1f %%\n", oneLine(c.Name, 40), c.Cases, 100*float64(c.Cases)/float64(total))
	}
	t.Flush()
	if unused := i.r.Labels.Unused; len(unused) > 0 {
		fmt.Fprintf(i.w, "! %d declared label(s) have no case: %s\n", len(unused), oneLine(strings.Join(unused, ", "), 100))
	}
}

func (i *inspection) duplicates() {
	d := i.r.Duplicates
	if len(d.Groups) == 0 {
		fmt.Fprintln(i.w, "\nDuplicates: none")
		return
	}
	fmt.Fprintf(i.w, "\nDuplicates: %s in %s; %d with different expected values\n", counted(len(d.Groups), "input"), counted(d.Cases, "case"), d.Conflicts)
	t := i.table("LINES\tINPUT\tEXPECTED")
	shown := 0
	for _, conflicts := range []bool{true, false} {
		for _, g := range d.Groups {
			if g.Conflict != conflicts || shown == i.upTo(len(d.Groups), someTwins) {
				continue
			}
			shown++
			var lines, expected []string
			for _, c := range g.Cases {
				lines = append(lines, fmt.Sprint(c.Line))
				if e := expectedText(c.Expected); !slices.Contains(expected, e) {
					expected = append(expected, e)
				}
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", oneLine(strings.Join(lines, ", "), 20), oneLine(g.Cases[0].Input, 50), oneLine(strings.Join(expected, " / "), 40))
		}
	}
	t.Flush()
}

func expectedText(v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case string:
		return v
	}
	b, _ := json.Marshal(v) // of values that were read from JSON
	return string(b)
}

func (i *inspection) near() {
	n := i.r.Near
	if n.Note != "" {
		defer fmt.Fprintln(i.w, "! Near-duplicates: "+n.Note)
	}
	if n.Pairs == 0 {
		fmt.Fprintf(i.w, "\nNear-duplicates (cosine >= %g): none\n", n.Threshold)
		return
	}
	fmt.Fprintf(i.w, "\nNear-duplicates (cosine >= %g; the embeddings see words, not their order, negation or numbers):\n", n.Threshold)
	fmt.Fprintf(i.w, "%s of %s in %s, the largest of %d; %s with different expected values\n",
		counted(n.Pairs, "pair"), counted(n.Inputs, "input"), counted(n.Groups, "group"), n.Largest, counted(n.Conflicts, "pair"))
	i.pairs(n.Nearest, i.upTo(len(n.Nearest), someTwins))
}

// pairs shows pairs, each on one line.
func (i *inspection) pairs(all []inspect.Pair, n int) {
	t := i.table("COSINE\tLINES\tINPUTS\tEXPECTED")
	for _, p := range all[:n] {
		expected := oneLine(expectedText(p.A.Expected), 24)
		if p.Conflict {
			expected += " / " + oneLine(expectedText(p.B.Expected), 24)
		}
		fmt.Fprintf(t, "%.3f\t%d, %d\t%s / %s\t%s\n", p.Cosine, p.A.Line, p.B.Line, oneLine(p.A.Input, 32), oneLine(p.B.Input, 32), expected)
	}
	t.Flush()
}

func (i *inspection) leaks() {
	if len(i.r.Leaks) == 0 {
		return
	}
	fmt.Fprintln(i.w)
	t := i.table("LEAKS OF\tINTO\tCASES\tEXACT\tNEAR\tOTHER EXPECTED")
	for _, l := range i.r.Leaks[:i.upTo(len(i.r.Leaks), someSlices)] {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\n", oneLine(filepath.Base(l.Of), 30), oneLine(filepath.Base(l.Into), 30), l.Cases, l.Exact, l.Near, l.Conflicts)
	}
	t.Flush()
	for k, l := range i.r.Leaks {
		if len(l.Examples) > 0 && (i.all || k == 0) {
			i.pairs(l.Examples, i.upTo(len(l.Examples), someExamples))
		}
	}
}

// slices shows those that are too small for a pass; --all shows the others too.
func (i *inspection) slices() {
	if len(i.r.Slices) == 0 {
		return
	}
	rows, small := i.weakSlices(), 0
	for _, s := range rows {
		if !s.CanPass {
			small++
		}
	}
	if i.all {
		rows = i.r.Slices
	}
	fmt.Fprintf(i.w, "\nSlices: %d; %d of them too small for mean >= %g to pass for the traffic behind them, even if all their cases pass\n", len(i.r.Slices), small, i.r.Power.Bar)
	if len(rows) == 0 {
		return
	}
	t := i.table("SLICE\tCASES\tIF ALL PASS\tIF NONE PASSES")
	n := i.upTo(len(rows), someSlices)
	for _, s := range rows[:n] {
		fmt.Fprintf(t, "%s=%s\t%d\t%s\t%s\n", oneLine(s.Key, 20), oneLine(s.Value, 30), s.Cases, decided(s.CanPass, "pass"), decided(s.CanFail, "fail"))
	}
	if n < len(rows) {
		fmt.Fprintf(t, "… %d more\t\t\t\n", len(rows)-n)
	}
	t.Flush()
}

func decided(can bool, verdict string) string {
	if can {
		return verdict
	}
	return "undecided"
}

func (i *inspection) power() {
	p := i.r.Power
	fmt.Fprintf(i.w, "\nmean >= %g, alpha %g: a full run decides exactly about this set's %s, however few. About the traffic behind them\n%s.\n",
		p.Bar, p.Alpha, counted(i.r.Cases, "case"), leastText(p))
	t := i.table("TRUE MEAN\tVERDICT\tCASES, THIS SET\tCASES, TRAFFIC")
	for _, x := range p.Truths {
		fmt.Fprintf(t, "%g\t%s\t%s\t%s\n", x.Mean, x.Verdict, drawsText(x.OfSet, i.r.Cases), drawsText(x.Traffic, 0))
	}
	t.Flush()
}

func leastText(p inspect.Power) string {
	pass, fail := "no number of cases is enough to pass", "no number is enough to fail"
	if p.PassFrom > 0 {
		pass = fmt.Sprintf("at least %d are needed to pass, if all do", p.PassFrom)
	}
	if p.FailFrom > 0 {
		fail = fmt.Sprintf("%d to fail, if none passes", p.FailFrom)
	}
	return pass + "; " + fail
}

func drawsText(n, of int) string {
	switch {
	case n == 0:
		return "more than 40000"
	case of > 0:
		return fmt.Sprintf("%d of %d", n, of)
	}
	return fmt.Sprint(n)
}
