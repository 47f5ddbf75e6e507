package script

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// known is a value that is the same here as in a child, where it arrives as JSON.
func known(v any) any {
	switch v := v.(type) {
	case nil, bool, []any, map[string]any:
		return v
	case string:
		if len(v) > maxPlainValue || !utf8.ValidString(v) {
			panic(beyond{})
		}
		return v
	case *jsvalue.Object:
		if v == nil {
			panic(beyond{})
		}
		return v
	}
	if jsvalue.IsUndefined(v) {
		return v
	}
	return numeric(v)
}

// element is a value of a list: what JSON leaves out of objects is null there.
func element(v any) any {
	if jsvalue.IsUndefined(v) {
		return nil
	}
	return v
}

func numeric(v any) float64 {
	f, ok := jsvalue.Number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		panic(beyond{})
	}
	return f
}

func textual(v any) string {
	s, ok := v.(string)
	if !ok {
		panic(beyond{})
	}
	return known(s).(string)
}

// plainASCII is a text of which a unit of JavaScript is a byte.
func plainASCII(v any) string {
	s := textual(v)
	if !isASCII(s) {
		panic(beyond{})
	}
	return s
}

// field reads a property. A method is beyond, unless it is called.
func field(v, key any) any {
	name, isText := key.(string)
	switch v := v.(type) {
	case string:
		if name == "length" {
			return jsvalue.Length(v)
		}
		if i, ok := index(key); ok && i < len(v) {
			return plainASCII(v)[i : i+1]
		}
	case []any:
		if name == "length" {
			return len(v)
		}
		if i, ok := index(key); ok && i < len(v) {
			return element(v[i])
		} else if ok {
			return jsvalue.Undefined
		}
	case *jsvalue.Object, map[string]any:
		if f, ok := key.(float64); ok {
			name, isText = jsvalue.FormatNumber(f), true
		}
		x, ok := jsvalue.Field(v, name)
		switch {
		case !isText || inherited(name):
		case !ok:
			return jsvalue.Undefined
		default:
			return x
		}
	}
	panic(beyond{})
}

// index is a place in a list or a text.
func index(key any) (int, bool) {
	switch key := key.(type) {
	case float64:
		return int(key), key >= 0 && key == math.Trunc(key) && key < 1<<31
	case string:
		i, err := strconv.Atoi(key)
		return i, err == nil && i >= 0 && strconv.Itoa(i) == key
	}
	return 0, false
}

func (r *plainRun) binary(e *ast.BinaryExpression) any {
	left := r.value(e.Left)
	switch e.Operator {
	case token.LOGICAL_AND:
		if !jsvalue.Truthy(left) {
			return left
		}
		return r.value(e.Right)
	case token.LOGICAL_OR:
		if jsvalue.Truthy(left) {
			return left
		}
		return r.value(e.Right)
	case token.COALESCE:
		if left != nil && !jsvalue.IsUndefined(left) {
			return left
		}
		return r.value(e.Right)
	}
	right := r.value(e.Right)
	switch e.Operator {
	case token.STRICT_EQUAL:
		return jsvalue.StrictEqual(simple(left), simple(right))
	case token.STRICT_NOT_EQUAL:
		return !jsvalue.StrictEqual(simple(left), simple(right))
	case token.EQUAL:
		return looselyEqual(left, right)
	case token.NOT_EQUAL:
		return !looselyEqual(left, right)
	case token.LESS:
		return order(left, right) < 0
	case token.LESS_OR_EQUAL:
		return order(left, right) <= 0
	case token.GREATER:
		return order(left, right) > 0
	case token.GREATER_OR_EQUAL:
		return order(left, right) >= 0
	case token.PLUS:
		return add(left, right)
	case token.MINUS:
		return numeric(numeric(left) - numeric(right))
	case token.MULTIPLY:
		return numeric(numeric(left) * numeric(right))
	case token.SLASH:
		return numeric(numeric(left) / numeric(right))
	}
	panic(beyond{})
}

// simple is a value that equals another one by what it holds.
func simple(v any) any {
	if jsvalue.TypeOf(v) == "object" && v != nil {
		panic(beyond{})
	}
	return v
}

func looselyEqual(a, b any) bool {
	nullish := func(v any) bool { return v == nil || jsvalue.IsUndefined(v) }
	switch {
	case nullish(a) || nullish(b):
		return nullish(a) && nullish(b)
	case jsvalue.TypeOf(a) != jsvalue.TypeOf(b):
		panic(beyond{})
	}
	return jsvalue.StrictEqual(simple(a), simple(b))
}

// order compares two numbers, or two texts.
func order(a, b any) int {
	if _, ok := a.(string); ok {
		return strings.Compare(plainASCII(a), plainASCII(b))
	}
	x, y := numeric(a), numeric(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func add(a, b any) any {
	_, left := a.(string)
	_, right := b.(string)
	if !left && !right {
		return numeric(numeric(a) + numeric(b))
	}
	return known(jsvalue.ToString(simple(a)) + jsvalue.ToString(simple(b)))
}

// call calls a method of a text or a list, the test of a regular expression, or
// JSON.parse.
func (r *plainRun) call(e *ast.CallExpression) any {
	callee := e.Callee
	if o, ok := callee.(*ast.Optional); ok {
		callee = o.Expression // a method that is here is there
	}
	dot, ok := callee.(*ast.DotExpression)
	if !ok {
		panic(beyond{})
	}
	method := textOf(dot.Identifier.Name)
	if pattern, ok := dot.Left.(*ast.RegExpLiteral); ok && method == "test" {
		return r.test(pattern, r.arguments(e))
	}
	if id, ok := dot.Left.(*ast.Identifier); ok && id.Name == "JSON" && method == "parse" {
		if _, own := r.names["JSON"]; own {
			panic(beyond{})
		}
		return parsed(r.arguments(e))
	}
	switch v := r.eval(dot.Left).(type) {
	case cut:
		return v
	case string:
		return known(ofText(v, method, r.arguments(e)))
	case []any:
		args := r.arguments(e)
		if method != "includes" || len(args) != 1 {
			panic(beyond{})
		}
		want := simple(args[0])
		return slices.ContainsFunc(v, func(x any) bool { return jsvalue.StrictEqual(simple(known(element(x))), want) })
	}
	panic(beyond{})
}

func (r *plainRun) arguments(e *ast.CallExpression) []any {
	args := make([]any, len(e.ArgumentList))
	for i, a := range e.ArgumentList {
		args[i] = r.value(a)
	}
	return args
}

// ofText calls a method of a text.
func ofText(s, method string, args []any) any {
	s = textual(s)
	if len(args) == 0 {
		switch method {
		case "toLowerCase":
			return strings.ToLower(plainASCII(s))
		case "toUpperCase":
			return strings.ToUpper(plainASCII(s))
		case "trim":
			return strings.TrimSpace(plainASCII(s))
		case "toString":
			return s
		}
		panic(beyond{})
	}
	if len(args) > 1 {
		panic(beyond{})
	}
	other := textual(args[0])
	switch method {
	case "includes":
		return strings.Contains(s, other)
	case "startsWith":
		return strings.HasPrefix(s, other)
	case "endsWith":
		return strings.HasSuffix(s, other)
	case "indexOf":
		return strings.Index(plainASCII(s), other)
	case "split":
		if other == "" {
			break
		}
		parts := strings.Split(s, other)
		list := make([]any, len(parts))
		for i, part := range parts {
			list[i] = part
		}
		return list
	}
	panic(beyond{})
}

// test tries a regular expression, where Go's engine has its meaning.
func (r *plainRun) test(e *ast.RegExpLiteral, args []any) any {
	if len(args) != 1 {
		panic(beyond{})
	}
	text := textual(args[0])
	if !plainText(text) {
		panic(beyond{})
	}
	m := r.matchers.get(e.Pattern, e.Flags)
	if m == nil || m.ascii && !isASCII(text) {
		panic(beyond{})
	}
	return m.re.MatchString(text)
}

// parsed is JSON.parse of a text; what it would throw at is beyond.
func parsed(args []any) any {
	if len(args) != 1 {
		panic(beyond{})
	}
	text := textual(args[0])
	v, err := jsvalue.Parse(text)
	if err != nil || strings.Contains(text, "__proto__") || strings.Contains(strings.ToLower(text), `\ud`) { // halves of characters
		panic(beyond{})
	}
	return known(v)
}
