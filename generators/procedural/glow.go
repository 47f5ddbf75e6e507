package procedural

// glow paints a soft ellipse whose strength falls as (1-d²)² from its middle.
// Lengths are Q8, a is Q16.
func (c *canvas) glow(cx, cy, rx, ry int, s color, a int, m mode) {
	if rx < px/2 || ry < px/2 || a <= 0 {
		return
	}
	x0, x1 := max((cx-rx)>>8, 0), min((cx+rx)>>8+1, c.w)
	dt := px * one / rx
	start := (x0*px + px/2 - cx) * one / rx
	c.rows((cy-ry)>>8, (cy+ry)>>8+1, func(y int) {
		v := (y*px + px/2 - cy) * one / ry
		rest := one - v*v>>16
		if rest <= 0 {
			return
		}
		u := start
		for x := x0; x < x1; x++ {
			if f := rest - u*u>>16; f > 0 {
				c.dot(x, y, s, (f*f>>16)*a>>16, m)
			}
			u += dt
		}
	})
}

// halo is a glow with a bright heart and a long, faint tail.
func (c *canvas) halo(cx, cy, r int, s color, a int) {
	c.glow(cx, cy, r, r, s, a*3/8, screen)
	c.glow(cx, cy, r*2/5, r*2/5, s, a/2, screen)
	c.glow(cx, cy, r/6, r/6, s, a/2, screen)
}

// shadow darkens a soft ellipse.
func (c *canvas) shadow(cx, cy, rx, ry, a int) { c.glow(cx, cy, rx, ry, color{}, a, normal) }

// beam lightens a soft quadrilateral that widens from a point: a ray of light.
// Spread is half its width, in 1/256 of the distance.
// The angle is in Q16 turns, 0 pointing right and growing clockwise.
func (c *canvas) beam(from pt, angle, spread, length int, s color, a int) {
	dx, dy := cos(angle), sin(angle)
	lim := length >> 8
	x0, y0 := from.x>>8, from.y>>8
	c.each(x0-lim, y0-lim, x0+lim, y0+lim, screen, func(x, y int) (color, int) {
		vx, vy := x-x0, y-y0
		along := (vx*dx + vy*dy) >> 16
		if along <= 0 || along > lim {
			return s, 0
		}
		across := abs(vx*dy-vy*dx) >> 8 // Q8
		half := along*spread + px       // both Q8
		if across >= half {
			return s, 0
		}
		edge := smooth(one - across*one/half)
		return s, (edge * (one - along*one/lim) >> 16) * a >> 16
	})
}
