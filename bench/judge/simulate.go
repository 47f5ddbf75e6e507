package main

import (
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// hit is what one interval came to.
type hit struct {
	covers, above bool // above: the whole interval lies above the truth
	width         float64
}

func hitOf(c stats.Corrected, truth float64) hit {
	in := c.Interval
	return hit{in.Contains(truth), in.Lo > truth, in.Hi - in.Lo}
}

// row sums up the hits of one method.
type row struct{ covers, above, width float64 }

// simulate plays seeds runs and sums up each method's hits. The random numbers
// of a run depend on its seed and on labels alone.
func simulate(seeds, labels, methods int, play func(*rand.Rand) []hit) []row {
	hits := make([][]hit, seeds)
	var wait sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				hits[i] = play(rand.New(rand.NewPCG(uint64(i), uint64(labels))))
			}
		})
	}
	for i := range seeds {
		next <- i
	}
	close(next)
	wait.Wait()
	rows := make([]row, methods)
	for _, run := range hits {
		for m, h := range run {
			rows[m].width += h.width / float64(seeds)
			if h.covers {
				rows[m].covers += 1 / float64(seeds)
			}
			if h.above {
				rows[m].above += 1 / float64(seeds)
			}
		}
	}
	return rows
}
