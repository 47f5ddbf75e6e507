package judged

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fields are the fields of a JSON object by their types.
type Fields map[string]FieldType

// FieldType is the type of one field, as Python writes it (list[str],
// dict[str, int], Optional[float], int | None), or the fields of an object.
type FieldType struct {
	Text   string
	Object Fields // nil = Text counts

	head string // in small letters
	args []FieldType
}

// UnmarshalJSON reads a type's text or an object of fields.
func (t *FieldType) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		t.Object = Fields{}
		return json.Unmarshal(data, &t.Object)
	}
	if err := json.Unmarshal(data, &t.Text); err != nil {
		return fmt.Errorf("a field's type is a text such as list[str], or an object of fields")
	}
	return t.parse()
}

// MarshalJSON is its inverse.
func (t FieldType) MarshalJSON() ([]byte, error) {
	if t.Object != nil {
		return json.Marshal(t.Object)
	}
	return json.Marshal(t.Text)
}

// knownTypes names the types for people.
const knownTypes = "str, int, float, bool, list, dict, any, none, list[…], dict[str, …], Optional[…], … | …, or an object of fields"

// fieldKind is a plain type of a field: as JSON has it, and as pydantic takes it.
type fieldKind struct{ exact, lax func(any) bool }

var fieldKinds = map[string]fieldKind{
	"str":   {isText, isText},
	"int":   {isWholeNumber, isWhole},
	"float": {isNumber, isFloat},
	"bool":  {isBool, isTruth},
	"list":  {isList, isList},
	"dict":  {isObject, isObject},
	"any":   {always2, always2},
	"none":  {isNull, isNull},
}

// parse takes Text apart. A type that there is not has no head.
func (t *FieldType) parse() error {
	text := strings.TrimSpace(t.Text)
	if parts := splitOutside(text, '|'); len(parts) > 1 {
		return t.take("union", parts)
	}
	head, rest, generic := strings.Cut(text, "[")
	head = strings.ToLower(strings.TrimSpace(head))
	if !generic {
		if _, ok := fieldKinds[head]; ok {
			t.head = head
		}
		return nil
	}
	inner, closed := strings.CutSuffix(rest, "]")
	if !closed {
		return nil
	}
	parts := splitOutside(inner, ',')
	switch {
	case head == "list" && len(parts) == 1, head == "union":
		return t.take(head, parts)
	case head == "optional" && len(parts) == 1:
		return t.take("union", append(parts, "none"))
	case head == "dict" && len(parts) == 2 && strings.EqualFold(strings.TrimSpace(parts[0]), "str"):
		return t.take(head, parts[1:])
	}
	return nil
}

func (t *FieldType) take(head string, parts []string) error {
	args := make([]FieldType, len(parts))
	for i, p := range parts {
		args[i].Text = strings.TrimSpace(p)
		if err := args[i].parse(); err != nil || args[i].head == "" {
			return err
		}
	}
	t.head, t.args = head, args
	return nil
}

// splitOutside splits at sep where it is in no brackets.
func splitOutside(s string, sep rune) (parts []string) {
	depth, from := 0, 0
	for i, r := range s {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == sep && depth == 0:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// check refuses types that there are not.
func (f Fields) check(path string) error {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		t := f[name]
		if t.Object != nil {
			if err := t.Object.check(path + name + "."); err != nil {
				return err
			}
		} else if t.head == "" {
			return failf(Other, "expected_fields: %s: unknown type %s; known: %s", shown(path+name), shown(t.Text), knownTypes)
		}
	}
	return nil
}

// misfit says what is wrong with an object, "" when nothing is; lax takes what
// pydantic takes.
func (f Fields) misfit(path string, obj map[string]any, lax bool) string {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		v, ok := obj[name]
		if !ok {
			return "field " + shown(path+name) + " is missing"
		}
		t := f[name]
		if inner, ok := v.(map[string]any); ok && t.Object != nil {
			if problem := t.Object.misfit(path+name+".", inner, lax); problem != "" {
				return problem
			}
			continue
		}
		if !t.fits(v, lax) {
			return "field " + shown(path+name) + " is no " + t.String()
		}
	}
	return ""
}

// String names the type.
func (t FieldType) String() string {
	if t.Object != nil {
		return "object"
	}
	return t.Text
}

func (t FieldType) fits(v any, lax bool) bool {
	inner := func(x any) bool { return t.args[0].fits(x, lax) }
	switch list, isList := v.([]any); {
	case t.head == "union":
		return slices.ContainsFunc(t.args, func(a FieldType) bool { return a.fits(v, lax) })
	case t.args == nil:
		k, ok := fieldKinds[t.head]
		return ok && (lax && k.lax(v) || !lax && k.exact(v))
	case t.head == "list":
		return isList && !slices.ContainsFunc(list, func(x any) bool { return !inner(x) })
	}
	obj, ok := v.(map[string]any)
	for _, x := range obj {
		ok = ok && inner(x)
	}
	return ok
}

func always2(any) bool    { return true }
func isNull(v any) bool   { return v == nil }
func isText(v any) bool   { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(number); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isList(v any) bool   { _, ok := v.([]any); return ok }
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }
func isWholeNumber(v any) bool {
	_, ok := v.(number)
	return ok && isWhole(v)
}

func isFloat(v any) bool {
	_, err := floatField(map[string]any{"v": v}, "v")
	return err == nil
}

// isTruth says whether pydantic takes a value for true or false.
func isTruth(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case number:
		return v.float == 0 || v.float == 1
	case string:
		switch strings.ToLower(v) {
		case "0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes":
			return true
		}
	}
	return false
}
