package procedural

import "strings"

// poster is type first: a strong ground, the words large, a rule or two.
func (s *stage) poster() {
	r := s.rand("poster")
	s.quiet = true
	if scene := s.runnerUp(); scene != "" {
		s.use(scene)
		painters(scene)(s)
		s.quiet = false // set as a caption
		return
	}
	t := s.posterGround(r)
	if len(s.text) == 0 {
		return
	}
	s.use("text")
	f := newFace(boldFont(), 6)
	defer s.note(f)
	main := s.text[0]
	rest := strings.Join(s.text[1:], " · ")
	w, h := s.w*px*80/100, s.h*px*44/100
	if rest == "" {
		h = s.h * px * 50 / 100
	}
	align := r.n(2)
	b := f.fit(main, w, h, s.h*px*34/100)
	x, y := s.w*px/10, s.h*px*48/100-b.height()/2
	if s.scrim {
		pad := s.k(46)
		card := s.pal.paper
		s.fill(new(path).round(x-pad, y-pad+s.k(14), w+2*pad, b.height()+2*pad+s.k(60)*b2i(rest != ""), s.k(10)), glass(color{}, one*26/100))
		s.fill(new(path).round(x-pad, y-pad, w+2*pad, b.height()+2*pad+s.k(60)*b2i(rest != ""), s.k(10)), glass(card, one*95/100))
		t = s.pal.ink
		if card.luma() < t.luma() == (card.luma() > 128*256) {
			t = hex(0x15171c)
		}
	}
	p := f.outline(b, x, y, w, align)
	s.letters = p
	if !s.scrim {
		s.fill(p.shifted(b.size/28, b.size/28), glass(s.shadeOf(t), one*90/100))
	}
	s.fill(p, solid(t))
	ruleY := y + b.height() + b.size*22/100
	if rest != "" {
		g := newFace(mediumFont(), 20)
		sub := g.fit(rest, w, s.h*px*12/100, b.size*42/100)
		s.fill(g.outline(sub, x, ruleY+sub.size*30/100, w, align), solid(t))
		s.note(g)
	} else if !s.scrim {
		rw := s.k(130)
		s.box(x+(w-rw)*align/2, ruleY, rw, s.k(12), t, one, normal)
	}
}

// runnerUp is the scene that would be drawn if the prompt asked for no poster:
// it becomes the poster's picture.
func (p *plan) runnerUp() string {
	best := ""
	for _, name := range scenes {
		if name != "poster" && name != "abstract" && p.votes[name] > p.votes[best] {
			best = name
		}
	}
	return best
}

// shadeOf is the colour of a letter's printed shadow.
func (s *stage) shadeOf(t color) color {
	if t.luma() > 128*256 {
		return s.pal.near.to(s.pal.top, one/4)
	}
	return s.pal.paper.to(s.pal.second, one/2)
}

// posterGround paints the ground and returns the ink for the words.
func (s *stage) posterGround(r *random) color {
	p := s.pal
	a, b, c := p.accent, p.second, p.top
	if len(s.colors) > 0 {
		a = s.colors[0]
		b = s.colors[len(s.colors)-1]
	}
	switch r.n(6) {
	case 0:
		s.sunburst(r, a, b)
	case 1:
		s.wash(0, s.h, ramp{a, a.to(b, one/2), b}, one, normal)
		s.confetti(r, []color{p.paper, c, b, p.light})
	case 2:
		s.wash(0, s.h, ramp{c, c.to(a, one*30/100)}, one, normal)
		for i := range 5 {
			s.fill(new(path).circle(s.fx(r.in(0, 1000)), s.fy(pick(r, r.in(-50, 220), r.in(780, 1050))), s.k(r.in(120, 280))), glass([]color{a, b, p.light, p.sky, p.accent}[i], one*88/100))
		}
	case 3:
		s.geometry()
		s.scrim = true
		return p.ink
	case 4:
		s.waves()
		s.scrim = r.chance(50)
	default:
		s.wash(0, s.h, ramp{p.paper, p.paper.dark(one * 5 / 100)}, one, normal)
		s.fill(new(path).circle(s.fx(r.in(600, 900)), s.fy(r.in(100, 300)), s.k(r.in(230, 330))), down(0, s.h*px/2, a, b))
		q := new(path)
		for i := range 9 {
			q.rect(s.fx(80), s.h*px-s.k(60+22*i), s.k(300-26*i), s.k(9))
		}
		s.fill(q, solid(b))
		ink := p.ink
		if ink.luma() > p.paper.luma() && p.paper.luma() > 128*256 {
			ink = hex(0x1a1c22)
		}
		return ink
	}
	mid := s.brightness(s.fy(300), s.fy(650))
	if mid > 168*256 {
		return p.near.dark(one / 3)
	}
	return hex(0xffffff).to(p.light, one/5)
}

// sunburst is rays from a point below the words.
func (s *stage) sunburst(r *random, a, b color) {
	s.wash(0, s.h, ramp{a, a.dark(one / 8)}, one, normal)
	x, y := s.fx(r.in(350, 650)), s.fy(r.in(760, 1050))
	n := r.in(14, 22)
	q := new(path)
	far := s.w*px + s.h*px
	phase := r.n(one)
	for i := range n {
		u := phase + i*one/n
		q.poly(pt{x, y}, pt{x + far*cos(u)>>16, y + far*sin(u)>>16}, pt{x + far*cos(u+one/n/2)>>16, y + far*sin(u+one/n/2)>>16})
	}
	s.fill(q, glass(b.to(a, one*35/100), one))
	s.fill(new(path).circle(x, y, s.k(r.in(190, 280))), solid(b.light(one/5)))
	s.glow(x, y, s.k(700), s.k(700), s.pal.light, one*34/100, screen)
}

// confetti is small shapes that leave the middle free.
func (s *stage) confetti(r *random, tones []color) {
	for range 70 {
		x, y := r.in(0, 1000), r.in(0, 1000)
		if y > 240 && y < 740 && r.chance(92) {
			continue
		}
		d := s.k(r.in(10, 34))
		cx, cy := s.fx(x), s.fy(y)
		q := new(path)
		switch r.n(4) {
		case 0:
			q.circle(cx, cy, d)
		case 1:
			q.poly(pt{cx - d, cy + d}, pt{cx, cy - d}, pt{cx + d, cy + d}).turn(cx, cy, r.n(one))
		case 2:
			q.rect(cx-d, cy-d/4, 2*d, d/2).turn(cx, cy, r.n(one))
		default:
			q.stroke(d/3, curve(pt{cx - 2*d, cy}, pt{cx - d, cy - d}, pt{cx, cy}, pt{cx + d, cy + d}, pt{cx + 2*d, cy})...).turn(cx, cy, r.n(one))
		}
		s.fill(q, solid(pick(r, tones...)))
	}
}
