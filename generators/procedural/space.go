package procedural

// space is stars, a nebula, planets and, when asked for, a station or a ship.
func (s *stage) space() {
	r := s.rand("space")
	p := s.pal
	s.wash(0, s.h, ramp{p.top.dark(one / 3), p.top, p.top.dark(one / 2)}, one, normal)
	s.nebula(r)
	if s.may("stars", 100) {
		s.drawStars(620, s.h*px)
	}
	s.sun = pt{s.fx(r.in(-100, 150)), s.fy(r.in(-100, 300))}
	if s.may("planet", 88) {
		if (s.things["station"] || s.things["ship"]) && r.chance(60) || r.chance(30) {
			s.limb(r)
		} else {
			s.planet(s.fx(r.in(520, 760)), s.fy(r.in(380, 640)), s.k(r.in(150, 290)), r, r.chance(55))
		}
		if r.chance(60) {
			s.planet(s.fx(r.in(120, 400)), s.fy(r.in(140, 400)), s.k(r.in(24, 62)), r, false)
		}
	}
	if s.has("station") {
		s.station(s.fx(r.in(400, 600)), s.fy(r.in(330, 460)), s.k(r.in(270, 340)), r)
	}
	if s.has("ship") {
		s.ship(s.fx(r.in(420, 580)), s.fy(r.in(380, 520)), s.k(r.in(430, 540)), r)
	}
	if s.has("astronaut") {
		s.floater(s.fx(r.in(300, 450)), s.fy(r.in(500, 640)), s.k(260), r)
	}
}

// nebula is two clouds of gas in different colours, and the dust between.
func (s *stage) nebula(r *random) {
	if s.without["nebula"] {
		return
	}
	s.use("nebula")
	seed := s.seedFor("nebula")
	wide := s.wide()
	a, b := s.pal.low.saturated(one*130/100), s.pal.accent.to(s.pal.second, r.n(one))
	turn := r.n(one)
	c, z := cos(turn), sin(turn)
	ox, oy := r.in(300, 700)*s.w/1000, r.in(300, 700)*s.h/1000
	gas := newField(s.canvas, 3, func(x, y int) int {
		u, v := x*one/wide, y*one/wide
		warp := fbm2(u*2, v*2, 3, seed+3)
		n := fbm2(u*3+warp, v*3+warp, 5, seed)
		// Along a band through the picture, as the Milky Way.
		across := abs(((x-ox)*z-(y-oy)*c)/16) * one / (wide * 4096 * 36 / 100)
		return n * max(one*12/10-across, 0) >> 16
	})
	hue := newField(s.canvas, 6, func(x, y int) int { return fbm2(x*one*2/wide, y*one*2/wide, 3, seed+9) })
	s.each(0, 0, s.w, s.h, screen, func(x, y int) (color, int) {
		d := step(gas.at(x, y), one*24/100, one*72/100)
		return a.to(b, step(hue.at(x, y), one*35/100, one*65/100)), d * 85 / 100
	})
	s.each(0, 0, s.w, s.h, screen, func(x, y int) (color, int) {
		d := step(gas.at(x, y), one*52/100, one*80/100)
		return s.pal.light, d * 45 / 100
	})
}

// planet is a banded or mottled sphere lit from the sun, maybe with rings.
func (s *stage) planet(x, y, d int, r *random, rings bool) {
	seed := r.next()
	t := ramp{s.pal.far.dark(one / 4), s.pal.accent.to(s.pal.far, one/3), s.pal.second.to(s.pal.low, one/3), s.pal.light.to(s.pal.accent, one/3), s.pal.low}
	if s.things["planet"] && s.pal.name == "mars" {
		t = ramp{hex(0x5a2a1a), hex(0xa8502a), hex(0xc9703f), hex(0xe0a070)}
	}
	bands := r.chance(55)
	tilt := r.in(-4000, 4000)
	s.glow(x, y, d*13/10, d*13/10, s.pal.second.to(s.pal.light, one/3), one*34/100, screen)
	if rings {
		s.ring(x, y, d, tilt+3000, false, seed)
	}
	c, z := cos(tilt), sin(tilt)
	lx, ly := s.sun.x-x, s.sun.y-y
	ll := max(isqrt(lx*lx+ly*ly), 1)
	lx, ly = lx*one/ll, ly*one/ll
	edge := one // of the sphere
	s.fill(new(path).circle(x, y, d), by(func(ix, iy int) color {
		u, v := (ix*px-x)*one/d, (iy*px-y)*one/d
		zz := isqrt(max(edge*edge-u*u-v*v, 0))
		a, b := (u*c+v*z)>>16, (v*c-u*z)>>16
		var n int
		if bands {
			n = fbm2(a/2+one*9, b*6+(noise2(a*2, b*3, seed)-one/2)/2, 3, seed)
		} else {
			// Coordinates bend towards the rim, as on a ball.
			n = fbm2(a*3*one/(zz+one/3)+one*9, b*3*one/(zz+one/3)+one*9, 5, seed)
			n = step(n, one*30/100, one*70/100)
		}
		light := (u*lx+v*ly)>>16*8/10 + zz*6/10
		col := t.at(n).scale(clamp(light+one*8/100, one*5/100, one*115/100))
		rim := one - zz
		return col.to(s.pal.second.to(s.pal.light, one/2), (rim*rim>>16)*clamp(light+one/5, 0, one)>>16*7/10)
	}))
	if rings {
		s.ring(x, y, d, tilt+3000, true, seed)
	}
}

// ring is half of a planet's rings: behind it, or in front.
func (s *stage) ring(x, y, d, tilt int, front bool, seed uint64) {
	c, z := cos(tilt), sin(tilt)
	lim := d * 24 / 10
	s.each((x-lim)/px, (y-lim)/px, (x+lim)/px, (y+lim)/px, normal, func(ix, iy int) (color, int) {
		u, v := ix*px-x, iy*px-y
		a, b := (u*c+v*z)>>16, (v*c-u*z)>>16*36/10
		if (b > 0) != front {
			return color{}, 0
		}
		t := isqrt(a*a+b*b) * one / d
		if t < one*128/100 || t > one*222/100 {
			return color{}, 0
		}
		n := noise1(t*22, seed)
		edge := min(step(t, one*128/100, one*136/100), one-step(t, one*212/100, one*222/100))
		gap := step(abs(t-one*182/100), one*2/100, one*4/100)
		return s.pal.light.to(s.pal.accent, n/2), ((edge * gap >> 16) * (one/3 + n/2) >> 16) * 8 / 10
	})
}

// limb is the edge of a large world below, with its thin air.
func (s *stage) limb(r *random) {
	d := s.k(1500)
	x, y := s.fx(r.in(350, 650)), s.h*px+d-s.k(r.in(170, 270))
	air := s.pal.second.to(hex(0x6fc8ff), one/2)
	seed := s.seedFor("limb")
	wide := s.wide()
	s.glow(x, y-d, s.k(700), s.k(120), air, one*40/100, screen)
	for i := range 5 {
		s.fill(new(path).circle(x, y, d+s.k(26-5*i)), lightInk(air, one*9/100))
	}
	land, sea := s.pal.mid.to(s.pal.accent, one/4), s.pal.top.light(one/10).to(air, one/5)
	s.fill(new(path).circle(x, y, d), by(func(ix, iy int) color {
		dep := iy*px - (y - isqrt(max(d*d-(ix*px-x)*(ix*px-x), 0)))
		t := max(dep, 0) * one / s.k(300)
		v := isqrt(t<<16) * 2
		n := fbm2(ix*one*3/wide, v*3, 5, seed)
		c := sea.to(land, step(n, one*48/100, one*56/100))
		cl := fbm2(ix*one*4/wide+one*30, v*6, 4, seed+4)
		c = c.to(hex(0xffffff), step(cl, one*52/100, one*74/100)*75/100)
		return c.to(air.light(one/3), (one-smooth(min(t*3/2, one)))*75/100).dark(step(t, 0, one*2) * 60 / 100)
	}))
}
