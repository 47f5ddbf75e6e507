package procedural

// small is a shrunken copy of the canvas, for what needs no detail: bloom and
// depth of field.
type small struct {
	w, h, f int // size; one point stands for f×f pixels
	v       []uint16
}

// shrink averages f×f pixels into one, passing each through pass.
func (c *canvas) shrink(f int, pass func(color) color) *small {
	s := &small{w: (c.w + f - 1) / f, h: (c.h + f - 1) / f, f: f}
	s.v = make([]uint16, 3*s.w*s.h)
	for j := range s.h {
		if c.stopped() {
			break
		}
		for i := range s.w {
			s.set(i, j, pass(c.mean(i*f, j*f, f)))
		}
	}
	return s
}

// mean averages a square of pixels; a quarter of them is enough from 4×4 on.
func (c *canvas) mean(x0, y0, f int) color {
	r, g, b, n := 0, 0, 0, 0
	step := 1 + f/4
	for y := y0; y < min(y0+f, c.h); y += step {
		for x := x0; x < min(x0+f, c.w); x += step {
			i := (y*c.w + x) * 4
			r, g, b, n = r+int(c.pix[i]), g+int(c.pix[i+1]), b+int(c.pix[i+2]), n+1
		}
	}
	return color{r * px / n, g * px / n, b * px / n}
}

func (s *small) set(i, j int, v color) {
	o := 3 * (j*s.w + i)
	s.v[o], s.v[o+1], s.v[o+2] = uint16(v.r), uint16(v.g), uint16(v.b)
}

func (s *small) get(i, j int) color {
	o := 3 * (clamp(j, 0, s.h-1)*s.w + clamp(i, 0, s.w-1))
	return color{int(s.v[o]), int(s.v[o+1]), int(s.v[o+2])}
}

// soften is two box blurs of the given radius (points) in each direction,
// which is close to a bell curve.
func (s *small) soften(radius int) {
	line := make([]color, max(s.w, s.h))
	for range 2 {
		for j := range s.h {
			s.box(line[:s.w], radius, func(i int) color { return s.get(i, j) }, func(i int, v color) { s.set(i, j, v) })
		}
		for i := range s.w {
			s.box(line[:s.h], radius, func(j int) color { return s.get(i, j) }, func(j int, v color) { s.set(i, j, v) })
		}
	}
}

func (s *small) box(line []color, radius int, get func(int) color, set func(int, color)) {
	n := len(line)
	for i := range n {
		line[i] = get(i)
	}
	at := func(i int) color { return line[clamp(i, 0, n-1)] }
	sum := color{}
	for i := -radius; i <= radius; i++ {
		v := at(i)
		sum = color{sum.r + v.r, sum.g + v.g, sum.b + v.b}
	}
	width := 2*radius + 1
	for i := range n {
		set(i, color{sum.r / width, sum.g / width, sum.b / width})
		in, out := at(i+radius+1), at(i-radius)
		sum = color{sum.r + in.r - out.r, sum.g + in.g - out.g, sum.b + in.b - out.b}
	}
}

// at reads between the points, at a pixel.
func (s *small) at(x, y int) color {
	fx, fy := (2*x+1)*one/(2*s.f)-one/2, (2*y+1)*one/(2*s.f)-one/2
	i, j := fx>>16, fy>>16
	tx, ty := fx&0xffff, fy&0xffff
	return s.get(i, j).to(s.get(i+1, j), tx).to(s.get(i, j+1).to(s.get(i+1, j+1), tx), ty)
}

// defocus blurs the whole canvas by about radius (Q8).
func (c *canvas) defocus(radius int) {
	f := clamp(radius/px/2, 1, 64)
	s := c.shrink(f, func(v color) color { return v })
	s.soften(max(1, radius/px/f))
	c.each(0, 0, c.w, c.h, normal, func(x, y int) (color, int) { return s.at(x, y), one })
}

// bloom lets bright places shine over their surroundings.
func (c *canvas) bloom(radius, threshold, a int) {
	f := clamp(radius/px/3, 2, 64)
	s := c.shrink(f, func(v color) color {
		t := step(max(v.r, v.g, v.b), threshold, full)
		return color{v.r * t >> 16, v.g * t >> 16, v.b * t >> 16}
	})
	s.soften(max(1, radius/px/f))
	c.each(0, 0, c.w, c.h, screen, func(x, y int) (color, int) {
		v := s.at(x, y)
		if v.r|v.g|v.b < 128 {
			return v, 0
		}
		return v, a
	})
}
