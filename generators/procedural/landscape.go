package procedural

// landscape is mountains and hills, with a lake, trees, a village.
func (s *stage) landscape() {
	s.drawSky()
	r := s.rand("landscape")
	above := s.cameras["aerial"]
	water := s.has("lake") || !above && s.may("lake", 40)
	if water {
		s.horizon -= s.fy(30)
	}
	flat := s.things["hills"] && !s.things["mountains"]
	rolling := flat || above && !water
	if !flat && s.may("mountains", 85) {
		s.ranges(r, water)
	}
	if s.has("volcano") {
		s.cone()
	}
	s.may("fog", 45)
	thick := one * 42 / 100
	if s.things["fog"] {
		thick = one * 75 / 100
	}
	if !s.without["fog"] {
		s.fogBank(s.horizon-s.k(20), s.k(150), s.pal.haze, thick, "fog far")
	}
	s.hills(r, water, rolling)
	if above && !water {
		s.river(r)
	}
	if s.has("castle") {
		s.castle(s.fx(r.in(430, 700)), s.horizon+s.k(14+30*b2i(rolling)), s.k(r.in(330, 400)))
	}
	if s.has("village") {
		s.village(s.horizon+s.k(8), 11)
	}
	if water {
		s.mirror(s.horizon, s.pal.water, r.in(30, 75), "lake")
		s.shimmer(s.horizon, s.h*px, s.pal.light, 60, "glints")
		if !s.without["fog"] && !s.pal.dim() {
			s.fogBank(s.horizon, s.k(26), s.pal.haze, one*55/100, "fog shore")
		}
		if s.has("boat") {
			s.sailboat(s.fx(r.in(300, 700)), s.horizon+s.fy(90), s.k(120), s.pal.paper, s.pal.near)
		}
	}
	s.foreground(r, water)
	s.weather()
}

// ranges draws two to four mountain ranges, the farther the paler.
func (s *stage) ranges(r *random, water bool) {
	n := r.in(2, 3)
	if s.looks["minimal"] {
		n = 2
	}
	snowy := 0
	switch s.pal.name {
	case "winter", "day", "dawn", "pastel", "night", "dusk":
		snowy = one * r.in(35, 60) / 100
	}
	if s.has("snow") {
		snowy = one * 80 / 100
	}
	for i := range n {
		depth := (n - 1 - i) * one / n // 0 = nearest
		high := s.k(r.in(250, 400)) - s.k(60)*i
		base := s.horizon + s.k(10) + s.k(12)*i
		seed := s.seedFor("range" + string(rune('0'+i)))
		l := s.ridge(base, high, r.in(13, 26)+6*i, 6, seed)
		tone := s.pal.far.to(s.pal.mid, i*one/n*6/10).to(s.pal.haze, depth*55/100)
		s.mountains(l, base, high, tone, s.pal.haze.to(s.pal.far, i*one/n/4), snowy, seed)
	}
}

// hills draws rolling land in front of the mountains, with trees on it.
func (s *stage) hills(r *random, water, alone bool) {
	n := 2
	if alone {
		n = 5
	}
	s.use("hills")
	trees := s.may("trees", 80)
	for i := range n {
		seed := s.seedFor("hill" + string(rune('0'+i)))
		t := (i + 1) * one / n
		base := s.horizon + s.k(10)
		high := s.k(r.in(50, 110))
		tone := s.pal.far.to(s.pal.mid, one/4+t*3/4)
		if alone {
			base = s.horizon + s.fy(78)*i
			high = s.k(150)
			tone = s.pal.far.to(s.pal.ground, t).to(s.pal.haze, (one-t)*55/100)
		}
		l := s.rolling(base, high, r.in(9, 16), 3, seed)
		bottom := s.h * px
		if water {
			bottom = s.horizon
		}
		feet := tone.to(s.pal.haze, one*40/100)
		s.land(l, bottom, tone, feet)
		if alone {
			s.furrows(l, bottom, tone, seed)
		}
		if trees && s.pal.name != "desert" {
			size := 22 + 20*i
			if alone {
				size = 14 + 9*i
			}
			s.treeline(l, size, 12+6*i+r.in(0, 20)*n/3, tone.dark(one*35/100), tone, "trees"+string(rune('0'+i)))
		}
	}
	if !water && !alone {
		l := s.rolling(s.horizon+s.k(60), s.k(70), 7, 3, s.seedFor("meadow"))
		s.land(l, s.h*px, s.pal.ground, s.pal.ground.to(s.pal.near, one*6/10))
		s.meadow(s.horizon+s.k(40), s.pal.ground)
	}
}

// foreground frames the picture with dark, near things.
func (s *stage) foreground(r *random, water bool) {
	if s.looks["minimal"] || s.cameras["aerial"] {
		return
	}
	near := s.pal.near
	bottom := s.h * px
	kind := r.n(3)
	if !water || kind != 0 {
		l := s.rolling(bottom-s.fy(5), s.fy(r.in(60, 130)), 6, 3, s.seedFor("near"))
		s.land(l, bottom, near.to(s.pal.ground, one/4), near)
		if !s.without["grass"] {
			s.grassOn(l, s.k(38), near.to(s.pal.ground, one/5), near.to(s.pal.haze, one/6))
		}
		if s.may("trees", 60) {
			p := new(path)
			for range r.in(1, 4) {
				x := s.fx(pick(r, r.in(-20, 180), r.in(820, 1020)))
				h := s.k(r.in(330, 620))
				conifer(p, x, l.at(x)+s.k(10), h, h*r.in(14, 18)/100, r)
			}
			s.fill(p, down(s.horizon, bottom, near.to(s.pal.far, one/8), near))
		}
		return
	}
	s.rocks(bottom, 9, near.to(s.pal.far, one/4), "rocks")
}
