package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Decode reads one YAML document strictly into dst, a pointer to a struct (or
// to anything else that YAML can hold). Struct fields have `yaml:"name"` tags,
// with `,inline` for an embedded struct; absent and null values leave dst as
// it is, so defaults may stand in it beforehand. Unknown and duplicate keys,
// values of a wrong type, several documents and syntax errors are one or more
// *Error with file, line and key, joined in line order; dst is then undefined.
//
// Types that implement yaml.Unmarshaler or encoding.TextUnmarshaler decode
// themselves; an *Error without a file or line that they return is completed.
// Durations are written with a unit ("60s"). A field `Line int` with the tag
// `yaml:"-"` receives the line where its struct begins. Values for `any` are
// nil, bool, int, int64, uint64, float64, string, []any and map[string]any.
func Decode(file string, data []byte, dst any) error {
	_, err := DecodeLines(file, data, dst)
	return err
}

// DecodeLines is Decode and also returns the line of every key and list item
// to which the file gives a value, by its dotted path, e.g. "evals[0].rules[1].metric".
func DecodeLines(file string, data []byte, dst any) (map[string]int, error) {
	return decode(&decoder{file: file, lines: map[string]int{}}, data, dst)
}

// DecodeNode is Decode for a part of a document, for use in UnmarshalYAML. The
// node comes from Parse or Decode. Its errors have no file.
func DecodeNode(n *yaml.Node, dst any) error {
	d := &decoder{lines: map[string]int{}}
	d.value(n, reflect.ValueOf(dst).Elem(), "")
	return Join(d.errs)
}

func decode(d *decoder, data []byte, dst any) (map[string]int, error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("decoding %s: dst is a %T, not a pointer", d.file, dst)
	}
	root, err := Parse(d.file, data)
	if err != nil || root == nil {
		return d.lines, err
	}
	d.value(root, v.Elem(), "")
	return d.lines, Join(d.errs)
}

type decoder struct {
	file  string
	top   string         // a key whose name is left out of the paths below it
	lines map[string]int // path → line
	errs  []*Error
}

func (d *decoder) fail(line int, key, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.file, Line: line, Key: key, Msg: fmt.Sprintf(format, args...)})
}

// expected reports a value of a wrong type.
func (d *decoder) expected(n *yaml.Node, path, what string) {
	d.fail(n.Line, path, "expected %s, found %s", what, describe(n))
}

func (d *decoder) join(path, key string) string {
	if path == "" || path == d.top {
		return key
	}
	return path + "." + key
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	d.lines[path] = n.Line
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), path)
		return
	}
	if d.custom(n, v, path) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Interface:
		if x := d.any(n); v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(x))
			return
		}
		d.fail(n.Line, path, "a %s can't be read from a file", v.Type())
	default:
		d.scalar(n, v, path)
	}
}

// custom lets a type decode itself and reports whether it did.
func (d *decoder) custom(n *yaml.Node, v reflect.Value, path string) bool {
	if !v.CanAddr() || !v.Addr().CanInterface() {
		return false
	}
	var err error
	switch dst := v.Addr().Interface().(type) {
	case *yaml.Node:
		*dst = *n
	case yaml.Unmarshaler:
		err = dst.UnmarshalYAML(n)
	case encoding.TextUnmarshaler:
		if n.Kind != yaml.ScalarNode {
			d.expected(n, path, "text")
			return true
		}
		err = dst.UnmarshalText([]byte(n.Value))
	case *time.Duration:
		var text string
		if n.Kind == yaml.ScalarNode {
			text = n.Value
		}
		var bad error
		if *dst, bad = time.ParseDuration(text); bad != nil {
			d.expected(n, path, `a duration with its unit, e.g. "60s" or "1m30s"`)
		}
	default:
		return false
	}
	if err != nil {
		d.adopt(err, n, path)
	}
	return true
}

// adopt takes over errors of a type that decodes itself.
func (d *decoder) adopt(err error, n *yaml.Node, path string) {
	var many interface{ Unwrap() []error }
	var one *Error
	var types *yaml.TypeError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Unwrap() {
			d.adopt(e, n, path)
		}
	case errors.As(err, &one):
		e := *one
		e.File = d.file
		if e.Line == 0 {
			e.Line = n.Line
		}
		switch {
		case strings.HasPrefix(e.Key, "["):
			e.Key = path + e.Key
		case e.Key != "" && path != "":
			e.Key = path + "." + e.Key
		}
		d.errs = append(d.errs, &e)
	case errors.As(err, &types):
		for _, text := range types.Errors {
			m := yamlLine.FindStringSubmatch(text)
			line, _ := strconv.Atoi(m[1])
			d.fail(max(line, n.Line), path, "%s", strings.TrimPrefix(text, m[0]))
		}
	default:
		d.fail(n.Line, path, "%s", err)
	}
}
