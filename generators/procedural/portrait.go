package procedural

// portrait is a bust before a plain ground: a robot, an astronaut, an animal,
// a person without a face.
func (s *stage) portrait() {
	r := s.rand("portrait")
	p := s.pal
	s.sun = pt{s.fx(150), s.fy(100)}
	s.wash(0, s.h, ramp{p.top, p.sky, p.low}, one, normal)
	for range 5 { // lamps on the backdrop
		s.glow(s.fx(r.in(-100, 1100)), s.fy(r.in(-100, 900)), s.k(r.in(350, 700)), s.k(r.in(350, 700)), pick(r, p.low, p.light, p.second, p.near), one*r.in(26, 52)/100, normal)
	}
	s.portraitGround(r)
	x, y, u := s.fx(r.in(350, 650)), s.fy(r.in(400, 550)), s.k(r.in(76, 122))
	sitters := []struct {
		name string
		draw func(*stage, int, int, int, *random)
	}{{"robot", (*stage).robot}, {"astronaut", (*stage).helmet}, {"cat", (*stage).cat}, {"fox", (*stage).cat}, {"owl", (*stage).owl}, {"people", (*stage).person}}
	for _, q := range sitters {
		if s.has(q.name) {
			q.draw(s, x, y, u, r)
			return
		}
	}
	if s.without["people"] {
		s.use("robot")
		s.robot(x, y, u, r)
		return
	}
	s.use("people")
	s.person(x, y, u, r)
}

// portraitGround is a disc, rays, or lights out of focus.
func (s *stage) portraitGround(r *random) {
	p := s.pal
	x, y := s.fx(r.in(300, 700)), s.fy(r.in(300, 500))
	switch r.n(5) {
	case 4: // slanting bands
		q := new(path)
		lean, gap := s.k(r.in(-700, 700)), s.k(r.in(70, 150))
		for i := range 8 {
			y := s.fy(-400) + 3*gap*i + s.k(r.in(0, 60))
			q.poly(pt{0, y}, pt{s.w * px, y + lean}, pt{s.w * px, y + lean + gap}, pt{0, y + gap})
		}
		s.fill(q, glass(pick(r, p.second, p.accent, p.light), one*34/100))
	case 0:
		d := s.k(r.in(330, 410))
		s.fill(new(path).circle(x, y, d), down(y-d, y+d, p.second, p.accent))
		s.glow(x, y, d*16/10, d*16/10, p.light, one*20/100, screen)
	case 1:
		n := 18
		q := new(path)
		for i := range n {
			a := i * one / n
			far := s.w*px + s.h*px
			q.poly(pt{x, y}, pt{x + far*cos(a)>>16, y + far*sin(a)>>16}, pt{x + far*cos(a+one/n/2)>>16, y + far*sin(a+one/n/2)>>16})
		}
		s.fill(q, glass(p.light, one*16/100))
		s.glow(x, y, s.k(520), s.k(520), p.light, one*50/100, screen)
	case 2:
		s.bokeh(r, 40)
		s.glow(x, y, s.k(600), s.k(600), p.light, one*40/100, screen)
	default:
		for i := range 5 {
			d := s.k(640 - 110*i)
			s.fill(new(path).circle(x, y, d), glass(p.sky.to(p.accent, one*i/5), one*45/100))
		}
	}
}

// metal shades a plate of metal from the upper left.
func (s *stage) metal(a, b pt, tone color) ink {
	return along(a, b, tone.light(one*58/100), tone.light(one*18/100), tone, tone.dark(one*28/100), tone.dark(one*52/100), tone.dark(one*35/100))
}

func (s *stage) robot(x, y, u int, r *random) {
	tone := pick(r, hex(0xb9c2cc), hex(0xd8d4ca), hex(0x8fa3b5)).to(s.pal.far, one/5)
	if len(s.colors) > 0 {
		tone = s.colors[0].to(tone, one/4)
	}
	trim, eye := s.pal.accent, s.pal.second.light(one/5)
	w, h := u*r.in(165, 205)/100, u*r.in(170, 210)/100
	rad := u * r.in(30, 90) / 100
	ink1 := func(a, b, c, d int, t color) ink { return s.metal(pt{a, b}, pt{c, d}, t) }
	// Shoulders and chest.
	sy := y + h + u*60/100
	s.fill(new(path).move(x-u*330/100, s.h*px+px).cubic(x-u*330/100, sy+u*20/100, x-u*230/100, sy-u*10/100, x-u*110/100, sy).
		line(x+u*110/100, sy).cubic(x+u*230/100, sy-u*10/100, x+u*330/100, sy+u*20/100, x+u*330/100, s.h*px+px), ink1(x-u*3, sy, x+u*3, s.h*px, tone))
	for _, k := range []int{-1, 1} {
		s.ball(x+k*u*255/100, sy+u*80/100, u*72/100, tone.dark(one*16/100))
		s.fill(new(path).circle(x+k*u*255/100, sy+u*80/100, u*30/100), solid(trim.dark(one*10/100)))
	}
	s.fill(new(path).round(x-u*95/100, sy+u*45/100, u*190/100, u*150/100, u*20/100), ink1(x-u, sy, x+u, sy+2*u, tone.dark(one*35/100)))
	s.fill(new(path).circle(x, sy+u*110/100, u*40/100), around(pt{x, sy + u*110/100}, u*45/100, hex(0xffffff), eye, eye.dark(one/2)))
	s.halo(x, sy+u*110/100, u*140/100, eye, one*80/100)
	// Neck of rings.
	for i := range 5 {
		s.fill(new(path).round(x-u*62/100, sy-u*(72-16*i)/100, u*124/100, u*20/100, u*10/100), ink1(x-u/2, sy, x+u/2, sy, tone.dark(one*(45-5*i)/100)))
	}
	// Ears, antenna, head.
	for _, k := range []int{-1, 1} {
		s.fill(new(path).round(x+k*w-u*28/100, y-u*40/100, u*56/100, u*110/100, u*20/100), ink1(x+k*w-u/3, y-u/2, x+k*w+u/3, y+u/2, tone.dark(one*20/100)))
		s.fill(new(path).circle(x+k*(w+u*20/100), y+u*15/100, u*22/100), solid(trim))
	}
	if r.chance(75) {
		top := y - h*95/100
		s.fill(new(path).taper(u*16/100, u*7/100, pt{x, top}, pt{x + u*r.in(-20, 20)/100, top - u*80/100}), solid(tone.dark(one*40/100)))
		s.ball(x, top-u*92/100, u*20/100, trim)
		s.halo(x, top-u*92/100, u*80/100, trim.light(one/4), one*70/100)
	}
	head := new(path).round(x-w, y-h, 2*w, h*195/100, rad)
	s.fill(head, ink1(x-w, y-h, x+w, y+h, tone))
	s.fill(new(path).round(x-w*88/100, y-h*88/100, w*60/100, h*40/100, rad/2), lightInk(hex(0xffffff), one*14/100))
	s.robotFace(x, y, u, w, h, tone, trim, eye, r)
	// Rim light on the shaded side.
	s.fill(new(path).round(x-w, y-h, 2*w, h*195/100, rad), ink{a: one, m: screen, at: func(ix, iy int) color {
		return s.pal.second.scale(step((ix*px-x), w*70/100, w*104/100) * 7 / 10)
	}})
}

// robotFace is the visor, the eyes, the mouth, the joints between plates.
func (s *stage) robotFace(x, y, u, w, h int, tone, trim, eye color, r *random) {
	glassy := hex(0x12161f)
	vy := y - h*12/100
	s.fill(new(path).round(x-w*80/100, vy-h*32/100, w*160/100, h*64/100, u*30/100), down(vy-h/3, vy+h/3, glassy.light(one/6), glassy))
	kind := r.n(3)
	for _, k := range []int{-1, 1} {
		ex := x + k*w*40/100
		s.halo(ex, vy, u*120/100, eye, one)
		switch kind {
		case 0:
			s.fill(new(path).circle(ex, vy, u*34/100), around(pt{ex, vy}, u*36/100, hex(0xffffff), eye.light(one/2), eye))
			s.fill(new(path).circle(ex, vy, u*12/100), solid(glassy))
		case 1:
			s.fill(new(path).round(ex-u*34/100, vy-u*12/100, u*68/100, u*24/100, u*12/100), solid(eye.light(one*60/100)))
		default:
			s.fill(new(path).move(ex-u*34/100, vy+u*16/100).quad(ex, vy-u*50/100, ex+u*34/100, vy+u*16/100).quad(ex, vy-u*16/100, ex-u*34/100, vy+u*16/100), solid(eye.light(one*60/100)))
		}
	}
	s.fill(new(path).poly(pt{x - w*70/100, vy - h*28/100}, pt{x - w*20/100, vy - h*28/100}, pt{x - w*46/100, vy + h*28/100}, pt{x - w*76/100, vy + h*28/100}), lightInk(hex(0xffffff), one*10/100))
	my := y + h*56/100
	s.fill(new(path).round(x-w*44/100, my-u*16/100, w*88/100, u*40/100, u*14/100), solid(tone.dark(one*58/100)))
	for i := range 7 {
		s.box(x-w*36/100+w*72*i/700, my-u*9/100, w*6/100, u*26/100, tone.light(one*20/100), one, normal)
	}
	seam := glass(color{}, one*35/100)
	s.fill(new(path).rect(x-w, y+h*36/100, 2*w, max(u*3/100, px/2)).rect(x-max(u*1/100, px/4), y-h, max(u*3/100, px/2), h*56/100), seam)
	bolts := new(path)
	for _, k := range []int{-1, 1} {
		for _, b := range [][2]int{{86, 46}, {86, 84}, {70, -86}} {
			bolts.circle(x+k*w*b[0]/100, y+h*b[1]/100, u*7/100)
		}
	}
	s.fill(bolts.shifted(u*2/100, u*2/100), glass(color{}, one*45/100))
	s.fill(bolts, solid(tone.light(one*30/100)))
	s.fill(new(path).rect(x-w, y+h*70/100, w*34/100, u*10/100).rect(x+w*66/100, y+h*70/100, w*34/100, u*10/100), solid(trim))
}

// helmet is an astronaut.
func (s *stage) helmet(x, y, u int, r *random) {
	suit := hex(0xe9edf2).to(s.pal.light, one/6)
	shade := s.pal.far.to(s.pal.mid, one/2)
	sy := y + u*220/100
	s.fill(new(path).move(x-u*360/100, s.h*px+px).cubic(x-u*350/100, sy+u*10/100, x-u*200/100, sy-u*20/100, x-u*130/100, sy-u*10/100).
		line(x+u*130/100, sy-u*10/100).cubic(x+u*200/100, sy-u*20/100, x+u*350/100, sy+u*10/100, x+u*360/100, s.h*px+px),
		along(pt{x - u*3, sy}, pt{x + u*3, s.h * px}, suit, suit.dark(one/8), shade))
	s.fill(new(path).stroke(u*9/100, curve(pt{x - u*170/100, sy}, pt{x - u*140/100, sy + u}, pt{x - u*150/100, sy + u*2})...).stroke(u*9/100, curve(pt{x + u*170/100, sy}, pt{x + u*140/100, sy + u}, pt{x + u*150/100, sy + u*2})...), glass(shade, one*60/100))
	s.fill(new(path).round(x-u*70/100, sy+u*80/100, u*140/100, u*90/100, u*14/100), along(pt{x - u, sy}, pt{x + u, sy + 2*u}, suit.dark(one/8), shade.dark(one/6)))
	for i := range 3 {
		s.fill(new(path).circle(x-u*40/100+u*40*i/100, sy+u*110/100, u*11/100), solid([]color{s.pal.accent, s.pal.second, hex(0x7fd08a)}[i]))
		s.box(x-u*52/100, sy+u*(132+10*i)/100, u*r.in(50, 104)/100, u*4/100, suit, one*7/10, normal)
	}
	s.fill(new(path).ellipse(x, sy-u*6/100, u*150/100, u*44/100), along(pt{x - u, sy}, pt{x + u, sy}, suit.light(one/3), suit, shade.dark(one/5)))
	d := u * 205 / 100
	s.fill(new(path).circle(x, y, d), around(pt{x - d/3, y - d*4/10}, d*17/10, hex(0xffffff), suit, suit.dark(one/10), shade))
	for _, k := range []int{-1, 1} {
		s.fill(new(path).round(x+k*d-u*24/100, y-u*50/100, u*48/100, u*100/100, u*18/100), along(pt{x + k*d - u/3, y}, pt{x + k*d + u/3, y + u}, suit, shade))
		s.fill(new(path).circle(x+k*d, y, u*20/100), solid(s.pal.accent))
	}
	s.visor(x, y+u*8/100, d, r)
	_ = shade
}

// visor mirrors the sky the astronaut looks at.
func (s *stage) visor(x, y, d int, r *random) {
	p := s.pal
	w, h := d*80/100, d*70/100
	rim := new(path).round(x-w-d*4/100, y-h-d*4/100, 2*w+d*8/100, 2*h+d*8/100, h)
	s.fill(rim, along(pt{x - w, y - h}, pt{x + w, y + h}, hex(0xf2d38a), hex(0x9a6f30), hex(0xf0cf86)))
	v := new(path).round(x-w, y-h, 2*w, 2*h, h*95/100)
	seed := s.seedFor("visor")
	s.fill(v, by(func(ix, iy int) color {
		u, t := (ix*px-x)*one/w, (iy*px-y)*one/h
		bend := t + (u*u>>16)/4 // what is mirrored bends with the glass
		c := ramp{p.top.dark(one / 3), p.top, p.sky, p.accent, p.low}.at(clamp((bend+one)*6/10, 0, one))
		ground := one*35/100 + (noise1(u*3+9*one, seed)-one/2)/4
		edge := one * 3 * px / max(h, px)
		c = c.to(p.near.to(p.far, step(bend, ground, ground+one*80/100)*6/10), step(bend, ground-edge/2, ground+edge/2))
		return c.dark(step(abs(u), one*6/10, one*105/100) * 55 / 100)
	}))
	for range 26 {
		a, q := r.n(one), r.in(5, 80)
		sx, sy := x+(w*q/100)*cos(a)>>16, y-abs((h*q/100)*sin(a)>>16)
		s.glow(sx, sy, max(d/60, px), max(d/60, px), hex(0xffffff), one*r.in(30, 90)/100, screen)
	}
	ex, ey := x+w*r.in(-30, 30)/100, y-h*r.in(20, 40)/100
	s.ball(ex, ey, d*13/100, p.second)
	s.fill(new(path).move(x-w*78/100, y-h*10/100).cubic(x-w*80/100, y-h*60/100, x-w*50/100, y-h*82/100, x-w*16/100, y-h*86/100).
		cubic(x-w*46/100, y-h*66/100, x-w*62/100, y-h*44/100, x-w*78/100, y-h*10/100), lightInk(hex(0xffffff), one*48/100))
	s.fill(new(path).ellipse(x+w*62/100, y+h*46/100, w*6/100, h*16/100).turn(x+w*62/100, y+h*46/100, 6000), lightInk(hex(0xffffff), one*26/100))
}
