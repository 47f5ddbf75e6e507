package procedural

// medical is a plate from an atlas: one organ on paper, with callouts.
func (s *stage) medical() {
	r := s.rand("medical")
	p := s.pal
	paper := p.paper
	if p.dim() {
		paper = p.top.light(one / 14)
	}
	s.wash(0, s.h, ramp{paper.light(one / 5), paper, paper.dark(one * 6 / 100)}, one, normal)
	s.glow(s.fx(r.in(200, 800)), s.fy(r.in(200, 800)), s.k(r.in(420, 640)), s.k(r.in(420, 640)), hex(0xffffff).to(paper, b2i(p.dim())*one*8/10), one*60/100, normal)
	s.plate(r)
	x, y, d := s.fx(r.in(440, 560)), s.fy(r.in(470, 540)), s.k(r.in(255, 315))
	organs := []struct {
		name string
		draw func(*stage, int, int, int, *random) []pt
	}{{"brain", (*stage).brain}, {"lungs", (*stage).lungs}, {"dna", (*stage).dna}, {"eye", (*stage).eye}, {"tooth", (*stage).tooth},
		{"heart", (*stage).heart}, {"cell", (*stage).cell}}
	chosen := organs[pick(r, 0, 3, 5, 6)]
	for _, o := range organs {
		if s.things[o.name] {
			chosen = o
			break
		}
	}
	s.use(chosen.name)
	marks := chosen.draw(s, x, y, d, r)
	if s.may("labels", 90) && !s.without["text"] {
		s.callouts(marks, x, y, d, r)
	}
}

// plate is the quiet ground of the page: a field of colour, rings or a grid.
func (s *stage) plate(r *random) {
	tone := s.pal.far
	soft := pick(r, s.pal.haze, s.pal.low, s.pal.sky)
	switch r.n(4) {
	case 0:
		s.fill(new(path).rect(s.fx(pick(r, 0, 640)), 0, s.fx(360), s.h*px), glass(soft, one*45/100))
	case 1:
		s.fill(new(path).circle(s.fx(r.in(250, 750)), s.fy(r.in(250, 750)), s.k(r.in(260, 420))), glass(soft, one*45/100))
	case 2:
		s.fill(new(path).poly(pt{0, s.fy(r.in(300, 900))}, pt{s.w * px, s.fy(r.in(100, 900))}, pt{s.w * px, s.h * px}, pt{0, s.h * px}), glass(soft, one*45/100))
	default:
		for range 4 {
			s.glow(s.fx(r.in(0, 1000)), s.fy(r.in(0, 1000)), s.k(r.in(240, 460)), s.k(r.in(240, 460)), soft, one*50/100, normal)
		}
	}
	if r.chance(50) {
		p := new(path)
		step := s.k(50)
		for x := step / 2; x < s.w*px; x += step {
			p.rect(x, 0, max(s.k(1), px/3), s.h*px)
		}
		for y := step / 2; y < s.h*px; y += step {
			p.rect(0, y, s.w*px, max(s.k(1), px/3))
		}
		s.fill(p, glass(tone, one*13/100))
	} else {
		for i := range 3 {
			var pts []pt
			d := s.k(330 + 60*i)
			for k := range 65 {
				pts = append(pts, pt{s.fx(500) + d*cos(k*one/64)>>16, s.fy(500) + d*sin(k*one/64)>>16})
			}
			s.fill(new(path).stroke(max(s.k(2), px/2), pts...), glass(tone, one*(22-5*i)/100))
		}
	}
}

// callouts lead from marks on the organ to numbered dots at the sides.
func (s *stage) callouts(marks []pt, x, y, d int, r *random) {
	f := newFace(mediumFont(), 0)
	ink := s.pal.ink
	left, right := 0, 0
	for i, m := range marks {
		side, n := 1, &right
		if m.x < x {
			side, n = -1, &left
		}
		ty := y - d + d*2*(*n)/4 + s.k(40)
		*n++
		tx := x + side*s.k(400)
		elbow := pt{tx - side*s.k(60), ty}
		s.fill(new(path).stroke(max(s.k(2), px*6/10), m, elbow, pt{tx, ty}), glass(ink, one*70/100))
		s.fill(new(path).circle(m.x, m.y, s.k(6)), solid(ink))
		s.fill(new(path).circle(m.x, m.y, s.k(3)), solid(s.pal.paper))
		disc := pt{tx + side*s.k(22), ty}
		s.fill(new(path).circle(disc.x, disc.y, s.k(22)), solid(s.pal.accent.dark(one*15/100)))
		num := string(rune('1' + i%9))
		size := s.k(28)
		w := f.line(nil, num, 0, 0, size)
		q := new(path)
		f.line(q, num, disc.x-w/2, disc.y+size*capHeight/2000, size)
		s.fill(q, solid(hex(0xffffff)))
	}
}

// tissue fills a shape as wet tissue: lit from the upper left, dark rim.
func (s *stage) tissue(p *path, at pt, d int, tone color) {
	s.fill(p, around(pt{at.x - d*35/100, at.y - d*40/100}, d*18/10, tone.light(one*32/100), tone.light(one*8/100), tone, tone.dark(one*25/100), tone.dark(one*48/100)))
}

// shape reads a closed smooth outline from points in hundredths of d.
func organ(x, y, d int, q ...int) *path {
	p := new(path)
	p.starts = append(p.starts, 0)
	var pts []pt
	for i := 0; i+1 < len(q); i += 2 {
		pts = append(pts, pt{x + d*q[i]/100, y + d*q[i+1]/100})
	}
	n := len(pts)
	for i := range n {
		a, b, c, e := pts[(i+n-1)%n], pts[i], pts[(i+1)%n], pts[(i+2)%n]
		for _, v := range curve(a, b, c, e)[segments(abs(b.x-a.x)+abs(b.y-a.y)):][:segments(abs(c.x-b.x)+abs(c.y-b.y))] {
			p.line(v.x, v.y)
		}
	}
	return p
}

// tube is a vessel: a bent pipe with a bright middle, cut open at its end.
func (s *stage) tube(w int, tone color, cut bool, pts ...pt) {
	c := curve(pts...)
	s.fill(new(path).stroke(w*112/100, c...), solid(tone.dark(one*50/100)))
	s.fill(new(path).stroke(w, c...), solid(tone.dark(one*18/100)))
	s.fill(new(path).stroke(w*60/100, c...).shifted(-w*8/100, -w*6/100), glass(tone, one*85/100))
	s.fill(new(path).stroke(w*18/100, c...).shifted(-w*20/100, -w*14/100), glass(tone.light(one*55/100), one*75/100))
	if cut {
		e, b := c[len(c)-1], c[len(c)-2]
		dx, dy := e.x-b.x, e.y-b.y
		rx, ry := w*56/100, w*22/100
		if abs(dx) > abs(dy) {
			rx, ry = ry, rx
		}
		s.fill(new(path).ellipse(e.x, e.y, rx, ry), solid(tone.light(one*35/100)))
		s.fill(new(path).ellipse(e.x, e.y, rx*70/100, ry*70/100), solid(tone.dark(one*65/100)))
	}
}

// heart is the heart in cross-section: vessels, muscle, four chambers, valves.
func (s *stage) heart(x, y, d int, r *random) []pt {
	red, blue := hex(0xc8343c), hex(0x4a72b8)
	muscle := hex(0xb9484a).to(s.pal.accent, one*14/100)
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	s.shadow(x+d*10/100, y+d*98/100, d*80/100, d*16/100, one*34/100)
	s.tube(d*26/100, blue, true, at(-44, 0), at(-50, -50), at(-50, -104)) // superior vena cava
	s.tube(d*22/100, blue, true, at(-46, 30), at(-56, 70), at(-58, 104))  // inferior vena cava
	s.tube(d*16/100, red, true, at(40, -18), at(66, -26), at(94, -30))    // pulmonary veins
	s.tube(d*14/100, red, true, at(42, -4), at(66, 0), at(92, 4))
	s.tube(d*30/100, red, true, at(-4, -10), at(-16, -64), at(10, -98), at(44, -84), at(52, -40), at(50, -10))
	for i, top := range [][2]int{{-14, -126}, {8, -132}, {30, -124}} {
		s.tube(d*11/100, red, true, at(-6+16*i, -88), at(top[0], top[1]))
	}
	s.tube(d*24/100, blue, true, at(-16, 2), at(2, -44), at(40, -60), at(82, -62)) // pulmonary artery
	s.tube(d*17/100, blue, true, at(6, -46), at(-30, -66), at(-78, -60))
	outer := organ(x, y, d, -58, -30, -20, -34, 14, -26, 46, -34, 70, -8, 72, 30, 50, 72, 18, 106, -14, 90, -44, 58, -68, 14)
	s.tissue(outer, at(0, 20), d, muscle)
	s.veins(x, y, d, r)
	// Right side, blue: atrium and ventricle; left side, red.
	rim := hex(0xf0b8a8)
	cavity := func(tone color, q ...int) {
		s.fill(organ(x, y, d, q...), solid(rim))
		in := organ(x, y, d*100/100, q...)
		cx, cy := centre(in)
		for i, v := range in.pts {
			in.pts[i] = pt{cx + (v.x-cx)*90/100, cy + (v.y-cy)*92/100}
		}
		s.fill(in, around(pt{cx - d*10/100, cy - d*14/100}, d*60/100, tone.dark(one*55/100), tone.dark(one*30/100), tone))
	}
	cavity(blue, -56, -18, -34, -26, -18, -14, -16, 6, -30, 18, -52, 14, -60, -2)
	cavity(blue, -46, 26, -22, 18, -6, 28, -4, 52, -4, 76, -20, 70, -40, 46)
	cavity(red, 16, -18, 40, -26, 58, -10, 54, 10, 34, 16, 18, 6)
	cavity(red, 14, 24, 36, 20, 52, 30, 50, 54, 34, 78, 18, 92, 12, 60)
	valve := hex(0xf6e3c8)
	for _, v := range [][3]int{{-34, 20, 1}, {34, 18, -1}} {
		for k := range 2 {
			side := 2*k - 1
			s.fill(new(path).taper(d*4/100, d*2/100, at(v[0]+side*15, v[1]), at(v[0]+side*4, v[1]+14)), solid(valve))
			s.fill(new(path).taper(max(d/100, px/2), max(d/140, px/2), at(v[0]+side*4, v[1]+14), at(v[0]+side*9, v[1]+42)), glass(valve, one*80/100))
		}
	}
	return []pt{at(-50, -80), at(20, -92), at(-42, -2), at(-24, 46), at(38, -6), at(34, 50), at(64, -61), at(60, 40)}
}

// centre is the middle of a path's points.
func centre(p *path) (x, y int) {
	for _, q := range p.pts {
		x, y = x+q.x, y+q.y
	}
	n := max(len(p.pts), 1)
	return x / n, y / n
}

// veins are the small vessels on the muscle.
func (s *stage) veins(x, y, d int, r *random) {
	for i, tone := range []color{hex(0xe06a5a), hex(0x5a6fae), hex(0xe06a5a)} {
		at := pt{x + d*(62-6*i)/100, y + d*(-2+10*i)/100}
		pts := []pt{at}
		for range 6 {
			at = pt{at.x - d*r.in(2, 9)/100, at.y + d*r.in(9, 15)/100}
			pts = append(pts, at)
		}
		s.fill(new(path).taper(d*3/100, d/100, curve(pts...)...), glass(tone, one*75/100))
		for _, q := range pts[1:5] {
			s.fill(new(path).taper(d*15/1000, d/200+1, curve(q, pt{q.x + d*r.in(3, 8)/100, q.y + d*r.in(4, 9)/100}, pt{q.x + d*r.in(6, 10)/100, q.y + d*r.in(12, 18)/100})...), glass(tone, one*60/100))
		}
	}
}

// brain is seen from the side: lobes with folds, cerebellum, stem.
func (s *stage) brain(x, y, d int, r *random) []pt {
	tone := hex(0xe3a7a0).to(s.pal.accent, one*14/100)
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	s.shadow(x+d*6/100, y+d*92/100, d*70/100, d*13/100, one*30/100)
	s.tube(d*26/100, hex(0xd8b08c), false, at(16, 30), at(24, 64), at(30, 96))
	cereb := organ(x, y, d, 26, 34, 56, 26, 82, 36, 80, 58, 56, 68, 30, 60)
	s.tissue(cereb, at(55, 46), d*40/100, hex(0xc98a80))
	for i := range 7 {
		s.fill(new(path).stroke(max(d/80, px/2), curve(at(32, 38+4*i), at(56, 36+5*i-i*i/6), at(78, 40+2*i))...), glass(hex(0x7a3a3a), one*45/100))
	}
	outline := []int{-92, 10, -88, -30, -62, -64, -20, -84, 28, -82, 68, -58, 92, -18, 90, 18, 64, 32, 30, 32, 8, 44, -26, 50, -50, 42, -58, 30, -76, 28}
	outer := organ(x, y, d, outline...)
	s.tissue(outer, at(0, -14), d, tone)
	s.folds(outer, x, y, d, tone)
	// The great fissures.
	line := glass(hex(0x6a2f35), one*70/100)
	s.fill(new(path).taper(d*4/100, d/60, curve(at(-56, 26), at(-30, 10), at(6, 6), at(40, -8))...), line)
	s.fill(new(path).taper(d*3/100, d/60, curve(at(4, -82), at(-4, -46), at(-14, -20), at(-8, 2))...), line)
	lobes := []color{hex(0x6fa8dc), hex(0xf6c36b), hex(0x8fce8f), hex(0xd98cc0)}
	for i, q := range [][2]int{{-52, -20}, {40, -44}, {66, 4}, {-14, 30}} {
		s.glow(x+d*q[0]/100, y+d*q[1]/100, d*44/100, d*36/100, lobes[i], one*26/100, multiply)
	}
	return []pt{at(-60, -24), at(-10, -50), at(44, -44), at(72, 0), at(-20, 28), at(58, 48), at(26, 80)}
}

// folds are the windings of the cortex: level lines of noise in the outline.
func (s *stage) folds(p *path, x, y, d int, tone color) {
	seed := s.seedFor("folds")
	s.fill(p, ink{a: one * 82 / 100, at: func(ix, iy int) color {
		u, v := (ix*px-x)*one/max(d, 1)+9*one, (iy*px-y)*one/max(d, 1)+9*one
		warp := noise2(u*3, v*3, seed) - one/2
		n := noise2(u*6+warp, v*7-warp, seed+1)*7/10 + noise2(u*12, v*12, seed+2)*3/10
		ridge := abs(((n*6)&0xffff)*2 - one) // 0 in the grooves
		lit := clamp(one-(u+v-18*one+one*12/10)*45/100, 0, one)
		c := tone.dark(one*34/100).to(tone.light(one*42/100), lit)
		return c.dark((one - step(ridge, one*6/100, one*52/100)) * 46 / 100).light(step(ridge, one*7/10, one) * 16 / 100)
	}})
}

// lungs with their windpipe and its branches.
func (s *stage) lungs(x, y, d int, r *random) []pt {
	tone := hex(0xe08f88).to(s.pal.accent, one*14/100)
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	s.shadow(x, y+d*96/100, d*90/100, d*13/100, one*26/100)
	left := organ(x, y, d, -18, -60, -44, -68, -70, -30, -88, 24, -90, 74, -60, 66, -26, 70, -14, 20)
	right := organ(x, y, d, 18, -60, 44, -68, 70, -30, 88, 24, 90, 74, 62, 68, 34, 72, 26, 40, 14, 20)
	s.tissue(left, at(-50, 10), d*80/100, tone)
	s.tissue(right, at(50, 10), d*80/100, tone)
	cut := glass(hex(0x8a3a3a), one*45/100)
	s.fill(new(path).stroke(max(d/60, px/2), curve(at(-86, 20), at(-54, 24), at(-20, 4))...).stroke(max(d/60, px/2), curve(at(-80, 62), at(-52, 34), at(-40, 24))...).stroke(max(d/60, px/2), curve(at(84, 40), at(54, 24), at(20, -8))...), cut)
	airway := hex(0xf0dcc0)
	var grow func(a pt, angle, l, w, n int)
	p := new(path)
	grow = func(a pt, angle, l, w, n int) {
		b := pt{a.x + l*cos(angle)>>16, a.y + l*sin(angle)>>16}
		p.taper(w, w*75/100, a, b)
		if n > 0 {
			grow(b, angle-r.in(3500, 6500), l*76/100, w*70/100, n-1)
			grow(b, angle+r.in(3500, 6500), l*76/100, w*70/100, n-1)
		}
	}
	grow(at(-26, -20), one/4+5600, d*24/100, d*6/100, 5)
	grow(at(26, -20), one/4-5600, d*24/100, d*6/100, 5)
	s.fill(p.shifted(d/80, d/60), glass(hex(0x8a3a3a), one*35/100))
	s.fill(p, solid(airway))
	s.tube(d*15/100, airway, false, at(0, -44), at(-14, -32), at(-28, -18))
	s.tube(d*15/100, airway, false, at(0, -44), at(14, -32), at(28, -18))
	s.tube(d*20/100, airway, true, at(0, -40), at(0, -80), at(0, -112))
	for i := range 9 {
		q := at(0, -106+8*i)
		s.fill(new(path).stroke(max(d/50, px/2), curve(pt{q.x - d*9/100, q.y}, pt{q.x, q.y + d*3/100}, pt{q.x + d*9/100, q.y})...), glass(airway.dark(one*35/100), one*70/100))
	}
	return []pt{at(0, -92), at(-50, -40), at(-70, 50), at(-30, -10), at(56, -36), at(70, 54), at(30, 40)}
}
