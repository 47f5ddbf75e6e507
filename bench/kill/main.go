// Command kill kills runs with SIGKILL and checks that nothing is lost: the same
// command goes on until the run is finished, and what it says then is what an
// undisturbed run says. Moments are drawn from the seed: over the whole run, at
// the writing of the reports, and again and again in one run. After every kill
// each file that is meant to be whole is read.
//
// The agents are a server behind HTTP and a program on stdio, both of which
// count what reaches them. The exit code is 1 when anything is lost, differs or
// is half there, or when more is repeated than was in flight.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

type settings struct {
	job    string
	kills  int
	cases  int
	width  int
	seed   uint64
	answer time.Duration // of one call
}

func main() {
	var s settings
	flag.StringVar(&s.job, "job", "evals", "what is killed: evals, or generate (media runs)")
	flag.IntVar(&s.kills, "kills", 20, "kills over the whole run, one a run; as many in one run, and half as many while reports are written")
	flag.IntVar(&s.cases, "cases", 1000, "cases in the set; requests of a media run (default 500)")
	flag.IntVar(&s.width, "inflight", 16, "calls in flight")
	flag.Uint64Var(&s.seed, "seed", 1, "of the moments")
	flag.DurationVar(&s.answer, "latency", 5*time.Millisecond, "of one call")
	role := flag.String("role", "", "what the bench starts itself as: agent")
	flag.Parse()
	if *role == "agent" {
		if err := serveStdio(os.Getenv(tallyEnv), s.answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	switch {
	case s.job != "evals" && s.job != "generate":
		fmt.Fprintf(os.Stderr, "--job %q: not known (known: evals, generate)\n", s.job)
		os.Exit(2)
	case s.kills < 1 || s.cases < 1 || s.width < 1 || s.answer <= 0:
		fmt.Fprintln(os.Stderr, "--kills, --cases, --inflight and --latency must be positive")
		os.Exit(2)
	}
	run := killAll
	if s.job == "generate" {
		run = killGenerate
		if !flagGiven("cases") {
			s.cases = 500
		}
	}
	faults, err := run(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/kill:", err)
		os.Exit(1)
	}
	if faults > 0 {
		fmt.Printf("\n%d of the checks failed\n", faults)
		os.Exit(1)
	}
	fmt.Println("\nevery total equal to the undisturbed run's; no half file")
}

func flagGiven(name string) (given bool) {
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// series is the killing of one agent's runs.
type series struct {
	settings
	genops string
	dir    string // scratch
	agent  agent
	random *rand.Rand
	calm   *result       // of the undisturbed run
	whole  time.Duration // that it took
	report time.Duration // of which after the first report was begun
	runs   int
	found  string // of the reports, after the last kill
	faults int
}

func killAll(s settings) (faults int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-kill-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	genops, err := measure.Genops(dir)
	if err != nil {
		return 0, err
	}
	web, err := newWebAgent(s.answer)
	if err != nil {
		return 0, err
	}
	defer web.close()
	stdio, err := newStdioAgent(dir, s.answer)
	if err != nil {
		return 0, err
	}
	for i, a := range []agent{web, stdio} {
		k := &series{settings: s, genops: genops, dir: dir, agent: a, random: rand.New(rand.NewPCG(s.seed, uint64(i)))}
		if err := k.all(); err != nil {
			return faults + k.faults, fmt.Errorf("%s: %w", a.name(), err)
		}
		faults += k.faults
	}
	return faults, nil
}

// all runs the four parts of a series.
func (k *series) all() error {
	if err := k.undisturbed(); err != nil {
		return err
	}
	fmt.Printf("%s agent, %d cases, %d in flight, %s a call, seed %d; undisturbed: %.2f s, of which %.0f ms for the reports; %s\n",
		k.agent.name(), k.cases, k.width, k.answer, k.seed, k.whole.Seconds(), 1000*k.report.Seconds(), k.calm)
	heading()
	for i := range k.kills {
		if err := k.trial(fmt.Sprintf("random moment %d", i+1), 1, k.atRandom(k.whole)); err != nil {
			return err
		}
	}
	for i := range (k.kills + 1) / 2 {
		if err := k.trial(fmt.Sprintf("writing reports %d", i+1), 1, k.atReports()); err != nil {
			return err
		}
	}
	// Short enough that the run is not over before its last kill, long enough
	// that each start gets somewhere.
	return k.trial("one run, again and again", k.kills, k.atRandom(k.whole/6))
}
