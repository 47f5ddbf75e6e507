package procedural

// isoTown is a block of houses, streets and trees on a plate.
func (s *stage) isoTown(r *random) {
	s.use("town")
	i := iso{s.fx(r.in(470, 530)), s.fy(r.in(310, 350)), s.k(r.in(88, 98))}
	const n = 6 // lots a side
	const lot = 86
	p := s.pal
	c := i.at(n*lot/2, n*lot/2, -80)
	s.shadow(c.x+s.k(30), c.y+s.k(120), s.k(520), s.k(250), one*28/100)
	earth := hex(0x9a7a5f).to(p.ground, one/3)
	s.isoBox(i, -14, -14, -50, n*lot+28, n*lot+28, 36, earth)
	s.isoBox(i, -14, -14, -14, n*lot+28, n*lot+28, 14, p.ground.to(hex(0x7fb069), one*45/100))
	street := hex(0x6c7078).to(p.far, one/3)
	ax, ay := r.in(1, 4), r.in(1, 4)
	road := func(x0, y0, x1, y1 int, tone color) {
		s.isoQuad(i.at(x0, y0, 0), i.at(x1, y0, 0), i.at(x1, y1, 0), i.at(x0, y1, 0), solid(tone))
	}
	road(ax*lot, -14, (ax+1)*lot, n*lot+14, street)
	road(-14, ay*lot, n*lot+14, (ay+1)*lot, street)
	for k := range 22 {
		at := -10 + k*25
		if at < ay*lot-10 || at > (ay+1)*lot-4 {
			road(ax*lot+41, at, ax*lot+45, at+13, hex(0xf4f0dc))
		}
		if at < ax*lot-10 || at > (ax+1)*lot-4 {
			road(at, ay*lot+41, at+13, ay*lot+45, hex(0xf4f0dc))
		}
	}
	for sum := range 2*n - 1 { // back to front
		for x := max(0, sum-n+1); x <= min(sum, n-1); x++ {
			y := sum - x
			switch {
			case x == ax || y == ay:
				if r.chance(26) && (x == ax) != (y == ay) && !s.without["car"] {
					s.isoCar(i, x*lot, y*lot, x == ax, r)
				}
			case r.chance(22):
				s.isoPark(i, x*lot, y*lot, lot, r)
			default:
				s.isoHouse(i, x*lot, y*lot, lot, n-1-max(x, y)+r.n(2), r)
			}
		}
	}
}

// isoHouse is a building on one lot; tall says how many floors it may have.
func (s *stage) isoHouse(i iso, x, y, lot, tall int, r *random) {
	p := s.pal
	tone := pick(r, p.paper, p.accent, p.second, p.haze, p.far.light(one/3), p.water.light(one/3), p.low)
	m := r.in(6, 12)
	w := lot - 2*m
	floors := 2 + r.n(3) + tall
	h := floors * 30
	s.isoShadow(i, x+m, y+m, w, w)
	s.isoBox(i, x+m, y+m, 0, w, w, h, tone)
	pane := p.top.to(p.water, one/2)
	lit := s.litShare() > 0 || p.dim()
	for f := range floors {
		for k := range 3 {
			z, a := 8+30*f, m+5+k*(w-8)/3
			kk, k2 := solid(pane.light(one*20/100)), solid(pane.dark(one*15/100))
			if lit && r.chance(45) {
				kk = solid(hex(0xffd98a))
			}
			if lit && r.chance(35) {
				k2 = solid(hex(0xf0b860))
			}
			ww := (w - 8) / 3 * 65 / 100
			s.isoQuad(i.at(x+a, y+m+w, z), i.at(x+a+ww, y+m+w, z), i.at(x+a+ww, y+m+w, z+16), i.at(x+a, y+m+w, z+16), kk)
			s.isoQuad(i.at(x+m+w, y+a, z), i.at(x+m+w, y+a+ww, z), i.at(x+m+w, y+a+ww, z+16), i.at(x+m+w, y+a, z+16), k2)
		}
	}
	switch r.n(3) {
	case 0: // a pitched roof
		top := i.at(x+lot/2, y+lot/2, h+44)
		a, b, c := i.at(x+m-3, y+m+w+3, h), i.at(x+m+w+3, y+m+w+3, h), i.at(x+m+w+3, y+m-3, h)
		roof := p.accent.dark(one * 15 / 100)
		s.fill(new(path).poly(a, b, top), along(a, b, roof.light(one/8), roof))
		s.fill(new(path).poly(b, c, top), solid(roof.dark(one*35/100)))
		s.fill(new(path).poly(a, top, i.at(x+m-3, y+m-3, h)), solid(roof.light(one*25/100)))
	case 1: // a garden on the roof
		s.isoBox(i, x+m+5, y+m+5, h, w-10, w-10, 3, p.ground.to(hex(0x7fb069), one/2))
		s.isoTree(i, x+lot/2, y+lot/2, h+3, 20, r)
	default:
		s.isoBox(i, x+m+8, y+m+8, h, w/3, w/3, 14, p.haze)
		s.isoBox(i, x+m+w/2, y+m+w/3, h, w/4, w/3, 8, p.far)
	}
}

func (s *stage) isoPark(i iso, x, y, lot int, r *random) {
	s.isoQuad(i.at(x+5, y+5, 1), i.at(x+lot-5, y+5, 1), i.at(x+lot-5, y+lot-5, 1), i.at(x+5, y+lot-5, 1), solid(s.pal.ground.to(hex(0x8cc474), one/2)))
	if s.without["trees"] {
		return
	}
	for k := range 4 {
		s.isoTree(i, x+20+k%2*44+r.in(-6, 6), y+20+k/2*44+r.in(-6, 6), 0, r.in(26, 40), r)
	}
}

// isoTree is a trunk and a round crown.
func (s *stage) isoTree(i iso, x, y, z, d int, r *random) {
	leaf := hex(0x5fa05a).to(s.pal.ground, one/3).to(s.pal.accent, one*r.in(0, 30)/100)
	s.isoBox(i, x-2, y-2, z, 5, 5, d*7/10, hex(0x7a5a3f))
	c := i.at(x, y, z+d*12/10)
	s.ball(c.x, c.y, i.u*d*52/10000, leaf)
}

func (s *stage) isoCar(i iso, x, y int, alongY bool, r *random) {
	tone := pick(r, s.pal.accent, s.pal.second, s.pal.paper, s.pal.water)
	a, b := 40, 18
	if alongY {
		a, b = b, a
	}
	ox, oy := x+20, y+22
	s.isoShadow(i, ox, oy, a, b)
	s.isoBox(i, ox, oy, 3, a, b, 10, tone)
	s.isoBox(i, ox+a/5, oy+b/6, 13, a*3/5, b*2/3, 8, s.pal.top.light(one/5))
}
