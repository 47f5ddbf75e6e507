package assertions

import (
	"context"
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildEquals(s *spec, value any) (judgeFunc, error) {
	if isObject(value) {
		want := shown(value)
		return func(_ context.Context, c *call) (grade, error) {
			got, err := jsvalue.Parse(c.text)
			return verdict(err == nil && deepEqual(value, got), s.inverse, func() string {
				return fmt.Sprintf("expected %s%s, got %s", notWord(s.inverse), want, quote(c.text))
			}), nil
		}, nil
	}
	want := jsvalue.ToString(value)
	return func(_ context.Context, c *call) (grade, error) {
		g := verdict(c.text == want, s.inverse, func() string {
			return fmt.Sprintf("expected %s%s, got %s", notWord(s.inverse), quote(want), quote(c.text))
		})
		return g.compared(!jsvalue.IsUndefined(value)), nil
	}, nil
}

// compared is the grade of a comparison, which a pass without a reference is not.
func (g grade) compared(reference bool) grade {
	if g.pass && !reference {
		g.doubt = NoReference
	}
	return g
}

func notWord(inverse bool) string {
	if inverse {
		return "not "
	}
	return ""
}

// isObject is JavaScript's typeof v == "object": null, lists and objects.
func isObject(v any) bool { return jsvalue.TypeOf(v) == "object" }

// deepEqual compares JSON by value. As in Node's strict comparison 0 and -0
// differ, and NaN equals itself.
func deepEqual(a, b any) bool {
	if keys, ok := jsvalue.KeysOf(a); ok {
		other, ok := jsvalue.KeysOf(b)
		if !ok || len(keys) != len(other) {
			return false
		}
		for _, k := range keys {
			x, _ := jsvalue.Field(a, k)
			y, ok := jsvalue.Field(b, k)
			if !ok || !deepEqual(x, y) {
				return false
			}
		}
		return true
	}
	if list, ok := a.([]any); ok {
		other, ok := b.([]any)
		if !ok || len(list) != len(other) {
			return false
		}
		for i := range list {
			if !deepEqual(list[i], other[i]) {
				return false
			}
		}
		return true
	}
	if x, ok := jsvalue.Number(a); ok {
		y, ok := jsvalue.Number(b)
		return ok && (x == y && math.Signbit(x) == math.Signbit(y) || x != x && y != y)
	}
	if _, isNumber := jsvalue.Number(b); isNumber {
		return false
	}
	if _, isObject := jsvalue.KeysOf(b); isObject {
		return false
	}
	if _, isList := b.([]any); isList {
		return false
	}
	return a == b
}
