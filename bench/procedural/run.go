package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/GaboBase/arch-genops/generators/procedural"
)

const (
	rateBar   = 20.0 // images a second at 512², two workers
	medianBar = 15   // bits between seeds of one prompt
	leastBar  = 4    // bits: no two seeds may look the same
	workers   = 2
	manySeeds = 50
)

// run measures and says whether every bar was met.
func run(ctx context.Context, w io.Writer, images int) (met bool, err error) {
	met = true
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "what\there\tPNG alone\tbar\t")
	for _, side := range []int{512, 1024} {
		n := images
		if side > 512 {
			n = max(images/4, workers)
		}
		all, alone, err := rates(ctx, side, n)
		if err != nil {
			return false, err
		}
		bar := ""
		if side == 512 {
			// Where the processor is shared, its time says what two cores can do.
			bar = verdict(max(all.wall, all.cores) >= rateBar, fmt.Sprintf("≥ %.0f", rateBar), &met)
		}
		fmt.Fprintf(tab, "%d² images/s, %d workers, by the clock\t%.1f\t%.1f\t\t\n", side, workers, all.wall, alone.wall)
		fmt.Fprintf(tab, "%d² images/s of %d whole cores, by processor time\t%.1f\t%.1f\t%s\t\n", side, workers, all.cores, alone.cores, bar)
	}
	low, mid, at, err := amongSeeds(ctx)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(tab, "bits between %d seeds of a prompt, lowest median of %d prompts\t%d\t\t%s\t\n", manySeeds, len(prompts), mid, verdict(mid >= medianBar, fmt.Sprintf("≥ %d", medianBar), &met))
	fmt.Fprintf(tab, "  least of all (%q)\t%d\t\t%s\t\n", at, low, verdict(low >= leastBar, fmt.Sprintf("≥ %d", leastBar), &met))
	least, median, err := amongPrompts(ctx)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(tab, "bits between prompts, seed 1: median (least)\t%d (%d)\t\t\t\n", median, least)
	return met, tab.Flush()
}

func verdict(ok bool, bar string, met *bool) string {
	if ok {
		return bar + " met"
	}
	*met = false
	return bar + " MISSED"
}

// rate is images a second.
type rate struct {
	wall  float64 // by the clock
	cores float64 // that the workers would make on cores of their own; 0 = not known here
}

// timed runs n jobs and says at what rate.
func timed(n int, f func(i int) error) (rate, error) {
	start, used := time.Now(), processorTime()
	err := parallel(n, f)
	r := rate{wall: float64(n) / time.Since(start).Seconds()}
	if spent := processorTime() - used; spent > 0 {
		r.cores = float64(n) * workers / spent.Seconds()
	}
	return r, err
}

// rates renders n images, then encodes such pixels alone with image/png.
func rates(ctx context.Context, side, n int) (all, alone rate, err error) {
	drawn := make([]*image.RGBA, len(prompts))
	if err := parallel(len(prompts), func(i int) error {
		var err error
		drawn[i], _, err = procedural.Draw(ctx, square(prompts[i], 1, side))
		return err
	}); err != nil {
		return all, alone, err
	}
	all, err = timed(n, func(i int) error {
		_, _, err := procedural.Render(ctx, square(prompts[i%len(prompts)], uint64(i), side))
		return err
	})
	if err != nil {
		return all, alone, err
	}
	alone, err = timed(n, func(i int) error {
		return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(new(bytes.Buffer), drawn[i%len(drawn)])
	})
	return all, alone, err
}

// parallel calls f for 0..n-1 from two workers.
func parallel(n int, f func(i int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, workers)
	for k := range workers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || errs[k] != nil {
					return
				}
				errs[k] = f(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// amongSeeds compares the seeds of each prompt: the least distance of all, the
// lowest median, and the prompt of the least.
func amongSeeds(ctx context.Context) (least, median int, at string, err error) {
	least, median = 64, 64
	for _, p := range prompts {
		low, mid, err := seedsOf(ctx, p)
		if err != nil {
			return 0, 0, "", err
		}
		if low < least {
			least, at = low, p
		}
		median = min(median, mid)
	}
	return least, median, at, nil
}

// seedsOf compares the seeds of one prompt.
func seedsOf(ctx context.Context, prompt string) (least, median int, err error) {
	hashes := make([]uint64, manySeeds)
	err = parallel(manySeeds, func(i int) error {
		img, _, err := procedural.Draw(ctx, square(prompt, uint64(i), 128))
		if err == nil {
			hashes[i] = dHash(img)
		}
		return err
	})
	least, median = distances(hashes)
	return least, median, err
}

// listEach prints a line for each prompt.
func listEach(ctx context.Context, w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "ms at 512²\tleast\tmedian\tprompt")
	for _, p := range prompts {
		start := time.Now()
		for seed := range 3 {
			if _, _, err := procedural.Draw(ctx, square(p, uint64(seed), 512)); err != nil {
				return err
			}
		}
		ms := time.Since(start).Seconds() * 1000 / 3
		low, mid, err := seedsOf(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(tab, "%.0f\t%d\t%d\t%s\n", ms, low, mid, p)
	}
	return tab.Flush()
}

func amongPrompts(ctx context.Context) (least, median int, err error) {
	hashes := make([]uint64, len(prompts))
	err = parallel(len(prompts), func(i int) error {
		img, _, err := procedural.Draw(ctx, square(prompts[i], 1, 128))
		if err == nil {
			hashes[i] = dHash(img)
		}
		return err
	})
	least, median = distances(hashes)
	return least, median, err
}

// distances are the least and the median Hamming distance of all pairs.
func distances(hashes []uint64) (least, median int) {
	var all []int
	for i, a := range hashes {
		for _, b := range hashes[:i] {
			all = append(all, bits.OnesCount64(a^b))
		}
	}
	slices.Sort(all)
	return all[0], all[len(all)/2]
}

// dHash is the 64-bit difference hash: the signs of the steps between
// neighbours in a row of the picture shrunk to 9×8 grey cells.
func dHash(img *image.RGBA) uint64 {
	var cell [8][9]int
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for j := range 8 {
		for i := range 9 {
			sum, n := 0, 0
			for y := h * j / 8; y < h*(j+1)/8; y++ {
				for x := w * i / 9; x < w*(i+1)/9; x++ {
					p := img.Pix[y*img.Stride+4*x:]
					sum += int(p[0])*299 + int(p[1])*587 + int(p[2])*114
					n++
				}
			}
			cell[j][i] = sum / n
		}
	}
	var hash uint64
	for j := range 8 {
		for i := range 8 {
			hash <<= 1
			if cell[j][i] < cell[j][i+1] {
				hash |= 1
			}
		}
	}
	return hash
}
