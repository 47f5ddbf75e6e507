package nunjucks

import (
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// is is X is TEST(ARGS).
type is struct {
	pos
	x    expr
	test func(v any, args []any) (bool, error)
	args []expr
}

func (e *is) eval(s *state) (any, error) {
	v, err := e.x.eval(s)
	if err != nil {
		return nil, err
	}
	args, _, err := evalArgs(s, e.args, nil)
	if err != nil {
		return nil, err
	}
	ok, err := e.test(v, args)
	return ok, e.wrap(err)
}

// tests is the table of what may follow "is".
func tests() map[string]func(v any, args []any) (bool, error) {
	plain := func(f func(v any) bool) func(any, []any) (bool, error) {
		return func(v any, _ []any) (bool, error) { return f(v), nil }
	}
	with := func(f func(v, w any) bool) func(any, []any) (bool, error) {
		return func(v any, args []any) (bool, error) { return f(v, argument(args, 0)), nil }
	}
	order := func(f func(order int) bool) func(any, []any) (bool, error) {
		return with(func(v, w any) bool {
			o, ok := jsvalue.Compare(v, w)
			return ok && f(o)
		})
	}
	greater, less := order(func(o int) bool { return o > 0 }), order(func(o int) bool { return o < 0 })
	return map[string]func(any, []any) (bool, error){
		"defined":     plain(func(v any) bool { return !jsvalue.IsUndefined(v) }),
		"undefined":   plain(jsvalue.IsUndefined),
		"none":        plain(func(v any) bool { return v == nil }),
		"null":        plain(func(v any) bool { return v == nil }),
		"truthy":      plain(jsvalue.Truthy),
		"falsy":       plain(func(v any) bool { return !jsvalue.Truthy(v) }),
		"string":      plain(func(v any) bool { return jsvalue.TypeOf(v) == "string" }),
		"number":      plain(func(v any) bool { return jsvalue.TypeOf(v) == "number" }),
		"callable":    plain(func(v any) bool { return jsvalue.TypeOf(v) == "function" }),
		"even":        plain(func(v any) bool { return math.Mod(jsvalue.ToNumber(v), 2) == 0 }),
		"odd":         plain(func(v any) bool { return math.Mod(jsvalue.ToNumber(v), 2) == 1 }),
		"lower":       cased(strings.ToLower),
		"upper":       cased(upper),
		"iterable":    plain(iterable),
		"mapping":     plain(mapping),
		"divisibleby": with(func(v, w any) bool { return math.Mod(jsvalue.ToNumber(v), jsvalue.ToNumber(w)) == 0 }),
		"equalto":     with(jsvalue.StrictEqual),
		"eq":          with(jsvalue.StrictEqual),
		"sameas":      with(jsvalue.StrictEqual),
		"ne":          with(func(v, w any) bool { return !jsvalue.StrictEqual(v, w) }),
		"gt":          greater,
		"greaterthan": greater,
		"ge":          order(func(o int) bool { return o >= 0 }),
		"lt":          less,
		"lessthan":    less,
		"le":          order(func(o int) bool { return o <= 0 }),
	}
}

func knownTests() string {
	var names []string
	for n := range tests() {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func cased(f func(string) string) func(any, []any) (bool, error) {
	return func(v any, _ []any) (bool, error) {
		s, ok := v.(string)
		if !ok {
			return false, errorText("wants a text, found " + describe(v))
		}
		return f(s) == s, nil
	}
}

func iterable(v any) bool {
	switch v.(type) {
	case []any, string:
		return true
	}
	return false
}

func mapping(v any) bool {
	_, ok := jsvalue.KeysOf(v)
	return ok
}

func argument(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return jsvalue.Undefined
}
