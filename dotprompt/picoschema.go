package dotprompt

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// schema is a Picoschema or a JSON Schema in the front matter, as JSON Schema.
type schema struct {
	json       json.RawMessage // nil without
	tree       any             // the same, an object in order
	line       int
	pico       bool           // it was written as Picoschema
	properties map[string]int // line of each property at the top
}

// UnmarshalYAML compiles Picoschema by the rules of the Dotprompt project's
// reference: fields are required, those with "?" are nullable instead; objects
// take no other properties unless (*) says so. What is recognisably JSON
// Schema passes as it is.
func (s *schema) UnmarshalYAML(n *yaml.Node) error {
	tree, err := compileSchema(n)
	if err != nil {
		return err
	}
	s.tree, s.line, s.json = tree, n.Line, appendJSON(nil, tree)
	s.properties = map[string]int{}
	fields := n
	if s.pico = !isJSONSchema(n); !s.pico {
		fields = child(n, "properties")
	}
	for i := 0; fields != nil && fields.Kind == yaml.MappingNode && i+1 < len(fields.Content); i += 2 {
		name, _, _ := strings.Cut(fields.Content[i].Value, "(")
		s.properties[strings.TrimSuffix(name, "?")] = fields.Content[i].Line
	}
	return nil
}

func compileSchema(n *yaml.Node) (any, error) {
	if isJSONSchema(n) {
		o := ordered(n).(object)
		if o.get("type") == nil && child(n, "properties") != nil {
			o = slices.Insert(o, 0, member{"type", "object"})
		}
		return o, nil
	}
	return pico(n)
}

var (
	scalars   = []string{"string", "number", "integer", "boolean", "null", "any"}
	jsonTypes = append([]string{"object", "array"}, scalars...)
	keywords  = []string{"$schema", "$ref", "$defs", "anyOf", "oneOf", "allOf", "enum"}
)

// isJSONSchema recognises a type, properties, or a keyword whose value can't
// be a field of Picoschema.
func isJSONSchema(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	if t := child(n, "type"); t != nil && (slices.Contains(jsonTypes, t.Value) || t.Kind == yaml.SequenceNode) {
		return true
	}
	if p := child(n, "properties"); p != nil && p.Kind == yaml.MappingNode {
		return true
	}
	return slices.ContainsFunc(keywords, func(k string) bool {
		c := child(n, k)
		return c != nil && (k[0] == '$' || c.Kind == yaml.SequenceNode)
	})
}

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func bad(n *yaml.Node, format string, args ...any) error {
	return &config.Error{Line: n.Line, Msg: fmt.Sprintf(format, args...)}
}

// pico compiles one value of Picoschema: "type, description" or fields.
func pico(n *yaml.Node) (object, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return scalar(n)
	case yaml.MappingNode:
		return fields(n)
	}
	return nil, bad(n, "a list is no Picoschema: a list of values is written name(array): type, a choice name(enum): [A, B]")
}

func scalar(n *yaml.Node) (object, error) {
	text := n.Value
	if n.Tag == "!!null" {
		text = "null"
	}
	name, description := describe(text)
	var o object
	switch {
	case !slices.Contains(scalars, name):
		return nil, bad(n, "%s", unknownType(name))
	case name != "any":
		o = object{{"type", name}}
	}
	return described(o, description), nil
}

func unknownType(name string) string {
	msg := config.Shorten(name) + " is no type of Picoschema"
	if of, ok := strings.CutSuffix(name, "[]"); ok {
		return msg + "; a list is written name(array): " + of
	}
	if config.Nearest(name, scalars) == "" {
		msg += ", and schemas registered by name in an application are not known here: write the schema in place"
	}
	return msg + nearest(name, scalars)
}

// describe cuts "type, description" at the first comma.
func describe(s string) (name, description string) {
	name, description, _ = strings.Cut(s, ",")
	return strings.TrimSpace(name), strings.TrimSpace(description)
}

func described(o object, description string) object {
	if description == "" {
		if o == nil {
			return object{}
		}
		return o
	}
	return o.with("description", description)
}

// fields compiles a mapping to the schema of an object.
func fields(n *yaml.Node) (object, error) {
	var properties, required = object{}, []any{}
	var more any = false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value == "(*)" {
			o, err := pico(value)
			if err != nil {
				return nil, err
			}
			more = o
			continue
		}
		name, kind, optional, err := fieldName(key)
		if err != nil {
			return nil, err
		}
		o, err := field(key, value, kind, optional)
		if err != nil {
			return nil, err
		}
		if !optional {
			required = append(required, name)
		}
		if properties.get(name) != nil {
			return nil, bad(key, "two fields have the name %s", config.Shorten(name))
		}
		properties = append(properties, member{name, o})
	}
	o := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return append(o, member{"additionalProperties", more}), nil
}

// fieldName reads "name", "name?" and "name(kind, description)"; kind is what
// stands in the parentheses.
func fieldName(key *yaml.Node) (name, kind string, optional bool, err error) {
	name, kind, found := strings.Cut(key.Value, "(")
	if found {
		var closed bool
		if kind, closed = strings.CutSuffix(strings.TrimSpace(kind), ")"); !closed {
			return "", "", false, bad(key, "the ( in %s has no closing )", config.Shorten(key.Value))
		}
		if kind == "" {
			kind = " "
		}
	}
	name, optional = strings.CutSuffix(strings.TrimSpace(name), "?")
	if name == "" {
		return "", "", false, bad(key, "%s: a field needs a name; any other name is written (*)", config.Shorten(key.Value))
	}
	return name, kind, optional, nil
}

func field(key, value *yaml.Node, kind string, optional bool) (object, error) {
	if kind == "" {
		o, err := pico(value)
		return nullable(o, optional), err
	}
	name, description := describe(kind)
	var o object
	switch name {
	case "array":
		items, err := pico(value)
		if err != nil {
			return nil, err
		}
		o = nullable(object{{"type", "array"}, {"items", items}}, optional)
	case "object":
		var err error
		if o, err = pico(value); err != nil {
			return nil, err
		}
		o = nullable(o, optional)
	case "enum":
		values, ok := ordered(value).([]any)
		if !ok || len(values) == 0 {
			return nil, bad(value, "a choice is a list with at least one value: name(enum): [A, B]")
		}
		if optional && !slices.ContainsFunc(values, func(v any) bool { return v == nil }) {
			values = append(values, nil)
		}
		o = object{{"enum", values}}
	default:
		return nil, bad(key, "unknown kind of field (%s); known: (array), (object), (enum)", name)
	}
	return described(o, description), nil
}

// nullable lets an optional field be null, where it has a type.
func nullable(o object, optional bool) object {
	if t, ok := o.get("type").(string); ok && optional {
		return o.with("type", []any{t, "null"})
	}
	return o
}
