package procedural

// house is a modern building in its garden: stacked volumes, large panes, a
// pool, trees behind and in front.
func (s *stage) house() {
	r := s.rand("house")
	s.horizon = s.fy(r.in(600, 660))
	s.drawSky()
	s.use("house")
	s.backTrees(r)
	ground := s.horizon + s.k(60)
	s.lawn(ground)
	s.volumes(r, ground)
	if s.may("pool", 70) {
		s.pool(r, ground)
	} else {
		s.pathTo(ground, r)
	}
	if !s.without["trees"] {
		x := pick(r, s.fx(r.in(-30, 50)), s.fx(r.in(950, 1030)))
		s.broadleaf(x, ground+s.k(90), s.k(r.in(430, 560)), s.pal.ground.to(s.pal.near, one*35/100), r)
	}
	for i := range 12 {
		s.shrub(s.fx(r.in(0, 1000)), s.h*px-s.k(r.in(-24, 40)), s.k(r.in(40, 90)), i, r)
	}
	if s.has("people") {
		s.walker(s.fx(r.in(200, 800)), ground+s.k(100), s.k(120), s.pal.near)
	}
	s.weather()
}

// backTrees is the wood behind the house.
func (s *stage) backTrees(r *random) {
	if s.has("mountains") || r.chance(40) {
		s.use("mountains")
		l := s.ridge(s.horizon+s.k(20), s.k(250), 14, 6, s.seedFor("ridge"))
		s.mountains(l, s.horizon+s.k(30), s.k(250), s.pal.far.to(s.pal.haze, one/2), s.pal.haze, 0, s.seedFor("ridge"))
	}
	if s.without["trees"] {
		return
	}
	s.use("trees")
	l := s.rolling(s.horizon+s.k(40), s.k(60), 9, 3, s.seedFor("wood"))
	if r.chance(50) {
		s.treeline(l, 150, 34, s.pal.mid.to(s.pal.haze, one*30/100), s.pal.haze, "wood")
		return
	}
	for range 16 {
		s.foliage(pt{s.fx(r.in(-30, 1030)), s.horizon - s.k(r.in(0, 60))}, s.k(r.in(60, 110)), s.k(r.in(50, 90)), s.pal.ground.to(s.pal.haze, one*40/100).to(s.pal.mid, one/3), r)
	}
}

func (s *stage) lawn(y int) {
	l := make(skyline, s.w+1)
	for x := range l {
		l[x] = y - s.k(6)
	}
	turf := s.pal.ground.to(hex(0x6f9a48), one*40/100)
	if s.pal.dim() {
		turf = turf.dark(one * 45 / 100)
	}
	s.land(l, s.h*px, turf.to(s.pal.light, one*18/100), turf.dark(one*40/100))
	s.blades(y, turf)
}

// blades brushes short blades over a lawn in perspective.
func (s *stage) blades(y int, turf color) {
	r := s.rand("lawn")
	light, dark := new(path), new(path)
	for i := range 1400 {
		t := r.n(one)
		t = isqrt(t << 16)
		at := y + (s.h*px-y)*t>>16
		h := s.k(3) + s.k(16)*t>>16
		x := s.fx(r.in(-10, 1010)) + r.n(px)
		w := max(h/6, px/4)
		p := light
		if i%2 == 0 {
			p = dark
		}
		p.poly(pt{x - w, at}, pt{x + h*r.in(-40, 40)/100, at - h}, pt{x + w, at})
	}
	s.fill(light, glass(turf.to(s.pal.light, one*35/100), one*45/100))
	s.fill(dark, glass(turf.dark(one*45/100), one*50/100))
}

// volumes stacks two or three blocks with overhangs, glass and warm rooms.
func (s *stage) volumes(r *random, ground int) {
	concrete := hex(0xcfcac2).to(s.pal.light, one*18/100).to(s.pal.haze, one*12/100)
	timber := hex(0x9a6b45).to(s.pal.ground, one/5)
	if len(s.colors) > 0 {
		timber = s.colors[0]
	}
	if s.pal.dim() {
		concrete, timber = concrete.dark(one*45/100), timber.dark(one*45/100)
	}
	x0, w := s.fx(r.in(150, 230)), s.fx(r.in(560, 660))
	h := s.k(r.in(130, 160))
	s.shadow(x0+w/2, ground+s.k(14), w*65/100, s.k(36), one*55/100)
	// Ground floor: set back, mostly glass.
	s.slab(x0, ground-h, w, h, s.k(60), timber, r)
	s.glazing(x0+w*r.in(6, 12)/100, ground-h+s.k(10), w*r.in(48, 62)/100, h-s.k(10), r.in(4, 6), r)
	s.timberWall(x0+w*74/100, ground-h+s.k(10), w*18/100, h-s.k(10), timber)
	// Upper floor: a concrete bar that reaches out to one side.
	over := s.k(r.in(40, 120))
	ux, uw := x0-over, w*r.in(60, 76)/100
	if r.chance(45) {
		ux = x0 + w - uw + over
	}
	uh := s.k(r.in(120, 150))
	uy := ground - h - uh + s.k(6)
	s.box(max(ux, x0), ground-h, min(ux+uw, x0+w)-max(ux, x0), s.k(26), color{}, one*42/100, normal)
	s.slab(ux, uy, uw, uh, s.k(70), concrete, r)
	s.concreteJoints(ux, uy, uw, uh, concrete)
	s.glazing(ux+uw*r.in(8, 14)/100, uy+uh*20/100, uw*r.in(50, 66)/100, uh*62/100, r.in(3, 5), r)
	s.box(ux-s.k(8), uy-s.k(9), uw+s.k(16), s.k(14), concrete.light(one*25/100), one, normal)
	s.box(ux-s.k(8), uy+s.k(5), uw+s.k(16), s.k(6), color{}, one*30/100, normal)
	if r.chance(60) { // a tower block or chimney
		tw := s.k(r.in(60, 90))
		tx := ux + uw*r.in(60, 84)/100
		s.slab(tx, uy-s.k(r.in(40, 90)), tw, s.k(92), s.k(24), concrete.dark(one*14/100), r)
	}
	// Posts under the overhang, a terrace in front.
	if ux < x0 {
		s.box(ux+s.k(12), uy+uh, s.k(9), ground-uy-uh, hex(0x2a2a2e), one, normal)
	} else if ux+uw > x0+w {
		s.box(ux+uw-s.k(20), uy+uh, s.k(9), ground-uy-uh, hex(0x2a2a2e), one, normal)
	}
	deck := timber.light(one * 22 / 100)
	s.fill(new(path).poly(pt{x0 - s.k(30), ground - s.k(2)}, pt{x0 + w*80/100, ground - s.k(2)}, pt{x0 + w*84/100, ground + s.k(26)}, pt{x0 - s.k(60), ground + s.k(26)}), down(ground, ground+s.k(26), deck, deck.dark(one/5)))
	s.box(x0-s.k(60), ground+s.k(26), w*84/100+s.k(60), s.k(8), deck.dark(one/2), one, normal)
}

// slab is a volume with its shaded side on the right, seen a little from there.
func (s *stage) slab(x, y, w, h, deep int, tone color, r *random) {
	lit := tone.to(s.pal.light, one*22/100)
	s.fill(new(path).poly(pt{x + w, y}, pt{x + w + deep, y + deep*16/100}, pt{x + w + deep, y + h - deep*8/100}, pt{x + w, y + h}),
		down(y, y+h, tone.dark(one*48/100), tone.dark(one*38/100)))
	s.fill(new(path).rect(x, y, w, h), along(pt{x, y}, pt{x + w, y + h}, lit.light(one*14/100), lit, tone.dark(one*10/100)))
}

// concreteJoints are the marks of the formwork.
func (s *stage) concreteJoints(x, y, w, h int, tone color) {
	seed := s.seedFor("concrete")
	wide := s.wide()
	s.fill(new(path).rect(x, y, w, h), ink{a: one * 14 / 100, at: func(ix, iy int) color {
		return tone.dark(one/2).to(hex(0xffffff), noise2(ix*one*24/wide, iy*one*60/wide, seed)/2+noise2(ix*one*5/wide, iy*one*5/wide, seed+1)/2)
	}})
	n := max(w/s.k(110), 2)
	for i := 1; i < n; i++ {
		s.box(x+w*i/n, y, max(s.k(2), px/2), h, color{}, one*16/100, normal)
	}
	s.box(x, y+h/2, w, max(s.k(2), px/2), color{}, one*12/100, normal)
	for i := range n {
		for j := range 2 {
			s.fill(new(path).circle(x+w*(2*i+1)/(2*n)-s.k(30), y+h*(2*j+1)/4, s.k(3)).circle(x+w*(2*i+1)/(2*n)+s.k(30), y+h*(2*j+1)/4, s.k(3)), glass(color{}, one*16/100))
		}
	}
}

// timberWall is upright boards.
func (s *stage) timberWall(x, y, w, h int, tone color) {
	s.fill(new(path).rect(x, y, w, h), down(y, y+h, tone.light(one/6), tone.dark(one/6)))
	n := max(w/s.k(12), 2)
	r := s.rand("boards")
	for i := range n {
		s.box(x+w*i/n, y, w/n, h, pick(r, color{}, hex(0xffffff)), one*r.in(2, 12)/100, normal)
		s.box(x+w*i/n, y, max(s.k(2), px/2), h, color{}, one*34/100, normal)
	}
}

// glazing is a band of panes: a lit room at dusk, the sky's reflection by day.
func (s *stage) glazing(x, y, w, h, n int, r *random) {
	warm := s.litShare() > 0
	frame := hex(0x26282c)
	s.box(x-s.k(4), y-s.k(4), w+s.k(8), h+s.k(4), frame, one, normal)
	inside := s.pal.near.to(s.pal.sky, one/4)
	if warm {
		inside = hex(0xffc983)
		s.glow(x+w/2, y+h/2, w*75/100, h*14/10, hex(0xffb45a), one*26/100, screen)
	}
	s.fill(new(path).rect(x, y, w, h), down(y, y+h, inside.light(one*22/100), inside, inside.dark(one*32/100)))
	// What stands in the room: a back wall with a picture, a lamp, a sofa.
	dim := inside.dark(one * 52 / 100)
	s.box(x+w*12/100, y+h*22/100, w*14/100, h*26/100, dim, one*55/100, normal)
	lx := x + w*r.in(34, 48)/100
	s.box(lx, y, max(s.k(2), px/2), h*26/100, dim, one, normal)
	s.fill(new(path).move(lx-s.k(18), y+h*36/100).line(lx-s.k(8), y+h*24/100).line(lx+s.k(8), y+h*24/100).line(lx+s.k(18), y+h*36/100), solid(inside.light(one*70/100)))
	s.fill(new(path).round(x+w*56/100, y+h*62/100, w*28/100, h*34/100, s.k(8)).round(x+w*54/100, y+h*74/100, w*32/100, h*22/100, s.k(6)), glass(dim, one*80/100))
	s.fill(new(path).round(x+w*88/100, y+h*30/100, w*5/100, h*66/100, s.k(3)), glass(dim, one*60/100))
	if !warm {
		s.fill(new(path).rect(x, y, w, h), ink{a: one * 62 / 100, at: along(pt{x, y}, pt{x + w, y + h}, s.pal.low, s.pal.sky, s.pal.mid, s.pal.near).at})
	}
	s.fill(new(path).poly(pt{x + w*8/100, y}, pt{x + w*20/100, y}, pt{x + w*6/100, y + h}, pt{x, y + h}, pt{x, y + h*60/100}), lightInk(s.pal.low, one*22/100))
	for i := range n + 1 {
		s.box(x+w*i/n-s.k(2), y, s.k(4), h, frame, one, normal)
	}
	s.box(x, y+h-s.k(4), w, s.k(4), frame, one, normal)
}

// pool is water before the house, its reflection in it.
func (s *stage) pool(r *random, ground int) {
	top, low := ground+s.k(60), min(ground+s.k(200), s.h*px)
	xa, xb := s.fx(r.in(140, 240)), s.fx(r.in(690, 800))
	out := s.k(110)
	rim := new(path).poly(pt{xa - s.k(14), top - s.k(8)}, pt{xb + s.k(14), top - s.k(8)}, pt{xb + out + s.k(24), low + s.k(10)}, pt{xa - out - s.k(24), low + s.k(10)})
	stone := s.pal.paper.to(hex(0xbdb6aa), one/2)
	if s.pal.dim() {
		stone = stone.dark(one * 50 / 100)
	}
	s.fill(rim, down(top, low, stone, stone.dark(one/8)))
	seed := s.seedFor("pool")
	wide := s.wide()
	water := hex(0x2fa9c4).to(s.pal.water, one*40/100)
	basin := new(path).poly(pt{xa, top}, pt{xb, top}, pt{xb + out, low}, pt{xa - out, low})
	s.fill(basin, by(func(x, y int) color {
		d := y - top/px
		n := noise2(x*one*8/wide, y*one*40/wide, seed) + noise2(x*one*20/wide, y*one*90/wide, seed+1)
		bend := (n - one) * wide / 90 >> 16
		c := s.get(x+bend, top/px-s.k(50)/px-d*13/10+bend)
		c = c.to(water, one*46/100+ratio(d*px, low-top)/5)
		return c.to(s.pal.low, step(n, one*135/100, one*170/100)*35/100)
	}))
	s.box(xa, top, xb-xa, s.k(4), color{}, one*35/100, normal)
}

// pathTo is stepping stones to the door.
func (s *stage) pathTo(ground int, r *random) {
	x := s.fx(r.in(420, 580))
	stone := s.pal.paper.to(hex(0xaaa49a), one/2)
	if s.pal.dim() {
		stone = stone.dark(one * 45 / 100)
	}
	for i := range 7 {
		t := i * one / 6
		y := ground + s.k(40) + (s.h*px-ground-s.k(40))*(t*t>>16)>>16
		w, h := s.k(70)+s.k(150)*t>>16, s.k(9)+s.k(34)*t>>16
		cx := x + (s.fx(500)-x)*t>>16
		s.fill(new(path).poly(pt{cx - w/2, y}, pt{cx + w/2, y}, pt{cx + w*56/100, y + h}, pt{cx - w*56/100, y + h}), down(y, y+h, stone.light(one/6), stone))
		s.box(cx-w*56/100, y+h, w*112/100, max(h/5, px/2), stone.dark(one*55/100), one*8/10, normal)
	}
}

// shrub is a low plant at the front of the picture.
func (s *stage) shrub(x, y, d, i int, r *random) {
	leaf := s.pal.near.to(s.pal.ground, one*r.in(20, 50)/100)
	if s.without["leaves"] {
		return
	}
	if i%3 == 0 {
		for k := range 9 {
			s.leaf(pt{x, y + d/2}, one*3/4+(k-4)*2300+r.in(-800, 800), d*r.in(110, 170)/100, leaf.to(s.pal.light, one*r.in(0, 18)/100), r)
		}
		return
	}
	s.foliage(pt{x, y}, d, d*8/10, leaf, r)
}
