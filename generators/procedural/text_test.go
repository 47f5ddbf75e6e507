package procedural

import (
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// TestTextIsDrawn paints a scene with and without its words, nothing else
// changed, and compares.
func TestTextIsDrawn(t *testing.T) {
	for _, prompt := range []string{`mountain lake "HELLO"`, `poster "HELLO"`, `cyberpunk city "HELLO"`, `bowl of fruit "HELLO"`} {
		s := Scene{Prompt: prompt, Seed: 9, Width: 240, Height: 200}
		with := newStage(s, nil)
		with.paint()
		without := newStage(s, nil)
		without.text = nil
		without.paint()
		x0, y0, x1, y1, n := 240, 200, 0, 0, 0
		for i := 0; i < len(with.pix); i += 4 {
			if abs(int(with.pix[i])-int(without.pix[i]))+abs(int(with.pix[i+1])-int(without.pix[i+1])) > 60 {
				x, y := i/4%240, i/4/240
				x0, y0, x1, y1, n = min(x0, x), min(y0, y), max(x1, x), max(y1, y), n+1
			}
		}
		if n < 400 || x1-x0 < 80 {
			t.Errorf("%s: %d pixels differ, from %d,%d to %d,%d", prompt, n, x0, y0, x1, y1)
		}
		if x0 < 4 || x1 > 236 {
			t.Errorf("%s: the words reach the edge: %d to %d", prompt, x0, x1)
		}
	}
}

// TestTextStandsOut measures the contrast of letters with what is around them.
func TestTextStandsOut(t *testing.T) {
	for seed := range uint64(12) {
		for _, prompt := range []string{`poster "MMMM"`, `tropical beach "MMMM"`, `winter "MMMM"`, `night city "MMMM"`, `neon street "MMMM"`, `bouquet "MMMM"`} {
			s := newStage(Scene{Prompt: prompt, Seed: seed, Width: 200, Height: 200}, nil)
			s.paint()
			mask := newCanvas(200, 200, nil)
			mask.fill(s.letters, solid(hex(0xffffff)))
			box := s.letters.bounds(200, 200)
			var sum, n [2]int
			for y := box[1]; y < box[3]; y++ {
				for x := box[0]; x < box[2]; x++ {
					k := b2i(mask.get(x, y).r > full/2)
					sum[k], n[k] = sum[k]+s.get(x, y).luma()>>8, n[k]+1
				}
			}
			if contrast := abs(sum[1]/max(n[1], 1) - sum[0]/max(n[0], 1)); n[1] < 800 || contrast < 55 {
				t.Errorf("%s, seed %d: %d pixels of letters, contrast %d of 255", prompt, seed, n[1], contrast)
			}
		}
	}
}

func TestTextFits(t *testing.T) {
	f := newFace(boldFont(), 10)
	for _, text := range []string{"A", "SUMMER SALE", "Donaudampfschifffahrtsgesellschaft", strings.Repeat("many words ", 36), "Ünïcödé, ¿qué?"} {
		for _, box := range [][2]int{{200, 100}, {50, 400}, {3, 3}, {1000, 20}} {
			w, h := box[0]*px, box[1]*px
			b := f.fit(text, w, h, h)
			p := f.outline(b, 0, 0, w, 1)
			for _, q := range p.pts {
				if q.x < -px || q.x > w+px || q.y < -h/3-px || q.y > h+h/3+px {
					t.Fatalf("%q in %v: a point at %d, %d px", text, box, q.x/px, q.y/px)
				}
			}
			if got := strings.Join(b.lines, " "); got != strings.Join(strings.Fields(text), " ") {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

func TestKerningAndFallback(t *testing.T) {
	f := newFace(boldFont(), 0)
	if f.line(nil, "MMM", 0, 0, 64*px) <= f.line(nil, "iii", 0, 0, 64*px) {
		t.Error("all letters are equally wide")
	}
	if len(f.missing) != 0 {
		t.Errorf("missing %v", f.missing)
	}
	p := new(path)
	if f.line(p, "日", 0, 64*px, 64*px) == 0 || len(p.pts) != 8 || !f.missing["日"] {
		t.Error("no box for a character without a glyph")
	}
	if a, b := f.line(nil, "Zoe\u0308", 0, 0, 64*px), f.line(nil, "Zoë", 0, 0, 64*px); a != b {
		t.Error("a composed and a decomposed letter differ")
	}
	for _, r := range "ABCXYZabcxyz0123456789ÄÖÜäöüßéèêàçñøåœ.,:;!?&%€–—'\"()/@#+*" {
		f.line(nil, string(r), 0, 0, px)
	}
	if len(f.missing) != 1 {
		t.Errorf("glyphs are missing: %v", f.missing)
	}
	_, info := draw(t, Scene{Prompt: `poster "日本 ok"`})
	if !slices.Equal(info.Missing, []string{"日", "本"}) {
		t.Errorf("Info.Missing is %q", info.Missing)
	}
}

// dHash is the 64-bit difference hash of a canvas.
func dHash(s *stage) (hash uint64) {
	for j := range 8 {
		before := 0
		for i := range 9 {
			sum, n := 0, 0
			for y := s.h * j / 8; y < s.h*(j+1)/8; y++ {
				for x := s.w * i / 9; x < s.w*(i+1)/9; x++ {
					sum, n = sum+s.get(x, y).luma(), n+1
				}
			}
			if i > 0 {
				hash <<= 1
				if sum/n > before {
					hash |= 1
				}
			}
			before = sum / n
		}
	}
	return hash
}

func TestSeedsLookDifferent(t *testing.T) {
	for _, prompt := range []string{every[0], every[1], every[2], every[4], every[6], every[19]} {
		var hashes []uint64
		var all []int
		for seed := range uint64(12) {
			s := newStage(Scene{Prompt: prompt, Seed: seed, Width: 96, Height: 96}, nil)
			s.paint()
			h := dHash(s)
			for _, other := range hashes {
				all = append(all, bits.OnesCount64(h^other))
			}
			hashes = append(hashes, h)
		}
		slices.Sort(all)
		if all[0] < 3 || all[len(all)/2] < 14 {
			t.Errorf("%s: least %d, median %d bits between seeds", prompt, all[0], all[len(all)/2])
		}
	}
}
