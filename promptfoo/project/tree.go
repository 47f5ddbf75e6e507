package project

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// tree is a value of a file together with the places of its parts.
type tree struct {
	Place
	keys   []string // of an object, in order
	fields map[string]*tree
	items  []*tree // of a list
	list   bool
	scalar any    // nil, bool, float64, string or *jsvalue.Foreign, when it is neither
	path   string // of a test: its dotted path, for messages
	base   string // of a test: the folder of its file; "" = the configuration's
	date   bool   // a date without quotes: text here, an empty object in promptfoo
	raw    string // the text before templates of env were filled in; "" when there were none
}

// get returns a key of an object; nil when it is absent, null, or t is no object.
func (t *tree) get(key string) *tree {
	if t == nil || t.fields == nil {
		return nil
	}
	x := t.fields[key]
	if x.null() {
		return nil
	}
	return x
}

func (t *tree) null() bool {
	return t == nil || t.fields == nil && !t.list && t.scalar == nil
}

func (t *tree) isObject() bool { return t != nil && t.fields != nil }

// text returns a scalar text.
func (t *tree) text() (string, bool) {
	if t == nil {
		return "", false
	}
	s, ok := t.scalar.(string)
	return s, ok
}

// function returns a function of a script.
func (t *tree) function() (*jsvalue.Foreign, bool) {
	if t == nil {
		return nil, false
	}
	f, ok := t.scalar.(*jsvalue.Foreign)
	return f, ok
}

// word is the text of a key, "" when it is none.
func (t *tree) word(key string) string {
	s, _ := t.get(key).text()
	return s
}

// set replaces or adds a key.
func (t *tree) set(key string, x *tree) {
	if _, ok := t.fields[key]; !ok {
		t.keys = append(t.keys, key)
	}
	t.fields[key] = x
}

// value is the tree without places.
func (t *tree) value() any {
	switch {
	case t == nil:
		return nil
	case t.list:
		out := make([]any, len(t.items))
		for i, x := range t.items {
			out[i] = x.value()
		}
		return out
	case t.fields != nil:
		return t.object()
	}
	return t.scalar
}

// object is the value of an object, empty for anything else.
func (t *tree) object() *jsvalue.Object {
	o := &jsvalue.Object{}
	if t != nil {
		for _, k := range t.keys {
			o.Set(k, t.fields[k].value())
		}
	}
	return o
}

// plain is the value as encoding/json would decode it.
func (t *tree) plain() any { return jsvalue.Plain(t.value()) }

// describe names what kind of value it is.
func (t *tree) describe() string {
	switch {
	case t.null():
		return "nothing"
	case t.list:
		return "a list"
	case t.fields != nil:
		return "an object"
	}
	if s, ok := t.scalar.(string); ok {
		return config.Shorten(s)
	}
	if f, ok := t.function(); ok {
		if f.Provider {
			return "an object that is a provider"
		}
		return "a function"
	}
	return jsvalue.ToString(t.scalar)
}

// fromValue makes a tree of a value that has no places of its own.
func fromValue(v any, at Place) *tree {
	t := &tree{Place: at}
	switch v := v.(type) {
	case []any:
		t.list = true
		for _, x := range v {
			t.items = append(t.items, fromValue(x, at))
		}
		return t
	case string, bool, *jsvalue.Foreign:
		t.scalar = v
		return t
	}
	if keys, ok := jsvalue.KeysOf(v); ok {
		t.fields = map[string]*tree{}
		for _, k := range keys {
			x, _ := jsvalue.Field(v, k)
			t.set(k, fromValue(x, at))
		}
		return t
	}
	if f, ok := jsvalue.Number(v); ok {
		t.scalar = f
	}
	return t
}

// fromYAML makes a tree of a checked document. Scalars are those of YAML's core
// schema: what is written without quotes and is neither a number nor a truth value
// nor null is text.
func fromYAML(file string, n *yaml.Node) *tree {
	t := &tree{Place: Place{file, n.Line}}
	switch n.Kind {
	case yaml.SequenceNode:
		t.list = true
		t.items = make([]*tree, len(n.Content))
		for i, c := range n.Content {
			t.items[i] = fromYAML(file, c)
		}
	case yaml.MappingNode:
		t.fields = make(map[string]*tree, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			x := fromYAML(file, n.Content[i+1])
			x.Line = n.Content[i].Line
			t.set(n.Content[i].Value, x)
		}
	default:
		t.scalar = scalarOf(n)
		t.date = n.Tag == "!!timestamp" && n.Style == 0
	}
	return t
}

var (
	wholeNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?[0-9]+$`) })
	realNumber  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	})
)

func scalarOf(n *yaml.Node) any {
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if !plain || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str" {
		return n.Value
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if c := n.Value[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return n.Value
	}
	switch {
	case wholeNumber().MatchString(n.Value), realNumber().MatchString(n.Value):
		f, _ := strconv.ParseFloat(n.Value, 64)
		return f
	case strings.HasPrefix(n.Value, "0x"), strings.HasPrefix(n.Value, "0o"):
		if u, err := strconv.ParseUint(n.Value, 0, 64); err == nil && !strings.Contains(n.Value, "_") {
			return float64(u)
		}
	}
	return n.Value
}
