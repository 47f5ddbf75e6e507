package assertions

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lower is JavaScript's toLowerCase: Go's, but for a capital sigma at the end of
// a word and a capital I with a dot.
func lower(s string) string {
	if !strings.ContainsAny(s, "Σİ") {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == 'İ':
			b.WriteString("i\u0307")
		case r == 'Σ' && finalSigma(s, i):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// finalSigma is Unicode's Final_Sigma: a cased letter stands before, none after,
// marks and the like aside.
func finalSigma(s string, at int) bool {
	before := s[:at]
	found := false
	for before != "" {
		r, n := utf8.DecodeLastRuneInString(before)
		before = before[:len(before)-n]
		if !ignorable(r) {
			found = cased(r)
			break
		}
	}
	if !found {
		return false
	}
	for _, r := range s[at+len("Σ"):] {
		if !ignorable(r) {
			return !cased(r)
		}
	}
	return true
}

func cased(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)
}

func ignorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·՟״‘’․‧", r)
}
