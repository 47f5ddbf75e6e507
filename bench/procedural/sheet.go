package main

import (
	"context"
	"image"
	"image/draw"
	"image/png"
	"os"

	"github.com/GaboBase/arch-genops/generators/procedural"
)

// writeSheet draws each prompt with several seeds, a row of pictures a prompt
// (or two, side by side, where the page would be narrow).
func writeSheet(ctx context.Context, file string, prompts []string, cell, seeds int, first uint64) error {
	const gap = 6
	across := 1
	if len(prompts) > 5 {
		across = 2
	}
	rows := (len(prompts) + across - 1) / across
	page := image.NewRGBA(image.Rect(0, 0, across*seeds*(cell+gap)+gap, rows*(cell+gap)+gap))
	for i, p := range prompts {
		for j := range seeds {
			img, _, err := procedural.Draw(ctx, square(p, first+uint64(j), cell))
			if err != nil {
				return err
			}
			at := image.Pt(gap+(i%across*seeds+j)*(cell+gap), gap+i/across*(cell+gap))
			draw.Draw(page, image.Rectangle{at, at.Add(image.Pt(cell, cell))}, img, image.Point{}, draw.Src)
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, page); err != nil {
		return err
	}
	return f.Close()
}
