package assertions

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// checkShape refuses an assertion for which promptfoo refuses the whole run: one
// without a type, or with a property of another type than is declared.
func checkShape(v any) error {
	if _, ok := jsvalue.KeysOf(v); !ok {
		return fmt.Errorf("an assertion is an object, got %s", shown(v))
	}
	if _, ok := field(v, "type").(string); !ok {
		return fmt.Errorf("type: want a text, got %s", shown(field(v, "type")))
	}
	for _, of := range []struct{ key, want string }{
		{"threshold", "a number"}, {"weight", "a number"}, {"metric", "a text"}, {"transform", "a text"}, {"contextTransform", "a text"}, {"config", "an object"},
	} {
		x, ok := jsvalue.Field(v, of.key)
		if ok && !jsvalue.IsUndefined(x) && !isA(x, of.want) {
			return fmt.Errorf("%s: want %s, got %s", of.key, of.want, shown(x))
		}
	}
	if field(v, "type") != typeSet {
		return nil
	}
	list, ok := field(v, "assert").([]any)
	if !ok {
		return fmt.Errorf("assert: want a list of assertions, got %s", shown(field(v, "assert")))
	}
	for i, x := range list {
		if err := checkShape(x); err != nil {
			return fmt.Errorf("assert %d: %w", i+1, err)
		}
	}
	return nil
}

func isA(x any, want string) bool {
	switch want {
	case "a number":
		f, ok := jsvalue.Number(x)
		return ok && f-f == 0
	case "a text":
		_, text := x.(string)
		_, function := x.(*jsvalue.Foreign)
		return text || function
	}
	_, ok := jsvalue.KeysOf(x)
	return ok
}

// HoldsReference finds a $ref that promptfoo looks up in the configuration file
// or elsewhere before any test runs. A name such as "#name" is left to the
// schema that it stands in.
func HoldsReference(v any) bool {
	if ref, ok := field(v, "$ref").(string); ok && ref != "" && (ref == "#" || ref[0] != '#' || strings.HasPrefix(ref, "#/")) {
		return true
	}
	keys, _ := jsvalue.KeysOf(v)
	for _, k := range keys {
		if HoldsReference(field(v, k)) {
			return true
		}
	}
	list, _ := v.([]any)
	for _, x := range list {
		if HoldsReference(x) {
			return true
		}
	}
	return false
}
