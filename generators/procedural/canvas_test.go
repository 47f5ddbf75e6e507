package procedural

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestFillCoversExactly(t *testing.T) {
	white := solid(hex(0xffffff))
	sum := func(c *canvas) (n int) {
		for i := 0; i < len(c.pix); i += 4 {
			n += int(c.pix[i])
		}
		return n
	}
	for _, q := range []struct {
		name string
		p    *path
		area int // Q8 pixels
	}{
		{"square on the grid", new(path).rect(4*px, 4*px, 8*px, 8*px), 64 * px},
		{"square between", new(path).rect(4*px+100, 4*px+77, 8*px, 8*px), 64 * px},
		{"half a pixel", new(path).rect(4*px, 4*px, px/2, px), px / 2},
		{"triangle", new(path).poly(pt{2 * px, 2 * px}, pt{26 * px, 2 * px}, pt{2 * px, 26 * px}), 288 * px},
		{"ring", new(path).rect(4*px, 4*px, 16*px, 16*px).poly(pt{8 * px, 8 * px}, pt{8 * px, 16 * px}, pt{16 * px, 16 * px}, pt{16 * px, 8 * px}), 192 * px},
		{"circle", new(path).circle(16*px, 16*px, 10*px), 314 * px},
		{"beyond the edge", new(path).rect(-10*px, -10*px, 14*px, 14*px), 16 * px},
		{"off the canvas", new(path).rect(40*px, 4*px, 10*px, 10*px), 0},
	} {
		c := newCanvas(32, 32, nil)
		c.fill(q.p, white)
		want := q.area * 255 / px
		if got := sum(c); abs(got-want) > want/60+40 {
			t.Errorf("%s: light %d, want %d", q.name, got, want)
		}
		for _, v := range c.acc {
			if v != 0 {
				t.Fatalf("%s: the accumulator is not clean", q.name)
			}
		}
	}
}

// TestFaintStrokesAddUp: many strokes of 1/1000 must brighten as one large one.
func TestFaintStrokesAddUp(t *testing.T) {
	c := newCanvas(16, 16, nil)
	for range 500 {
		c.wash(0, 16, ramp{hex(0xffffff)}, one/1000, normal)
	}
	sum := 0
	for i := 0; i < len(c.pix); i += 4 {
		sum += int(c.pix[i])
	}
	// 1 − 0.999⁵⁰⁰ = 0.394
	if mean := sum / 256; mean < 88 || mean > 112 {
		t.Errorf("mean %d, want about 100", mean)
	}
}

// TestGradientHasNoBands counts the strips of one value in a slow gradient.
func TestGradientHasNoBands(t *testing.T) {
	c := newCanvas(64, 256, nil)
	c.wash(0, 256, ramp{hex(0x404040), hex(0x484848)}, one, normal) // 8 steps in 256 rows
	flat := 0
	for y := 0; y < 256; y += 8 {
		first, same := c.pix[y*64*4], true
		for i := range 8 * 64 {
			same = same && c.pix[(y*64+i)*4] == first
		}
		if same {
			flat++
		}
	}
	if flat > 4 {
		t.Errorf("%d of 32 strips are flat: bands", flat)
	}
}

func TestArithmetic(t *testing.T) {
	for _, c := range [][2]int{{0, 0}, {one / 4, one}, {one / 2, 0}, {3 * one / 4, -one}, {one, 0}, {one / 12, one / 2}, {-one / 4, -one}} {
		if got := sin(c[0]); abs(got-c[1]) > 24 {
			t.Errorf("sin(%d) = %d, want %d", c[0], got, c[1])
		}
	}
	for n := range 70_000 {
		if r := isqrt(n); r*r > n || (r+1)*(r+1) <= n {
			t.Fatalf("isqrt(%d) = %d", n, r)
		}
	}
	if large := 1 << 30; isqrt(large*large) != large || isqrt(-4) != 0 {
		t.Error("isqrt at its ends")
	}
	for v := uint32(0); v < 0xffffff; v += 4099 {
		c := hex(v)
		h, s, l := c.hsl()
		d := fromHSL(h, s, l)
		if abs(c.r-d.r)+abs(c.g-d.g)+abs(c.b-d.b) > 3*256 {
			t.Fatalf("%v → %v through HSL", c, d)
		}
	}
}

// TestMemory watches the heap while large pictures are made.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("draws large pictures")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	const side = 1536
	for _, p := range []string{"autumn avenue", `cyberpunk city "OPEN"`, "isometric city", "pop art cat"} {
		runtime.GC()
		before := heapObjects()
		peak, done, watched := before, make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			for {
				select {
				case <-done:
					return
				case <-time.After(2 * time.Millisecond):
					peak = max(peak, heapObjects())
				}
			}
		}()
		if _, _, err := Render(context.Background(), Scene{Prompt: p, Width: side, Height: side}); err != nil {
			t.Fatal(err)
		}
		close(done)
		<-watched
		perPixel := float64(peak-before) / (side * side)
		t.Logf("%s: %.1f bytes a pixel at the peak", p, perPixel)
		if perPixel > 8 {
			t.Error("too much")
		}
	}
}

func heapObjects() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
