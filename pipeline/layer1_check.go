package pipeline

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Lengths of texts, in characters.
const (
	maxSubject = 8000
	maxSlot    = 2000
	maxWord    = 300
	maxList    = 100 // entries of a list that is no list of alternatives
)

// bounded is a text as PlainText, or an error when it is too long.
func bounded(s string, limit int) (string, error) {
	plain := PlainText(s)
	if n := utf8.RuneCountInString(plain); n > limit {
		return "", fmt.Errorf("%d characters; at most %d are taken: %s", n, limit, config.Shorten(plain))
	}
	return plain, nil
}

// fail notes what is wrong with an item's key.
func (x *expander) fail(item int, key, format string, args ...any) {
	x.report(x.b.line(item, key), x.b.path(item, key), fmt.Sprintf(format, args...))
}

// report notes an error by the line and the path of its key.
func (x *expander) report(line int, key, msg string) {
	e := x.b.place(line, key)
	e.Msg = msg
	x.errs = append(x.errs, &e)
}

// note remembers what people should know, once.
func (x *expander) note(line int, item, say string) {
	key := fmt.Sprint(line, say)
	if x.noted[key] {
		return
	}
	x.noted[key] = true
	x.notes = append(x.notes, Note{File: x.b.File, Line: line, Item: item, Say: say})
}

// hint tells the user of syntax that is only text here.
func (x *expander) hint(line int, item string, texts ...string) {
	for _, t := range texts {
		if piece, say := foreign(t); piece != "" {
			x.note(line, item, fmt.Sprintf("%s is taken as plain words; %s", config.Shorten(piece), say))
		}
	}
}

var formats = []string{"png", "jpeg", "webp"}

// checkAsk checks the values of an item that need no template, and cleans them.
func (x *expander) checkAsk(s *spec) {
	a := &s.ask
	s.count = 1
	if a.Count != nil {
		if s.count = *a.Count; s.count < 1 || s.count > MaxItems {
			x.fail(s.item, "count", "%d: must be in 1..%d", s.count, MaxItems)
			s.count = 1
		}
	}
	if a.Sample != nil && (*a.Sample < 1 || *a.Sample > MaxItems) {
		x.fail(s.item, "sample", "%d: must be in 1..%d", *a.Sample, MaxItems)
		a.Sample = nil
	}
	if a.Stimulus != nil && (*a.Stimulus < 0 || *a.Stimulus > maxKeywords) {
		x.fail(s.item, "stimulus", "%d: must be in 0..%d, the number of keywords", *a.Stimulus, maxKeywords)
	}
	if a.Format = strings.ToLower(strings.TrimPrefix(a.Format, ".")); a.Format == "jpg" {
		a.Format = "jpeg"
	}
	if a.Format != "" && !slices.Contains(formats, a.Format) {
		x.fail(s.item, "format", "unknown format %s; known: %s", config.Shorten(a.Format), strings.Join(formats, ", "))
	}
	for _, option := range a.Size.Options {
		if len(option) != 1 {
			x.fail(s.item, "size", "a size is WIDTHxHEIGHT in pixels, e.g. 1024x1024")
		} else if _, _, err := ParseSize(option[0]); err != nil {
			x.fail(s.item, "size", "%v", err)
		}
	}
	for _, option := range a.Model.Options {
		if len(option) > 1 {
			x.fail(s.item, "model", "a picture is made by one model; a list of names makes one with each")
		}
	}
	a.Negative = x.words(s, "negative", a.Negative)
	a.Text = x.words(s, "text", a.Text)
	a.Generators = x.words(s, "generators", a.Generators)
	a.Title = x.one(s, "title", a.Title)
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		if !paramName().MatchString(name) {
			x.fail(s.item, "params", "%s is no parameter's name: letters, digits and any of _ . -", config.Shorten(name))
		}
	}
	x.checkWeights(s)
	x.checkNetworks(s)
	x.checkReferences(s)
	for _, slot := range a.Slots {
		if !slotName().MatchString(slot.Name) || slices.Contains(fieldKeys, slot.Name) {
			x.report(slot.Line, x.b.path(s.item, "slots"), fmt.Sprintf("%s can't be a slot's name: letters, digits and _, and none of %s", config.Shorten(slot.Name), strings.Join(fieldKeys, ", ")))
		}
	}
}

var slotName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\pL[\pL\pN_]{0,63}$`) })

// one is a text of an item, cleaned.
func (x *expander) one(s *spec, key, text string) string {
	plain, err := bounded(text, maxWord)
	if err != nil {
		x.fail(s.item, key, "%v", err)
	}
	return plain
}

// words is a list of an item's texts, cleaned.
func (x *expander) words(s *spec, key string, list Words) (out Words) {
	if list != nil {
		out = Words{} // nothing, said so
	}
	if len(list) > maxList {
		x.fail(s.item, key, "%d entries; at most %d are taken", len(list), maxList)
		list = list[:maxList]
	}
	for i, w := range list {
		plain := x.one(s, key, w)
		if plain == "" {
			x.fail(s.item, key, "entry %d is empty", i+1)
			continue
		}
		if !slices.Contains(out, plain) {
			out = append(out, plain)
		}
	}
	if key == "negative" {
		x.hint(x.b.line(s.item, key), s.id, out...)
	}
	return out
}

const maxEmphasis = 10

func (x *expander) checkWeights(s *spec) {
	clean := make(map[string]float64, len(s.ask.Weights))
	for _, term := range slices.Sorted(maps.Keys(s.ask.Weights)) {
		w := s.ask.Weights[term]
		plain, err := bounded(term, maxWord)
		if err == nil && plain == "" {
			err = fmt.Errorf("a weight is for a word")
		}
		if err == nil && !(w > 0 && w <= maxEmphasis) {
			err = fmt.Errorf("%s: %v: must be above 0 and at most %d, 1 = neutral; what must not be there stands under negative", config.Shorten(plain), w, maxEmphasis)
		}
		if err != nil {
			x.fail(s.item, "weights", "%v", err)
		}
		clean[plain] = w
	}
	if s.ask.Weights = nil; len(clean) > 0 {
		s.ask.Weights = clean
	}
}

// networkName has no character that is syntax in a prompt.
var networkName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN_][\pL\pM\pN_ .+/\\-]{0,199}$`) })

func (x *expander) checkNetworks(s *spec) {
	for i, list := range [][]Network{s.ask.LoRAs, s.ask.Hypernetworks, s.ask.Embeddings} {
		key := []string{"loras", "hypernetworks", "embeddings"}[i]
		seen := map[string]bool{}
		for _, n := range list {
			bad := func(format string, args ...any) {
				x.report(n.Line, x.b.path(s.item, key), fmt.Sprintf(format, args...))
			}
			if !networkName().MatchString(n.Name) || strings.Contains(n.Name, "..") || strings.HasSuffix(n.Name, " ") {
				bad("%s is no name: the name of its file, of letters, digits, blanks and any of _ . + / -", config.Shorten(n.Name))
			}
			if seen[n.Name] {
				bad("%s stands there twice", n.Name)
			}
			seen[n.Name] = true
			for _, w := range []*float64{n.Weight, n.Text, n.Unet} {
				if w != nil && (math.IsNaN(*w) || math.Abs(*w) > maxEmphasis || key == "embeddings" && *w <= 0) {
					bad("%s: weight %v: must be in -%d..%d, and above 0 for an embedding", n.Name, *w, maxEmphasis, maxEmphasis)
				}
			}
			if key != "loras" && (n.Text != nil || n.Unet != nil) {
				bad("%s: text and unet are for loras; others have one weight", n.Name)
			}
			if key != "embeddings" && n.Negative {
				bad("%s: negative is for embeddings", n.Name)
			}
		}
	}
}

var roles = []string{"init", "style", "mask"}

func (x *expander) checkReferences(s *spec) {
	for _, r := range s.ask.References {
		bad := func(format string, args ...any) {
			x.report(r.Line, x.b.path(s.item, "references"), fmt.Sprintf(format, args...))
		}
		if !fs.ValidPath(r.Path) || r.Path == "." {
			bad("%s is no path below the project's folder, such as refs/mug.png", config.Shorten(r.Path))
		}
		if r.Role != "" && !slices.Contains(roles, r.Role) {
			bad("unknown role %s%s", config.Shorten(r.Role), didYouMean(r.Role, roles, "known"))
		}
	}
}
