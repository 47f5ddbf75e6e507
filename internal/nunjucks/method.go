package nunjucks

import (
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// method is a function of JavaScript's own types.
type method func(of any, args []any) (any, error)

// findMethod looks a function up in the table of its type; nil when there is none.
func findMethod(of any, id string) method {
	switch of.(type) {
	case string:
		return textMethods()[id]
	case []any:
		return listMethods()[id]
	}
	if _, ok := jsvalue.Number(of); ok {
		switch id {
		case "toFixed":
			return func(of any, args []any) (any, error) {
				f, _ := jsvalue.Number(of)
				return jsvalue.ToFixed(f, integer(args, 0, 0)), nil
			}
		}
	}
	if id == "toString" && of != nil && !jsvalue.IsUndefined(of) {
		return func(of any, _ []any) (any, error) { return jsvalue.ToString(of), nil }
	}
	return nil
}

func text(args []any, i int, absent string) string {
	if i >= len(args) || jsvalue.IsUndefined(args[i]) {
		return absent
	}
	return jsvalue.ToString(args[i])
}

// integer is an argument as a whole number, cut to what fits.
func integer(args []any, i, absent int) int {
	if i >= len(args) || jsvalue.IsUndefined(args[i]) {
		return absent
	}
	f := jsvalue.ToNumber(args[i])
	if math.IsNaN(f) {
		return 0
	}
	return int(max(-1<<30, min(1<<30, math.Trunc(f))))
}

// between resolves the bounds of slice: negative ones count from the end.
func between(args []any, n int) (int, int) {
	from, to := integer(args, 0, 0), integer(args, 1, n)
	if from < 0 {
		from = max(0, n+from)
	}
	if to < 0 {
		to = max(0, n+to)
	}
	return min(from, n), min(to, n)
}

func textMethods() map[string]method {
	onText := func(f func(s string, args []any) any) method {
		return func(of any, args []any) (any, error) { return f(of.(string), args), nil }
	}
	return map[string]method{
		"toUpperCase": onText(func(s string, _ []any) any { return upper(s) }),
		"toLowerCase": onText(func(s string, _ []any) any { return strings.ToLower(s) }),
		"trim":        onText(func(s string, _ []any) any { return jsvalue.Trim(s) }),
		"toString":    onText(func(s string, _ []any) any { return s }),
		"includes":    onText(func(s string, a []any) any { return strings.Contains(s, text(a, 0, "undefined")) }),
		"startsWith":  onText(func(s string, a []any) any { return strings.HasPrefix(s, text(a, 0, "undefined")) }),
		"endsWith":    onText(func(s string, a []any) any { return strings.HasSuffix(s, text(a, 0, "undefined")) }),
		"charAt": onText(func(s string, a []any) any {
			i := integer(a, 0, 0)
			return jsvalue.Substring(s, i, i+1)
		}),
		"indexOf": onText(func(s string, a []any) any {
			i := strings.Index(s, text(a, 0, "undefined"))
			if i < 0 {
				return -1.0
			}
			return float64(jsvalue.Length(s[:i]))
		}),
		"slice": onText(func(s string, a []any) any {
			from, to := between(a, jsvalue.Length(s))
			return jsvalue.Substring(s, from, to)
		}),
		"substring": onText(func(s string, a []any) any {
			n := jsvalue.Length(s)
			from, to := max(0, min(n, integer(a, 0, 0))), max(0, min(n, integer(a, 1, n)))
			return jsvalue.Substring(s, min(from, to), max(from, to))
		}),
		"split": splitText,
		"concat": onText(func(s string, a []any) any {
			for i := range a {
				s += text(a, i, "")
			}
			return s
		}),
		"replace": onText(func(s string, a []any) any {
			return strings.Replace(s, text(a, 0, "undefined"), text(a, 1, "undefined"), 1)
		}),
		"replaceAll": replaceAll,
		"repeat": func(of any, a []any) (any, error) {
			s, n := of.(string), integer(a, 0, 0)
			if n < 0 || n*len(s) > maxOutput {
				return nil, errorText("repeat: the number is negative or too large")
			}
			return strings.Repeat(s, n), nil
		},
	}
}

func splitText(of any, a []any) (any, error) {
	s := of.(string)
	if len(a) == 0 || jsvalue.IsUndefined(a[0]) {
		return []any{s}, nil
	}
	sep := text(a, 0, "")
	if strings.Count(s, sep) > maxSteps {
		return nil, fmt.Errorf("a text of more than %d parts can't be split: %w", maxSteps, ErrLimit)
	}
	out := anyList(strings.Split(s, sep))
	if sep == "" {
		out = anyList(jsvalue.Units(s))
	}
	if limit := integer(a, 1, len(out)); limit >= 0 && limit < len(out) {
		out = out[:limit]
	}
	return out, nil
}

func replaceAll(of any, a []any) (any, error) {
	s, old, with := of.(string), text(a, 0, "undefined"), text(a, 1, "undefined")
	if (strings.Count(s, old)+1)*len(with)+len(s) > maxOutput {
		return nil, errorText("replaceAll: the text grows too long")
	}
	return strings.ReplaceAll(s, old, with), nil
}

func listMethods() map[string]method {
	return map[string]method{
		"join": func(of any, a []any) (any, error) { return join(of.([]any), text(a, 0, ",")) },
		"slice": func(of any, a []any) (any, error) {
			l := of.([]any)
			from, to := between(a, len(l))
			return append([]any{}, l[from:max(from, to)]...), nil
		},
		"includes": func(of any, a []any) (any, error) { return listIndex(of.([]any), a) >= 0, nil },
		"indexOf":  func(of any, a []any) (any, error) { return float64(listIndex(of.([]any), a)), nil },
		"concat": func(of any, a []any) (any, error) {
			out := append([]any{}, of.([]any)...)
			for _, x := range a {
				if l, ok := x.([]any); ok {
					out = append(out, l...)
				} else {
					out = append(out, x)
				}
			}
			if len(out) > maxRange {
				return nil, errorText("concat: the list grows too long")
			}
			return out, nil
		},
		"toString": func(of any, _ []any) (any, error) { return join(of.([]any), ",") },
	}
}

func listIndex(l []any, a []any) int {
	var want any = jsvalue.Undefined
	if len(a) > 0 {
		want = a[0]
	}
	for i, x := range l {
		if jsvalue.StrictEqual(x, want) {
			return i
		}
	}
	return -1
}
