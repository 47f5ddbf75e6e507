package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/config"
)

// Size of what says nothing of its size, in pixels.
const (
	defaultWidth  = 1024
	defaultHeight = 1024
)

// seedSpan is how far the seeds of an item's pictures lie from its first, at
// most: so they fit into the 32 bits that some providers have.
const seedSpan = 1 << 31

// mix derives a number from a seed.
func mix(seed, salt uint64) uint64 {
	s := shuffler{seed ^ salt*0x9e3779b97f4a7c15}
	return s.next()
}

// baseSeed is the seed of the item's first picture: its own one as it is, also
// where the brief is one item; in a list a number that the brief's seed and the
// item's ID decide; without any, one of at most 31 bits that the names and the
// prompt decide.
func (x *expander) baseSeed(s *spec) uint64 {
	seed, own := x.b.seed(s.item)
	switch {
	case seed == nil:
		return hash64(x.b.Name, s.id, s.ask.Prompt.Text, s.ask.Prompt.File) % seedSpan
	case own:
		return uint64(*seed)
	}
	return hash64(strconv.FormatUint(uint64(*seed), 10), s.id) % seedSpan
}

// seedOf is the seed of a picture: the item's, counted on. The draws of the
// first combination come after the first draws of all others, so that a larger
// count changes no seed.
func (s *spec) seedOf(number int64, draw int) uint64 {
	if s.product <= MaxProduct {
		if at := int64(draw-1)*s.product + number; at < seedSpan {
			return s.seed + uint64(at)
		}
	}
	return s.seed + mix(uint64(number), uint64(draw))%seedSpan
}

// expand yields the items of one entry of the brief.
func (x *expander) expand(s *spec, yield func(*Item) error) error {
	e := newExpansion(x, s, yield)
	return x.explain(e.walk(e.variant))
}

// explain gives the errors that are noted for errStop.
func (x *expander) explain(err error) error {
	if err == errStop {
		return config.Join(x.errs)
	}
	return err
}

func newExpansion(x *expander, s *spec, yield func(*Item) error) *expansion {
	e := &expansion{x: x, s: s, digits: make([]int, len(s.dims)), before: make([]int, len(s.dims)), yield: yield}
	e.before[0] = -1
	return e
}

// expansion walks through the combinations of one entry.
type expansion struct {
	x              *expander
	s              *spec
	digits, before []int
	slots          map[string]any
	subject, title string
	written        []string
	yield          func(*Item) error
	plans          pool
	about          *profile // of the subject; nil = not looked at yet
}

// walk calls f for every combination that is made, in the order of numbers.
func (e *expansion) walk(f func(number int64) error) error {
	if e.s.numbers != nil {
		for _, number := range e.s.numbers {
			e.s.digits(number, e.digits)
			if err := f(number); err != nil {
				return err
			}
		}
		return nil
	}
	for number := range e.s.product {
		if e.s.digits(number, e.digits); e.s.excluded(e.digits) {
			continue
		}
		if err := f(number); err != nil {
			return err
		}
	}
	return nil
}

var (
	errStop   = errors.New("stop")   // ends a walk after an error that is noted
	errEnough = errors.New("enough") // ends a walk
)

// variant yields the draws of one combination.
func (e *expansion) variant(number int64) error {
	prompt, err := e.prompt()
	if err != nil {
		return err
	}
	item := Item{Prompt: *prompt, Format: e.s.ask.Format, Params: e.s.ask.Params, Generators: e.s.ask.Generators, Title: e.title,
		Width: defaultWidth, Height: defaultHeight, Vars: e.vars()}
	if size := e.value("size"); len(size) > 0 {
		item.Width, item.Height, _ = ParseSize(size[0]) // checked before
	}
	if model := e.value("model"); len(model) > 0 {
		item.Model = model[0]
	}
	id := variantID(e.s.id, number+1, e.s.several)
	alias := e.alias(id)
	for draw := 1; draw <= e.s.count; draw++ {
		item.ID, item.Alias = id+"#"+strconv.Itoa(draw), alias
		if e.s.count > 1 {
			item.Alias += "-" + strconv.Itoa(draw)
		}
		item.Draw, item.Seed = draw, e.s.seedOf(number, draw)
		one := item
		if err := e.yield(&one); err != nil {
			return err
		}
	}
	return nil
}

// alias is a name for people: the ID with the words that were chosen.
func (e *expansion) alias(id string) string {
	if !e.s.several {
		return id
	}
	var words []byte
	for i, d := range e.s.dims {
		if len(d.labels) > 1 {
			words = append(append(words, d.labels[e.digits[i]]...), ' ')
		}
		if len(words) > 4*maxWords {
			break
		}
	}
	if name := slug(string(words), maxWords); name != "" {
		return id + "-" + name
	}
	return id
}

// vars is what the matrix chose.
func (e *expansion) vars() map[string]string {
	var vars map[string]string
	for i, d := range e.s.dims {
		if len(d.labels) > 1 {
			if vars == nil {
				vars = make(map[string]string, 4)
			}
			vars[d.key] = d.labels[e.digits[i]]
		}
	}
	return vars
}

// value is what stands for a field in this combination.
func (e *expansion) value(key string) []string {
	at := len(e.s.dims) - len(fieldKeys) + slices.Index(fieldKeys, key)
	if words := e.s.dims[at].values[e.digits[at]]; len(words) > 0 {
		return words
	}
	return nil
}

// prompt is the prompt of the combination, all but the packs' part filled in by
// the user's own words.
func (e *expansion) prompt() (*MediaPrompt, error) {
	if err := e.fill(); err != nil {
		return nil, err
	}
	a := &e.s.ask
	p := &MediaPrompt{Subject: e.subject, Style: e.value("style"), Mood: e.value("mood"), Lighting: e.value("lighting"), Camera: e.value("camera"),
		Palette: e.value("palette"), Negative: a.Negative, Text: e.written, Weights: a.Weights, References: e.s.refs}
	e.plans.networks(p, a)
	e.x.direct(e, p)
	return p, nil
}

// fill renders the templates when other slots are chosen than before.
func (e *expansion) fill() error {
	n := len(e.s.dims) - len(fieldKeys)
	if e.before[0] >= 0 && slices.Equal(e.digits[:n], e.before[:n]) {
		return nil
	}
	copy(e.before, e.digits)
	e.about = nil
	if e.slots == nil {
		e.slots = make(map[string]any, n)
	}
	for i, d := range e.s.dims[:n] {
		e.slots[d.key] = d.values[e.digits[i]][0]
	}
	var err error
	if e.subject, err = e.s.texts.prompt.render(e.slots); err == nil {
		switch n := utf8.RuneCountInString(e.subject); {
		case n == 0:
			err = errors.New("the prompt is empty when its slots are filled in")
		case n > maxSubject:
			err = fmt.Errorf("the prompt has %d characters when its slots are filled in; at most %d are taken", n, maxSubject)
		}
	}
	if err != nil {
		return e.failed("prompt", err)
	}
	if e.title, err = e.s.texts.title.render(e.slots); err != nil {
		return e.failed("title", err)
	}
	e.written = quoted(e.subject)
	for _, t := range e.s.texts.written {
		s, err := t.render(e.slots)
		if err != nil {
			return e.failed("text", err)
		}
		if s != "" && !slices.Contains(e.written, s) {
			e.written = append(e.written, s)
		}
	}
	if piece, _ := foreign(e.subject); piece != "" {
		e.x.hint(e.x.b.line(e.s.item, "prompt"), e.s.id, e.subject)
	}
	return nil
}

// failed notes an error of a template that only its values show.
func (e *expansion) failed(key string, err error) error {
	if key == "prompt" && e.s.texts.ownFile {
		e.x.errs = append(e.x.errs, eachConfigError(err)...)
	} else {
		for _, one := range eachConfigError(err) {
			e.x.fail(e.s.item, key, "%s", one.Msg)
		}
	}
	return errStop
}

// pool shares what all pictures of an entry have alike.
type pool struct {
	made       bool
	loras      []LoRA
	hypernets  []Hypernet
	embeddings []Inversion
}

func (q *pool) networks(p *MediaPrompt, a *Ask) {
	if !q.made {
		q.made = true
		for _, n := range a.LoRAs {
			w := weightOr(n.Weight, 1)
			q.loras = append(q.loras, LoRA{Name: n.Name, Text: weightOr(n.Text, w), Unet: weightOr(n.Unet, w)})
		}
		for _, n := range a.Hypernetworks {
			q.hypernets = append(q.hypernets, Hypernet{Name: n.Name, Weight: weightOr(n.Weight, 1)})
		}
		for _, n := range a.Embeddings {
			q.embeddings = append(q.embeddings, Inversion{Name: n.Name, Weight: weightOr(n.Weight, 1), Negative: n.Negative})
		}
	}
	p.LoRAs, p.Hypernets, p.Embeddings = q.loras, q.hypernets, q.embeddings
}

func weightOr(w *float64, otherwise float64) float64 {
	if w == nil {
		return otherwise
	}
	return *w
}

// maxReference bounds a reference image, in bytes.
const maxReference = 64 << 20

// references reads the item's reference images, each once.
func (x *expander) references(s *spec) {
	for _, r := range s.ask.References {
		digest, err := x.reference(r.Path)
		if err != nil {
			x.fail(s.item, "references", "%s: %v", r.Path, err)
			return
		}
		s.refs = append(s.refs, Reference{Path: r.Path, Digest: digest, Role: r.Role})
	}
}

func (x *expander) reference(path string) (string, error) {
	if digest, known := x.refs[path]; known {
		return digest, nil
	}
	if x.o.Project == nil {
		return "", errors.New("there is no project whose files could be read")
	}
	info, err := fs.Stat(x.o.Project, path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", errors.New("it is no file")
	case info.Size() > maxReference || info.Size() == 0:
		return "", fmt.Errorf("it has %d bytes; a reference has 1..%d", info.Size(), maxReference)
	}
	data, err := fs.ReadFile(x.o.Project, path)
	if err != nil {
		return "", err
	}
	digest := assets.Digest(data)
	if x.o.Keep != nil {
		if digest, err = x.o.Keep(data); err != nil {
			return "", err
		}
	}
	x.refs[path] = digest
	return digest, nil
}
