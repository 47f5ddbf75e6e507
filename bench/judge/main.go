// Command judge measures the intervals of a pass rate that is told from an
// automatic judge and few labels: how often they hold the truth, and how wide
// they are beside Wilson's interval of the labels alone.
//
// Cases pass with a fixed probability; the judge passes good ones with its
// sensitivity and fails bad ones with its specificity; people label a random
// part of the judged cases. It prints a table for each number of labels and
// exits 1 when a bar of score or PPI++ for small samples is missed: coverage at nominal 95 %,
// and mean width at most 0.95 × that of the labels alone, for each judge.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// level is the nominal coverage.
const level = 0.95

func main() {
	seeds := flag.Int("seeds", 10_000, "simulated runs a row")
	cases := flag.Int("cases", 1000, "judged cases of a run, the labelled ones included")
	flag.Parse()
	if *seeds < 2 || *cases < 200 {
		fmt.Fprintln(os.Stderr, "--seeds must be at least 2, --cases at least 200")
		os.Exit(2)
	}
	begin := time.Now()
	fmt.Printf("%d seeds a row, %d judged cases, nominal %g %%; cover: share of intervals that hold the truth;\nbelow, above: share that lie wholly below or above it; width: mean, × that of the labels alone (Wilson; where labels are no pass or fail, normal)\n", *seeds, *cases, 100*level)
	missed := 0
	for _, labels := range []int{50, 100, 200} {
		missed += binaryTable(labels, *cases, *seeds)
	}
	for _, labels := range []int{50, 100, 200} {
		missed += scoreTable(labels, *cases, *seeds/2)
	}
	few := max(*seeds/10, 1)
	for _, labels := range []int{20, 50, 100, 200} {
		missed += robustTable(labels, few)
	}
	for _, labels := range []int{50, 100, 200} {
		missed += unevenTable(labels, *cases, few)
	}
	fmt.Printf("\n%d bars missed; %.0f s\n", missed, time.Since(begin).Seconds())
	if missed > 0 {
		os.Exit(1)
	}
}

// bar is the least coverage that is promised with so many labels.
func bar(labels int) float64 {
	if labels < 100 {
		return 0.92
	}
	return 0.93
}

// widest is the largest promised mean width beside that of the labels alone.
const widest = 0.95
