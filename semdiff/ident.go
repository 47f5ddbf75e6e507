package semdiff

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// identLength is the length of an identifier, path, address, date, version or
// pattern at the beginning of s: what is compared letter by letter; 0 if there
// is none.
func identLength(s string, before rune) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if unicode.IsSpace(r) || strings.ContainsRune(`"“”‘’`+"`"+`,;()<>{}|*`, r) || r == markOpen || r == '…' || r == '—' || r == '–' {
			break
		}
		n += size
	}
	if n < len(s) && (s[0] == '^' || s[0] == '\\' || strings.HasPrefix(s, "[") && n < len(s) && s[n] == '{') {
		return patternLength(s)
	}
	word := strings.TrimRight(s[:n], ".!?:'])")
	if before == '_' {
		word = strings.TrimRight(word, "_") // emphasis ends here
	}
	if bare := strings.TrimRight(word, "_"); !strings.Contains(bare, "_") {
		word = bare // the end of emphasis
	}
	if len(word) < 2 || isWordRune(before) {
		return 0
	}
	if isPattern(word) {
		return patternLength(s)
	}
	if isIdent(word) {
		return len(word)
	}
	return 0
}

// patternLength is the length of what looks like a regular expression, with
// the brackets that belong to it.
func patternLength(s string) int {
	depth, n := 0, 0
	for n < len(s) {
		c := s[n]
		switch {
		case c == '\\' && n+1 < len(s):
			n++
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth < 0 {
				return n
			}
		case depth == 0 && (c == ',' || c == ';') || c == ' ' || c == '\n' || c == '\t':
			return len(strings.TrimRight(s[:n], ".:"))
		}
		n++
	}
	return len(strings.TrimRight(s[:min(n, len(s))], ".:"))
}

func isPattern(w string) bool {
	return w[0] == '^' && len(w) > 1 || strings.Contains(w, `\d`) || strings.Contains(w, `\w`) || strings.Contains(w, `\s`) ||
		strings.Contains(w, "[A-Z]") || strings.Contains(w, "[a-z]") || strings.Contains(w, "[0-9]")
}

// isIdent tells an identifier from a word: an underscore inside, a capital
// after a small letter at the beginning, letters mixed with digits, the dots of
// a path, the signs of an address.
func isIdent(w string) bool {
	first, _ := utf8.DecodeRuneInString(w)
	if !isWordRune(first) && !strings.ContainsRune("/.#@-", first) {
		return false
	}
	var letters, digits, under, dots, slashes, camel int
	prev := ' '
	for _, r := range w {
		switch {
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) && unicode.IsLower(prev) {
				camel++
			}
		case unicode.IsDigit(r):
			digits++
		case r == '_' && isWordRune(prev):
			under++
		case r == '.':
			dots++
		case r == '/':
			slashes++
		}
		prev = r
	}
	last := prev
	switch {
	case !isWordRune(last) && !strings.ContainsRune("/$%+#=_", last):
		return false
	case strings.Contains(w, "://") || strings.HasPrefix(w, "www.") || strings.HasPrefix(w, "--") && letters > 0:
		return true
	case strings.Contains(w, "@") && dots > 0:
		return true
	case under > 0 && letters > 0, camel > 0 && unicode.IsLower(first):
		return true
	case slashes > 0 && (first == '/' || first == '.' || dots > 0 && letters > 0 || slashes > 1 && digits == 0):
		return true
	case dots > 1 && digits > 0 && letters == 0, digits >= 4 && strings.Count(w, "-") == 2, digits >= 4 && slashes == 2:
		return true // versions and dates
	case first == '#' && letters+digits == len(w)-1 && digits > 0:
		return true
	case dots > 0 && letters > 2 && fileLike(w):
		return true
	}
	return digits > 0 && letters > 0 && mixed(w)
}

// mixed reports whether letters come before digits, or between them, as in A4,
// gpt-4o or s3: not 2s or 10MB, which are quantities.
func mixed(w string) bool {
	i := strings.IndexFunc(w, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != ',' })
	if i == 0 {
		return !strings.ContainsAny(w, "'’") && !strings.Contains(w, "/")
	}
	return strings.ContainsFunc(w[i:], unicode.IsDigit) && !strings.ContainsAny(w, "-:–/")
}

func fileLike(w string) bool {
	i := strings.LastIndexByte(w, '.')
	end := w[i+1:]
	if i == 0 || end == "" || len(end) > 6 {
		return false
	}
	for _, r := range end {
		if !unicode.IsLower(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return w[:i] != "e" && w[:i] != "i" && w[:i] != "a" && w[:i] != "p" && !strings.Contains(w, "..")
}
