package procedural

// village is a row of small houses with lit windows along a shore or valley.
func (s *stage) village(foot, n int) {
	r := s.rand("village")
	x := s.fx(r.in(60, 300))
	for i := range n {
		w := s.k(r.in(36, 62))
		h := w * r.in(55, 85) / 100
		y := foot - s.k(r.in(0, 14))
		s.cottage(x, y, w, h, r)
		x += w + s.k(r.in(2, 40))
		if i == n/2 && r.chance(80) {
			s.chapel(x, y, s.k(40))
			x += s.k(56)
		}
	}
}

func (s *stage) cottage(x, y, w, h int, r *random) {
	wall := s.pal.mid.to(s.pal.paper, one*r.in(15, 50)/100)
	if s.pal.dim() {
		wall = s.pal.near.to(s.pal.far, one*r.in(30, 80)/100)
	}
	roof := s.pal.near.to(s.pal.accent, one*r.in(5, 30)/100)
	if s.things["snow"] || s.pal.name == "winter" {
		roof = hex(0xf2f6fb).to(s.pal.sky, one/4)
	}
	s.fill(new(path).rect(x, y-h, w, h+s.k(6)), along(pt{x, 0}, pt{x + w, 0}, wall.light(one/10), wall.dark(one/5)))
	rise := w * r.in(40, 60) / 100
	s.fill(new(path).poly(pt{x - w/9, y - h}, pt{x + w/2, y - h - rise}, pt{x + w + w/9, y - h}), solid(roof))
	s.fill(new(path).rect(x+w*65/100, y-h-rise*8/10, w/9, rise*6/10), solid(roof.dark(one/4)))
	glow := hex(0xffcf7a)
	lit := s.pal.dim() || r.chance(40)
	for i := range 2 {
		wx, wy, ww := x+w*(16+38*i)/100, y-h*62/100, w*24/100
		tone := wall.dark(one / 2)
		if lit {
			tone = glow
			s.glow(wx+ww/2, wy+ww/2, ww*3, ww*3, glow, one*42/100, screen)
		}
		s.fill(new(path).rect(wx, wy, ww, ww*11/10), solid(tone))
	}
}

func (s *stage) chapel(x, y, w int) {
	wall := s.pal.mid.to(s.pal.near, one/3)
	s.fill(new(path).rect(x, y-w*2, w*8/10, w*2+s.k(6)), solid(wall))
	s.fill(new(path).poly(pt{x - w/10, y - w*2}, pt{x + w*4/10, y - w*37/10}, pt{x + w*9/10, y - w*2}), solid(s.pal.near))
	tone := hex(0xffcf7a)
	s.glow(x+w*4/10, y-w*15/10, w, w, tone, one*35/100, screen)
	s.fill(new(path).round(x+w*28/100, y-w*17/10, w*24/100, w*5/10, w/8), solid(tone))
}

// castle is towers and walls on a hill.
func (s *stage) castle(x, foot, high int) {
	r := s.rand("castle")
	tone := s.pal.mid.to(s.pal.paper, one*b2i(!s.pal.dim())*38/100)
	hill := new(path).move(x-high*12/10, foot+s.k(30)).cubic(x-high/2, foot-high/6, x-high/2, foot-high/4, x, foot-high/4).
		cubic(x+high/2, foot-high/4, x+high/2, foot-high/8, x+high*12/10, foot+s.k(30))
	s.fill(hill, down(foot-high/4, foot+s.k(30), tone, tone.to(s.pal.haze, one/3)))
	wall := new(path).rect(x-high*4/10, foot-high*45/100, high*8/10, high*28/100)
	roofs, windows := new(path), new(path)
	for i := range 6 {
		w := high * r.in(9, 15) / 100
		tx := x + high*(i*16-42)/100
		top := foot - high*r.in(58, 95)/100
		if i == 2 {
			top = foot - high*115/100
		}
		wall.rect(tx, top, w, foot-high/5-top)
		wall.rect(tx-w/8, top, w*125/100, w/3)
		roofs.poly(pt{tx - w/4, top}, pt{tx + w/2, top - w*22/10}, pt{tx + w*5/4, top})
		for j := range 3 {
			windows.round(tx+w*4/10, top+w*(j*14+8)/10, w/5, w/2, w/10)
		}
	}
	for i := range 13 {
		wall.rect(x-high*4/10+high*8/10*i/13, foot-high*48/100, high*3/100, high*4/100)
	}
	s.fill(roofs, solid(tone.to(s.pal.accent, one/3).dark(one/5)))
	s.fill(wall, along(pt{x - high/2, 0}, pt{x + high/2, 0}, tone.to(s.pal.light, one/5), tone, tone.dark(one/4)))
	s.fill(windows, solid(hex(0xffd98a)))
	s.glow(x, foot-high/2, high/2, high/2, hex(0xffd98a), one*14/100, screen)
}
