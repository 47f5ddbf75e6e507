package procedural

// skyline holds the upper edge of a layer of land, in Q8 for each pixel column
// and one beyond.
type skyline []int

// ridge makes a mountain skyline. base is the lowest height, high the range
// (both Q8), cells the number of mountains per 1000 units of width.
func (s *stage) ridge(base, high, cells, octaves int, seed uint64) skyline {
	l := make(skyline, s.w+1)
	wide := s.wide()
	for x := range l {
		l[x] = base - high*ridge1(x*one/wide*cells/10, octaves, seed)>>16
	}
	return l
}

// rolling makes a skyline of soft hills.
func (s *stage) rolling(base, high, cells, octaves int, seed uint64) skyline {
	l := make(skyline, s.w+1)
	wide := s.wide()
	for x := range l {
		l[x] = base - high*fbm1(x*one/wide*cells/10, octaves, seed)>>16
	}
	return l
}

// at reads a skyline at a Q8 position.
func (l skyline) at(x int) int { return l[clamp(x/px, 0, len(l)-1)] }

// outline closes a skyline downwards.
func (l skyline) outline(bottom int) *path {
	p := new(path).move(0, max(bottom, l[0]))
	for x, y := range l {
		p.line(x*px, min(y, bottom))
	}
	return p.line((len(l)-1)*px, bottom)
}

// land fills a layer below its skyline down to bottom, fading from its colour
// to the haze that lies at its feet.
func (s *stage) land(l skyline, bottom int, tone, feet color) {
	top := bottom
	for _, y := range l {
		top = min(top, y)
	}
	s.fill(l.outline(bottom), down(top, bottom, tone, tone.to(feet, one*35/100), feet))
}

// mountains fills a ridge with lit and shaded flanks, and snow above a height
// when snow > 0 (Q16 share of the ridge's height).
func (s *stage) mountains(l skyline, bottom, high int, tone, feet color, snow int, seed uint64) {
	wide := s.wide()
	lit, shade := tone.to(s.pal.light, one*26/100), tone.to(s.pal.top, one*30/100).dark(one/10)
	white, blue := s.pal.light.light(one*55/100), s.pal.sky.to(s.pal.light, one*40/100)
	side := 1
	if s.sun.x > s.w*px/2 {
		side = -1
	}
	slope := max(2, wide/90)
	s.fill(l.outline(bottom), by(func(x, y int) color {
		x = min(x, len(l)-1)
		d := max(y*px-l[x], 0)
		// Follow the flank up to the crest it belongs to; the rock itself is
		// the slope of a noise that is drawn out down the flank.
		u := x*one*26/wide + d/px*one*7*side/wide
		v := d / px * one * 9 / wide
		crag := noise2(u+one/3, v, seed) - noise2(u-one/3, v, seed) + (noise2(u*3+one/2, v*3, seed+1)-noise2(u*3-one/2, v*3, seed+1))/2
		xx := x + d/px*side/6 + (noise2(x*one*60/wide, y*one*40/wide, seed+2)-one/2)*min(d/px, wide/40)>>16
		i, j := clamp(xx-slope, 0, len(l)-1), clamp(xx+slope, 0, len(l)-1)
		rise := (l[j] - l[i]) * side // > 0: falls away from the light
		n := crag*side/2 + (noise2(u*2, v*2, seed+3)-one/2)/3
		facing := clamp(-rise*one/(slope*px*4), -one/4, one/4)
		t := step(facing+crag*side*min(d/px, wide/30)/max(wide/30, 1)*6/10, -one*34/100, one*34/100)
		c := shade.to(lit, t)
		if snow > 0 {
			line := bottom - high + high*(one-snow)>>16
			w := step(line+(n*high>>16)*6/10-y*px, -high/30, high/30)
			c = c.to(blue.to(white, t), w)
		}
		return c.to(feet, smooth(ratio(y*px-l[x], bottom-l[x]))*75/100)
	}))
}

// rocks piles boulders along the foot of the picture.
func (s *stage) rocks(y, n int, tone color, name string) {
	r := s.rand(name)
	for i := range n {
		x := s.fx(r.in(0, 1000))
		w := s.k(r.in(25, 95))
		s.rock(x, y+s.k(r.in(-10, 40)), w, w*r.in(45, 75)/100, tone, s.seedFor(name)+uint64(i))
	}
}

// rock is one boulder with a lit top.
func (s *stage) rock(x, y, w, h int, tone color, seed uint64) {
	r := random{seed}
	var pts []pt
	n := 9
	for i := range n + 1 {
		a := one/2 + i*one/2/n
		f := r.in(82, 110)
		pts = append(pts, pt{x + w*cos(a)>>16*f/100, y + h*sin(a)>>16*f/100})
	}
	s.fill(new(path).poly(pts...), down(y-h, y, tone.to(s.pal.light, one/4), tone, tone.dark(one/3)))
	// A facet towards the light.
	k := n / 2
	if s.sun.x < x {
		k = n/2 - 2
	}
	mid := pt{x + w*r.in(-20, 20)/100, y - h*r.in(30, 45)/100}
	s.fill(new(path).poly(pts[k], pts[k+1], pts[k+2], mid), lightInk(s.pal.light, one*14/100))
}
