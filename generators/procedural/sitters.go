package procedural

// person is a bust in flat shapes; the face stays blank.
func (s *stage) person(x, y, u int, r *random) {
	skin := pick(r, hex(0xf2c9a8), hex(0xe0a878), hex(0xb87a52), hex(0x8a5638), hex(0xf6d7c0))
	hair := pick(r, hex(0x2a1c1a), hex(0x4a2f22), hex(0x8a5a30), hex(0x1f2430), hex(0xb9783c))
	if r.chance(15) {
		hair = s.pal.accent.dark(one / 5)
	}
	cloth := pick(r, s.pal.accent, s.pal.second, s.pal.ink.light(one/8), s.pal.far, s.pal.paper)
	if len(s.colors) > 0 {
		cloth = s.colors[0]
	}
	long := r.n(3)
	at := func(a, b int) (int, int) { return x + u*a/100, y + u*b/100 }
	shape := func(q ...int) *path { return organ(x, y, u, q...) }
	lit := func(p *path, tone color) {
		ax, ay := at(-200, -200)
		bx, by := at(220, 300)
		s.fill(p, along(pt{ax, ay}, pt{bx, by}, tone.light(one*26/100), tone.light(one*6/100), tone, tone.dark(one*34/100)))
	}
	switch long { // hair that lies behind
	case 0:
		lit(shape(-150, -150, 0, -225, 150, -150, 190, 20, 200, 220, 120, 270, -120, 270, -200, 220, -190, 20), hair.dark(one*22/100))
	case 1:
		bx, by := at(0, -230)
		s.fill(new(path).circle(bx, by, u*62/100), along(pt{bx - u/2, by - u/2}, pt{bx + u/2, by + u/2}, hair.light(one/4), hair.dark(one/4)))
	}
	_, sy := at(0, 210)
	body := new(path).move(x-u*340/100, s.h*px+px).cubic(x-u*330/100, sy+u*60/100, x-u*190/100, sy+u*20/100, x-u*70/100, sy-u*16/100).
		line(x+u*70/100, sy-u*16/100).cubic(x+u*190/100, sy+u*20/100, x+u*330/100, sy+u*60/100, x+u*340/100, s.h*px+px)
	lit(body, cloth)
	lit(shape(-62, 90, 62, 90, 66, 190, 90, 222, 0, 262, -90, 222, -66, 190), skin.dark(one*14/100))
	s.fill(shape(-62, 118, 0, 160, 62, 118, 66, 168, 0, 196, -66, 168), glass(skin.dark(one/2), one*45/100))
	if r.chance(50) { // lapels
		for _, k := range []int{-1, 1} {
			p := organ(x, y, u, 92*k, 206, 150*k, 240, 60*k, 420, 0, 470, 10*k, 330)
			s.fill(p, along(pt{x - u, sy}, pt{x + u, sy + 2*u}, cloth.light(one/6), cloth.dark(one*30/100)))
		}
	}
	for _, k := range []int{-1, 1} {
		lit(shape(118*k, -20, 142*k, -30, 140*k, 30, 116*k, 40), skin.dark(one*b2i(k > 0)*16/100))
	}
	lit(shape(-122, -70, -70, -150, 0, -168, 70, -150, 122, -70, 122, 20, 92, 100, 30, 146, 0, 150, -30, 146, -92, 100, -122, 20), skin)
	// The shaded half of the face, a hint of nose and cheek.
	s.fill(shape(20, -160, 80, -140, 122, -70, 122, 20, 92, 100, 30, 146, 40, 60, 14, 44, 34, -20), glass(skin.dark(one*45/100), one*34/100))
	cx, cy := at(-58, 40)
	s.glow(cx, cy, u*44/100, u*34/100, hex(0xff8a70), one*20/100, normal)
	s.fill(shape(-50, -14, -82, -20, -92, -12, -72, -8).shifted(0, 0), glass(hair, one*60/100))
	s.fill(shape(50, -14, 82, -20, 92, -12, 72, -8), glass(hair, one*60/100))
	fringe := shape(-136, -20, -140, -100, -90, -180, 0, -206, 90, -180, 140, -100, 136, -20, 112, -80, 60, -118, -10, -96, -80, -112, -112, -70)
	if long == 2 {
		fringe = shape(-132, -40, -136, -110, -80, -190, 20, -212, 100, -180, 138, -100, 130, -40, 116, -90, 70, -140, -30, -150, -100, -110)
	}
	lit(fringe, hair)
	s.fill(shape(-90, -150, -30, -190, 40, -190, -20, -160).shifted(-u*8/100, u*6/100), lightInk(hex(0xffffff), one*14/100))
	s.rimLight(x, y, u)
}

// rimLight brightens the right edge of a bust.
func (s *stage) rimLight(x, y, u int) {
	s.glow(x+u*190/100, y-u*30/100, u*90/100, u*230/100, s.pal.second, one*30/100, screen)
	s.glow(x+u*300/100, y+u*300/100, u*120/100, u*160/100, s.pal.second, one*26/100, screen)
}

// cat is a cat's or a fox's head, of facets.
func (s *stage) cat(x, y, u int, r *random) {
	fox := s.things["fox"]
	fur := pick(r, hex(0x8a8f98), hex(0xd9924a), hex(0x3a3c44), hex(0xe8dcc8), hex(0x8a6a52))
	if fox {
		fur = hex(0xd9692a)
	}
	if len(s.colors) > 0 {
		fur = s.colors[0]
	}
	white := hex(0xf6efe6)
	y += u * 20 / 100
	tri := func(tone color, q ...int) {
		for _, k := range []int{-1, 1} {
			c := tone
			if k > 0 {
				c = tone.dark(one * 24 / 100)
			}
			p := new(path)
			p.starts = append(p.starts, 0)
			for i := 0; i+1 < len(q); i += 2 {
				p.line(x+k*u*q[i]/100, y+u*q[i+1]/100)
			}
			s.fill(p, solid(c))
		}
	}
	s.fill(new(path).move(x-u*250/100, s.h*px+px).cubic(x-u*230/100, y+u*230/100, x-u*120/100, y+u*140/100, x, y+u*120/100).
		cubic(x+u*120/100, y+u*140/100, x+u*230/100, y+u*230/100, x+u*250/100, s.h*px+px), along(pt{x - u*2, y}, pt{x + u*2, y + 4*u}, fur.light(one/5), fur, fur.dark(one*45/100)))
	chest := white
	if !fox {
		chest = fur.light(one * 35 / 100)
	}
	tri(chest, 0, 150, 70, 170, 90, 260, 40, 380, 0, 430)
	tri(fur.dark(one*30/100), 50, -120, 160, -262, 200, -60, 120, -20)
	tri(hex(0xe8a79a).to(fur, one/4), 84, -112, 152, -220, 174, -70, 120, -50)
	tri(fur, 0, -150, 78, -138, 190, -20, 205, 60, 150, 130, 60, 200, 0, 216)
	tri(fur.light(one*18/100), 0, -150, 60, -130, 46, -20, 0, 30)
	tri(fur.dark(one*14/100), 78, -138, 190, -20, 120, -10, 46, -20)
	tri(fur.light(one*8/100), 46, -20, 120, -10, 190, -20, 205, 60, 110, 80, 40, 40)
	tri(white.to(fur, one*b2i(!fox)/3), 205, 60, 150, 130, 60, 200, 0, 216, 0, 150, 40, 110, 110, 80)
	tri(white.to(fur, one/5), 0, 40, 40, 40, 52, 110, 20, 160, 0, 168)
	eye := pick(r, hex(0xf2c83c), hex(0x8fd06a), hex(0x6fc8e0))
	for _, k := range []int{-1, 1} {
		ex, ey := x+k*u*88/100, y+u*10/100
		almond := new(path).move(ex-u*46/100, ey+u*8/100*k).quad(ex, ey-u*78/100, ex+u*46/100, ey-u*8/100*k).quad(ex, ey+u*70/100, ex-u*46/100, ey+u*8/100*k)
		s.fill(almond, solid(hex(0x15161a)))
		s.fill(new(path).circle(ex, ey-u*3/100, u*32/100), around(pt{ex, ey}, u*35/100, eye.light(one/3), eye, eye.dark(one/2)))
		s.fill(new(path).ellipse(ex, ey-u*3/100, u*10/100, u*28/100), solid(hex(0x0c0c10)))
		s.fill(new(path).circle(ex-u*9/100, ey-u*14/100, u*6/100), solid(hex(0xffffff)))
	}
	s.fill(new(path).move(x-u*30/100, y+u*100/100).quad(x, y+u*86/100, x+u*30/100, y+u*100/100).quad(x+u*10/100, y+u*128/100, x, y+u*134/100).quad(x-u*10/100, y+u*128/100, x-u*30/100, y+u*100/100),
		solid(hex(0x2a2024).to(hex(0xe08f92), one*b2i(!fox)*7/10)))
	whisk := new(path)
	for _, k := range []int{-1, 1} {
		whisk.stroke(max(u*4/100, px/2), curve(pt{x, y + u*132/100}, pt{x + k*u*14/100, y + u*156/100}, pt{x + k*u*44/100, y + u*150/100})...)
		for i := range 3 {
			whisk.taper(max(u*3/100, px/2), u*1/100+1, curve(pt{x + k*u*60/100, y + u*(118+12*i)/100}, pt{x + k*u*160/100, y + u*(104+20*i)/100}, pt{x + k*u*270/100, y + u*(96+40*i)/100})...)
		}
	}
	s.fill(whisk, glass(hex(0x2a2024).to(hex(0xffffff), one*b2i(fur.luma() < 90*256)), one*75/100))
	s.rimLight(x, y, u)
}

// owl is an owl on its branch.
func (s *stage) owl(x, y, u int, r *random) {
	tone := pick(r, hex(0x8a6544), hex(0x6a6f78), hex(0xb08a5a), hex(0xd9d4cc))
	if len(s.colors) > 0 {
		tone = s.colors[0]
	}
	y -= u * 30 / 100
	body := organ(x, y, u, -150, -130, 0, -170, 150, -130, 180, 0, 190, 200, 120, 380, 0, 430, -120, 380, -190, 200, -180, 0)
	s.fill(body, along(pt{x - 2*u, y - u}, pt{x + 2*u, y + 4*u}, tone.light(one/4), tone, tone.dark(one*45/100)))
	for j := range 9 { // feathers of the breast
		for i := range 9 {
			fx, fy := x+u*((i-4)*34+(j&1)*17)/100, y+u*(130+28*j)/100
			if abs(i-4)*34 > 130-j*3 {
				continue
			}
			p := new(path).move(fx-u*18/100, fy).quad(fx-u*18/100, fy+u*34/100, fx, fy+u*40/100).quad(fx+u*18/100, fy+u*34/100, fx+u*18/100, fy).quad(fx, fy-u*12/100, fx-u*18/100, fy)
			s.fill(p, down(fy, fy+u*40/100, tone.light(one*(30+(i+j)%3*10)/100), tone.dark(one*10/100)))
		}
	}
	for _, k := range []int{-1, 1} {
		s.fill(organ(x, y, u, 140*k, 20, 205*k, 100, 200*k, 260, 130*k, 400, 110*k, 250), along(pt{x - 2*u, y}, pt{x + 2*u, y + 4*u}, tone.dark(one*10/100), tone.dark(one*50/100)))
		s.fill(organ(x, y, u, 40*k, -130, 120*k, -200, 165*k, -225, 170*k, -150, 150*k, -90), solid(tone.dark(one*22/100)))
		ex, ey := x+k*u*74/100, y-u*20/100
		s.fill(new(path).circle(ex, ey, u*92/100), around(pt{ex, ey}, u*95/100, tone.light(one*75/100), tone.light(one*60/100), tone.light(one*35/100), tone.dark(one*12/100)))
		for i := range 20 {
			a := i * one / 20
			s.fill(new(path).taper(u*5/100, u*2/100, pt{ex + u*52*cos(a)/100>>16, ey + u*52*sin(a)/100>>16}, pt{ex + u*86*cos(a)/100>>16, ey + u*86*sin(a)/100>>16}), glass(tone.dark(one*35/100), one*50/100))
		}
		s.fill(new(path).circle(ex, ey, u*50/100), solid(hex(0x1a1512)))
		s.fill(new(path).circle(ex, ey, u*45/100), around(pt{ex - u/8, ey - u/8}, u*50/100, hex(0xffe27a), hex(0xf2a92c), hex(0xb8691a)))
		s.fill(new(path).circle(ex, ey, u*24/100), solid(hex(0x0c0a0a)))
		s.fill(new(path).circle(ex-u*14/100, ey-u*16/100, u*10/100), solid(hex(0xffffff)))
	}
	s.fill(organ(x, y, u, 0, 10, 26, 30, 16, 70, 0, 100, -16, 70, -26, 30), along(pt{x - u/3, y}, pt{x + u/3, y + u}, hex(0xf2b84a), hex(0x9a6420)))
	by := y + u*400/100
	s.fill(new(path).taper(u*60/100, u*44/100, curve(pt{-px, by + u*20/100}, pt{x, by}, pt{s.w*px + px, by - u*40/100})...), down(by-u/3, by+u/3, hex(0x7a5a40), hex(0x3a2a1f)))
	for _, k := range []int{-1, 1} {
		for i := range 3 {
			s.fill(new(path).taper(u*20/100, u*9/100, pt{x + k*u*60/100 + u*(i-1)*20/100, by - u*20/100}, pt{x + k*u*60/100 + u*(i-1)*24/100, by + u*20/100}), solid(hex(0xd99a3c)))
		}
	}
	s.branch(pt{s.w * px, by - u*60/100}, one*56/100, u*24/10, s.pal.ground.to(hex(0x4f7a4a), one/2), r)
}
