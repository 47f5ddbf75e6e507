package testsets

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// is reports a value of another kind.
func (r *reader) is(v *value, k kind, want string) bool {
	if v.kind != k {
		r.fail(int(v.line), v.key, "expected %s, found %s", want, v.describe())
	}
	return v.kind == k
}

// word reads a name: text, or a number or truth value as it is written.
func (r *reader) word(v *value) string {
	if v.kind == list || v.kind == object || v.kind == null {
		r.fail(int(v.line), v.key, "expected text, found %s", v.describe())
	}
	return v.text
}

// number reads a finite number; a CSV field's text may be one.
func (r *reader) number(v *value) (float64, bool) {
	if v.kind != number && !(v.kind == text && r.flat) {
		return 0, r.is(v, number, "a number")
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 0, r.is(v, number, "a number")
	case math.IsInf(f, 0) || math.IsNaN(f):
		r.fail(int(v.line), v.key, "%s is not a finite number", clip(v.text))
		return 0, false
	}
	return f, true
}

// within reads a number for which ok holds; want says in words which those are.
func (r *reader) within(v *value, want string, ok func(float64) bool) *float64 {
	f, is := r.number(v)
	if !is {
		return nil
	}
	if !ok(f) {
		r.fail(int(v.line), v.key, "%v: must be %s", f, want)
	}
	return &f
}

// cell reads the JSON in a CSV field; elsewhere v is what it is. What is
// malformed becomes null.
func (r *reader) cell(v *value) *value {
	s := strings.TrimSpace(v.text)
	if !r.flat || v.kind != text || s == "" || s[0] != '[' && s[0] != '{' {
		return v
	}
	return r.parsed(v, s)
}

// parsed reads s, the JSON in the text v. What is malformed becomes null.
func (r *reader) parsed(v *value, s string) *value {
	p := newParser(r.set.Path, s)
	p.line = int(v.line)
	parsed, err := p.value()
	if err == nil && (p.space() != 0 || p.pos < p.end) {
		err = p.unexpected("the end of the field")
	}
	var e *config.Error
	if errors.As(err, &e) {
		r.fail(int(v.line), v.key, "%s", e.Msg)
		return &value{key: v.key, line: v.line}
	}
	parsed.key = v.key
	return &parsed
}

// context reads a list of texts. One text is a list of one; in CSV, and in
// goldens in JSON Lines, it may hold several, separated by "|".
func (r *reader) context(v *value) []string {
	if v.kind == text {
		if r.flat || r.piped {
			return strings.Split(v.text, "|")
		}
		return []string{v.text}
	}
	if !r.is(v, list, "a list of texts") {
		return nil
	}
	var all []string
	for i := range v.items {
		item := &v.items[i]
		if item.key = v.key; r.is(item, text, "a list of texts") {
			all = append(all, item.text)
		}
	}
	return all
}

func (r *reader) messages(v *value) []Message {
	if !r.is(v, list, "a list of messages") {
		return nil
	}
	var all []Message
	for i := range v.items {
		item := &v.items[i]
		item.key = v.key
		if !r.is(item, object, "an object with role and content") {
			continue
		}
		var m Message
		for j := range item.items {
			switch f := &item.items[j]; f.key {
			case "role":
				if r.is(f, text, "text") {
					m.Role = f.text
				}
			case "content":
				if r.is(f, text, "text") {
					m.Content = f.text
				}
			default:
				r.fail(int(f.line), "", "%s", config.UnknownKey(f.key, "a message", []string{"role", "content"}))
			}
		}
		if m.Role == "" {
			r.fail(int(item.line), v.key, "a message needs a role")
		}
		all = append(all, m)
	}
	return all
}

// assertions reads a list of assertions, or one.
func (r *reader) assertions(v *value) []Assertion {
	if v.kind == object {
		return []Assertion{r.assertion(v)}
	}
	if !r.is(v, list, "a list of assertions") {
		return nil
	}
	all := make([]Assertion, 0, len(v.items))
	for i := range v.items {
		item := &v.items[i]
		if item.key = v.key; r.is(item, object, "an object with a type") {
			all = append(all, r.assertion(item))
		}
	}
	return all
}

var assertionKeys = []string{"type", "value", "threshold", "weight", "metric", "turn", "transform", "config", "assert"}

func (r *reader) assertion(v *value) Assertion {
	a := Assertion{Line: int(v.line)}
	for i := range v.items {
		m := &v.items[i]
		switch m.key {
		case "type":
			if r.is(m, text, "text") {
				a.Type = m.text
			}
		case "value":
			a.Value = m.appendJSON(nil)
		case "threshold":
			if f, ok := r.number(m); ok {
				a.Threshold = &f
			}
		case "weight":
			a.Weight = r.within(m, "at least 0", func(f float64) bool { return f >= 0 })
		case "metric":
			if r.is(m, text, "text") {
				a.Metric = m.text
			}
		case "turn":
			if a.Turn = r.word(m); !isTurn(a.Turn) {
				r.fail(int(m.line), m.key, `%s: must be the number of an answer, from 1, or "each"`, config.Shorten(a.Turn))
			}
		case "transform":
			if r.is(m, text, "JavaScript, or file:// and the name of a script") {
				if a.Transform = m.text; strings.TrimSpace(m.text) == "" {
					r.fail(int(m.line), m.key, "the transform is empty")
				}
			}
		case "config":
			if r.is(m, object, "an object") {
				a.Config = m.appendJSON(nil)
			}
		case "assert":
			if r.is(m, list, "a list of assertions") {
				a.Assert = r.assertions(m)
			}
		default:
			r.fail(int(m.line), "", "%s", config.UnknownKey(m.key, "an assertion", assertionKeys))
		}
	}
	if a.Type == "" {
		r.fail(int(v.line), v.key, "an assertion needs a type")
	}
	return a
}
