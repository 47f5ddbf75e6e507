// Command evals measures what a run costs beside the calls themselves: genops,
// promptfoo and a bare loop of HTTP calls send the same cases to the same stub
// server, as whole processes, calls in flight at once.
//
// Without delay in the server genops and the bare loop alternate, and the best
// of each counts; with delay the ideal is cases / in flight × delay, and the best
// of three runs counts. A model behind a prompt is measured in pairs too, with its
// answers going into the cache, and then from the cache. promptfoo is installed once, with
// npm, into a folder of the user's cache. The exit code is 1 when a bar is missed.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

const (
	promptfooBar = 30.0 // times its cases/s
	loopBar      = 0.5  // times the bare loop's cases/s
	modelBar     = 0.4  // the same, through a prompt and a chat model
	cachedBar    = time.Second
	idealFactor  = 1.03
	idealExtra   = 200 * time.Millisecond
	slowRuns     = 3 // with delay; the best counts, as without
)

type settings struct {
	cases, pairs, inFlight int
	latency                time.Duration
	promptfoo              bool
}

func main() {
	var s settings
	flag.IntVar(&s.cases, "cases", 5000, "cases in the set")
	flag.IntVar(&s.pairs, "pairs", 5, "alternating pairs of genops and bare loop")
	flag.IntVar(&s.inFlight, "inflight", 50, "calls in flight")
	flag.DurationVar(&s.latency, "latency", 50*time.Millisecond, "of the slow server")
	no := flag.Bool("no-promptfoo", false, "leave promptfoo out")
	role := flag.String("role", "", "what the bench starts itself as: stub or loop")
	url := flag.String("url", "", "for the role loop: the server's address")
	file := flag.String("file", "", "for the role loop: the cases")
	flag.Parse()
	s.promptfoo = !*no

	var err error
	missed := 0
	switch {
	case *role == "stub":
		err = serveStub(s.latency)
	case *role == "loop":
		err = bareLoop(*url, *file, s.inFlight)
	case s.cases < 1 || s.pairs < 1 || s.inFlight < 1 || s.latency <= 0:
		fmt.Fprintln(os.Stderr, "--cases, --pairs, --inflight and --latency must be positive")
		os.Exit(2)
	default:
		missed, err = compare(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/evals:", err)
		os.Exit(1)
	}
	if missed > 0 {
		os.Exit(1)
	}
}

// bench is one comparison under way.
type bench struct {
	settings
	dir    string // scratch
	self   string // this program
	genops string // the program that is measured
	missed int
}

func compare(s settings) (missed int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-evals-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	b := &bench{settings: s, dir: dir}
	if b.self, err = os.Executable(); err != nil {
		return 0, err
	}
	if err := b.build(); err != nil {
		return 0, err
	}
	if err := b.writeCases(); err != nil {
		return 0, err
	}
	fmt.Printf("%d cases, %d in flight; one in %d answers is wrong by design; state in %s\n\n", s.cases, s.inFlight, wrongEvery, os.TempDir())
	heading()
	if err := b.withoutDelay(); err != nil {
		return b.missed, err
	}
	return b.missed, b.withDelay()
}

// withoutDelay is the comparison on a server that answers at once.
func (b *bench) withoutDelay() error {
	stub, err := b.startStub(0)
	if err != nil {
		return err
	}
	defer stub.stop()
	if err := b.writeProject(stub.url); err != nil {
		return err
	}
	var genops, bare best
	bestPair := 0.0
	for i := range b.pairs {
		g, err := b.runGenops(stub, "CLASSIFY", b.cases)
		if err != nil {
			return err
		}
		l, err := b.runLoop(stub)
		if err != nil {
			return err
		}
		b.row(fmt.Sprintf("genops, pair %d", i+1), g)
		b.row(fmt.Sprintf("bare loop, pair %d", i+1), l)
		bestPair = max(bestPair, l.Wall.Seconds()/g.Wall.Seconds())
		genops.add(g)
		bare.add(l)
	}
	chat, err := b.runGenops(stub, "CHAT", b.cases)
	if err != nil {
		return err
	}
	b.row("genops, chat completions", chat)
	if err := b.model(stub); err != nil {
		return err
	}
	fast := b.rate(genops.Usage)
	b.promptfooRow(stub, fast)
	ratio := fast / b.rate(bare.Usage)
	b.bar(fmt.Sprintf("genops %.0f cases/s = %.2f × the bare loop's %.0f, best of %d each (best pair: %.2f ×)", fast, ratio, b.rate(bare.Usage), b.pairs, bestPair),
		fmt.Sprintf(">= %g", loopBar), ratio >= loopBar)
	return nil
}

// model is the same through a prompt and a chat model, with every answer kept in
// the cache, and then a run that needs no call any more.
func (b *bench) model(stub *stub) error {
	var called, bare best
	bestPair := 0.0
	for i := range b.pairs {
		u, err := b.runGenops(stub, "MODEL", b.cases, "--fresh")
		if err != nil {
			return err
		}
		l, err := b.runLoop(stub)
		if err != nil {
			return err
		}
		b.row(fmt.Sprintf("a model behind a prompt, pair %d", i+1), u)
		b.row(fmt.Sprintf("bare loop, pair %d", i+1), l)
		bestPair = max(bestPair, l.Wall.Seconds()/u.Wall.Seconds())
		called.add(u)
		bare.add(l)
	}
	cached, err := b.runGenops(stub, "MODEL", 0)
	if err != nil {
		return err
	}
	b.row("the same from the cache", cached)
	fmt.Println()
	b.bar(fmt.Sprintf("through a prompt %.0f cases/s, best of %d pairs: %.2f × the bare loop (best of each: %.2f ×)",
		b.rate(called.Usage), b.pairs, bestPair, b.rate(called.Usage)/b.rate(bare.Usage)),
		fmt.Sprintf(">= %g", modelBar), bestPair >= modelBar)
	b.bar(fmt.Sprintf("from the cache %.2f s, no call", cached.Wall.Seconds()), fmt.Sprintf("< %s", cachedBar), cached.Wall < cachedBar)
	return nil
}

// promptfooRow runs promptfoo, or says why not: what can't be installed is
// skipped, what runs is compared.
func (b *bench) promptfooRow(stub *stub, genops float64) {
	if !b.promptfoo {
		fmt.Println("promptfoo skipped: --no-promptfoo")
		return
	}
	p, err := measure.InstallPromptfoo()
	if err != nil {
		fmt.Println("promptfoo skipped:", err)
		return
	}
	u, err := b.runPromptfoo(p, stub)
	if err != nil {
		fmt.Println("promptfoo skipped:", err)
		return
	}
	b.row(fmt.Sprintf("promptfoo %s, exit code %d", p.Version, u.Code), u)
	ratio := genops / b.rate(u)
	fmt.Println()
	b.bar(fmt.Sprintf("genops %.0f cases/s = %.1f × promptfoo's %.0f", genops, ratio, b.rate(u)),
		fmt.Sprintf(">= %g", promptfooBar), ratio >= promptfooBar)
}

// withDelay compares with what the delay alone would take.
func (b *bench) withDelay() error {
	stub, err := b.startStub(b.latency)
	if err != nil {
		return err
	}
	defer stub.stop()
	if err := b.writeProject(stub.url); err != nil {
		return err
	}
	fmt.Println()
	var genops best
	for range slowRuns {
		u, err := b.runGenops(stub, "CLASSIFY", b.cases)
		if err != nil {
			return err
		}
		b.row(fmt.Sprintf("genops, %s a call", b.latency), u)
		genops.add(u)
	}
	floor, err := b.runLoop(stub)
	if err != nil {
		return err
	}
	b.row(fmt.Sprintf("bare loop, %s a call", b.latency), floor)
	u := genops.Usage
	ideal := time.Duration((b.cases+b.inFlight-1)/b.inFlight) * b.latency
	most := time.Duration(idealFactor*float64(ideal)) + idealExtra
	b.bar(fmt.Sprintf("genops %.2f s, ideal %.2f s, best of %d", u.Wall.Seconds(), ideal.Seconds(), slowRuns),
		fmt.Sprintf("<= %.2f × ideal + %.1f s = %.2f s", idealFactor, idealExtra.Seconds(), most.Seconds()), u.Wall <= most)
	return nil
}

func (b *bench) rate(u measure.Usage) float64 { return float64(b.cases) / u.Wall.Seconds() }

func heading() {
	fmt.Printf("%-32s %10s %9s %9s %9s\n", "", "cases/s", "wall s", "CPU s", "RSS MB")
}

func (b *bench) row(name string, u measure.Usage) {
	fmt.Printf("%-32s %10.0f %9.3f %9.2f %9.1f\n", name, b.rate(u), u.Wall.Seconds(), u.CPU.Seconds(), float64(u.RSS)/1e6)
}

func (b *bench) bar(figure, bar string, met bool) {
	word := "met"
	if !met {
		word = "MISSED"
		b.missed++
	}
	fmt.Printf("%s; bar %s: %s\n", figure, bar, word)
}
