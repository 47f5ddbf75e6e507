package procedural

// iso maps a room's axes to the picture: x to the lower right, y to the lower
// left, z up. Lengths are Q8.
type iso struct{ x, y, u int } // origin, length of a unit

func (i iso) at(x, y, z int) pt { // in hundredths of a unit
	return pt{i.x + (x-y)*i.u*866/100000, i.y + (x+y)*i.u/200 - z*i.u/100}
}

// isoBox is a cuboid: x, y, z of its near lower corner … its extents.
func (s *stage) isoBox(i iso, x, y, z, dx, dy, dz int, tone color) {
	p := func(a, b, c int) pt { return i.at(x+a*dx, y+b*dy, z+c*dz) }
	s.fill(new(path).poly(p(0, 1, 0), p(1, 1, 0), p(1, 1, 1), p(0, 1, 1)), along(p(0, 1, 1), p(1, 1, 0), tone.dark(one*10/100), tone.dark(one*24/100)))
	s.fill(new(path).poly(p(1, 0, 0), p(1, 1, 0), p(1, 1, 1), p(1, 0, 1)), along(p(1, 1, 1), p(1, 0, 0), tone.dark(one*36/100), tone.dark(one*46/100)))
	s.fill(new(path).poly(p(0, 0, 1), p(1, 0, 1), p(1, 1, 1), p(0, 1, 1)), along(p(0, 0, 1), p(1, 1, 1), tone.light(one*34/100), tone.light(one*16/100)))
}

// isoShadow darkens the floor beside a thing.
func (s *stage) isoShadow(i iso, x, y, dx, dy int) {
	if s.without["shadow"] {
		return
	}
	o := 26
	s.fill(new(path).poly(i.at(x, y, 1), i.at(x+dx+o, y-o/3, 1), i.at(x+dx+o, y+dy, 1), i.at(x+dx, y+dy+o/3, 1), i.at(x, y+dy, 1)), glass(s.pal.ink.to(color{}, one/2), one*24/100))
}

// face quads lie in one of the two visible walls of a box or room.
func (s *stage) isoQuad(a, b, c, d pt, k ink) { s.fill(new(path).poly(a, b, c, d), k) }

// isometric is a room without its front walls, or a block of a town.
func (s *stage) isometric() {
	r := s.rand("isometric")
	p := s.pal
	back := p.paper
	if p.dim() {
		back = p.top.light(one / 12)
	}
	if len(s.colors) > 0 {
		back = s.colors[0].to(p.paper, one*55/100)
	}
	s.wash(0, s.h, ramp{back.light(one / 6), back, back.dark(one * 10 / 100)}, one, normal)
	s.glow(s.fx(r.in(-100, 1100)), s.fy(r.in(0, 1000)), s.k(700), s.k(600), p.light, one*45/100, screen)
	for range 3 {
		s.glow(s.fx(r.in(-100, 1100)), s.fy(r.in(-100, 1100)), s.k(r.in(300, 600)), s.k(r.in(300, 600)), pick(r, p.low, p.haze, p.sky), one*40/100, normal)
	}
	s.horizon = s.fy(600)
	s.sun = pt{s.fx(200), s.fy(100)}
	if s.things["city"] || s.things["street"] || s.things["house"] || s.things["village"] || !s.things["office"] && !s.things["interior"] && r.chance(45) {
		s.isoTown(r)
		return
	}
	s.isoRoom(r)
}

func (s *stage) isoRoom(r *random) {
	s.use("room")
	i := iso{s.fx(r.in(470, 530)), s.fy(r.in(430, 470)), s.k(r.in(88, 98))}
	p := s.pal
	wall, floor := p.haze.to(p.paper, one/3), hex(0xd9b48a).to(p.ground, one*35/100)
	if p.dim() {
		wall, floor = p.mid.light(one/10), p.ground.light(one/6)
	}
	const n = 500
	// Shadow of the whole, then floor, walls.
	c := i.at(n/2, n/2, -60)
	s.shadow(c.x+s.k(30), c.y+s.k(150), s.k(470), s.k(200), one*26/100)
	s.isoBox(i, 0, 0, -24, n, n, 24, floor)
	for k := range 10 { // boards
		a, b := i.at(0, k*n/10, 0), i.at(n, k*n/10, 0)
		s.fill(new(path).stroke(max(s.k(2), px/2), a, b), glass(color{}, one*12/100))
		s.isoQuad(i.at(0, k*n/10, 0), i.at(n, k*n/10, 0), i.at(n, (k+1)*n/10, 0), i.at(0, (k+1)*n/10, 0), glass(pick(r, color{}, hex(0xffffff)), one*r.in(1, 8)/100))
	}
	const h = 300
	s.isoQuad(i.at(0, 0, 0), i.at(n, 0, 0), i.at(n, 0, h), i.at(0, 0, h), along(i.at(0, 0, h), i.at(n, 0, 0), wall.light(one*22/100), wall))
	s.isoQuad(i.at(0, 0, 0), i.at(0, n, 0), i.at(0, n, h), i.at(0, 0, h), along(i.at(0, n, h), i.at(0, 0, 0), wall.dark(one*14/100), wall.dark(one*26/100)))
	s.isoBox(i, -16, -16, 0, 16, n+16, h, wall.light(one*10/100))
	s.isoQuad(i.at(0, 0, 0), i.at(0, n, 0), i.at(0, n, h), i.at(0, 0, h), along(i.at(0, n, h), i.at(0, 0, 0), wall.dark(one*12/100), wall.dark(one*26/100)))
	s.isoQuad(i.at(-16, -16, h), i.at(n, -16, h), i.at(n, 0, h), i.at(-16, 0, h), solid(wall.light(one*50/100)))
	s.isoWindow(i, r.in(60, 260), 110, 130, r)
	s.isoPictures(i, r)
	s.isoRug(i, r)
	s.isoFurniture(i, r)
}

// isoWindow is a window in the right wall with its light on the floor.
func (s *stage) isoWindow(i iso, x, z, w int, r *random) {
	s.use("window")
	q := func(a, b, c, d int, k ink) { s.isoQuad(i.at(a, 0, b), i.at(c, 0, b), i.at(c, 0, d), i.at(a, 0, d), k) }
	q(x-10, z-10, x+w+10, z+150, solid(s.pal.paper))
	q(x, z, x+w, z+140, along(i.at(x, 0, z+140), i.at(x+w, 0, z), s.pal.sky, s.pal.low, s.pal.light))
	q(x+w/2-4, z, x+w/2+4, z+140, solid(s.pal.paper))
	q(x, z+66, x+w, z+74, solid(s.pal.paper))
	for k := range 2 {
		a, b := x+k*(w/2)+6, x+(k+1)*(w/2)-6
		s.isoQuad(i.at(a, 90, 0), i.at(b, 90, 0), i.at(b+60, 250, 0), i.at(a+60, 250, 0), lightInk(s.pal.light, one*30/100))
	}
}

func (s *stage) isoPictures(i iso, r *random) {
	y := r.in(60, 120)
	for range r.in(2, 3) {
		w, h := r.in(60, 110), r.in(70, 110)
		z := r.in(150, 180)
		q := func(a, b, c, d int, k ink) { s.isoQuad(i.at(0, a, b), i.at(0, c, b), i.at(0, c, d), i.at(0, a, d), k) }
		q(y, z, y+w, z+h, solid(s.pal.ink.to(s.pal.near, one/2)))
		q(y+6, z+6, y+w-6, z+h-6, solid(s.pal.paper))
		q(y+14, z+14, y+w-14, z+h*55/100, solid(pick(r, s.pal.accent, s.pal.far, s.pal.water)))
		c := i.at(0, y+w/2, z+h*66/100)
		s.fill(new(path).ellipse(c.x, c.y, s.k(12), s.k(12)), solid(s.pal.second))
		y += w + r.in(24, 50)
	}
}

func (s *stage) isoRug(i iso, r *random) {
	tone := pick(r, s.pal.accent, s.pal.second, s.pal.water, s.pal.far)
	s.isoQuad(i.at(150, 190, 1), i.at(420, 190, 1), i.at(420, 440, 1), i.at(150, 440, 1), solid(tone.to(s.pal.paper, one/4)))
	s.isoQuad(i.at(166, 206, 1), i.at(404, 206, 1), i.at(404, 424, 1), i.at(166, 424, 1), solid(tone.dark(one*8/100)))
	s.isoQuad(i.at(180, 220, 1), i.at(390, 220, 1), i.at(390, 410, 1), i.at(180, 410, 1), solid(tone.to(s.pal.paper, one/5)))
}

// isoFurniture sets an office or a living room, back to front.
func (s *stage) isoFurniture(i iso, r *random) {
	wood := hex(0xb98a5a).to(s.pal.ground, one/4)
	s.isoShelf(i, 20, 330+r.in(0, 40), wood, r)
	if s.things["office"] || s.things["isometric"] && !s.things["interior"] {
		s.use("desk")
		s.isoDesk(i, r.in(60, 90), 30, wood, r)
		s.isoPlant(i, 430, 50, 40, r)
		s.isoDesk(i, r.in(210, 240), 250, wood, r)
		s.isoPlant(i, 70, 460, 28, r)
		return
	}
	s.use("sofa")
	tone := pick(r, s.pal.accent, s.pal.water, s.pal.far)
	s.isoPlant(i, 440, 50, 40, r)
	s.isoSofa(i, 170, 40, tone)
	s.isoShadow(i, 230, 270, 120, 90)
	s.isoBox(i, 230, 270, 34, 120, 90, 10, wood)
	s.isoBox(i, 240, 280, 0, 100, 70, 34, wood.dark(one/3))
	s.isoBox(i, 270, 300, 44, 40, 30, 6, s.pal.second)
	s.isoLamp(i, 60, 200)
}

func (s *stage) isoDesk(i iso, x, y int, wood color, r *random) {
	s.isoShadow(i, x, y, 190, 90)
	for _, q := range [][2]int{{4, 4}, {176, 4}, {4, 76}, {176, 76}} {
		s.isoBox(i, x+q[0], y+q[1], 0, 10, 10, 72, s.pal.near.light(one/3))
	}
	s.isoBox(i, x+120, y+6, 4, 56, 72, 66, s.pal.paper.dark(one/10))
	for k := range 3 {
		c := i.at(x+148, y+78, 18+22*k)
		s.fill(new(path).ellipse(c.x, c.y, s.k(5), s.k(3)), solid(s.pal.near))
	}
	s.isoBox(i, x, y, 72, 190, 90, 8, wood)
	// Screen, keyboard, cup, lamp.
	s.isoBox(i, x+62, y+20, 80, 30, 16, 4, s.pal.near.light(one/4))
	s.isoBox(i, x+74, y+25, 84, 6, 6, 18, s.pal.near.light(one/4))
	s.isoBox(i, x+26, y+24, 100, 104, 7, 66, s.pal.near.light(one/8))
	q := func(a, b, c, d int, k ink) {
		s.isoQuad(i.at(x+a, y+31, b), i.at(x+c, y+31, b), i.at(x+c, y+31, d), i.at(x+a, y+31, d), k)
	}
	q(30, 104, 126, 162, along(i.at(x+30, y, 162), i.at(x+126, y, 104), s.pal.water.light(one/4), s.pal.top.to(s.pal.water, one/3)))
	for k := range 5 {
		q(36, 152-k*9, 36+r.in(24, 76), 155-k*9, glass(pick(r, s.pal.second, s.pal.paper, s.pal.accent), one*85/100))
	}
	s.isoBox(i, x+44, y+52, 80, 70, 24, 3, s.pal.paper)
	s.isoBox(i, x+140, y+44, 80, 13, 13, 17, s.pal.accent)
	s.isoBox(i, x+150, y+14, 80, 26, 20, 5, s.pal.second)
	s.isoBox(i, x+152, y+16, 85, 24, 18, 5, s.pal.far)
	s.isoChair(i, x+50, y+118, pick(r, s.pal.accent, s.pal.water, s.pal.second))
}

func (s *stage) isoChair(i iso, x, y int, tone color) {
	s.isoShadow(i, x+6, y+6, 60, 60)
	base := s.pal.near.light(one / 4)
	s.isoBox(i, x+12, y+28, 2, 44, 8, 5, base)
	s.isoBox(i, x+30, y+10, 2, 8, 44, 5, base)
	s.isoBox(i, x+29, y+27, 5, 10, 10, 32, base)
	s.isoBox(i, x, y, 37, 66, 62, 12, tone)
	s.isoBox(i, x+2, y+56, 49, 62, 10, 56, tone)
}

func (s *stage) isoShelf(i iso, x, y int, wood color, r *random) {
	s.use("shelf")
	s.isoShadow(i, x-20, y, 50, 110)
	s.isoBox(i, 0, y, 0, 44, 110, 210, wood)
	for k := range 4 {
		z := 10 + 50*k
		q := func(a, b, c, d int, kk ink) {
			s.isoQuad(i.at(44, y+a, z+b), i.at(44, y+c, z+b), i.at(44, y+c, z+d), i.at(44, y+a, z+d), kk)
		}
		q(6, 0, 104, 42, solid(wood.dark(one*58/100)))
		at := 8
		for at < 92 {
			w, h := r.in(6, 14), r.in(22, 38)
			if r.chance(82) {
				q(at, 0, min(at+w, 102), h, solid(pick(r, s.pal.accent, s.pal.second, s.pal.paper, s.pal.water, s.pal.far).dark(one*r.in(0, 25)/100)))
			}
			at += w + 1
		}
	}
	s.isoPlant(i, 22, y+34, 18, r)
}

// isoPlant is a pot with leaves; on a shelf when it stands at its place.
func (s *stage) isoPlant(i iso, x, y, d int, r *random) {
	if s.without["leaves"] {
		return
	}
	z := 0
	if x == 22 {
		z = 210
	} else {
		s.isoShadow(i, x-d/2, y-d/2, d, d)
	}
	s.isoBox(i, x-d/2, y-d/2, z, d, d, d*9/10, pick(r, s.pal.accent, s.pal.paper, s.pal.second))
	top := i.at(x, y, z+d)
	leaf := hex(0x4f8f4f).to(s.pal.ground, one/3)
	for k := range 13 {
		a := one*3/4 + (k-6)*2300 + r.in(-800, 800)
		s.leaf(top, a, i.u*d/100*r.in(160, 260)/100, leaf.to(s.pal.light, one*r.in(0, 24)/100).dark(one*r.in(0, 20)/100), r)
	}
}

func (s *stage) isoSofa(i iso, x, y int, tone color) {
	s.isoShadow(i, x, y, 220, 100)
	s.isoBox(i, x, y, 8, 220, 28, 90, tone)
	s.isoBox(i, x, y+28, 8, 24, 72, 56, tone)
	for k := range 2 {
		s.isoBox(i, x+24+86*k, y+28, 8, 86, 72, 34, tone.light(one*12/100))
	}
	s.isoBox(i, x+196, y+28, 8, 24, 72, 56, tone)
	s.isoBox(i, x+34, y+32, 42, 44, 14, 40, s.pal.second)
	s.isoBox(i, x+140, y+32, 42, 44, 14, 40, s.pal.paper)
}

func (s *stage) isoLamp(i iso, x, y int) {
	s.isoBox(i, x-16, y-16, 0, 32, 32, 4, s.pal.near)
	s.isoBox(i, x-3, y-3, 4, 6, 6, 150, s.pal.near.light(one/4))
	top := i.at(x, y, 170)
	s.halo(top.x, top.y, s.k(130), hex(0xffe0a0), one*6/10)
	s.isoBox(i, x-24, y-24, 140, 48, 48, 40, hex(0xfff0cc))
}
