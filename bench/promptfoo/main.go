// Command promptfoo runs promptfoo and genops over the same configurations,
// those in configs/, and compares verdict, score and output row by row: with
// --compat exact every row must be equal; in the default mode genops may only say
// "could not judge" where promptfoo passes or fails on nothing. Then both
// evaluate 1,000 cases on servers that answer at once and after 50 ms.
//
// promptfoo is installed once, with npm, into a folder of the user's cache;
// without node or npm its recorded results (recorded/) take its place, and the
// throughput is measured alone. --record writes these results anew.
//
// The exit code is 1 when a row differs or a bar is missed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

type settings struct {
	record       bool
	only         string
	installation string
	dir          string
	cases        int
	noPeer       bool
	noSpeed      bool
}

func main() {
	var s settings
	flag.BoolVar(&s.record, "record", false, "write what promptfoo says into recorded/, and compare nothing")
	flag.StringVar(&s.only, "only", "", "configurations whose names have this `PREFIX`")
	flag.StringVar(&s.installation, "promptfoo", "", "`FOLDER` of an npm installation, instead of one in the user's cache")
	flag.StringVar(&s.dir, "dir", filepath.Join("bench", "promptfoo"), "`FOLDER` with configs/ and recorded/")
	flag.IntVar(&s.cases, "cases", 1000, "cases of the throughput rows")
	flag.BoolVar(&s.noPeer, "no-promptfoo", false, "compare with the recorded results")
	flag.BoolVar(&s.noSpeed, "no-throughput", false, "leave the throughput out")
	flag.Parse()
	missed, err := s.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/promptfoo:", err)
		os.Exit(1)
	}
	if missed > 0 {
		os.Exit(1)
	}
}

func (s *settings) peer() *peer {
	if s.noPeer {
		return nil
	}
	find := measure.InstallPromptfoo
	if s.installation != "" {
		find = func() (*measure.Promptfoo, error) { return measure.OpenPromptfoo(s.installation) }
	}
	p, err := find()
	if err != nil {
		fmt.Printf("promptfoo is left out (%v): its recorded results stand\n", err)
		return nil
	}
	fmt.Printf("promptfoo %s\n", p.Version)
	return &peer{p}
}

func (s *settings) run() (missed int, err error) {
	scratch, err := os.MkdirTemp("", "genops-bench-promptfoo-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	names, err := configurations(s.dir, s.only)
	if err != nil {
		return 0, err
	}
	stub, err := startStub(0)
	if err != nil {
		return 0, err
	}
	defer stub.stop()
	p := s.peer()
	if s.record {
		return 0, s.recordAll(p, stub, names, scratch)
	}
	program, err := measure.Genops(scratch)
	if err != nil {
		return 0, err
	}
	b := &bench{settings: s, peer: p, stub: stub, program: program, scratch: scratch}
	if missed, err = b.compareAll(names); err != nil || s.noSpeed {
		return missed, err
	}
	more, err := b.throughput()
	return missed + more, err
}

func (s *settings) recordAll(p *peer, stub *stub, names []string, scratch string) error {
	if p == nil {
		return fmt.Errorf("--record needs promptfoo")
	}
	for _, name := range names {
		o, u, err := p.runCopy(s.dir, name, scratch, stub)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := keep(s.dir, name, o); err != nil {
			return err
		}
		if strings.HasPrefix(name, wholePrefix) {
			if err := keepWhole(s.dir, name, filepath.Join(stateOf(scratch, name), "results.json")); err != nil {
				return err
			}
		}
		fmt.Printf("%-28s %3d rows, exit code %d, %.1f s %s\n", name, len(o.Rows), u.Code, u.Wall.Seconds(), o.Refused)
	}
	return nil
}

// stateOf is the folder that promptfoo keeps a configuration's run in.
func stateOf(scratch, name string) string { return filepath.Join(scratch, "state", name) }

// runCopy evaluates a copy of a configuration.
func (p *peer) runCopy(dir, name, scratch string, stub *stub) (*outcome, measure.Usage, error) {
	at := filepath.Join(scratch, "peer", name)
	if err := copyTo(filepath.Join(dir, "configs", name), at); err != nil {
		return nil, measure.Usage{}, err
	}
	config, err := configOf(at)
	if err != nil {
		return nil, measure.Usage{}, err
	}
	state := stateOf(scratch, name)
	if err := os.MkdirAll(state, 0o755); err != nil {
		return nil, measure.Usage{}, err
	}
	more, err := argumentsOf(at)
	if err != nil {
		return nil, measure.Usage{}, err
	}
	return p.run(config, state, stub.env(), more...)
}

// bench is one comparison under way.
type bench struct {
	*settings
	peer    *peer
	stub    *stub
	program string
	scratch string
}

// compareAll runs all configurations with both tools.
func (b *bench) compareAll(names []string) (missed int, err error) {
	rows, equal, equalConfigs := 0, 0, 0
	var theirs, ours time.Duration
	var all []difference
	fmt.Printf("%-28s %6s %6s %12s %12s\n", "configuration", "rows", "equal", "promptfoo", "genops")
	for _, name := range names {
		want, took, err := b.expected(name)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", name, err)
		}
		at := filepath.Join(b.scratch, "genops-"+name)
		if err := copyTo(filepath.Join(b.dir, "configs", name), at); err != nil {
			return missed, err
		}
		got, u, err := runGenops(b.program, at, b.stub.env(), "--compat", "exact")
		if err != nil {
			return missed, fmt.Errorf("%s: genops: %w", name, err)
		}
		n, differ := diff(name, want, got)
		rows, equal, theirs, ours = rows+len(want.Rows), equal+n, theirs+took, ours+u.Wall
		if len(differ) == 0 {
			equalConfigs++
		}
		all = append(all, differ...)
		fmt.Printf("%-28s %6d %6d %10.2f s %10.2f s\n", name, len(want.Rows), n, took.Seconds(), u.Wall.Seconds())
	}
	fmt.Printf("\n%d of %d rows and %d of %d configurations are equal (%.1f s and %.1f s)\n", equal, rows, equalConfigs, len(names), theirs.Seconds(), ours.Seconds())
	for _, d := range all {
		fmt.Printf("  %s, %s: %s\n", d.config, d.row, strings.ReplaceAll(d.what, "\n", " "))
	}
	return len(all), nil
}

// expected is what promptfoo says, now or when it was recorded.
func (b *bench) expected(name string) (*outcome, time.Duration, error) {
	if b.peer == nil {
		o, err := recorded(b.dir, name)
		return o, 0, err
	}
	o, u, err := b.peer.runCopy(b.dir, name, b.scratch, b.stub)
	return o, u.Wall, err
}
