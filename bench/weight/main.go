// Command weight measures what the program weighs: how long it takes to start,
// how much memory it needs for little and for a run, how large it is and how
// long a build from nothing takes, downloads included. The exit code is 1 when
// a bar is missed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

const (
	startBar  = 20 * time.Millisecond
	starts    = 20
	configBar = 30e6
	runBar    = 48e6
	coldBar   = 4 * time.Minute
)

func main() {
	cases := flag.Int("cases", 5000, "cases of the run")
	cold := flag.Bool("cold", true, "build from nothing, with downloads")
	noCold := flag.Bool("no-cold", false, "the same as --cold=false")
	binary := flag.String("binary", "", "weigh this program, made from genops with something more in it, instead of building genops")
	role := flag.String("role", "", "what the bench starts itself as: stub")
	flag.Parse()
	if *role == "stub" {
		if err := serveStub(); err != nil {
			fmt.Fprintln(os.Stderr, "bench/weight:", err)
			os.Exit(1)
		}
		return
	}
	if *cases < 1 {
		fmt.Fprintln(os.Stderr, "--cases must be positive")
		os.Exit(2)
	}
	missed, err := weigh(*binary, *cases, *cold && !*noCold && *binary == "")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/weight:", err)
	}
	if missed > 0 || err != nil {
		os.Exit(1)
	}
}

// scale is one weighing under way.
type scale struct {
	dir    string // scratch
	genops string
	missed int
}

func weigh(binary string, cases int, cold bool) (missed int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-weight-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	s := &scale{dir: dir, genops: filepath.Join(dir, "genops"+exeSuffix())}
	fmt.Printf("%s/%s, %d cores\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	first := s.sizes
	if binary != "" {
		if s.genops, err = filepath.Abs(binary); err != nil {
			return 0, err
		}
		first = s.size
	}
	for _, step := range []func() error{first, s.start, s.config, func() error { return s.run(cases) }} {
		if err := step(); err != nil {
			return s.missed, err
		}
	}
	if cold {
		err = s.cold()
	}
	return s.missed, err
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// row prints a figure; bar is "" for what has none.
func (s *scale) row(what, figure, bar string, met bool) {
	verdict := ""
	switch {
	case bar != "" && met:
		verdict = "met"
	case bar != "":
		verdict = "MISSED"
		s.missed++
	}
	fmt.Printf("%-48s %22s   %-10s %s\n", what, figure, bar, verdict)
}

// memory is a row for a peak; a system that does not tell meets no bar.
func (s *scale) memory(what string, rss int64, bar int64) {
	if rss == 0 {
		s.row(what, "not told here", "", true)
		return
	}
	s.row(what, mb(rss), "<= "+mb(bar), rss <= bar)
}

func mb(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func (s *scale) start() error {
	var walls []time.Duration
	for range starts {
		u, err := runProcess(s.dir, s.genops, "--version")
		if err != nil {
			return err
		}
		walls = append(walls, u.Wall)
	}
	slices.Sort(walls)
	median := (walls[(starts-1)/2] + walls[starts/2]) / 2
	s.row(fmt.Sprintf("genops --version, median of %d (best, worst)", starts),
		fmt.Sprintf("%s (%s, %s) ms", ms(median), ms(walls[0]), ms(walls[starts-1])), "<= "+ms(startBar)+" ms", median <= startBar)
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

func (s *scale) config() error {
	project := filepath.Join(s.dir, "new")
	if _, err := runProcess(s.dir, s.genops, "init", project); err != nil {
		return err
	}
	u, err := runProcess(project, s.genops, "config", "show")
	if err != nil {
		return err
	}
	s.memory("genops config show, peak RSS", u.RSS, configBar)
	return nil
}
