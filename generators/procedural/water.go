package procedural

// mirror paints water below a shore: the picture above it upside down, broken
// by ripples that grow towards the viewer, and tinted.
func (s *stage) mirror(shore int, tone color, calm int, name string) {
	seed := s.seedFor(name)
	y0 := shore / px
	depth := max(s.h-y0, 1)
	wide := s.wide()
	line := make([]color, s.w)
	s.rows(y0, s.h, func(y int) {
		t := (y - y0) * one / depth
		// Ripples are flat: fast along y, slow along x.
		v := isqrt((y-y0)*one*400/wide) * 120
		sway := (wide*t>>16)*(100-calm)/1400 + 1
		src := y0 - 1 - (y-y0)*9/10
		for x := range s.w {
			n := noise2(x*one*5/wide, v*one/256*2, seed) + noise2(x*one*17/wide, v*one/256*5, seed+1)
			bend := (n - one) * sway >> 16
			line[x] = s.get(x+bend, src+bend/2)
			gleam := step(n, one*140/100, one*175/100)
			line[x] = line[x].to(tone, one*22/100+t*38/100).to(s.pal.low, gleam*(one-t)>>16*24/100)
		}
		for x := range s.w {
			s.dot(x, y, line[x], one, normal)
		}
	})
}

// shimmer scatters flat glints of light on water, densest below the sun.
func (s *stage) shimmer(top, bottom int, tone color, n int, name string) {
	r := s.rand(name)
	for range n {
		t := r.n(one)
		t = t * t >> 16
		y := top + (bottom-top)*t>>16
		spread := s.k(40) + s.k(260)*t>>16
		x := s.sun.x + spread*(r.in(-100, 100)+r.in(-100, 100))/200
		w := s.k(5) + s.k(55)*t>>16*r.in(30, 100)/100
		s.glow(x, y, w, max(s.k(2)+s.k(5)*t>>16, px*7/10), tone, one*r.in(30, 85)/100, screen)
	}
}

// drawSea paints open water from the horizon on: a gradient, swell in
// perspective, a glittering path to the sun.
func (s *stage) drawSea(top, bottom int) {
	p := s.pal
	seed := s.seedFor("sea")
	y0, y1 := top/px, (bottom+px-1)/px
	wide := s.wide()
	far, near := p.water.to(p.low, one*55/100), p.water.dark(one*30/100)
	crest := p.low.to(p.light, one/3)
	s.each(0, y0, s.w, y1, normal, func(x, y int) (color, int) {
		d := y - y0 + 1
		t := d * one / max(y1-y0, 1)
		// Perspective: rows lie farther apart near the horizon.
		v := wide * 24 * one / (d + wide/24)
		u := (x - s.w/2) * one / (d/2 + wide/24 + 1)
		n := noise2(u*2, v*2, seed)*5/8 + noise2(u*5, v*6, seed+9)*3/8
		c := far.to(near, isqrt(t<<16))
		c = c.to(crest, step(n, one*58/100, one*82/100)*(one-t*6/10)>>16*42/100)
		return c.dark(step(one-n, one*58/100, one*85/100) * 22 / 100), one
	})
	s.shimmer(top, bottom, p.light, 220, "glitter")
}

// sailboat is a small boat with two sails.
func (s *stage) sailboat(x, y, size int, sail, hull color) {
	s.fill(new(path).move(x-size/2, y-size/9).line(x+size/2, y-size/9).quad(x+size/3, y+size/14, x+size/4, y+size/14).
		line(x-size/3, y+size/14), solid(hull))
	s.fill(new(path).move(x-size/20, y-size).quad(x+size*45/100, y-size/2, x+size*42/100, y-size/6).line(x-size/20, y-size/6),
		along(pt{x, y}, pt{x + size/2, y}, sail, sail.dark(one/6)))
	s.fill(new(path).move(x-size/10, y-size*88/100).quad(x-size*30/100, y-size/2, x-size*40/100, y-size/6).line(x-size/10, y-size/6),
		solid(sail.dark(one/8)))
	s.glow(x, y+size/3, size/3, size/3, sail, one/5, normal)
}
