package procedural

import "fmt"

func encoderName(format string) string { return fmt.Sprintf("procedural/%d %s", Version, format) }

// finish is what a lab does with every picture: bloom, the look that was asked
// for, words, vignette, grain.
func (s *stage) finish() {
	if !s.without["glow"] && !s.looks["minimal"] {
		a := one * 28 / 100
		if s.pal.dim() {
			a = one * 60 / 100
		}
		s.bloom(s.k(34), full*62/100, a)
	}
	if s.cameras["tilt"] {
		s.tiltShift()
	}
	s.stylise()
	s.caption()
	s.develop()
}

// develop applies vignette, tone and grain in one pass.
func (s *stage) develop() {
	vignette, grain := one*24/100, 300
	bright := s.pal.paper.luma() > 180*256 && (s.scene == "medical" || s.scene == "isometric" || s.scene == "poster" || s.scene == "product")
	if bright {
		vignette = one * 10 / 100
	}
	if s.looks["film"] || s.pal.name == "vintage" || s.pal.name == "noir" {
		vignette, grain = one*38/100, 1100
	}
	if s.looks["minimal"] || s.looks["pixel"] {
		vignette, grain = one*6/100, 130
	}
	if s.without["vignette"] {
		vignette = 0
	}
	if s.without["grain"] {
		grain = 0
	}
	mono, sepia := s.looks["mono"] || s.pal.name == "noir", s.looks["sepia"]
	seed := s.seedFor("grain")
	cast := s.lightCast()
	w, h := max(s.w, 1), max(s.h, 1)
	s.rows(0, s.h, func(y int) {
		v := (2*y + 1 - h) * one / h
		vv := v * v >> 16
		rnd := seed + uint64(y)*0x9e3779b97f4a7c15
		i := y * s.w * 4
		for x := range s.w {
			u := (2*x + 1 - w) * one / w
			d := (u*u>>16 + vv) / 2
			light := one - (d*d>>16)*vignette>>16 + cast.at(x, y)
			p := s.pix[i : i+3 : i+3]
			r, g, b := int(p[0])<<8, int(p[1])<<8, int(p[2])<<8
			if mono || sepia {
				l := (r*299 + g*587 + b*114) / 1000
				r, g, b = l, l, l
				if sepia {
					r, g, b = l*104/100, l*92/100, l*74/100
				}
			}
			rnd = rnd*6364136223846793005 + 1442695040888963407
			n := (int(rnd>>40&0xff)+int(rnd>>48&0xff)-255)*grain>>8 + bayer[y&7][x&7]
			p[0] = uint8(clamp((r*light>>16+n)>>8, 0, 255))
			p[1] = uint8(clamp((g*light>>16+n)>>8, 0, 255))
			p[2] = uint8(clamp((b*light>>16+n)>>8, 0, 255))
			i += 4
		}
	})
}

// cast is how unevenly the light falls on what the camera sees: large, faint
// patches. A studio's plain ground needs them most.
func (s *stage) lightCast() *field {
	strength := one * 11 / 100
	switch s.scene {
	case "portrait":
		strength = one * 25 / 100
	case "medical", "product", "isometric", "interior", "poster":
		strength = one * 19 / 100
	}
	if s.looks["minimal"] {
		strength /= 3
	}
	seed, scale := s.seedFor("cast"), s.rand("cast").in(24, 36)
	wide := s.wide()
	return newField(s.canvas, max(wide/24, 1), func(x, y int) int {
		return (fbm2(x*one*scale/(10*wide), y*one*scale/(10*wide), 2, seed) - one/2) * strength >> 16 * 2
	})
}

// tiltShift leaves only a band in focus, as in photographs of models.
func (s *stage) tiltShift() {
	s.use("tilt-shift")
	f := clamp(s.k(12)/px, 1, 16)
	soft := s.shrink(f, func(v color) color { return v })
	soft.soften(max(1, s.k(8)/px/f))
	mid := s.h * 58 / 100
	s.each(0, 0, s.w, s.h, normal, func(x, y int) (color, int) {
		return soft.at(x, y), step(abs(y-mid), s.h/9, s.h*2/5)
	})
}
