package procedural

import "strings"

// caption sets the plan's text over a finished scene: where the picture is
// calmest, in the ink that stands out there.
func (s *stage) caption() {
	if len(s.text) == 0 || s.quiet {
		return
	}
	s.use("text")
	f := newFace(boldFont(), 10)
	defer s.note(f)
	w, h := s.w*px*84/100, s.h*px*24/100
	x := s.w * px * 8 / 100
	b := f.fit(strings.Join(s.text, " "), w, h, s.h*px/5)
	top, low := s.h*px*8/100, s.h*px*92/100-b.height()
	y := top
	if s.busy(top, top+b.height()) > s.busy(low, low+b.height())*11/10 {
		y = low
	}
	p := f.outline(b, x, y, w, 1)
	s.letters = p
	if s.pal.name == "cyberpunk" || s.pal.name == "synthwave" || s.things["neon"] {
		s.neonText(p, y, b.height(), s.pal.accent)
		return
	}
	pad := b.size / 2
	dark := s.brightness(y-pad, y+b.height()+pad) < 150*256
	tone, veil := s.pal.ink.to(color{}, one*35/100), hex(0xffffff)
	if s.pal.ink.luma() > s.pal.paper.luma() {
		tone = s.pal.paper.to(color{}, one*35/100)
	}
	if dark {
		tone, veil = hex(0xffffff).to(s.pal.light, one/4), s.pal.near.dark(one/2)
	}
	// A soft veil behind the words keeps them legible on any ground.
	s.glow(s.w*px/2, y+b.height()/2, s.w*px*65/100, b.height()/2+b.size*14/10, veil, one*46/100, normal)
	s.fill(p.shifted(b.size/40, b.size/30), glass(veil, one*45/100))
	s.fill(p, solid(tone))
}

// neonText lights letters from within: a wide and a narrow glow of their
// colour, white tubes.
func (s *stage) neonText(p *path, y, high int, tone color) {
	s.glow(s.w*px/2, y+high/2, s.w*px*60/100, high*2, color{}, one*70/100, normal)
	s.fill(p, solid(tone))
	s.shine(p, max(high/5, 2*px), tone, one)
	s.fill(p, glass(tone.light(one*75/100), one*92/100))
}

// shine paints a blurred, glowing copy of a shape in a tone.
func (s *stage) shine(p *path, radius int, tone color, a int) {
	f := clamp(radius/px/4, 1, 64)
	mask := newCanvas(max(s.w/f, 1), max(s.h/f, 1), s.done)
	q := &path{pts: make([]pt, len(p.pts)), starts: p.starts}
	for i, v := range p.pts {
		q.pts[i] = pt{v.x / f, v.y / f}
	}
	mask.fill(q, solid(hex(0xffffff)))
	m := mask.shrink(1, func(v color) color { return v })
	m.soften(max(1, radius/px/f))
	m.f = f
	s.each(0, 0, s.w, s.h, screen, func(x, y int) (color, int) {
		v := m.at(x, y).r * 2 * one / full
		return tone, min(v, one) * a >> 16
	})
}

// shifted is a copy of a path, moved.
func (p *path) shifted(dx, dy int) *path {
	q := &path{pts: make([]pt, len(p.pts)), starts: p.starts}
	for i, v := range p.pts {
		q.pts[i] = pt{v.x + dx, v.y + dy}
	}
	return q
}

// brightness is the mean luma of the rows between two heights.
func (s *stage) brightness(y0, y1 int) int {
	sum, n := 0, 0
	step := max(1, s.w/64)
	for y := max(y0/px, 0); y < min(y1/px+1, s.h); y += step {
		for x := s.w / 10; x < s.w-s.w/10; x += step {
			sum += s.get(x, y).luma()
			n++
		}
	}
	return sum / max(n, 1)
}

// busy is the mean difference between neighbours in the rows between two heights.
func (s *stage) busy(y0, y1 int) int {
	sum, n := 0, 1
	step := max(1, s.w/96)
	for y := max(y0/px, 0); y < min(y1/px+1, s.h); y += step {
		for x := step; x < s.w; x += step {
			sum += abs(s.get(x, y).luma() - s.get(x-step, y).luma())
			n++
		}
	}
	return sum / n
}
