package procedural

// flowers fills the frame with blossoms and leaves.
func (s *stage) flowers() {
	r := s.rand("flowers")
	p := s.pal
	dark := p.dim() || r.chance(35)
	if dark {
		s.wash(0, s.h, ramp{p.near.dark(one / 4), p.near.to(p.ground, one/4)}, one, normal)
	} else {
		s.wash(0, s.h, ramp{p.paper, p.low.to(p.paper, one/2)}, one, normal)
	}
	s.glow(s.sun.x, s.sun.y, s.k(700), s.k(700), p.light, one*45/100, screen)
	green := p.ground.to(hex(0x4f7a4a), one/2)
	s.use("leaves")
	far := 16
	for range far {
		s.branch(pt{s.fx(r.in(-50, 1050)), s.fy(r.in(-50, 1050))}, r.n(one), s.k(r.in(200, 420)), green.dark(one*r.in(25, 60)/100).to(p.haze, one*25/100), r)
	}
	s.defocus(s.k(8))
	cx, cy := s.fx(r.in(380, 620)), s.fy(r.in(420, 600))
	for i := range 11 {
		a := i*one/11 + r.in(-1500, 1500)
		s.branch(pt{cx, cy}, a, s.k(r.in(360, 520)), green.dark(one*r.in(0, 30)/100), r)
	}
	if s.without["flowers"] || !s.things["flowers"] && s.things["leaves"] {
		for range 8 {
			s.branch(pt{s.fx(r.in(100, 900)), s.fy(r.in(100, 900))}, r.n(one), s.k(r.in(360, 560)), green.to(p.light, one*r.in(0, 20)/100), r)
		}
		return
	}
	tones := []color{p.accent, p.second, p.paper, p.low, p.haze}
	if len(s.colors) > 0 {
		tones = append(s.colors[:len(s.colors):len(s.colors)], p.paper)
	}
	n := r.in(7, 12)
	for i := range n {
		a, d := i*one*382/1000, s.k(95)*isqrt(i*100)/10
		s.blossom(pt{cx + d*cos(a)>>16, cy + d*sin(a)>>16}, s.k(r.in(70, 120)), pick(r, tones...), r)
	}
	s.blossom(pt{cx, cy}, s.k(r.in(130, 165)), tones[0], r)
}

// blossom is a flower seen from the front: whorls of petals around a heart.
func (s *stage) blossom(at pt, d int, tone color, r *random) {
	s.shadow(at.x+d/8, at.y+d/6, d*115/100, d*115/100, one*30/100)
	switch r.n(3) {
	case 0: // daisy
		s.petals(at, d, r.in(12, 18), 26, tone, r.n(one))
		s.petals(at, d*80/100, r.in(10, 14), 26, tone.light(one/5), r.n(one))
		s.disc(at, d*28/100, hex(0xe8a92c), r)
	case 1: // rose
		for i := range 6 {
			s.petals(at, d*(100-15*i)/100, 7-i/2, 62, tone.to(tone.dark(one*45/100), i*one/7).light(one*10/100), r.n(one))
		}
		s.fill(new(path).circle(at.x, at.y, d*10/100), solid(tone.dark(one*55/100)))
	default: // five broad petals
		s.petals(at, d, 5, 64, tone, r.n(one))
		s.petals(at, d*62/100, 5, 50, tone.light(one*30/100), r.n(one))
		s.disc(at, d*16/100, hex(0xf2c84a), r)
	}
}

// petals is one whorl; broad is a petal's width in percent of its length.
func (s *stage) petals(at pt, d, n, broad int, tone color, phase int) {
	for i := range n {
		a := phase + i*one/n
		c, z := cos(a), sin(a)
		to := func(u, v int) (int, int) { return at.x + (u*c-v*z)>>16, at.y + (u*z+v*c)>>16 }
		w := d * broad / 100
		p := new(path).move(at.x, at.y)
		for _, side := range []int{1, -1} {
			ax, ay := to(d*30/100, side*w*60/100)
			bx, by := to(d*105/100, side*w*90/100)
			ex, ey := to(d, 0)
			if side < 0 {
				ax, ay, bx, by = bx, by, ax, ay
				ex, ey = at.x, at.y
			}
			p.cubic(ax, ay, bx, by, ex, ey)
		}
		// Petals towards the light are paler.
		lit := (one - (c+z)*7/10) / 2
		s.fill(p, around(at, d, tone.dark(one*42/100), tone.dark(one*8/100), tone.to(tone.light(one*35/100), clamp(lit, 0, one))))
	}
}

// disc is the dotted middle of a flower.
func (s *stage) disc(at pt, d int, tone color, r *random) {
	s.ball(at.x, at.y, d, tone)
	p := new(path)
	for i := range 26 {
		a, q := i*one*382/1000, d*isqrt(i*400)/102
		p.circle(at.x+q*cos(a)>>16, at.y+q*sin(a)>>16, max(d/12, 1))
	}
	s.fill(p, glass(tone.dark(one*45/100), one*70/100))
}
