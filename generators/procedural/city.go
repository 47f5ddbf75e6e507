package procedural

// city is a skyline in layers, or, for the dark future, a canyon of towers
// over a wet street.
func (s *stage) city() {
	r := s.rand("city")
	s.use("buildings")
	switch {
	case s.looks["minimal"]:
		s.flatSkyline(r)
	case s.things["street"] || s.pal.name == "cyberpunk" || s.pal.name == "synthwave" || s.things["neon"]:
		s.canyon(r)
	default:
		s.skylineOverWater(r)
	}
	s.weather()
}

// tower is one building of a layer.
type tower struct {
	x, top, w, foot int
	tone            color
}

// towers lays out a row of buildings; rise gives the mean height at a place
// across the picture (thousandths), in units.
func (s *stage) towers(foot, width int, tone color, rise func(t int) int, name string) []tower {
	r := s.rand(name)
	var out []tower
	for x := -s.k(r.in(0, width)); x < s.w*px; {
		w := s.k(width) * r.in(55, 135) / 100
		t := clamp((x+w/2)*1000/(s.w*px), 0, 1000)
		high := s.k(rise(t)) * r.in(55, 125) / 100
		shade := tone.to(s.pal.near, one*r.in(0, 22)/100).to(s.pal.haze, one*r.in(0, 12)/100)
		out = append(out, tower{x, foot - high, w, foot, shade})
		x += w + s.k(width)*r.in(-12, 16)/100
	}
	return out
}

// build draws towers with roofs and windows. lit is the share of windows with
// light, in percent; depth 0 is near.
func (s *stage) build(ts []tower, depth, lit int, name string) {
	r := s.rand(name)
	feet := s.pal.haze.to(s.pal.far, one/3)
	warm := []color{hex(0xffd98a), hex(0xffc46b), hex(0xfff0c4), s.pal.second.light(one / 3)}
	if s.pal.name == "cyberpunk" || s.pal.name == "synthwave" {
		warm = []color{s.pal.accent, s.pal.second, hex(0xffd27a), s.pal.light}
	}
	for _, t := range ts {
		body := s.roof(t, r)
		tone := t.tone.to(feet, depth*50/100)
		s.fill(body, along(pt{t.x, t.top}, pt{t.x + t.w*2/5, t.foot}, tone.to(s.pal.light, one*14/100*b2i(!s.pal.dim())+one*4/100), tone, tone.to(feet, one*35/100+depth/2)))
		// The side away from the light.
		edge := t.w * r.in(18, 34) / 100
		x := t.x + t.w - edge
		if s.sun.x > t.x+t.w/2 {
			x = t.x
		}
		s.box(x, t.top, edge, t.foot-t.top, s.pal.near, one*16/100, normal)
		s.windows(t, depth, lit, warm, r)
	}
}

// roof is the outline of a building: flat, stepped, slanted, pointed, with masts.
func (s *stage) roof(t tower, r *random) *path {
	p := new(path).rect(t.x, t.top, t.w, t.foot-t.top+px)
	switch r.n(7) {
	case 0:
		p.rect(t.x+t.w/5, t.top-t.w/5, t.w*3/5, t.w/5+px).rect(t.x+t.w*2/5, t.top-t.w/2, t.w/5, t.w*3/10+px)
	case 1:
		p.poly(pt{t.x, t.top + px}, pt{t.x + t.w, t.top - t.w*2/5}, pt{t.x + t.w, t.top + px})
	case 2:
		p.poly(pt{t.x + t.w/6, t.top + px}, pt{t.x + t.w/2, t.top - t.w}, pt{t.x + t.w*5/6, t.top + px})
		p.rect(t.x+t.w/2-s.k(1), t.top-t.w*2, s.k(2), t.w)
	case 3:
		p.rect(t.x+t.w*3/10, t.top-t.w/8, t.w/4, t.w/8+px)
		p.rect(t.x+t.w*6/10, t.top-t.w*6/10, max(s.k(2), px/2), t.w*6/10+px)
	case 4:
		p.ellipse(t.x+t.w/2, t.top, t.w/2, t.w/3)
	case 5:
		p.rect(t.x+t.w/8, t.top-t.w/10, t.w*6/8, t.w/10+px)
	}
	return p
}

// windows is a grid of panes, some of them lit.
func (s *stage) windows(t tower, depth, lit int, warm []color, r *random) {
	if s.looks["minimal"] {
		lit /= 4
	}
	pitch := max(s.k(r.in(11, 17))*(one-depth/2)>>16, 2*px)
	w, h := pitch*r.in(40, 70)/100, pitch*r.in(35, 75)/100
	if r.chance(25) { // ribbon windows
		w = pitch * 96 / 100
	}
	dark := t.tone.dark(one * 30 / 100)
	if !s.pal.dim() {
		dark = t.tone.to(s.pal.sky, one*32/100)
	}
	one_ := warm[r.n(len(warm))]
	cols := max((t.w-pitch/2)/pitch, 0)
	inset := (t.w - cols*pitch + pitch - w) / 2
	for y := t.top + pitch; y < min(t.foot, s.h*px)-h; y += pitch {
		row := r.chance(12)
		for i := range cols {
			v := r.n(100)
			tone, a := dark, one*(60-40*depth/one)/100
			if v < lit || row && v < lit*4 {
				tone, a = one_, one*(95-45*depth/one)/100
				if v%4 == 0 {
					tone = warm[v/4%len(warm)]
				}
			}
			s.box(t.x+inset+i*pitch, y, w, h, tone, a, normal)
		}
	}
}

// litShare is how many windows have light at this hour, in percent.
func (s *stage) litShare() int {
	switch s.pal.name {
	case "night", "cyberpunk", "synthwave", "indigo", "space":
		return 34
	case "dusk", "sunset", "noir", "storm":
		return 22
	case "golden", "dawn":
		return 9
	}
	return 0
}

// skylineOverWater is three layers of towers and their reflection.
func (s *stage) skylineOverWater(r *random) {
	s.horizon = s.fy(r.in(660, 740))
	if s.cameras["aerial"] {
		s.horizon = s.fy(620)
	}
	s.drawSky()
	peak, spread := r.in(200, 800), r.in(250, 420)
	lit := s.litShare()
	for i := range 3 {
		depth := one * (2 - i) / 3
		tall := []int{330, 300, 190}[i] + r.in(-30, 50)
		tone := s.pal.far.to(s.pal.near, one*(i+1)*24/100).to(s.pal.haze, depth*50/100)
		ts := s.towers(s.horizon+px, 66+12*i, tone, func(t int) int {
			bell := one - ratio(abs(t-peak), spread*(3-i/2))
			return tall*55/100 + tall*smooth(bell)>>16
		}, "towers"+string(rune('0'+i)))
		s.build(ts, depth, lit, "build"+string(rune('0'+i)))
		if i < 2 && !s.without["fog"] {
			s.fogBank(s.horizon-s.k(20), s.k(130), s.pal.haze, one*46/100, "smog"+string(rune('0'+i)))
		}
	}
	if r.chance(75) || s.things["lake"] || s.things["sea"] {
		s.use("water")
		s.mirror(s.horizon, s.pal.water.dark(one/4), 20, "harbour")
		s.shimmer(s.horizon, s.h*px, s.pal.light, 50, "glints")
		return
	}
	s.park(r)
}

// park is the green in front of a skyline.
func (s *stage) park(r *random) {
	s.use("park")
	l := s.rolling(s.horizon+s.k(20), s.k(24), 9, 3, s.seedFor("park"))
	s.land(l, s.h*px, s.pal.ground.to(s.pal.near, one/4), s.pal.near)
	if s.without["trees"] {
		return
	}
	for range 26 {
		y := s.horizon + s.k(r.in(20, 60))
		s.foliage(pt{s.fx(r.in(0, 1000)), y}, s.k(r.in(26, 50)), s.k(r.in(22, 38)), s.pal.ground.to(s.pal.near, one*r.in(20, 60)/100), r)
	}
}

// flatSkyline is few shapes and fewer tones: a large disc and three silhouettes.
func (s *stage) flatSkyline(r *random) {
	s.horizon = s.fy(r.in(760, 840))
	p := s.pal
	s.wash(0, s.h, ramp{p.sky.to(p.low, one/4), p.low}, one, normal)
	d := s.k(r.in(170, 270))
	x, y := s.fx(r.in(260, 740)), s.horizon-s.k(r.in(260, 420))
	if !s.without["sun"] {
		s.fill(new(path).circle(x, y, d), down(y-d, y+d, p.light, p.light.to(p.accent, one*45/100)))
	}
	for i := range 3 {
		tone := p.haze.to(p.far, one*(i+1)/3).to(p.near, one*i*34/100)
		ts := s.towers(s.horizon+px, 80+14*i, tone, func(int) int { return 420 - 100*i }, "flat"+string(rune('0'+i)))
		for _, t := range ts {
			s.fill(s.roof(t, r), solid(tone))
			if i == 2 && s.litShare() > 0 {
				s.windows(t, 0, s.litShare()*2, []color{p.light}, r)
			}
		}
	}
	s.fill(new(path).rect(0, s.horizon, s.w*px, s.h*px), solid(p.near))
	s.mirror(s.horizon, p.near, 90, "still")
}
