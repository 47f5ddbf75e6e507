package procedural

// ink says how a shape is filled.
type ink struct {
	flat color
	at   func(x, y int) color // by pixel; nil = flat
	a    int                  // opacity, Q16
	m    mode
}

func solid(s color) ink             { return ink{flat: s, a: one} }
func glass(s color, a int) ink      { return ink{flat: s, a: a} }
func lightInk(s color, a int) ink   { return ink{flat: s, a: a, m: screen} }
func shadeInk(s color, a int) ink   { return ink{flat: s, a: a, m: multiply} }
func by(f func(x, y int) color) ink { return ink{at: f, a: one} }

// down is a vertical gradient between two heights in Q8.
func down(y0, y1 int, r ...color) ink {
	return by(func(_, y int) color { return ramp(r).at(ratio(y*px-y0, y1-y0)) })
}

// along is a gradient from one point to another.
func along(p, q pt, r ...color) ink {
	dx, dy := (q.x-p.x)>>4, (q.y-p.y)>>4
	l := max(dx*dx+dy*dy, 1)
	return by(func(x, y int) color {
		return ramp(r).at(ratio((x*px-p.x)>>4*dx+(y*px-p.y)>>4*dy, l))
	})
}

// around is a radial gradient.
func around(p pt, radius int, r ...color) ink {
	radius = max(radius, 1)
	return by(func(x, y int) color {
		dx, dy := x*px-p.x, y*px-p.y
		return ramp(r).at(ratio(isqrt(dx*dx+dy*dy), radius))
	})
}

// edge is a side of an outline with its ends in order of y.
type edge struct {
	x0, y0, x1, y1 int
	dir            int
}

// fill paints a path with exact area coverage: for each row the sides add to
// an accumulator of differences, whose running sum is the share of each pixel
// that lies inside.
func (c *canvas) fill(p *path, k ink) {
	edges, y1 := p.edges(c.h * px)
	if len(edges) == 0 || c.stopped() {
		return
	}
	active, nextEdge := make([]edge, 0, 64), 0
	c.rows(edges[0].y0>>8, (y1+px-1)>>8, func(y int) {
		top, low := y*px, (y+1)*px
		for nextEdge < len(edges) && edges[nextEdge].y0 < low {
			active = append(active, edges[nextEdge])
			nextEdge++
		}
		lo, hi := c.w, -1
		keep := active[:0]
		for _, e := range active {
			if e.y1 <= top {
				continue
			}
			keep = append(keep, e)
			a, b := c.cover(e, top, low)
			lo, hi = min(lo, a), max(hi, b)
		}
		active = keep
		c.span(y, lo, hi, k)
	})
}

// edges lists the sides that reach the canvas by their upper end, and the
// lowest y.
func (p *path) edges(bottom int) (es []edge, y1 int) {
	es = make([]edge, 0, len(p.pts))
	for i, start := range p.starts {
		end := len(p.pts)
		if i+1 < len(p.starts) {
			end = p.starts[i+1]
		}
		for j := start; j < end; j++ {
			a, b := p.pts[j], p.pts[start]
			if j+1 < end {
				b = p.pts[j+1]
			}
			if a.y == b.y || max(a.y, b.y) <= 0 || min(a.y, b.y) >= bottom {
				continue
			}
			e := edge{a.x, a.y, b.x, b.y, 1}
			if a.y > b.y {
				e = edge{b.x, b.y, a.x, a.y, -1}
			}
			es = append(es, e)
			y1 = max(y1, e.y1)
		}
	}
	return sortEdges(es, bottom/px), y1
}

// sortEdges puts sides in order of the row they begin in, by counting. Their
// order within a row doesn't matter: what they add to is a sum.
func sortEdges(es []edge, rows int) []edge {
	if len(es) < 2 {
		return es
	}
	row := func(e edge) int { return clamp(e.y0>>8, 0, rows-1) }
	first, last := rows, 0
	for _, e := range es {
		first, last = min(first, row(e)), max(last, row(e))
	}
	at := make([]int32, last-first+2)
	for _, e := range es {
		at[row(e)-first+1]++
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	out := make([]edge, len(es))
	for _, e := range es {
		k := row(e) - first
		out[at[k]] = e
		at[k]++
	}
	return out
}

// cover adds the part of a side between two heights to the accumulator and
// says which pixels it touched.
func (c *canvas) cover(e edge, top, low int) (lo, hi int) {
	ya, yb := max(e.y0, top), min(e.y1, low)
	dy := yb - ya
	if dy <= 0 {
		return c.w, -1
	}
	xa := e.x0 + (e.x1-e.x0)*(ya-e.y0)/(e.y1-e.y0)
	xb := e.x0 + (e.x1-e.x0)*(yb-e.y0)/(e.y1-e.y0)
	xa, xb = clamp(xa, 0, c.w*px), clamp(xb, 0, c.w*px)
	if xa > xb {
		xa, xb = xb, xa
	}
	i, j := xa>>8, xb>>8
	if i == j || xa == xb {
		c.put(i, (xa+xb)/2-i*px, dy*e.dir)
		return i, i
	}
	done := 0
	for col := i; col <= j; col++ {
		l, r := max(xa, col*px), min(xb, (col+1)*px)
		if l >= r {
			continue
		}
		part := dy*(r-xa)/(xb-xa) - done
		done += part
		c.put(col, (l+r)/2-col*px, part*e.dir)
	}
	return i, j
}

// put adds a side of height dy that crosses column i at x (Q8 in the column).
func (c *canvas) put(i, x, dy int) {
	if i > c.w {
		return
	}
	c.acc[i] += dy * (px - x)
	c.acc[i+1] += dy * x
}

// span paints and clears the accumulator from the first touched column on.
func (c *canvas) span(y, lo, hi int, k ink) {
	sum := 0
	for x := max(lo, 0); x < c.w; x++ {
		sum += c.acc[x]
		c.acc[x] = 0
		if x > hi && sum == 0 {
			x++
			if x < c.w {
				c.acc[x] = 0
			}
			break
		}
		cov := min(abs(sum), one)
		if cov == 0 {
			continue
		}
		s := k.flat
		if k.at != nil {
			s = k.at(x, y)
		}
		c.dot(x, y, s, cov*k.a>>16, k.m)
	}
	c.acc[c.w], c.acc[c.w+1] = 0, 0
}
