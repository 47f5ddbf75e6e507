package script

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// errSets is for what only the flag v has.
var errSets = errors.New("a regular expression with sets (flag v)")

func onlyUnicode(pattern string) error {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
			if i < len(pattern) && pattern[i] == 'q' {
				return errSets
			}
		case '[':
			if depth++; depth > 1 {
				return errSets
			}
		case ']':
			depth--
		}
	}
	for _, set := range []string{"--", "&&"} {
		if strings.Contains(pattern, set) {
			return errSets
		}
	}
	return nil
}

type runes struct{ lo, hi rune }

func writeRanges(b *strings.Builder, ranges []runes, inClass bool) {
	if !inClass {
		b.WriteByte('[')
	}
	for _, r := range ranges {
		fmt.Fprintf(b, `\u{%x}`, r.lo)
		if r.hi > r.lo {
			fmt.Fprintf(b, `-\u{%x}`, r.hi)
		}
	}
	if !inClass {
		b.WriteByte(']')
	}
}

func complement(in []runes) (out []runes) {
	next := rune(0)
	for _, r := range in {
		if r.lo > next {
			out = append(out, runes{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, runes{next, unicode.MaxRune})
	}
	return out
}

// property are the sorted ranges of a property: a general category, a script,
// or a binary property that Go or emojiRanges have.
func property(name string) ([]runes, bool) {
	if kind, value, ok := strings.Cut(name, "="); ok {
		switch kind {
		case "Script", "sc":
			t := unicode.Scripts[value]
			return tables(t), t != nil
		case "General_Category", "gc":
			t := category(value)
			return tables(t), t != nil
		}
		return nil, false // Script_Extensions has no table
	}
	if t := category(name); t != nil {
		return tables(t), true
	}
	switch name {
	case "Any":
		return []runes{{0, unicode.MaxRune}}, true
	case "ASCII":
		return []runes{{0, 127}}, true
	case "Alphabetic", "Alpha":
		return tables(unicode.L, unicode.Nl, unicode.Other_Alphabetic), true
	case "Uppercase", "Upper":
		return tables(unicode.Lu, unicode.Other_Uppercase), true
	case "Lowercase", "Lower":
		return tables(unicode.Ll, unicode.Other_Lowercase), true
	}
	if t := unicode.Properties[name]; t != nil && !strings.HasPrefix(name, "Other_") {
		return tables(t), true
	}
	text := emojiRanges(name)
	return parseRanges(text), text != ""
}

func category(name string) *unicode.RangeTable {
	if long, ok := unicode.CategoryAliases[name]; ok {
		name = long
	}
	return unicode.Categories[name]
}

// tables are the merged ranges of some tables.
func tables(ts ...*unicode.RangeTable) (out []runes) {
	for _, t := range ts {
		if t == nil {
			return nil
		}
		for _, r := range t.R16 {
			out = appendRange(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			out = appendRange(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(out, func(a, b runes) int { return int(a.lo - b.lo) })
	merged := out[:0]
	for _, r := range out {
		if n := len(merged); n > 0 && r.lo <= merged[n-1].hi+1 {
			merged[n-1].hi = max(merged[n-1].hi, r.hi)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

func appendRange(out []runes, lo, hi, stride rune) []runes {
	if stride == 1 {
		return append(out, runes{lo, hi})
	}
	for r := lo; r <= hi; r += stride {
		out = append(out, runes{r, r})
	}
	return out
}

func parseRanges(text string) (out []runes) {
	for field := range strings.FieldsSeq(text) {
		lo, hi, ok := strings.Cut(field, "-")
		if !ok {
			hi = lo
		}
		a, _ := strconv.ParseInt(lo, 16, 32)
		z, _ := strconv.ParseInt(hi, 16, 32)
		out = append(out, runes{rune(a), rune(z)})
	}
	return out
}
