package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// decodeArgs makes the arguments of a call from a JSON array; missing ones are
// undefined. It is JSON.parse without the way through Go's values.
func decodeArgs(vm *goja.Runtime, body []byte, n int) ([]goja.Value, error) {
	d := decoder{vm: vm, rest: body}
	values, err := d.list()
	if err == nil && d.next() != 0 {
		err = errJSON
	}
	if err != nil {
		return nil, err
	}
	for len(values) < n {
		values = append(values, goja.Undefined())
	}
	return values[:n], nil
}

var (
	errJSON = errors.New("arguments that are no JSON")
	errDeep = fmt.Errorf("arguments of more than %d levels", maxArgDepth)
)

const maxArgDepth = 1000

type decoder struct {
	vm    *goja.Runtime
	rest  []byte
	depth int
}

// next drops white space and returns the byte that follows, 0 at the end.
func (d *decoder) next() byte {
	for len(d.rest) > 0 {
		switch d.rest[0] {
		case ' ', '\t', '\n', '\r':
			d.rest = d.rest[1:]
			continue
		}
		return d.rest[0]
	}
	return 0
}

func (d *decoder) skip(c byte) bool {
	if d.next() != c {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

func (d *decoder) value() (goja.Value, error) {
	switch c := d.next(); {
	case c == '{':
		return d.object()
	case c == '[':
		list, err := d.list()
		if err != nil {
			return nil, err
		}
		items := make([]any, len(list))
		for i, v := range list {
			items[i] = v
		}
		return d.vm.NewArray(items...), nil
	case c == '"':
		s, err := d.text()
		return d.vm.ToValue(s), err
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	}
	switch {
	case d.word("true"):
		return d.vm.ToValue(true), nil
	case d.word("false"):
		return d.vm.ToValue(false), nil
	case d.word("null"):
		return goja.Null(), nil
	}
	return nil, errJSON
}

func (d *decoder) word(w string) bool {
	rest, ok := bytes.CutPrefix(d.rest, []byte(w))
	d.rest = rest
	return ok
}

func (d *decoder) list() (list []goja.Value, err error) {
	if d.depth++; d.depth > maxArgDepth {
		return nil, errDeep
	}
	if !d.skip('[') {
		return nil, errJSON
	}
	for !d.skip(']') {
		if len(list) > 0 && !d.skip(',') {
			return nil, errJSON
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	d.depth--
	return list, nil
}

func (d *decoder) object() (goja.Value, error) {
	if d.depth++; d.depth > maxArgDepth {
		return nil, errDeep
	}
	if !d.skip('{') {
		return nil, errJSON
	}
	o := d.vm.NewObject()
	for first := true; !d.skip('}'); first = false {
		if !first && !d.skip(',') || d.next() != '"' {
			return nil, errJSON
		}
		key, err := d.text()
		if err != nil || !d.skip(':') {
			return nil, errJSON
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		if key == "__proto__" { // a key like others, in JSON
			err = o.DefineDataProperty(key, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		} else {
			err = o.Set(key, v)
		}
		if err != nil {
			return nil, fmt.Errorf("setting the argument %q: %w", key, err)
		}
	}
	d.depth--
	return o, nil
}

// text reads a string that begins here.
func (d *decoder) text() (string, error) {
	for i := 1; i < len(d.rest); i++ {
		switch d.rest[i] {
		case '"':
			raw := d.rest[1:i]
			whole := d.rest[:i+1]
			d.rest = d.rest[i+1:]
			if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
				return string(raw), nil
			}
			var s string
			err := json.Unmarshal(whole, &s)
			return s, err
		case '\\':
			i++
		}
	}
	return "", errJSON
}

func (d *decoder) number() (goja.Value, error) {
	end := 1
	for end < len(d.rest) && bytes.IndexByte([]byte("0123456789+-.eE"), d.rest[end]) >= 0 {
		end++
	}
	text := string(d.rest[:end])
	d.rest = d.rest[end:]
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > -1<<53 && n < 1<<53 && text != "-0" {
		return d.vm.ToValue(n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, errJSON
	}
	return d.vm.ToValue(f), nil
}
