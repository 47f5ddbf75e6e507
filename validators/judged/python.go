package judged

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// What follows treats values as Python does, as far as scores depend on it.

// blankRune is Python's idea of white space.
func blankRune(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func trim(s string) string { return strings.TrimFunc(s, blankRune) }

// lower differs from strings.ToLower in one letter that becomes two.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i\u0307"))
}

// falsy is what counts as nothing in a condition.
func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case number:
		return v.float == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// length is len(); ok is false for what has none.
func length(v any) (n int, ok bool) {
	switch v := v.(type) {
	case string:
		return len([]rune(v)), true
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	}
	return 0, false
}

// item is v[i]; ok is false where Python raises.
func item(v any, i int) (any, bool) {
	switch v := v.(type) {
	case string:
		if r := []rune(v); i < len(r) {
			return string(r[i]), true
		}
	case []any:
		if i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// joinable says whether the items can be joined to one text.
func joinable(v any) bool {
	switch v := v.(type) {
	case string, map[string]any:
		return true
	case []any:
		for _, x := range v {
			if _, ok := x.(string); !ok {
				return false
			}
		}
		return true
	}
	return false
}

// iterable says whether a loop over it is possible.
func iterable(v any) bool {
	_, ok := length(v)
	return ok
}

// toFloat is float(v).
func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case number:
		return v.float, !(v.whole() && math.IsInf(v.float, 0))
	case float64:
		return v, true
	case string:
		return parseFloat(v)
	}
	return 0, false
}

// parseFloat reads what Python's float() reads: blanks around, single
// underscores between digits, names of infinity, digits of any script.
func parseFloat(s string) (float64, bool) {
	s, ok := plainDigits(trim(s))
	if !ok || strings.ContainsAny(s, "xXpP") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// plainDigits takes out underscores that stand between digits.
func plainDigits(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	runes := []rune(s)
	for i, r := range runes {
		if d, ok := digit(r); ok {
			b = append(b, '0'+byte(d))
			continue
		}
		if r == '_' {
			if i == 0 || i == len(runes)-1 {
				return "", false
			}
			_, before := digit(runes[i-1])
			_, after := digit(runes[i+1])
			if !before || !after {
				return "", false
			}
			continue
		}
		if r > unicode.MaxASCII {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// toInt is int(v): towards zero; the result is a float64 without a fraction.
func toInt(v any) (float64, bool) {
	if s, ok := v.(string); ok {
		plain, ok := plainDigits(trim(s))
		digits := strings.TrimLeft(plain, "+-")
		if !ok || len(plain)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789") != "" {
			return 0, false
		}
		f, err := strconv.ParseFloat(plain, 64)
		return f, err == nil
	}
	f, ok := toFloat(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, false
	}
	return math.Trunc(f), true
}

// written is str(v) for what a score may be; "" for anything else.
func written(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	case nil:
		return "None"
	case number:
		if v.whole() {
			if t := strings.TrimLeft(v.text, "-"); t == "0" {
				return "0"
			}
			return v.text
		}
		return repr(v.float)
	case float64:
		return repr(v)
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = written(x)
			if text, ok := x.(string); ok {
				items[i] = "'" + text + "'"
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
	}
	return ""
}

// repr writes a float as Python does: the shortest digits that read back, with
// a fraction, and an exponent below 1e-4 and from 1e16.
func repr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// digit is the value of a decimal digit of any script.
func digit(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	if r <= unicode.MaxASCII {
		return 0, false
	}
	// Each script's digits stand in a row of ten.
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	return 0, false
}

// equal compares JSON values by value: 1, 1.0 and true are the same.
func equal(a, b any) bool {
	if x, ok := numeric(a); ok {
		y, ok := numeric(b)
		return ok && x == y
	}
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, ok := y[k]
			if !ok || !equal(v, w) {
				return false
			}
		}
		return true
	}
	return a == b
}

func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case bool:
		return toFloat(v)
	case float64:
		return v, true
	case int:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case number:
		return v.float, true
	}
	return 0, false
}

// shown is a text on one line, bounded, for messages.
func shown(s string) string {
	const most = 80
	if len(s) > 4*most {
		s = strings.ToValidUTF8(s[:4*most], "")
	}
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// lesser is min(a, b), which is a where one of them is NaN.
func lesser(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}
