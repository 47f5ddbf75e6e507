package jsvalue

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader reads well-formed JSON some times faster than encoding/json's tokens.
// Whatever is not, or is beyond its bounds, it leaves to them: they know what to
// complain of. It keeps no part of the text.
type reader struct {
	text   string
	at     int
	keys   []string // of the objects that are being read, the innermost last
	values []any    // likewise, and of lists
}

// read is Parse of a text that is nothing but one value; ok is false when the
// text is anything that has to be looked at more closely.
func read(text string) (v any, ok bool) {
	r := reader{text: text}
	if v, ok = r.value(0); !ok {
		return nil, false
	}
	r.space()
	return v, r.at == len(text)
}

// space skips white space and returns what follows; 0 at the end.
func (r *reader) space() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) value(depth int) (any, bool) {
	switch c := r.space(); {
	case depth > maxNesting:
		return nil, false
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.list(depth)
	case c == '"':
		return r.string()
	case c == 't':
		return true, r.word("true")
	case c == 'f':
		return false, r.word("false")
	case c == 'n':
		return nil, r.word("null")
	}
	return r.number()
}

func (r *reader) word(w string) bool {
	ok := strings.HasPrefix(r.text[r.at:], w)
	r.at += len(w)
	return ok
}

func (r *reader) object(depth int) (any, bool) {
	keys, values := len(r.keys), len(r.values)
	r.at++
	if r.space() == '}' {
		r.at++
		return &Object{}, true
	}
	for {
		if r.space() != '"' {
			return nil, false
		}
		key, ok := r.string()
		if !ok || r.space() != ':' {
			return nil, false
		}
		r.at++
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		r.keys, r.values = append(r.keys, key), append(r.values, v)
		if more, ok := r.more('}'); !more {
			o := Sized(len(r.keys) - keys)
			for i, k := range r.keys[keys:] {
				o.Set(k, r.values[values+i])
			}
			r.keys, r.values = r.keys[:keys], r.values[:values]
			return o, ok
		}
	}
}

func (r *reader) list(depth int) (any, bool) {
	from := len(r.values)
	r.at++
	if r.space() == ']' {
		r.at++
		return []any{}, true
	}
	for {
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		r.values = append(r.values, v)
		if more, ok := r.more(']'); !more {
			list := slices.Clone(r.values[from:])
			r.values = r.values[:from]
			return list, ok
		}
	}
}

// more takes the comma or the end that follows an element.
func (r *reader) more(end byte) (more, ok bool) {
	c := r.space()
	r.at++
	return c == ',', c == end
}

func (r *reader) string() (string, bool) {
	r.at++ // the quotation mark
	from := r.at
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			s := r.text[from:r.at]
			r.at++
			return strings.Clone(s), utf8.ValidString(s)
		case c == '\\':
			return r.escaped(from)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped is a string that begins at from and has its first escape here.
func (r *reader) escaped(from int) (string, bool) {
	b := []byte(r.text[from:r.at])
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return string(b), utf8.Valid(b)
		case c < ' ':
			return "", false
		case c != '\\':
			b = append(b, c)
		case r.at == len(r.text):
			return "", false
		case r.text[r.at] == 'u':
			u, ok := r.unicode()
			if !ok {
				return "", false
			}
			b = utf8.AppendRune(b, u)
		default:
			i := strings.IndexByte(`"\/bfnrt`, r.text[r.at])
			if i < 0 {
				return "", false
			}
			b = append(b, "\"\\/\b\f\n\r\t"[i])
			r.at++
		}
	}
	return "", false
}

// unicode reads uXXXX. Halves of characters beyond 16 bits are left to others.
func (r *reader) unicode() (rune, bool) {
	if len(r.text)-r.at < 5 {
		return 0, false
	}
	u, err := strconv.ParseUint(r.text[r.at+1:r.at+5], 16, 16)
	r.at += 5
	return rune(u), err == nil && (u < 0xD800 || u > 0xDFFF)
}

func (r *reader) number() (any, bool) {
	from := r.at
	if r.byte() == '-' {
		r.at++
	}
	if r.byte() == '0' {
		r.at++
	} else if !r.digits() {
		return nil, false
	}
	if r.byte() == '.' {
		if r.at++; !r.digits() {
			return nil, false
		}
	}
	if r.byte()|0x20 == 'e' {
		if r.at++; r.byte() == '+' || r.byte() == '-' {
			r.at++
		}
		if !r.digits() {
			return nil, false
		}
	}
	f, err := strconv.ParseFloat(r.text[from:r.at], 64)
	return f, err == nil || math.IsInf(f, 0)
}

// byte is what comes next; 0 at the end.
func (r *reader) byte() byte {
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) digits() bool {
	from := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		r.at++
	}
	return r.at > from
}
