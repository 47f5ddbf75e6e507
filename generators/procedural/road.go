package procedural

// road runs to a vanishing point: through the desert, the country, or an
// avenue of trees.
func (s *stage) road() {
	r := s.rand("road")
	avenue := s.things["avenue"] || s.things["trees"]
	s.horizon = s.fy(r.in(500, 590))
	s.drawSky()
	s.use("road")
	van := pt{s.fx(r.in(320, 680)), s.horizon}
	if s.pal.name == "desert" || s.things["desert"] || s.pal.name == "mars" {
		s.use("desert")
		s.mesas(r)
	} else if !avenue {
		s.ranges(r, false)
	}
	s.plain(van)
	if avenue {
		s.track(van, r)
	} else {
		s.asphalt(van, r)
	}
	switch {
	case avenue && !s.without["trees"]:
		s.use("avenue")
		s.rows2(van, r)
	case s.may("cactus", 50) && s.pal.name == "desert":
		for range r.in(2, 4) {
			t := r.in(30, 100)
			side := r.sign()
			y := s.horizon + (s.h*px-s.horizon)*t/100
			s.cactus(van.x+side*(s.k(120)+s.k(700)*t/100), y-s.k(20), s.k(260)*t/100+s.k(30), r)
		}
		s.poles(van, r)
	default:
		s.poles(van, r)
	}
	if s.has("car") {
		s.carBehind(van, r)
	}
	s.weather()
}

// plain is the land at both sides.
func (s *stage) plain(van pt) {
	y0 := s.horizon / px
	seed := s.seedFor("plain")
	wide := s.wide()
	near := s.pal.ground.dark(one * 18 / 100)
	s.each(0, y0, s.w, s.h, normal, func(x, y int) (color, int) {
		d := y - y0 + 1
		t := d * one / max(s.h-y0, 1)
		u := (x - van.x/px) * one / (d + wide/16)
		v := wide * 12 * one / (d + wide/16)
		n := noise2(u*4, v*4, seed)*5/8 + noise2(u*19, v*16, seed)*3/8
		c := s.pal.haze.to(s.pal.ground, isqrt(t<<16)).to(near, t/2)
		return c.to(s.pal.light, step(n, one*55/100, one*80/100)*16/100).dark(step(one-n, one*55/100, one*85/100) * 26 / 100), one
	})
}

// asphalt is the road with its lines.
func (s *stage) asphalt(van pt, r *random) {
	bottom := s.h*px + s.k(40)
	half := s.k(r.in(330, 460))
	at := s.fx(500) + (s.fx(500)-van.x)*6/10
	side := func(u, t int) pt { // u: thousandths of the half width, t: Q16 from far to near
		return pt{mix(van.x, at+half*u/1000, t), mix(van.y, bottom, t)}
	}
	quad := func(u0, u1, t0, t1 int) *path {
		return new(path).poly(side(u0, t0), side(u1, t0), side(u1, t1), side(u0, t1))
	}
	tar := hex(0x4a4a52).to(s.pal.near, one*40/100)
	s.fill(quad(-1160, 1160, 0, one), down(van.y, bottom, s.pal.haze.to(s.pal.ground, one/2), s.pal.ground.dark(one*28/100)))
	s.fill(quad(-1000, 1000, 0, one), down(van.y, bottom, s.pal.haze.to(tar, one/4), tar.light(one/10), tar, tar.dark(one/5)))
	s.fill(quad(-560, -300, 0, one), shadeInk(hex(0x808088), one*34/100))
	s.fill(quad(300, 560, 0, one), shadeInk(hex(0x808088), one*34/100))
	white := s.pal.light.to(hex(0xffffff), one/2)
	for _, u := range []int{-930, 900} {
		s.fill(quad(u, u+32, one/60, one), glass(white, one*80/100))
	}
	line := hex(0xf2c14e)
	for i := range 26 {
		// Even steps on the ground are 1/z on the picture.
		z0, z1 := 2+i*4, 4+i*4
		t0, t1 := one*2/z1, one*2/z0
		s.fill(quad(-18, 18, t0, t1), glass(line, one*90/100))
	}
	if s.things["rain"] {
		s.glow(van.x, van.y+s.k(120), s.k(200), s.k(220), s.pal.low, one*45/100, screen)
	}
}

// track is a pale path, with ruts, for an avenue.
func (s *stage) track(van pt, r *random) {
	bottom := s.h*px + s.k(40)
	half, at := s.k(r.in(250, 330)), s.fx(500)
	seed := s.seedFor("track")
	tone := s.pal.low.to(s.pal.ground, one*35/100)
	if s.pal.dim() {
		tone = s.pal.ground.light(one / 8)
	}
	p := new(path).move(van.x-s.k(4), van.y)
	for i := range 25 { // ragged edges
		t := (i + 1) * one / 25
		p.line(mix(van.x, at+half, t)+(noise1(i*one*2, seed)-one/2)*s.k(50)>>16*t>>16, mix(van.y, bottom, t))
	}
	for i := 24; i >= 0; i-- {
		t := (i + 1) * one / 25
		p.line(mix(van.x, at-half, t)+(noise1(i*one*2, seed+1)-one/2)*s.k(50)>>16*t>>16, mix(van.y, bottom, t))
	}
	s.fill(p, down(van.y, bottom, s.pal.haze.to(tone, one/3), tone, tone.dark(one*30/100)))
	for _, u := range []int{-520, 520} {
		a, b := half*(u-130)/1000, half*(u+130)/1000
		s.fill(new(path).poly(van, pt{at + a, bottom}, pt{at + b, bottom}), glass(s.pal.near, one*18/100))
	}
}

// poles carry wires along the road.
func (s *stage) poles(van pt, r *random) {
	side := r.sign()
	tone := s.pal.near.to(s.pal.far, one/5)
	var prev [2]pt
	for i := 9; i >= 1; i-- {
		z := i*2 + 1
		x := van.x + side*s.k(2300)/z
		foot, high := s.horizon+s.k(640)/z, s.k(1500)/z
		w := max(s.k(34)/z, px/2)
		s.fill(new(path).rect(x-w/2, foot-high, w, high).rect(x-w*5, foot-high*92/100, w*10, w), solid(tone.to(s.pal.haze, one*i/16)))
		ends := [2]pt{{x - w*5, foot - high*92/100}, {x + w*5, foot - high*92/100}}
		if i < 9 {
			p := new(path)
			for k := range 2 {
				a, b := prev[k], ends[k]
				p.stroke(max(w/5, px/2), curve(a, pt{(a.x + b.x) / 2, (a.y+b.y)/2 + s.k(200)/z/2}, b)...)
			}
			s.fill(p, glass(tone, one*70/100))
		}
		prev = ends
	}
}

// rows2 plants trees on both sides, and lets leaves lie on the ground.
func (s *stage) rows2(van pt, r *random) {
	tones := []color{s.pal.accent, s.pal.second, s.pal.mid, s.pal.accent.to(s.pal.mid, one/2)}
	for i := 9; i >= 1; i-- {
		z := i + 1
		depth := one * i / 11
		for _, side := range []int{-1, 1} {
			x := van.x + side*s.k(1250)/z
			foot, high := s.horizon+s.k(800)/z, s.k(2300)/z
			tone := tones[r.n(len(tones))].to(s.pal.haze, depth*7/10)
			s.avenueTree(x, foot, high, side, tone, depth, r)
		}
		if i%3 == 1 && !s.without["fog"] {
			s.fogBank(s.horizon+s.k(300)/z, s.k(700)/z, s.pal.haze, one*16/100, "mist"+string(rune('0'+i)))
		}
	}
	s.use("leaves")
	p, q := new(path), new(path)
	for i := range 420 {
		t := r.n(one)
		t = isqrt(t<<16)*9/10 + one/30
		y := s.horizon + (s.h*px-s.horizon)*t>>16
		x := s.fx(r.in(-50, 1050))
		d := max(s.k(13)*t>>16, px/2)
		dst := p
		if i%2 == 0 {
			dst = q
		}
		dst.ellipse(x, y, d, d*45/100)
	}
	s.fill(p, glass(tones[0], one*85/100))
	s.fill(q, glass(tones[1], one*85/100))
}

func (s *stage) avenueTree(x, foot, high, side int, leaf color, depth int, r *random) {
	bark := s.pal.near.to(s.pal.haze, depth*8/10)
	w := high * 5 / 100
	top := pt{x - side*high*r.in(4, 10)/100, foot - high*62/100}
	p := new(path).taper(w*13/10, w*6/10, pt{x, foot}, pt{x, foot - high*30/100}, top)
	p.poly(pt{x - w, foot + w/3}, pt{x, foot - w*3}, pt{x + w, foot + w/3})
	for range 4 {
		p.taper(w*5/10, w/6, pt{x, foot - high*r.in(28, 42)/100}, pt{x + high*r.in(-26, 26)/100, foot - high*r.in(55, 80)/100})
	}
	s.shadow(x, foot+w/4, w*5, w, one*40/100)
	s.fill(p, solid(bark))
	s.foliage(pt{top.x, top.y - high*10/100}, high*32/100, high*27/100, leaf, r)
}

// carBehind is a car on its way, seen from behind, its lights on.
func (s *stage) carBehind(van pt, r *random) {
	t := one * r.in(34, 48) / 100
	x, foot := mix(van.x, s.fx(620), t), mix(van.y, s.h*px, t)
	w := s.k(430) * t >> 16
	tone := s.pal.accent.dark(one * 20 / 100)
	s.shadow(x, foot, w*7/10, w/7, one*70/100)
	s.fill(new(path).round(x-w*42/100, foot-w*14/100, w*18/100, w*16/100, w/30).round(x+w*24/100, foot-w*14/100, w*18/100, w*16/100, w/30), solid(hex(0x101014)))
	s.fill(new(path).move(x-w*36/100, foot-w*40/100).cubic(x-w*30/100, foot-w*66/100, x+w*30/100, foot-w*66/100, x+w*36/100, foot-w*40/100), solid(tone.dark(one/4)))
	s.fill(new(path).move(x-w*29/100, foot-w*40/100).cubic(x-w*25/100, foot-w*60/100, x+w*25/100, foot-w*60/100, x+w*29/100, foot-w*40/100), down(foot-w*60/100, foot-w*40/100, s.pal.sky, s.pal.near))
	s.fill(new(path).round(x-w*46/100, foot-w*42/100, w*92/100, w*32/100, w*8/100), down(foot-w*42/100, foot-w*8/100, tone.light(one/4), tone, tone.dark(one/2)))
	for _, side := range []int{-1, 1} {
		lx, ly := x+side*w*34/100, foot-w*30/100
		s.fill(new(path).round(lx-w*8/100, ly-w*3/100, w*16/100, w*7/100, w/40), solid(hex(0xff5a4a)))
		s.halo(lx, ly, w*30/100, hex(0xff3a2a), one*7/10)
	}
	s.box(x-w*9/100, foot-w*24/100, w*18/100, w*6/100, hex(0xeeeeea), one, normal)
}
