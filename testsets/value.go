package testsets

import (
	"encoding/json"
	"strconv"

	"github.com/GaboBase/arch-genops/internal/config"
)

// kind is the kind of a value in a file.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// value is one value of a file, whatever its syntax: JSON, YAML and CSV are
// read into the same tree, which knows the line of everything in it.
type value struct {
	key   string  // its key, when it is a member of an object
	text  string  // a text's characters, a number's JSON literal, "true" or "false"
	items []value // of a list or an object, in file order
	line  int32
	kind  kind
}

// describe names a value for an error message.
func (v *value) describe() string {
	switch v.kind {
	case null:
		return "null"
	case text:
		return "the text " + config.Shorten(v.text)
	case list:
		return "a list"
	case object:
		return "an object"
	}
	return clip(v.text)
}

// clip cuts a literal for an error message.
func clip(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}

// get returns the member of an object with that key, nil without one.
func (v *value) get(key string) *value {
	for i := range v.items {
		if v.items[i].key == key && v.kind == object {
			return &v.items[i]
		}
	}
	return nil
}

// keys lists the keys of an object in file order.
func (v *value) keys() []string {
	var keys []string
	for i := range v.items {
		keys = append(keys, v.items[i].key)
	}
	return keys
}

// any returns the value as encoding/json would decode it into an any, but
// whole numbers that a float64 can't hold stay exact, as json.Number.
func (v *value) any() any {
	switch v.kind {
	case boolean:
		return v.text == "true"
	case number:
		f, err := strconv.ParseFloat(v.text, 64)
		if err != nil || wholeDigits(v.text) > 15 && strconv.FormatFloat(f, 'f', -1, 64) != v.text {
			return json.Number(v.text)
		}
		return f
	case text:
		return v.text
	case list:
		all := make([]any, len(v.items))
		for i := range v.items {
			all[i] = v.items[i].any()
		}
		return all
	case object:
		return v.object()
	}
	return nil
}

// wholeDigits counts the digits of a whole number; others have none.
func wholeDigits(literal string) (n int) {
	for _, c := range []byte(literal) {
		switch {
		case c == '.' || c == 'e' || c == 'E':
			return 0
		case c != '-':
			n++
		}
	}
	return n
}

func (v *value) object() map[string]any {
	m := make(map[string]any, len(v.items))
	for i := range v.items {
		m[v.items[i].key] = v.items[i].any()
	}
	return m
}

// appendJSON appends compact JSON: keys in file order, numbers as written.
func (v *value) appendJSON(b []byte) []byte {
	switch v.kind {
	case null:
		return append(b, "null"...)
	case text:
		return appendQuoted(b, v.text)
	case list, object:
		open, end := byte('['), byte(']')
		if v.kind == object {
			open, end = '{', '}'
		}
		b = append(b, open)
		for i := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			if v.kind == object {
				b = append(appendQuoted(b, v.items[i].key), ':')
			}
			b = v.items[i].appendJSON(b)
		}
		return append(b, end)
	}
	return append(b, v.text...)
}

// appendQuoted appends a JSON string and escapes only what must be escaped.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
