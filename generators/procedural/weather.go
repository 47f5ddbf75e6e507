package procedural

// weather paints what falls and flies in front of a scene under the open sky.
func (s *stage) weather() {
	if s.may("birds", 22) && !s.pal.dim() || s.things["birds"] {
		s.drawBirds()
	}
	if s.has("rain") {
		s.drawRain(one * 34 / 100)
	}
	if s.has("snow") {
		s.drawSnow()
	}
	if s.has("lightning") {
		s.drawLightning()
	}
	if s.has("embers") {
		s.drawEmbers(s.pal.accent.to(hex(0xffb040), one/2), 130)
	}
	if s.has("fireworks") {
		s.drawFireworks()
	}
	if s.lights["volumetric"] && s.scene != "forest" {
		s.shafts(s.sun, s.pal.light, one*20/100)
	}
}

func (s *stage) drawBirds() {
	r := s.rand("birds")
	tone := s.pal.near.to(s.pal.far, one/4)
	cx, cy := s.fx(r.in(250, 750)), s.horizon*r.in(25, 60)/100
	p := new(path)
	for range r.in(5, 14) {
		x, y := cx+s.k(r.in(-170, 170)), cy+s.k(r.in(-80, 80))
		w := s.k(r.in(7, 17))
		lift := w * r.in(20, 70) / 100
		p.move(x, y).quad(x-w/2, y-lift, x-w, y-lift/4).quad(x-w/2, y-lift/2, x, y+w/5).
			quad(x+w/2, y-lift/2, x+w, y-lift/4).quad(x+w/2, y-lift, x, y)
	}
	s.fill(p, solid(tone))
}

func (s *stage) drawRain(a int) {
	r := s.rand("rain")
	slant := r.in(-22, 22)
	near, far := new(path), new(path)
	for i := range 520 {
		x, y := s.fx(r.in(-100, 1100)), s.fy(r.in(-100, 1000))
		l := s.k(r.in(18, 50))
		p, w := far, max(s.k(1), px*4/10)
		if i%4 == 0 {
			p, w, l = near, max(s.k(2), px/2), l*2
		}
		dx := l * slant / 100
		p.poly(pt{x, y}, pt{x + w, y}, pt{x + w + dx, y + l}, pt{x + dx, y + l})
	}
	s.fill(far, glass(s.pal.low.light(one/2), a*6/10))
	s.fill(near, glass(s.pal.low.light(one/2), a))
	s.wash(0, s.h, ramp{s.pal.haze, s.pal.haze}, one*8/100, normal)
}

func (s *stage) drawSnow() {
	r := s.rand("snow")
	for i := range 420 {
		x, y := s.fx(r.in(0, 1000)), s.fy(r.in(0, 1000))
		size := s.k(r.in(2, 5))
		a := one * r.in(40, 90) / 100
		if i%20 == 0 {
			size, a = size*4, a/2
		}
		s.glow(x, y, max(size, px), max(size, px), hex(0xffffff), a, normal)
	}
}

func (s *stage) drawEmbers(tone color, n int) {
	r := s.rand("embers")
	for range n {
		x, y := s.fx(r.in(0, 1000)), s.fy(r.in(100, 1000))
		size := max(s.k(r.in(1, 4)), px*6/10)
		s.glow(x, y, size*5, size*5, tone, one*18/100, screen)
		s.glow(x, y, size, size, tone.light(one/2), one*r.in(40, 100)/100, screen)
	}
}

// drawFireworks are bursts of falling sparks.
func (s *stage) drawFireworks() {
	r := s.rand("fireworks")
	for range r.in(4, 6) {
		x, y, d := s.fx(r.in(120, 880)), s.horizon*r.in(12, 55)/100, s.k(r.in(90, 190))
		tone := pick(r, s.pal.accent, s.pal.second, hex(0xffd27a), hex(0xff6a7a), hex(0x7fd0ff))
		s.glow(x, y, d*13/10, d*13/10, tone, one*40/100, screen)
		p := new(path)
		for i := range 46 {
			a, l := i*one/46+r.in(-600, 600), d*r.in(45, 100)/100
			tip := pt{x + l*cos(a)>>16, y + l*sin(a)>>16 + l/5}
			p.taper(s.k(1), s.k(4), curve(pt{x + l*cos(a)>>16/4, y + l*sin(a)>>16/4}, pt{x + l*cos(a)>>16*7/10, y + l*sin(a)>>16*7/10}, tip)...)
			s.glow(tip.x, tip.y, s.k(8), s.k(8), tone.light(one/2), one, screen)
		}
		s.fill(p, lightInk(tone.light(one/4), one*9/10))
	}
}

func (s *stage) drawLightning() {
	r := s.rand("lightning")
	x, y := s.fx(r.in(200, 800)), 0
	s.glow(x, s.horizon/2, s.k(500), s.horizon, s.pal.second.light(one/2), one*40/100, screen)
	p := new(path)
	pts := []pt{{x, y}}
	for y < s.horizon {
		y += s.k(r.in(25, 60))
		x += s.k(r.in(-45, 45))
		pts = append(pts, pt{x, y})
		if r.chance(30) {
			bx, by := x, y
			branch := []pt{{bx, by}}
			for range r.in(2, 5) {
				bx, by = bx+s.k(r.in(-50, 50)), by+s.k(r.in(15, 45))
				branch = append(branch, pt{bx, by})
			}
			p.taper(s.k(3), s.k(1), branch...)
		}
	}
	p.taper(s.k(7), s.k(2), pts...)
	for _, q := range pts {
		s.glow(q.x, q.y, s.k(70), s.k(70), hex(0xbfd4ff), one*25/100, screen)
	}
	s.fill(p, solid(hex(0xf6f8ff)))
}
