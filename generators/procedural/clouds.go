package procedural

// drawClouds paints a layer of clouds that is lit from the sun and grows
// flatter towards the horizon.
func (s *stage) drawClouds() {
	r := s.rand("clouds")
	seed := s.seedFor("clouds")
	cover := one * r.in(46, 58) / 100
	if s.things["clouds"] {
		cover -= one * 8 / 100
	}
	if s.pal.name == "overcast" || s.pal.name == "storm" {
		cover -= one * 14 / 100
	}
	wide := s.wide()
	stretch := r.in(20, 34)
	horizon := s.horizon / px
	density := func(x, y int) int {
		v := y * one / wide
		u := x*one/wide - v/4
		return fbm2(u*stretch/10, v*stretch*28/100, 5, seed)
	}
	near := s.k(22) / px
	sx := 1
	if s.sun.x < s.w*px/2 {
		sx = -1
	}
	thick := newField(s.canvas, 3, density)
	lit := newField(s.canvas, 4, func(x, y int) int {
		return density(x, y) - density(x+sx*near, y-near) + one/2
	})
	bright, shade := s.pal.light.to(s.pal.low, one/3), s.pal.sky.to(s.pal.far, one*45/100)
	if s.pal.dim() {
		bright = s.pal.haze.light(one / 5)
	}
	s.each(0, 0, s.w, horizon, normal, func(x, y int) (color, int) {
		d := step(thick.at(x, y), cover, cover+one*20/100)
		if d == 0 {
			return bright, 0
		}
		fade := one - ratio(y, horizon)
		fade = smooth(min(one, fade*4))
		t := step(lit.at(x, y), one*44/100, one*60/100)
		return shade.to(bright, t), (d * fade >> 16) * 72 / 100
	})
}

// puff is a single cumulus of overlapping discs with a flat foot, centred at
// x, y, for scenes that place their clouds.
func (s *stage) puff(x, y, wide int, bright, shade color, a int, r *random) {
	p := new(path)
	n := r.in(5, 8)
	for i := range n {
		t := i*one/max(n-1, 1) - one/2
		bulge := one - (2*abs(t))*(2*abs(t))>>16
		rad := wide*r.in(10, 16)/100 + (wide*bulge>>16)*12/100
		p.circle(x+wide*t>>16, y-rad*6/10, rad)
	}
	high := wide * 30 / 100
	s.fill(p, ink{a: a, at: down(y-high, y+high/2, bright, bright, shade).at})
}

// fogBank lays a soft, uneven band of fog around a height.
func (s *stage) fogBank(y, high int, tone color, a int, name string) {
	seed := s.seedFor(name)
	wide := s.wide()
	top, low := (y-high)/px, (y+high)/px
	s.each(0, top, s.w, low, normal, func(px16, row int) (color, int) {
		t := one - ratio(abs(row*px-y), high)
		n := noise2(px16*one*3/wide, row*one*9/wide, seed)
		return tone, (smooth(t) * (one/2 + n/2) >> 16) * a >> 16
	})
}
