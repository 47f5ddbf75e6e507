package procedural

// box paints an upright rectangle, with soft edges where it ends within a
// pixel. It is the quick way for the many small ones: windows, planks, keys.
func (c *canvas) box(x, y, w, h int, s color, a int, m mode) {
	x0, y0, x1, y1 := max(x, 0), max(y, 0), min(x+w, c.w*px), min(y+h, c.h*px)
	if x0 >= x1 || y0 >= y1 {
		return
	}
	c.shift()
	for iy := y0 / px; iy*px < y1; iy++ {
		cy := min(y1, (iy+1)*px) - max(y0, iy*px)
		for ix := x0 / px; ix*px < x1; ix++ {
			cx := min(x1, (ix+1)*px) - max(x0, ix*px)
			c.dot(ix, iy, s, cx*cy*(a>>2)>>14, m)
		}
	}
}
