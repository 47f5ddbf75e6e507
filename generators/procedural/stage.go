package procedural

import (
	"maps"
	"slices"
)

// stage is the picture under work: canvas, plan and what the elements share.
type stage struct {
	*canvas
	*plan
	pal     palette
	horizon int // Q8
	sun     pt  // where the light comes from
	used    []string
	missing []string // characters without a glyph
	quiet   bool     // the scene sets the plan's text itself
	letters *path    // the words as they were set
	scrim   bool     // words need a card behind them
}

// painters is the table of scenes.
func painters(scene string) func(*stage) {
	return map[string]func(*stage){
		"abstract":   (*stage).abstract,
		"city":       (*stage).city,
		"desert":     (*stage).desert,
		"flowers":    (*stage).flowers,
		"forest":     (*stage).forest,
		"house":      (*stage).house,
		"interior":   (*stage).interior,
		"islands":    (*stage).islands,
		"isometric":  (*stage).isometric,
		"landscape":  (*stage).landscape,
		"medical":    (*stage).medical,
		"portrait":   (*stage).portrait,
		"poster":     (*stage).poster,
		"product":    (*stage).product,
		"rainwindow": (*stage).rainwindow,
		"road":       (*stage).road,
		"sea":        (*stage).seascape,
		"space":      (*stage).space,
		"underwater": (*stage).underwater,
		"volcano":    (*stage).volcano,
	}[scene]
}

// moods lists the palettes that suit a scene when the prompt names none.
var moods = map[string][]string{
	"landscape":  {"dawn", "golden", "day", "dusk", "sunset", "spring"},
	"forest":     {"forest", "dawn", "overcast", "golden"},
	"sea":        {"day", "tropical", "sunset", "golden", "dusk"},
	"desert":     {"desert", "sunset", "golden", "dawn"},
	"road":       {"desert", "golden", "day", "sunset"},
	"city":       {"golden", "dusk", "sunset", "night", "day"},
	"volcano":    {"sunset", "dusk", "mars", "storm"},
	"islands":    {"spring", "dawn", "tropical", "pastel", "golden"},
	"space":      {"space", "indigo", "space"},
	"underwater": {"underwater"},
	"house":      {"golden", "day", "dusk"},
	"interior":   {"clay", "sage", "mint", "vintage", "golden"},
	"isometric":  {"pastel", "mint", "candy", "clay", "indigo"},
	"product":    {"clay", "sage", "mint", "rose", "pastel", "vintage", "tropical"},
	"medical":    {"mint", "pastel", "winter", "vintage"},
	"portrait":   {"indigo", "clay", "synthwave", "mint", "rose", "golden"},
	"flowers":    {"rose", "spring", "sage", "forest", "clay"},
	"poster":     {"tropical", "candy", "clay", "indigo", "sunset", "mint", "vintage"},
	"rainwindow": {"night", "dusk", "storm", "cyberpunk"},
	"abstract":   {"indigo", "sunset", "tropical", "candy", "mint", "clay", "dusk", "synthwave", "rose", "pastel"},
}

// outdoors are the scenes whose palette the weather may set.
var outdoors = map[string]bool{"landscape": true, "forest": true, "sea": true, "desert": true, "road": true, "city": true,
	"volcano": true, "islands": true, "house": true}

func newStage(scene Scene, done <-chan struct{}) *stage {
	s := &stage{canvas: newCanvas(scene.Width, scene.Height, done), plan: understand(scene)}
	s.pal = s.choosePalette()
	s.zoom()
	s.compose()
	return s
}

// choosePalette takes the first palette asked for, or one that suits the scene.
func (s *stage) choosePalette() palette {
	r, scene := s.rand("palette"), s.scene
	if scene == "poster" && s.runnerUp() != "" {
		scene = s.runnerUp()
	}
	name, season := pick(r, moods[scene]...), ""
	switch {
	case len(s.palette) > 0:
		name, season = rank(s.palette)
	case len(s.hints) > 0 && outdoors[scene] && (s.hints[0] != "overcast" || r.chance(50)):
		name = s.hints[0]
	}
	p := palettes()[name]
	if season != "" {
		p.grow(palettes()[season])
	}
	if s.things["snow"] && outdoors[scene] {
		p.ground = p.ground.to(hex(0xf4f8fc), one*(70-45*b2i(p.dim()))/100)
	}
	if name != "noir" {
		p.vary(r)
	}
	p.recolor(s.colors)
	return p
}

// rank picks the palette that shapes the picture: worlds before hours before
// the rest; an hour leaves what grows to a season.
func rank(names []string) (name, season string) {
	first := func(class ...string) string {
		for _, n := range names {
			if slices.Contains(class, n) {
				return n
			}
		}
		return ""
	}
	season = first("winter", "autumn", "spring")
	if name = first("cyberpunk", "synthwave", "noir", "mars"); name != "" {
		return name, ""
	}
	if name = first("dawn", "golden", "sunset", "dusk", "night"); name != "" {
		return name, season
	}
	return names[0], ""
}

// zoom lets the camera change the size of things.
func (s *stage) zoom() {
	for _, z := range []struct {
		camera  string
		percent int
	}{{"macro", 175}, {"close", 135}, {"wide", 72}, {"aerial", 66}, {"tilt", 75}, {"low", 118}} {
		if s.cameras[z.camera] {
			if s.scene == "product" { // a thing for sale stands in the picture whole
				z.percent = min(z.percent, 118)
			}
			s.unit = s.unit * z.percent / 100
			break
		}
	}
	s.unit = s.unit * s.rand("zoom").in(90, 110) / 100
}

// compose sets the horizon and the light.
func (s *stage) compose() {
	r := s.rand("composition")
	at := r.in(540, 680)
	switch {
	case s.cameras["aerial"]:
		at = r.in(240, 330)
	case s.cameras["wide"]:
		at = r.in(620, 700)
	case s.cameras["low"]:
		at = r.in(740, 800)
	}
	s.horizon = s.fy(at)
	x := r.in(120, 400)
	if r.chance(35) {
		x = r.in(400, 560)
	}
	height := r.in(45, 75)
	switch s.pal.name {
	case "dawn", "golden", "sunset", "dusk", "synthwave":
		height = r.in(8, 30)
	}
	s.sun = pt{s.fx(x), s.horizon - s.horizon*height/100}
}

// rand is the stream of chance of one element.
func (s *stage) rand(name string) *random { return &random{s.seedFor(name)} }

func (s *stage) seedFor(name string) uint64 { return seedOf(s.seed, name) }

// use notes that an element is in the picture.
func (s *stage) use(name string) bool {
	if !slices.Contains(s.used, name) {
		s.used = append(s.used, name)
	}
	return true
}

// has says whether an element was asked for, and notes it as drawn.
func (s *stage) has(name string) bool { return s.things[name] && s.use(name) }

// may is has for elements that come of themselves in percent of 100 pictures,
// unless they were refused.
func (s *stage) may(name string, percent int) bool {
	if s.without[name] {
		return false
	}
	return s.things[name] && s.use(name) || s.rand("may "+name).chance(percent) && s.use(name)
}

// paint draws the whole picture.
func (s *stage) paint() {
	s.use(s.scene)
	painters(s.scene)(s)
	if s.rand("flip").chance(50) && !s.quiet && s.scene != "medical" {
		s.flip()
	}
	s.finish()
}

// info tells what was done.
func (s *stage) info(scene Scene) Info {
	format := scene.Format
	if format == "" {
		format = "png"
	}
	in := Info{Generator: "procedural", Encoder: encoderName(format), Scene: s.scene, Elements: s.used,
		Unknown: s.unknown, Text: s.text, Missing: s.missing, Seed: scene.Seed,
		Width: s.w, Height: s.h, MIME: "image/" + format}
	in.Refused = slices.Sorted(maps.Keys(s.without))
	for _, name := range slices.Sorted(maps.Keys(s.things)) {
		if !slices.Contains(s.used, name) {
			in.Unused = append(in.Unused, name)
		}
	}
	in.TextBox = s.letters.bounds(s.w, s.h)
	in.Palette = append([]string{s.pal.name}, s.pal.colors()...)
	return in
}
