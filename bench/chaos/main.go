// Command chaos lets `genops generate` and three `genops worker` processes share
// runs over one Postgres, behind toxiproxy, and hurts them: one worker is killed
// for good, the server crashes and comes back, the network is cut, or swallows
// everything. Two faithful providers count what they made: ComfyUI can be asked
// what became of a job, OpenAI can't. The exit code is 1 when something was lost
// or delivered twice, too much was repeated, or the dead worker's work was done
// too late: all must be made within 10 s of its lease's end.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/internal/measure"
)

const doneBar = 10 * time.Second // from the end of the dead worker's lease

// settings are the flags.
type settings struct {
	items, width int
	answer       time.Duration
	only         string
}

func main() {
	var s settings
	flag.IntVar(&s.items, "items", 400, "requests of each run, half of them to each provider")
	flag.IntVar(&s.width, "width", 8, "calls in flight to each provider, of each process")
	flag.DurationVar(&s.answer, "latency", 100*time.Millisecond, "of one call to OpenAI, at least; ComfyUI, which makes one after the other, takes a tenth")
	flag.StringVar(&s.only, "trial", "", "only those trials whose name holds this")
	flag.Parse()
	missed, err := chaos(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/chaos:", err)
	}
	if err != nil || missed > 0 {
		os.Exit(1)
	}
}

func chaos(s settings) (missed int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-chaos-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	genops, err := measure.Genops(dir)
	if err != nil {
		return 0, err
	}
	p, err := databasetest.Start()
	if err != nil {
		return 0, err
	}
	defer p.Close()
	x, err := newProxy(fmt.Sprintf("127.0.0.1:%d", p.Port))
	if err != nil {
		return 0, err
	}
	defer x.close()
	through := strings.Replace(p.URL, fmt.Sprintf("127.0.0.1:%d", p.Port), x.at, 1)
	for i, t := range trials(p, x) {
		if !strings.Contains(t.name, s.only) {
			continue
		}
		if err := x.clear(); err != nil {
			return missed, err
		}
		ok, err := t.run(s, genops, filepath.Join(dir, fmt.Sprint(i)), through)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", t.name, err)
		}
		if !ok {
			missed++
		}
	}
	return missed, nil
}

// trial is one way to hurt the run; hurt is called when half of it is made. A
// worker is killed later, so that its chunk is what the others are not through with.
type trial struct {
	name string
	kill bool // a worker, for good
	hurt func() error
}

func trials(p *databasetest.Postgres, x *proxy) []trial {
	return []trial{
		{name: "undisturbed"},
		{name: "a worker killed for good", kill: true},
		{name: "the server crashes and comes back", hurt: func() error { return errors.Join(p.Down(), p.Up()) }},
		{name: "the network is cut for 3 s", hurt: func() error {
			err := x.enable(false)
			time.Sleep(3 * time.Second)
			return errors.Join(err, x.enable(true))
		}},
		{name: "the network swallows all for 8 s", hurt: func() error {
			err := x.swallow()
			time.Sleep(8 * time.Second)
			return errors.Join(err, x.clear())
		}},
	}
}
