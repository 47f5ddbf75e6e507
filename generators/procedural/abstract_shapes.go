package procedural

// geometry is a grid of simple shapes, after the posters of the 1920s.
func (s *stage) geometry() {
	r := s.rand("geometry")
	p := s.pal
	tones := []color{p.accent, p.second, p.ink, p.far, p.mid, p.water, p.sky}
	if len(s.colors) > 0 {
		tones = append(append([]color{}, s.colors...), p.ink, p.paper.dark(one/5))
	}
	s.wash(0, s.h, ramp{p.paper, p.paper.dark(one / 20)}, one, normal)
	cell := s.unit / r.in(3, 6)
	for y := 0; y < s.h*px; y += cell {
		for x := 0; x < s.w*px; x += cell {
			s.tile(x, y, cell, tones, r)
		}
	}
	x, y, d := s.fx(r.in(200, 800)), s.fy(r.in(200, 800)), s.k(r.in(180, 300))
	s.shadow(x+d/8, y+d/6, d*12/10, d*12/10, one*28/100)
	tone := pick(r, tones...)
	s.fill(new(path).circle(x, y, d), along(pt{x - d, y - d}, pt{x + d, y + d}, tone.light(one/6), tone.dark(one/8)))
}

// tile fills one square of the grid.
func (s *stage) tile(x, y, d int, tones []color, r *random) {
	a, b := pick(r, tones...), pick(r, tones...)
	if r.chance(55) {
		s.fill(new(path).rect(x, y, d+px, d+px), solid(a))
	}
	q := new(path)
	corner := pt{x + d*r.n(2), y + d*r.n(2)}
	switch r.n(7) {
	case 0:
		q.circle(x+d/2, y+d/2, d*4/10)
	case 1:
		s.quarterDisc(q, corner, x, y, d)
	case 2:
		q.poly(corner, pt{x + d - (corner.x - x), corner.y}, pt{corner.x, y + d - (corner.y - y)})
	case 3:
		for i := range 4 {
			q.rect(x, y+d*(2*i+1)/8, d, d/8)
		}
	case 4:
		q.circle(x+d/2, y+d/2, d*42/100)
		s.fill(q, solid(b))
		q = new(path).circle(x+d/2, y+d/2, d*22/100)
		b = pick(r, tones...)
	case 5:
		for j := range 4 {
			for i := range 4 {
				q.circle(x+d*(2*i+1)/8, y+d*(2*j+1)/8, d/20)
			}
		}
	default:
		return
	}
	s.fill(q, solid(b))
}

// quarterDisc adds a quarter of a disc around a corner of a square.
func (s *stage) quarterDisc(q *path, c pt, x, y, d int) {
	from := 0
	switch {
	case c.x > x && c.y > y:
		from = one / 2
	case c.x > x:
		from = one / 4
	case c.y > y:
		from = one * 3 / 4
	}
	q.move(c.x, c.y)
	for i := range 33 {
		a := from + i*one/4/32
		q.line(c.x+d*cos(a)>>16, c.y+d*sin(a)>>16)
	}
}

// mesh is large soft clouds of colour.
func (s *stage) mesh() {
	r := s.rand("mesh")
	t := s.tones()
	s.use("gradient")
	s.wash(0, s.h, ramp{t.at(r.n(one)), t.at(r.n(one))}, one, normal)
	for range 9 {
		d := s.k(r.in(420, 900))
		tone := t.at(r.in(one/8, one))
		s.glow(s.fx(r.in(-100, 1100)), s.fy(r.in(-100, 1100)), d, d*r.in(60, 130)/100, tone.saturated(one*115/100), one*85/100, normal)
	}
	// A few translucent discs give the eye something to hold.
	for range r.in(1, 3) {
		x, y, d := s.fx(r.in(150, 850)), s.fy(r.in(150, 850)), s.k(r.in(90, 240))
		tone := t.at(r.in(one/3, one))
		s.fill(new(path).circle(x, y, d), ink{a: one * 70 / 100, at: along(pt{x - d, y - d}, pt{x + d, y + d}, tone.light(one/2), tone, t.at(one/4)).at})
	}
}

// contours is a map of an invented land.
func (s *stage) contours() {
	r := s.rand("contours")
	t := s.tones()
	seed := s.seedFor("contours")
	wide := s.wide()
	f := newField(s.canvas, 2, func(x, y int) int {
		return fbm2(x*one*22/(10*wide), y*one*22/(10*wide), 4, seed)
	})
	levels := r.in(14, 22)
	filled := r.chance(60)
	line := t.at(one).light(one / 4)
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		v := f.at(x, y)
		gx, gy := f.at(x+1, y)-f.at(x-1, y), f.at(x, y+1)-f.at(x, y-1)
		slope := max(isqrt(gx*gx+gy*gy)/2, 4) // per pixel
		band := v * levels
		k := band >> 16
		var c color
		if filled {
			c = t.at(step(k*one/levels, one/4, one*3/4))
		} else {
			c = t.at(0).to(t.at(one/3), step(v, one/4, one*3/4))
		}
		frac := band & 0xffff
		dist := min(frac, one-frac) * px / (slope * levels) // Q8 pixels to the line
		width := max(s.k(1), px/2)
		if (k+b2i(frac > one/2))%5 == 0 {
			width *= 2
		}
		return c.to(line, clamp((width-dist+px/2)*one/px, 0, one)*7/10), one
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// marble bends noise by noise, as ink in water.
func (s *stage) marble() {
	r := s.rand("marble")
	t := s.tones()
	seed := s.seedFor("marble")
	wide := s.wide()
	warpX := newField(s.canvas, 3, func(x, y int) int { return fbm2(x*one*2/wide, y*one*2/wide, 4, seed) - one/2 })
	warpY := newField(s.canvas, 3, func(x, y int) int { return fbm2(x*one*2/wide, y*one*2/wide, 4, seed+77) - one/2 })
	veins := r.in(3, 7)
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		wx, wy := warpX.at(x, y), warpY.at(x, y)
		u, v := x*one/wide+wx*16/10, y*one/wide+wy*16/10
		n := noise2(u*3, v*3, seed+5)
		c := t.at(step(n, one/10, one*9/10))
		vein := sin((u+v)*veins/4 + n*2)
		c = c.to(s.pal.light, step(vein, one*90/100, one)*60/100)
		return c.to(t.at(0), step(-vein, one*82/100, one)*45/100), one
	})
}

// facets is a field of triangles with one light on it.
func (s *stage) facets() {
	r := s.rand("facets")
	t := s.tones()
	seed := s.seedFor("facets")
	cell := s.unit / r.in(7, 11)
	cols, rows := s.w*px/cell+3, s.h*px/cell+3
	at := func(i, j int) pt {
		dx, dy := lattice(i, j, seed)-one/2, lattice(i, j, seed+1)-one/2
		return pt{(i-1)*cell + cell*dx>>16*8/10, (j-1)*cell + cell*dy>>16*8/10}
	}
	focus := pt{s.fx(r.in(150, 850)), s.fy(r.in(150, 850))}
	for j := range rows {
		for i := range cols {
			a, b, c, d := at(i, j), at(i+1, j), at(i, j+1), at(i+1, j+1)
			for k, tri := range [][3]pt{{a, b, c}, {b, d, c}} {
				mx, my := (tri[0].x+tri[1].x+tri[2].x)/3, (tri[0].y+tri[1].y+tri[2].y)/3
				far := ratio(isqrt((mx-focus.x)*(mx-focus.x)+(my-focus.y)*(my-focus.y)), s.k(900))
				tilt := (lattice(i*2+k, j, seed+2) - one/2) * 22 / 100
				tone := t.at(one - far + tilt)
				// One pixel more, so that neighbours leave no seam.
				p := new(path).poly(tri[:]...)
				s.fill(p, solid(tone))
				s.fill(new(path).stroke(px, tri[0], tri[1], tri[2], tri[0]), glass(tone, one/2))
			}
		}
	}
}
