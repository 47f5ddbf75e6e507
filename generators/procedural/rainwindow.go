package procedural

// rainwindow is a pane with rain on it, the lights of a town behind it.
func (s *stage) rainwindow() {
	r := s.rand("rainwindow")
	p := s.pal
	s.use("window")
	s.wash(0, s.h, ramp{p.top, p.sky.dark(one / 5), p.low.dark(one * 25 / 100), p.near}, one, normal)
	s.horizon = s.fy(r.in(600, 700))
	for i := range 2 { // dim houses
		ts := s.towers(s.horizon+s.k(200), 110, p.far.to(p.near, one*(i+1)*35/100), func(int) int { return 470 - 120*i }, "dim"+string(rune('0'+i)))
		for _, t := range ts {
			s.box(t.x, t.top, t.w, s.h*px, t.tone, one*80/100, normal)
		}
	}
	tones := []color{hex(0xffc46b), hex(0xffe2a8), p.accent, p.second, hex(0xff6a5a), p.light}
	for range 90 {
		x, y, d := s.fx(r.in(-20, 1020)), s.horizon+s.k(r.in(-330, 300)), s.k(r.in(10, 44))
		s.halo(x, y, d*3, pick(r, tones...), one*r.in(20, 60)/100)
	}
	s.defocus(s.k(15))
	for range 60 { // lights out of focus stay discs
		x, y, d := s.fx(r.in(-20, 1020)), s.horizon+s.k((r.in(-360, 330)+r.in(-360, 330))/2), s.k(r.in(12, 40))
		tone := pick(r, tones...)
		s.fill(new(path).circle(x, y, d), lightInk(tone, one*r.in(12, 40)/100))
		s.fill(new(path).stroke(max(s.k(2), px/2), ringPts(x, y, d*94/100)...), lightInk(tone, one*20/100))
	}
	s.wash(0, s.h, ramp{p.haze, p.haze}, one*10/100, normal)
	s.drops(r)
	s.paneFrame(r)
}

func ringPts(x, y, d int) []pt {
	var pts []pt
	for i := range 33 {
		pts = append(pts, pt{x + d*cos(i*one/32)>>16, y + d*sin(i*one/32)>>16})
	}
	return pts
}

// drops are beads that show the street upside down, and the tracks they leave.
func (s *stage) drops(r *random) {
	s.use("rain")
	for range 16 { // tracks
		x, y := s.fx(r.in(0, 1000)), s.fy(r.in(-200, 500))
		l := s.k(r.in(200, 620))
		var pts []pt
		for i := range 12 {
			pts = append(pts, pt{x, y + l*i/11})
			x += s.k(r.in(-5, 5))
		}
		w := s.k(r.in(7, 13))
		c := curve(pts...)
		s.fill(new(path).taper(w/3, w, c...), lightInk(s.pal.light, one*10/100))
		s.fill(new(path).taper(w/5, w/2, c...).shifted(-w/4, 0), lightInk(hex(0xffffff), one*14/100))
		end := pts[len(pts)-1]
		s.drop(end.x, end.y, w*9/10, w*13/10)
	}
	for range 260 {
		d := s.k(r.in(2, 6))
		if r.chance(22) {
			d = s.k(r.in(7, 15))
		}
		s.drop(s.fx(r.in(0, 1000)), s.fy(r.in(0, 1000)), d, d*r.in(100, 130)/100)
	}
}

// drop is a lens: it shows what is on its other side.
func (s *stage) drop(x, y, rx, ry int) {
	if rx < px*2/3 {
		return
	}
	reach := s.k(150)
	s.fill(new(path).ellipse(x, y+ry/5, rx*108/100, ry*105/100), glass(color{}, one*30/100))
	s.fill(new(path).ellipse(x, y, rx, ry), by(func(ix, iy int) color {
		u, v := (ix*px-x)*one/rx, (iy*px-y)*one/ry
		c := s.get((x-u*reach>>16)/px, (y-v*reach>>16)/px)
		d := (u*u + v*v) >> 16
		return c.light(one*10/100 + clamp(v, 0, one)*16/100).dark(step(d, one*55/100, one) * 40 / 100)
	}))
	s.glow(x-rx*30/100, y-ry*36/100, rx*34/100, ry*28/100, hex(0xffffff), one*85/100, screen)
	s.glow(x+rx*22/100, y+ry*55/100, rx*50/100, ry*22/100, hex(0xffffff), one*30/100, screen)
}

// paneFrame is the window's frame and its sill, with a cup on it.
func (s *stage) paneFrame(r *random) {
	tone := s.pal.near.to(hex(0x4a3a30), one/3)
	w := s.k(34)
	s.box(0, 0, w, s.h*px, tone, one, normal)
	s.box(s.w*px-w, 0, w, s.h*px, tone.dark(one/5), one, normal)
	s.box(0, 0, s.w*px, w, tone.light(one/12), one, normal)
	s.box(w, w, s.k(5), s.h*px, s.pal.low, one*26/100, screen)
	if r.chance(60) {
		x := s.fx(r.in(330, 670))
		s.box(x-w/2, 0, w, s.h*px, tone, one, normal)
		s.box(x+w/2, w, s.k(4), s.h*px, s.pal.low, one*22/100, screen)
	}
	sill := s.fy(880)
	s.fill(new(path).rect(0, sill, s.w*px, s.h*px-sill), down(sill, s.h*px, tone.light(one/6), tone, tone.dark(one/3)))
	s.box(0, sill, s.w*px, s.k(6), s.pal.low, one*34/100, screen)
	if s.may("mug", 65) {
		x := s.fx(pick(r, r.in(130, 280), r.in(720, 860)))
		s.shadow(x, sill+s.k(60), s.k(90), s.k(16), one*6/10)
		s.mug(x, sill+s.k(58), s.k(190), r)
	}
}
