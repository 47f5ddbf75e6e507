package procedural

// abstract picks the composition that was asked for, or one by chance.
func (s *stage) abstract() {
	kinds := []struct {
		name string
		draw func(*stage)
	}{{"waves", (*stage).waves}, {"flow", (*stage).flow}, {"particles", (*stage).network}, {"geometry", (*stage).geometry},
		{"gradient", (*stage).mesh}, {"contours", (*stage).contours}, {"marble", (*stage).marble}, {"facets", (*stage).facets}}
	for _, k := range kinds {
		if s.has(k.name) {
			k.draw(s)
			return
		}
	}
	var open []int
	for i, k := range kinds {
		if !s.without[k.name] {
			open = append(open, i)
		}
	}
	if len(open) > 0 {
		k := kinds[pick(s.rand("abstract"), open...)]
		s.use(k.name)
		k.draw(s)
		return
	}
	s.mesh()
}

// tones is the run of colours of an abstract picture: those asked for, or the
// palette's.
func (s *stage) tones() ramp {
	p := s.pal
	if n := len(s.colors); n > 0 {
		out := ramp{s.colors[0].dark(one * 60 / 100)}
		out = append(out, s.colors...)
		return append(out, s.colors[n-1].light(one*60/100))
	}
	if s.rand("tones").chance(50) {
		return ramp{p.ink, p.top, p.mid, p.accent, p.second, p.low}
	}
	return ramp{p.near, p.far, p.sky, p.second, p.low, p.paper}
}

// waves is layered bands of swell with soft shadows between them.
func (s *stage) waves() {
	r := s.rand("waves")
	t := s.tones()
	n := r.in(8, 13)
	s.wash(0, s.h, ramp{t.at(one), t.at(one * 85 / 100)}, one, normal)
	s.glow(s.sun.x, s.fy(r.in(60, 300)), s.k(620), s.k(620), s.pal.light, one*60/100, screen)
	wide := s.wide()
	tilt := r.in(-160, 160)
	back := r.chance(50)
	for i := range n {
		seed := s.seedFor("wave" + string(rune('a'+i)))
		u := (i + 1) * one / n
		l := make(skyline, s.w+1)
		amp, freq, phase := s.k(r.in(50, 130)), r.in(40, 110), r.n(one)
		for x := range l {
			q := x * one / wide
			swell := sin(q*freq/100+phase+(noise1(q*2, seed)-one/2)/2)*7/10 + sin(q*freq/37+phase*3)*3/10
			l[x] = s.fy(130) + (s.h*px*9/10)*i/n + s.fy(tilt)*x/max(s.w, 1) + amp*swell>>16
		}
		tone := t.at(one*9/10 - u*9/10)
		if back {
			tone = t.at(u * 9 / 10)
		}
		s.bandShadow(l, s.k(46))
		s.fill(l.outline(s.h*px), by(func(x, y int) color {
			d := y*px - l[min(x, len(l)-1)]
			c := tone.to(t.at(one*8/10-u/2), smooth(ratio(d, s.k(260)))*45/100)
			return c.to(s.pal.light, (one-ratio(d, s.k(14)))*35/100)
		}))
	}
}

// bandShadow lets a layer throw a soft shadow on what lies above its edge.
func (s *stage) bandShadow(l skyline, deep int) {
	top := s.h * px
	for _, y := range l {
		top = min(top, y)
	}
	s.each(0, (top-deep)/px, s.w, s.h, normal, func(x, y int) (color, int) {
		d := l[x] - y*px
		if d < 0 || d > deep {
			return color{}, 0
		}
		t := one - d*one/deep
		return color{}, (t * t >> 16) * 34 / 100
	})
}

// flow lets thousands of strokes follow a field of directions.
func (s *stage) flow() {
	r := s.rand("flow")
	t := s.tones()
	seed := s.seedFor("flow")
	s.wash(0, s.h, ramp{t.at(0), t.at(one / 7)}, one, normal)
	s.glow(s.fx(r.in(100, 900)), s.fy(r.in(100, 900)), s.k(700), s.k(700), t.at(one/2), one*35/100, screen)
	wide := s.wide()
	twist := r.in(60, 150)
	angle := newField(s.canvas, 6, func(x, y int) int {
		return fbm2(x*one*18/(10*wide), y*one*18/(10*wide), 2, seed) * twist / 100
	})
	turn := r.n(one)
	heavy := r.in(5, 9)
	for i := range 950 {
		x, y := s.fx(r.in(-100, 1100)), s.fy(r.in(-100, 1100))
		pts := []pt{{x, y}}
		step := s.k(13)
		for range r.in(8, 26) {
			a := turn + angle.at(x/px, y/px)*2
			x, y = x+step*cos(a)>>16, y+step*sin(a)>>16
			pts = append(pts, pt{x, y})
		}
		shade := t.at(clamp(angle.at(pts[0].x/px, pts[0].y/px)*100/twist+r.in(-9000, 9000), 0, one))
		w := max(s.k(r.in(1, heavy)), px*6/10)
		s.fill(new(path).taper(w, w/4, pts...), glass(shade, one*(45+i/20)/100))
	}
}

// network is points and the lines between near ones.
func (s *stage) network() {
	r := s.rand("network")
	t := s.tones()
	s.wash(0, s.h, ramp{t.at(0), t.at(one / 6), t.at(one / 4)}, one, normal)
	for range 4 {
		s.glow(s.fx(r.in(0, 1000)), s.fy(r.in(0, 1000)), s.k(r.in(300, 650)), s.k(r.in(300, 650)), t.at(r.in(one/3, one)), one*35/100, screen)
	}
	var nodes []pt
	cx, cy := r.in(300, 700), r.in(300, 700)
	for range 150 {
		// Denser around a centre of interest.
		nodes = append(nodes, pt{s.fx(cx + (r.in(-700, 700)+r.in(-700, 700)+r.in(-700, 700))/3), s.fy(cy + (r.in(-700, 700)+r.in(-700, 700)+r.in(-700, 700))/3)})
	}
	reach := s.k(115)
	for i, a := range nodes {
		for _, b := range nodes[:i] {
			d := isqrt((a.x-b.x)*(a.x-b.x) + (a.y-b.y)*(a.y-b.y))
			if d < reach {
				s.fill(new(path).stroke(max(s.k(2), px*6/10), a, b), lightInk(t.at(one*8/10), (one-d*one/reach)*7/10))
			}
		}
	}
	for _, a := range nodes {
		size := s.k(r.in(3, 9))
		tone := t.at(r.in(one/2, one))
		s.halo(a.x, a.y, size*7, tone, one/2)
		s.fill(new(path).circle(a.x, a.y, size), solid(tone.light(one/3)))
	}
}
