package assertions

import (
	"strings"
	"unicode"
)

// matchesName reports whether a name fits a pattern with * for any characters
// and ? for one, without regard to case. Neither stands for a line end.
func matchesName(name, pattern string) bool {
	n, p := []rune(foldRunes(name)), []rune(foldRunes(pattern))
	star, back := -1, 0
	i, j := 0, 0
	for i < len(n) {
		switch {
		case j < len(p) && p[j] == '*':
			star, back = j, i
			j++
		case j < len(p) && (p[j] == '?' && !lineEnd(n[i]) || p[j] == n[i] && p[j] != '?'):
			i, j = i+1, j+1
		case star >= 0 && !lineEnd(n[back]):
			back++
			i, j = back, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '*' {
		j++
	}
	return j == len(p)
}

func lineEnd(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }

// foldRunes maps letters of either case alike, one by one.
func foldRunes(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}
