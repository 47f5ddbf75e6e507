package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// dim is one dimension of an item's product: a slot or a field.
type dim struct {
	key    string
	slot   bool
	line   int
	values [][]string // alternatives, each of any number of words
	labels []string   // the alternatives in one text each
	open   []int      // alternatives that no exclusion rules out by itself
}

// fieldKeys are the keys with alternatives besides slots, in the order in which
// they are varied: the last changes fastest.
var fieldKeys = []string{"style", "mood", "lighting", "camera", "palette", "size", "model"}

// choices are their values, in the same order.
func (a *Ask) choices() [7]*Choice {
	return [7]*Choice{&a.Style, &a.Mood, &a.Lighting, &a.Camera, &a.Palette, &a.Size, &a.Model}
}

// dims lists the item's dimensions and checks their alternatives.
func (x *expander) dims(s *spec, slots Slots) []dim {
	all := make([]dim, 0, len(slots)+len(fieldKeys))
	for _, slot := range slots {
		d := dim{key: slot.Name, slot: true, line: slot.Line}
		for _, v := range slot.Values {
			d.values = append(d.values, []string{v})
		}
		all = append(all, d)
	}
	for i, c := range s.ask.choices() {
		d := dim{key: fieldKeys[i], values: nothing, labels: noLabel}
		if c.set {
			d.line, d.values, d.labels = x.b.line(s.item, d.key), c.Options, nil
		}
		all = append(all, d)
	}
	for i := range all {
		if all[i].labels == nil {
			x.checkDim(s, &all[i])
		}
	}
	return all
}

// What a field is of which nothing is said.
var (
	nothing = [][]string{{}}
	noLabel = []string{"none"}
	onlyOne = []int{0}
)

const maxOptions = 10_000 // alternatives of one dimension

func (x *expander) checkDim(s *spec, d *dim) {
	bad := func(format string, args ...any) {
		path := x.b.path(s.item, d.key)
		if d.slot {
			path = x.b.path(s.item, "slots") + "." + d.key
		}
		x.report(d.line, path, fmt.Sprintf(format, args...))
	}
	switch n := len(d.values); {
	case n == 0:
		bad("there is no alternative, so nothing would be made; leave the key out, or name one")
		return
	case n > maxOptions:
		bad("%d alternatives; at most %d are taken", n, maxOptions)
		return
	}
	limit := maxWord
	if d.slot {
		limit = maxSlot
	}
	var seen map[string]bool
	if len(d.values) > 1 {
		seen = make(map[string]bool, len(d.values))
	}
	clean := make([][]string, len(d.values))
	for i, words := range d.values {
		clean[i] = make([]string, 0, len(words))
		for _, w := range words {
			plain, err := bounded(w, limit)
			switch {
			case err != nil:
				bad("%v", err)
			case plain == "" && !d.slot:
				bad("an alternative is empty; write none for the one without any")
			case plain == "" && len(d.values) == 1:
				bad("the value is empty, so the prompt would have a gap; give it one")
			}
			clean[i] = append(clean[i], plain)
		}
		label := strings.Join(clean[i], " + ")
		if label == "" && !d.slot {
			label = "none"
		}
		if seen[label] {
			bad("the alternative %s stands there twice", config.Shorten(label))
		}
		if seen != nil {
			seen[label] = true
		}
		d.labels = append(d.labels, label)
	}
	d.values = clean
	if len(d.labels) > 1 {
		x.hint(d.line, s.id, d.labels...)
	}
}

// rule is an exclusion: a set of alternatives for each dimension that it names.
type rule struct {
	dims []int
	sets [][]bool
}

func (r *rule) excludes(digits []int) bool {
	for i, d := range r.dims {
		if !r.sets[i][digits[d]] {
			return false
		}
	}
	return true
}

// rules compiles the exclusions of an item. What comes from the defaults and
// does not apply to this item is left out.
func (x *expander) rules(s *spec) {
	own := x.b.ownExclusions(s.item)
	for _, e := range s.ask.Exclude {
		r := rule{}
		applies := true
		for _, pair := range e.Pairs {
			set, d, err := s.pairSet(pair)
			if err != nil {
				if own {
					x.report(pair.Line, x.b.path(s.item, "exclude"), err.Error())
				}
				applies = false
				continue
			}
			r.dims = append(r.dims, d)
			r.sets = append(r.sets, set)
		}
		if !own {
			x.inherited(e, applies)
		}
		if applies {
			s.rules = append(s.rules, r)
		}
	}
	for i := range s.dims {
		d := &s.dims[i]
		if len(s.rules) == 0 && len(d.values) == 1 {
			d.open = onlyOne
			continue
		}
		for v := range d.values {
			ruledOut := func(r rule) bool { return len(r.dims) == 1 && r.dims[0] == i && r.sets[0][v] }
			if !slices.ContainsFunc(s.rules, ruledOut) {
				d.open = append(d.open, v)
			}
		}
	}
}

// pairSet finds the dimension that a pair of an exclusion names.
func (s *spec) pairSet(pair Slot) (set []bool, at int, err error) {
	at = slices.IndexFunc(s.dims, func(d dim) bool { return d.key == pair.Name })
	if at < 0 {
		var known []string
		for _, d := range s.dims {
			known = append(known, d.key)
		}
		return nil, 0, fmt.Errorf("%s is no slot or field of the item%s", config.Shorten(pair.Name), didYouMean(pair.Name, known, "known"))
	}
	d := &s.dims[at]
	set = make([]bool, len(d.values))
	for _, value := range pair.Values {
		v := slices.IndexFunc(d.labels, func(label string) bool { return strings.EqualFold(label, PlainText(value)) })
		if v < 0 {
			return nil, 0, fmt.Errorf("%s has no alternative %s%s", pair.Name, config.Shorten(value), didYouMean(value, d.labels, "known"))
		}
		set[v] = true
	}
	return set, at, nil
}

// excluded says whether a combination is left out.
func (s *spec) excluded(digits []int) bool {
	for i := range s.rules {
		if s.rules[i].excludes(digits) {
			return true
		}
	}
	return false
}

// digits splits the number of a combination, from 0, into the positions of its
// alternatives.
func (s *spec) digits(number int64, into []int) {
	for i := len(s.dims) - 1; i >= 0; i-- {
		n := int64(len(s.dims[i].values))
		into[i] = int(number % n)
		number /= n
	}
}

// number is the inverse of digits.
func (s *spec) number(digits []int) (n int64) {
	for i, d := range digits {
		n = n*int64(len(s.dims[i].values)) + int64(d)
	}
	return n
}

// measure computes the size of the product, at most most+1.
func measure(dims []dim, most int64) int64 {
	product := int64(1)
	for _, d := range dims {
		if product *= int64(max(1, len(d.values))); product > most {
			return most + 1
		}
	}
	return product
}
