package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// describe names a value for an error message.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return Shorten(n.Value)
}

// fields lists the keys of a struct in order, with the values they fill.
func fields(v reflect.Value) (names []string, values map[string]reflect.Value) {
	values = map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline" && f.Type.Kind() == reflect.Struct && (f.IsExported() || f.Anonymous):
			inner, more := fields(v.Field(i))
			names = append(names, inner...)
			for k, x := range more {
				values[k] = x
			}
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = strings.ToLower(f.Name)
		}
		names = append(names, name)
		values[name] = v.Field(i)
	}
	return names, values
}

// below says of a key that stands too high where it belongs: in the only
// mapping of v that knows it.
func below(key string, v reflect.Value) string {
	names, values := fields(v)
	if len(names) != 1 {
		return ""
	}
	only := values[names[0]]
	if only.Kind() == reflect.Pointer {
		only = reflect.New(only.Type().Elem()).Elem()
	}
	if only.Kind() != reflect.Struct {
		return ""
	}
	if _, inner := fields(only); !inner[key].IsValid() {
		return ""
	}
	return fmt.Sprintf("; %s belongs below %s:", key, names[0])
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	names, values := fields(v)
	if n.Kind != yaml.MappingNode {
		d.expected(n, path, "a mapping with the keys "+strings.Join(names, ", "))
		return
	}
	if f, ok := v.Type().FieldByName("Line"); ok && f.Tag.Get("yaml") == "-" && f.Type.Kind() == reflect.Int {
		v.FieldByIndex(f.Index).SetInt(int64(n.Line))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := values[key.Value]
		if !ok {
			d.fail(key.Line, "", "%s", UnknownKey(key.Value, path, names)+below(key.Value, v))
			continue
		}
		at := d.join(path, key.Value)
		d.value(value, field, at)
		if value.Tag != "!!null" {
			d.lines[at] = key.Line
		}
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.expected(n, path, "a list")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		if item.Tag == "!!null" && v.Type().Elem().Kind() != reflect.Interface {
			d.fail(item.Line, at, "the list item is empty")
			continue
		}
		d.value(item, list.Index(i), at)
	}
	v.Set(list)
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.expected(n, path, "a mapping")
		return
	}
	if v.Type().Key().Kind() != reflect.String {
		d.fail(n.Line, path, "a %s can't be read from a file", v.Type())
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		x := reflect.New(v.Type().Elem()).Elem()
		at := d.join(path, n.Content[i].Value)
		d.value(n.Content[i+1], x, at)
		d.lines[at] = n.Content[i].Line // also of a null, which is in the map
		m.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key()), x)
	}
	v.Set(m)
}

// scalar fills text, numbers and truth values. Text takes any scalar as it is
// written: `version: 2.10` is "2.10".
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	what, isScalar := "", n.Kind == yaml.ScalarNode
	switch v.Kind() {
	case reflect.String:
		if isScalar {
			v.SetString(n.Value)
			return
		}
		what = "text"
	case reflect.Bool:
		if isScalar && n.Decode(v.Addr().Interface()) == nil {
			return
		}
		what = "true or false"
	case reflect.Float32, reflect.Float64:
		if isScalar && n.Decode(v.Addr().Interface()) == nil {
			return
		}
		what = "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if isScalar && n.Decode(v.Addr().Interface()) == nil {
			return
		}
		what = "a whole number"
	default:
		d.fail(n.Line, path, "a %s can't be read from a file", v.Type())
		return
	}
	d.expected(n, path, what)
}

// any turns a node into plain values. What JSON can't hold (dates, .inf, .nan)
// stays text, as it is written.
func (d *decoder) any(n *yaml.Node) any {
	switch n.Kind {
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = d.any(c)
		}
		return list
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = d.any(n.Content[i+1])
		}
		return m
	}
	var x any
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool", "!!int", "!!float":
		if n.Decode(&x) == nil {
			if f, ok := x.(float64); !ok || !math.IsNaN(f) && !math.IsInf(f, 0) {
				return x
			}
		}
	}
	return n.Value
}
