package procedural

// meadow paints tufts and flowers in perspective on open ground.
func (s *stage) meadow(y int, turf color) {
	s.blades(y, turf)
	if s.without["flowers"] || s.pal.dim() {
		return
	}
	r := s.rand("meadow")
	tones := []color{s.pal.second, s.pal.accent, s.pal.paper}
	for i := range 3 {
		p := new(path)
		for range 70 {
			t := r.n(one)
			at := y + s.k(30) + (s.h*px-y)*t>>16
			p.circle(s.fx(r.in(0, 1000)), at, max(s.k(1)+s.k(5)*t>>16, px/2))
		}
		s.fill(p, glass(tones[i].light(one/5), one*85/100))
	}
}

// furrows brushes light and shade over a hill, along its slope.
func (s *stage) furrows(l skyline, bottom int, tone color, seed uint64) {
	wide := s.wide()
	s.fill(l.outline(bottom), ink{a: one * 20 / 100, at: func(x, y int) color {
		d := y - l[min(x, len(l)-1)]/px
		n := noise2(x*one*4/wide+d*one/wide, d*one*30/wide, seed)*6/10 + noise2(x*one*40/wide, d*one*90/wide, seed)*4/10
		return tone.dark(one/3).to(s.pal.light.to(tone, one/3), smooth(n))
	}})
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
