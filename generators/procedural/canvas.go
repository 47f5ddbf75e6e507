package procedural

// canvas is the picture while it is painted: 8 bits a channel, with each paint
// stroke dithered (8×8 ordered), so that soft gradients show no bands and the
// sum of many faint strokes keeps its mean.
type canvas struct {
	w, h int
	pix  []uint8 // RGBA, opaque
	unit int     // Q8 length of 1000 units, see k
	done <-chan struct{}
	over bool  // the context was cancelled: painting is pointless
	dx   int   // where the dither pattern begins, another for each stroke: else
	dy   int   // many faint strokes would all round alike
	acc  []int // the rasteriser's row
}

type mode int

const (
	normal   mode = iota
	screen        // adds light
	multiply      // takes light away
)

// pt is a point in Q8 pixels.
type pt struct{ x, y int }

var bayer = func() (m [8][8]int) {
	for y := range 8 {
		for x := range 8 {
			v := 0
			for b := range 3 {
				v = v<<2 | (x^y)>>b&1<<1 | y>>b&1
			}
			m[y][x] = v*4 + 2
		}
	}
	return m
}()

func newCanvas(w, h int, done <-chan struct{}) *canvas {
	c := &canvas{w: w, h: h, pix: make([]uint8, 4*w*h), done: done}
	for i := 3; i < len(c.pix); i += 4 {
		c.pix[i] = 255
	}
	// Long strips show a part of a larger scene instead of a tiny one.
	c.unit = max(min(w, h), max(w, h)*3/8) * px
	c.acc = make([]int, w+2)
	return c
}

// stopped asks, between strokes, whether anybody still waits for the picture.
func (c *canvas) stopped() bool {
	if !c.over {
		select {
		case <-c.done:
			c.over = true
		default:
		}
	}
	return c.over
}

// k is a length of units, thousandths of the shorter side, in Q8 pixels.
func (c *canvas) k(units int) int { return max(c.unit*units/1000, 1) }

// wide is the length of 1000 units in whole pixels, at least one.
func (c *canvas) wide() int { return max(c.unit/px, 1) }

// fx and fy are positions in thousandths of the width and the height.
func (c *canvas) fx(t int) int { return c.w * px * t / 1000 }
func (c *canvas) fy(t int) int { return c.h * px * t / 1000 }

// dot paints a pixel that is inside the canvas; a is Q16.
func (c *canvas) dot(x, y int, s color, a int, m mode) {
	i := (y*c.w + x) * 4
	p := c.pix[i : i+3 : i+3]
	d := bayer[(y+c.dy)&7][(x+c.dx)&7]
	r, g, b := int(p[0])<<8, int(p[1])<<8, int(p[2])<<8
	switch m {
	case screen:
		s = color{r + s.r*(full-r)/full, g + s.g*(full-g)/full, b + s.b*(full-b)/full}
	case multiply:
		s = color{r * s.r / full, g * s.g / full, b * s.b / full}
	}
	p[0] = uint8((r + (s.r-r)*a>>16 + d) >> 8)
	p[1] = uint8((g + (s.g-g)*a>>16 + d) >> 8)
	p[2] = uint8((b + (s.b-b)*a>>16 + d) >> 8)
}

// get reads a pixel, the nearest one when it is outside.
func (c *canvas) get(x, y int) color {
	i := (clamp(y, 0, c.h-1)*c.w + clamp(x, 0, c.w-1)) * 4
	return color{int(c.pix[i]) << 8, int(c.pix[i+1]) << 8, int(c.pix[i+2]) << 8}
}

// rows calls f for each row of y0..y1-1 that is on the canvas.
func (c *canvas) rows(y0, y1 int, f func(y int)) {
	c.shift()
	for y := max(y0, 0); y < min(y1, c.h); y++ {
		if y&15 == 0 && c.stopped() {
			return
		}
		f(y)
	}
}

// shift moves the dither pattern: 64 strokes see 64 places.
func (c *canvas) shift() {
	k := (c.dy*8 + c.dx + 37) & 63
	c.dx, c.dy = k&7, k>>3
}

// wash paints rows y0..y1-1 with a vertical ramp; a is Q16.
func (c *canvas) wash(y0, y1 int, r ramp, a int, m mode) {
	c.rows(y0, y1, func(y int) {
		s := r.at(ratio(y-y0, y1-y0))
		for x := range c.w {
			c.dot(x, y, s, a, m)
		}
	})
}

// each paints every pixel of a rectangle (pixels) with what f says.
func (c *canvas) each(x0, y0, x1, y1 int, m mode, f func(x, y int) (color, int)) {
	x0, x1 = max(x0, 0), min(x1, c.w)
	c.rows(y0, y1, func(y int) {
		for x := x0; x < x1; x++ {
			if s, a := f(x, y); a > 0 {
				c.dot(x, y, s, a, m)
			}
		}
	})
}

// flip mirrors the picture left to right.
func (c *canvas) flip() {
	c.rows(0, c.h, func(y int) {
		row := c.pix[y*c.w*4 : (y+1)*c.w*4]
		for i, j := 0, len(row)-4; i < j; i, j = i+4, j-4 {
			for k := range 3 {
				row[i+k], row[j+k] = row[j+k], row[i+k]
			}
		}
	})
}
