package procedural

// conifer adds the silhouette of a fir: tiers of drooping branches.
func conifer(p *path, x, foot, high, wide int, r *random) {
	tiers := clamp(high/px/9, 4, 22)
	p.move(x, foot-high)
	side := func(sign int, up bool) {
		for i := range tiers {
			t := i
			if up {
				t = tiers - 1 - i
			}
			reach := wide*(t+1)/tiers*r.in(72, 118)/100 + wide/9
			yTip := foot - high*(tiers-t-1)*88/(tiers*100) - high*8/100
			yIn := yTip - high*4/(tiers*5)/2
			inner := pt{x + sign*reach*r.in(34, 58)/100, yIn}
			tip := pt{x + sign*reach, yTip}
			if up {
				p.line(tip.x, tip.y).line(inner.x, inner.y)
			} else {
				p.line(inner.x, inner.y).line(tip.x, tip.y)
			}
		}
	}
	side(1, false)
	trunk := max(wide/7, 1)
	p.line(x+trunk, foot-high*8/100).line(x+trunk, foot).line(x-trunk, foot).line(x-trunk, foot-high*8/100)
	side(-1, true)
}

// treeline plants firs along a skyline: size is their height in units, gap the
// mean distance.
func (s *stage) treeline(l skyline, size, gap int, tone, feet color, name string) {
	r := s.rand(name)
	p := new(path)
	top, low := s.h*px, 0
	for x := -s.k(gap); x < s.w*px+s.k(gap); x += max(s.k(gap)*r.in(40, 150)/100, px) {
		high := s.k(size) * r.in(55, 125) / 100
		foot := l.at(x) + high/8
		conifer(p, x, foot, high, high*r.in(14, 20)/100, r)
		top, low = min(top, foot-high), max(low, foot)
	}
	s.fill(p, down(top, low, tone, tone, tone.to(feet, one*5/10)))
}

// broadleaf is a round tree: trunk, boughs and a crown of leaves, lit from the sun.
func (s *stage) broadleaf(x, foot, high int, leaf color, r *random) {
	bark := s.pal.near.to(leaf, one/10)
	crown := pt{x + high*r.in(-6, 6)/100, foot - high*66/100}
	rx, ry := high*r.in(30, 40)/100, high*r.in(28, 36)/100
	trunk := new(path).taper(high*7/100, high*3/100, pt{x, foot}, pt{x + high*r.in(-2, 2)/100, foot - high*30/100}, crown)
	for range 4 {
		tip := pt{crown.x + rx*r.in(-70, 70)/100, crown.y + ry*r.in(-40, 40)/100}
		trunk.taper(high*3/100, high/100, pt{x, foot - high*r.in(28, 45)/100}, tip)
	}
	s.fill(trunk, solid(bark))
	s.foliage(crown, rx, ry, leaf, r)
}

// foliage is a crown of overlapping clumps, from shade to light, with single
// leaves at the rim.
func (s *stage) foliage(at pt, rx, ry int, leaf color, r *random) {
	side := -1
	if s.sun.x > at.x {
		side = 1
	}
	sheen := one * 26 / 100
	if s.pal.dim() {
		sheen = one * 8 / 100
	}
	tones := []color{leaf.dark(one * 45 / 100), leaf.dark(one * 24 / 100), leaf, leaf.to(s.pal.light, sheen)}
	for pass, tone := range tones {
		p := new(path)
		n := 22 - 2*pass
		for range n {
			a, d := r.n(one), r.in(20, 78)-pass*8
			shift := pass * 10
			cx := at.x + (rx*cos(a)>>16)*d/100 + side*rx*shift/130
			cy := at.y + (ry*sin(a)>>16)*d/100 - ry*shift/100
			p.blob(cx, cy, rx*r.in(17, 31)/100*(10-pass*2)/10, ry*r.in(15, 28)/100*(10-pass*2)/10, 26, 12, r.next())
		}
		for range 90 {
			a, d := r.n(one), r.in(50, 112)-pass*9
			cx := at.x + (rx*cos(a)>>16)*d/100 + side*rx*pass*10/130
			cy := at.y + (ry*sin(a)>>16)*d/100 - ry*pass*10/100
			p.ellipse(cx, cy, rx*r.in(15, 45)/1000+1, rx*r.in(12, 32)/1000+1)
		}
		s.fill(p, solid(tone))
	}
}

// palm is a palm tree.
func (s *stage) palm(x, foot, high int, tone color, r *random) {
	lean := high * r.in(-18, 18) / 100
	top := pt{x + lean, foot - high}
	s.fill(new(path).taper(high*6/100, high*3/100, curve(pt{x, foot}, pt{x + lean/5, foot - high/2}, top)...), solid(tone))
	p := new(path)
	for i := range 9 {
		a := one/2 + i*one/16 + r.in(-1500, 1500)
		l := high * r.in(38, 52) / 100
		mid := pt{top.x + (l*cos(a)>>16)*55/100, top.y + (l*sin(a)>>16)*55/100 - l*15/100}
		end := pt{top.x + l*cos(a)>>16, top.y + l*sin(a)>>16*6/10 + l*30/100}
		w := l * 9 / 100
		p.move(top.x, top.y).quad(mid.x, mid.y-w, end.x, end.y).quad(mid.x, mid.y+w*2, top.x, top.y+w/3)
	}
	s.fill(p, solid(tone))
}

// grass is a fringe of blades along a height.
func (s *stage) grass(y, high, gap int, tone, tip color, name string) {
	r := s.rand(name)
	p := new(path)
	for x := -high; x < s.w*px+high; x += max(gap*r.in(50, 150)/100, px/2) {
		h := high * r.in(40, 120) / 100
		bend := h * r.in(-45, 45) / 100
		w := max(h*5/100, px/3)
		foot := y + high/3
		p.move(x-w, foot).quad(x-w+bend/4, foot-h/2, x+bend, foot-h).quad(x+w+bend/4, foot-h/2, x+w, foot)
	}
	s.fill(p, down(y-high, y+high/3, tip, tone, tone))
}
