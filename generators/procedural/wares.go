package procedural

// ware is the colour of the thing: one that was asked for, or the palette's.
func (s *stage) ware(r *random) color {
	if len(s.colors) > 0 {
		return s.colors[0].below(full * 78 / 100) // white things keep a shape before a white ground
	}
	return pick(r, s.pal.accent, s.pal.second, s.pal.far, s.pal.paper.dark(one/12), s.pal.water)
}

func (s *stage) mug(x, foot, high int, r *random) {
	high = high * 80 / 100
	tone := s.ware(r)
	shape := pick(r, turned{330, 372, 382, 386, 390, 394}, turned{250, 380, 430, 430, 410, 405}, turned{300, 320, 345, 370, 395, 415})
	w := shape.half(one*6/10, high)
	side := 1
	// The handle, as a bent strip with a lit edge.
	at := func(a, rad int) pt {
		return pt{x + side*w*95/100 + rad*cos(a)>>16, foot - high*52/100 + rad*115/100*sin(a)>>16}
	}
	var bow []pt
	for i := range 41 {
		bow = append(bow, at(-one/4-1500+i*(one/2+3000)/40, high*24/100))
	}
	s.fill(new(path).stroke(high*9/100, bow...), along(pt{x + w, foot - high}, pt{x + w*2, foot}, tone, tone.dark(one*40/100)))
	s.fill(new(path).stroke(high*3/100, bow...).shifted(-high*1/100, -high*2/100), glass(tone.light(one/3), one*50/100))
	s.spin(shape, x, foot, high, tone, one*60/100)
	if r.chance(60) { // a dipped glaze or a band
		s.band(shape, x, foot, high, 0, r.in(22, 45), s.ware(r).to(s.pal.paper, one/3).dark(one/12))
	}
	top := foot - high
	s.rim(x, top, shape.half(one, high), tone, hex(0x4a2a18), 72)
	if !s.without["fog"] {
		s.steam(x, top, r)
	}
}

// band paints a turned thing between two heights (percent) in another tone.
func (s *stage) band(l turned, x, foot, high, from, to int, tone color) {
	p := new(path)
	const n = 24
	edge := func(i int) (w, y int) {
		t := one * (from*(n-i) + to*i) / (n * 100)
		return l.half(t, high), foot - high*t>>16
	}
	w0, y0 := edge(0)
	p.move(x-w0, y0)
	for i := range 17 {
		a := one/2 - i*one/32
		p.line(x+w0*cos(a)>>16, y0+(w0/5)*sin(a)>>16)
	}
	for i := range n + 1 {
		w, y := edge(i)
		p.line(x+w, y)
	}
	w1, y1 := edge(n)
	for i := range 17 {
		a := i * one / 32
		p.line(x+w1*cos(a)>>16, y1+(w1/5)*sin(a)>>16)
	}
	for i := n; i >= 0; i-- {
		w, y := edge(i)
		p.line(x-w, y)
	}
	s.fill(p, by(func(ix, iy int) color {
		t := ratio(foot-iy*px, high)
		w := max(l.half(t, high), px)
		return s.lit(tone, clamp((ix*px+px/2-x)*one/w, -one, one), t, one/2)
	}))
}

func (s *stage) steam(x, y int, r *random) {
	for i := range 3 {
		off := s.k(r.in(-60, 60))
		var pts []pt
		phase := r.n(one)
		for j := range 14 {
			pts = append(pts, pt{x + off + (s.k(10+2*j)*sin(phase+j*4200))>>16, y - s.k(18*j)})
		}
		for j, q := range pts {
			s.glow(q.x, q.y, s.k(16+2*j), s.k(26), hex(0xffffff), one*(11-j*3/5)/100, screen)
		}
		_ = i
	}
}

func (s *stage) bottle(x, foot, high int, r *random) {
	high = high * 115 / 100
	tone := s.ware(r)
	shape := pick(r,
		turned{150, 165, 168, 168, 168, 160, 120, 58, 46, 46, 46},
		turned{170, 190, 190, 190, 188, 150, 70, 60, 60},
		turned{120, 150, 172, 182, 170, 130, 78, 50, 46, 48})
	s.spin(shape, x, foot, high, tone, one)
	s.label(shape, x, foot, high, 18, 46, r)
	s.spin(turned{400, 420, 420, 410}, x, foot-high*97/100, high*14/100, s.pal.near.to(s.pal.second, one/4), one)
}

// perfume is a flacon in the palette's colours.
func (s *stage) perfume(x, foot, high int, r *random) { s.flacon(x, foot, high, s.ware(r), r) }

// flacon is a bottle of thick glass with a cap, as for scent.
func (s *stage) flacon(x, foot, high int, tone color, r *random) {
	w, h := high*r.in(26, 34)/100, high*r.in(52, 66)/100
	rad := w * r.in(12, 60) / 100
	y := foot - h
	body := new(path).round(x-w, y, 2*w, h+high*2/100, rad)
	s.fill(body, along(pt{x - w, y}, pt{x + w, foot}, tone.light(one*60/100), tone.light(one*12/100), tone, tone.dark(one*34/100)))
	t := w * 12 / 100
	s.fill(new(path).round(x-w+t, y+t*2, 2*w-2*t, h-t*3, rad*8/10), ink{a: one * 62 / 100, at: down(y, foot, tone.light(one*70/100), tone, tone.dark(one*28/100)).at})
	s.fill(new(path).round(x-w+t*2, y+t*3, w*22/100, h-t*7, w/10), lightInk(hex(0xffffff), one*50/100))
	s.fill(new(path).round(x+w-t*3, y+t*4, w*7/100, h-t*9, w/20), lightInk(hex(0xffffff), one*34/100))
	gold := hex(0xd9b26a)
	s.fill(new(path).rect(x-w*26/100, y-high*5/100, w*52/100, high*6/100), s.roundInk(x, w*26/100, gold))
	cap := pick(r, gold, s.pal.near, tone.dark(one/2))
	cw, ch := w*r.in(38, 52)/100, high*r.in(14, 20)/100
	s.fill(new(path).round(x-cw, y-high*5/100-ch, 2*cw, ch, cw*r.in(8, 40)/100), s.roundInk(x, cw, cap))
	if !s.without["labels"] {
		s.fill(new(path).round(x-w*48/100, foot-h*52/100, w*96/100, h*26/100, w/20), glass(s.pal.paper, one*86/100))
		s.lines(x, foot-h*45/100, w*60/100, h*14/100, s.pal.near)
	}
}

// label wraps a paper label around a turned thing.
func (s *stage) label(l turned, x, foot, high, from, to int, r *random) {
	if s.without["labels"] {
		return
	}
	s.band(l, x, foot, high, from, to, s.pal.paper)
	y := foot - high*(from+to)/200
	w := l.half(one*(from+to)/200, high)
	s.fill(new(path).circle(x-w/8, y-high*4/100+w/5, w*24/100), glass(s.pal.accent, one*85/100))
	s.lines(x-w/8, y+high*5/100+w/5, w*80/100, high*6/100, s.pal.near)
}

// lines stands for small print.
func (s *stage) lines(x, y, w, h int, tone color) {
	if s.without["text"] {
		return
	}
	for i := range 3 {
		lw := w * []int{100, 70, 86}[i] / 100
		s.box(x-lw/2, y+h*i/3, lw, max(h/9, px/2), tone, one*62/100, normal)
	}
}

func (s *stage) vase(x, foot, high int, r *random) {
	tone := s.ware(r)
	shape := pick(r,
		turned{150, 240, 300, 310, 260, 180, 110, 90, 130},
		turned{170, 190, 230, 280, 300, 260, 170, 120, 140},
		turned{200, 210, 215, 215, 205, 170, 120, 100, 100},
		turned{130, 300, 360, 300, 140, 80, 75, 85, 110})
	top := foot - high
	w := shape.half(one, high)
	if s.may("flowers", 65) || s.things["leaves"] {
		s.stems(x, top+s.k(10), w, r)
	}
	s.spin(shape, x, foot, high, tone, one*r.in(10, 90)/100)
	if r.chance(50) {
		f := r.in(8, 30)
		s.band(shape, x, foot, high, f, f+r.in(5, 26), s.pal.second.to(tone, one/3))
	}
	s.fill(new(path).ellipse(x, top, w, w*22/100), solid(tone.dark(one*8/100)))
}

// stems is a loose bunch in a vase.
func (s *stage) stems(x, y, w int, r *random) {
	leaf := s.pal.ground.to(hex(0x4f7a4a), one/2)
	for i := range 7 {
		a := one*3/4 + (i-3)*2100 + r.in(-700, 700)
		l := s.k(r.in(230, 380))
		tip := pt{x + l*cos(a)>>16, y + l*sin(a)>>16}
		if s.without["flowers"] || r.chance(40) {
			s.branch(pt{x + w*(i-3)/6, y}, a, l, leaf, r)
			continue
		}
		s.fill(new(path).stroke(max(s.k(5), px), curve(pt{x + w*(i-3)/6, y}, pt{(x + tip.x) / 2, (y+tip.y)/2 - s.k(10)}, tip)...), solid(leaf.dark(one/5)))
		s.leaf(pt{(x + tip.x) / 2, (y + tip.y) / 2}, a+r.sign()*6000, l/3, leaf, r)
		s.blossom(tip, s.k(r.in(34, 56)), pick(r, s.pal.accent, s.pal.second, s.pal.paper, s.pal.low), r)
	}
}

func (s *stage) jar(x, foot, high int, r *random) {
	high = high * 70 / 100
	tone := s.ware(r)
	if s.things["jar"] && r.chance(50) { // a candle in glass
		shape := turned{330, 350, 350, 350, 350}
		s.spin(shape, x, foot, high, tone.light(one/3), one)
		s.rim(x, foot-high, shape.half(one, high), tone.light(one/2), hex(0xf8ecd0), 88)
		s.box(x-s.k(2), foot-high-s.k(14), s.k(4), s.k(20), hex(0x3a2a20), one, normal)
		fl := foot - high - s.k(34)
		s.halo(x, fl, s.k(200), hex(0xffb45a), one*8/10)
		s.fill(new(path).move(x, fl-s.k(34)).quad(x+s.k(20), fl+s.k(10), x, fl+s.k(22)).quad(x-s.k(20), fl+s.k(10), x, fl-s.k(34)), down(fl-s.k(34), fl+s.k(22), hex(0xffb84a), hex(0xfff4c8), hex(0xffd070)))
		s.label(shape, x, foot, high, 24, 68, r)
		return
	}
	shape := turned{340, 400, 405, 405, 400, 380}
	s.spin(shape, x, foot, high*78/100, tone, one)
	s.label(shape, x, foot, high*78/100, 20, 70, r)
	lid := turned{1380, 1400, 1400, 1380}
	s.spin(lid, x, foot-high*76/100, high*22/100, s.pal.near.to(tone, one/3), one)
	w := lid.half(one, high*22/100)
	s.fill(new(path).ellipse(x, foot-high*98/100, w, w/6), solid(s.pal.near.to(tone, one/2).light(one/4)))
}

func (s *stage) emptyBowl(x, foot, high int, r *random) {
	high = high * 52 / 100
	tone := s.ware(r)
	shape := turned{300, 420, 600, 720, 790, 820}
	s.spin(shape, x, foot, high, tone, one/2)
	s.rim(x, foot-high, shape.half(one, high), tone, s.pal.second.to(tone, one/3), 60)
}

func (s *stage) glassOfDrink(x, foot, high int, r *random) {
	high = high * 90 / 100
	shape := turned{190, 205, 218, 232, 246, 260}
	drink := s.ware(r).saturated(one * 120 / 100)
	w := shape.half(one, high)
	s.fill(shape.outline(x, foot, high), glass(hex(0xffffff).to(s.pal.sky, one/4), one*34/100))
	fillTo := high * r.in(68, 84) / 100
	inner := make(turned, len(shape))
	for i, v := range shape {
		inner[i] = v * 90 / 100
	}
	body := inner.outline(x, foot-high*5/100, high)
	s.fill(body, by(func(ix, iy int) color {
		t := ratio(foot-iy*px, high)
		if iy*px < foot-fillTo {
			return s.get(ix, iy)
		}
		u := clamp((ix*px-x)*one/max(w, 1), -one, one)
		return drink.to(s.pal.second, t/2).dark(abs(u) * 30 / 100).light(one * 10 / 100)
	}))
	s.fill(new(path).ellipse(x, foot-fillTo, inner.half(ratio(fillTo, high), high), w*18/100), solid(drink.to(s.pal.second, one/2).light(one*26/100)))
	for range 5 {
		d := high * r.in(9, 13) / 100
		cx, cy := x+w*r.in(-45, 45)/100, foot-fillTo+high*r.in(0, 30)/100
		s.fill(new(path).round(cx-d, cy-d, 2*d, 2*d, d/4).turn(cx, cy, r.n(one)), lightInk(hex(0xffffff), one*28/100))
	}
	s.fill(new(path).rect(x-w*68/100, foot-high*94/100, w*10/100, high*84/100).turn(x, foot, 0), lightInk(hex(0xffffff), one*46/100))
	ring := new(path).ellipse(x, foot-high, w, w*20/100)
	s.fill(ring, glass(hex(0xffffff), one*26/100))
	s.fill(new(path).stroke(s.k(12), pt{x + w*20/100, foot - fillTo + s.k(40)}, pt{x + w*70/100, foot - high*135/100}), solid(s.pal.accent))
	d := w * 48 / 100
	s.fill(new(path).circle(x-w*90/100, foot-high, d), solid(hex(0xf6b83c)))
	s.fill(new(path).circle(x-w*90/100, foot-high, d*82/100), solid(hex(0xfde8a0)))
}

func (s *stage) tableLamp(x, foot, high int, r *random) {
	high = high * 120 / 100
	tone := s.ware(r)
	glow := hex(0xffdf9a)
	s.halo(x, foot-high*70/100, high*110/100, glow, one*60/100)
	s.spin(turned{300, 290, 120, 60, 60, 90, 120, 90, 50, 40}, x, foot, high*55/100, tone, one)
	top, low := foot-high, foot-high*52/100
	a, b := high*20/100, high*36/100
	shade := new(path).poly(pt{x - a, top}, pt{x + a, top}, pt{x + b, low}, pt{x - b, low})
	s.fill(shade, around(pt{x, low - high*15/100}, high*45/100, hex(0xfff6dc), glow, s.pal.paper.to(glow, one/3).dark(one/6)))
	s.fill(new(path).ellipse(x, low, b, b/6), solid(hex(0xfff6dc)))
	s.glow(x, foot, high*80/100, high*16/100, glow, one*55/100, screen)
}
