package validators

import (
	"strconv"
	"strings"
)

// decimal is a decimal number in a form that is the same for equal values:
// ±digits × 10^exp, digits without zeros at either end. Zero is the zero value.
type decimal struct {
	negative bool
	digits   string
	exp      int64
}

// parseDecimal reads a JSON number, exactly and in time linear in its length,
// whatever its exponent. ok is false when the exponent itself is absurd.
func parseDecimal(n string) (d decimal, ok bool) {
	n, d.negative = strings.CutPrefix(n, "-")
	if i := strings.IndexAny(n, "eE"); i >= 0 {
		exp, err := strconv.ParseInt(n[i+1:], 10, 32)
		if err != nil {
			return decimal{}, false
		}
		n, d.exp = n[:i], exp
	}
	whole, fraction, _ := strings.Cut(n, ".")
	d.exp -= int64(len(fraction))
	d.digits = strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(d.digits, "0")
	d.exp += int64(len(d.digits) - len(trimmed))
	d.digits = trimmed
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

// sameNumber compares JSON numbers by value: 1, 1.0 and 10e-1 are the same,
// 9007199254740993 and 9007199254740992 are not.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := parseDecimal(a)
	if !ok {
		return false
	}
	y, ok := parseDecimal(b)
	return ok && x == y
}

// modest says that arithmetic on the number is cheap.
func modest(n string) bool {
	d, ok := parseDecimal(n)
	return ok && len(n) <= 400 && -400 <= d.exp && d.exp <= 400
}
