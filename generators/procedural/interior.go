package procedural

// interior is a room seen straight on: wall, window, sofa, lamp, plant, rug.
func (s *stage) interior() {
	r := s.rand("interior")
	p := s.pal
	floor := s.fy(r.in(690, 740))
	wall := pick(r, p.paper, p.haze, p.far.to(p.paper, one*55/100), p.sky.to(p.paper, one/2))
	if p.dim() {
		wall = p.mid.light(one / 10)
	}
	s.use("wall")
	s.wash(0, floor/px, ramp{wall.dark(one * 14 / 100), wall, wall.light(one * 6 / 100)}, one, normal)
	if r.chance(50) {
		s.panels(floor, wall)
	}
	s.parquet(floor)
	wx := s.fx(r.in(70, 110))
	s.bigWindow(wx, s.fy(r.in(110, 160)), s.k(r.in(270, 310)), s.k(r.in(360, 410)), floor, r)
	s.box(0, floor-s.k(22), s.w*px, s.k(22), wall.light(one*35/100), one, normal)
	s.box(0, floor-s.k(24), s.w*px, s.k(3), color{}, one*16/100, normal)
	sx := s.fx(r.in(690, 730))
	if !s.without["frames"] {
		s.frames(sx, s.fy(r.in(210, 270)), wall, r)
	}
	s.rug(s.fx(r.in(500, 580)), floor+s.k(150), r)
	if s.things["office"] {
		s.use("desk")
		s.desk(sx, floor+s.k(60), r)
	} else {
		s.use("sofa")
		s.sofa(sx, floor+s.k(70), s.k(r.in(225, 255)), r)
	}
	if s.may("lamp", 85) {
		s.floorLamp(s.fx(r.in(470, 500)), floor+s.k(50), s.k(r.in(430, 500)), r)
	}
	if !s.without["leaves"] {
		s.use("plant")
		s.potPlant(s.fx(r.in(925, 975)), floor+s.k(95), s.k(r.in(80, 100)), r)
	}
	if !s.things["office"] {
		s.lowTable(s.fx(r.in(470, 540)), floor+s.k(190), r)
	}
}

// panels are mouldings on the wall.
func (s *stage) panels(floor int, wall color) {
	w := s.k(210)
	for x := s.k(40); x < s.w*px; x += w + s.k(40) {
		for _, b := range []struct {
			off  int
			tone color
		}{{0, wall.dark(one * 18 / 100)}, {s.k(3), wall.light(one * 40 / 100)}} {
			p := new(path).rect(x+b.off, s.fy(80)+b.off, w, floor-s.fy(80)-s.k(70))
			in := s.k(3)
			p.poly(pt{x + b.off + in, s.fy(80) + b.off + in}, pt{x + b.off + in, floor - s.k(70) + b.off - in}, pt{x + b.off + w - in, floor - s.k(70) + b.off - in}, pt{x + b.off + w - in, s.fy(80) + b.off + in})
			s.fill(p, glass(b.tone, one*60/100))
		}
	}
}

// parquet is the floor, boards running into the room.
func (s *stage) parquet(floor int) {
	tone := hex(0xb98f64).to(s.pal.ground, one*30/100)
	if s.pal.dim() {
		tone = tone.dark(one * 50 / 100)
	}
	y0 := floor / px
	seed := s.seedFor("parquet")
	wide := s.wide()
	s.each(0, y0, s.w, s.h, normal, func(x, y int) (color, int) {
		d := y - y0 + 1
		u := (x - s.w/2) * one / (d + wide*8/10) * 12 / 10
		v := wide * 5 * one / (d + wide/4)
		board := u * 6 >> 16
		f := u*6 - board<<16
		row := (v + lattice(board, 1, seed)) >> 16
		tint := lattice(board, row, seed)
		c := tone.dark(tint*20/100).to(tone.light(one/5), noise2(u*60, v*4, seed)/3)
		c = c.dark((one - step(min(f, one-f), 0, one*4/100)) * 35 / 100)
		return c.light((one - ratio(d, s.h-y0)) * 12 / 100), one
	})
	s.glow(s.fx(300), floor+s.k(140), s.k(480), s.k(130), s.pal.light, one*34/100, screen)
}

// bigWindow shows the weather outside and lets light fall on the floor.
func (s *stage) bigWindow(x, y, w, h, floor int, r *random) {
	s.use("window")
	p := s.pal
	frame := hex(0xf6f4ef)
	if p.dim() {
		frame = p.near.light(one / 5)
	}
	s.box(x-s.k(12), y-s.k(12), w+s.k(24), h+s.k(24), frame, one, normal)
	s.fill(new(path).rect(x, y, w, h), down(y, y+h, p.top.to(p.sky, one/3), p.sky, p.low))
	s.glow(x+w*r.in(25, 75)/100, y+h*r.in(35, 70)/100, w/2, w/2, p.light, one*80/100, screen)
	view := new(path).move(x, y+h)
	seed := s.seedFor("view")
	for i := range 41 {
		view.line(x+w*i/40, y+h*62/100-h*fbm1(i*one/9, 4, seed)/5>>16)
	}
	s.fill(view.line(x+w, y+h), down(y+h/2, y+h, p.far.to(p.haze, one/3), p.mid.to(p.haze, one/3)))
	if s.has("rain") {
		for range 60 {
			s.box(x+w*r.in(0, 990)/1000, y+h*r.in(0, 900)/1000, max(s.k(2), px/2), h*r.in(4, 9)/100, hex(0xffffff), one*40/100, normal)
		}
	}
	s.box(x+w/2-s.k(5), y, s.k(10), h, frame, one, normal)
	s.box(x, y+h*30/100, w, s.k(8), frame, one, normal)
	s.box(x-s.k(24), y+h+s.k(10), w+s.k(48), s.k(14), frame.dark(one*8/100), one, normal)
	if !p.dim() {
		for k := range 2 { // light on the floor
			a, b := x+k*w/2+s.k(8), x+(k+1)*w/2-s.k(8)
			s.fill(new(path).poly(pt{a + s.k(60), floor + s.k(20)}, pt{b + s.k(60), floor + s.k(20)}, pt{b + s.k(190), s.h*px + px}, pt{a + s.k(190), s.h*px + px}), lightInk(p.light, one*30/100))
		}
		s.beam(pt{x + w/2, y - s.k(100)}, one*16/100, 60, s.k(900), p.light, one*12/100)
	}
	tone := pick(r, p.accent, p.paper, p.second).to(p.paper, one*45/100)
	for _, k := range []int{0, 1} { // curtains
		cx := x - s.k(58) + k*(w+s.k(46))
		cw := s.k(70)
		s.fill(new(path).rect(cx, y-s.k(40), cw, floor-y+s.k(36)), by(func(ix, _ int) color {
			f := sin((ix*px-cx)*one*7/2/cw) / 2
			return tone.dark(one*18/100 - f*26/100)
		}))
	}
	s.box(x-s.k(80), y-s.k(48), w+s.k(160), s.k(9), hex(0x3a332c), one, normal)
}

func (s *stage) frames(x, y int, wall color, r *random) {
	s.use("pictures")
	t := s.tones()
	n := r.in(1, 3)
	for i := range n {
		w, h := s.k(r.in(90, 130)), s.k(r.in(120, 160))
		cx := x + (2*i-n+1)*s.k(88)
		s.shadow(cx+s.k(8), y+s.k(10), w*75/100, h*75/100, one*28/100)
		s.box(cx-w/2, y-h/2, w, h, s.pal.near, one, normal)
		s.box(cx-w/2+s.k(5), y-h/2+s.k(5), w-s.k(10), h-s.k(10), hex(0xfbf8f2), one, normal)
		m := s.k(16)
		s.fill(new(path).rect(cx-w/2+m, y-h/2+m, w-2*m, h-2*m), down(y-h/2, y+h/2, t.at(r.n(one)), t.at(r.n(one))))
		s.fill(new(path).circle(cx+s.k(r.in(-14, 14)), y-s.k(r.in(0, 24)), s.k(r.in(16, 26))), solid(t.at(r.n(one))))
		s.fill(new(path).move(cx-w/2+m, y+h/2-m).quad(cx-w/5, y-s.k(4), cx, y+h/6).quad(cx+w/4, y+h/3, cx+w/2-m, y+h/8).line(cx+w/2-m, y+h/2-m), solid(t.at(r.n(one))))
	}
}

func (s *stage) rug(x, y int, r *random) {
	tone := pick(r, s.pal.accent, s.pal.far, s.pal.water, s.pal.second).to(s.pal.paper, one/3)
	w, h := s.k(420), s.k(76)
	s.fill(new(path).ellipse(x, y, w, h), solid(tone.dark(one*8/100)))
	s.fill(new(path).ellipse(x, y, w*93/100, h*92/100), solid(tone.light(one*45/100)))
	s.fill(new(path).ellipse(x, y, w*88/100, h*86/100), solid(tone))
	s.fill(new(path).ellipse(x, y, w*50/100, h*48/100), solid(tone.light(one*22/100)))
}

func (s *stage) sofa(x, foot, w int, r *random) {
	tone := pick(r, s.pal.accent, s.pal.far, s.pal.water, s.pal.mid, s.pal.paper.dark(one*15/100))
	if len(s.colors) > 0 {
		tone = s.colors[0]
	}
	h := w * 62 / 100
	s.shadow(x, foot, w*125/100, w*14/100, one*55/100)
	for _, k := range []int{-1, 1} {
		s.fill(new(path).taper(w*5/100, w*3/100, pt{x + k*w*80/100, foot - h*20/100}, pt{x + k*w*86/100, foot}), solid(hex(0x6a4a30)))
	}
	k := func(a, b pt) ink { return along(a, b, tone.light(one*20/100), tone, tone.dark(one*22/100)) }
	s.fill(new(path).round(x-w*92/100, foot-h*135/100, w*184/100, h*105/100, w*12/100), k(pt{x - w, foot - h}, pt{x + w, foot}))
	for _, c := range []int{-1, 1} {
		s.fill(new(path).round(x+c*w*44/100-w*43/100, foot-h*122/100, w*86/100, h*78/100, w*9/100), k(pt{x - w, foot - h*12/10}, pt{x + w/2, foot}))
		s.fill(new(path).round(x+c*w*43/100-w*43/100, foot-h*58/100, w*86/100, h*30/100, w*7/100), down(foot-h*58/100, foot-h*28/100, tone.light(one*30/100), tone.dark(one*10/100)))
	}
	s.fill(new(path).round(x-w*90/100, foot-h*34/100, w*180/100, h*20/100, w*4/100), solid(tone.dark(one*22/100)))
	for _, c := range []int{-1, 1} {
		s.fill(new(path).round(x+c*w-w*15/100, foot-h*84/100, w*30/100, h*70/100, w*10/100), along(pt{x + c*w - w/6, foot - h}, pt{x + c*w + w/6, foot}, tone.light(one*26/100), tone.dark(one*25/100)))
	}
	for i, c := range []color{s.pal.second, s.pal.paper.dark(one / 12), s.pal.accent} {
		if i == 2 && r.chance(60) {
			continue
		}
		cx := x + w*[]int{-66, 62, -28}[i]/100
		s.fill(new(path).round(cx-w*19/100, foot-h*100/100, w*38/100, h*48/100, w*8/100).turn(cx, foot-h*70/100, r.in(-3000, 3000)), along(pt{cx - w/5, foot - h}, pt{cx + w/5, foot - h/2}, c.light(one/4), c.dark(one/6)))
	}
}

func (s *stage) floorLamp(x, foot, h int, r *random) {
	metal := hex(0x3a3530)
	s.fill(new(path).ellipse(x, foot, s.k(44), s.k(9)).rect(x-s.k(3), foot-h, s.k(6), h), solid(metal))
	top := foot - h
	glow := hex(0xffe6b0)
	s.halo(x, top, s.k(330), glow, one*(45+30*b2i(s.pal.dim()))/100)
	s.fill(new(path).poly(pt{x - s.k(44), top - s.k(50)}, pt{x + s.k(44), top - s.k(50)}, pt{x + s.k(74), top + s.k(46)}, pt{x - s.k(74), top + s.k(46)}), around(pt{x, top + s.k(10)}, s.k(90), hex(0xfff8e4), glow, glow.dark(one*18/100)))
	s.glow(x, foot, s.k(260), s.k(44), glow, one*30/100, screen)
}

func (s *stage) potPlant(x, foot, d int, r *random) {
	pot := pick(r, s.pal.accent, s.pal.paper, s.pal.second)
	s.shadow(x, foot, d*12/10, d/4, one*50/100)
	leaf := hex(0x4f8a55).to(s.pal.ground, one/3)
	for i := range 9 {
		a := one*3/4 + (i-4)*2600 + r.in(-900, 900)
		l := d * r.in(230, 330) / 100
		from := pt{x, foot - d*95/100}
		s.fill(new(path).stroke(max(d*4/100, px/2), curve(from, pt{from.x + l*cos(a)>>16/3, from.y + l*sin(a)>>16*6/10}, pt{from.x + l*cos(a)>>16, from.y + l*sin(a)>>16*8/10})...), solid(leaf.dark(one/3)))
		tip := pt{from.x + l*cos(a)>>16*6/10, from.y + l*sin(a)>>16*7/10}
		s.leaf(tip, a, d*r.in(120, 170)/100, leaf.dark(one*r.in(0, 25)/100).to(s.pal.light, one*r.in(0, 20)/100), r)
	}
	s.spin(turned{420, 480, 530, 570, 600, 610}, x, foot, d, pot, one/4)
	s.fill(new(path).ellipse(x, foot-d, d*61/100, d*12/100), solid(pot.dark(one/3)))
}

func (s *stage) lowTable(x, foot int, r *random) {
	wood := hex(0x9a6f48).to(s.pal.ground, one/4)
	w, h := s.k(150), s.k(80)
	s.shadow(x, foot, w*12/10, s.k(26), one*40/100)
	for _, k := range []int{-1, 1} {
		s.fill(new(path).taper(s.k(12), s.k(7), pt{x + k*w*60/100, foot - h}, pt{x + k*w*74/100, foot}), solid(wood.dark(one*40/100)))
	}
	s.cylinder(x, foot-h, w, s.k(12), s.k(30), wood)
	top := foot - h - s.k(12)
	s.vaseSmall(x+w*25/100, top+s.k(4), r)
	s.box(x-w*70/100, top-s.k(8), s.k(84), s.k(12), s.pal.accent, one, normal)
	s.box(x-w*66/100, top-s.k(18), s.k(74), s.k(10), s.pal.paper, one, normal)
}

func (s *stage) vaseSmall(x, foot int, r *random) {
	if !s.without["flowers"] {
		for i := range 4 {
			s.branch(pt{x, foot - s.k(70)}, one*3/4+(i*2-3)*2200, s.k(r.in(90, 130)), s.pal.ground.to(hex(0x5f8f55), one/2), r)
		}
	}
	s.spin(turned{240, 400, 430, 330, 190, 170, 200}, x, foot, s.k(84), pick(r, s.pal.paper, s.pal.second), one/2)
}

func (s *stage) desk(x, foot int, r *random) {
	wood := hex(0xb98a5a).to(s.pal.ground, one/4)
	w, h := s.k(250), s.k(190)
	s.shadow(x, foot, w*11/10, s.k(26), one*45/100)
	for _, k := range []int{-1, 1} {
		s.fill(new(path).taper(s.k(14), s.k(10), pt{x + k*w*88/100, foot - h}, pt{x + k*w*94/100, foot}), solid(hex(0x3a3530)))
	}
	s.box(x-w, foot-h, 2*w, s.k(18), wood.light(one/6), one, normal)
	s.box(x-w, foot-h+s.k(18), 2*w, s.k(8), wood.dark(one/3), one, normal)
	s.box(x-s.k(12), foot-h-s.k(40), s.k(24), s.k(40), hex(0x2a2c30), one, normal)
	s.fill(new(path).round(x-s.k(130), foot-h-s.k(186), s.k(260), s.k(152), s.k(8)), solid(hex(0x24262b)))
	t := s.tones()
	s.fill(new(path).rect(x-s.k(122), foot-h-s.k(178), s.k(244), s.k(136)), along(pt{x - s.k(122), foot - h - s.k(178)}, pt{x + s.k(122), foot - h}, t.at(one/5), t.at(one/2), t.at(one*4/5)))
	s.spin(turned{360, 390, 395, 395}, x+w*70/100, foot-h, s.k(46), s.pal.accent, one/2)
	s.chair(x-w*20/100, foot+s.k(60), s.k(240), r)
}
