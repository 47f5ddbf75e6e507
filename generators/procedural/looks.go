package procedural

// stylise turns the picture into another technique.
func (s *stage) stylise() {
	for _, l := range []struct {
		look string
		do   func(*stage)
	}{{"pixel", (*stage).pixelArt}, {"halftone", (*stage).halftone}, {"sketch", (*stage).sketch}, {"watercolor", (*stage).watercolor}} {
		if s.looks[l.look] {
			s.use(l.look)
			l.do(s)
		}
	}
}

// pixelArt paints squares of few tones.
func (s *stage) pixelArt() {
	d := max(s.k(9)/px, 1)
	for y := 0; y < s.h; y += d {
		if s.stopped() {
			return
		}
		for x := 0; x < s.w; x += d {
			m := s.mean(x, y, d)
			q := bayer[y/d&7][x/d&7] - 128
			f := func(v int) int { return clamp((v+q*13)/(full/10)*(full/10), 0, full) }
			c := color{f(m.r), f(m.g), f(m.b)}
			s.each(x, y, x+d, y+d, normal, func(int, int) (color, int) { return c, one })
		}
	}
}

// halftone prints flat tones with a screen of dots and dark contours.
func (s *stage) halftone() {
	cell := max(s.k(11), 3*px)
	lines := s.contrast(1)
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		c := s.get(x, y)
		l := c.luma()
		flat := c.saturated(one * 140 / 100).scale(one * 115 / 100)
		// A screen at 45 degrees.
		u, v := (x+y)*px*7/10, (x-y)*px*7/10
		du, dv := (u%cell+cell)%cell-cell/2, (v%cell+cell)%cell-cell/2
		r := (full - l) * cell / full * 62 / 100
		d := isqrt(du*du + dv*dv)
		dot := clamp((r-d+px/2)*256, 0, one)
		out := flat.light(one/5).to(flat.dark(one*45/100), dot)
		return out.to(s.pal.near.dark(one/2), lines(x, y)), one
	})
}

// contrast returns a function that tells how strong an edge a pixel lies on,
// by the picture as it is now. It holds a byte a pixel.
func (s *stage) contrast(reach int) func(x, y int) int {
	reach = max(reach*max(s.k(1), px)/px, 1)
	g := make([]uint8, s.w*s.h)
	for i := range g {
		p := s.pix[4*i : 4*i+3]
		g[i] = uint8((int(p[0])*299 + int(p[1])*587 + int(p[2])*114) / 1000)
	}
	at := func(x, y int) int { return int(g[clamp(y, 0, s.h-1)*s.w+clamp(x, 0, s.w-1)]) }
	return func(x, y int) int {
		dx, dy := at(x+reach, y)-at(x-reach, y), at(x, y+reach)-at(x, y-reach)
		return step(abs(dx)+abs(dy), 40, 130)
	}
}

// sketch draws contours and hatching on paper.
func (s *stage) sketch() {
	lines := s.contrast(1)
	paper, ink := hex(0xf4efe4), hex(0x2b2a30)
	if len(s.colors) > 0 {
		ink = ink.tinted(s.colors[0], one/2)
	}
	seed := s.seedFor("paper")
	gap := max(s.k(6), 2*px)
	wide := s.wide()
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		l := s.get(x, y).luma()
		tooth := noise2(x*one*160/wide, y*one*160/wide, seed)
		a := lines(x, y) * (one*6/10 + tooth*4/10) >> 16
		for i, slope := range []int{1, -1, 2} {
			limit := full * (62 - 20*i) / 100
			if l < limit {
				wob := (noise2(x*one*9/wide, y*one*9/wide, seed+uint64(i)) - one/2) * gap >> 16
				d := ((x*px*slope+y*px+wob)%gap + gap) % gap
				h := clamp((gap/3-abs(d-gap/2)+px/3)*one/px, 0, one)
				a = max(a, (h*ratio(limit-l, full/3)>>16)*(one/3+tooth/2)>>16)
			}
		}
		return paper.dark(tooth/24).to(ink, a), one
	})
}

// watercolor lets tones run a little, leaves dark rims and the grain of paper.
func (s *stage) watercolor() {
	f := max(s.k(2)/px, 1)
	soft := s.shrink(f, func(v color) color { return v })
	seed := s.seedFor("paper")
	wide := s.wide()
	reach := s.k(14) / px
	bleed := newField(s.canvas, 2, func(x, y int) int { return fbm2(x*one*14/wide, y*one*14/wide, 3, seed) })
	rim := max(s.k(4)/px, 1)
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		b := bleed.at(x, y)
		dx, dy := (b-one/2)*reach*2>>16, (bleed.at(x+97, y+31)-one/2)*reach*2>>16
		c := soft.at(x+dx, y+dy)
		n := soft.at(x+dx+rim, y+dy+rim)
		edge := step(abs(c.luma()-n.luma()), full*2/100, full*14/100)
		tooth := noise2(x*one*200/wide, y*one*200/wide, seed+3)
		c = c.saturated(one * 112 / 100).light(one*10/100 + b/7)
		return c.dark(edge * 20 / 100).light(tooth * 7 / 100), one
	})
}
