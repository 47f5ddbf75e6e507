package assertions

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// keyword says what a keyword's value must be; see shapeOf.
type keyword struct{ name, shape string }

// keywords are those that Ajv knows for draft 7.
var keywords = [...]keyword{
	{"$schema", "text"}, {"$id", "text"}, {"$ref", "text"}, {"$comment", "text"}, {"$defs", ""}, {"$vocabulary", ""}, {"definitions", "schemas"},
	{"title", "text"}, {"description", "text"}, {"default", ""}, {"deprecated", ""}, {"readOnly", "flag"}, {"writeOnly", ""}, {"examples", "list"},
	{"type", "type"}, {"nullable", "flag"}, {"const", ""}, {"enum", "set"},
	{"multipleOf", "positive"}, {"maximum", "number"}, {"minimum", "number"}, {"exclusiveMaximum", "number"}, {"exclusiveMinimum", "number"},
	{"maxLength", "count"}, {"minLength", "count"}, {"pattern", "text"}, {"format", "text"},
	{"contentMediaType", "text"}, {"contentEncoding", "text"}, {"contentSchema", ""},
	{"items", "schema or list"}, {"additionalItems", "schema"}, {"maxItems", "count"}, {"minItems", "count"}, {"uniqueItems", "flag"}, {"contains", "schema"},
	{"maxProperties", "count"}, {"minProperties", "count"}, {"required", "names"}, {"properties", "schemas"}, {"patternProperties", "schemas"},
	{"additionalProperties", "schema"}, {"propertyNames", "schema"}, {"dependencies", "schemas or names"},
	{"if", "schema"}, {"then", "schema"}, {"else", "schema"}, {"allOf", "schema list"}, {"anyOf", "schema list"}, {"oneOf", "schema list"}, {"not", "schema"},
}

func findKeyword(name string) (keyword, bool) {
	i := slices.IndexFunc(keywords[:], func(k keyword) bool { return k.name == name })
	if i < 0 {
		return keyword{}, false
	}
	return keywords[i], true
}

// eachSubschema calls do for every schema directly inside, with its path.
func eachSubschema(s any, do func(path string, sub any) error) error {
	keys, _ := jsvalue.KeysOf(s)
	for _, k := range keys {
		kw, ok := findKeyword(k)
		if !ok {
			continue
		}
		v := field(s, k)
		switch kw.shape {
		case "schema":
			if err := do("/"+k, v); err != nil {
				return err
			}
		case "schema list", "schema or list":
			list, isList := v.([]any)
			if !isList {
				list = []any{v}
			}
			for i, x := range list {
				if err := do("/"+k+"/"+strconv.Itoa(i), x); err != nil {
					return err
				}
			}
		case "schemas", "schemas or names":
			names, _ := jsvalue.KeysOf(v)
			for _, n := range names {
				if x := field(v, n); !isList(x) {
					if err := do("/"+k+"/"+n, x); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// eachUsed is eachSubschema for those that Ajv compiles: definitions only where
// they are referred to, no alternatives beside one that says nothing, no
// condition without a consequence.
func eachUsed(s any, do func(path string, sub any) error) error {
	free := false
	list, _ := field(s, "anyOf").([]any)
	for _, x := range list {
		free = free || saysNothing(x)
	}
	says := func(k string) bool { x, ok := jsvalue.Field(s, k); return ok && !saysNothing(x) }
	idle := !says("then") && !says("else")
	return eachSubschema(s, func(path string, sub any) error {
		switch {
		case strings.HasPrefix(path, "/definitions/"), free && strings.HasPrefix(path, "/anyOf/"), idle && path == "/if":
			return nil
		case strings.HasSuffix(path, "/"+protoName) && strings.Count(path, "/") == 2:
			return nil
		}
		return do(path, sub)
	})
}

// saysNothing is of a schema that every value fits, by its words alone.
func saysNothing(s any) bool {
	if b, ok := s.(bool); ok {
		return b
	}
	keys, _ := jsvalue.KeysOf(s)
	return !slices.ContainsFunc(keys, func(k string) bool {
		_, known := findKeyword(k)
		return !known || !slices.Contains(annotations[:], k)
	})
}

// annotations are the keywords that ask nothing of a value.
var annotations = [...]string{"$schema", "$id", "$defs", "$vocabulary", "definitions", "title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples", "contentMediaType", "contentEncoding", "contentSchema"}

// checkMeta checks a schema against the meta-schema of draft 7.
func checkMeta(s any, at string, depth int) error {
	if depth > maxSchemaDepth {
		return errors.New("too deep")
	}
	if _, ok := s.(bool); ok {
		return nil
	}
	keys, ok := jsvalue.KeysOf(s)
	if !ok {
		return fmt.Errorf("at %s: %s is no schema", at, shown(s))
	}
	for _, k := range keys {
		kw, known := findKeyword(k)
		if known && kw.shape != "" && !fitsShape(kw.shape, field(s, k)) {
			return fmt.Errorf("at %s: %s can't be %s", at, k, shown(field(s, k)))
		}
	}
	return eachSubschema(s, func(path string, sub any) error { return checkMeta(sub, at+path, depth+1) })
}

func fitsShape(shape string, v any) bool {
	f, isNumber := jsvalue.Number(v)
	_, isObject := jsvalue.KeysOf(v)
	list, isList := v.([]any)
	_, isFlag := v.(bool)
	switch shape {
	case "text":
		return isString(v)
	case "flag":
		return isFlag
	case "number":
		return isNumber
	case "positive":
		return isNumber && f > 0
	case "count":
		return isNumber && f >= 0 && f == float64(int64(f))
	case "list":
		return isList
	case "set":
		return isList && distinct(list)
	case "names":
		return isList && namesOnly(list)
	case "type":
		if name, ok := v.(string); ok {
			return isTypeName(name)
		}
		return isList && len(list) > 0 && namesOnly(list) && !slices.ContainsFunc(list, func(x any) bool { return !isTypeName(x.(string)) })
	case "schema":
		return isObject || isFlag
	case "schema list":
		return isList && len(list) > 0
	case "schema or list":
		return isObject || isFlag || isList && len(list) > 0
	case "schemas":
		return isObject
	case "schemas or names":
		keys, _ := jsvalue.KeysOf(v)
		for _, k := range keys {
			if l, ok := field(v, k).([]any); ok && !namesOnly(l) {
				return false
			}
		}
		return isObject
	}
	return true
}

// distinct says that no value of a list stands there twice.
func distinct(list []any) bool {
	for i, x := range list {
		if slices.ContainsFunc(list[:i], func(y any) bool { return jsvalue.Equal(x, y) }) {
			return false
		}
	}
	return true
}

// namesOnly says that a list holds distinct texts.
func namesOnly(list []any) bool {
	for i, x := range list {
		if !isString(x) || slices.Contains(list[:i], x) {
			return false
		}
	}
	return true
}

func isTypeName(s string) bool {
	return slices.Contains([]string{"array", "boolean", "integer", "null", "number", "object", "string"}, s)
}

// checkStrict finds what Ajv's strict mode refuses in the schemas that are used.
func (s *schema) checkStrict(v any, at string, depth int, seen map[string]bool) error {
	if depth > maxSchemaDepth {
		return errors.New("too deep")
	}
	keys, _ := jsvalue.KeysOf(v)
	for _, k := range keys {
		if k == "id" {
			return fmt.Errorf("at %s: keyword id is not supported; use $id", at)
		}
		if _, ok := findKeyword(k); !ok {
			return fmt.Errorf("at %s: unknown keyword %s", at, quote(k))
		}
	}
	if err := s.checkIgnored(v, at); err != nil {
		return err
	}
	if f, ok := field(v, "format").(string); ok && !knownFormat(f) {
		return fmt.Errorf("at %s: unknown format %s", at, quote(f))
	}
	if ref, ok := field(v, "$ref").(string); ok && !seen[ref] {
		seen[ref] = true
		target, err := s.resolve(ref)
		if err != nil {
			return fmt.Errorf("at %s: %w", at, err)
		}
		if err := checkMeta(target, ref, depth); err != nil {
			return err
		}
		if err := s.checkStrict(target, ref, depth+1, seen); err != nil {
			return err
		}
	}
	return eachUsed(v, func(path string, sub any) error { return s.checkStrict(sub, at+path, depth+1, seen) })
}

// checkIgnored finds keywords that would have no effect.
func (s *schema) checkIgnored(v any, at string) error {
	has := func(k string) bool { _, ok := jsvalue.Field(v, k); return ok }
	list, _ := field(v, "enum").([]any)
	switch {
	case has("if") && !has("then") && !has("else"):
		return fmt.Errorf("at %s: if without then and else", at)
	case (has("then") || has("else")) && !has("if"):
		return fmt.Errorf("at %s: then or else without if", at)
	case has("additionalItems") && !isList(field(v, "items")):
		return fmt.Errorf("at %s: additionalItems needs a list of items", at)
	case has("nullable") && !has("type"):
		return fmt.Errorf("at %s: nullable needs a type", at)
	case has("enum") && len(list) == 0:
		return fmt.Errorf("at %s: enum is empty", at)
	}
	return nil
}

// resolve finds what a reference inside the schema means.
func (s *schema) resolve(ref string) (any, error) {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("reference %s: only those inside the schema are followed", quote(ref))
	}
	v := s.root
	if rest == "" || rest == "/" {
		return v, nil
	}
	if !strings.HasPrefix(rest, "/") {
		return nil, fmt.Errorf("reference %s: nothing has that name", quote(ref))
	}
	for _, part := range strings.Split(rest[1:], "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		if list, ok := v.([]any); ok {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(list) {
				return nil, fmt.Errorf("reference %s: nothing has that name", quote(ref))
			}
			v = list[i]
			continue
		}
		x, ok := jsvalue.Field(v, part)
		if !ok {
			return nil, fmt.Errorf("reference %s: nothing has that name", quote(ref))
		}
		v = x
	}
	return v, nil
}
