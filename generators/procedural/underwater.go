package procedural

// underwater is a reef: light from above, coral in layers, fish, kelp, bubbles.
func (s *stage) underwater() {
	r := s.rand("underwater")
	p := s.pal
	s.wash(0, s.h, ramp{p.top, p.sky, p.sky.to(p.low, one/2), p.low, p.low.dark(one / 4)}, one, normal)
	s.sun = pt{s.fx(r.in(250, 750)), -s.k(100)}
	s.use("water")
	s.glow(s.sun.x, 0, s.k(800), s.k(420), p.light, one*70/100, screen)
	s.surface()
	for range 9 {
		s.beam(pt{s.sun.x + s.k(r.in(-160, 160)), -s.k(220)}, one/4+r.in(-5500, 5500), r.in(9, 30), s.k(1350), p.light, one*r.in(12, 30)/100)
	}
	s.horizon = s.fy(r.in(760, 830))
	for i := range 3 {
		t := one * (i + 1) / 3
		l := s.rolling(s.horizon+s.fy(62)*i, s.k(110-16*i), 14-2*i, 4, s.seedFor("bed"+string(rune('0'+i))))
		rock := p.far.to(p.near, t).to(p.haze, (one-t)*45/100)
		s.land(l, s.h*px, rock, rock.dark(one/3))
		s.furrows(l, s.h*px, rock, s.seedFor("bedrock"))
		if s.may("reef", 90) {
			s.reef(l, i, t, r)
		}
		if i == 0 && s.may("fish", 90) {
			s.school(r)
		}
	}
	s.sand()
	if s.may("fish", 90) {
		for range r.in(3, 6) {
			s.fish(s.fx(r.in(80, 920)), s.fy(r.in(240, 760)), s.k(r.in(34, 84)), pick(r, p.accent, p.second, p.light), r.sign(), r)
		}
	}
	s.bubbles(r)
}

// surface is the play of light on the underside of the waves.
func (s *stage) surface() {
	seed := s.seedFor("surface")
	wide := s.wide()
	s.each(0, 0, s.w, s.h*26/100, screen, func(x, y int) (color, int) {
		d := y + wide/14 + 1
		v := wide * 6 * one / d / 4
		u := (x - s.w/2) * one / d
		n := noise2(u*5, v*5, seed)
		m := noise2(u*9+one*5, v*8, seed+1)
		line := one - abs(n+m-one)*5
		return s.pal.light, max(line, 0) * (one - ratio(y, s.h*26/100)) >> 16 * 6 / 10
	})
}

// reef plants corals along the bed.
func (s *stage) reef(l skyline, i, t int, r *random) {
	tones := []color{s.pal.accent, s.pal.second, hex(0xd65db1), hex(0x8f6fd8), hex(0xf9c74f), hex(0x4fc3a1)}
	if len(s.colors) > 0 {
		tones = append(s.colors[:len(s.colors):len(s.colors)], s.pal.accent)
	}
	for range 9 + 2*i {
		x := s.fx(r.in(-20, 1020))
		y := l.at(x) + s.k(14)
		size := s.k(r.in(60, 120) + 34*i)
		tone := pick(r, tones...).to(s.pal.haze, (one-t)*70/100).dark(one * 8 / 100)
		switch r.n(5) {
		case 0:
			s.fanCoral(x, y, size, tone, r)
		case 1:
			s.tubeCoral(x, y, size, tone, r)
		case 2:
			s.brainCoral(x, y, size*6/10, tone, r)
		case 3:
			s.kelp(x, y, size*2, tone.to(hex(0x2f8f5f), one*60/100), r)
		default:
			s.treeCoral(x, y, size, tone, r)
		}
	}
}

func (s *stage) treeCoral(x, y, size int, tone color, r *random) {
	p := new(path)
	var grow func(at pt, angle, l, w, depth int)
	grow = func(at pt, angle, l, w, depth int) {
		end := pt{at.x + l*cos(angle)>>16, at.y + l*sin(angle)>>16}
		p.taper(w, w*7/10, at, end)
		if depth == 0 {
			p.circle(end.x, end.y, w*6/10)
			return
		}
		for _, d := range []int{-r.in(2500, 6000), r.in(2500, 6000)} {
			grow(end, angle+d, l*r.in(62, 82)/100, w*72/100, depth-1)
		}
	}
	for i := range 3 {
		grow(pt{x, y}, one*3/4+(i-1)*4200+r.in(-1200, 1200), size*38/100, size*13/100, 3)
	}
	s.fill(p, down(y-size*13/10, y, tone.light(one*35/100), tone, tone.dark(one*45/100)))
}

func (s *stage) fanCoral(x, y, size int, tone color, r *random) {
	p := new(path)
	n := 15
	for i := range n {
		a := one*3/4 + (i-n/2)*1150
		l := size * (100 - abs(i-n/2)*5) / 100 * r.in(85, 110) / 100
		p.taper(size*5/100, size*2/100, pt{x, y}, pt{x + l*cos(a)>>16, y + l*sin(a)>>16})
		for j := 3; j < 9; j++ {
			q := l * j / 9
			b := a + 900
			p.taper(size*2/100+1, size/100+1, pt{x + q*cos(a)>>16, y + q*sin(a)>>16}, pt{x + (q+l/12)*cos(b)>>16, y + (q+l/12)*sin(b)>>16})
		}
	}
	s.fill(p, down(y-size, y, tone.light(one*30/100), tone, tone.dark(one*40/100)))
}

func (s *stage) tubeCoral(x, y, size int, tone color, r *random) {
	for i := range 5 {
		w := size * r.in(10, 16) / 100
		tx, high := x+(i-2)*size*20/100, size*r.in(55, 110)/100
		lean := (i - 2) * size * 7 / 100
		s.fill(new(path).poly(pt{tx - w*7/10, y}, pt{tx + lean - w, y - high}, pt{tx + lean + w, y - high}, pt{tx + w*7/10, y}), along(pt{tx - w, 0}, pt{tx + w, 0}, tone.light(one*25/100), tone, tone.dark(one*45/100)))
		s.fill(new(path).ellipse(tx+lean, y-high, w, w*4/10), solid(tone.light(one*35/100)))
		s.fill(new(path).ellipse(tx+lean, y-high, w*7/10, w*25/100), solid(tone.dark(one*60/100)))
	}
}

func (s *stage) brainCoral(x, y, d int, tone color, r *random) {
	seed := r.next()
	p := new(path).blob(x, y-d/4, d, d*8/10, 8, 8, seed)
	s.fill(p, by(func(ix, iy int) color {
		u, v := (ix*px-x)*one/max(d, 1), (iy*px-y+d/4)*one/max(d, 1)
		n := noise2(u*6+one*20, v*6+one*20, seed) + noise2(u*13+one*20, v*13+one*20, seed)/3
		groove := one - step(abs(n-one*65/100), one*2/100, one*10/100)
		lit := clamp(one/2-(u+v*14/10)/2, 0, one)
		return tone.dark(one*50/100).to(tone.light(one*35/100), lit).dark(groove * 40 / 100)
	}))
}

func (s *stage) kelp(x, y, high int, tone color, r *random) {
	for range 3 {
		phase := r.n(one)
		var pts []pt
		bx := x + s.k(r.in(-30, 30))
		h := high * r.in(60, 110) / 100
		for i := range 13 {
			pts = append(pts, pt{bx + (h*5/100*sin(phase+i*5200))>>16, y - h*i/12})
		}
		p := new(path).taper(h*3/100, h/100, pts...)
		for i := 1; i < 12; i++ {
			side := 1 - 2*(i&1)
			q := pts[i]
			l := h * 11 / 100
			p.move(q.x, q.y).quad(q.x+side*l/2, q.y-l*6/10, q.x+side*l, q.y-l).quad(q.x+side*l*7/10, q.y-l/10, q.x, q.y+h/100)
		}
		s.fill(p, down(y-h, y, tone.light(one*20/100), tone.dark(one*35/100)))
	}
}

// sand is the floor in front, with caustics.
func (s *stage) sand() {
	l := s.rolling(s.h*px-s.fy(20), s.k(60), 6, 3, s.seedFor("sand"))
	tone := s.pal.ground.to(s.pal.low, one*42/100)
	s.land(l, s.h*px, tone, tone.dark(one/4))
	seed := s.seedFor("caustics")
	wide := s.wide()
	s.fill(l.outline(s.h*px), ink{a: one * 40 / 100, m: screen, at: func(x, y int) color {
		n := noise2(x*one*16/wide, y*one*34/wide, seed) + noise2(x*one*27/wide, y*one*60/wide, seed+1)
		return s.pal.light.scale(max(one-abs(n-one)*6, 0))
	}})
}

func (s *stage) school(r *random) {
	x, y := s.fx(r.in(200, 800)), s.fy(r.in(260, 560))
	dir := r.sign()
	tone := s.pal.far.to(s.pal.near, one/2)
	for range 34 {
		s.fish(x+s.k((r.in(-200, 200)+r.in(-200, 200))/2), y+s.k((r.in(-110, 110)+r.in(-110, 110))/2), s.k(r.in(11, 19)), tone, dir, r)
	}
}

// fish swims right for dir 1, left for -1.
func (s *stage) fish(x, y, l int, tone color, dir int, r *random) {
	fx := func(u int) int { return x + dir*l*u/100 }
	fy := func(v int) int { return y + l*v/100 }
	tail := new(path).move(fx(-60), fy(0)).quad(fx(-85), fy(-10), fx(-112), fy(-40)).quad(fx(-96), fy(0), fx(-112), fy(40)).quad(fx(-85), fy(10), fx(-60), fy(0))
	fins := new(path).move(fx(40), fy(-34)).quad(fx(0), fy(-74), fx(-50), fy(-44)).quad(fx(-30), fy(-30), fx(-40), fy(-14)).line(fx(40), fy(-20)).
		move(fx(10), fy(34)).quad(fx(-16), fy(66), fx(-40), fy(46)).line(fx(-30), fy(20))
	s.fill(tail, solid(tone.dark(one*20/100)))
	s.fill(fins, solid(tone.dark(one*25/100)))
	body := new(path).move(fx(100), fy(2)).cubic(fx(60), fy(-52), fx(-10), fy(-50), fx(-70), fy(-4)).
		cubic(fx(-10), fy(48), fx(60), fy(46), fx(100), fy(2))
	s.fill(body, down(fy(-44), fy(44), tone.light(one*10/100), tone.light(one*28/100), tone.dark(one*20/100)))
	if l < s.k(24) {
		return
	}
	stripes := new(path)
	for _, u := range []int{45, 5, -30} {
		h := 34 - abs(u-20)/4
		stripes.move(fx(u), fy(-h)).quad(fx(u+9), fy(0), fx(u), fy(h)).line(fx(u-9), fy(h-2)).quad(fx(u), fy(0), fx(u-9), fy(2-h))
	}
	s.fill(stripes, glass(hex(0xffffff), one*75/100))
	s.fill(new(path).circle(fx(72), fy(-8), l*8/100), solid(hex(0xffffff)))
	s.fill(new(path).circle(fx(74), fy(-8), l*5/100), solid(hex(0x10181f)))
}

func (s *stage) bubbles(r *random) {
	s.use("bubbles")
	for range 5 {
		x, y := s.fx(r.in(50, 950)), s.fy(r.in(300, 900))
		for range 10 {
			d := s.k(r.in(3, 11))
			bx, by := x+s.k(r.in(-26, 26)), y-s.k(r.in(0, 330))
			s.fill(new(path).circle(bx, by, d), lightInk(hex(0xffffff), one*16/100))
			s.glow(bx-d/3, by-d/3, d*6/10, d*6/10, hex(0xffffff), one*65/100, screen)
		}
	}
	for range 130 {
		s.glow(s.fx(r.in(0, 1000)), s.fy(r.in(0, 1000)), s.k(4), s.k(4), s.pal.light, one*r.in(8, 34)/100, screen)
	}
}
