package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// ItemOptions is what layer 1 needs besides the brief. The zero value makes
// items of the brief's own words alone.
type ItemOptions struct {
	Project  fs.FS                                        // the project's folder, for prompts and references; nil = a brief can name no files
	Keep     func(data []byte) (digest string, err error) // puts a reference's bytes into the asset store; nil = only their digest is taken
	Packs    *Packs                                       // nil = style and mood are words, and nothing is added
	Keywords int                                          // of stimulus, where the brief says nothing: 0 = DefaultKeywords, negative = none
	Stimulus Stimulator                                   // asked for keywords in place of the packs'; nil = packs alone
	Width    int                                          // calls of Stimulus at a time; 0 = 4
}

// Note is something that a user should know of a brief, and no error.
type Note struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Item string `json:"item,omitempty"` // ID of the item, where it is about one
	Say  string `json:"say"`
}

// String returns FILE:LINE: SAY, without the parts that are unknown.
func (n Note) String() string {
	if n.File == "" {
		return n.Say
	}
	e := config.Error{File: n.File, Line: n.Line, Msg: n.Say}
	return e.Error()
}

// expander turns a brief into items.
type expander struct {
	b     *Brief
	o     ItemOptions
	early bool // files are not read yet
	errs  []*config.Error
	notes []Note
	noted map[string]bool
	ids   map[string]placed
	rest  map[int]bool      // exclusions of defaults, by line: whether they apply anywhere
	picks map[int]picked    // samples, by item
	refs  map[string]string // digests of references, by path
	total int64

	choices map[string]*chosen // what packs give, by names of styles and moods
	parts   map[string]part    // texts of the user's own fields
	told    *advice            // what the Stimulator said
}

func newExpander(b *Brief, o ItemOptions) *expander {
	return &expander{b: b, o: o, noted: map[string]bool{}, ids: map[string]placed{}, rest: map[int]bool{}, picks: map[int]picked{}, refs: map[string]string{},
		choices: map[string]*chosen{}, parts: map[string]part{}}
}

// file names the brief in errors.
func (b *Brief) file() string {
	if b.File == "" {
		return "--prompt"
	}
	return b.File
}

// spec is one item of the brief, ready to be expanded.
type spec struct {
	item    int
	id      string
	ask     Ask
	texts   texts
	dims    []dim
	rules   []rule
	product int64
	numbers []int64 // of the combinations that are made; nil = all that are not left out
	several bool    // the numbers stand in the IDs
	seed    uint64
	count   int
	refs    []Reference
	k       int // keywords of stimulus
}

// Items expands the brief: every combination and every draw of it is an Item.
// The same brief and options give the same items, and a further item changes
// none of the others' IDs, aliases and seeds. Errors are one or more
// *config.Error; nothing but the Stimulator has cost anything then.
func (b *Brief) Items(ctx context.Context, o ItemOptions) ([]Item, []Note, error) {
	var items []Item
	notes, err := b.EachItem(ctx, o, func(i *Item) error {
		items = append(items, *i)
		return nil
	})
	if err != nil {
		return nil, notes, err
	}
	return items, notes, nil
}

// EachItem is Items, one at a time and in the same order: everything is checked
// before the first. An error of yield ends it and is returned as it is. The
// slices and maps of an Item are shared with others and must not be changed.
func (b *Brief) EachItem(ctx context.Context, o ItemOptions, yield func(*Item) error) ([]Note, error) {
	x := newExpander(b, o)
	x.survey()
	if err := config.Join(x.errs); err != nil {
		return x.notes, err
	}
	if o.Stimulus != nil {
		if err := x.advise(ctx); err != nil {
			return x.notes, err
		}
	}
	for item := range b.size() {
		if err := ctx.Err(); err != nil {
			return x.notes, context.Cause(ctx)
		}
		s := x.compile(item)
		if s == nil {
			break
		}
		if err := x.expand(s, yield); err != nil {
			return x.notes, err
		}
	}
	return x.notes, config.Join(x.errs)
}

// maxErrors bounds how many mistakes of a brief are looked for.
const maxBriefErrors = 50

// survey checks all items and counts what they ask for.
func (x *expander) survey() {
	if x.b.Entries != nil && len(x.b.Entries) == 0 {
		x.report(x.b.lines["items"], "items", "there is no item, so nothing would be made")
		return
	}
	for item := range x.b.size() {
		s := x.compile(item)
		if len(x.errs) > maxBriefErrors {
			return
		}
		if s == nil {
			continue
		}
		x.place(s)
	}
	for id, p := range x.ids {
		if other, found := clash(x.ids, id); found {
			x.report(x.b.line(p.item, "id"), x.b.path(p.item, "id"), fmt.Sprintf("%q is also the name of one of the pictures of the item of line %d; name it otherwise", id, x.b.line(other.item, "id")))
		}
	}
	if x.total > MaxItems {
		x.errs = append(x.errs, &config.Error{File: x.b.file(), Line: x.b.lines[""], Msg: fmt.Sprintf("the brief asks for %d pictures; at most %d are made of one. Use sample, exclude or count", x.total, MaxItems)})
	}
	if len(x.errs) == 0 && !x.early {
		x.uninherited()
	}
}

// place notes an item's ID and how many pictures it makes.
func (x *expander) place(s *spec) {
	n := x.combinations(s)
	if other, twice := x.ids[s.id]; twice {
		x.report(x.b.line(s.item, "id"), x.b.path(s.item, "id"), fmt.Sprintf("%q is already the ID of the item of line %d; IDs differ in a-z, 0-9 and -", s.id, x.b.line(other.item, "id")))
	}
	p := placed{item: s.item, variants: 1, count: s.count}
	if s.several {
		p.variants = s.product
	}
	x.ids[s.id] = p
	if x.total += n * int64(s.count); n > 0 && x.total < 0 {
		x.total = math.MaxInt64
	}
}

// combinations counts what is made of an item; none is an error.
func (x *expander) combinations(s *spec) int64 {
	n := s.product
	switch {
	case s.ask.Sample != nil && x.early:
		return min(n, int64(*s.ask.Sample))
	case s.numbers != nil:
		n = int64(len(s.numbers))
	case len(s.rules) > 0:
		n = int64(len(s.valid()))
	}
	if n == 0 && len(s.dims) > 0 {
		x.fail(s.item, "exclude", "nothing is left of the %d combinations, so nothing would be made", s.product)
	}
	return n
}

// compile makes an item ready; nil = there are errors, which are noted.
func (x *expander) compile(item int) *spec {
	before := len(x.errs)
	s := &spec{item: item, ask: x.b.ask(item)}
	s.id = x.b.itemID(item, &s.ask)
	x.checkAsk(s)
	if x.early && s.ask.Prompt.File != "" {
		return x.earlySpec(s, before)
	}
	if !x.compileTexts(s) {
		return nil
	}
	s.dims = x.dims(s, x.checkSlots(s))
	if len(x.errs) > before || !x.measure(s) {
		return nil
	}
	x.rules(s)
	s.several = s.product > 1
	s.seed = x.baseSeed(s)
	s.k = x.keywords(&s.ask)
	if !x.early {
		x.references(s)
	}
	if s.ask.Sample != nil {
		x.sample(s)
	}
	if len(x.errs) > before {
		return nil
	}
	return s
}

// earlySpec is an item whose prompt is in a file: only its ID is known.
func (x *expander) earlySpec(s *spec, before int) *spec {
	if len(x.errs) > before {
		return nil
	}
	s.product = 1
	return s
}

// measure refuses products that are too large.
func (x *expander) measure(s *spec) bool {
	most, hint := int64(MaxProduct), "; sample: 100 takes a balanced sample of them"
	if s.ask.Sample != nil {
		most, hint = MaxSampled, ""
	}
	if s.product = measure(s.dims, most); s.product <= most {
		return true
	}
	var parts []string
	for _, d := range s.dims {
		if len(d.values) > 1 {
			parts = append(parts, fmt.Sprintf("%s %d", d.key, len(d.values)))
		}
	}
	key := "prompt"
	if s.ask.Sample != nil {
		key = "sample"
	}
	x.fail(s.item, key, "more than %d combinations (%s)%s", most, strings.Join(parts, " × "), hint)
	return false
}

// sample picks the combinations of an item.
func (x *expander) sample(s *spec) {
	for _, d := range s.dims {
		if len(d.open) == 0 {
			x.fail(s.item, "exclude", "every alternative of %s is left out, so nothing would be made", d.key)
			return
		}
	}
	if x.early {
		return
	}
	taken, known := x.picks[s.item]
	if !known {
		taken.numbers, taken.total = s.pick(*s.ask.Sample, mix(s.seed, 's'))
		x.picks[s.item] = taken
	}
	s.numbers = taken.numbers
	if total := taken.total; len(s.numbers) < *s.ask.Sample {
		x.fewer(s, total)
	}
}

// picked is a sample, and of how many combinations; -1 = they were not counted.
type picked struct {
	numbers []int64
	total   int64
}

func (x *expander) fewer(s *spec, total int64) {
	line := x.b.line(s.item, "sample")
	if total >= 0 {
		x.note(line, s.id, fmt.Sprintf("sample: %d: there are only %d combinations; all are made", *s.ask.Sample, total))
	} else {
		x.note(line, s.id, fmt.Sprintf("sample: %d: only %d combinations were found that exclude allows", *s.ask.Sample, len(s.numbers)))
	}
}

// inherited remembers whether an exclusion of the defaults applies anywhere.
func (x *expander) inherited(e Exclusion, applies bool) {
	x.rest[e.Line] = x.rest[e.Line] || applies
}

// uninherited notes exclusions of the defaults that apply to no item.
func (x *expander) uninherited() {
	for _, line := range slices.Sorted(maps.Keys(x.rest)) {
		if !x.rest[line] {
			x.note(line, "", "this exclusion applies to no item: none has all of its slots, fields and alternatives")
		}
	}
}
