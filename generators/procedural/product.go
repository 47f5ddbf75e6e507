package procedural

// product is one thing on a table or a pedestal before a studio's backdrop.
func (s *stage) product() {
	r := s.rand("product")
	kind := s.productKind(r)
	s.use(kind)
	wood := s.things["table"]
	floor := s.fy(r.in(610, 730))
	if s.cameras["aerial"] {
		floor = s.fy(420)
	}
	s.backdrop(r, floor, wood)
	x := s.fx(r.in(350, 650))
	foot := floor + s.k(90)
	if !wood && (s.has("pedestal") || r.chance(45) && kind != "fruit") {
		s.use("pedestal")
		foot = s.pedestal(x, floor+s.k(60), r)
	}
	s.props(r, floor, kind)
	s.contact(x, foot, kind)
	products[kind](s, x, foot, s.k(490), r)
	if s.lights["rim"] {
		s.glow(s.fx(500), s.fy(450), s.k(700), s.k(700), s.pal.light, one*10/100, screen)
	}
	if s.has("embers") {
		s.drawEmbers(s.pal.accent, 60)
	}
	if s.has("lights") {
		s.bokeh(r, 30)
	}
}

// products is the table of things that can stand on the pedestal.
var products = map[string]func(*stage, int, int, int, *random){
	"mug": (*stage).mug, "bottle": (*stage).bottle, "flacon": (*stage).perfume, "vase": (*stage).vase, "jar": (*stage).jar, "bowl": (*stage).emptyBowl,
	"fruit": (*stage).fruitBowl, "glass": (*stage).glassOfDrink, "lamp": (*stage).tableLamp, "speaker": (*stage).speaker, "phone": (*stage).phone,
	"watch": (*stage).watch, "box": (*stage).giftBox, "sneaker": (*stage).sneaker, "chair": (*stage).chair,
}

func (s *stage) productKind(r *random) string {
	for _, name := range []string{"fruit", "flacon", "mug", "sneaker", "watch", "phone", "speaker", "bottle", "vase", "jar", "glass", "lamp", "chair", "box", "bowl"} {
		if s.things[name] {
			return name
		}
	}
	return pick(r, "bottle", "vase", "jar", "box")
}

// backdrop is a sweep of paper, lit from one side, or a wall above a table.
func (s *stage) backdrop(r *random, floor int, wood bool) {
	p := s.pal
	wall := pick(r, p.paper, p.low, p.haze, p.sky.to(p.paper, one/2), p.far.to(p.paper, one*3/10))
	if s.pal.dim() || s.lights["hard"] || s.lights["rim"] {
		wall = pick(r, p.far, p.mid, p.top).dark(one * 45 / 100)
	}
	if len(s.colors) > 0 && r.chance(60) {
		wall = s.colors[len(s.colors)-1].to(p.paper, one/3).below(full * 72 / 100)
	}
	ground := wall.dark(one * 10 / 100).light(one * 4 / 100)
	s.use("backdrop")
	s.wash(0, floor/px, ramp{wall.dark(one * 26 / 100), wall.dark(one * 6 / 100), wall.light(one * 10 / 100)}, one, normal)
	side := s.fx(r.in(60, 420))
	s.glow(side, floor-s.k(r.in(150, 620)), s.k(r.in(480, 800)), s.k(r.in(480, 760)), p.light, one*r.in(26, 50)/100, screen)
	s.glow(s.fx(r.in(800, 1050)), floor-s.k(r.in(0, 600)), s.k(520), s.k(r.in(420, 760)), wall.dark(one/2), one*r.in(16, 38)/100, normal)
	if r.chance(35) { // a second lamp
		s.glow(s.fx(r.in(500, 1000)), floor-s.k(r.in(200, 700)), s.k(420), s.k(420), p.light, one*r.in(20, 36)/100, screen)
	}
	s.gobo(r, floor)
	if r.chance(40) && !s.lights["softbox"] && !s.without["shadow"] {
		s.windowLight(r, floor)
	} else if r.chance(50) {
		s.arch(r, floor, wall)
	}
	if wood {
		s.use("table")
		s.tabletop(floor)
		return
	}
	s.wash(floor/px, s.h, ramp{ground.light(one * 8 / 100), ground, ground.dark(one * 20 / 100)}, one, normal)
	s.fogBank(floor, s.k(46), wall.light(one*9/100), one*9/10, "sweep")
	s.glow(side+s.k(250), floor+s.k(150), s.k(700), s.k(170), p.light, one*34/100, screen)
}

// gobo is what stands between a lamp and the wall: soft shadows of leaves or of
// blinds.
func (s *stage) gobo(r *random, floor int) {
	if s.without["shadow"] || s.lights["softbox"] || s.looks["minimal"] {
		return
	}
	dark := glass(s.pal.near, one*r.in(8, 15)/100)
	switch r.n(3) {
	case 0:
		p := new(path)
		lean, gap := s.k(r.in(-300, 300)), s.k(r.in(40, 90))
		for i := range 9 {
			y := s.fy(r.in(0, 60)) + 2*gap*i
			p.poly(pt{0, y}, pt{s.w * px, y + lean}, pt{s.w * px, y + lean + gap}, pt{0, y + gap})
		}
		s.fill(p, dark)
	case 1:
		p := new(path)
		at := pt{s.fx(r.in(0, 1000)), s.fy(r.in(-100, 100))}
		for range 5 {
			a := r.in(3000, 30000)
			for i := range 8 {
				d := s.k(90 * i)
				x, y := at.x+d*cos(a)>>16, at.y+d*sin(a)>>16
				for _, side := range []int{-1, 1} {
					b := a + side*9000
					l := s.k(r.in(90, 150))
					p.move(x, y).quad(x+l*cos(b+2500)>>16*6/10, y+l*sin(b+2500)>>16*6/10, x+l*cos(b)>>16, y+l*sin(b)>>16).
						quad(x+l*cos(b-2500)>>16*6/10, y+l*sin(b-2500)>>16*6/10, x, y)
				}
			}
		}
		s.fill(p, dark)
	default:
		return
	}
	s.defocus(s.k(9))
}

// windowLight is the light of a paned window on the wall.
func (s *stage) windowLight(r *random, floor int) {
	x, y := s.fx(r.in(380, 620)), floor-s.k(r.in(520, 600))
	w, h, lean := s.k(130), s.k(190), s.k(r.in(-90, 90))
	for j := range 2 {
		for i := range 2 {
			x0, y0 := x+i*w*112/100+lean*j, y+j*h*110/100
			s.fill(new(path).poly(pt{x0, y0}, pt{x0 + w, y0 - h/10}, pt{x0 + w + lean, y0 + h - h/10}, pt{x0 + lean, y0 + h}), lightInk(s.pal.light, one*24/100))
		}
	}
}

// arch is a shape behind the thing: a disc, an arch, steps.
func (s *stage) arch(r *random, floor int, wall color) {
	tone := pick(r, s.pal.accent, s.pal.second, s.pal.sky, s.pal.far).to(wall, one*45/100)
	x, w := s.fx(r.in(330, 670)), s.k(r.in(190, 290))
	k := along(pt{x - w, floor - 2*w}, pt{x + w, floor}, tone.light(one/6), tone, tone.dark(one/10))
	p := new(path)
	if r.chance(50) {
		p.circle(x, floor-s.k(290), w*12/10)
	} else {
		p.move(x-w, floor).line(x-w, floor-s.k(380)).cubic(x-w, floor-s.k(380)-w*13/10, x+w, floor-s.k(380)-w*13/10, x+w, floor-s.k(380)).line(x+w, floor)
	}
	s.fill(p.shifted(s.k(16), s.k(10)), glass(color{}, one*10/100))
	s.fill(p, k)
}

// tabletop is planks in perspective with their grain.
func (s *stage) tabletop(floor int) {
	seed := s.seedFor("wood")
	tone := hex(0x9a6a42).to(s.pal.ground, one*30/100)
	if s.pal.dim() {
		tone = tone.dark(one * 40 / 100)
	}
	y0 := floor / px
	wide := s.wide()
	s.each(0, y0, s.w, s.h, normal, func(x, y int) (color, int) {
		d := y - y0 + 1
		t := d * one / max(s.h-y0, 1)
		// Planks run to the horizon: depth in v, breadth in u.
		v := wide * 22 * one / (d + wide/6) / 8
		u := (x - s.w/2) * one / (d + wide*6/10) * 9 / 10
		plank := u * 34 / 10 >> 16
		f := u*34/10 - plank<<16
		tint := lattice(plank, 3, seed)
		ring := noise2(u*22+v/3+tint*7, v*2+tint*9, seed)*6/10 + noise2(u*90, v*5+tint*3, seed+1)*4/10
		c := tone.dark(one*14/100+tint*14/100).to(tone.light(one*16/100), smooth(ring))
		seam := min(f, one-f)
		c = c.dark((one - step(seam, 0, one*3/100)) * 50 / 100)
		lamp := one - ratio(abs(x-s.w*35/100), s.w*8/10)
		return c.dark(one*24/100-t*10/100).to(s.pal.light, lamp*(one-t)>>16*36/100), one
	})
	s.box(0, floor-s.k(2), s.w*px, s.k(3), s.pal.light, one*26/100, screen)
}

// pedestal is a cylinder, or two; it returns the height of its top.
func (s *stage) pedestal(x, floor int, r *random) int {
	tone := pick(r, s.pal.paper, s.pal.low, s.pal.haze, s.pal.accent.to(s.pal.paper, one/2))
	foot := floor + s.k(130)
	for i := range r.in(1, 2) {
		w, h := s.k(250-60*i), s.k(90-34*i)
		if i == 0 {
			s.shadow(x+w/3, foot+s.k(4), w*15/10, s.k(58), one*40/100)
		}
		s.cylinder(x, foot, w, h, w/6, tone.dark(one*3/100*i))
		foot -= h
	}
	return foot + s.k(14)
}

// cylinder is drawn with its top ellipse; foot is the middle of its lower one.
func (s *stage) cylinder(x, foot, w, h, flat int, tone color) {
	side := new(path).ellipse(x, foot, w, flat).rect(x-w, foot-h, 2*w, h)
	s.fill(side, s.roundInk(x, w, tone))
	s.fill(new(path).ellipse(x, foot-h, w, flat), along(pt{x - w, foot - h}, pt{x + w, foot - h}, tone.light(one*40/100), tone.light(one*14/100)))
}

// roundInk shades an upright round thing: light from the left, a core shadow,
// a little light back from the right.
func (s *stage) roundInk(x, w int, tone color) ink {
	r := ramp{tone.dark(one * 22 / 100), tone.light(one * 10 / 100), tone.light(one * 34 / 100), tone.light(one * 8 / 100),
		tone.dark(one * 12 / 100), tone.dark(one * 32 / 100), tone.dark(one * 46 / 100), tone.dark(one * 30 / 100)}
	if s.lights["rim"] || s.lights["hard"] {
		r = ramp{s.pal.light, tone.dark(one / 3), tone.dark(one * 60 / 100), tone.dark(one * 72 / 100), tone.dark(one * 55 / 100), tone, s.pal.light}
	}
	return by(func(px_, _ int) color { return r.at(ratio(px_*px+px/2-x+w, 2*w)) })
}

// contact is the shadow under a thing and the one it throws.
func (s *stage) contact(x, foot int, kind string) {
	if s.without["shadow"] {
		return
	}
	s.use("shadow")
	w := s.k(150)
	if kind == "fruit" || kind == "sneaker" {
		w = s.k(250)
	}
	s.shadow(x+w*6/10, foot+s.k(10), w*22/10, s.k(54), one*34/100)
	s.shadow(x, foot, w*115/100, s.k(24), one*60/100)
}

// props are quiet companions: balls, a leaf, stones.
func (s *stage) props(r *random, floor int, kind string) {
	if s.looks["minimal"] || kind == "fruit" {
		return
	}
	if r.chance(45) && !s.without["leaves"] {
		s.use("leaves")
		side := r.sign()
		s.branch(pt{s.fx(500 + side*530), s.fy(r.in(120, 420))}, one/4+side*one/4+r.in(-4000, 4000), s.k(r.in(330, 430)), s.pal.ground.to(hex(0x4f7a4a), one/2), r)
	}
	for range r.in(0, 2) {
		d := s.k(r.in(26, 60))
		x, y := s.fx(500+r.sign()*r.in(200, 340)), floor+s.k(r.in(40, 110))
		s.shadow(x+d/2, y, d*18/10, d/3, one*36/100)
		s.ball(x, y-d*9/10, d, pick(r, s.pal.accent, s.pal.second, s.pal.far, s.pal.paper))
	}
}

// ball is a lit sphere.
func (s *stage) ball(x, y, d int, tone color) {
	hot := pt{x - d*35/100, y - d*38/100}
	s.fill(new(path).circle(x, y, d), around(hot, d*17/10, tone.light(one*55/100), tone.light(one*10/100), tone, tone.dark(one*35/100), tone.dark(one*60/100)))
	s.glow(hot.x, hot.y, d*3/10, d*3/10, hex(0xffffff), one*45/100, screen)
	s.glow(x+d*40/100, y+d*52/100, d*55/100, d*40/100, tone.light(one/3), one*18/100, screen)
}

// bokeh is discs of light out of focus.
func (s *stage) bokeh(r *random, n int) {
	s.use("bokeh")
	tones := []color{s.pal.light, s.pal.accent, s.pal.second, hex(0xffd9a0)}
	for range n {
		x, y, d := s.fx(r.in(0, 1000)), s.fy(r.in(0, 620)), s.k(r.in(12, 46))
		tone := pick(r, tones...)
		s.fill(new(path).circle(x, y, d), lightInk(tone, one*r.in(8, 30)/100))
		s.glow(x, y, d*2, d*2, tone, one*10/100, screen)
	}
}

// branch is a stem with leaves on both sides.
func (s *stage) branch(from pt, angle, length int, tone color, r *random) {
	bend := r.in(-5000, 5000)
	var stem []pt
	at := from
	n := 9
	for i := range n + 1 {
		stem = append(stem, at)
		a := angle + bend*i/n
		at = pt{at.x + length/n*cos(a)>>16, at.y + length/n*sin(a)>>16}
	}
	s.fill(new(path).taper(max(s.k(6), px), s.k(2), stem...), solid(tone.dark(one/3)))
	for i := 1; i <= n; i++ {
		a := angle + bend*i/n
		for _, side := range []int{-1, 1} {
			l := length * r.in(22, 30) / 100 * (n + 3 - i) / n
			s.leaf(stem[i], a+side*r.in(6500, 10500), l, tone.to(s.pal.light, one*r.in(0, 22)/100), r)
		}
	}
}

// leaf is one pointed leaf, its halves in two tones.
func (s *stage) leaf(at pt, angle, l int, tone color, r *random) {
	w := l * r.in(17, 24) / 100
	c, n := cos(angle), sin(angle)
	to := func(u, v int) (int, int) { return at.x + (u*c-v*n)>>16, at.y + (u*n+v*c)>>16 }
	half := func(v int) *path {
		p := new(path).move(at.x, at.y)
		ax, ay := to(l*35/100, v)
		bx, by := to(l, 0)
		p.quad(ax, ay, bx, by)
		return p
	}
	s.fill(half(w*2), solid(tone))
	s.fill(half(-w*2), solid(tone.dark(one*18/100)))
}
