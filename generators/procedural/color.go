package procedural

import "fmt"

// color is red, green and blue in Q8: 0..255*256.
type color struct{ r, g, b int }

const full = 255 * 256 // a channel at its brightest

// hex makes a color of 0xRRGGBB.
func hex(v uint32) color {
	return color{int(v>>16&255) << 8, int(v>>8&255) << 8, int(v&255) << 8}
}

// String is #rrggbb.
func (c color) String() string {
	return fmt.Sprintf("#%02x%02x%02x", (c.r+128)>>8, (c.g+128)>>8, (c.b+128)>>8)
}

// to goes from c to d as t goes from 0 to one.
func (c color) to(d color, t int) color {
	return color{mix(c.r, d.r, t), mix(c.g, d.g, t), mix(c.b, d.b, t)}
}

// scale multiplies the light by t, Q16; more than one brightens.
func (c color) scale(t int) color {
	return color{clamp(c.r*t>>16, 0, full), clamp(c.g*t>>16, 0, full), clamp(c.b*t>>16, 0, full)}
}

// luma is the brightness as seen, 0..full (ITU-R BT.601 weights).
func (c color) luma() int { return (c.r*299 + c.g*587 + c.b*114) / 1000 }

// below is c, darkened where it is brighter than a luma of most.
func (c color) below(most int) color {
	if l := c.luma(); l > most {
		return c.scale(most * one / l)
	}
	return c
}

func (c color) light(t int) color { return c.to(color{full, full, full}, t) }
func (c color) dark(t int) color  { return c.to(color{}, t) }

// hsl returns hue in Q16 turns, saturation and lightness in Q16.
func (c color) hsl() (h, s, l int) {
	hi, lo := max(c.r, c.g, c.b), min(c.r, c.g, c.b)
	l = (hi + lo) * one / (2 * full)
	d := hi - lo
	if d == 0 {
		return 0, 0, l
	}
	s = ratio(d, full-abs(hi+lo-full))
	switch hi {
	case c.r:
		h = (c.g - c.b) * one / (6 * d)
	case c.g:
		h = (c.b-c.r)*one/(6*d) + one/3
	default:
		h = (c.r-c.g)*one/(6*d) + 2*one/3
	}
	return h & (one - 1), s, l
}

// fromHSL is the inverse of hsl.
func fromHSL(h, s, l int) color {
	s, l = clamp(s, 0, one), clamp(l, 0, one)
	chroma := (one - abs(2*l-one)) * s >> 16
	channel := func(turn int) int {
		t := (h + turn) & (one - 1)
		// A trapezium: full for a third of the circle, with ramps of a sixth.
		v := clamp(2*one-abs(6*t-3*one), 0, one)
		return clamp((l-chroma/2+chroma*(one-v)>>16)*full>>16, 0, full)
	}
	// The trapezium is lowest around half a turn: red lies at 0.
	return color{channel(0), channel(one - one/3), channel(one - 2*one/3)}
}

// tinted keeps c's lightness and takes hue and saturation of d, to the degree t.
func (c color) tinted(d color, t int) color {
	_, s0, l := c.hsl()
	h, s, _ := d.hsl()
	return c.to(fromHSL(h, (s*3+s0)/4, l), t)
}

// turned rotates the hue by Q16 turns.
func (c color) turned(turn int) color {
	h, s, l := c.hsl()
	return fromHSL(h+turn, s, l)
}

// saturated multiplies the distance from grey by t, Q16.
func (c color) saturated(t int) color {
	l := c.luma()
	f := func(v int) int { return clamp(l+(v-l)*t>>16, 0, full) }
	return color{f(c.r), f(c.g), f(c.b)}
}

// ramp is a run of colours at even distances.
type ramp []color

// at returns the colour at t, Q16.
func (r ramp) at(t int) color {
	if len(r) == 1 {
		return r[0]
	}
	p := clamp(t, 0, one) * (len(r) - 1)
	i := min(p>>16, len(r)-2)
	return r[i].to(r[i+1], p-i<<16)
}
