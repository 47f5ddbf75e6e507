package procedural

// station is a wheel with spokes, hub and solar wings, seen at an angle.
func (s *stage) station(x, y, d int, r *random) {
	hull, shade := hex(0xc9d0da).to(s.pal.light, one/5), s.pal.top.light(one/6)
	turn := r.in(-5500, 5500)
	flat := r.in(28, 44)
	at := func(a, rad int) pt {
		return pt{x + rad*cos(a)>>16, y + (rad*flat/100)*sin(a)>>16}
	}
	rim := func(from, to, rad, w int) *path {
		var pts []pt
		for i := range 49 {
			pts = append(pts, at(from+(to-from)*i/48, rad))
		}
		return new(path).stroke(w, pts...).turn(x, y, turn)
	}
	ink1 := func(w int) ink { return along(pt{x - w, y - w}, pt{x + w, y + w}, hull.light(one/3), hull, shade) }
	// Far half of the wheel, spokes, wings, then the near half.
	s.fill(rim(one/2, one, d, d*9/100), along(pt{x - d, y}, pt{x + d, y}, hull.dark(one/3), shade.dark(one/4)))
	s.wings(x, y, d, turn, hull, r)
	spokes := new(path)
	for i := range 6 {
		spokes.stroke(d*4/100, pt{x, y}, at(i*one/6+2000, d))
	}
	s.fill(spokes.turn(x, y, turn), ink1(d))
	axis := new(path).taper(d*16/100, d*11/100, pt{x, y + d*34/100}, pt{x, y - d*48/100}).
		taper(d*3/100, d/100, pt{x, y - d*45/100}, pt{x, y - d*80/100})
	s.fill(axis.turn(x, y, turn), along(pt{x - d/9, y}, pt{x + d/9, y}, hull.light(one/2), hull, shade))
	s.fill(new(path).ellipse(x, y, d*24/100, d*15/100).turn(x, y, turn), ink1(d/4))
	s.fill(new(path).ellipse(x, y-d*4/100, d*17/100, d*9/100).turn(x, y, turn), ink1(d/5))
	s.fill(rim(0, one/2, d, d*11/100), along(pt{x - d, y - d/3}, pt{x + d, y + d/3}, hull.light(one/3), hull, shade))
	s.fill(rim(0, one/2, d-d*3/100, d*2/100), glass(shade, one*60/100))
	for i := range 44 {
		a := i * one / 2 / 44
		q := at(a+400, d*101/100)
		w := new(path).circle(q.x, q.y+d/100, d*1/100+px/3).turn(x, y, turn)
		if r.chance(80) {
			s.fill(w, solid(hex(0xffdf9a)))
		}
	}
	tip := new(path).poly(pt{x, y - d*80/100}).turn(x, y, turn).pts[0]
	s.halo(tip.x, tip.y, d*22/100, s.pal.accent, one)
	s.glow(x, y, d*14/10, d*8/10, s.pal.second, one*10/100, screen)
}

// wings are two pairs of solar panels.
func (s *stage) wings(x, y, d, turn int, hull color, r *random) {
	cell := s.pal.water.to(hex(0x2a4fa8), one/2)
	for _, side := range []int{-1, 1} {
		s.fill(new(path).stroke(d*3/100, pt{x, y - d*38/100}, pt{x + side*d*95/100, y - d*38/100}).turn(x, y, turn), solid(hull.dark(one/4)))
		for i := range 4 {
			px0 := x + side*d*(34+17*i)/100
			p := new(path).rect(px0-d*7/100, y-d*60/100, d*14/100, d*44/100).turn(x, y, turn)
			s.fill(p, along(pt{px0 - d/5, y - d}, pt{px0 + d/5, y}, cell.light(one*40/100), cell, cell.dark(one/2)))
			grid := new(path)
			for j := range 7 {
				grid.rect(px0-d*7/100, y-d*60/100+d*44*j/600, d*14/100, max(d*4/1000, px/3))
			}
			grid.rect(px0-max(d*2/1000, px/6), y-d*60/100, max(d*4/1000, px/3), d*44/100)
			s.fill(grid.turn(x, y, turn), glass(hull.light(one/3), one*60/100))
		}
	}
}

// ship is a long vessel with engines alight.
func (s *stage) ship(x, y, l int, r *random) {
	hull, shade := hex(0xb9c2cf).to(s.pal.light, one/6), s.pal.top.light(one/7)
	turn := r.in(-3500, 500)
	u := l / 100
	poly := func(q ...int) *path {
		p := new(path)
		p.starts = append(p.starts, 0)
		for i := 0; i < len(q); i += 2 {
			p.line(x+q[i]*u, y+q[i+1]*u)
		}
		return p.turn(x, y, turn)
	}
	flame := s.pal.second.to(hex(0x7fe0ff), one/3)
	for _, e := range []int{-6, 2, 9} {
		q := poly(-52, e).pts[0]
		s.glow(q.x, q.y, u*34, u*6, flame, one*85/100, screen)
		s.halo(q.x, q.y, u*16, flame, one)
	}
	s.fill(poly(-30, -8, -48, -30, -54, -30, -46, -8), solid(shade.light(one/8)))
	s.fill(poly(-30, 10, -46, 30, -54, 30, -46, 10), solid(shade.light(one/10)))
	s.fill(poly(-52, -10, -44, -14, 10, -12, 52, 0, 54, 4, 20, 10, -44, 13, -52, 11), along(pt{x, y - 14*u}, pt{x + 6*u, y + 14*u}, hull.light(one/2), hull, shade))
	s.fill(poly(-34, -14, -28, -23, -8, -23, 2, -12), along(pt{x, y - 24*u}, pt{x, y - 12*u}, hull.light(one/3), hull.dark(one/4)))
	s.fill(poly(-12, -20, -8, -20, -2, -14, -12, -14), solid(flame.light(one/3)))
	s.fill(poly(-44, 2, 40, 3, 40, 4, -44, 5), glass(shade, one*7/10))
	s.fill(poly(-20, -12, -18, -12, -18, 12, -20, 12), glass(shade, one*6/10))
	s.fill(poly(8, -11, 9, -11, 9, 10, 8, 10), glass(shade, one*6/10))
	for i := range 30 {
		if r.chance(75) {
			q := poly(-40+i*5/2, pick(r, -3, 7)).pts[0]
			s.fill(new(path).circle(q.x, q.y, max(u*5/10, px/3)), solid(hex(0xffe0a0)))
		}
	}
	s.fill(poly(-14, -4, 6, -4, 6, -1, -14, -1), solid(s.pal.accent))
}

// floater is an astronaut adrift.
func (s *stage) floater(x, y, high int, r *random) {
	suit, shade := hex(0xeef1f5), s.pal.far.light(one/6)
	turn := r.in(-6000, 6000)
	u := high / 100
	k := along(pt{x - 30*u, y - 40*u}, pt{x + 30*u, y + 40*u}, suit, suit.dark(one/8), shade)
	limb := new(path).taper(17*u, 12*u, curve(pt{x - 14*u, y - 8*u}, pt{x - 32*u, y - 2*u}, pt{x - 40*u, y - 18*u})...).
		taper(17*u, 12*u, curve(pt{x + 14*u, y - 8*u}, pt{x + 30*u, y + 4*u}, pt{x + 38*u, y + 18*u})...).
		taper(19*u, 14*u, curve(pt{x - 8*u, y + 22*u}, pt{x - 16*u, y + 42*u}, pt{x - 10*u, y + 58*u})...).
		taper(19*u, 14*u, curve(pt{x + 8*u, y + 22*u}, pt{x + 20*u, y + 36*u}, pt{x + 32*u, y + 46*u})...)
	s.fill(new(path).round(x-24*u, y-16*u, 48*u, 40*u, 8*u).turn(x, y, turn), solid(shade))
	s.fill(limb.turn(x, y, turn), k)
	s.fill(new(path).round(x-18*u, y-16*u, 36*u, 44*u, 12*u).turn(x, y, turn), k)
	s.fill(new(path).circle(x, y-30*u, 20*u).turn(x, y, turn), k)
	s.fill(new(path).round(x-15*u, y-40*u, 30*u, 22*u, 11*u).turn(x, y, turn), along(pt{x - 15*u, y - 40*u}, pt{x + 15*u, y - 18*u}, s.pal.accent.light(one/3), s.pal.near, s.pal.second))
	s.fill(new(path).round(x-9*u, y+2*u, 18*u, 10*u, 2*u).turn(x, y, turn), solid(shade.dark(one/4)))
}
