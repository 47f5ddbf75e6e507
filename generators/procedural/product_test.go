package procedural

import (
	"slices"
	"testing"
)

// A product is what its name says, and stands in the picture whole, though the lens
// of its pack is one for small things.
func TestProductIsWholeAndWhatItIsCalled(t *testing.T) {
	for seed := range uint64(20) {
		for prompt, want := range map[string]string{"headphones on a desk": "headphones", "a loudspeaker": "loudspeaker"} {
			_, info := draw(t, Scene{Prompt: prompt, Seed: seed})
			if !slices.Contains(info.Elements, want) || slices.Contains(info.Unused, want) {
				t.Errorf("%q, seed %d: drawn is %v, unused %v", prompt, seed, info.Elements, info.Unused)
			}
		}
		s := newStage(Scene{Prompt: "a ceramic mug", Camera: "100 mm macro lens", Seed: seed, Width: 1000, Height: 1000}, nil)
		if tall := s.k(490); tall > 700*px {
			t.Errorf("seed %d: a thing of %d of 1000 pixels", seed, tall/px)
		}
	}
}

// A white thing before a white ground keeps its outline.
func TestWhiteProductIsSeen(t *testing.T) {
	white := hex(0xffffff)
	if got := white.below(full * 78 / 100).luma(); got > full*78/100 || got < full*76/100 {
		t.Errorf("white is %d of %d", got, full)
	}
	if dark := hex(0x203040); dark.below(full*78/100) != dark {
		t.Error("a dark colour changed")
	}
	for seed := range uint64(8) {
		s := newStage(Scene{Prompt: "white running shoes", Palette: []string{"white"}, Seed: seed, Width: 64, Height: 64}, nil)
		if l := s.ware(s.rand("x")).luma(); l > full*79/100 {
			t.Errorf("seed %d: the thing has a luma of %d of %d", seed, l, full)
		}
	}
}
