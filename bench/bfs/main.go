// Command bfs judges the order of work: breadth-first, each layer complete
// before the next begins, as genops generate does; depth-first, N workers that
// take an item each through all layers; streaming, every item goes on as soon
// as it is ready, within the providers' limits or all at once.
//
// It is a simulation with a virtual clock: the same simulated providers turn
// away what is too much, fail, and have stragglers, and the nth call for an
// item has the same fate in every order. Equal seeds give equal output, but for
// the first line, which is a short run of the real pipeline.Synthesis in real
// time, and how far the model is from it. --svg FILE draws the picture of the
// documentation.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	seeds := flag.Int("seeds", 40, "runs of each scenario in each order")
	seed := flag.Uint64("seed", 1, "the first seed")
	only := flag.String("scenario", "", "only the scenario of this `name`")
	items := flag.Int("items", 0, "items of the batch, in place of the scenario's")
	load := flag.Duration("load", 0, "time to load layer 3's model, in place of the scenario's")
	idle := flag.Duration("idle", 0, "time after which a model that is not used is evicted; 0 = never")
	row := flag.Int("in-a-row", 0, "jobs of the loaded model before one of the other, in place of 16")
	svg := flag.String("svg", "", "draw the picture into this `file`")
	check := flag.Bool("check", true, "run pipeline.Synthesis and compare")
	flag.Parse()

	list, err := chosen(*only)
	if err != nil || *seeds < 2 || *items < 0 || flag.NArg() > 0 {
		if err == nil {
			err = errors.New("--seeds must be at least 2, --items positive, and there are no arguments")
		}
		fmt.Fprintln(os.Stderr, "bench/bfs:", err)
		os.Exit(2)
	}
	for i := range list {
		s := &list[i]
		s.idle = *idle
		s.items, s.inARow = or(*items, s.items), or(*row, s.inARow)
		s.loadJudge = or(*load, s.loadJudge)
	}
	if err := run(os.Stdout, list, *seeds, *seed, *svg, *check); err != nil {
		fmt.Fprintln(os.Stderr, "bench/bfs:", err)
		os.Exit(1)
	}
}

func or[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

func chosen(name string) ([]scenario, error) {
	all := scenarios()
	if name == "" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(s scenario) bool { return s.name == name })
	if i < 0 {
		var names []string
		for _, s := range all {
			names = append(names, s.name)
		}
		return nil, fmt.Errorf("unknown scenario %q; known: %s", name, strings.Join(names, ", "))
	}
	return all[i : i+1], nil
}

func run(w io.Writer, list []scenario, seeds int, seed uint64, svg string, check bool) error {
	if check {
		c, err := compare(seed)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n\n", c)
	}
	fmt.Fprintf(w, "%d seeds from %d; means ± the half of a 95 %% interval\n", seeds, seed)
	var rows []row
	for _, s := range list {
		r := play(s, seeds, seed)
		rows = append(rows, r)
		if err := print(w, &r); err != nil {
			return err
		}
	}
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, []byte(draw(rows)), 0o644)
}

// print writes the table of one scenario.
func print(w io.Writer, r *row) error {
	s := &r.scenario
	fmt.Fprintf(w, "\n%s: %s; %d items\n", s.name, s.label, s.items)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	columns := plainColumns
	if s.fault.layer > 0 {
		columns = faultColumns
	}
	fmt.Fprint(t, "\t")
	for _, c := range columns {
		fmt.Fprint(t, c.title, "\t")
	}
	fmt.Fprintln(t)
	for i, a := range arms() {
		fmt.Fprint(t, a.label, "\t")
		for _, c := range columns {
			fmt.Fprint(t, c.cell(r, i), "\t")
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

type column struct {
	title string
	cell  func(r *row, arm int) string
}

func value(format string, m measure) func(*row, int) string {
	return func(r *row, arm int) string {
		e := r.estimate(arm, m)
		if e.mean != e.mean {
			return "–"
		}
		if e.half == 0 {
			return fmt.Sprintf(format, e.mean)
		}
		return fmt.Sprintf(format+" ±"+format, e.mean, e.half)
	}
}

func percent(m measure) func(*row, int) string {
	return value("%.0f", func(r result) float64 { return 100 * m(r) })
}

func times(m measure) func(*row, int) string {
	return func(r *row, arm int) string {
		if arm == 0 {
			return "1"
		}
		mean, lo, hi := r.ratio(arm, m)
		if mean != mean {
			return "–"
		}
		return fmt.Sprintf("%.2f (%.2f–%.2f)", mean, lo, hi)
	}
}

var plainColumns = []column{
	{"all done, s", value("%.0f", makespan)},
	{"× breadth-first", times(makespan)},
	{"first, s", value("%.1f", first)},
	{"use, %", percent(func(r result) float64 { return r.use })},
	{"loads", value("%.0f", func(r result) float64 { return float64(r.loads) })},
	{"429s", value("%.0f", func(r result) float64 { return float64(r.rejected) })},
	{"reused", value("%.0f", func(r result) float64 { return float64(r.reused) })},
	{"bought twice", value("%.0f", func(r result) float64 { return float64(r.twice) })},
	{"paid, $", value("%.2f", func(r result) float64 { return r.paid })},
	{"failed", value("%.1f", func(r result) float64 { return float64(r.failed) })},
}

var faultColumns = []column{
	{"found after, s", value("%.0f", func(r result) float64 { return seconds(r.found) })},
	{"calls", value("%.0f", func(r result) float64 { return float64(r.calls) })},
	{"lost, $", value("%.2f", func(r result) float64 { return r.paid })},
	{"% of the batch's price", percent(lostShare)},
	{"delivered by then", value("%.0f", func(r result) float64 { return float64(r.escaped) })},
	{"429s", value("%.0f", func(r result) float64 { return float64(r.rejected) })},
}

// spent is a length of time in seconds, for people.
func spent(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
