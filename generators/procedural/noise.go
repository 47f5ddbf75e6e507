package procedural

// lattice hashes a point of the integer grid to 0..65535.
func lattice(x, y int, seed uint64) int {
	z := seed + uint64(x)*0x9e3779b97f4a7c15 + uint64(y)*0xc2b2ae3d27d4eb4f
	z = (z ^ z>>32) * 0xd6e8feb86659fd93
	return int((z ^ z>>29) >> 40 & 0xffff)
}

// noise1 is value noise along a line, x in Q16 cells, result 0..65535.
func noise1(x int, seed uint64) int {
	i, f := x>>16, x&0xffff
	return mix(lattice(i, 0, seed), lattice(i+1, 0, seed), smooth(f))
}

// noise2 is value noise on the plane, x and y in Q16 cells, result 0..65535.
func noise2(x, y int, seed uint64) int {
	i, j := x>>16, y>>16
	fx, fy := smooth(x&0xffff), smooth(y&0xffff)
	top := mix(lattice(i, j, seed), lattice(i+1, j, seed), fx)
	low := mix(lattice(i, j+1, seed), lattice(i+1, j+1, seed), fx)
	return mix(top, low, fy)
}

// fbm1 sums octaves of noise1, each half as high and twice as fine: 0..65535.
func fbm1(x, octaves int, seed uint64) int {
	sum, weight, total := 0, 256, 0
	for o := range octaves {
		sum += noise1(x<<o, seed+uint64(o)*7919) * weight
		total += weight
		weight /= 2
	}
	return sum / max(total, 1)
}

// ridge1 is fbm1 folded so that it has sharp crests, as mountains have.
func ridge1(x, octaves int, seed uint64) int {
	sum, weight, total := 0, 256, 0
	for o := range octaves {
		n := noise1(x<<o, seed+uint64(o)*7919)
		sum += (one - abs(2*n-one)) * weight
		total += weight
		weight = weight * 45 / 100
	}
	return sum / max(total, 1)
}

// fbm2 sums octaves of noise2: 0..65535.
func fbm2(x, y, octaves int, seed uint64) int {
	sum, weight, total := 0, 256, 0
	for o := range octaves {
		sum += noise2(x<<o, y<<o, seed+uint64(o)*7919) * weight
		total += weight
		weight /= 2
	}
	return sum / max(total, 1)
}

// field is a function of the plane sampled on a coarse grid and read back
// between its points: what is soft need not be computed for each pixel.
type field struct {
	w, h   int // points
	sx, sy int // pixels → points, Q16
	v      []int32
}

const fieldLimit = 400 // points along the longer side, at most

// newField samples f at points that lie step pixels apart, or farther where
// the canvas is large. f gets pixel positions.
func newField(c *canvas, step int, f func(x, y int) int) *field {
	step = max(step, 1, max(c.w, c.h)/fieldLimit)
	g := &field{w: c.w/step + 2, h: c.h/step + 2, sx: one / step, sy: one / step}
	g.v = make([]int32, g.w*g.h)
	for j := range g.h {
		if c.stopped() {
			break
		}
		for i := range g.w {
			g.v[j*g.w+i] = int32(f(i*step, j*step))
		}
	}
	return g
}

// at reads the field at a pixel.
func (g *field) at(x, y int) int {
	fx, fy := x*g.sx, y*g.sy
	i, j := clamp(fx>>16, 0, g.w-2), clamp(fy>>16, 0, g.h-2)
	tx, ty := clamp(fx-i<<16, 0, one), clamp(fy-j<<16, 0, one)
	row := g.v[j*g.w+i:]
	top := mix(int(row[0]), int(row[1]), tx)
	low := mix(int(row[g.w]), int(row[g.w+1]), tx)
	return mix(top, low, ty)
}
