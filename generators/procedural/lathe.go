package procedural

// turned is a thing made on a lathe: the half widths at even heights, from the
// foot up, in thousandths of its height.
type turned []int

// half returns the half width at t (Q16, 0 = foot) for a height in Q8.
func (l turned) half(t, high int) int {
	p := clamp(t, 0, one) * (len(l) - 1)
	i := min(p>>16, len(l)-2)
	f := p - i<<16
	at := func(i int) int { return l[clamp(i, 0, len(l)-1)] * 256 }
	a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
	u := (3*b-a-3*c+d)*f>>16 + 2*a - 5*b + 4*c - d
	u = u*f>>16 + c - a
	return max((b+(u*f>>16)/2)*(high/4)/64/1000, 0)
}

// outline is the silhouette; the lower end is rounded as the eye sees it.
func (l turned) outline(x, foot, high int) *path {
	p := new(path)
	const n = 64
	w0 := l.half(0, high)
	p.move(x-w0, foot)
	for i := range 17 { // the near rim of the foot
		a := one/2 - i*one/32
		p.line(x+w0*cos(a)>>16, foot+(w0/5)*sin(a)>>16)
	}
	for i := range n + 1 {
		p.line(x+l.half(i*one/n, high), foot-high*i/n)
	}
	for i := n; i >= 0; i-- {
		p.line(x-l.half(i*one/n, high), foot-high*i/n)
	}
	return p
}

// spin draws a turned thing in one tone; gloss 0..one adds highlights.
func (s *stage) spin(l turned, x, foot, high int, tone color, gloss int) {
	s.fill(l.outline(x, foot, high), by(func(ix, iy int) color {
		t := ratio(foot-iy*px, high)
		w := max(l.half(t, high), px)
		u := clamp((ix*px+px/2-x)*one/w, -one, one)
		return s.lit(tone, u, t, gloss)
	}))
}

// lit is the shade of a round surface at u (-one left rim … one right rim) and
// the height t.
func (s *stage) lit(tone color, u, t, gloss int) color {
	// A key light from the left, a fill from the right, darker at the foot.
	key := one - abs(u+one*38/100)*8/10
	c := tone.dark(one*46/100).to(tone.light(one*16/100), smooth(clamp(key, 0, one)))
	c = c.dark((one - t) * 12 / 100)
	rim := step(u, one*76/100, one)
	c = c.to(s.pal.paper.to(tone, one/2), rim*34/100)
	if s.lights["rim"] || s.lights["hard"] {
		c = c.dark(one * 42 / 100)
		edge := step(abs(u), one*70/100, one)
		c = c.to(s.pal.light, edge*80/100)
	}
	if gloss > 0 {
		spot := step(one-abs(u+one*48/100), one*90/100, one*97/100)
		thin := step(one-abs(u-one*70/100), one*95/100, one*99/100)
		c = c.light((spot*gloss>>16)*62/100 + (thin*gloss>>16)*26/100)
	}
	return c
}

// rim is the open top of a turned thing: the lip and what is seen inside.
func (s *stage) rim(x, y, w int, lip, inside color, fill int) {
	flat := w * 24 / 100
	s.fill(new(path).ellipse(x, y, w, flat), along(pt{x - w, y}, pt{x + w, y}, lip.light(one*36/100), lip.dark(one*10/100)))
	in := w * 91 / 100
	s.fill(new(path).ellipse(x, y+flat/30, in, flat*86/100), along(pt{x - in, y}, pt{x + in, y - flat}, inside.dark(one*50/100), inside.dark(one*15/100)))
	if fill > 0 {
		d := flat * (100 - fill) / 100
		s.fill(new(path).ellipse(x, y+flat/30+d/2, in-d/2, flat*86/100-d), solid(inside))
	}
}
