package procedural

// fruitBowl is a bowl heaped with fruit.
func (s *stage) fruitBowl(x, foot, high int, r *random) {
	tone := s.pal.paper.to(s.ware(r), one/4)
	shape := turned{330, 430, 640, 830, 960, 1020}
	h := high * 44 / 100
	w := shape.half(one, h)
	top := foot - h
	s.fill(new(path).ellipse(x, top, w, w*20/100), along(pt{x - w, top}, pt{x + w, top}, tone.dark(one*40/100), tone.dark(one*15/100)))
	d := w * 34 / 100
	var heap [][3]int // x, y, kind; back row first
	for i := range 3 {
		heap = append(heap, [3]int{x + d*(i-1)*15/10 + s.k(r.in(-12, 12)), top - d*95/100 + s.k(r.in(-10, 10)), r.n(4)})
	}
	heap = append(heap, [3]int{x + s.k(r.in(-70, 70)), top - d*185/100, r.n(3)})
	for i := range 4 {
		heap = append(heap, [3]int{x + d*(2*i-3)*62/100 + s.k(r.in(-8, 8)), top - d*30/100 + s.k(r.in(-8, 8)), r.n(4)})
	}
	if r.chance(70) {
		s.banana(x+d*r.in(-60, 60)/100, top-d*150/100, d*3, r)
	}
	for _, f := range heap {
		s.fruit(f[0], f[1], d*r.in(88, 106)/100, f[2], r)
	}
	s.grapes(x+r.sign()*w*70/100, top-d*20/100, d*30/100, r)
	s.bowlFront(shape, x, foot, h, tone)
	s.shadow(x-w*115/100, foot+s.k(30), d*12/10, d/4, one*50/100)
	s.fruit(x-w*118/100, foot-d*55/100, d*9/10, r.n(3), r)
}

// bowlFront draws the outside of a bowl over what lies in it.
func (s *stage) bowlFront(l turned, x, foot, high int, tone color) {
	w := l.half(one, high)
	p := l.outline(x, foot, high)
	// The near rim hangs below the far one.
	p.ellipse(x, foot-high, w, w*20/100)
	front := new(path).move(x-w, foot-high)
	for i := range 33 {
		a := one/2 - i*one/64
		front.line(x+w*cos(a)>>16, foot-high+(w*20/100)*sin(a)>>16)
	}
	for i := range 49 {
		t := one - i*one/48
		front.line(x+l.half(t, high), foot-high*t>>16)
	}
	w0 := l.half(0, high)
	for i := range 17 {
		a := i * one / 32
		front.line(x+w0*cos(a)>>16, foot+(w0/5)*sin(a)>>16)
	}
	for i := range 49 {
		t := i * one / 48
		front.line(x-l.half(t, high), foot-high*t>>16)
	}
	s.fill(front, by(func(ix, iy int) color {
		t := ratio(foot-iy*px, high)
		ww := max(l.half(t, high), px)
		return s.lit(tone, clamp((ix*px+px/2-x)*one/ww, -one, one), t, one/3)
	}))
	var rim []pt
	for i := range 33 {
		a := one/2 - i*one/64
		rim = append(rim, pt{x + w*cos(a)>>16, foot - high + (w*20/100)*sin(a)>>16})
	}
	s.fill(new(path).stroke(max(s.k(7), px), rim...), along(pt{x - w, 0}, pt{x + w, 0}, tone.light(one*55/100), tone.light(one*20/100)))
}

// fruit is an apple, an orange, a pear or a plum.
func (s *stage) fruit(x, y, d, kind int, r *random) {
	s.glow(x+d/6, y+d*7/10, d*115/100, d*6/10, color{}, one*26/100, normal)
	switch kind {
	case 0:
		s.apple(x, y, d, r)
	case 1:
		tone := hex(0xf28c28)
		s.ball(x, y, d, tone)
		seed := r.next()
		s.fill(new(path).circle(x, y, d), ink{a: one * 13 / 100, at: func(ix, iy int) color {
			return tone.dark(one*6/10).to(hex(0xffe2a8), noise2((ix*px-x)*one*14/max(d, 1), (iy*px-y)*one*14/max(d, 1), seed))
		}})
		s.fill(new(path).circle(x+d/5, y-d*6/10, d/12), solid(hex(0x4a6b2a)))
	case 2:
		s.pear(x, y, d, r)
	default:
		s.ball(x, y, d*8/10, pick(r, hex(0x6a2c5a), hex(0xb8324a), hex(0xf2c33c)))
	}
}

func (s *stage) apple(x, y, d int, r *random) {
	tone := pick(r, hex(0xc9252c), hex(0x8ab833), hex(0xd9472b))
	p := new(path).move(x, y-d*72/100).
		cubic(x+d*45/100, y-d*105/100, x+d*108/100, y-d*75/100, x+d, y).
		cubic(x+d*92/100, y+d*72/100, x+d*45/100, y+d*105/100, x, y+d*88/100).
		cubic(x-d*45/100, y+d*105/100, x-d*92/100, y+d*72/100, x-d, y).
		cubic(x-d*108/100, y-d*75/100, x-d*45/100, y-d*105/100, x, y-d*72/100)
	hot := pt{x - d*36/100, y - d*34/100}
	s.fill(p, around(hot, d*17/10, tone.light(one*45/100), tone.to(hex(0xf0c040), one*22/100), tone, tone.dark(one*35/100), tone.dark(one*60/100)))
	s.glow(hot.x, hot.y, d*28/100, d*28/100, hex(0xffffff), one*50/100, screen)
	s.glow(x, y-d*74/100, d*36/100, d*16/100, tone.dark(one*7/10), one*80/100, normal)
	s.fill(new(path).taper(d*9/100, d*6/100, curve(pt{x, y - d*70/100}, pt{x + d*6/100, y - d}, pt{x + d*16/100, y - d*118/100})...), solid(hex(0x5a3a22)))
	if r.chance(55) {
		s.leaf(pt{x + d*6/100, y - d*95/100}, 61000+r.in(0, 4000), d*62/100, hex(0x5c9440), r)
	}
}

func (s *stage) pear(x, y, d int, r *random) {
	tone := pick(r, hex(0xc9c24a), hex(0xa8b84a), hex(0xd9a53c))
	p := new(path).move(x, y-d*150/100).
		cubic(x+d*50/100, y-d*150/100, x+d*36/100, y-d*70/100, x+d*72/100, y-d*25/100).
		cubic(x+d*125/100, y+d*45/100, x+d*60/100, y+d*98/100, x, y+d*95/100).
		cubic(x-d*60/100, y+d*98/100, x-d*125/100, y+d*45/100, x-d*72/100, y-d*25/100).
		cubic(x-d*36/100, y-d*70/100, x-d*50/100, y-d*150/100, x, y-d*150/100)
	hot := pt{x - d*36/100, y + d*5/100}
	s.fill(p, around(hot, d*19/10, tone.light(one*50/100), tone.light(one*10/100), tone, tone.dark(one*35/100), tone.dark(one*55/100)))
	s.glow(hot.x, hot.y, d*26/100, d*34/100, hex(0xffffff), one*40/100, screen)
	s.fill(new(path).taper(d*10/100, d*6/100, pt{x, y - d*145/100}, pt{x + d*12/100, y - d*185/100}), solid(hex(0x5a3a22)))
}

func (s *stage) banana(x, y, l int, r *random) {
	tone := hex(0xf2cf3c)
	for i := range 3 {
		a := (i - 1) * 2200
		p := new(path).move(x-l/2, y-l*10/100).
			cubic(x-l*30/100, y+l*22/100, x+l*22/100, y+l*24/100, x+l*52/100, y-l*14/100).
			cubic(x+l*24/100, y+l*2/100, x-l*22/100, y+l*2/100, x-l*44/100, y-l*18/100)
		s.fill(p.turn(x, y, a+r.in(-500, 500)), down(y-l*25/100, y+l*25/100, tone.light(one*25/100), tone, tone.dark(one*30/100)))
		s.fill(new(path).circle(x+l*50/100, y-l*13/100, l*2/100).turn(x, y, a), solid(hex(0x4a3a20)))
	}
}

func (s *stage) grapes(x, y, d int, r *random) {
	tone := pick(r, hex(0x5a3a7a), hex(0x7a2a4a), hex(0x9ab04a))
	for j := range 5 {
		for i := range 5 - j {
			s.ball(x+d*(2*i-4+j)*9/10+s.k(r.in(-4, 4)), y+d*j*14/10+s.k(r.in(-4, 4)), d*r.in(88, 105)/100, tone)
		}
	}
}
