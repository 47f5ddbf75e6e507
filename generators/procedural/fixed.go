package procedural

import "math/bits"

// Everything that decides a pixel is integer arithmetic, so that an image is
// the same on every processor: a compiler may fuse floating-point operations
// on one and not on another. Two scales are in use.
//
//	Q8   lengths: 1/256 pixel; colours: 1/256 of an 8-bit step
//	Q16  fractions: 65536 is one
const (
	px  = 256   // one pixel in Q8
	one = 65536 // one in Q16
)

// quarter is a quarter wave of the sine in Q16, 64 steps.
var quarter = [65]int{
	0, 1608, 3216, 4821, 6424, 8022, 9616, 11204, 12785, 14359, 15924, 17479, 19024, 20557, 22078, 23586,
	25080, 26558, 28020, 29466, 30893, 32303, 33692, 35062, 36410, 37736, 39040, 40320, 41576, 42806, 44011, 45190,
	46341, 47464, 48559, 49624, 50660, 51665, 52639, 53581, 54491, 55368, 56212, 57022, 57798, 58538, 59244, 59914,
	60547, 61145, 61705, 62228, 62714, 63162, 63572, 63944, 64277, 64571, 64827, 65043, 65220, 65358, 65457, 65516, 65536,
}

// sin returns the sine of an angle in Q16 turns (65536 is a full circle), in Q16.
func sin(turn int) int {
	t := turn & (one - 1)
	neg := t >= one/2
	t &= one/2 - 1
	if t > one/4 {
		t = one/2 - t
	}
	i, f := t>>8, t&255
	v := quarter[i]
	if f != 0 {
		v += (quarter[i+1] - v) * f >> 8
	}
	if neg {
		return -v
	}
	return v
}

// cos is sin, a quarter turn ahead.
func cos(turn int) int { return sin(turn + one/4) }

// isqrt returns the integer square root of n, 0 for n <= 0.
func isqrt(n int) int {
	if n <= 0 {
		return 0
	}
	root, bit := 0, 1<<((bits.Len(uint(n))-1)&^1)
	for ; bit != 0; bit >>= 2 {
		if n >= root+bit {
			n -= root + bit
			root = root>>1 + bit
		} else {
			root >>= 1
		}
	}
	return root
}

func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }

// mix goes from a to b as t goes from 0 to one.
func mix(a, b, t int) int { return a + (b-a)*t>>16 }

// ratio returns a/b in Q16, clamped to 0..one. b <= 0 gives one.
func ratio(a, b int) int {
	if b <= 0 {
		return one
	}
	return clamp(a*one/b, 0, one)
}

// smooth is the cubic 3t²-2t³ on Q16.
func smooth(t int) int {
	t = clamp(t, 0, one)
	return (t * t >> 16) * (3*one - 2*t) >> 16
}

// step goes smoothly from 0 to one while v goes from lo to hi.
func step(v, lo, hi int) int { return smooth(ratio(v-lo, hi-lo)) }

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
