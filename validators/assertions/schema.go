package assertions

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

// schema is a JSON schema of draft 7, read as strictly as Ajv 8 reads it: an
// unknown keyword or format is an error. The schema is not changed; it is safe
// for concurrent use.
type schema struct {
	root    any
	regexps Regexps
	exact   bool // what every object of JavaScript has, such as constructor, is a property too
	once    sync.Once
	bad     error // of a pattern
}

// maxSchemaDepth bounds schema and data alike; $ref in a circle ends there.
const maxSchemaDepth = 500

func newSchema(root any, regexps Regexps, mode Mode) (*schema, error) {
	s := &schema{root: root, regexps: regexps, exact: mode == Exact}
	if uri := field(root, "$schema"); !jsvalue.IsUndefined(uri) && uri != "" {
		text, ok := uri.(string)
		if !ok {
			return nil, errors.New("schema: $schema is no text")
		}
		switch strings.TrimSuffix(text, "#") {
		case "http://json-schema.org/draft-07/schema", "http://json-schema.org/schema":
		default:
			return nil, fmt.Errorf("schema: $schema %s is not known; draft 7 is", quote(text))
		}
	}
	if err := checkMeta(root, "#", 0); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if err := s.checkStrict(root, "#", 0, map[string]bool{}); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

// check returns what is wrong with a value, or "". An error means that it could
// not be checked.
func (s *schema) check(ctx context.Context, v any) (problem string, err error) {
	s.once.Do(func() { s.bad = s.checkPatterns(ctx, s.root, 0, map[string]bool{}) })
	if s.bad != nil {
		return "", s.bad
	}
	w := &walk{ctx: ctx, schema: s}
	ok := w.valid(s.root, v, "", 0)
	if w.err != nil {
		return "", w.err
	}
	if ok {
		return "", nil
	}
	return w.problem, nil
}

// checkPatterns finds a pattern that is wrong.
func (s *schema) checkPatterns(ctx context.Context, v any, depth int, seen map[string]bool) error {
	if depth > maxSchemaDepth {
		return errors.New("schema: too deep")
	}
	try := func(pattern string) error {
		if s.regexps == nil {
			return fmt.Errorf("schema: pattern: %w: there is no engine for JavaScript's patterns", ErrUnavailable)
		}
		if _, err := s.regexps.Match(ctx, pattern, "u", ""); err != nil {
			return fmt.Errorf("schema: pattern %s: %w", quote(pattern), err)
		}
		return nil
	}
	if p, ok := field(v, "pattern").(string); ok {
		if err := try(p); err != nil {
			return err
		}
	}
	if err := s.checkPatternProperties(ctx, v, try); err != nil {
		return err
	}
	if ref, ok := field(v, "$ref").(string); ok && !seen[ref] {
		seen[ref] = true
		target, err := s.resolve(ref)
		if err == nil {
			err = s.checkPatterns(ctx, target, depth+1, seen)
		}
		if err != nil {
			return err
		}
	}
	return eachUsed(v, func(_ string, sub any) error { return s.checkPatterns(ctx, sub, depth+1, seen) })
}

// checkPatternProperties tries the patterns of names, which must not fit a name
// that is declared. Schemas that say nothing are not looked at.
func (s *schema) checkPatternProperties(ctx context.Context, v any, try func(string) error) error {
	patterns := field(v, "patternProperties")
	keys, _ := jsvalue.KeysOf(patterns)
	if !slices.ContainsFunc(keys, func(p string) bool { return !saysNothing(field(patterns, p)) }) {
		return nil
	}
	names, _ := jsvalue.KeysOf(field(v, "properties"))
	for _, p := range keys {
		if err := try(p); err != nil {
			return err
		}
		for _, n := range names {
			both, err := s.regexps.Match(ctx, p, "", n)
			if err != nil {
				return fmt.Errorf("schema: pattern %s: %w", quote(p), err)
			}
			if both {
				return fmt.Errorf("schema: property %s fits the pattern %s too", quote(n), quote(p))
			}
		}
	}
	return nil
}

// walk checks one value.
type walk struct {
	ctx     context.Context
	schema  *schema
	problem string
	err     error
	steps   int
}

// maxSchemaSteps bounds the work of one check.
const maxSchemaSteps = 2_000_000

func (w *walk) fail(at, format string, args ...any) bool {
	if at == "" {
		at = "the top"
	}
	w.problem = "at " + at + ": " + fmt.Sprintf(format, args...)
	return false
}

func (w *walk) stop(err error) bool {
	if w.err == nil {
		w.err = err
	}
	return false
}

// valid checks a value against a schema. The first problem is kept.
func (w *walk) valid(s, v any, at string, depth int) bool {
	if w.steps++; w.steps > maxSchemaSteps || depth > maxSchemaDepth {
		return w.stop(errors.New("the JSON or the schema is too large or too deep to be checked"))
	}
	if b, ok := s.(bool); ok {
		return b || w.fail(at, "nothing is allowed here")
	}
	if ref, ok := field(s, "$ref").(string); ok {
		target, err := w.schema.resolve(ref)
		if err != nil {
			return w.stop(err)
		}
		if !w.valid(target, v, at, depth+1) {
			return false
		}
	}
	return w.typed(s, v, at) && w.values(s, v, at) && w.numbers(s, v, at) && w.text(s, v, at) &&
		w.list(s, v, at, depth) && w.object(s, v, at, depth) && w.combined(s, v, at, depth)
}

func (w *walk) typed(s, v any, at string) bool {
	t := field(s, "type")
	if jsvalue.IsUndefined(t) {
		return true
	}
	if v == nil && field(s, "nullable") == true {
		return true
	}
	list, isList := t.([]any)
	if !isList {
		list = []any{t}
	}
	for _, x := range list {
		if name, _ := x.(string); hasType(v, name) {
			return true
		}
	}
	return w.fail(at, "must be %s, is %s", strings.Trim(shown(t), `"`), shown(v))
}

func hasType(v any, name string) bool {
	switch name {
	case "null":
		return v == nil
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "string":
		return isString(v)
	case "array":
		return isList(v)
	case "object":
		_, ok := jsvalue.KeysOf(v)
		return ok
	}
	f, ok := jsvalue.Number(v)
	if !ok || f-f != 0 {
		return false
	}
	return name == "number" || name == "integer" && f == float64(int64(f)) || name == "integer" && (f > 1<<53 || f < -(1<<53))
}

func (w *walk) values(s, v any, at string) bool {
	if c := field(s, "const"); !jsvalue.IsUndefined(c) && !jsvalue.Equal(c, v) {
		return w.fail(at, "must be %s, is %s", shown(c), shown(v))
	}
	if list, ok := field(s, "enum").([]any); ok {
		if !slices.ContainsFunc(list, func(x any) bool { return jsvalue.Equal(x, v) }) {
			return w.fail(at, "must be one of %s, is %s", shown(list), shown(v))
		}
	}
	return true
}

func (w *walk) numbers(s, v any, at string) bool {
	f, ok := jsvalue.Number(v)
	if !ok {
		return true
	}
	limits := [...]struct {
		key  string
		fine func(limit float64) bool
	}{
		{"maximum", func(l float64) bool { return f <= l }},
		{"minimum", func(l float64) bool { return f >= l }},
		{"exclusiveMaximum", func(l float64) bool { return f < l }},
		{"exclusiveMinimum", func(l float64) bool { return f > l }},
		{"multipleOf", func(l float64) bool { q := f / l; return q == float64(int64(q)) }},
	}
	for _, x := range limits {
		if l, ok := jsvalue.Number(field(s, x.key)); ok && !x.fine(l) {
			return w.fail(at, "%s %s, is %s", x.key, number(l), shown(v))
		}
	}
	return w.format(s, v, at)
}

func (w *walk) text(s, v any, at string) bool {
	t, ok := v.(string)
	if !ok {
		return true
	}
	n := float64(utf8.RuneCountInString(t))
	if l, ok := jsvalue.Number(field(s, "maxLength")); ok && n > l {
		return w.fail(at, "at most %s characters, is %s", number(l), shown(v))
	}
	if l, ok := jsvalue.Number(field(s, "minLength")); ok && n < l {
		return w.fail(at, "at least %s characters, is %s", number(l), shown(v))
	}
	if p, ok := field(s, "pattern").(string); ok && !w.matches(p, t) {
		return w.fail(at, "must match %s, is %s", quote(p), shown(v))
	}
	return w.format(s, v, at)
}

func (w *walk) matches(pattern, text string) bool {
	ok, err := w.schema.regexps.Match(w.ctx, pattern, "u", text)
	if err != nil {
		return w.stop(err)
	}
	return ok
}

// zAnchor finds an anchor of other languages.
var zAnchor = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\\]\\Z`) })

func (w *walk) format(s, v any, at string) bool {
	name, ok := field(s, "format").(string)
	if !ok {
		return true
	}
	if name == "regex" {
		text, isText := v.(string)
		if !isText || w.schema.regexps == nil {
			return true
		}
		if zAnchor().MatchString(text) {
			return w.fail(at, "must be a pattern, and \\Z is none of JavaScript's: %s", shown(v))
		}
		_, err := w.schema.regexps.Match(w.ctx, text, "", "")
		var thrown *script.Thrown
		switch {
		case errors.As(err, &thrown):
			return w.fail(at, "must be a pattern, is %s", shown(v))
		case err != nil:
			return w.stop(err)
		}
		return true
	}
	if !fitsFormat(name, v) {
		return w.fail(at, "must be of format %s, is %s", name, shown(v))
	}
	return true
}

func (w *walk) list(s, v any, at string, depth int) bool {
	list, ok := v.([]any)
	if !ok {
		return true
	}
	n := float64(len(list))
	if l, ok := jsvalue.Number(field(s, "maxItems")); ok && n > l {
		return w.fail(at, "at most %s items, has %d", number(l), len(list))
	}
	if l, ok := jsvalue.Number(field(s, "minItems")); ok && n < l {
		return w.fail(at, "at least %s items, has %d", number(l), len(list))
	}
	if field(s, "uniqueItems") == true && !w.unique(list, at) {
		return false
	}
	items := field(s, "items")
	each, isTuple := items.([]any)
	for i, x := range list {
		sub := items
		if isTuple {
			sub = field(s, "additionalItems")
			if i < len(each) {
				sub = each[i]
			}
		}
		if !jsvalue.IsUndefined(sub) && !w.valid(sub, x, fmt.Sprintf("%s/%d", at, i), depth+1) {
			return false
		}
	}
	if sub := field(s, "contains"); !jsvalue.IsUndefined(sub) {
		for _, x := range list {
			if w.quietly(sub, x, at, depth) {
				return true
			}
		}
		return w.err == nil && w.fail(at, "no item fits contains")
	}
	return true
}

func (w *walk) unique(list []any, at string) bool {
	for i := range list {
		for j := range i {
			if w.steps++; w.steps > maxSchemaSteps {
				return w.stop(errors.New("the list is too long for uniqueItems"))
			}
			if jsvalue.Equal(list[i], list[j]) {
				return w.fail(at, "items %d and %d are equal", j, i)
			}
		}
	}
	return true
}

func (w *walk) object(s, v any, at string, depth int) bool {
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return true
	}
	if l, ok := jsvalue.Number(field(s, "maxProperties")); ok && float64(len(keys)) > l {
		return w.fail(at, "at most %s properties, has %d", number(l), len(keys))
	}
	if l, ok := jsvalue.Number(field(s, "minProperties")); ok && float64(len(keys)) < l {
		return w.fail(at, "at least %s properties, has %d", number(l), len(keys))
	}
	if !w.required(field(s, "required"), v, at) || !w.dependencies(s, v, at, depth) {
		return false
	}
	props, patterns := field(s, "properties"), field(s, "patternProperties")
	if w.schema.exact && !w.inherited(props, v, at, depth) {
		return false
	}
	patternKeys, _ := jsvalue.KeysOf(patterns)
	extra := field(s, "additionalProperties")
	names := field(s, "propertyNames")
	for _, k := range keys {
		x, here := field(v, k), at+"/"+k
		if !jsvalue.IsUndefined(names) && !w.valid(names, k, here, depth+1) {
			return false
		}
		known := false
		if sub, ok := jsvalue.Field(props, k); ok && k != protoName {
			known = true
			if !w.valid(sub, x, here, depth+1) {
				return false
			}
		}
		for _, p := range patternKeys {
			if w.matches(p, k) {
				known = true
				if !w.valid(field(patterns, p), x, here, depth+1) {
					return false
				}
			}
		}
		if w.err != nil {
			return false
		}
		if known || jsvalue.IsUndefined(extra) {
			continue
		}
		if extra == false {
			return w.fail(at, "property %s is not allowed", quote(k))
		}
		if !w.valid(extra, x, here, depth+1) {
			return false
		}
	}
	return true
}

func (w *walk) required(list, v any, at string) bool {
	names, _ := list.([]any)
	for _, n := range names {
		name, _ := n.(string)
		if !w.has(v, name) {
			return w.fail(at, "property %s is missing", quote(name))
		}
	}
	return true
}
