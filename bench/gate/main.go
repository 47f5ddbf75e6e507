// Command gate measures the gate by seeded simulation: how often it passes or
// fails wrongly over all looks, and how many cases it takes to decide.
//
// Calls run with a window of --inflight at once, failures take --slow times as
// long as successes, results arrive out of order, and the gate consumes them as
// the complete prefix of the drawn order. Without arguments it prints the whole
// table and exits 1 if a bar is missed. With any of --n, --bar, --truth,
// --inflight or --slow it runs one row "at least --bar" on a set of --n cases
// and prints one line: false_pass is the share of runs that passed where the
// truth is below the bar, false_fail the share that failed where it is not, and
// mean the cases consumed until decided.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/gate"
)

func main() {
	n := flag.Int("n", 1000, "cases in the set")
	bar := flag.Float64("bar", 0.9, "bar of the rule")
	truth := flag.Float64("truth", 0.9, "share of cases that pass")
	alpha := flag.Float64("alpha", 0.05, "alpha of the rule")
	population := flag.Bool("population", false, "ask about the traffic behind the set")
	inflight := flag.Int("inflight", 50, "calls in flight at most")
	slow := flag.Float64("slow", 4, "how many times longer a failure takes")
	runs := flag.Int("runs", 10_000, "runs a row")
	seed := flag.Uint64("seed", 1, "seed of all random numbers")
	flag.Parse()

	if *n < 1 || *inflight < 1 || *runs < 1 || !(*slow > 0) || !(*truth >= 0 && *truth <= 1) {
		fmt.Fprintln(os.Stderr, "--n, --inflight, --runs and --slow must be positive, --truth in [0,1]")
		os.Exit(2)
	}
	c := clock{inflight: *inflight, slow: *slow}
	single := false
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "n", "bar", "truth", "alpha", "population", "inflight", "slow":
			single = true
		}
	})
	if single {
		rule := gate.Rule{Metric: "score", Bar: *bar, Alpha: *alpha}
		if _, err := gate.New(rule, gate.Design{Units: 1, TotalWeight: 1, MaxWeight: 1, Cases: 1}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		r := run(oneRow(rule, *n, *truth, *population), c, *runs, *seed)
		fmt.Printf("false_pass=%.4f false_fail=%.4f mean=%.1f\n", r.falsePass, r.falseFail, r.mean)
		return
	}
	if !table(c, *runs, *seed) {
		os.Exit(1)
	}
}

// table prints every row and says whether all bars were met.
func table(c clock, runs int, seed uint64) bool {
	begin := time.Now()
	fmt.Printf("%d runs a row, %d in flight, failures %g times slower, seed %d\n\n", runs, c.inflight, c.slow, seed)
	fmt.Printf("%-58s %10s %10s %8s %8s %9s  %-24s %s\n", "row", "false_pass", "false_fail", "passed", "mean n", "in flight", "bar", "")
	missed := 0
	for i, s := range scenarios() {
		r := run(s, c, runs, seed+uint64(i)<<32)
		verdict := "met"
		switch {
		case s.bar == "":
			verdict = "(for information)"
		case !s.met(r):
			verdict = "MISSED"
			missed++
		}
		fmt.Printf("%-58s %10.4f %10.4f %8.4f %8.1f %9.1f  %-24s %s\n", s.name, r.falsePass, r.falseFail, r.passed, r.mean, r.inflight, s.bar, verdict)
	}
	fmt.Printf("\n%d bars missed; %.0f s\n", missed, time.Since(begin).Seconds())
	return missed == 0
}
