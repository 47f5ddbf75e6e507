package procedural

import (
	"strings"
	"sync"
)

// palette gives each part of a scene its colour.
type palette struct {
	name                   string
	top, sky, low          color // of the sky, from the zenith down
	light, haze            color
	far, mid, near, ground color
	water                  color
	accent, second         color
	paper, ink             color
}

// palettes holds the table of data/palettes.txt. Read once.
var palettes = sync.OnceValue(func() map[string]palette {
	table := map[string]palette{}
	for line := range dataLines(palettesText) {
		f := strings.Fields(line)
		p := palette{name: f[0]}
		for i, part := range p.parts() {
			*part = mustHex(f[i+1])
		}
		table[p.name] = p
	}
	return table
})

func (p *palette) parts() []*color {
	return []*color{&p.top, &p.sky, &p.low, &p.light, &p.haze, &p.far, &p.mid, &p.near,
		&p.ground, &p.water, &p.accent, &p.second, &p.paper, &p.ink}
}

// dim says that the palette is one of the dark hours.
func (p *palette) dim() bool { return p.sky.luma() < 80*256 }

// colors lists the distinct parts as #rrggbb.
func (p *palette) colors() []string {
	var out []string
	seen := map[string]bool{}
	for _, part := range p.parts() {
		if s := part.String(); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// recolor bends the palette to the colours that were asked for: their hue and
// saturation, the palette's own brightness, so that depth and light survive.
func (p *palette) recolor(wanted []color) {
	if len(wanted) == 0 {
		return
	}
	a, b := wanted[0], wanted[len(wanted)-1]
	c := wanted[min(2, len(wanted)-1)]
	for _, part := range []*color{&p.top, &p.sky, &p.far, &p.mid, &p.near, &p.water, &p.ink} {
		*part = part.tinted(a, one*8/10)
	}
	for _, part := range []*color{&p.low, &p.haze} {
		*part = part.tinted(b, one*8/10)
	}
	p.light, p.paper = p.light.tinted(b, one*4/10), p.paper.tinted(a, one*4/10)
	p.ground = p.ground.tinted(c, one*7/10)
	p.accent, p.second = b, c
	if len(wanted) < 3 {
		p.second = a
	}
}

// grow takes what grows on the land from a season's palette, as dark as the hour.
func (p *palette) grow(season palette) {
	dim := one * 10 / 100
	if p.dim() {
		dim = one * 62 / 100
	}
	p.ground, p.mid = season.ground.dark(dim), season.mid.dark(dim)
	p.accent, p.second = season.accent.dark(dim/2), season.second.dark(dim/2)
}

// vary turns all hues a little, so that seeds differ in mood too.
func (p *palette) vary(r *random) {
	turn, glow := r.in(-1300, 1300), r.in(-one/24, one/24)
	for _, part := range p.parts() {
		*part = part.turned(turn).scale(one + glow)
	}
}
