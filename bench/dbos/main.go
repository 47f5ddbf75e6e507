// Command dbos compares the chunk leases of internal/durable with chunks on the
// queues of DBOS Transact, in the same run: items per second with two processes
// on one Postgres, and the time until the work of a worker that was killed for
// good is done. It is a module of its own, so that genops does not link DBOS.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/internal/database/databasetest"
)

const chunkSize = 250

// engine is one way to spread chunks over processes.
type engine struct {
	name, about string
	worker      func(context.Context, worker) error
	run         func(ctx context.Context, url, run string, items int) error // lays out, and returns when all is done
}

// engines is the table of what is compared.
var engines = []engine{
	{"leases", "internal/durable: leases, ledger", leaseWorker, leaseRun},
	{"dbos", "DBOS queue, a chunk is a step, genops' ledger", stepWorker, dbosRun},
	{"dbos-go", "DBOS queue, dbos.Go for each item, no ledger", goWorker, dbosRun},
}

// worker is what a worker's process is told.
type worker struct {
	url, name string
	width     int
	latency   time.Duration
	takeover  bool // DBOS: with leases of the bench's own, and a leader that resumes what dead ones held
}

func main() {
	var w worker
	role := flag.String("role", "", "what the bench starts itself as: the name of an engine")
	flag.StringVar(&w.url, "database", "", "of the role")
	flag.StringVar(&w.name, "name", "", "of the role")
	flag.IntVar(&w.width, "width", 64, "calls in flight of each worker")
	flag.DurationVar(&w.latency, "latency", 0, "of the role")
	flag.BoolVar(&w.takeover, "takeover", false, "of the role")
	rounds := flag.Int("rounds", 3, "repetitions; the best one counts")
	flag.Parse()
	err := func() error {
		for _, e := range engines {
			if *role == e.name {
				return e.worker(context.Background(), w)
			}
		}
		return compare(w.width, *rounds)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/dbos:", err)
		os.Exit(1)
	}
}

func compare(width, rounds int) error {
	p, err := databasetest.Start()
	if err != nil {
		return err
	}
	defer p.Close()
	n := 0
	for _, e := range engines {
		for _, items := range []int{1000, 10000} {
			best := time.Duration(0)
			for range rounds {
				n++
				took, err := throughput(e, p.URL, fmt.Sprintf("%s-%d", e.name, n), items, width)
				if err != nil {
					return fmt.Errorf("%s: %w", e.name, err)
				}
				if best == 0 || took < best {
					best = took
				}
			}
			fmt.Printf("%-52s %6d items, 2 workers: %7.0f/s\n", e.about, items, float64(items)/best.Seconds())
		}
	}
	for _, e := range engines[:2] {
		for _, with := range []bool{false, true} {
			if with && e.name == "leases" {
				continue
			}
			n++
			if err := takeover(e, p.URL, fmt.Sprintf("%s-%d", e.name, n), with); err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
		}
	}
	return nil
}

// crew are the processes of one trial.
type crew []*exec.Cmd

func start(e engine, n int, w worker) (c crew, err error) {
	for i := range n {
		cmd := exec.Command(os.Args[0], "--role", e.name, "--database", w.url, "--name", fmt.Sprintf("%s-%d", w.name, i),
			"--width", strconv.Itoa(w.width), "--latency", w.latency.String(), "--takeover="+strconv.FormatBool(w.takeover))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			c.kill()
			return nil, err
		}
		c = append(c, cmd)
	}
	time.Sleep(2 * time.Second) // until all of them poll
	return c, nil
}

func (c crew) kill() {
	for _, cmd := range c {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

func throughput(e engine, url, run string, items, width int) (time.Duration, error) {
	c, err := start(e, 2, worker{url: url, name: run, width: width})
	if err != nil {
		return 0, err
	}
	defer c.kill()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	began := time.Now()
	err = e.run(ctx, url, run, items)
	return time.Since(began), err
}

// patience is for how long work that a dead worker held is waited for.
const patience = 40 * time.Second

// takeover kills one of three workers midway.
func takeover(e engine, url, run string, with bool) error {
	c, err := start(e, 3, worker{url: url, name: run, width: 16, latency: 100 * time.Millisecond, takeover: with})
	if err != nil {
		return err
	}
	defer c.kill()
	about := e.about
	if with {
		about += ", own leases"
	}
	const items = 3000
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	killed := make(chan time.Time, 1)
	time.AfterFunc(4*time.Second, func() {
		c[0].Process.Kill()
		killed <- time.Now()
	})
	switch err := e.run(ctx, url, run, items); {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Printf("%-62s one of 3 workers killed: not done %.0f s later\n", about, time.Since(<-killed).Seconds())
	case err != nil:
		return err
	default:
		fmt.Printf("%-62s one of 3 workers killed: all done %.1f s later\n", about, time.Since(<-killed).Seconds())
	}
	return nil
}
