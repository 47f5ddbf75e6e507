package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Flags are what the command line says of what is to be made. Zero values leave
// it to the brief.
type Flags struct {
	Name       string
	Count      *int
	Seed       *uint64
	Size       []string // WIDTHxHEIGHT; several are alternatives
	Negative   []string
	Style      []string // several are alternatives
	Mood       []string // likewise
	Model      []string // likewise
	Format     string
	Generators []string
	Params     map[string]any // see ParseParam
	Slots      []string       // NAME=VALUE; several of one name are alternatives
}

// FromPrompt is the brief of a prompt from the command line. Without slots the
// prompt is no template: braces in it are text, so anybody's words may stand
// there. A value that can't be is an error of Items.
func FromPrompt(prompt string, f Flags) *Brief {
	b := &Brief{Name: f.Name, Top: Ask{Prompt: PromptText{Text: prompt, Plain: len(f.Slots) == 0}},
		flags: map[string]string{"prompt": "--prompt", "slots": "--slot", "params": "--param", "text": "--text"}}
	b.Override(f)
	return b
}

// Override lets flags win over what the brief says, for all of its items.
func (b *Brief) Override(f Flags) {
	if f.Name != "" {
		b.Name = f.Name
	}
	if b.flags == nil {
		b.flags = map[string]string{}
	}
	for key, given := range map[string]bool{"count": f.Count != nil, "seed": f.Seed != nil, "size": len(f.Size) > 0, "negative": len(f.Negative) > 0,
		"style": len(f.Style) > 0, "mood": len(f.Mood) > 0, "model": len(f.Model) > 0, "format": f.Format != "", "generators": len(f.Generators) > 0} {
		if given {
			b.flags[key] = "--" + key
		}
	}
	asks := []*Ask{&b.Defaults, &b.Top}
	for i := range b.Entries {
		asks = append(asks, &b.Entries[i].Ask)
		if f.Seed != nil {
			b.Entries[i].Seed = nil // the flag is the whole brief's
		}
	}
	if f.Seed != nil {
		seed := Seed(*f.Seed)
		b.Top.Seed = &seed
	}
	for _, a := range asks {
		f.apply(a, &b.Top)
	}
}

func (f *Flags) apply(a, top *Ask) {
	if f.Count != nil {
		a.Count = f.Count
	}
	for _, c := range []struct {
		to   *Choice
		from []string
	}{{&a.Size, f.Size}, {&a.Style, f.Style}, {&a.Mood, f.Mood}, {&a.Model, f.Model}} {
		if len(c.from) > 0 {
			*c.to = Choose(c.from...)
		}
	}
	if len(f.Negative) > 0 {
		a.Negative = f.Negative
	}
	if len(f.Generators) > 0 {
		a.Generators = f.Generators
	}
	if f.Format != "" {
		a.Format = f.Format
	}
	if len(f.Params) > 0 {
		all := maps.Clone(a.Params)
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, f.Params)
		a.Params = all
	}
	given := f.slots()
	if a != top { // only those that the item has itself; the others come from the top
		given = slices.DeleteFunc(given, func(s Slot) bool { return a.Slots.index(s.Name) < 0 })
	}
	if len(given) > 0 {
		a.Slots = given.over(a.Slots)
	}
}

// slots reads NAME=VALUE; several values of a name are alternatives.
func (f *Flags) slots() Slots {
	all := Slots{}
	for _, s := range f.Slots {
		name, value, _ := strings.Cut(s, "=")
		name = strings.TrimSpace(name)
		if i := all.index(name); i >= 0 {
			all[i].Values = append(all[i].Values, value)
			continue
		}
		all = append(all, Slot{Name: name, Values: []string{value}})
	}
	return all
}

// Bounds of a side of a picture, in pixels; what a provider can do is its own say.
const (
	minSide = 16
	maxSide = 16384
)

var sizeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*$`) })

// ParseSize reads a size in pixels: WIDTHxHEIGHT.
func ParseSize(text string) (width, height int, err error) {
	m := sizeForm().FindStringSubmatch(text)
	if m == nil {
		return 0, 0, fmt.Errorf("size %s: must be WIDTHxHEIGHT in pixels, e.g. 1024x1024", config.Shorten(text))
	}
	width, _ = strconv.Atoi(m[1])
	height, _ = strconv.Atoi(m[2])
	for _, side := range []int{width, height} {
		if side < minSide || side > maxSide {
			return 0, 0, fmt.Errorf("size %s: each side must be in %d..%d pixels", config.Shorten(text), minSide, maxSide)
		}
	}
	return width, height, nil
}

var paramName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`) })

// ParseParam reads KEY=VALUE. A value that is JSON is what it says: 30 and 7.5
// are numbers, true a truth value, {"a":1} an object, "30" a text. Anything
// else is a text as it stands there, such as euler_ancestral.
func ParseParam(text string) (key string, value any, err error) {
	key, written, ok := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !ok || !paramName().MatchString(key) {
		return "", nil, fmt.Errorf("param %s: must be NAME=VALUE, e.g. steps=30; a name has letters, digits and any of _ . -", config.Shorten(text))
	}
	if len(written) > 64<<10 {
		return "", nil, fmt.Errorf("param %s: the value has %d bytes; at most %d are taken", key, len(written), 64<<10)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(written)))
	d.UseNumber()
	var parsed any
	if err := d.Decode(&parsed); err != nil {
		return key, written, nil
	}
	if _, err := d.Token(); err != io.EOF {
		return key, written, nil // such as 16:9, or 1 2
	}
	return key, numbers(parsed), nil
}

// ParseParams reads several params; the last of a name wins.
func ParseParams(texts []string) (map[string]any, error) {
	var all map[string]any
	for _, t := range texts {
		key, value, err := ParseParam(t)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = map[string]any{}
		}
		all[key] = value
	}
	return all, nil
}

// numbers gives numbers the types that a brief's have: int, else float64, else
// the text as written.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}
