package nunjucks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// fits reports an error for a value whose text would be too long: lists may hold
// the same list many times.
func fits(v any) error {
	left := maxOutput
	if !measure(v, "", "", &left) {
		return errTooLarge
	}
	return nil
}

var errTooLarge = fmt.Errorf("the value is too large to print: %w", ErrLimit)

// measure takes what v needs as a text from left; false = it is used up. Members
// are indented as Stringify does it.
func measure(v any, indent, margin string, left *int) bool {
	*left -= 1 + len(margin)
	if *left <= 0 {
		return false
	}
	switch v := v.(type) {
	case string:
		*left -= len(v)
	case []any:
		for _, x := range v {
			if !measure(x, indent, margin+indent, left) {
				return false
			}
		}
	case *jsvalue.Object, map[string]any:
		keys, _ := jsvalue.KeysOf(v)
		for _, k := range keys {
			*left -= len(k)
			x, _ := jsvalue.Field(v, k)
			if !measure(x, indent, margin+indent, left) {
				return false
			}
		}
	}
	return *left > 0
}

// items is what a filter over a list goes through.
func items(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case string:
		return letters(v)
	}
	return nil, errorText("wants a list, found " + describe(v))
}

// letters are the code units of a text.
func letters(s string) ([]any, error) {
	if len(s) > maxSteps {
		return nil, fmt.Errorf("a text of more than %d letters can't be gone through: %w", maxSteps, ErrLimit)
	}
	return anyList(jsvalue.Units(s)), nil
}

func anyList(texts []string) []any {
	out := make([]any, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}

// arrayLike is what the filters go through that take anything: what has no items
// has none, null and undefined too.
func arrayLike(v any) []any {
	list, err := items(v)
	if err != nil {
		return []any{}
	}
	return list
}

// listOnly is a list, and nothing that is only like one.
func listOnly(v any) ([]any, error) {
	if list, ok := v.([]any); ok {
		return list, nil
	}
	return nil, errorText("wants a list, found " + describe(v))
}

func defaultFilter(v any, args []any) (any, error) {
	if jsvalue.Truthy(argument(args, 1)) && !jsvalue.Truthy(v) || jsvalue.IsUndefined(v) {
		return argument(args, 0), nil
	}
	return v, nil
}

// dumpFilter is JSON.stringify(v, null, spaces).
func dumpFilter(v any, args []any) (any, error) {
	indent := ""
	switch a := argument(args, 0).(type) {
	case string:
		indent = jsvalue.Substring(a, 0, 10)
	default:
		if f, ok := jsvalue.Number(a); ok {
			indent = strings.Repeat(" ", int(max(0, min(10, math.Floor(f)))))
		}
	}
	left := maxOutput
	if !measure(v, indent, "", &left) {
		return nil, errTooLarge
	}
	if s, ok := jsvalue.Stringify(v, indent); ok {
		return s, nil
	}
	return jsvalue.Undefined, nil
}

// loadFilter is promptfoo's own: the value that a JSON text stands for.
func loadFilter(v any, _ []any) (any, error) {
	x, err := jsvalue.Parse(jsvalue.ToString(v))
	if err != nil {
		return nil, fmt.Errorf("the text is no JSON: %w", err)
	}
	return x, nil
}

func firstFilter(v any, _ []any) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, errorText("wants a list, found " + describe(v))
	}
	return member(v, 0.0), nil
}

func lastFilter(v any, _ []any) (any, error) {
	switch l := v.(type) {
	case []any:
		return member(l, float64(len(l)-1)), nil
	case string:
		return member(l, float64(jsvalue.Length(l)-1)), nil
	case nil:
		return nil, errorText("wants a list, found null")
	}
	if jsvalue.IsUndefined(v) {
		return nil, errorText("wants a list, found " + describe(v))
	}
	return jsvalue.Undefined, nil
}

func lengthFilter(v any, _ []any) (any, error) {
	if isEmpty(v) {
		return 0.0, nil
	}
	switch v := v.(type) {
	case string:
		return float64(jsvalue.Length(v)), nil
	case []any:
		return float64(len(v)), nil
	}
	if keys, ok := jsvalue.KeysOf(v); ok {
		return float64(len(keys)), nil
	}
	return jsvalue.Undefined, nil
}

func listFilter(v any, _ []any) (any, error) {
	keys, isObject := jsvalue.KeysOf(v)
	if !isObject {
		l, err := items(v)
		return l, err
	}
	out := make([]any, len(keys))
	for i, k := range keys {
		x, _ := jsvalue.Field(v, k)
		out[i] = jsvalue.NewObject("key", k, "value", x)
	}
	return out, nil
}

func join(list []any, with string) (any, error) {
	if err := fits(list); err != nil {
		return nil, err
	}
	if len(list)*len(with) > maxOutput {
		return nil, fmt.Errorf("the text is too long: %w", ErrLimit)
	}
	parts := make([]string, len(list))
	for i, x := range list {
		if x != nil && !jsvalue.IsUndefined(x) {
			parts[i] = jsvalue.ToString(x)
		}
	}
	return strings.Join(parts, with), nil
}

func joinFilter(v any, args []any) (any, error) {
	list, ok := v.([]any)
	if a := argument(args, 1); jsvalue.Truthy(a) {
		list, ok = pluck(arrayLike(v), a, false), true
	}
	if !ok {
		return nil, errorText("wants a list, found " + describe(v))
	}
	with := ""
	if a := argument(args, 0); jsvalue.Truthy(a) {
		with = jsvalue.ToString(a)
	}
	return join(list, with)
}

// pluck takes one field of each item; a path goes through dots.
func pluck(list []any, field any, path bool) []any {
	out := make([]any, len(list))
	for i, x := range list {
		if !path {
			out[i] = member(x, field)
			continue
		}
		for _, part := range strings.Split(jsvalue.ToString(field), ".") {
			x = member(x, part)
		}
		out[i] = x
	}
	return out
}

func batchFilter(v any, args []any) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, errorText("wants a list, found " + describe(v))
	}
	list := arrayLike(v)
	n := integer(args, 0, 0)
	out, row := []any{}, []any{}
	for i, x := range list {
		if n != 0 && i%n == 0 && len(row) > 0 {
			out, row = append(out, row), []any{}
		}
		row = append(row, x)
	}
	if len(row) == 0 {
		return out, nil
	}
	if fill := argument(args, 1); jsvalue.Truthy(fill) {
		for len(row) < min(n, maxRange) {
			row = append(row, fill)
		}
	}
	return append(out, row), nil
}

func sliceFilter(v any, args []any) (any, error) {
	list, err := items(v)
	if err != nil {
		return nil, err
	}
	whole, isText := v.(string)
	n := integer(args, 0, 0)
	if n <= 0 || n > maxRange {
		return []any{}, nil
	}
	size, extra, offset := len(list)/n, len(list)%n, 0
	out := make([]any, 0, n)
	for i := range n {
		start := offset + i*size
		if i < extra {
			offset++
		}
		if isText {
			out = append(out, jsvalue.Substring(whole, start, offset+(i+1)*size))
			continue
		}
		part := append([]any{}, list[start:offset+(i+1)*size]...)
		if fill := argument(args, 1); jsvalue.Truthy(fill) && i >= extra {
			part = append(part, fill)
		}
		out = append(out, part)
	}
	return out, nil
}

func reverseFilter(v any, _ []any) (any, error) {
	list := slices.Clone(arrayLike(v))
	slices.Reverse(list)
	if _, ok := v.(string); ok {
		return join(list, "")
	}
	return list, nil
}

func sumFilter(v any, args []any) (any, error) {
	list, ok := v.([]any)
	if a := argument(args, 0); jsvalue.Truthy(a) {
		list, ok = pluck(arrayLike(v), a, false), true
	}
	if !ok {
		return nil, errorText("wants a list, found " + describe(v))
	}
	sum := any(0.0)
	for _, x := range list {
		sum = jsvalue.Add(sum, x)
		if s, ok := sum.(string); ok && len(s) > maxOutput {
			return nil, fmt.Errorf("the text is too long: %w", ErrLimit)
		}
	}
	start := argument(args, 1)
	if jsvalue.IsUndefined(start) {
		start = 0.0
	}
	return jsvalue.Add(start, sum), nil
}

func sortFilter(v any, args []any) (any, error) {
	list := slices.Clone(arrayLike(v))
	keys := list
	if a := argument(args, 2); jsvalue.Truthy(a) {
		keys = pluck(list, a, true)
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	reverse, cased := jsvalue.Truthy(argument(args, 0)), jsvalue.Truthy(argument(args, 1))
	slices.SortStableFunc(order, func(i, j int) int {
		c := compareKeys(keys[i], keys[j], cased, strings.ToLower)
		if reverse {
			return -c
		}
		return c
	})
	out := make([]any, len(list))
	for i, from := range order {
		out[i] = list[from]
	}
	return out, nil
}

func compareKeys(a, b any, cased bool, fold func(string) string) int {
	if s, ok := a.(string); ok && !cased {
		if t, ok := b.(string); ok {
			a, b = fold(s), fold(t)
		}
	}
	order, _ := jsvalue.Compare(a, b)
	return order
}

func dictsortFilter(v any, args []any) (any, error) {
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return nil, errorText("wants an object, found " + describe(v))
	}
	by := 0
	switch a := argument(args, 1); {
	case jsvalue.IsUndefined(a) || a == "key":
	case a == "value":
		by = 1
	default:
		return nil, errorText("sorts by key or by value")
	}
	out := make([]any, len(keys))
	for i, k := range keys {
		x, _ := jsvalue.Field(v, k)
		out[i] = []any{k, x}
	}
	cased := jsvalue.Truthy(argument(args, 0))
	slices.SortStableFunc(out, func(a, b any) int {
		return compareKeys(a.([]any)[by], b.([]any)[by], cased, upper)
	})
	return out, nil
}

func groupbyFilter(v any, args []any) (any, error) {
	list := arrayLike(v)
	out := &jsvalue.Object{}
	keys := list
	if a := argument(args, 0); jsvalue.Truthy(a) {
		keys = pluck(list, a, true)
	}
	for i, key := range keys {
		k := jsvalue.ToString(key)
		group, _ := out.Get(k)
		members, _ := group.([]any)
		out.Set(k, append(members, list[i]))
	}
	return out, nil
}

// chosen keeps the items for which a test answers want.
func chosen(v any, args []any, want bool) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, errorText("wants a list, found " + describe(v))
	}
	list := arrayLike(v)
	word := text(args, 0, "truthy")
	test := tests()[word]
	if test == nil {
		return nil, fmt.Errorf("unknown test %q; known: %s", word, knownTests())
	}
	out := []any{}
	for _, x := range list {
		ok, err := test(x, args[min(1, len(args)):])
		if err != nil {
			return nil, err
		}
		if ok == want {
			out = append(out, x)
		}
	}
	return out, nil
}

func selectFilter(v any, args []any) (any, error) { return chosen(v, args, true) }
func rejectFilter(v any, args []any) (any, error) { return chosen(v, args, false) }

func chosenBy(v any, args []any, want bool) (any, error) {
	list, err := listOnly(v)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for i, x := range pluck(list, argument(args, 0), false) {
		if jsvalue.Truthy(x) == want {
			out = append(out, list[i])
		}
	}
	return out, nil
}

func selectattrFilter(v any, args []any) (any, error) { return chosenBy(v, args, true) }
func rejectattrFilter(v any, args []any) (any, error) { return chosenBy(v, args, false) }
