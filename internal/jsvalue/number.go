package jsvalue

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Number returns v as a float64 when it is a number of any Go kind.
func Number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case int32:
		return float64(v), true
	case float32:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// FormatNumber prints a number as JavaScript does (ECMA-262, Number::toString).
func FormatNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	if a := math.Abs(f); a >= 1e21 || a < 1e-6 {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		sign, digits := exponent[:1], strings.TrimLeft(exponent[1:], "0")
		return mantissa + "e" + sign + digits
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// ToNumber converts as JavaScript's Number(v): NaN for what is no number.
func ToNumber(v any) float64 {
	if f, ok := Number(v); ok {
		return f
	}
	switch v := v.(type) {
	case nil:
		return 0
	case undefined:
		return math.NaN()
	case bool:
		if v {
			return 1
		}
		return 0
	case string:
		return parseNumber(v)
	}
	return parseNumber(ToString(v))
}

func parseNumber(s string) float64 {
	s = Trim(s)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		for prefix, base := range map[string]int{"0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2} {
			if rest, ok := strings.CutPrefix(s, prefix); ok {
				n, err := strconv.ParseUint(rest, base, 64)
				if err != nil {
					return math.NaN()
				}
				return float64(n)
			}
		}
	}
	switch s {
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return math.NaN()
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// ParseInt is JavaScript's parseInt: the number that a text begins with.
func ParseInt(s string, base int) float64 {
	s = Trim(s)
	sign := 1.0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if (base == 16 || base == 0) && len(s) >= 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s, base = s[2:], 16
	}
	if base == 0 {
		base = 10
	}
	if base < 2 || base > 36 {
		return math.NaN()
	}
	end, n := 0, 0.0
	for ; end < len(s); end++ {
		d := digit(s[end])
		if d >= base {
			break
		}
		n = n*float64(base) + float64(d)
	}
	if end == 0 {
		return math.NaN()
	}
	if base == 10 { // exact for long ones
		n, _ = strconv.ParseFloat(s[:end], 64)
	}
	return sign * n
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 99
}

// ParseFloat is JavaScript's parseFloat: the decimal number that a text begins with.
func ParseFloat(s string) float64 {
	s = Trim(s)
	for _, word := range []string{"Infinity", "+Infinity", "-Infinity"} {
		if strings.HasPrefix(s, word) {
			return parseNumber(word)
		}
	}
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := func() (n int) {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
			n++
		}
		return n
	}
	n := digits()
	if i < len(s) && s[i] == '.' {
		i++
		m := digits()
		if n+m == 0 {
			return math.NaN()
		}
		n += m
	}
	if n == 0 {
		return math.NaN()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		at := i
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if digits() == 0 {
			i = at
		}
	}
	f, _ := strconv.ParseFloat(s[:i], 64)
	return f
}

// Trim removes what JavaScript takes for blanks and line ends at both ends.
func Trim(s string) string { return strings.TrimFunc(s, IsSpace) }

// IsSpace reports JavaScript's \s.
func IsSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// ToFixed rounds the exact value half up, to a number of digits, as
// JavaScript's toFixed does; Go rounds the exact
// value half to even, which
// differs only where the value is exactly halfway.
func ToFixed(f float64, digits int) string {
	if math.Abs(f) >= 1e21 || math.IsNaN(f) {
		return FormatNumber(f)
	}
	digits = max(0, min(100, digits))
	s := strconv.FormatFloat(f, 'f', digits, 64)
	exact := strconv.FormatFloat(math.Abs(f), 'f', 1100, 64)
	point := strings.IndexByte(exact, '.')
	rest := strings.TrimRight(exact[point+1+digits:], "0")
	if rest == "5" { // halfway: away from zero
		up := math.Nextafter(f, math.Copysign(math.Inf(1), f))
		s = strconv.FormatFloat(up, 'f', digits, 64)
	}
	return s
}
