package main

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDistances(t *testing.T) {
	if least, median := distances([]uint64{0, 1, 0xff}); least != 1 || median != 7 {
		t.Errorf("least %d, median %d", least, median)
	}
}

func TestDHash(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 90, 80))
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 4 % 90) // brighter to the right
	}
	if h := dHash(img); h != ^uint64(0) {
		t.Errorf("%x", h)
	}
}

func TestSheet(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sheet.png")
	if err := writeSheet(context.Background(), file, matching("volcano"), 32, 2, 1); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 2*38+6 || c.Height != 38+6 {
		t.Errorf("%v %v", c, err)
	}
}

func TestVerdict(t *testing.T) {
	met := true
	if s := verdict(true, "≥ 1", &met); !met || !strings.HasSuffix(s, "met") {
		t.Error(s)
	}
	if s := verdict(false, "≥ 1", &met); met || !strings.HasSuffix(s, "MISSED") {
		t.Error(s)
	}
}
