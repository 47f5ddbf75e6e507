package validators

import (
	"image"
	"math"
)

// look is what is measured of an image, on a grid of at most lookSide pixels a
// side: large enough for all that is asked here, and quick for any size.
type look struct {
	luma         *image.Gray
	mean, stddev float64 // of the luma, 0..255
	sharp        float64 // root mean square of the 4-neighbour Laplacian, 0..255
	opaque       int     // pixels of the grid that are not fully transparent
}

const lookSide = 256

// lookAt measures an image.
func lookAt(m image.Image) look {
	b := m.Bounds()
	w, h := min(b.Dx(), lookSide), min(b.Dy(), lookSide)
	l := look{luma: image.NewGray(image.Rect(0, 0, w, h))}
	for y := range h {
		y0, y1 := b.Min.Y+y*b.Dy()/h, b.Min.Y+(y+1)*b.Dy()/h
		for x := range w {
			x0, x1 := b.Min.X+x*b.Dx()/w, b.Min.X+(x+1)*b.Dx()/w
			v, seen := area(m, x0, y0, max(x1, x0+1), max(y1, y0+1))
			l.luma.Pix[y*l.luma.Stride+x] = v
			if seen {
				l.opaque++
			}
		}
	}
	l.measure()
	return l
}

// area is the mean luma of a rectangle, in BT.601 weights (as JPEG has them),
// over at most 4 × 4 of its pixels.
func area(m image.Image, x0, y0, x1, y1 int) (luma uint8, seen bool) {
	sum, n := 0, 0
	stepX, stepY := max((x1-x0)/4, 1), max((y1-y0)/4, 1)
	for y := y0; y < y1; y += stepY {
		for x := x0; x < x1; x += stepX {
			v, a := lumaAt(m, x, y)
			seen = seen || a > 0
			sum += v
			n++
		}
	}
	return uint8(sum / n), seen
}

// lumaAt is a pixel's luma, 0..255, and its alpha; what is transparent is black.
func lumaAt(m image.Image, x, y int) (luma int, alpha uint32) {
	switch m := m.(type) { // the usual forms, without an allocation a pixel
	case *image.RGBA:
		p := m.Pix[m.PixOffset(x, y):]
		return (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000, uint32(p[3])
	case *image.NRGBA:
		p := m.Pix[m.PixOffset(x, y):]
		return (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000 * int(p[3]) / 255, uint32(p[3])
	case *image.YCbCr:
		return int(m.Y[m.YOffset(x, y)]), 0xff
	}
	r, g, b, a := m.At(x, y).RGBA()
	return int((299*r + 587*g + 114*b + 500) / 1000 >> 8), a
}

func (l *look) measure() {
	n := float64(len(l.luma.Pix))
	var sum, squares float64
	for _, p := range l.luma.Pix {
		sum += float64(p)
		squares += float64(p) * float64(p)
	}
	l.mean = sum / n
	l.stddev = math.Sqrt(max(squares/n-l.mean*l.mean, 0))
	w, h := l.luma.Rect.Dx(), l.luma.Rect.Dy()
	if w < 3 || h < 3 {
		l.sharp = l.stddev // too small to have edges of its own
		return
	}
	var edges float64
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*l.luma.Stride + x
			p := l.luma.Pix
			d := 4*int(p[i]) - int(p[i-1]) - int(p[i+1]) - int(p[i-l.luma.Stride]) - int(p[i+l.luma.Stride])
			edges += float64(d * d)
		}
	}
	l.sharp = math.Sqrt(edges / float64((w-2)*(h-2)))
}
