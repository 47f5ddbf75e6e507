// Command registrykill kills genops with SIGKILL while it makes versions, moves
// labels, rolls back, pushes and fetches, in a real repository with a real remote, and
// checks that each of these either happened or did not: label and log agree, git
// finds no fault (git fsck --strict), no lock is left, and the next command
// works. Moments are drawn from the seed, over the whole command and over its end;
// every other kill takes the whole process group. Then two processes move one label at once,
// again and again: one wins, the other is told, and the log has both.
//
// The exit code is 1 when anything is half done.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"

	"github.com/GaboBase/arch-genops/internal/measure"
)

func main() {
	kills := flag.Int("kills", 75, "kills, over all operations")
	rounds := flag.Int("rounds", 50, "of two processes that move one label at once")
	seed := flag.Uint64("seed", 1, "of the moments")
	genops := flag.String("genops", "", "the program that is killed (default: built here)")
	flag.Parse()
	if *kills < 1 {
		fmt.Fprintln(os.Stderr, "--kills must be positive")
		os.Exit(2)
	}
	if runtime.GOOS != "linux" {
		fmt.Fprintln(os.Stderr, "registrykill needs Linux: it waits for git's processes by /proc")
		os.Exit(2)
	}
	total, err := run(*genops, *kills, *rounds, *seed, func(line string) { fmt.Println(line) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/registrykill:", err)
		os.Exit(1)
	}
	fmt.Printf("\ntrials=%d happened=%d not_happened=%d broken=%d\n", total.kills, total.happened, total.not, total.broken)
	fmt.Printf("rounds=%d broken=%d\n", *rounds, total.races)
	if total.broken+total.races > 0 {
		os.Exit(1)
	}
}

// tally counts what became of killed commands.
type tally struct {
	kills, happened, not, broken int
	races                        int // rounds that went wrong
}

func (t *tally) add(more tally) {
	t.kills += more.kills
	t.happened += more.happened
	t.not += more.not
	t.broken += more.broken
}

// run kills so many times, with the operations in turn, and then lets processes
// race.
func run(genops string, kills, rounds int, seed uint64, say func(string)) (total tally, err error) {
	dir, err := os.MkdirTemp("", "genops-registrykill-")
	if err != nil {
		return total, err
	}
	defer os.RemoveAll(dir)
	if genops == "" {
		if genops, err = measure.Genops(dir); err != nil {
			return total, err
		}
	}
	b, err := newBench(dir, genops, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		return total, err
	}
	say(fmt.Sprintf("%-10s %6s %10s %14s %8s  undisturbed", "operation", "kills", "happened", "not happened", "broken"))
	all := b.operations()
	for i, op := range all {
		n := kills/len(all) + min(1, max(0, kills%len(all)-i))
		if n == 0 {
			continue
		}
		one, whole, err := b.series(op, n, say)
		if err != nil {
			return total, fmt.Errorf("%s: %w", op.name, err)
		}
		say(fmt.Sprintf("%-10s %6d %10d %14d %8d  %.0f ms", op.name, one.kills, one.happened, one.not, one.broken, 1000*whole.Seconds()))
		total.add(one)
	}
	total.races, err = b.race(rounds, say)
	return total, err
}
