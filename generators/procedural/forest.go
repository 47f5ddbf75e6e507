package procedural

// forest is rows of trees that come out of the haze, shafts of light, a floor
// of grass and ferns.
func (s *stage) forest() {
	s.horizon = s.fy(s.rand("forest").in(560, 680))
	s.drawForestSky()
	r := s.rand("forest")
	firs := r.chance(65)
	foggy := !s.without["fog"]
	s.use("forest")
	n := 6
	for i := range n {
		t := i * one / (n - 1)
		tone := s.pal.far.to(s.pal.near, t).to(s.pal.haze, (one-t)*60/100)
		name := "row" + string(rune('0'+i))
		foot := s.horizon + (s.h*px*96/100-s.horizon)*i*i/((n-1)*(n-1))
		l := s.rolling(foot+s.k(10), s.k(30+8*i), 8, 3, s.seedFor(name))
		s.land(l, s.h*px, s.pal.ground.to(tone, one/2).to(s.pal.haze, (one-t)*55/100), s.pal.ground.to(s.pal.near, t))
		if !s.without["trees"] {
			s.use("trees")
			if firs || i < 2 {
				if i < 4 {
					s.treeline(l, 220+130*i, 40+34*i, tone, tone.to(s.pal.haze, (one-t)*7/10), name)
				} else {
					s.sentinels(l, 560+170*(i-3), tone, name)
				}
			} else {
				s.trunks(l, i, tone, name)
			}
		}
		if foggy && i < n-1 {
			thick := one * 52 / 100
			if s.things["fog"] {
				thick = one * 85 / 100
			}
			s.use("fog")
			s.fogBank(foot-s.k(40), s.k(150+20*i), s.pal.haze, thick*(n-i)/n, name+" fog")
		}
		if i == 2 && (s.lights["volumetric"] || !s.pal.dim() && r.chance(60)) {
			s.shafts(s.sun, s.pal.light, one*26/100)
		}
	}
	s.grass(s.h*px-s.k(10), s.k(70), s.k(5), s.pal.near, s.pal.near.to(s.pal.ground, one*4/10), "grass")
	s.weather()
}

func (s *stage) drawForestSky() {
	p := s.pal
	s.wash(0, s.h, ramp{p.sky.to(p.haze, one/3), p.low.to(p.haze, one/2), p.haze}, one, normal)
	if p.dim() {
		if s.may("stars", 70) {
			s.drawStars(160, s.horizon)
		}
		if s.may("moon", 80) {
			s.drawMoon()
		}
		return
	}
	s.glow(s.sun.x, s.sun.y, s.k(620), s.k(560), p.light, one*75/100, screen)
}

// sentinels are a few large firs at the sides, which leave the middle open.
func (s *stage) sentinels(l skyline, size int, tone color, name string) {
	r := s.rand(name)
	p := new(path)
	for _, x := range []int{r.in(-60, 120), r.in(880, 1060), pick(r, r.in(130, 220), r.in(780, 870))} {
		high := s.k(size) * r.in(75, 115) / 100
		conifer(p, s.fx(x), l.at(s.fx(x))+high/20, high, high*r.in(14, 18)/100, r)
	}
	s.fill(p, down(0, s.h*px, tone.to(s.pal.haze, one/6), tone))
}

// trunks are tall stems with branches, too near for their crowns to be seen.
func (s *stage) trunks(l skyline, i int, tone color, name string) {
	r := s.rand(name + " trunks")
	p := new(path)
	for x := s.k(r.in(-200, 200)); x < s.w*px; {
		// Trunks stand in groups, with openings between.
		gap := pick(r, r.in(26, 90), r.in(90, 260), r.in(200, 420))
		x += s.k(gap * (8 + i) / 12)
		w := s.k(8+9*i) * r.in(60, 130) / 100
		foot := l.at(x) + s.k(12)
		top := -s.k(20)
		lean := s.k(r.in(-40, 40))
		p.taper(w, w*55/100, pt{x, foot}, pt{x + lean/2, foot / 2}, pt{x + lean, top})
		p.poly(pt{x - w, foot}, pt{x, foot - w*3}, pt{x + w, foot})
		for range r.in(2, 5) {
			y := foot * r.in(8, 62) / 100
			bx := x + lean*(foot-y)/max(foot, 1)
			d := r.sign() * s.k(r.in(40, 130))
			p.taper(w/4+1, w/12+1, curve(pt{bx, y}, pt{bx + d/2, y - abs(d)/4}, pt{bx + d, y - abs(d)*2/3})...)
		}
	}
	s.fill(p, down(0, s.h*px, tone.to(s.pal.haze, one*25/100), tone, tone))
}

// shafts are rays of light that fan out from the sun.
func (s *stage) shafts(from pt, tone color, a int) {
	s.use("rays")
	r := s.rand("shafts")
	from.y = min(from.y, 0) - s.k(60)
	for range 7 {
		aim := one/4 + r.in(-7500, 7500)
		s.beam(from, aim, r.in(10, 34), s.k(1700), tone, a*r.in(40, 100)/100)
	}
}
