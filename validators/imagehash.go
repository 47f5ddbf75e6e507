package validators

import (
	"image"
	"math"
	"slices"
)

// shrink is the image's mean luma on a grid of w × h.
func shrink(m *image.Gray, w, h int) []int {
	out := make([]int, w*h)
	b := m.Rect
	for y := range h {
		for x := range w {
			x0, x1 := x*b.Dx()/w, max((x+1)*b.Dx()/w, x*b.Dx()/w+1)
			y0, y1 := y*b.Dy()/h, max((y+1)*b.Dy()/h, y*b.Dy()/h+1)
			sum := 0
			for v := y0; v < y1; v++ {
				for u := x0; u < x1; u++ {
					sum += int(m.Pix[min(v, b.Dy()-1)*m.Stride+min(u, b.Dx()-1)])
				}
			}
			out[y*w+x] = sum / ((x1 - x0) * (y1 - y0))
		}
	}
	return out
}

// dHash is the difference hash of 64 bits: whether each of 9 × 8 cells is
// darker than its right neighbour.
func dHash(m *image.Gray) (hash uint64) {
	cells := shrink(m, 9, 8)
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if cells[y*9+x] < cells[y*9+x+1] {
				hash |= 1
			}
		}
	}
	return hash
}

// pHash is the perceptual hash of 64 bits: which of the lowest 8 × 8
// coefficients of the cosine transform (DCT-II) of 32 × 32 cells lie above
// their median.
func pHash(m *image.Gray) (hash uint64) {
	const n, low = 32, 8
	cells := shrink(m, n, n)
	var rows [n][low]float64
	for y := range n {
		for u := range low {
			for x := range n {
				rows[y][u] += float64(cells[y*n+x]) * cosines[u][x]
			}
		}
	}
	var c [low * low]float64
	for v := range low {
		for u := range low {
			for y := range n {
				c[v*low+u] += rows[y][u] * cosines[v][y]
			}
		}
	}
	sorted := slices.Sorted(slices.Values(c[1:])) // without the mean brightness
	median := sorted[len(sorted)/2]
	for _, x := range c {
		hash <<= 1
		if x > median {
			hash |= 1
		}
	}
	return hash
}

// cosines are cos((2x+1)uπ/64).
var cosines = func() (t [8][32]float64) {
	for u := range t {
		for x := range t[u] {
			t[u][x] = math.Cos(float64((2*x+1)*u) * math.Pi / 64)
		}
	}
	return t
}()
