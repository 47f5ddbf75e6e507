// Command semdiff measures the semantic diff on a labelled benchmark: prompts
// of many kinds, edited by mutators that preserve the meaning or change it in
// one known respect, and commits that mix both. It prints how well changes are
// told from harmless edits, how they are named and placed, what that costs, the
// same figures of simpler methods, and every bar with met or missed; it exits
// with 1 when a bar is missed.
//
// The prompts are split in two halves by their names: rules may be written
// while looking at the train half, the bars hold on the test half.
//
// With --pairs it scores a file of JSON lines instead, {"id", "before",
// "after", "label": "preserved" or "changed", "kind"?}, and prints one line:
// auroc, the share of changed pairs that are called changed or breaking, and
// the share of preserved pairs that are called so.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	which := flag.String("half", "test", "`half` of the prompts: train, test or all")
	file := flag.String("pairs", "", "score the pairs of a JSON Lines `file` instead of the benchmark's")
	emit := flag.Bool("emit", false, "with --pairs: print a JSON line a pair before the summary")
	kinds := flag.Bool("kinds", false, "with --pairs: print the figures of each kind on standard error")
	misses := flag.Bool("misses", false, "print every miss and every false flag, not only 20")
	out := flag.String("write", "", "write the benchmark's pairs to a JSON Lines `file`, and do nothing else")
	flag.Parse()
	if flag.NArg() > 0 || *which != "train" && *which != "test" && *which != "all" {
		fmt.Fprintln(os.Stderr, "bench/semdiff: --half is train, test or all; there are no arguments")
		os.Exit(2)
	}
	met, err := true, error(nil)
	switch {
	case *out != "":
		err = writeFile(*out, *which)
	case *file != "":
		var details io.Writer
		if *kinds {
			details = os.Stderr
		}
		err = scoreOutside(os.Stdout, details, *file, *emit)
	default:
		met, err = run(os.Stdout, *which, *misses)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/semdiff:", err)
	}
	if err != nil || !met {
		os.Exit(1)
	}
}

func writeFile(path, which string) error {
	pairs, err := benchmark(which)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f, pairs); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
