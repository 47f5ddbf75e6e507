// Command judged measures what judging costs beside the judge's own answers:
// cases × 3 judged metrics (hallucination, coherence, faithfulness: seven calls a
// case) with a judge that takes a while, so many calls in flight at once.
//
// genops runs as a whole process, its agent answers at once. The bar is 1.05 ×
// (judge calls × delay / in flight) + 0.3 s, the best of several runs counts.
// DeepEval runs over the same cases and the same server beside it, installed once
// with pip into a folder of the user's cache; where that can't be done it is left
// out. A bare loop of the same calls says what the machine gives now. The exit code is 1 when the bar is missed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

const (
	factor   = 1.05
	extra    = 300 * time.Millisecond
	perCase  = 7 // judge calls
	metrics  = "hallucination,coherence,faithfulness"
	deepEval = "4.3.1"
)

type bench struct {
	cases, inFlight, runs int
	delay                 time.Duration
	dir                   string
	judge, agent          *server
	// Of the last run of genops: CPU time, and time before the judge's first call
	// and after its last answer.
	cpu, before, after time.Duration
}

func main() {
	b := bench{}
	flag.IntVar(&b.cases, "cases", 1000, "cases in the set")
	flag.IntVar(&b.inFlight, "inflight", 50, "judge calls in flight")
	flag.IntVar(&b.runs, "runs", 3, "of genops; the best counts")
	flag.DurationVar(&b.delay, "delay", 50*time.Millisecond, "of the judge")
	no := flag.Bool("no-deepeval", false, "leave DeepEval out")
	flag.Parse()
	if b.cases < 1 || b.inFlight < 1 || b.runs < 1 || b.delay <= 0 {
		fmt.Fprintln(os.Stderr, "--cases, --inflight, --runs and --delay must be positive")
		os.Exit(2)
	}
	missed, err := b.compare(!*no)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/judged:", err)
		os.Exit(1)
	}
	if missed {
		os.Exit(1)
	}
}

func (b *bench) compare(withDeepEval bool) (missed bool, err error) {
	if b.dir, err = os.MkdirTemp("", "genops-bench-judged-"); err != nil {
		return false, err
	}
	defer os.RemoveAll(b.dir)
	if b.agent, err = serve(0); err != nil {
		return false, err
	}
	defer b.agent.Close()
	if b.judge, err = serve(b.delay); err != nil {
		return false, err
	}
	defer b.judge.Close()
	if err := b.write(); err != nil {
		return false, err
	}
	program, err := measure.Genops(b.dir)
	if err != nil {
		return false, err
	}
	calls := b.cases * perCase
	ideal := time.Duration(calls) * b.delay / time.Duration(b.inFlight)
	bar := time.Duration(float64(ideal)*factor) + extra
	fmt.Printf("%d cases × 3 metrics = %d judge calls of %v, %d in flight: ideal %.2f s, bar %.2f s\n", b.cases, calls, b.delay, b.inFlight, ideal.Seconds(), bar.Seconds())
	var best, cpu, floor time.Duration
	for range b.runs {
		alone, err := b.loop(calls)
		if err != nil {
			return false, err
		}
		if floor == 0 || alone < floor {
			floor = alone
		}
		took, err := b.genops(program, calls)
		if err != nil {
			return false, err
		}
		if best == 0 || took < best {
			best, cpu = took, b.cpu
		}
	}
	fmt.Printf("the calls alone    %7.2f s\n", floor.Seconds())
	verdict := "holds"
	if missed = best > bar; missed {
		verdict = "MISSED"
	}
	fmt.Printf("genops             %7.2f s  %6.0f cases/s  %d in flight at most, %.1f s of CPU, %.2f s before the first call, %.2f s after the last; bar %s\n", best.Seconds(), float64(b.cases)/best.Seconds(), b.judge.most(), cpu.Seconds(), b.before.Seconds(), b.after.Seconds(), verdict)
	if withDeepEval {
		b.besides()
	}
	return missed, nil
}

// genops judges all cases anew.
func (b *bench) genops(program string, calls int) (time.Duration, error) {
	b.judge.reset()
	c := exec.Command(program, "run-eval", "--agent", "A", "--test-set", "goldens.json", "--metrics", metrics, "--judge", "grader",
		"--full", "--no-cache", "--fresh", "--concurrency", strconv.Itoa(b.inFlight), "--json")
	c.Dir = b.dir
	began := time.Now()
	out, err := c.Output()
	took := time.Since(began)
	b.before = time.Unix(0, b.judge.first.Load()).Sub(began)
	b.after = began.Add(took).Sub(time.Unix(0, b.judge.last.Load()))
	b.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	var r struct {
		Cases struct{ Total, Unjudged int }
		Judge struct{ Calls, Cached int }
		Rules []struct {
			N        int
			Estimate *float64
		}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return 0, fmt.Errorf("genops: %w: %.500s %.500s", err, out, exit.Stderr)
	}
	if len(r.Rules) != 3 || r.Judge.Calls != calls || b.judge.answered() != calls {
		return 0, fmt.Errorf("genops made %d judge calls (%d answered), not %d: %.400s", r.Judge.Calls, b.judge.answered(), calls, out)
	}
	for _, rule := range r.Rules {
		if rule.N != b.cases || rule.Estimate == nil || *rule.Estimate < 0.8 {
			return 0, fmt.Errorf("genops judged wrongly: %+v", rule)
		}
	}
	return took, nil
}

// besides runs DeepEval, where it can be installed.
func (b *bench) besides() {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	python, err := installDeepEval(ctx)
	if err != nil {
		fmt.Println("DeepEval           skipped:", err)
		return
	}
	b.judge.reset()
	took, total, err := b.deepEval(ctx, python)
	if err != nil {
		fmt.Println("DeepEval           skipped:", err)
		return
	}
	fmt.Printf("DeepEval %s     %7.2f s  %6.0f cases/s  %d in flight at most  (%d calls; with starting Python %.2f s)\n",
		deepEval, took.Seconds(), float64(b.cases)/took.Seconds(), b.judge.most(), b.judge.answered(), total.Seconds())
}
