package procedural

// landscape is mountains and hills, with a lake, trees, a village.
func (s *stage) landscape() {
	s.drawSky()
	r := s.rand("landscape")
	water := s.may("lake", 40)
	if water {
		s.horizon -= s.fy(30)
	}
	flat := s.things["hills"] && !s.things["mountains"]
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
	s.hills(r, water, flat)
	if s.has("castle") {
		s.castle(s.fx(r.in(560, 720)), s.horizon-s.k(20), s.k(240))
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
		s.furrows(l, s.h*px, s.pal.ground, s.seedFor("meadow"))
	}
}

// furrows brushes light and shade over a hill, along its slope.
func (s *stage) furrows(l skyline, bottom int, tone color, seed uint64) {
	wide := max(s.unit/px, 1)
	s.fill(l.outline(bottom), ink{a: one * 30 / 100, at: func(x, y int) color {
		d := y - l[min(x, len(l)-1)]/px
		n := noise2(x*one*4/wide+d*one/wide, d*one*30/wide, seed)*6/10 + noise2(x*one*40/wide, d*one*90/wide, seed)*4/10
		return tone.dark(one/3).to(s.pal.light.to(tone, one/3), smooth(n))
	}})
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
				conifer(p, x, l.at(x)+s.k(10), h, h*r.in(16, 21)/100, r)
			}
			s.fill(p, down(s.horizon, bottom, near.to(s.pal.far, one/8), near))
		}
		return
	}
	s.rocks(bottom, 9, near.to(s.pal.far, one/4), "rocks")
}

// grassOn plants grass along a skyline.
func (s *stage) grassOn(l skyline, high int, tone, tip color) {
	r := s.rand("grass")
	p := new(path)
	top := s.h * px
	for x := -high; x < s.w*px+high; x += max(s.k(5)*r.in(50, 150)/100, px/2) {
		h := high * r.in(30, 120) / 100
		bend := h * r.in(-45, 45) / 100
		w := max(h*5/100, px/3)
		foot := l.at(x) + high/4
		top = min(top, foot-h)
		p.move(x-w, foot).quad(x-w+bend/4, foot-h/2, x+bend, foot-h).quad(x+w+bend/4, foot-h/2, x+w, foot)
	}
	s.fill(p, down(top, top+high*2, tip, tone))
}

// seascape is the open sea or a beach.
func (s *stage) seascape() {
	if !s.things["island"] && !s.things["boat"] {
		s.horizon = s.horizon * 92 / 100
	}
	s.drawSky()
	s.use("sea")
	r := s.rand("sea")
	if s.may("island", 45) {
		for i := range r.in(1, 2) {
			l := s.headland(r, i)
			s.land(l, s.horizon+px, s.pal.far.to(s.pal.haze, one*(5-3*i)/10), s.pal.haze.to(s.pal.far, one/3))
		}
	}
	s.drawSea(s.horizon, s.h*px)
	beach := r.chance(60) || s.things["trees"]
	if s.may("boat", 40) {
		s.sailboat(s.fx(r.in(300, 750)), s.horizon+s.fy(r.in(20, 80)), s.k(r.in(70, 130)), s.pal.paper, s.pal.near)
	}
	if s.has("lighthouse") {
		s.lighthouse(r)
	} else if beach {
		s.beach(r)
	}
	s.weather()
}

// headland is a skyline that rises out of the sea somewhere.
func (s *stage) headland(r *random, i int) skyline {
	seed := s.seedFor("headland" + string(rune('0'+i)))
	mid, half := s.w*r.in(0, 1000)/1000, s.w*r.in(18, 40)/100
	l := s.ridge(0, s.k(190), 22, 5, seed)
	for x := range l {
		lift := smooth(one - ratio(abs(x-mid), half))
		l[x] = s.horizon + s.k(12) + (l[x]*lift>>16 - s.k(12)*lift>>16)
	}
	return l
}

// beach is sand with a foam line.
func (s *stage) beach(r *random) {
	s.use("beach")
	sand := s.pal.ground.to(s.pal.low, one*55/100)
	y := s.fy(r.in(820, 880))
	tilt := s.fy(r.in(-60, 60))
	seed := s.seedFor("beach")
	l := make(skyline, s.w+1)
	wide := max(s.unit/px, 1)
	for x := range l {
		l[x] = y + tilt*x/max(s.w, 1) + (fbm1(x*one*3/wide, 3, seed)-one/2)*s.k(50)>>16
	}
	for i, a := range []int{18, 30, 85} { // wet sand, thin water, foam
		up := make(skyline, len(l))
		for x := range l {
			up[x] = l[x] - s.k(26) + s.k(9)*i + (noise1(x*one*9/wide, seed+uint64(i))-one/2)*s.k(14)>>16
		}
		tone := []color{s.pal.water.light(one / 3), s.pal.water.light(one / 2), hex(0xffffff).to(s.pal.low, one/5)}[i]
		s.fill(up.outline(s.h*px), glass(tone, one*a/100))
	}
	s.land(l, s.h*px, sand.dark(one*22/100), sand)
	s.fill(l.outline(s.h*px), ink{a: one * 16 / 100, at: func(x, y int) color {
		n := noise2(x*one*50/wide, y*one*130/wide, seed)
		return sand.dark(one/2).to(s.pal.light, n)
	}})
	if s.may("trees", 55) && !s.pal.dim() || s.things["trees"] {
		for range r.in(1, 2) {
			x := s.fx(pick(r, r.in(-30, 150), r.in(850, 1030)))
			s.palm(x, s.h*px+s.k(20), s.k(r.in(560, 800)), s.pal.near, r)
		}
	}
}

// lighthouse stands on a rock, its beam over the sea.
func (s *stage) lighthouse(r *random) {
	x, foot, high := s.fx(r.in(680, 800)), s.fy(800), s.k(430)
	for i := range 5 {
		s.rock(x+s.k(110)*(i-2), s.fy(830)+s.k(30), s.k(r.in(120, 190)), s.k(r.in(70, 120)), s.pal.near.to(s.pal.far, one/5), s.seedFor("cliff")+uint64(i))
	}
	w := high * 11 / 100
	body := new(path).poly(pt{x - w, foot}, pt{x - w*6/10, foot - high}, pt{x + w*6/10, foot - high}, pt{x + w, foot})
	s.fill(body, along(pt{x - w, 0}, pt{x + w, 0}, s.pal.paper.light(one/2), s.pal.paper, s.pal.paper.dark(one*45/100)))
	for i := range 3 {
		y := foot - high*(i*2+1)/7
		ww := w - w*4/10*(i*2+1)/7
		s.fill(new(path).rect(x-ww, y-high/7, 2*ww, high/7), along(pt{x - w, 0}, pt{x + w, 0}, s.pal.accent, s.pal.accent.dark(one/2)))
	}
	top := foot - high
	s.fill(new(path).rect(x-w*8/10, top-s.k(6), w*16/10, s.k(10)).rect(x-w*4/10, top-s.k(46), w*8/10, s.k(40)), solid(s.pal.near))
	s.fill(new(path).move(x-w*6/10, top-s.k(46)).line(x, top-s.k(80)).line(x+w*6/10, top-s.k(46)), solid(s.pal.accent.dark(one/3)))
	lamp := pt{x, top - s.k(26)}
	s.fill(new(path).rect(x-w*3/10, top-s.k(40), w*6/10, s.k(30)), solid(hex(0xfff0b0)))
	if s.pal.dim() || s.pal.name == "storm" || s.pal.name == "overcast" {
		s.beam(lamp, one/2+800, 20, s.w*px, hex(0xfff0b0), one*55/100)
	}
	s.halo(lamp.x, lamp.y, s.k(170), hex(0xffe6a0), one*8/10)
}

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
		wide := max(s.unit/px, 1)
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
	base := s.horizon + (s.h*px-s.horizon)*i/4 + s.k(10)
	l := s.rolling(base+s.k(50), s.k(60+45*i), r.in(7, 14), 2, seed)
	tone := s.pal.ground.to(s.pal.haze, one*(3-i)/6)
	s.land(l, s.h*px, tone.to(s.pal.light, one/4), tone)
	lee := make(skyline, len(l))
	wide := max(s.unit/px, 1)
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
