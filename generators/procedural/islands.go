package procedural

// islands float in the sky: turf above, rock below, water that falls off.
func (s *stage) islands() {
	r := s.rand("islands")
	s.horizon = s.fy(1060)
	s.drawSky()
	s.use("islands")
	p := s.pal
	for range 4 {
		s.puff(s.fx(r.in(0, 1000)), s.fy(r.in(450, 950)), s.k(r.in(200, 420)), p.light.to(p.low, one/3), p.sky.to(p.low, one/2), one*60/100, r)
	}
	spots := [][3]int{{r.in(120, 300), r.in(330, 430), r.in(70, 105)}, {r.in(700, 880), r.in(250, 360), r.in(80, 120)}, {r.in(60, 220), r.in(610, 700), r.in(110, 150)}}
	for i, q := range spots {
		s.island(s.fx(q[0]), s.fy(q[1]), s.k(q[2]), one*(60-14*i)/100, i == 2, r)
	}
	s.fogBank(s.h*px*8/10, s.k(260), p.haze, one*55/100, "mist")
	s.island(s.fx(r.in(520, 640)), s.fy(r.in(520, 590)), s.k(r.in(250, 300)), 0, true, r)
	for range 4 {
		s.puff(s.fx(r.in(-50, 1050)), s.fy(r.in(930, 1010)), s.k(r.in(300, 520)), p.light, p.low.to(p.sky, one/3), one*80/100, r)
	}
	s.weather()
}

// island is one of them; far is the share of haze.
func (s *stage) island(x, y, w, far int, rich bool, r *random) {
	p := s.pal
	rock := p.far.to(p.near, one*40/100).to(hex(0x8a6a4f), one*35/100).to(p.haze, far)
	turf := p.ground.to(hex(0x6fae4f), one*45/100).to(p.haze, far)
	s.underside(x, y, w, rock, r)
	flat := w * 24 / 100
	falls := rich && s.may("waterfall", 70)
	side := r.sign()
	seed := r.next()
	rim := new(path).blob(x, y+w*5/100, w*102/100, flat*115/100, 6, 10, seed)
	s.fill(rim, solid(turf.dark(one*38/100)))
	s.fill(new(path).blob(x, y, w, flat, 6, 10, seed), along(pt{x - w, y - flat}, pt{x + w, y + flat}, turf.light(one*30/100), turf.light(one*8/100), turf.dark(one*14/100)))
	s.tufts(x, y, w, flat, turf, r)
	if falls {
		s.fall(x+side*w*55/100, y+flat*30/100, w, far, r)
	}
	if !s.without["trees"] {
		s.use("trees")
		for i := range r.in(4, 7) {
			tx, ty := x+w*r.in(-78, 78)/100, y+flat*r.in(-60, 35)/100
			high := w * r.in(36, 62) / 100
			if i%3 == 0 {
				s.broadleaf(tx, ty, high*13/10, turf.to(p.accent, one*r.in(0, 60)/100).dark(one*10/100), r)
			} else {
				q := new(path)
				conifer(q, tx, ty, high, high*22/100, r)
				s.fill(q, along(pt{tx - high/5, 0}, pt{tx + high/5, 0}, turf.dark(one*15/100), turf.dark(one*48/100)))
			}
		}
	}
	if rich && (s.things["castle"] || s.things["village"] || r.chance(60)) {
		s.use("castle")
		s.keep(x+w*r.in(-25, 25)/100, y+flat*10/100, w*r.in(60, 85)/100, far, r)
	}
}

// underside is facets of hanging rock.
func (s *stage) underside(x, y, w int, rock color, r *random) {
	n := 9
	deep := w * r.in(95, 140) / 100
	var top, low []pt
	for i := range n + 1 {
		u := i*2000/n - 1000 // −1000..1000
		bulge := one - (u*u/1000)*one/1000
		top = append(top, pt{x + w*u/1000, y + w*4/100})
		low = append(low, pt{x + w*u/1000*r.in(72, 92)/100, y + w*12/100 + (deep*(bulge*bulge>>16)>>16)*r.in(62, 112)/100})
	}
	for i := range n {
		t := one * i / n
		tone := rock.light(one*22/100).to(rock.dark(one*48/100), t)
		a, b, c, d := top[i], top[i+1], low[i+1], low[i]
		m := pt{(a.x+b.x+c.x+d.x)/4 + w*r.in(-4, 4)/100, (a.y+b.y+c.y+d.y)/4 + w*r.in(-8, 8)/100}
		for k, tri := range [][3]pt{{a, b, m}, {b, c, m}, {c, d, m}, {d, a, m}} {
			shade := tone.dark(one * []int{0, 22, 30, 8}[k] / 100).light(one * r.in(0, 8) / 100)
			s.fill(new(path).poly(tri[:]...), solid(shade))
			s.fill(new(path).stroke(px*8/10, tri[0], tri[1], tri[2], tri[0]), glass(shade, one/2))
		}
	}
	for range r.in(1, 3) { // crumbs
		cx, cy := x+w*r.in(-60, 60)/100, y+deep*r.in(90, 120)/100
		d := w * r.in(4, 9) / 100
		s.fill(new(path).poly(pt{cx - d, cy - d/2}, pt{cx + d/2, cy - d}, pt{cx + d, cy}, pt{cx, cy + d*13/10}), solid(rock.dark(one/4)))
	}
}

// tufts dots the turf with grass and flowers.
func (s *stage) tufts(x, y, w, flat int, turf color, r *random) {
	light, dark, dots := new(path), new(path), new(path)
	for i := range 90 {
		a, d := r.n(one), isqrt(r.n(one)<<16)
		cx, cy := x+(w*92/100*cos(a)>>16)*d>>16, y+(flat*88/100*sin(a)>>16)*d>>16
		u := w * r.in(12, 30) / 1000
		switch {
		case i%6 == 0:
			dots.circle(cx, cy, u*5/10)
		case i%2 == 0:
			light.poly(pt{cx - u, cy}, pt{cx, cy - u*2}, pt{cx + u, cy})
		default:
			dark.poly(pt{cx - u, cy}, pt{cx, cy - u*2}, pt{cx + u, cy})
		}
	}
	s.fill(light, solid(turf.light(one*35/100)))
	s.fill(dark, solid(turf.dark(one*20/100)))
	if !s.without["flowers"] {
		s.fill(dots, solid(s.pal.second.light(one*30/100)))
	}
}

// fall is water over the edge that turns to spray.
func (s *stage) fall(x, y, w, far int, r *random) {
	tone := hex(0xe8f8ff).to(s.pal.haze, far/2)
	high, b := w*r.in(110, 150)/100, w*9/100
	p := new(path).move(x-b, y).quad(x-b*12/10, y+high/3, x-b*16/10, y+high).line(x+b*16/10, y+high).quad(x+b*12/10, y+high/3, x+b, y)
	seed := r.next()
	s.fill(p, by(func(ix, iy int) color {
		t := ratio(iy*px-y, high)
		n := noise2((ix*px-x)*one*4/max(b, 1)+one*30, (iy*px-y)*one/max(b*3, 1), seed)
		c := tone.to(s.pal.water, n*45/100)
		return s.get(ix, iy).to(c, (one-t*t>>16)*92/100)
	}))
	for range 5 {
		s.glow(x+w*r.in(-14, 14)/100, y+high*r.in(85, 105)/100, w*22/100, w*14/100, tone, one*26/100, screen)
	}
}

// keep is a small tower house with a pointed roof.
func (s *stage) keep(x, y, high, far int, r *random) {
	wall := s.pal.paper.to(hex(0xcdbfa8), one/2).to(s.pal.haze, far)
	roof := s.pal.accent.dark(one*12/100).to(s.pal.haze, far)
	for _, t := range [][3]int{{-24, 52, 14}, {20, 62, 12}, {0, 100, 17}} { // offset, height, half width
		tx, h, w := x+high*t[0]/100, high*t[1]/100*62/100, high*t[2]/100
		s.fill(new(path).rect(tx-w, y-h, 2*w, h).ellipse(tx, y, w, w/4), s.roundInk(tx, w, wall))
		s.fill(new(path).move(tx-w*135/100, y-h).quad(tx-w/3, y-h-w, tx, y-h-w*32/10).quad(tx+w/3, y-h-w, tx+w*135/100, y-h).quad(tx, y-h+w/2, tx-w*135/100, y-h), along(pt{tx - w, 0}, pt{tx + w, 0}, roof.light(one/4), roof, roof.dark(one*40/100)))
		s.fill(new(path).round(tx-w*22/100, y-h*70/100, w*44/100, w*80/100, w/5), solid(hex(0xffd98a).to(s.pal.near, b2i(!s.pal.dim())*one/2)))
	}
	s.fill(new(path).round(x-high*5/100, y-high*15/100, high*10/100, high*16/100, high*5/100), solid(s.pal.near))
}
