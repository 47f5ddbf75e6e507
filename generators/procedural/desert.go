package procedural

// desert is dunes, mesas, cacti.
func (s *stage) desert() {
	s.drawSky()
	s.use("desert")
	r := s.rand("desert")
	s.mesas(r)
	for i := range 4 {
		s.dune(i, r)
	}
	if s.may("cactus", 45) {
		for range r.in(1, 3) {
			s.cactus(s.fx(r.in(60, 940)), s.fy(r.in(840, 960)), s.k(r.in(150, 300)), r)
		}
	}
	s.weather()
}

// mesas are table mountains at the horizon.
func (s *stage) mesas(r *random) {
	for i := range 2 {
		seed := s.seedFor("mesa" + string(rune('0'+i)))
		l := make(skyline, s.w+1)
		wide := s.wide()
		for x := range l {
			n := fbm1(x*one*(3+2*i)/wide, 3, seed)
			flat := step(n, one*48/100, one*55/100)
			l[x] = s.horizon + s.k(8) - (s.k(150-40*i)*flat+s.k(34)*n)>>16
		}
		tone := s.pal.far.to(s.pal.mid, i*one/3).to(s.pal.haze, one*(45-20*i)/100)
		s.mountains(l, s.horizon+s.k(10), s.k(150), tone, s.pal.haze, 0, seed)
	}
}

// dune is one sand hill: a lit slope and a shaded lee behind a sharp crest.
func (s *stage) dune(i int, r *random) {
	seed := s.seedFor("dune" + string(rune('0'+i)))
	base := s.horizon + (s.h*px-s.horizon)*i/4 - s.k(26)
	l := s.rolling(base+s.k(50), s.k(60+45*i), r.in(7, 14), 2, seed)
	tone := s.pal.ground.to(s.pal.haze, one*(3-i)/6)
	s.land(l, s.h*px, tone.to(s.pal.light, one/4), tone)
	lee := make(skyline, len(l))
	wide := s.wide()
	for x := range lee {
		cut := fbm1(x*one*2/wide+one*40, 2, seed+5)
		lee[x] = l[x] + s.k(190)*max(0, cut-one*35/100)>>16
	}
	p := new(path)
	for x, y := range l {
		if x == 0 {
			p.move(0, y)
		} else {
			p.line(x*px, y)
		}
	}
	for x := len(lee) - 1; x >= 0; x-- {
		p.line(x*px, lee[x])
	}
	s.fill(p, glass(s.pal.near.to(s.pal.mid, one/2), one*38/100))
	s.fill(l.outline(s.h*px), ink{a: one * 12 / 100, at: func(x, y int) color {
		d := y*px - l[min(x, len(l)-1)]
		n := sin(d*(70+noise1(x*one*6/wide, seed)/1500)/2 + x*one*5/wide + noise2(x*one*7/wide, y*one*12/wide, seed)*2)
		return tone.dark(one/2).to(s.pal.light, one/2+n/2)
	}})
}

func (s *stage) cactus(x, foot, high int, r *random) {
	w := high * 14 / 100
	tone := s.pal.near.to(hex(0x2f6b45), one/2)
	p := new(path).stroke(w, pt{x, foot}, pt{x, foot - high})
	for _, side := range []int{-1, 1} {
		y := foot - high*r.in(35, 60)/100
		reach := high * r.in(18, 26) / 100 * side
		p.stroke(w*7/10, curve(pt{x, y}, pt{x + reach*8/10, y - w/6}, pt{x + reach, y - high*12/100}, pt{x + reach, y - high*r.in(20, 34)/100})...)
	}
	s.shadow(x, foot, high/3, high/22, one/2)
	s.fill(p, along(pt{x - w, 0}, pt{x + w, 0}, tone.to(s.pal.light, one/5), tone, tone.dark(one/3)))
}
