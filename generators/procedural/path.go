package procedural

// path is a set of closed outlines in Q8 pixels. Outlines of the same turn
// add up, those of opposite turn cut holes.
type path struct {
	pts    []pt
	starts []int // first point of each outline
}

func (p *path) move(x, y int) *path {
	p.starts = append(p.starts, len(p.pts))
	p.pts = append(p.pts, pt{x, y})
	return p
}

func (p *path) line(x, y int) *path {
	p.pts = append(p.pts, pt{x, y})
	return p
}

// quad is a quadratic Bézier curve to x, y.
func (p *path) quad(cx, cy, x, y int) *path {
	a := p.pts[len(p.pts)-1]
	n := segments(abs(cx-a.x) + abs(cy-a.y) + abs(x-cx) + abs(y-cy))
	for i := 1; i <= n; i++ {
		t := i * one / n
		p.line(mix(mix(a.x, cx, t), mix(cx, x, t), t), mix(mix(a.y, cy, t), mix(cy, y, t), t))
	}
	return p
}

// cubic is a cubic Bézier curve to x, y.
func (p *path) cubic(x1, y1, x2, y2, x, y int) *path {
	a := p.pts[len(p.pts)-1]
	n := segments(abs(x1-a.x) + abs(y1-a.y) + abs(x2-x1) + abs(y2-y1) + abs(x-x2) + abs(y-y2))
	for i := 1; i <= n; i++ {
		t := i * one / n
		f := func(a, b, c, d int) int {
			e, f, g := mix(a, b, t), mix(b, c, t), mix(c, d, t)
			return mix(mix(e, f, t), mix(f, g, t), t)
		}
		p.line(f(a.x, x1, x2, x), f(a.y, y1, y2, y))
	}
	return p
}

// segments says how many straight pieces a curve of that length needs.
func segments(length int) int { return clamp(isqrt(length/px)+3, 4, 64) }

// poly adds a closed outline through the points.
func (p *path) poly(pts ...pt) *path {
	p.starts = append(p.starts, len(p.pts))
	p.pts = append(p.pts, pts...)
	return p
}

func (p *path) rect(x, y, w, h int) *path {
	return p.poly(pt{x, y}, pt{x + w, y}, pt{x + w, y + h}, pt{x, y + h})
}

func (p *path) ellipse(cx, cy, rx, ry int) *path {
	n := clamp(isqrt(max(rx, ry)/px)*6+8, 12, 240)
	p.starts = append(p.starts, len(p.pts))
	for i := range n {
		a := i * one / n
		p.line(cx+rx*cos(a)>>16, cy+ry*sin(a)>>16)
	}
	return p
}

func (p *path) circle(cx, cy, r int) *path { return p.ellipse(cx, cy, r, r) }

// round is a rectangle with rounded corners.
func (p *path) round(x, y, w, h, r int) *path {
	r = clamp(r, 0, min(w, h)/2)
	b := r * 45 / 100 // control points of a quarter circle
	return p.move(x+r, y).line(x+w-r, y).cubic(x+w-b, y, x+w, y+b, x+w, y+r).
		line(x+w, y+h-r).cubic(x+w, y+h-b, x+w-b, y+h, x+w-r, y+h).
		line(x+r, y+h).cubic(x+b, y+h, x, y+h-b, x, y+h-r).
		line(x, y+r).cubic(x, y+b, x+b, y, x+r, y)
}

// stroke adds the outline of a line of the given width through the points,
// with round joints and ends.
func (p *path) stroke(width int, pts ...pt) *path {
	return p.taper(width, width, pts...)
}

// taper is a stroke whose width goes from w0 to w1.
func (p *path) taper(w0, w1 int, pts ...pt) *path {
	n := len(pts) - 1
	for i := range n {
		a, b := pts[i], pts[i+1]
		ra, rb := mix(w0, w1, i*one/n)/2, mix(w0, w1, (i+1)*one/n)/2
		dx, dy := b.x-a.x, b.y-a.y
		l := isqrt(dx*dx + dy*dy)
		if l == 0 {
			continue
		}
		p.poly(pt{a.x + dy*ra/l, a.y - dx*ra/l}, pt{b.x + dy*rb/l, b.y - dx*rb/l},
			pt{b.x - dy*rb/l, b.y + dx*rb/l}, pt{a.x - dy*ra/l, a.y + dx*ra/l})
	}
	for i, q := range pts {
		if r := mix(w0, w1, i*one/max(n, 1)) / 2; r > px*3/4 {
			p.circle(q.x, q.y, r)
		}
	}
	return p
}

// blob is a closed, smooth outline: a circle whose radius wobbles by percent.
func (p *path) blob(cx, cy, rx, ry, percent, bumps int, seed uint64) *path {
	const n = 72
	p.starts = append(p.starts, len(p.pts))
	for i := range n {
		a := i * one / n
		// Noise on a circle, so that the end meets the beginning.
		v := noise2(4*one+bumps*cos(a)/4, 4*one+bumps*sin(a)/4, seed)
		f := one + (v-one/2)*2*percent/100
		p.line(cx+(rx*cos(a)>>16)*f>>16, cy+(ry*sin(a)>>16)*f>>16)
	}
	return p
}

// bounds is the box of a path in whole pixels, cut to the canvas: left, top,
// right, bottom; nil for a nil path.
func (p *path) bounds(w, h int) []int {
	if p == nil || len(p.pts) == 0 {
		return nil
	}
	a, b := p.pts[0], p.pts[0]
	for _, q := range p.pts {
		a, b = pt{min(a.x, q.x), min(a.y, q.y)}, pt{max(b.x, q.x), max(b.y, q.y)}
	}
	return []int{clamp(a.x/px, 0, w), clamp(a.y/px, 0, h), clamp(b.x/px+1, 0, w), clamp(b.y/px+1, 0, h)}
}

// turn rotates all points around a centre by Q16 turns.
func (p *path) turn(cx, cy, angle int) *path {
	s, c := sin(angle), cos(angle)
	for i, q := range p.pts {
		x, y := q.x-cx, q.y-cy
		p.pts[i] = pt{cx + (x*c-y*s)>>16, cy + (x*s+y*c)>>16}
	}
	return p
}

// curve samples a smooth line through the points (Catmull–Rom).
func curve(pts ...pt) []pt {
	var out []pt
	at := func(i int) pt { return pts[clamp(i, 0, len(pts)-1)] }
	for i := range len(pts) - 1 {
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		n := segments(abs(c.x-b.x) + abs(c.y-b.y))
		for j := range n {
			t := j * one / n
			f := func(a, b, c, d int) int {
				u := (3*b-a-3*c+d)*t>>16 + 2*a - 5*b + 4*c - d
				u = u*t>>16 + c - a
				return b + (u*t>>16)/2
			}
			out = append(out, pt{f(a.x, b.x, c.x, d.x), f(a.y, b.y, c.y, d.y)})
		}
	}
	return append(out, pts[len(pts)-1])
}
