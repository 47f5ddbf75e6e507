package jsvalue

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Function is a function of a template or of the user's.
type Function func(args []any) (any, error)

// ToString converts as JavaScript's String(v).
func ToString(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	case undefined:
		return "undefined"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			if x != nil && !IsUndefined(x) {
				parts[i] = ToString(x)
			}
		}
		return strings.Join(parts, ",")
	case Function, *Foreign:
		return "function () { [native code] }"
	}
	if f, ok := Number(v); ok {
		return FormatNumber(f)
	}
	return "[object Object]"
}

// Truthy is JavaScript's Boolean(v).
func Truthy(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	if f, ok := Number(v); ok {
		return f != 0 && f == f
	}
	return true
}

// TypeOf is JavaScript's typeof.
func TypeOf(v any) string {
	switch v.(type) {
	case undefined:
		return "undefined"
	case bool:
		return "boolean"
	case string:
		return "string"
	case Function, *Foreign:
		return "function"
	}
	if _, ok := Number(v); ok {
		return "number"
	}
	return "object"
}

// StrictEqual is JavaScript's ===. Lists and objects are equal only to
// themselves.
func StrictEqual(a, b any) bool {
	if TypeOf(a) != TypeOf(b) {
		return false
	}
	if x, ok := Number(a); ok {
		y, _ := Number(b)
		return x == y
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case undefined:
		return true
	case bool:
		return x == b.(bool)
	case string:
		return x == b.(string)
	case *Object:
		y, ok := b.(*Object)
		return ok && x == y
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && (len(x) == 0 && cap(x) == cap(y) && cap(x) == 0 || len(x) > 0 && &x[0] == &y[0])
	}
	return false
}

// LooseEqual is JavaScript's ==.
func LooseEqual(a, b any) bool {
	ta, tb := kind(a), kind(b)
	switch {
	case ta == "nullish" || tb == "nullish":
		return ta == tb
	case ta == tb:
		return StrictEqual(a, b)
	case ta == "object":
		return tb != "object" && LooseEqual(ToString(a), b)
	case tb == "object":
		return LooseEqual(a, ToString(b))
	}
	return ToNumber(a) == ToNumber(b)
}

func kind(v any) string {
	if v == nil || IsUndefined(v) {
		return "nullish"
	}
	if t := TypeOf(v); t != "function" {
		return t
	}
	return "object"
}

// Compare orders two values as JavaScript's < does: ok is false where neither is
// less nor equal (NaN).
func Compare(a, b any) (order int, ok bool) {
	x, y := primitive(a), primitive(b)
	if s, isText := x.(string); isText {
		if t, both := y.(string); both {
			return compareUnits(s, t), true
		}
	}
	f, g := ToNumber(x), ToNumber(y)
	switch {
	case f < g:
		return -1, true
	case f > g:
		return 1, true
	case f == g:
		return 0, true
	}
	return 0, false
}

// compareUnits orders texts by UTF-16 code units.
func compareUnits(a, b string) int {
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		q, m := utf8.DecodeRuneInString(b)
		if r != q {
			if (r > 0xFFFF) != (q > 0xFFFF) { // a surrogate pair sorts before U+E000
				if r > 0xFFFF {
					r, _ = utf16.EncodeRune(r)
				} else {
					q, _ = utf16.EncodeRune(q)
				}
			}
			return int(r) - int(q)
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

func primitive(v any) any {
	if kind(v) == "object" {
		return ToString(v)
	}
	return v
}

// Add is JavaScript's +.
func Add(a, b any) any {
	x, y := primitive(a), primitive(b)
	s, isText := x.(string)
	t, isText2 := y.(string)
	if isText || isText2 {
		if !isText {
			s = ToString(x)
		}
		if !isText2 {
			t = ToString(y)
		}
		return s + t
	}
	return ToNumber(x) + ToNumber(y)
}

// Length is the number of UTF-16 code units of a text: JavaScript's length.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// Units cuts a text into its UTF-16 code units; half a surrogate pair becomes
// U+FFFD.
func Units(s string) []string {
	out := make([]string, 0, len(s))
	for _, r := range s {
		if r > 0xFFFF {
			out = append(out, "\uFFFD", "\uFFFD")
			continue
		}
		out = append(out, string(r))
	}
	return out
}

// Substring cuts code units [from, to) out of a text. Bounds outside are moved
// inside.
func Substring(s string, from, to int) string {
	if isASCII(s) {
		from, to = max(0, min(from, len(s))), max(0, min(to, len(s)))
		if from >= to {
			return ""
		}
		return s[from:to]
	}
	u := utf16.Encode([]rune(s))
	from, to = max(0, min(from, len(u))), max(0, min(to, len(u)))
	if from >= to {
		return ""
	}
	return string(utf16.Decode(u[from:to]))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// KeysOf lists the keys of an object, in JavaScript's order; a Go map's are
// sorted. ok is false for what is no object.
func KeysOf(v any) (keys []string, ok bool) {
	switch v := v.(type) {
	case *Object:
		return v.Keys(), true
	case map[string]any:
		keys = make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		return keys, true
	}
	return nil, false
}

// Field returns a key of an object of either kind.
func Field(v any, key string) (any, bool) {
	switch v := v.(type) {
	case *Object:
		return v.Get(key)
	case map[string]any:
		x, ok := v[key]
		return x, ok
	}
	return nil, false
}

// Equal compares two values by content; the order of keys does not matter.
func Equal(a, b any) bool {
	if ka, ok := KeysOf(a); ok {
		kb, ok := KeysOf(b)
		if !ok || len(ka) != len(kb) {
			return false
		}
		for _, k := range ka {
			x, _ := Field(a, k)
			y, ok := Field(b, k)
			if !ok || !Equal(x, y) {
				return false
			}
		}
		return true
	}
	if x, ok := a.([]any); ok {
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	}
	return StrictEqual(a, b)
}
