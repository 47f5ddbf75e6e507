// Command pipeline measures what the engine of media runs costs beside the calls
// themselves: items per second with the durable ledger, how much of a perfect
// schedule is reached, and how memory grows with the number of items; on a file,
// and on Postgres with two workers. Every measurement is a process of its own.
// The physical limit stands beside it: the bare ledger, and the disk's syncs. The
// exit code is 1 when a bar is missed.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

const (
	rateBar   = 12000 // items a second, file ledger
	idealBar  = 0.97
	rssBar    = 80e6
	growthBar = 1.5
)

// settings are the flags.
type settings struct {
	items, many, width, rounds int
	latency                    time.Duration
	postgres                   bool
}

func main() {
	var s settings
	flag.IntVar(&s.items, "items", 10000, "trivial items")
	flag.IntVar(&s.many, "many", 100000, "items of the run that memory is compared with")
	flag.IntVar(&s.width, "width", 64, "calls in flight")
	flag.IntVar(&s.rounds, "rounds", 3, "repetitions of the throughput, the best one counts")
	flag.DurationVar(&s.latency, "latency", time.Second, "of the items whose schedule is judged")
	flag.BoolVar(&s.postgres, "postgres", true, "measure on Postgres too, where it is installed")
	var role child
	flag.StringVar(&role.what, "role", "", "what the bench starts itself as: items, ledger, sync or worker")
	flag.StringVar(&role.dir, "dir", "", "of the role")
	flag.IntVar(&role.n, "n", 0, "items of the role")
	flag.StringVar(&role.database, "database", "", "of the role")
	flag.Parse()
	role.width, role.latency = s.width, s.latency
	if role.what == "worker" {
		role.latency = 0
	}
	var err error
	missed := 0
	if role.what != "" {
		err = role.run()
	} else {
		missed, err = measureAll(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/pipeline:", err)
	}
	if err != nil || missed > 0 {
		os.Exit(1)
	}
}

// bench is one measuring under way.
type bench struct {
	settings
	dir    string
	missed int
}

func measureAll(s settings) (missed int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-pipeline-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	b := &bench{settings: s, dir: dir}
	for _, step := range []func() error{b.limits, b.throughput, b.shared, b.schedule} {
		if err := step(); err != nil {
			return b.missed, err
		}
	}
	return b.missed, nil
}

// row prints a figure; bar is "" for what has none.
func (b *bench) row(what, figure, bar string, met bool) {
	verdict := ""
	switch {
	case bar != "" && met:
		verdict = "met"
	case bar != "":
		verdict = "MISSED"
		b.missed++
	}
	fmt.Printf("%-62s %16s   %-12s %s\n", what, figure, bar, verdict)
}

// start runs a role in a process of its own.
func (b *bench) start(role string, n int, latency time.Duration, more ...string) (result, error) {
	dir, err := os.MkdirTemp(b.dir, role)
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	args := append([]string{"--role", role, "--dir", dir, "--n", strconv.Itoa(n), "--width", strconv.Itoa(b.width), "--latency", latency.String()}, more...)
	return runChild(exec.Command(os.Args[0], args...))
}

// limits are what the machine allows.
func (b *bench) limits() error {
	sync, err := b.start("sync", 2000, 0)
	if err != nil {
		return err
	}
	b.row("syncs of the disk, one after the other", perSecond(sync.N, sync.Took), "", true)
	bare, err := b.best("ledger", b.items)
	if err != nil {
		return err
	}
	b.row(fmt.Sprintf("bare ledger, %d items, two writes each", b.items), perSecond(bare.N, bare.Took), "", true)
	return nil
}

// best is the fastest of some rounds: what else the machine does only slows.
func (b *bench) best(role string, n int, more ...string) (best result, err error) {
	for range b.rounds {
		r, err := b.start(role, n, 0, more...)
		if err != nil {
			return best, err
		}
		if best.N == 0 || r.Took < best.Took {
			best = r
		}
	}
	return best, nil
}

func (b *bench) throughput() error {
	few, err := b.best("items", b.items)
	if err != nil {
		return err
	}
	rate := float64(few.N) / few.Took.Seconds()
	b.row(fmt.Sprintf("%d trivial items, file ledger", few.N), perSecond(few.N, few.Took), fmt.Sprintf(">= %d/s", rateBar), rate >= rateBar)
	b.row("processor time of one item", fmt.Sprintf("%.0f us", few.CPU.Seconds()*1e6/float64(few.N)), "", true)
	b.row(fmt.Sprintf("peak RSS at %d items", few.N), mb(few.RSS), "<= "+mb(rssBar), few.RSS > 0 && few.RSS <= rssBar)
	many, err := b.start("items", b.many, 0)
	if err != nil {
		return err
	}
	growth := float64(many.RSS) / float64(few.RSS)
	b.row(fmt.Sprintf("peak RSS at %d items: %s, times as much", many.N, mb(many.RSS)), fmt.Sprintf("%.2f", growth), fmt.Sprintf("<= %.1f", growthBar), growth <= growthBar)
	b.row(fmt.Sprintf("%d trivial items, file ledger", many.N), perSecond(many.N, many.Took), "", true)
	return nil
}

// schedule is how near a sweep of slow calls comes to the ideal.
func (b *bench) schedule() error {
	n := 10 * b.width
	r, err := b.start("items", n, b.latency)
	if err != nil {
		return err
	}
	share := (10 * b.latency).Seconds() / r.Took.Seconds()
	b.row(fmt.Sprintf("%d items of %s on %d slots, share of the ideal", n, b.latency, b.width), fmt.Sprintf("%.3f", share), fmt.Sprintf(">= %.2f", idealBar), share >= idealBar)
	return nil
}

func perSecond(n int, took time.Duration) string {
	return fmt.Sprintf("%.0f/s", float64(n)/took.Seconds())
}

func mb(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
