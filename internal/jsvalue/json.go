package jsvalue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Stringify writes JSON as JSON.stringify(v, null, indent): ok is false where
// JavaScript gives undefined (an undefined value, a function).
func Stringify(v any, indent string) (text string, ok bool) {
	if hidden(v) {
		return "", false
	}
	var b strings.Builder
	write(&b, v, indent, "")
	return b.String(), true
}

func write(b *strings.Builder, v any, indent, margin string) {
	switch v := v.(type) {
	case nil, undefined, Function, *Foreign:
		b.WriteString("null")
		return
	case bool:
		b.WriteString(strconv.FormatBool(v))
		return
	case string:
		Quote(b, v)
		return
	case []any:
		writeList(b, v, indent, margin)
		return
	}
	if f, ok := Number(v); ok {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			b.WriteString("null")
			return
		}
		b.WriteString(FormatNumber(f))
		return
	}
	if keys, ok := KeysOf(v); ok {
		writeObject(b, v, keys, indent, margin)
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		b.WriteString("null")
		return
	}
	b.Write(data)
}

func writeList(b *strings.Builder, list []any, indent, margin string) {
	if len(list) == 0 {
		b.WriteString("[]")
		return
	}
	inner := margin + indent
	b.WriteByte('[')
	for i, x := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if indent != "" {
			b.WriteString("\n" + inner)
		}
		write(b, x, indent, inner)
	}
	if indent != "" {
		b.WriteString("\n" + margin)
	}
	b.WriteByte(']')
}

func writeObject(b *strings.Builder, v any, keys []string, indent, margin string) {
	inner := margin + indent
	b.WriteByte('{')
	n := 0
	for _, k := range keys {
		x, _ := Field(v, k)
		if hidden(x) {
			continue
		}
		if n > 0 {
			b.WriteByte(',')
		}
		n++
		if indent != "" {
			b.WriteString("\n" + inner)
		}
		Quote(b, k)
		b.WriteByte(':')
		if indent != "" {
			b.WriteByte(' ')
		}
		write(b, x, indent, inner)
	}
	if indent != "" && n > 0 {
		b.WriteString("\n" + margin)
	}
	b.WriteByte('}')
}

// Quote writes a text as JSON, escaping what JSON.stringify escapes and nothing
// else.
func Quote(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		switch c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		default:
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	b.WriteString(s[from:])
	b.WriteByte('"')
}

// Parse reads one JSON text. Objects keep the order of their keys; of a key that
// is there twice the last value counts, at the first one's place.
func Parse(text string) (any, error) {
	if v, ok := read(text); ok {
		return v, nil
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
