package procedural

// phone is a smartphone that stands, a picture on its screen.
func (s *stage) phone(x, foot, high int, r *random) {
	high = high * 145 / 100
	w := high * 24 / 100
	y := foot - high
	lean := r.in(-900, 900)
	rad := w * 26 / 100
	s.fill(new(path).round(x-w+s.k(12), y, 2*w, high, rad).turn(x, foot, lean), along(pt{x - w, y}, pt{x + w, y}, s.pal.near.light(one/3), s.pal.near.dark(one/3)))
	body := new(path).round(x-w, y, 2*w, high, rad).turn(x, foot, lean)
	s.fill(body, along(pt{x - w, y}, pt{x + w, foot}, s.pal.near.light(one/4), s.pal.near.dark(one/2)))
	t := w * 7 / 100
	t1 := s.tones()
	glass1 := new(path).round(x-w+t, y+t, 2*w-2*t, high-2*t, rad-t).turn(x, foot, lean)
	s.fill(glass1, along(pt{x - w, y}, pt{x + w, foot}, t1.at(one/4), t1.at(one/2), t1.at(one*3/4), t1.at(one)))
	for i := range 3 { // swells on the wallpaper
		yy := foot - high*(30-9*i)/100
		p := new(path).move(x-w+t, yy).cubic(x-w/3, yy-high*10/100, x+w/3, yy+high*8/100, x+w-t, yy-high*3/100).
			line(x+w-t, foot-t-rad/2).line(x-w+t, foot-t-rad/2)
		s.fill(p.turn(x, foot, lean), glass(t1.at(one/5+one*i/4), one*55/100))
	}
	icons := new(path)
	for j := range 3 {
		for i := range 4 {
			if j == 2 || r.chance(80) {
				d := w * 30 / 100
				yy := y + high*(20+11*j)/100
				if j == 2 {
					yy = foot - high*12/100
				}
				icons.round(x-w*74/100+w*i*40/100, yy, d, d, d/4)
			}
		}
	}
	s.fill(icons.turn(x, foot, lean), glass(hex(0xffffff), one*80/100))
	s.fill(new(path).round(x-w*28/100, y+t*2, w*56/100, w*12/100, w*6/100).turn(x, foot, lean), solid(color{}))
	s.fill(new(path).poly(pt{x - w + t, y + rad}, pt{x + w*30/100, y + t}, pt{x - w*20/100, foot - t - rad}, pt{x - w + t, foot - rad}).turn(x, foot, lean), lightInk(hex(0xffffff), one*9/100))
}

// watch is a wristwatch, face on.
func (s *stage) watch(x, foot, high int, r *random) {
	d := high * 44 / 100
	y := foot - d*165/100
	strap := s.ware(r).dark(one * 25 / 100)
	metal := pick(r, hex(0xc8ccd2), hex(0xd9b26a), hex(0x3a3d42))
	for _, end := range []int{-1, 1} {
		far := y + end*d*16/10
		s.fill(new(path).poly(pt{x - d*62/100, y + end*d/2}, pt{x + d*62/100, y + end*d/2}, pt{x + d*46/100, far}, pt{x - d*46/100, far}), s.roundInk(x, d*62/100, strap))
		for i := range 12 {
			s.box(x-d*48/100, y+end*(d*95/100+d*i*6/100), s.k(5), s.k(2), strap.light(one/3), one*6/10, normal)
			s.box(x+d*46/100, y+end*(d*95/100+d*i*6/100), s.k(5), s.k(2), strap.light(one/3), one*6/10, normal)
		}
	}
	s.fill(new(path).round(x+d*95/100, y-d*12/100, d*16/100, d*24/100, d/20), solid(metal.dark(one/4)))
	s.fill(new(path).circle(x, y, d), along(pt{x - d, y - d}, pt{x + d, y + d}, metal.light(one*65/100), metal, metal.dark(one*45/100), metal.light(one/5)))
	dial := pick(r, s.pal.ink, s.pal.paper, s.pal.top)
	s.fill(new(path).circle(x, y, d*84/100), around(pt{x - d/3, y - d/3}, d*17/10, dial.light(one/8), dial, dial.dark(one/4)))
	hand := hex(0xffffff)
	if dial.luma() > 140*256 {
		hand = hex(0x20242a)
	}
	ticks := new(path)
	for i := range 60 {
		a := i * one / 60
		long, w := 6, s.k(2)
		if i%5 == 0 {
			long, w = 14, s.k(6)
		}
		ticks.stroke(max(w, px/2), pt{x + (d*78/100)*cos(a)>>16, y + (d*78/100)*sin(a)>>16}, pt{x + (d*(78-long)/100)*cos(a)>>16, y + (d*(78-long)/100)*sin(a)>>16})
	}
	s.fill(ticks, glass(hand, one*85/100))
	h, m := 54613, 5461 // ten past ten
	s.fill(new(path).taper(s.k(13), s.k(6), pt{x, y}, pt{x + (d*45/100)*cos(h-one/16)>>16, y + (d*45/100)*sin(h-one/16)>>16}), solid(hand))
	s.fill(new(path).taper(s.k(10), s.k(4), pt{x, y}, pt{x + (d*66/100)*cos(one-m)>>16, y + (d*66/100)*sin(one-m)>>16}), solid(hand))
	sec := r.n(one)
	s.fill(new(path).stroke(max(s.k(3), px/2), pt{x - (d*16/100)*cos(sec)>>16, y - (d*16/100)*sin(sec)>>16}, pt{x + (d*72/100)*cos(sec)>>16, y + (d*72/100)*sin(sec)>>16}), solid(s.pal.accent))
	s.fill(new(path).circle(x, y, s.k(10)), solid(metal))
	s.fill(new(path).poly(pt{x - d*70/100, y - d*40/100}, pt{x + d*10/100, y - d*80/100}, pt{x - d*20/100, y + d*78/100}, pt{x - d*62/100, y + d*50/100}), lightInk(hex(0xffffff), one*8/100))
}

// speaker is headphones on a stand, or a loudspeaker.
func (s *stage) speaker(x, foot, high int, r *random) {
	tone := s.ware(r)
	if s.things["headphones"] || !s.things["loudspeaker"] && r.chance(60) {
		s.use("headphones")
		s.headphones(x, foot, high*125/100, tone)
		return
	}
	s.use("loudspeaker")
	high = high * 120 / 100
	w := high * 34 / 100
	s.fill(new(path).round(x-w, foot-high, 2*w, high, w/6), along(pt{x - w, foot - high}, pt{x + w, foot}, tone.light(one/4), tone, tone.dark(one*40/100)))
	for _, c := range [][2]int{{70, 30}, {29, 64}} {
		cy, d := foot-high*c[0]/100, w*c[1]/100
		s.fill(new(path).circle(x, cy, d*115/100), solid(tone.dark(one/3)))
		s.fill(new(path).circle(x, cy, d), along(pt{x - d, cy - d}, pt{x + d, cy + d}, hex(0x1c1d20), hex(0x4a4d55)))
		s.fill(new(path).circle(x, cy, d*80/100), around(pt{x - d/4, cy - d/4}, d, hex(0x5a5d66), hex(0x2a2c31), hex(0x17181b)))
		s.fill(new(path).circle(x, cy, d*30/100), around(pt{x - d/8, cy - d/8}, d*40/100, hex(0xa0a4ad), hex(0x3a3d44)))
	}
}

func (s *stage) headphones(x, foot, high int, tone color) {
	d := high * 34 / 100
	cy := foot - high*52/100
	stand := hex(0xb9bcc2)
	s.fill(new(path).ellipse(x, foot, d*55/100, d*12/100).rect(x-s.k(9), cy-d, s.k(18), foot-cy+d), s.roundInk(x, d*55/100, stand))
	var bow, pad []pt
	for i := range 33 {
		a := one/2 + i*one/64
		bow = append(bow, pt{x + d*cos(a)>>16, cy + (d*118/100)*sin(a)>>16})
		if i > 6 && i < 26 {
			pad = append(pad, pt{x + (d*93/100)*cos(a)>>16, cy + (d*110/100)*sin(a)>>16})
		}
	}
	s.fill(new(path).stroke(s.k(30), bow...), along(pt{x - d, cy - d}, pt{x + d, cy}, tone.light(one/3), tone, tone.dark(one/2)))
	s.fill(new(path).stroke(s.k(22), pad...), solid(tone.dark(one*60/100)))
	for _, side := range []int{-1, 1} {
		ex := x + side*d*98/100
		s.fill(new(path).round(ex-d*16/100-side*d*14/100, cy-d*12/100, d*32/100, d*80/100, d*16/100), solid(hex(0x202226)))
		s.fill(new(path).round(ex-d*20/100+side*d*6/100, cy-d*16/100, d*40/100, d*88/100, d*20/100), along(pt{ex - d/5, cy}, pt{ex + d/4, cy + d}, tone.light(one*40/100), tone, tone.dark(one*45/100)))
		s.fill(new(path).round(ex-d*6/100+side*d*8/100, cy+d*2/100, d*8/100, d*50/100, d*4/100), lightInk(hex(0xffffff), one*30/100))
	}
}

// giftBox is a box with a lid and, for presents, a ribbon.
func (s *stage) giftBox(x, foot, high int, r *random) {
	tone := s.ware(r)
	w, h := high*r.in(36, 46)/100, high*r.in(48, 66)/100
	skew := w * 30 / 100
	front := new(path).rect(x-w, foot-h, w*15/10, h)
	sx := x + w/2
	s.fill(new(path).poly(pt{sx, foot - h}, pt{sx + skew, foot - h - skew/2}, pt{sx + skew, foot - skew/2}, pt{sx, foot}), down(foot-h, foot, tone.dark(one*30/100), tone.dark(one*45/100)))
	s.fill(front, along(pt{x - w, foot - h}, pt{x + w, foot}, tone.light(one*20/100), tone, tone.dark(one*12/100)))
	s.fill(new(path).poly(pt{x - w, foot - h}, pt{x - w + skew, foot - h - skew/2}, pt{sx + skew, foot - h - skew/2}, pt{sx, foot - h}), along(pt{x - w, 0}, pt{sx + skew, 0}, tone.light(one*48/100), tone.light(one*28/100)))
	lid := h * 20 / 100
	s.box(x-w-s.k(6), foot-h, w*15/10+s.k(12), lid, tone.light(one*12/100), one, normal)
	s.box(x-w-s.k(6), foot-h+lid, w*15/10+s.k(12), s.k(7), color{}, one*22/100, normal)
	rib := pick(r, s.pal.second, s.pal.paper, s.pal.near)
	mid := x - w/4
	s.box(mid-w/10, foot-h, w/5, h, rib, one, normal)
	s.fill(new(path).poly(pt{mid - w/10, foot - h}, pt{mid - w/10 + skew, foot - h - skew/2}, pt{mid + w/10 + skew, foot - h - skew/2}, pt{mid + w/10, foot - h}), solid(rib.light(one/5)))
	bx, by := mid+skew/2, foot-h-skew/4
	for _, side := range []int{-1, 1} {
		s.fill(new(path).move(bx, by).cubic(bx+side*w*20/100, by-w*60/100, bx+side*w*80/100, by-w*46/100, bx+side*w*60/100, by-w*12/100).
			cubic(bx+side*w*44/100, by+w*6/100, bx+side*w*16/100, by+w*4/100, bx, by), along(pt{bx, by - w/2}, pt{bx, by}, rib.light(one/4), rib.dark(one/4)))
	}
	s.fill(new(path).circle(bx, by-w*2/100, w*11/100), solid(rib.light(one/8)))
}

// sneaker is a running shoe from the side.
func (s *stage) sneaker(x, foot, high int, r *random) {
	l := high * 130 / 100
	u := l / 100
	tone, second := s.ware(r), pick(r, s.pal.second, s.pal.near, s.pal.paper)
	at := func(a, b int) (int, int) { return x - l/2 + a*u, foot - b*u }
	cubic := func(p *path, a, b, c, d, e, f int) {
		x1, y1 := at(a, b)
		x2, y2 := at(c, d)
		x3, y3 := at(e, f)
		p.cubic(x1, y1, x2, y2, x3, y3)
	}
	from := func(a, b int) *path { x0, y0 := at(a, b); return new(path).move(x0, y0) }
	upper := from(2, 9)
	cubic(upper, 0, 24, 2, 34, 5, 44)
	cubic(upper, 10, 48, 14, 44, 16, 42)
	cubic(upper, 22, 40, 28, 41, 34, 46)
	cubic(upper, 48, 34, 60, 28, 74, 24)
	cubic(upper, 88, 22, 99, 18, 99, 9)
	hx, hy := at(30, 46)
	s.fill(upper, around(pt{hx, hy}, l, tone.light(one*42/100), tone.light(one*12/100), tone, tone.dark(one*30/100)))
	toe := from(74, 9)
	cubic(toe, 74, 18, 80, 23, 86, 23)
	cubic(toe, 96, 20, 99, 16, 99, 9)
	s.fill(toe, glass(second, one*80/100))
	heel := from(2, 9)
	cubic(heel, 0, 22, 2, 32, 4, 38)
	cubic(heel, 12, 36, 16, 24, 18, 9)
	s.fill(heel, glass(second, one*85/100))
	swoosh := from(22, 13)
	cubic(swoosh, 36, 14, 52, 20, 66, 28)
	cubic(swoosh, 52, 15, 36, 8, 22, 13)
	s.fill(swoosh, solid(s.pal.paper.light(one/2)))
	for i := range 5 {
		ax, ay := at(38+6*i, 42-3*i)
		bx, by := at(44+6*i, 31-2*i)
		s.fill(new(path).stroke(u*2, pt{ax, ay}, pt{bx, by}), solid(hex(0xffffff).to(s.pal.paper, one/2)))
	}
	collar := from(6, 44)
	cubic(collar, 12, 47, 16, 43, 20, 41)
	cubic(collar, 26, 41, 30, 43, 33, 46)
	cubic(collar, 26, 36, 14, 36, 6, 44)
	s.fill(collar, solid(tone.dark(one*55/100)))
	sole := from(0, 10)
	cubic(sole, 20, 6, 40, 12, 60, 10)
	cubic(sole, 80, 8, 94, 10, 101, 11)
	cubic(sole, 103, 4, 98, 0, 92, 0)
	cubic(sole, 60, -1, 30, 0, 6, 0)
	cubic(sole, -2, 0, -2, 8, 0, 10)
	s.fill(sole, down(foot-11*u, foot, hex(0xffffff), hex(0xf0efe9), hex(0xc4c4c0)))
	for i := range 24 {
		ax, ay := at(6+4*i, 2)
		s.box(ax, ay, u, u*2, second, one*55/100, normal)
	}
}

// chair is a shell chair on four wooden legs.
func (s *stage) chair(x, foot, high int, r *random) {
	high = high * 125 / 100
	w := high * 30 / 100
	tone, wood := s.ware(r), hex(0xb98a5a)
	seat := foot - high*45/100
	for _, leg := range [][2]int{{-60, -34}, {60, 34}, {-92, -60}, {92, 60}} {
		low := foot
		if abs(leg[0]) < 90 {
			low -= high * 5 / 100
		}
		s.fill(new(path).taper(high*4/100, high*2/100, pt{x + w*leg[1]/100, seat}, pt{x + w*leg[0]/100, low}), along(pt{x - w, 0}, pt{x + w, 0}, wood.light(one/5), wood.dark(one/3)))
	}
	back := new(path).move(x-w*80/100, seat-high*4/100).cubic(x-w*115/100, seat-high*60/100, x-w*70/100, foot-high, x, foot-high).
		cubic(x+w*70/100, foot-high, x+w*115/100, seat-high*60/100, x+w*80/100, seat-high*4/100)
	s.fill(back, along(pt{x - w, foot - high}, pt{x + w, seat}, tone.light(one*30/100), tone, tone.dark(one*35/100)))
	s.fill(new(path).move(x-w, seat-high*6/100).cubic(x-w*60/100, seat-high*13/100, x+w*60/100, seat-high*13/100, x+w, seat-high*6/100).
		cubic(x+w*90/100, seat+high*5/100, x-w*90/100, seat+high*5/100, x-w, seat-high*6/100), down(seat-high*12/100, seat+high*5/100, tone.light(one*45/100), tone.dark(one*10/100)))
}
