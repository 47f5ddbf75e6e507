// Command embedding measures the built-in text embeddings: how well their
// cosine agrees with people (STS-B), how they classify (CLINC150), how many
// short sentences a core embeds in a second and how long the first use takes.
// It exits with 1 when a bar is missed. Data that is not there is skipped.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/embedding"
)

const (
	spearmanBar  = 0.75
	sentencesBar = 200_000 // a second and core
	loadBar      = 3.0     // ms
)

func main() {
	stsb := flag.String("stsb", "../shared/data/stsb/stsb-en-test.csv", "STS-B test set, `file` of sentence,sentence,score")
	clinc := flag.String("clinc", "../shared/data/clinc150/data_full.json", "CLINC150, `file` data_full.json")
	once := flag.Bool("load-once", false, "print the time of one load in ms and exit; the bench calls itself so")
	flag.Parse()
	if *once {
		ms, err := loadOnce()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(ms)
		return
	}
	missed, err := run(os.Stdout, *stsb, *clinc)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/embedding:", err)
	}
	if missed || err != nil {
		os.Exit(1)
	}
}

// row is a line of the table; reference figures were measured elsewhere.
type row struct{ what, here, reference, bar string }

func run(w io.Writer, stsbPath, clincPath string) (missed bool, err error) {
	m, err := embedding.Default()
	if err != nil {
		return false, err
	}
	fmt.Fprintf(w, "%s, %d dimensions; %s/%s, GOMAXPROCS %d, speeds of one goroutine\n",
		m.ID(), m.Dim(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	var rows []row
	bar := func(met bool, text string) string {
		if met {
			return "bar " + text + " met"
		}
		missed = true
		return "bar " + text + " missed"
	}

	pairs, err := readSTSB(stsbPath)
	if !skipped(w, "STS-B", &err) {
		rho := stsbSpearman(m, pairs)
		rows = append(rows, row{"STS-B test, Spearman", fmt.Sprintf("%.4f", rho), "0.761", bar(rho >= spearmanBar, ">= 0.75")})
	}
	if err != nil {
		return missed, err
	}
	sentences := builtinSentences()
	set, err := readCLINC(clincPath)
	if !skipped(w, "CLINC150", &err) {
		sentences = texts(set.Test)
		figures, err := clincRows(m, set)
		if err != nil {
			return missed, err
		}
		rows = append(rows, figures...)
	}
	if err != nil {
		return missed, err
	}

	embed, tokens := embedRate(m, sentences), tokenRate(m, sentences)
	rows = append(rows,
		row{"sentences/s/core, median (best)", embed.String(), "336 000 (417 000)", bar(embed.median >= sentencesBar, ">= 200 000")},
		row{"tokeniser alone, sentences/s/core", tokens.String(), "614 000", ""})
	load, err := loadTime()
	if err != nil {
		return missed, err
	}
	rows = append(rows, row{"load in a new process, ms, median (best)", fmt.Sprintf("%.2f (%.2f)", load.median, load.best), "1.4 to 2.0", bar(load.median <= loadBar, "<= 3")})
	return missed, print(w, rows)
}

// skipped says that data is absent, and clears the error then.
func skipped(w io.Writer, what string, err *error) bool {
	if errors.Is(*err, fs.ErrNotExist) {
		fmt.Fprintf(w, "%s skipped: %v\n", what, *err)
		*err = nil
		return true
	}
	return *err != nil
}

func print(w io.Writer, rows []row) error {
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(tw, "\there\treference, measured elsewhere\t")
	for _, r := range rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", r.what, r.here, r.reference, r.bar)
	}
	return tw.Flush()
}
