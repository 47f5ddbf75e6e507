package validators

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize brings texts that people take for equal to one form, in this order:
//
//  1. Unicode NFC and full case folding (so "ß" is "ss"); a byte that is not
//     UTF-8 reads as U+FFFD;
//  2. white space at the ends goes, every other run of it becomes one blank;
//  3. one final full stop ("." or "。", not of "..") and one pair of surrounding
//     quotation marks go, whichever of the two is outside.
//
// The accents of a letter, other punctuation and inner quotation marks stay.
func Normalize(s string) string {
	if isPlain(s) {
		return s
	}
	return undress(collapse(fold(s)))
}

// isPlain recognises without allocation what most labels look like.
func isPlain(s string) bool {
	gap := true // at the start a blank is one too many
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '-':
			gap = false
		case c == ' ' && !gap:
			gap = true
		default:
			return false
		}
	}
	return !gap
}

// fold makes texts comparable without regard to case (Unicode canonical
// caseless matching, in NFC).
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return nfc(cases.Fold().String(nfc(s)))
}

// nfc composes; it returns s itself when there is nothing to do.
func nfc(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// collapse brings white space to single blanks between words.
func collapse(s string) string {
	if isCollapsed(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isCollapsed recognises ASCII text that collapse would not change.
func isCollapsed(s string) bool {
	gap := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && gap, c < ' ', c >= utf8.RuneSelf:
			return false
		default:
			gap = c == ' '
		}
	}
	return !gap
}

// undress takes off a final full stop and a pair of quotation marks.
func undress(s string) string {
	bare, stopped := trimStop(s)
	bare = trimQuotes(bare)
	if !stopped {
		bare, _ = trimStop(bare)
	}
	return bare
}

func trimStop(s string) (string, bool) {
	for _, stop := range [...]string{".", "。"} {
		if bare, ok := strings.CutSuffix(s, stop); ok && bare != "" && !strings.HasSuffix(bare, stop) {
			return strings.TrimRight(bare, " "), true
		}
	}
	return s, false
}

func trimQuotes(s string) string {
	for _, pair := range [...][2]string{
		{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"‘", "’"}, {"«", "»"}, {"»", "«"}, {"‹", "›"}, {"「", "」"},
	} {
		if len(s) < len(pair[0])+len(pair[1]) || !strings.HasPrefix(s, pair[0]) || !strings.HasSuffix(s, pair[1]) {
			continue
		}
		bare := s[len(pair[0]) : len(s)-len(pair[1])]
		if !strings.Contains(bare, pair[1]) { // `"a" or "b"` is not one quotation
			return strings.TrimSpace(bare)
		}
	}
	return s
}
