// Command baseline measures how well a comparison with a baseline keeps apart
// what the candidate did and what the provider did. It plays whole runs of
// package evals, both arms and the cache included, on agents in memory whose
// answers are drawn at random: 1,000 cases, a baseline that passes 90 % of them,
// 5 % of the pairs differing each way (at -10 points all 10 % the worse way), and the rule "not worse by 3 points" at
// α = 5 %.
//
// In the drift rows the provider loses 5 points between the run that filled the
// cache and the run of an equal candidate. The exit code is 1 when a bar is
// missed.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

const (
	alpha     = 0.05
	margin    = 0.03
	maxAge    = 24 * time.Hour
	pairsBar  = 125 // at the median, until -10 points are caught
	allowance = 3   // standard errors
)

// scenario is one row: what happened before, and what the candidate is.
type scenario struct {
	name   string
	loss   float64       // points that the candidate lost
	cached time.Duration // age of the baseline's answers in the cache; 0 = there are none
	drift  float64       // points that the provider lost since then
	maxAge time.Duration
	bar    string
	met    func(outcome) bool
}

func main() {
	runs := flag.Int("runs", 1000, "runs a row")
	cases := flag.Int("cases", 1000, "cases in the set")
	seed := flag.Uint64("seed", 1, "seed of all random numbers")
	flag.Parse()
	if *runs < 1 || *cases < 1 {
		fmt.Fprintln(os.Stderr, "--runs and --cases must be positive")
		os.Exit(2)
	}
	blamed := func(o outcome) bool { return o.fail <= alpha+allowance*o.standardError(alpha) }
	caught := func(o outcome) bool { return o.median <= pairsBar && o.fail > 0.95 }
	rows := []scenario{
		{"equal, both arms called", 0, 0, 0, maxAge, "fail <= α", blamed},
		{"equal, baseline 1 h old", 0, time.Hour, 0, maxAge, "fail <= α", blamed},
		{"drift, baseline 25 h old", 0, 25 * time.Hour, 0.05, maxAge, "fail <= α", blamed},
		{"drift, old answers believed", 0, 25 * time.Hour, 0.05, 1000 * time.Hour, "(what the age rule prevents)", nil},
		{"-10 points, both arms called", 0.10, 0, 0, maxAge, fmt.Sprintf("median <= %d pairs", pairsBar), caught},
		{"-10 points, baseline 1 h old", 0.10, time.Hour, 0, maxAge, fmt.Sprintf("median <= %d pairs", pairsBar), caught},
		{"-10 points and drift, 25 h old", 0.10, 25 * time.Hour, 0.05, maxAge, fmt.Sprintf("median <= %d pairs", pairsBar), caught},
	}
	fmt.Printf("%d runs a row, %d cases, rule: pass_rate not worse than the baseline by %g, α = %g, maximum age %s\n\n", *runs, *cases, margin, alpha, maxAge)
	fmt.Printf("%-32s %7s %7s %10s %8s %8s %11s\n", "", "pass", "fail", "undecided", "pairs", "median", "base calls")
	missed := 0
	began := time.Now()
	for i, s := range rows {
		o, err := play(s, *runs, *cases, *seed+uint64(i)*1e6)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench/baseline:", err)
			os.Exit(1)
		}
		word := s.bar
		if s.met != nil {
			word += ": met"
			if !s.met(o) {
				word = s.bar + ": MISSED"
				missed++
			}
		}
		fmt.Printf("%-32s %7.4f %7.4f %10.4f %8.1f %8d %11.1f  %s\n", s.name, o.pass, o.fail, o.undecided, o.mean, o.median, o.calls, word)
	}
	fmt.Printf("\n%.0f s\n", time.Since(began).Seconds())
	if missed > 0 {
		os.Exit(1)
	}
}
