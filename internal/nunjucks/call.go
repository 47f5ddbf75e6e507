package nunjucks

import (
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

type call struct {
	pos
	callee   expr
	args     []expr
	keywords *object
}

func (c *call) eval(s *state) (any, error) {
	if err := s.step(c.pos); err != nil {
		return nil, err
	}
	if l, ok := c.callee.(*lookup); ok {
		return c.method(s, l)
	}
	f, args, keywords, err := c.prepare(s)
	if err != nil {
		return nil, err
	}
	return c.apply(s, f, args, keywords)
}

func (c *call) prepare(s *state) (f any, args []any, keywords map[string]any, err error) {
	if f, err = c.callee.eval(s); err != nil {
		return nil, nil, nil, err
	}
	args, keywords, err = evalArgs(s, c.args, c.keywords)
	return f, args, keywords, err
}

func evalArgs(s *state, list []expr, named *object) (args []any, keywords map[string]any, err error) {
	args = make([]any, len(list), len(list)+1)
	for i, x := range list {
		if args[i], err = x.eval(s); err != nil {
			return nil, nil, err
		}
	}
	if named == nil {
		return args, nil, nil
	}
	keywords = make(map[string]any, len(named.keys))
	for i, k := range named.keys {
		if keywords[k], err = named.values[i].eval(s); err != nil {
			return nil, nil, err
		}
	}
	return args, keywords, nil
}

func (c *call) apply(s *state, f any, args []any, keywords map[string]any) (any, error) {
	switch f := f.(type) {
	case *invocable:
		return f.invoke(s, args, keywords)
	case jsvalue.Function:
		v, err := f(args)
		return v, c.wrap(err)
	}
	what := "it"
	if n, ok := c.callee.(*name); ok {
		what = fmt.Sprintf("%q", n.id)
	}
	return nil, c.errorf("%s can't be called: it is %s", what, describe(f))
}

// method calls a function of an object, a text, a list or a number.
func (c *call) method(s *state, l *lookup) (any, error) {
	of, err := l.of.eval(s)
	if err != nil {
		return nil, err
	}
	key, err := l.key.eval(s)
	if err != nil {
		return nil, err
	}
	args, keywords, err := evalArgs(s, c.args, c.keywords)
	if err != nil {
		return nil, err
	}
	if err := s.bounded(append([]any{of, key}, args...)...); err != nil {
		return nil, c.wrap(err)
	}
	id := jsvalue.ToString(key)
	if f := member(of, key); !jsvalue.IsUndefined(f) {
		return c.apply(s, f, args, keywords)
	}
	m := findMethod(of, id)
	if m == nil {
		return nil, c.errorf("%s has no function %q that can be called in a template", describe(of), id)
	}
	v, err := m(of, args)
	if err != nil {
		return nil, c.wrap(err)
	}
	return s.sized(c.pos, v)
}

// fielder is a value with fields that is no object of the user's.
type fielder interface{ field(key string) any }

// member is of[key]: undefined where there is nothing.
func member(of, key any) any {
	switch of := of.(type) {
	case *jsvalue.Object, map[string]any:
		if v, ok := jsvalue.Field(of, jsvalue.ToString(key)); ok {
			return v
		}
	case map[string]string:
		if v, ok := of[jsvalue.ToString(key)]; ok {
			return v
		}
	case []any:
		if i, ok := index(key, len(of)); ok {
			return of[i]
		}
		if key == "length" {
			return float64(len(of))
		}
	case string:
		if key == "length" {
			return float64(jsvalue.Length(of))
		}
		if i, ok := index(key, len(of)); ok {
			if unit := jsvalue.Substring(of, i, i+1); unit != "" {
				return unit
			}
		}
	case fielder:
		return of.field(jsvalue.ToString(key))
	}
	return jsvalue.Undefined
}

// index reads a key as a place in a list.
func index(key any, n int) (int, bool) {
	f, ok := jsvalue.Number(key)
	if !ok {
		text, isText := key.(string)
		if !isText || text == "" || text[0] < '0' || text[0] > '9' {
			return 0, false
		}
		f = jsvalue.ToNumber(text)
		if jsvalue.FormatNumber(f) != text {
			return 0, false
		}
	}
	if f != math.Trunc(f) || f < 0 || f >= float64(n) {
		return 0, false
	}
	return int(f), true
}

const maxRange = 1_000_000

// rangeOf is range([start,] stop [, step]).
func rangeOf(args []any) (any, error) {
	start, stop, step := 0.0, 0.0, 1.0
	switch len(args) {
	case 0:
	case 1:
		stop = jsvalue.ToNumber(args[0])
	default:
		start, stop = jsvalue.ToNumber(args[0]), jsvalue.ToNumber(args[1])
		if len(args) > 2 && jsvalue.Truthy(args[2]) {
			step = jsvalue.ToNumber(args[2])
		}
	}
	out := []any{}
	for x := start; step > 0 && x < stop || step < 0 && x > stop; x += step {
		if len(out) >= maxRange {
			return nil, fmt.Errorf("range has more than %d numbers: %w", maxRange, ErrLimit)
		}
		out = append(out, x)
	}
	return out, nil
}
