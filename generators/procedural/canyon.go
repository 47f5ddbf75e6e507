package procedural

import "slices"

// canyon is a street between towers: each layer nearer, darker and farther
// from the middle, signs on the walls, the light of it all on the wet ground.
func (s *stage) canyon(r *random) {
	s.horizon = s.fy(r.in(700, 780))
	s.drawSky()
	p := s.pal
	mid := r.in(380, 620)
	s.glow(s.fx(mid), s.horizon-s.k(60), s.k(560), s.k(460), p.low.to(p.second, one/3), one*62/100, screen)
	lit := max(s.litShare(), 12)
	for i := range 5 {
		depth := one * (4 - i) / 5
		name := "wall" + string(rune('0'+i))
		tone := p.haze.to(p.far, one*(i+1)/5).to(p.near, one*i*20/100)
		gap := 30 + 58*i
		ts := s.towers(s.horizon+s.k(4+i*6), 90+26*i, tone, func(t int) int {
			off := abs(t - mid)
			if off < gap {
				return 60 + 30*(4-i)
			}
			return min(260+90*i+off*(5+i)/6, 1400)
		}, name)
		if i > 0 { // the street stays open
			ts = slices.DeleteFunc(ts, func(t tower) bool { return abs((t.x+t.w/2)*1000/(s.w*px)-mid) < gap })
		}
		s.build(ts, depth, lit, name+" build")
		if i >= 2 && !s.without["text"] && !s.without["neon"] {
			s.use("neon")
			s.signs(ts, mid, gap, i, name)
		}
		if i == 1 && !s.without["fog"] {
			s.fogBank(s.horizon-s.k(60), s.k(260), p.low.to(p.haze, one/2), one*48/100, "smog")
		}
	}
	if !s.without["car"] {
		s.traffic(r)
	}
	s.wash(s.horizon/px, (s.horizon+s.k(19))/px, ramp{p.low.to(p.near, one/2), p.near}, one*8/10, normal)
	s.mirror(s.horizon+s.k(18), p.near.to(p.top, one/2), 0, "wet street")
	s.puddles(r, mid)
	if s.may("rain", 45) {
		s.drawRain(one * 26 / 100)
	}
	if s.may("people", 40) {
		s.walker(s.fx(mid+r.in(-120, 120)), s.h*px-s.fy(r.in(60, 110)), s.k(190), p.near)
	}
}

// signs hangs lit panels at the walls that face the street.
func (s *stage) signs(ts []tower, mid, gap, layer int, name string) {
	r := s.rand(name + " signs")
	tones := []color{s.pal.accent, s.pal.second, s.pal.light, hex(0xffb84d), s.pal.accent.to(hex(0x7dff9a), one/2)}
	for _, t := range ts {
		off := abs((t.x+t.w/2)*1000/(s.w*px) - mid)
		if off < gap || !r.chance(80) {
			continue
		}
		tone := pick(r, tones...)
		w, h := s.k(r.in(22, 38)+9*layer), s.k(r.in(90, 190)+28*layer)
		x := t.x + t.w*r.in(10, 70)/100
		y := max(t.top+s.k(30), s.horizon-s.k(r.in(260, 620)))
		if r.chance(25) { // a wide board
			w, h = h, w*14/10
		}
		s.sign(x, y, w, h, tone, r)
	}
}

// sign is one neon panel: frame, strokes that look like writing, a glow.
func (s *stage) sign(x, y, w, h int, tone color, r *random) {
	s.glow(x+w/2, y+h/2, w+h*6/10, h+w*4/10, tone, one*60/100, screen)
	s.box(x, y, w, h, s.pal.near.to(tone, one/8), one*88/100, normal)
	t := max(s.k(2), px*7/10)
	p := new(path).rect(x, y, w, t).rect(x, y+h-t, w, t).rect(x, y, t, h).rect(x+w-t, y, t, h)
	cell := min(w, h) * 70 / 100
	nx, ny := max(w/cell, 1), max(h/cell, 1)
	for j := range ny {
		for i := range nx {
			cx, cy := x+w*(2*i+1)/(2*nx), y+h*(2*j+1)/(2*ny)
			s.rune(p, cx, cy, cell*34/100, t*13/10, r)
		}
	}
	s.fill(p, solid(tone.light(one*45/100)))
}

// rune adds an invented character of a few strokes.
func (s *stage) rune(p *path, x, y, d, w int, r *random) {
	at := func() pt { return pt{x + d*r.in(-1, 1), y + d*r.in(-1, 1)} }
	if r.chance(50) {
		p.stroke(w, pt{x - d, y - d}, pt{x + d, y - d})
	}
	if r.chance(60) {
		p.stroke(w, pt{x, y - d}, pt{x, y + d})
	}
	for range r.in(2, 3) {
		p.stroke(w, at(), at())
	}
}

// traffic is trails of light in the air.
func (s *stage) traffic(r *random) {
	s.use("traffic")
	for range r.in(3, 7) {
		x, y := s.fx(r.in(100, 900)), s.horizon-s.k(r.in(150, 520))
		l := s.k(r.in(40, 130))
		tone := pick(r, s.pal.accent, s.pal.second, hex(0xfff0d0))
		s.glow(x, y, l, max(s.k(3), px), tone, one*8/10, screen)
		s.glow(x+l/2, y, s.k(12), s.k(8), tone.light(one/2), one, screen)
	}
}

// puddles streaks the ground with the colours of the signs.
func (s *stage) puddles(r *random, mid int) {
	p := s.pal
	for range 46 {
		t := r.n(one)
		y := s.horizon + s.k(24) + (s.h*px-s.horizon)*t>>16
		x := s.fx(mid) + (s.w*px*r.in(-60, 60)/100)*(one/5+t)>>16
		tone := pick(r, p.accent, p.second, p.light, p.low)
		s.glow(x, y, s.k(20)+s.k(90)*t>>16, max(s.k(3)+s.k(7)*t>>16, px), tone, one*r.in(10, 42)/100, screen)
	}
	s.wash(s.h*80/100, s.h, ramp{hex(0xffffff), p.near.light(one / 3)}, one*40/100, multiply)
}

// walker is a person seen from behind, with an umbrella when it rains.
func (s *stage) walker(x, foot, high int, tone color) {
	w := high * 12 / 100
	p := new(path).ellipse(x, foot-high*91/100, high*6/100, high*8/100)
	p.move(x-w, foot-high*50/100).quad(x-w*11/10, foot-high*82/100, x, foot-high*84/100).
		quad(x+w*11/10, foot-high*82/100, x+w, foot-high*50/100).line(x+w*9/10, foot-high*34/100).line(x-w*9/10, foot-high*34/100)
	p.taper(w*9/10, w*5/10, pt{x - w/2, foot - high*38/100}, pt{x - w*7/10, foot})
	p.taper(w*9/10, w*5/10, pt{x + w/2, foot - high*38/100}, pt{x + w*5/10, foot - high*2/100})
	s.shadow(x, foot, high*30/100, high*4/100, one*6/10)
	s.fill(p, solid(tone))
	if s.things["rain"] {
		u := foot - high*116/100
		q := new(path).move(x-high*34/100, u+high*20/100).quad(x-high*30/100, u-high*8/100, x, u-high*8/100).
			quad(x+high*30/100, u-high*8/100, x+high*34/100, u+high*20/100)
		for i := range 4 {
			q.quad(x+high*34/100-high*17/100*i-high*8/100, u+high*14/100, x+high*34/100-high*17/100*(i+1), u+high*20/100)
		}
		q.rect(x-s.k(1), u, s.k(3), high*60/100)
		s.fill(q, solid(tone.to(s.pal.second, one/3)))
	}
}
