package validators

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// shownRunes bounds what of an output or a value appears in a reason.
const shownRunes = 200

// cut returns at most n runes of s, and whether that left something out.
func cut(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for i := range s {
		if n == 0 {
			return s[:i], true
		}
		n--
	}
	return s, false
}

// quote shows a text of any length and content safely on one line.
func quote(s string) string {
	s, more := cut(s, shownRunes)
	s = strconv.Quote(s)
	if more {
		s += "…"
	}
	return s
}

// clean is quote without the quotation marks.
func clean(s string) string {
	s, more := cut(s, shownRunes)
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		escaped := strconv.QuoteRune(r)
		b.WriteString(escaped[1 : len(escaped)-1])
	}
	if more {
		b.WriteString("…")
	}
	return b.String()
}

// show is a JSON value on one line.
func show(v any) string {
	if s, ok := v.(string); ok {
		return quote(s)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return clean(fmt.Sprint(v))
	}
	return clean(string(text))
}
