package procedural

// volcano is a cone that glows, its lava and its plume.
func (s *stage) volcano() {
	s.horizon = s.fy(s.rand("volcano").in(640, 720))
	s.drawSky()
	s.use("volcano")
	r := s.rand("volcano")
	l := s.ridge(s.horizon+s.k(10), s.k(130), 20, 5, s.seedFor("back"))
	s.mountains(l, s.horizon+s.k(10), s.k(130), s.pal.far.to(s.pal.haze, one/3), s.pal.haze, 0, s.seedFor("back"))
	s.cone()
	for i := range 2 {
		h := s.rolling(s.horizon+s.k(50)+s.fy(110)*i, s.k(80), 10, 4, s.seedFor("slag"+string(rune('0'+i))))
		tone := s.pal.mid.to(s.pal.near, one*(i+1)/2)
		s.land(h, s.h*px, tone, tone.dark(one/3))
		if i == 0 && r.chance(60) {
			s.treeline(h, 30, 16, s.pal.near, s.pal.near, "trees")
		}
	}
	s.rocks(s.h*px, 10, s.pal.near, "rocks")
	if !s.without["embers"] {
		s.use("embers")
		s.drawEmbers(hex(0xff8a3c), 110)
	}
	s.weather()
}

// cone is the mountain itself.
func (s *stage) cone() {
	r := s.rand("cone")
	x := s.fx(r.in(380, 640))
	high, half := s.k(r.in(400, 480)), s.k(r.in(430, 560))
	foot := s.horizon + s.k(40)
	crater := s.k(r.in(46, 70))
	top := foot - high
	s.plume(x, top, r)
	seed := s.seedFor("cone")
	l := make(skyline, s.w+1)
	wide := s.wide()
	for i := range l {
		d := abs(i*px - x)
		t := ratio(max(d-crater, 0), half)
		fall := t*13/10 - (t*t>>16)*3/10 // how far down the flank
		l[i] = top + high*fall>>16 + (fbm1(i*one*18/wide, 4, seed)-one/2)*s.k(22)>>16
		if d < crater {
			l[i] += s.k(10)
		}
	}
	tone := s.pal.mid.to(s.pal.near, one/2)
	s.mountains(l, foot, high, tone, tone.to(s.pal.haze, one/2), 0, seed)
	lava := hex(0xff5a1f)
	s.glow(x, top, s.k(260), s.k(200), lava, one*75/100, screen)
	s.fill(new(path).ellipse(x, top+s.k(8), crater, s.k(12)), solid(hex(0xffd27a)))
	for i := range r.in(3, 5) {
		s.lava(x+crater*r.in(-80, 80)/100, top+s.k(8), high, half, i, r)
	}
}

// lava is one stream down the flank, with its glow.
func (s *stage) lava(x, y, high, half, i int, r *random) {
	pts := []pt{{x, y}}
	drift := r.in(-60, 60)
	for range 9 {
		x += half*drift/1200 + s.k(r.in(-14, 14))
		y += high / 11
		pts = append(pts, pt{x, y})
	}
	pts = curve(pts[:r.in(5, len(pts))]...)
	w := s.k(r.in(9, 16))
	for j := 0; j < len(pts); j += 6 {
		s.glow(pts[j].x, pts[j].y, w*5, w*5, hex(0xff4a10), one*16/100, screen)
	}
	s.fill(new(path).taper(w, w/3, pts...), solid(hex(0xff5a1a)))
	s.fill(new(path).taper(w/2, w/6, pts...), solid(hex(0xffc458)))
}

// plume is ash that rises and leans with the wind, lit from below.
func (s *stage) plume(x, y int, r *random) {
	s.use("plume")
	lean := s.k(r.in(-220, 220))
	ash, lit := s.pal.near.to(s.pal.far, one*45/100), hex(0xff7a3c)
	n := 34
	for i := range n {
		t := (n - i) * one / n // far ones first
		cx := x + lean*(t*t>>16)>>16 + s.k(r.in(-34, 34))*(one/4+t)>>16
		cy := y - (s.k(420)*t)>>16
		rad := s.k(34) + s.k(120)*t>>16*r.in(70, 120)/100
		tone := ash.to(s.pal.haze, t*35/100)
		s.fill(new(path).blob(cx, cy, rad, rad*85/100, 30, 14, r.next()), ink{a: one * 70 / 100,
			at: along(pt{cx - rad, cy - rad}, pt{cx + rad/2, cy + rad}, tone.to(s.pal.light, one/3), tone, tone.dark(one/3).to(lit, (one-t)*65/100)).at})
	}
}
