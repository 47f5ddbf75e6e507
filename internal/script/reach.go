package script

import (
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// reached is as much of an argument as inline code can reach by its text: most
// assertions never look at their context, or only at its variables, and it is the
// larger part of a call.
func (c Code) reached(name string, arg any) any {
	if c.Kind != KindExpression && c.Kind != KindFunctionBody || name == "" {
		return arg
	}
	for _, way := range []string{"arguments", "eval", `\u`} {
		if strings.Contains(c.Source, way) {
			return arg
		}
	}
	fields, only := fieldsOf(c.Source, name)
	switch arg := arg.(type) {
	case map[string]any:
		if only {
			some := make(map[string]any, len(fields))
			for _, key := range fields {
				if v, ok := arg[key]; ok {
					some[key] = v
				}
			}
			return some
		}
	case *jsvalue.Object:
		if only {
			some := &jsvalue.Object{}
			for _, key := range fields {
				if v, ok := arg.Get(key); ok {
					some.Set(key, v)
				}
			}
			return some
		}
	default:
		if only && len(fields) == 0 {
			return nil
		}
	}
	return arg
}

// fieldsOf lists the fields of a variable that a text names, as in context.vars;
// only is false where it may do something else with the variable.
func fieldsOf(source, name string) (fields []string, only bool) {
	for {
		_, rest, found := strings.Cut(source, name)
		if !found {
			return fields, true
		}
		after, dotted := strings.CutPrefix(strings.TrimPrefix(rest, "?"), ".")
		end := 0
		for end < len(after) && inName(after[end]) {
			end++
		}
		if !dotted || end == 0 || end < len(after) && after[end] >= utf8.RuneSelf || inherited(after[:end]) {
			return nil, false
		}
		fields = append(fields, after[:end])
		source = after
	}
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

// inherited says that every object has a field of this name, which may look at
// all others.
func inherited(field string) bool {
	switch field {
	case "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf":
		return true
	}
	return strings.HasPrefix(field, "__")
}
