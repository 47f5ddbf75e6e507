package dotprompt

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// object is a JSON object that keeps the order of its members: models see a
// schema, and answer in its order.
type object []member

type member struct {
	key   string
	value any // object, []any or a scalar
}

func (o object) get(key string) any {
	if i := slices.IndexFunc(o, func(m member) bool { return m.key == key }); i >= 0 {
		return o[i].value
	}
	return nil
}

// with returns o with one member set, at its old place or at the end.
func (o object) with(key string, value any) object {
	o = slices.Clone(o)
	if i := slices.IndexFunc(o, func(m member) bool { return m.key == key }); i >= 0 {
		o[i].value = value
		return o
	}
	return append(o, member{key, value})
}

// ordered turns YAML into JSON values.
func ordered(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		o := make(object, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			o = append(o, member{n.Content[i].Value, ordered(n.Content[i+1])})
		}
		return o
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = ordered(c)
		}
		return list
	}
	var v any
	if config.DecodeNode(n, &v) != nil {
		return n.Value
	}
	return v
}

// appendJSON writes what ordered returns.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSON(b, m.key), ':')
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, x)
		}
		return append(b, ']')
	}
	text, err := encode(v, "")
	if err != nil {
		text = "null" // not reached: scalars of YAML are finite
	}
	return append(b, text...)
}
