package procedural

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plan is what was understood of a Scene.
type plan struct {
	scene   string          // the family that is drawn
	things  map[string]bool // asked for
	without map[string]bool // refused, by a negative word
	looks   map[string]bool
	lights  map[string]bool
	cameras map[string]bool
	palette []string // by name, as asked
	hints   []string // palettes that the things suggest
	colors  []color  // by name, as asked
	text    []string
	unknown []string
	seed    uint64 // of everything that is left to chance
	votes   map[string]int
}

// scenes lists the families in order of precedence among equal votes.
var scenes = []string{"medical", "rainwindow", "isometric", "underwater", "islands", "volcano", "house", "product",
	"portrait", "city", "space", "road", "interior", "desert", "forest", "sea", "landscape", "flowers", "poster", "abstract"}

// understand reads a Scene with the vocabulary. It is pure.
func understand(s Scene) *plan {
	p := &plan{things: map[string]bool{}, without: map[string]bool{}, looks: map[string]bool{},
		lights: map[string]bool{}, cameras: map[string]bool{}, votes: map[string]int{}}
	prompt, quoted := cutQuoted(s.Prompt)
	p.text = append(quoted, s.Text...)
	p.refuse(s.Negative)
	prompt = p.refuseInline(prompt)
	p.read(prompt, 1)
	for _, more := range []string{s.Style, s.Mood, s.Lighting, s.Camera} {
		p.read(more, 0)
	}
	for _, name := range s.Palette {
		p.addColor(name)
	}
	for name := range p.without {
		delete(p.things, name)
	}
	if p.without["text"] {
		p.text = nil
	}
	p.text = cleanText(p.text)
	p.scene = p.elect()
	p.seed = s.seed()
	return p
}

// unknownLimit bounds the list of words that were not understood.
const unknownLimit = 200

// elect picks the family with the most votes.
func (p *plan) elect() string {
	if len(p.text) > 0 {
		p.votes["poster"] += 3
	}
	best := "abstract"
	for _, name := range scenes {
		if p.votes[name] > p.votes[best] {
			best = name
		}
	}
	return best
}

// read notes what each word and phrase of text means; weight 0 lets it set
// palettes, lights, cameras and looks, and vote with half its weight.
func (p *plan) read(text string, weight int) {
	words := tokens(text)
	for i := 0; i < len(words); {
		ms, n := lookUp(words[i:])
		if ms == nil && len(p.unknown) < unknownLimit && !slices.Contains(p.unknown, words[i]) {
			p.unknown = append(p.unknown, words[i])
		}
		for _, m := range ms {
			p.note(m, weight)
		}
		i += n
	}
	for word := range strings.FieldsSeq(text) {
		if c, ok := parseHex(strings.Trim(word, ",.;")); ok {
			p.colors = append(p.colors, c)
		}
	}
}

func (p *plan) note(m meaning, weight int) {
	switch m.kind {
	case "thing":
		if p.without[m.name] {
			return
		}
		if p.things[m.name] {
			weight = 0 // naming a thing twice doesn't make it the subject
		}
		p.things[m.name] = true
		for _, v := range m.votes {
			p.votes[v.scene] += v.weight * (1 + weight) / 2
		}
	case "hint":
		p.hints = append(p.hints, m.name)
	case "palette":
		p.palette = append(p.palette, m.name)
	case "light":
		p.lights[m.name] = true
	case "camera":
		p.cameras[m.name] = true
	case "look":
		p.looks[m.name] = true
	case "color":
		p.colors = append(p.colors, m.color)
	}
}

// addColor reads an entry of Scene.Palette: a colour's name, #rrggbb, or the
// name of a palette.
func (p *plan) addColor(name string) {
	if c, ok := parseHex(strings.TrimSpace(name)); ok {
		p.colors = append(p.colors, c)
		return
	}
	for _, phrase := range []string{name + " colored", name} {
		words := tokens(phrase)
		ms, n := lookUp(words)
		if ms == nil || n < len(words) {
			continue
		}
		for _, m := range ms {
			if m.kind == "color" || m.kind == "palette" {
				p.note(m, 0)
				return
			}
		}
	}
	p.read(name, 0)
}

// refuse notes what must not be drawn.
func (p *plan) refuse(text string) {
	words := tokens(text)
	for i := 0; i < len(words); {
		ms, n := lookUp(words[i:])
		for _, m := range ms {
			if m.kind == "thing" {
				p.without[m.name] = true
			}
		}
		i += n
	}
}

// refuseInline takes "no people" and "without trees" out of the prompt.
func (p *plan) refuseInline(text string) string {
	words := strings.Fields(text)
	var out []string
	for i := 0; i < len(words); i++ {
		switch strings.ToLower(words[i]) {
		case "no", "without", "ohne", "kein", "keine", "sans", "sin":
			rest := tokens(strings.Join(words[i+1:min(i+1+longest, len(words))], " "))
			if ms, n := lookUp(rest); ms != nil && len(rest) > 0 && ms[0].kind == "thing" {
				p.refuse(strings.Join(rest[:n], " "))
				i += n
				continue
			}
		}
		out = append(out, words[i])
	}
	return strings.Join(out, " ")
}

// quotes pairs the opening marks with their closing ones.
var quotes = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»', '»': '«', '‟': '”', '「': '」'}

// cutQuoted takes the quoted passages out of a prompt. An opening mark without
// its closing one quotes nothing.
func cutQuoted(s string) (rest string, quoted []string) {
	var out strings.Builder
	lone := map[rune]bool{} // opening marks that have no closing one any more
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return quotes[r] != 0 && !lone[r] })
		if i < 0 {
			break
		}
		open, size := utf8.DecodeRuneInString(s[i:])
		body := s[i+size:]
		closing := quotes[open]
		j := strings.IndexFunc(body, func(r rune) bool { return r == closing || open == '„' && r == '”' })
		if j < 0 {
			out.WriteString(s[:i] + " ")
			lone[open] = true
			s = body
			continue
		}
		out.WriteString(s[:i] + " ")
		quoted = append(quoted, body[:j])
		_, size = utf8.DecodeRuneInString(body[j:])
		s = body[j+size:]
	}
	return out.String() + s, quoted
}

// textLimit bounds what is set in an image, in runes.
const textLimit = 400

// cleanText drops what is empty and cuts what is endless.
func cleanText(text []string) []string {
	var out []string
	left := textLimit
	for _, t := range text {
		r := []rune(strings.Join(strings.Fields(t), " "))
		if len(r) > left {
			r = r[:left]
		}
		left -= len(r)
		if len(r) > 0 && !slices.Contains(out, string(r)) {
			out = append(out, string(r))
		}
	}
	return out
}
