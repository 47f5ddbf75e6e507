package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// part is one text of a pack.
type part struct {
	text   string
	words  []string
	stance stance
}

func (o *opposites) part(text string) part {
	words := wordsOf(text)
	return part{text, words, o.read(words)}
}

// chosen is what the packs of one combination of styles and moods give, in the
// order in which the brief's seed takes it.
type chosen struct {
	packs       []*Pack // in the order of the words; those that conflict are left out
	style, mood []string
	said        *profile // the words of style and mood
	keywords    []part
	lighting    []part
	camera      []part
	palettes    [][]string
	negative    []part
}

// keywords is how many keywords a prompt of the item gets.
func (x *expander) keywords(a *Ask) int {
	switch {
	case a.Stimulus != nil:
		return *a.Stimulus
	case x.o.Keywords < 0:
		return 0
	case x.o.Keywords == 0:
		return DefaultKeywords
	}
	return min(x.o.Keywords, maxKeywords)
}

// chosen finds the packs of styles and moods.
func (x *expander) chosen(e *expansion, styles, moods []string) *chosen {
	key := strings.Join(styles, "\x00") + "\x01" + strings.Join(moods, "\x00")
	c, known := x.choices[key]
	if !known {
		c = x.choose(e, styles, moods, key)
		x.choices[key] = c
	}
	return c
}

func (x *expander) choose(e *expansion, styles, moods []string, key string) *chosen {
	c := &chosen{}
	var packs [2][]*Pack
	for i, words := range [][]string{styles, moods} {
		kind := []string{StylePack, MoodPack}[i]
		for _, w := range words {
			say, pack := x.pack(e, kind, w)
			if i == 0 {
				c.style = append(c.style, say)
			} else {
				c.mood = append(c.mood, say)
			}
			if pack == nil || slices.Contains(c.packs, pack) {
				continue
			}
			if other := x.o.Packs.conflict(pack, c.packs, styles, moods); other != "" {
				x.note(x.b.line(e.s.item, kind), e.s.id, fmt.Sprintf("%s %s does not go with %s: only its name is used", kind, pack.Name, other))
				continue
			}
			c.packs = append(c.packs, pack)
			packs[i] = append(packs[i], pack)
		}
	}
	c.said = x.o.Packs.opposites.profile(slices.Concat(styles, moods, c.style, c.mood)...)
	seed, _ := x.b.seed(-1)
	base := hash64(x.b.Name, key)
	if seed != nil {
		base = mix(base, uint64(*seed))
	}
	c.fill(x.o.Packs.opposites, packs[0], packs[1], &shuffler{base})
	return c
}

// pack finds the pack that a word names; without one the word is a free one.
func (x *expander) pack(e *expansion, kind, word string) (say string, pack *Pack) {
	if pack = x.o.Packs.Find(kind, word); pack != nil {
		return pack.Say, pack
	}
	other := map[string]string{StylePack: MoodPack, MoodPack: StylePack}[kind]
	msg := fmt.Sprintf("%s %s is no pack and taken as it is", kind, config.Shorten(word))
	if there := x.o.Packs.Find(other, word); there != nil {
		msg += fmt.Sprintf("; there is a %s %s", other, there.Name)
	} else if near := config.Nearest(word, x.o.Packs.names(kind)); near != "" {
		msg += fmt.Sprintf("; did you mean %q?", near)
	} else if near := x.o.Packs.near(kind, word); len(near) > 0 {
		msg += "; near it: " + strings.Join(near, ", ")
	}
	x.note(x.b.line(e.s.item, kind), e.s.id, msg)
	return word, nil
}

// near lists packs that share a word with a free one.
func (p *Packs) near(kind, word string) (names []string) {
	about := p.opposites.profile(word)
	for _, pack := range p.all {
		if pack.Kind == kind && about.repeats(wordsOf(strings.Join(append(pack.Also, pack.Name, pack.Say), " "))) {
			names = append(names, pack.Name)
		}
	}
	return names
}

// conflict names what a pack does not go with, of those before it and of the
// user's own words that are no packs.
func (p *Packs) conflict(pack *Pack, before []*Pack, styles, moods []string) string {
	for _, other := range before {
		if slices.Contains(pack.Conflicts, other.Name) || slices.Contains(other.Conflicts, pack.Name) {
			return other.Kind + " " + other.Name
		}
	}
	for _, w := range slices.Concat(styles, moods) {
		if slices.Contains(pack.Conflicts, strings.ToLower(w)) && p.Find(StylePack, w) == nil && p.Find(MoodPack, w) == nil {
			return strconv.Quote(w)
		}
	}
	return ""
}

// fill takes the parts of the packs. Light and colours are first the mood's,
// the camera is first the style's; two keywords of styles go before each one of
// moods.
func (c *chosen) fill(o *opposites, styles, moods []*Pack, r *shuffler) {
	without := map[string]bool{}
	for _, p := range slices.Concat(styles, moods) {
		for _, field := range p.Without {
			without[field] = true
		}
	}
	parts := func(packs []*Pack, field func(*Pack) []string) (all []part) {
		var lists [][]string
		for _, p := range packs {
			list := slices.Clone(field(p))
			r.shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			lists = append(lists, list)
		}
		for at := 0; len(lists) > 0; at++ { // one of each pack in turn
			lists = slices.DeleteFunc(lists, func(l []string) bool { return at >= len(l) })
			for _, l := range lists {
				all = append(all, o.part(l[at]))
			}
		}
		return all
	}
	keywords := func(p *Pack) []string { return p.Keywords }
	ofStyles, ofMoods := parts(styles, keywords), parts(moods, keywords)
	for len(ofStyles)+len(ofMoods) > 0 {
		n, m := min(2, len(ofStyles)), min(1, len(ofMoods))
		c.keywords = append(append(c.keywords, ofStyles[:n]...), ofMoods[:m]...)
		ofStyles, ofMoods = ofStyles[n:], ofMoods[m:]
	}
	if !without["lighting"] {
		light := func(p *Pack) []string { return p.Lighting }
		c.lighting = append(parts(moods, light), parts(styles, light)...)
	}
	if !without["camera"] {
		camera := func(p *Pack) []string { return p.Camera }
		c.camera = append(parts(styles, camera), parts(moods, camera)...)
	}
	if !without["palette"] {
		for _, p := range slices.Concat(moods, styles) {
			list := slices.Clone(p.Palette)
			r.shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			c.palettes = append(c.palettes, list...)
		}
	}
	c.negative = parts(slices.Concat(styles, moods), func(p *Pack) []string { return p.Negative })
}

// direct adds what the packs, or a chat model, say to a prompt that has the
// user's own words. A field of which the user says something, be it none, stays
// as it is, and what contradicts or repeats the user's words is left out.
func (x *expander) direct(e *expansion, p *MediaPrompt) {
	if x.o.Packs == nil {
		return
	}
	o := x.o.Packs.opposites
	c := x.chosen(e, p.Style, p.Mood)
	p.Style, p.Mood = c.style, c.mood
	if e.about == nil {
		e.about = o.profile(e.subject)
	}
	own := &sayings{shared: []*profile{e.about, c.said}, words: make([]string, 0, 32), stance: e.about.stance}
	own.stance.add(&c.said.stance)
	for _, field := range [][]string{p.Lighting, p.Camera, p.Palette} {
		for _, text := range field {
			one := x.part(text)
			own.add(&one)
		}
	}
	a := &e.s.ask
	if !a.Lighting.set {
		p.Lighting = first(c.lighting, own)
	}
	if !a.Camera.set {
		p.Camera = first(c.camera, own)
	}
	if !a.Palette.set && len(c.palettes) > 0 && !namesColour(e.about) {
		p.Palette = c.palettes[0]
	}
	p.Stimulus = x.stimulus(e, p, c, own)
	if a.Negative == nil {
		p.Negative = negative(c, own, p)
	}
}

// part is a text of the user's own, read once.
func (x *expander) part(text string) part {
	one, known := x.parts[text]
	if !known {
		one = x.o.Packs.opposites.part(text)
		x.parts[text] = one
	}
	return one
}

// first is the first part that goes with the user's words, which it joins.
func first(parts []part, own *sayings) []string {
	for i := range parts {
		if parts[i].stance.contradicts(&own.stance) {
			continue
		}
		own.add(&parts[i])
		return []string{parts[i].text}
	}
	return nil
}

// pick takes up to k keywords that neither repeat nor contradict what is there.
func pick(parts []part, k int, own *sayings) (words []string) {
	for i := range parts {
		if len(words) >= k {
			break
		}
		if parts[i].stance.contradicts(&own.stance) || own.repeats(parts[i].words) {
			continue
		}
		own.add(&parts[i])
		words = append(words, parts[i].text)
	}
	return words
}

// maxNegative bounds the negative words that packs add.
const maxNegative = 12

// negative is what the packs do without, but for what the prompt asks for. Signs
// are not refused where a text is to be written.
func negative(c *chosen, own *sayings, p *MediaPrompt) (words []string) {
	for i := range c.negative {
		n := &c.negative[i]
		letters := slices.ContainsFunc(n.words, func(w string) bool { return w == "text" || w == "letter" || w == "word" || w == "logo" || w == "type" })
		if len(words) == maxNegative || slices.Contains(words, n.text) || wanted(n.words, own) || letters && len(p.Text) > 0 {
			continue
		}
		words = append(words, n.text)
	}
	return words
}

// wanted says whether the prompt has all that a negative word refuses.
func wanted(words []string, own *sayings) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !lightWords[w] && !own.has(w) })
}

// colours whose name in a subject says that its colours are the user's affair.
var colours = []string{"red", "green", "blue", "yellow", "orange", "purple", "violet", "pink", "brown", "black", "white", "grey", "gray", "teal",
	"turquoise", "cyan", "magenta", "gold", "golden", "silver", "beige", "ivory", "navy", "crimson", "scarlet", "coral", "lavender", "mint", "emerald",
	"monochrome", "sepia", "colourful", "colorful", "pastel", "neon", "rainbow"}

func namesColour(p *profile) bool {
	return slices.ContainsFunc(colours, func(c string) bool { return p.words[c] })
}
