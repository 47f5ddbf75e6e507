package jsvalue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Stringify writes JSON as JSON.stringify(v, null, indent): ok is false where
// JavaScript gives undefined (an undefined value, a function).
func Stringify(v any, indent string) (text string, ok bool) {
	if hidden(v) {
		return "", false
	}
	scratch := scratches.Get().(*[]byte)
	*scratch = AppendJSON((*scratch)[:0], v, indent, "")
	text = string(*scratch)
	if cap(*scratch) <= 1<<20 {
		scratches.Put(scratch)
	}
	return text, true
}

// scratches are buffers for texts whose length is not known yet.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// AppendJSON appends v as Stringify writes it; margin is what every line but the
// first begins with. Where JavaScript has no JSON it appends null.
func AppendJSON(b []byte, v any, indent, margin string) []byte {
	switch v := v.(type) {
	case nil, undefined, Function, *Foreign:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return AppendQuoted(b, v)
	case []any:
		return appendList(b, v, indent, margin)
	case *Object:
		if v == nil {
			return append(b, "{}"...)
		}
		o := objectWriter{b: append(b, '{'), indent: indent, margin: margin}
		if slices.ContainsFunc(v.keys, isIndex) {
			for _, k := range v.Keys() {
				o.add(k, v.values[v.find(k)])
			}
			return o.end()
		}
		for i, k := range v.keys {
			o.add(k, v.values[i])
		}
		return o.end()
	case map[string]any:
		o := objectWriter{b: append(b, '{'), indent: indent, margin: margin}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			o.add(k, v[k])
		}
		return o.end()
	}
	if f, ok := Number(v); ok {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return append(b, "null"...)
		}
		return append(b, FormatNumber(f)...)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, data...)
}

func appendList(b []byte, list []any, indent, margin string) []byte {
	if len(list) == 0 {
		return append(b, "[]"...)
	}
	inner := margin + indent
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendJSON(appendBreak(b, indent, inner), x, indent, inner)
	}
	return append(appendBreak(b, indent, margin), ']')
}

// appendBreak begins a line, where there are lines.
func appendBreak(b []byte, indent, margin string) []byte {
	if indent == "" {
		return b
	}
	return append(append(b, '\n'), margin...)
}

// objectWriter appends an object, key by key.
type objectWriter struct {
	b              []byte
	indent, margin string
	inner          string // margin of the keys, once there is one
	some           bool
}

func (o *objectWriter) add(key string, v any) {
	if hidden(v) {
		return
	}
	if o.some {
		o.b = append(o.b, ',')
	} else if o.some = true; o.indent != "" {
		o.inner = o.margin + o.indent
	}
	o.b = append(AppendQuoted(appendBreak(o.b, o.indent, o.inner), key), ':')
	if o.indent != "" {
		o.b = append(o.b, ' ')
	}
	o.b = AppendJSON(o.b, v, o.indent, o.inner)
}

func (o *objectWriter) end() []byte {
	if o.some {
		o.b = appendBreak(o.b, o.indent, o.margin)
	}
	return append(o.b, '}')
}

// AppendQuoted appends a text as JSON, escaping what JSON.stringify escapes and
// nothing else. What is no UTF-8 becomes U+FFFD, as in every text of JavaScript.
func AppendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + 1
			} else {
				i += size - 1
			}
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// Parse reads one JSON text. Objects keep the order of their keys; of a key that
// is there twice the last value counts, at the first one's place.
func Parse(text string) (any, error) {
	if v, ok := read(text); ok {
		return v, nil
	}
	if t := strings.TrimLeft(text, " \t\r\n"); t != "" && strings.IndexByte(`{["-0123456789tfn`, t[0]) < 0 { // most texts are no JSON
		return nil, fmt.Errorf("invalid character %q looking for beginning of value", []rune(t[:min(len(t), utf8.UTFMax)])[0])
	}
	return decode(text)
}

// decode is Parse by the tokens of encoding/json.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more text after the JSON value, at byte %d", d.InputOffset())
	}
	return v, nil
}

// maxNesting bounds recursion over foreign JSON.
const maxNesting = 1000

func parseValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if depth > maxNesting {
			return nil, fmt.Errorf("nested deeper than %d levels", maxNesting)
		}
		if t == '[' {
			return parseList(d, depth)
		}
		return parseObject(d, depth)
	case json.Number:
		f, err := strconv.ParseFloat(string(t), 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, err
		}
		return f, nil
	}
	return t, nil
}

func parseList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	o := &Object{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.Set(key.(string), v)
	}
	_, err := d.Token()
	return o, err
}

// UnmarshalJSON reads an object in the order of its keys.
func (o *Object) UnmarshalJSON(data []byte) error {
	v, err := Parse(string(bytes.TrimSpace(data)))
	if err != nil {
		return err
	}
	read, ok := v.(*Object)
	if !ok {
		return fmt.Errorf("expected a JSON object, found %s", TypeOf(v))
	}
	*o = *read
	return nil
}
