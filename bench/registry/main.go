// Command registry measures how long `genops prompt list` and `genops prompt
// resolve` take in a repository with many commits, prompts and versions, which
// it builds with `git fast-import`: the whole program, its start alone, the
// registry in this process, and the git program's own floor. The exit code is 1
// when a bar is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
	"github.com/GaboBase/arch-genops/registry"
)

const (
	listBar    = 300 * time.Millisecond // the whole program
	resolveBar = 10 * time.Millisecond  // warm, without the start of the program
	wholeBar   = 60 * time.Millisecond  // start of the program included
)

func main() {
	var s shape
	flag.IntVar(&s.commits, "commits", 10_000, "commits")
	flag.IntVar(&s.prompts, "prompts", 1000, "prompts")
	flag.IntVar(&s.tags, "tags", 4, "versions of each prompt")
	flag.BoolVar(&s.loose, "loose", false, "keep each ref in a file of its own, as before `git gc`")
	runs := flag.Int("runs", 21, "measurements of each figure, of which the median is shown")
	keep := flag.String("keep", "", "build the repository in this `DIR` and keep it; one that is there is used again")
	flag.Parse()
	if s.commits < 1 || s.prompts < 1 || s.tags < 1 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "all sizes must be positive")
		os.Exit(2)
	}
	missed, err := measureAll(s, *runs, *keep)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/registry:", err)
	}
	if missed > 0 || err != nil {
		os.Exit(1)
	}
}

func measureAll(s shape, runs int, keep string) (missed int, err error) {
	scratch, err := os.MkdirTemp("", "genops-bench-registry-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	dir := filepath.Join(scratch, "repository")
	if keep != "" {
		if dir, err = filepath.Abs(keep); err != nil {
			return 0, err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "genops.yaml")); err != nil {
		began := time.Now()
		if err := build(dir, s); err != nil {
			return 0, err
		}
		fmt.Printf("%d commits, %d prompts, %d versions of each; built in %.1f s\n", s.commits, s.prompts, s.tags, time.Since(began).Seconds())
	}
	genops, err := measure.Genops(scratch)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%s/%s, %d cores, median of %d\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs)
	b := bench{dir: dir, genops: genops, runs: runs}
	b.all(name(s.prompts / 2))
	return b.missed, b.err
}

// bench takes the figures.
type bench struct {
	dir, genops string
	runs        int
	missed      int
	err         error
}

func (b *bench) all(prompt string) {
	ctx := context.Background()
	g := registry.Registry{Root: b.dir}
	b.show("start of the program", 0, b.program("--version"))
	b.show("genops prompt list --json", listBar, b.program("prompt", "list", "--json"))
	b.show("genops prompt list", listBar, b.program("prompt", "list"))
	b.show("genops prompt resolve NAME@production", wholeBar, b.program("prompt", "resolve", prompt+"@production"))
	b.show("genops prompt show NAME@production --json", wholeBar, b.program("prompt", "show", prompt+"@production", "--json"))
	b.show("genops prompt resolve NAME (working tree)", wholeBar, b.program("prompt", "resolve", prompt))
	b.show("resolve NAME@production, in a process", resolveBar, func() error {
		_, err := g.Object(ctx, registry.KindPrompt, prompt+"@production")
		return err
	})
	b.show("resolve NAME@1.0.0, in a process", resolveBar, func() error {
		_, err := g.Object(ctx, registry.KindPrompt, prompt+"@1.0.0")
		return err
	})
	b.show("resolve NAME@main, in a process", resolveBar, func() error {
		_, err := g.Object(ctx, registry.KindPrompt, prompt+"@main")
		return err
	})
	b.show("list, in a process", 0, func() error {
		_, err := g.Objects(ctx, registry.KindPrompt)
		return err
	})
	b.show("git --version", 0, b.git("--version"))
	b.show("git rev-parse HEAD", 0, b.git("rev-parse", "HEAD"))
	b.show("git for-each-ref of one prompt", 0, b.git("for-each-ref", "refs/tags/prompts/"+prompt+"/"))
	b.show("git for-each-ref of all, tags peeled", 0, b.git("for-each-ref", "--format=%(refname) %(*objectname)", "refs/tags/prompts/", "refs/genops/prompt/"))
}

func (b *bench) program(args ...string) func() error { return b.command(b.genops, args...) }
func (b *bench) git(args ...string) func() error     { return b.command("git", args...) }

func (b *bench) command(program string, args ...string) func() error {
	return func() error {
		cmd := exec.Command(program, args...)
		cmd.Dir = b.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %v: %w\n%.500s", filepath.Base(program), args, err, out)
		}
		return nil
	}
}

// show measures a thing and prints its median, fastest and slowest run. A bar
// of 0 is none.
func (b *bench) show(what string, bar time.Duration, do func() error) {
	if b.err != nil {
		return
	}
	times := make([]time.Duration, b.runs)
	for i := range times {
		began := time.Now()
		if b.err = do(); b.err != nil {
			return
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	median := times[len(times)/2]
	verdict := ""
	if bar > 0 {
		verdict = fmt.Sprintf("  bar %v", bar)
		if median > bar {
			b.missed++
			verdict += "  MISSED"
		}
	}
	fmt.Printf("%-44s %8.1f ms  (%.1f to %.1f)%s\n", what, ms(median), ms(times[0]), ms(times[len(times)-1]), verdict)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
