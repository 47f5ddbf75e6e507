package procedural

// dna is the double helix, in turns of light and dark strands.
func (s *stage) dna(x, y, d int, r *random) []pt {
	tilt := r.in(3000, 9000) * r.sign()
	a, b := s.pal.accent, s.pal.water.saturated(one*130/100)
	pairs := []color{hex(0xf2c14e), hex(0x5fb48a), hex(0xd9626a), hex(0x6f7fd8)}
	n, high, rad := 44, d*30/10, d*34/100
	phase := r.n(one)
	at := func(i, strand int) (pt, int) {
		t := phase + i*one/14 + strand*one/2
		q := new(path).poly(pt{x + rad*sin(t)>>16, y - high/2 + high*i/n}).turn(x, y, tilt).pts[0]
		return q, cos(t)
	}
	for layer := range 2 { // far things first
		for i := range n {
			p, zp := at(i, 0)
			q, zq := at(i, 1)
			if layer == 0 {
				mid := pt{(p.x + q.x) / 2, (p.y + q.y) / 2}
				s.fill(new(path).stroke(d*5/100, p, mid), solid(pairs[i%4].dark(one*12/100)))
				s.fill(new(path).stroke(d*5/100, mid, q), solid(pairs[(i+2)%4].dark(one*12/100)))
			}
			for k, e := range []struct {
				at pt
				z  int
			}{{p, zp}, {q, zq}} {
				if (e.z > 0) != (layer == 1) {
					continue
				}
				nx, _ := at(i+1, k)
				tone := []color{a, b}[k].dark((one - e.z) * 22 / 100)
				w := d*13/100 + d*4/100*e.z>>16
				s.fill(new(path).stroke(w*8/10, e.at, nx), solid(tone))
				s.ball(e.at.x, e.at.y, w*62/100, tone)
			}
		}
	}
	m := func(i, k int) pt { q, _ := at(i, k); return q }
	return []pt{m(10, 0), m(15, 1), m(20, 0), m(26, 1), m(31, 0)}
}

// eye is the eyeball in cross-section.
func (s *stage) eye(x, y, d int, r *random) []pt {
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	s.shadow(x, y+d*98/100, d*70/100, d*12/100, one*28/100)
	s.tube(d*24/100, hex(0xe8c15a), true, at(60, 26), at(92, 40), at(128, 50))
	s.tissue(new(path).circle(x, y, d*86/100), pt{x, y}, d, hex(0xf2ead8))
	s.fill(new(path).circle(x, y, d*80/100), solid(hex(0xa8483f)))
	s.fill(new(path).circle(x, y, d*76/100), solid(hex(0xf0a860)))
	s.fill(new(path).circle(x, y, d*72/100), around(pt{x - d*20/100, y - d*20/100}, d, hex(0xf6fbff), hex(0xd3e6f2), hex(0xa5c8e0)))
	s.fill(organ(x, y, d, -62, -44, -92, -30, -106, 0, -92, 30, -62, 44, -70, 0), ink{a: one * 85 / 100, at: along(at(-106, 0), at(-60, 0), hex(0xe6f4fb), hex(0xbcdcec)).at})
	iris := s.pal.water.saturated(one * 130 / 100)
	for _, k := range []int{-1, 1} {
		s.fill(organ(x, y, d, -66, 46*k, -58, 44*k, -60, 12*k, -68, 12*k), solid(iris))
		s.fill(new(path).taper(d*4/100, d*2/100, at(-58, 46*k), at(-46, 28*k)), solid(hex(0xa8483f)))
	}
	s.fill(new(path).ellipse(x-d*48/100, y, d*16/100, d*32/100), along(at(-64, -30), at(-32, 30), hex(0xfffbe8), hex(0xf0dc9a), hex(0xd9b86a)))
	for range 9 {
		a := r.in(-9000, 9000)
		p, q := pt{x + d*74*cos(a)/100>>16, y + d*74*sin(a)/100>>16}, pt{x + d*60*cos(a+2500)/100>>16, y + d*60*sin(a+2500)/100>>16}
		s.fill(new(path).taper(d*2/100, d/200+1, curve(at(72, 20), pt{(p.x + q.x) / 2, (p.y + q.y) / 2}, q)...), glass(hex(0xc8343c), one*50/100))
	}
	ray := glass(s.pal.accent, one*55/100)
	s.fill(new(path).stroke(max(d/100, px/2), at(-140, -30), at(-48, -22), at(74, 10)).stroke(max(d/100, px/2), at(-140, 30), at(-48, 22), at(74, 10)), ray)
	return []pt{at(-100, 0), at(-63, -34), at(-48, 0), at(10, -20), at(62, -46), at(76, 10), at(104, 44)}
}

// tooth is a molar in cross-section.
func (s *stage) tooth(x, y, d int, r *random) []pt {
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	gum, bone := hex(0xe08f92), hex(0xe6d3b0)
	s.fill(new(path).round(x-d*13/10, y+d*10/100, d*26/10, d*90/100, d*12/100), down(y, y+d, bone.light(one/4), bone.dark(one/8)))
	seed := s.seedFor("bone")
	s.fill(new(path).round(x-d*13/10, y+d*10/100, d*26/10, d*90/100, d*12/100), ink{a: one * 40 / 100, at: func(ix, iy int) color {
		n := noise2((ix*px-x)*one*12/max(d, 1), (iy*px-y)*one*12/max(d, 1), seed)
		return bone.dark(step(n, one*55/100, one*70/100) * 40 / 100)
	}})
	s.fill(organ(x, y, d, -130, 0, -60, -14, -40, 16, 40, 16, 60, -14, 130, 0, 130, 26, -130, 26), down(y-d*14/100, y+d*26/100, gum.light(one/5), gum.dark(one/5)))
	enamel := organ(x, y, d, -58, -64, -30, -82, 0, -70, 30, -82, 58, -64, 66, -24, 50, 14, 42, 60, 26, 92, 16, 62, 0, 34, -16, 62, -26, 92, -42, 60, -50, 14, -66, -24)
	s.shadow(x+d*8/100, y+d*10/100, d*70/100, d*80/100, one*20/100)
	s.tissue(enamel, at(0, 0), d, hex(0xf8f6f0))
	inner := new(path)
	inner.starts, inner.pts = []int{0}, append([]pt{}, enamel.pts...)
	for i, v := range inner.pts {
		inner.pts[i] = pt{x + (v.x-x)*80/100, y + (v.y-y)*84/100 + d*4/100}
	}
	s.tissue(inner, at(0, 0), d, hex(0xeccf92))
	pulp := organ(x, y, d, -22, -24, 0, -14, 22, -24, 26, 0, 26, 40, 24, 74, 18, 44, 8, 16, -8, 16, -18, 44, -24, 74, -26, 40, -26, 0)
	s.tissue(pulp, at(0, 10), d*60/100, hex(0xd9584f))
	for _, k := range []int{-1, 1} {
		s.fill(new(path).taper(d*3/100, d/80, curve(at(24*k, 108), at(22*k, 60), at(14*k, 6), at(8*k, -6))...), solid(hex(0xf2c14e)))
		s.fill(new(path).taper(d*2/100, d/90, curve(at(20*k, 110), at(20*k, 60), at(10*k, 10))...), solid(hex(0x4a72b8)))
	}
	return []pt{at(-44, -60), at(-46, -10), at(-10, 0), at(-80, 6), at(80, 70), at(24, 80), at(46, -40)}
}

// cell is an animal cell, cut open.
func (s *stage) cell(x, y, d int, r *random) []pt {
	at := func(a, b int) pt { return pt{x + d*a/100, y + d*b/100} }
	tone := s.pal.water.to(hex(0x8fd0d8), one/2)
	seed := r.next()
	s.shadow(x+d*12/100, y+d*20/100, d*115/100, d*110/100, one*28/100)
	s.tissue(new(path).blob(x, y, d, d*94/100, 7, 8, seed), pt{x, y}, d, tone.dark(one*15/100))
	s.fill(new(path).blob(x, y, d*94/100, d*88/100, 7, 8, seed), around(pt{x - d*25/100, y - d*25/100}, d*13/10, tone.light(one*72/100), tone.light(one*45/100), tone.light(one*12/100)))
	nucleus := at(r.in(-20, 8), r.in(-16, 8))
	for i := range 4 { // folded membranes around the nucleus
		var pts []pt
		rad := d * (46 + 7*i) / 100
		from := r.in(0, one/3)
		for k := range 18 {
			a := from + k*one/46
			w := rad + (d*3/100)*sin(k*one/5)>>16
			pts = append(pts, pt{nucleus.x + w*cos(a)>>16, nucleus.y + w*sin(a)>>16})
		}
		s.fill(new(path).stroke(d*4/100, curve(pts...)...), glass(s.pal.far.to(hex(0x6f8fd8), one/2), one*70/100))
	}
	s.ball(nucleus.x, nucleus.y, d*36/100, hex(0x8a6fc0).to(s.pal.accent, one/4))
	s.ball(nucleus.x+d*8/100, nucleus.y+d*4/100, d*13/100, hex(0x5a3f92))
	marks := []pt{nucleus, at(-86, 10), at(60, -64)}
	for i := range 7 {
		a := i*one/7 + r.in(0, 4000)
		q := pt{x + (d*70/100)*cos(a)>>16, y + (d*66/100)*sin(a)>>16}
		s.mitochondrion(q, d*15/100, a+r.in(0, one/3), r)
		if i < 2 {
			marks = append(marks, q)
		}
	}
	for range 46 {
		a, q := r.n(one), r.in(30, 86)
		c := pt{x + (d*q/100)*cos(a)>>16, y + (d*q/100)*sin(a)>>16}
		s.ball(c.x, c.y, d*r.in(12, 34)/1000, pick(r, hex(0xf2c14e), hex(0xe0787a), hex(0x7fc08a), s.pal.second))
	}
	return marks
}

func (s *stage) mitochondrion(at pt, d, angle int, r *random) {
	tone := hex(0xe8804f)
	s.fill(new(path).ellipse(at.x, at.y, d, d*48/100).turn(at.x, at.y, angle), along(pt{at.x - d, at.y - d}, pt{at.x + d, at.y + d}, tone.light(one/3), tone, tone.dark(one*35/100)))
	s.fill(new(path).ellipse(at.x, at.y, d*84/100, d*35/100).turn(at.x, at.y, angle), solid(tone.light(one*62/100)))
	var pts []pt
	for i := range 13 {
		pts = append(pts, pt{at.x - d*70/100 + d*140*i/1200, at.y + d*(24-48*(i&1))/100})
	}
	s.fill(new(path).stroke(max(d*9/100, px/2), curve(pts...)...).turn(at.x, at.y, angle), solid(tone.dark(one*12/100)))
}
