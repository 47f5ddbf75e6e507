package loopback

import (
	"bytes"
	"image/png"
	"testing"
)

func TestPicture(t *testing.T) {
	seen := map[string]string{}
	for _, size := range [][2]int{{1, 1}, {7, 3}, {64, 64}, {512, 256}} {
		for _, recipe := range []string{"a", "b", "c"} {
			p := Picture(recipe, size[0], size[1])
			img, err := png.Decode(bytes.NewReader(p))
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); b.Dx() != size[0] || b.Dy() != size[1] {
				t.Errorf("%v, want %v", b, size)
			}
			if !bytes.Equal(p, Picture(recipe, size[0], size[1])) {
				t.Error("the same recipe gave other bytes")
			}
			if other, ok := seen[string(p)]; ok {
				t.Errorf("%s %v is the same as %s", recipe, size, other)
			}
			seen[string(p)] = recipe
		}
	}
	if _, err := png.Decode(bytes.NewReader(WithText(Picture("a", 9, 9), "prompt", `{"1":{}}`))); err != nil {
		t.Error(err)
	}
}

func TestDamage(t *testing.T) {
	whole := Picture("a", 64, 48)
	for _, d := range Damages {
		img, err := func() (b [2]int, err error) {
			damaged := d.Apply(whole)
			if d == Bomb { // its header must be in order, and must not be believed
				c, err := png.DecodeConfig(bytes.NewReader(damaged))
				return [2]int{c.Width, c.Height}, err
			}
			img, err := png.Decode(bytes.NewReader(damaged))
			if err != nil {
				return b, err
			}
			return [2]int{img.Bounds().Dx(), img.Bounds().Dy()}, nil
		}()
		want := map[Damage][2]int{Tiny: {1, 1}, AllBlack: {64, 48}, Bomb: {50000, 50000}}[d]
		if broken := want == [2]int{}; broken != (err != nil) || img != want {
			t.Errorf("%s: %v, %v, want %v", d, img, err, want)
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	for b.Loop() {
		Picture("a", 512, 512)
	}
}
