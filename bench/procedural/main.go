// Command procedural measures the built-in generator of pictures: images a
// second with two workers, set against PNG encoding alone in the same run, and
// how much pictures of different seeds and prompts differ (64-bit perceptual
// hashes). It exits with 1 when a bar is missed. --sheet FILE writes a page of
// pictures to look at.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/GaboBase/arch-genops/generators/procedural"
)

func main() {
	sheet := flag.String("sheet", "", "write a contact sheet to this PNG `file`, and measure nothing")
	only := flag.String("only", "", "of the sheet's prompts, those that contain this `text`")
	prompt := flag.String("prompt", "", "prompts of your own for the sheet, `text` separated by |")
	cell := flag.Int("cell", 256, "side of the sheet's pictures, `pixels`")
	seeds := flag.Int("seeds", 4, "pictures of each prompt on the sheet")
	first := flag.Uint64("first", 1, "first seed")
	images := flag.Int("images", 60, "pictures of each measurement")
	each := flag.Bool("each", false, "list speed and distances of each prompt")
	flag.Parse()
	ctx := context.Background()
	if *sheet != "" {
		chosen := strings.Split(*prompt, "|")
		if *prompt == "" {
			chosen = matching(*only)
		}
		if err := writeSheet(ctx, *sheet, chosen, *cell, *seeds, *first); err != nil {
			fmt.Fprintln(os.Stderr, "bench/procedural:", err)
			os.Exit(1)
		}
		return
	}
	if *each {
		if err := listEach(ctx, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench/procedural:", err)
			os.Exit(1)
		}
		return
	}
	met, err := run(ctx, os.Stdout, *images)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/procedural:", err)
	}
	if err != nil || !met {
		os.Exit(1)
	}
}

func matching(part string) []string {
	var out []string
	for _, p := range prompts {
		if strings.Contains(p, part) {
			out = append(out, p)
		}
	}
	return out
}

func square(prompt string, seed uint64, side int) procedural.Scene {
	return procedural.Scene{Prompt: prompt, Seed: seed, Width: side, Height: side}
}
