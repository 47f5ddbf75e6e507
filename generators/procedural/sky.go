package procedural

// drawSky paints everything above the horizon: the gradient, what shines in it
// and the clouds.
func (s *stage) drawSky() {
	bottom := s.horizon/px + 1
	p := s.pal
	s.wash(0, bottom, ramp{p.top, p.top.to(p.sky, one*55/100), p.sky, p.sky.to(p.low, one*6/10), p.low}, one, normal)
	s.wash(bottom, s.h, ramp{p.low, p.haze}, one, normal)
	s.use("sky")
	if p.name == "synthwave" {
		if s.may("stars", 90) {
			s.drawStars(160, s.horizon)
		}
		if s.may("sun", 95) {
			s.drawSun()
		}
	} else if p.dim() {
		if s.may("stars", 92) {
			s.drawStars(260, s.horizon)
		}
		if s.has("aurora") {
			s.drawAurora()
		}
		if s.may("moon", 75) {
			s.drawMoon()
		}
	} else if s.has("aurora") {
		s.drawAurora()
	} else if s.has("moon") {
		s.drawMoon()
	} else if s.may("sun", 85) {
		s.drawSun()
	}
	if s.may("clouds", 70) {
		s.drawClouds()
	}
	if s.has("rainbow") {
		s.drawRainbow()
	}
}

func (s *stage) drawSun() {
	p := s.pal
	r := s.k(s.rand("sun").in(38, 62))
	switch p.name {
	case "day", "spring", "winter", "tropical", "overcast":
		r = r * 2 / 3
	}
	s.glow(s.sun.x, s.sun.y, r*13, r*9, p.light, one*40/100, screen)
	s.halo(s.sun.x, s.sun.y, r*5, p.light, one*7/10)
	if s.pal.name == "synthwave" {
		s.drawStripedSun(r * 3)
		return
	}
	if s.looks["minimal"] {
		r = r * 2
	}
	s.fill(new(path).circle(s.sun.x, s.sun.y, r), solid(p.light.light(one/3)))
}

func (s *stage) drawStripedSun(r int) {
	p := new(path)
	x, y := s.sun.x, s.horizon-r*2/3
	p.circle(x, y, r)
	for i := range 6 {
		// Bars of sky, wider towards the bottom; drawn against the turn of the disc.
		top, high := y+r*(i*2-1)/11, r*(i+1)/40
		p.poly(pt{x - 2*r, top}, pt{x - 2*r, top + high}, pt{x + 2*r, top + high}, pt{x + 2*r, top})
	}
	clip := new(path).circle(x, y, r)
	s.fill(clip, down(y-r, y+r, hex(0xfff29a), s.pal.accent.to(hex(0xff9a3c), one*7/10), s.pal.second))
	for i := range 6 {
		top, high := y+r*(i*2-1)/11, r*(i+1)/40
		half := isqrt(max(0, r*r-(top+high/2-y)*(top+high/2-y)))
		at := ratio(top, s.horizon)
		s.fill(new(path).rect(x-half-px, top, 2*half+2*px, high), solid(ramp{s.pal.top, s.pal.sky, s.pal.low}.at(at)))
	}
}

func (s *stage) drawMoon() {
	rnd := s.rand("moon")
	r := s.k(rnd.in(34, 56))
	x, y := s.sun.x, min(s.sun.y, s.horizon*rnd.in(20, 45)/100)
	s.sun = pt{x, y}
	s.glow(x, y, r*9, r*9, s.pal.light, one*22/100, screen)
	s.glow(x, y, r*3, r*3, s.pal.light, one*35/100, screen)
	seed := s.seedFor("moon")
	face := s.pal.light
	disc := new(path).circle(x, y, r)
	if rnd.chance(35) && s.scene != "space" {
		disc = crescent(x, y, r)
	}
	s.fill(disc, by(func(ix, iy int) color {
		u, v := (ix*px-x)*4*px/r*64, (iy*px-y)*4*px/r*64
		spots := step(fbm2(u+40*one, v+40*one, 3, seed), one*48/100, one*66/100)
		side := ratio(ix*px-x+r+(iy*px-y+r)/2, 3*r)
		return face.dark(spots*18/100 + side*22/100)
	}))
}

// crescent is the lit part of a young moon, tilted.
func crescent(x, y, r int) *path {
	p := new(path)
	p.starts = []int{0}
	for i := range 49 {
		a := one/4 + i*one/96
		p.line(x+r*cos(a)>>16, y+r*sin(a)>>16)
	}
	for i := range 49 {
		a := one*3/4 - i*one/96
		p.line(x+(r*42/100)*cos(a)>>16, y+r*sin(a)>>16)
	}
	return p.turn(x, y, -4500)
}

// drawStars scatters stars above a height; n is for a square picture.
func (s *stage) drawStars(n, bottom int) {
	r := s.rand("stars")
	n = n * max(s.w, s.h) / max(1, min(s.w, s.h))
	for range min(n, 1200) {
		x, y := r.n(s.w*px), r.n(max(bottom, px))
		size := s.k(1) * r.in(60, 190) / 100
		a := one * r.in(25, 100) / 100
		if bottom == s.horizon { // thinner towards the horizon
			a = a * (one - ratio(y, bottom)*8/10) >> 16
		}
		tone := pick(r, hex(0xffffff), hex(0xffffff), hex(0xcfe2ff), hex(0xffe6c4))
		s.star(x, y, size, tone, a, r.chance(5))
	}
}

func (s *stage) star(x, y, size int, tone color, a int, big bool) {
	if size < px*3/4 {
		size = px * 3 / 4
	}
	s.glow(x, y, size*2, size*2, tone, a, screen)
	if big {
		s.glow(x, y, size*9, size*9, tone, a/5, screen)
		s.glow(x, y, size*8, size, tone, a*7/10, screen)
		s.glow(x, y, size, size*8, tone, a*7/10, screen)
	}
}

// drawAurora hangs curtains of light: vertical streaks that rise from a
// wandering lower edge.
func (s *stage) drawAurora() {
	r := s.rand("aurora")
	tones := []color{hex(0x3dffa0), hex(0x2fe0c8), hex(0x8a5cff), hex(0xff5cc0)}
	if len(s.colors) > 0 {
		tones = append(s.colors[:len(s.colors):len(s.colors)], tones[1])
	}
	for i := range 3 {
		seed := s.seedFor("aurora" + string(rune('a'+i)))
		base := s.horizon * (r.in(62, 84) - 14*i) / 100
		high := s.horizon * r.in(34, 58) / 100
		low, up := tones[i%len(tones)], tones[(i+2)%len(tones)]
		feet, power := make([]int, s.w), make([]int, s.w)
		wide := s.wide()
		for x := range s.w {
			t := x * one / wide
			feet[x] = (base + (fbm1(t*2, 3, seed)-one/2)*high>>16*3/2) >> 8
			streak := fbm1(t*26, 3, seed+1)
			power[x] = (step(fbm1(t*2, 2, seed+2), one*28/100, one*72/100) * (one*3/10 + streak*7/10)) >> 16
		}
		lim := high >> 8
		s.each(0, 0, s.w, s.horizon/px, screen, func(x, y int) (color, int) {
			d := feet[x] - y
			if d < -lim/12 || d > lim {
				return low, 0
			}
			t := max(d, 0) * one / max(lim, 1)
			a := (one - t) * (one - t) >> 16
			if d < 0 {
				a = one + d*12*one/max(lim, 1)
			}
			return low.to(up, t), (a * power[x] >> 16) * 85 / 100
		})
	}
}

func (s *stage) drawRainbow() {
	cx, cy, r := s.fx(s.rand("rainbow").in(450, 800)), s.horizon, s.k(620)
	band := s.k(70) / px
	rad := r / px
	bow := ramp{hex(0x7a4fd0), hex(0x3f7fe0), hex(0x3fc07a), hex(0xf5e04a), hex(0xff9a3c), hex(0xf0453c)}
	s.each(0, 0, s.w, s.horizon/px, screen, func(x, y int) (color, int) {
		dx, dy := x-cx/px, y-cy/px
		d := isqrt((dx*dx+dy*dy)<<16) >> 8
		t := ratio(d-rad+band, band)
		if t == 0 || t == one {
			return color{}, 0
		}
		return bow.at(t), (one - abs(2*t-one)) * 45 / 100
	})
}
