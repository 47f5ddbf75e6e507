package procedural

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
	for i := range r.in(1, 3) { // currents and shallows
		s.glow(s.fx(r.in(0, 1000)), s.horizon+s.fy(60+90*i), s.k(r.in(200, 420)), s.k(r.in(20, 60)), pick(r, s.pal.low, s.pal.near, s.pal.water.light(one/3)), one*r.in(14, 34)/100, normal)
	}
	beach := r.chance(60) || s.things["trees"] || s.things["palms"]
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
	wide := s.wide()
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
	if s.has("palms") || s.may("trees", 55) && !s.pal.dim() || s.things["trees"] {
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
		s.beam(lamp, one/2+800, 22, s.w*px, hex(0xfff0b0), one*60/100)
	}
	s.halo(lamp.x, lamp.y, s.k(170), hex(0xffe6a0), one*8/10)
}
