package testsets

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
)

// unmark takes the markup of entities out of a Rasa example:
//
//	[Berlin](city)   [Berlin](city:BER)   [Berlin]{"entity": "city", "role": "to"}
//	[Berlin][{"entity": "city"}, {"entity": "capital"}]
//
// An entity's start and end are in characters of the plain text, as in Rasa's
// JSON. Brackets without such a tail are text.
func unmark(s string) (plain string, entities []any, err error) {
	var b strings.Builder
	at := 0 // characters written
	for {
		open := strings.IndexByte(s, '[')
		if open < 0 {
			break
		}
		word, tail, ok := strings.Cut(s[open+1:], "]")
		if !ok {
			break
		}
		found, rest, err := marks(tail)
		if err != nil {
			return "", nil, fmt.Errorf("the markup of %s: %w", config.Shorten(word), err)
		}
		if found == nil || word == "" { // only brackets, and whatever opens between them
			plain := s[:open+1+len(word)]
			b.WriteString(plain)
			at += utf8.RuneCountInString(plain)
			s = s[len(plain):]
			continue
		}
		b.WriteString(s[:open] + word)
		at += utf8.RuneCountInString(s[:open])
		end := at + utf8.RuneCountInString(word)
		for _, e := range found {
			e["start"], e["end"] = float64(at), float64(end)
			if e["value"] == nil {
				e["value"] = word
			}
			entities = append(entities, e)
		}
		at, s = end, rest
	}
	b.WriteString(s)
	return b.String(), entities, nil
}

// marks reads the markup that follows a word in brackets; none is not an error.
func marks(s string) (found []map[string]any, rest string, err error) {
	switch {
	case strings.HasPrefix(s, "("):
		name, rest, ok := strings.Cut(s[1:], ")")
		if !ok || name == "" {
			return nil, s, nil
		}
		name, value, given := strings.Cut(name, ":")
		e := map[string]any{"entity": name}
		if given {
			e["value"] = value
		}
		return []map[string]any{e}, rest, nil
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "[{"):
		p := newParser("", s)
		v, err := p.value()
		if err != nil {
			var e *config.Error
			if errors.As(err, &e) {
				err = errors.New(e.Msg)
			}
			return nil, s, err
		}
		all := []value{v}
		if v.kind == list {
			all = v.items
		}
		for i := range all {
			if all[i].kind != object || all[i].get("entity") == nil {
				return nil, s, errors.New(`an object with "entity" is needed`)
			}
			found = append(found, all[i].object())
		}
		return found, s[p.pos:], nil
	}
	return nil, s, nil
}
