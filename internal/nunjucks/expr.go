package nunjucks

import (
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// expr is one expression. eval is safe for concurrent use with states of their
// own.
type expr interface {
	eval(s *state) (any, error)
}

type literal struct{ v any }

func (e literal) eval(*state) (any, error) { return e.v, nil }

type name struct {
	pos
	id string
}

func (e *name) eval(s *state) (any, error) { return s.lookup(e.id), nil }

type lookup struct {
	pos
	of, key expr
}

func (e *lookup) eval(s *state) (any, error) {
	of, err := e.of.eval(s)
	if err != nil {
		return nil, err
	}
	key, err := e.key.eval(s)
	if err != nil {
		return nil, err
	}
	if err := s.bounded(key); err != nil {
		return nil, e.wrap(err)
	}
	return member(of, key), nil
}

// list is [a, b]; a group (a, b) has the value of its last item.
type list struct {
	items []expr
	group bool
}

func (e *list) eval(s *state) (any, error) {
	if e.group && len(e.items) == 1 {
		return e.items[0].eval(s)
	}
	out := make([]any, len(e.items))
	for i, x := range e.items {
		var err error
		if out[i], err = x.eval(s); err != nil {
			return nil, err
		}
	}
	if e.group {
		if len(out) == 0 {
			return jsvalue.Undefined, nil
		}
		return out[len(out)-1], nil
	}
	return out, nil
}

type object struct {
	keys   []string
	values []expr
}

func (e *object) eval(s *state) (any, error) {
	o := &jsvalue.Object{}
	for i, k := range e.keys {
		v, err := e.values[i].eval(s)
		if err != nil {
			return nil, err
		}
		o.Set(k, v)
	}
	return o, nil
}

type inlineIf struct{ cond, then, other expr }

func (e *inlineIf) eval(s *state) (any, error) {
	c, err := e.cond.eval(s)
	if err != nil {
		return nil, err
	}
	if jsvalue.Truthy(c) {
		return e.then.eval(s)
	}
	if e.other == nil {
		return "", nil
	}
	return e.other.eval(s)
}

// logic is and, or.
type logic struct {
	or          bool
	left, right expr
}

func (e *logic) eval(s *state) (any, error) {
	l, err := e.left.eval(s)
	if err != nil || jsvalue.Truthy(l) == e.or {
		return l, err
	}
	return e.right.eval(s)
}

type unary struct {
	op string
	x  expr
}

func (e *unary) eval(s *state) (any, error) {
	v, err := e.x.eval(s)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case "not":
		return !jsvalue.Truthy(v), nil
	case "-":
		return -jsvalue.ToNumber(v), nil
	}
	return jsvalue.ToNumber(v), nil
}

type binary struct {
	pos
	op          string
	left, right expr
}

func (e *binary) eval(s *state) (any, error) {
	l, err := e.left.eval(s)
	if err != nil {
		return nil, err
	}
	r, err := e.right.eval(s)
	if err != nil {
		return nil, err
	}
	if err := s.bounded(l, r); err != nil {
		return nil, e.wrap(err)
	}
	switch e.op {
	case "+", "~":
		if e.op == "+" {
			return s.sized(e.pos, jsvalue.Add(l, r))
		}
		return s.sized(e.pos, jsvalue.ToString(l)+jsvalue.ToString(r))
	case "in", "not in":
		found, err := contains(l, r)
		return found != (e.op == "not in"), e.wrap(err)
	}
	if v, ok := compare(e.op, l, r); ok {
		return v, nil
	}
	return arithmetic(e.op, jsvalue.ToNumber(l), jsvalue.ToNumber(r)), nil
}

func compare(op string, l, r any) (result, ok bool) {
	switch op {
	case "==":
		return jsvalue.LooseEqual(l, r), true
	case "!=":
		return !jsvalue.LooseEqual(l, r), true
	case "===":
		return jsvalue.StrictEqual(l, r), true
	case "!==":
		return !jsvalue.StrictEqual(l, r), true
	}
	switch op {
	case "<", ">", "<=", ">=":
	default:
		return false, false
	}
	order, comparable := jsvalue.Compare(l, r)
	if !comparable {
		return false, true
	}
	switch op {
	case "<":
		return order < 0, true
	case ">":
		return order > 0, true
	case "<=":
		return order <= 0, true
	}
	return order >= 0, true
}

func arithmetic(op string, a, b float64) float64 {
	switch op {
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "//":
		return math.Floor(a / b)
	case "%":
		return math.Mod(a, b)
	}
	if b == 0 {
		return 1
	}
	if math.IsNaN(b) || math.Abs(a) == 1 && math.IsInf(b, 0) {
		return math.NaN() // where JavaScript differs from IEEE pow
	}
	return math.Pow(a, b)
}

// contains is the operator in.
func contains(key, in any) (bool, error) {
	switch in := in.(type) {
	case []any:
		for _, x := range in {
			if jsvalue.StrictEqual(x, key) {
				return true, nil
			}
		}
		return false, nil
	case string:
		return strings.Contains(in, jsvalue.ToString(key)), nil
	}
	if _, ok := jsvalue.KeysOf(in); ok {
		_, found := jsvalue.Field(in, jsvalue.ToString(key))
		return found, nil
	}
	return false, errorText(`"in" searches lists, texts and objects, not ` + describe(in))
}

type errorText string

func (e errorText) Error() string { return string(e) }

// describe names the type of a value for messages.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case string:
		return "a text"
	case jsvalue.Function:
		return "a function"
	}
	switch t := jsvalue.TypeOf(v); t {
	case "undefined":
		return "what is undefined"
	case "object":
		return "an object"
	default:
		return "a " + t
	}
}
