package script

import (
	"strings"
	"unicode/utf8"
)

const (
	maxPattern   = 500       // bytes of a pattern that runs here
	maxPlainText = 256 << 10 // bytes of a text that is matched here
	maxRepeat    = 100
	maxNesting   = 20
)

// plainText reports whether a text is the same in UTF-8 and in JavaScript's
// UTF-16: valid, and without characters of two units.
func plainText(text string) bool {
	if len(text) > maxPlainText || !utf8.ValidString(text) {
		return false
	}
	for i := range len(text) {
		if text[i] >= 0xf0 {
			return false
		}
	}
	return true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// translator writes a pattern of JavaScript for Go's engine, as long as it
// holds nothing but what is known to be equal: plain characters, classes,
// groups, alternatives, repetitions and the simple assertions. What it doesn't
// know is left to JavaScript, and so is every error.
type translator struct {
	rest   string
	out    strings.Builder
	fold   bool
	inner  bool // a group folds
	dotAll bool
	depth  int
}

const (
	jsSpaces   = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	notLineEnd = `[^\n\r\x{2028}\x{2029}]`
)

func (t *translator) translate() (string, bool) {
	if len(t.rest) > maxPattern || !plainText(t.rest) || t.fold && !isASCII(t.rest) {
		return "", false
	}
	if !t.alternatives() || t.rest != "" {
		return "", false
	}
	return t.out.String(), true
}

// alternatives reads up to the end or the closing parenthesis.
func (t *translator) alternatives() bool {
	for t.rest != "" && t.rest[0] != ')' {
		if t.rest[0] == '|' {
			t.out.WriteByte('|')
			t.rest = t.rest[1:]
			continue
		}
		repeatable, ok := t.term()
		if !ok || !t.repetition(repeatable) {
			return false
		}
	}
	return true
}

// term reads one character, class, group or assertion.
func (t *translator) term() (repeatable, ok bool) {
	c := t.rest[0]
	switch {
	case c == '^':
		return false, t.take(1, `\A`)
	case c == '$':
		return false, t.take(1, `\z`)
	case c == '.' && t.dotAll:
		return true, t.take(1, `(?s:.)`)
	case c == '.':
		return true, t.take(1, notLineEnd)
	case c == '(':
		return true, t.group()
	case c == '[':
		return true, t.class()
	case c == '\\':
		return t.escape()
	case strings.IndexByte("*+?{}])", c) >= 0:
		return false, false
	}
	_, size := utf8.DecodeRuneInString(t.rest)
	return true, t.take(size, quoteRune(t.rest[:size]))
}

func (t *translator) take(n int, as string) bool {
	t.rest = t.rest[n:]
	t.out.WriteString(as)
	return true
}

func quoteRune(s string) string {
	if len(s) == 1 && strings.IndexByte(`.+*?()|[]{}^$\-`, s[0]) >= 0 {
		return `\` + s
	}
	return s
}

func (t *translator) group() bool {
	if t.depth++; t.depth > maxNesting {
		return false
	}
	open, outside := "(?:", t.fold
	switch {
	case strings.HasPrefix(t.rest, "(?:"):
		t.rest = t.rest[3:]
	case strings.HasPrefix(t.rest, "(?i:") && isASCII(t.rest): // ES2025
		t.rest, open = t.rest[4:], "(?i:"
		t.fold, t.inner = true, true
	case strings.HasPrefix(t.rest, "(?"):
		return false
	default:
		t.rest = t.rest[1:]
	}
	t.out.WriteString(open)
	if !t.alternatives() || t.rest == "" {
		return false
	}
	t.fold = outside
	t.depth--
	return t.take(1, ")")
}

func (t *translator) escape() (repeatable, ok bool) {
	if len(t.rest) < 2 {
		return false, false
	}
	c := t.rest[1]
	if c == 'b' || c == 'B' {
		return false, t.take(2, t.rest[:2])
	}
	if set, ok := t.set(c); ok {
		return true, t.take(2, "["+set+"]")
	}
	switch c {
	case 'D', 'W':
		return true, !t.fold && t.take(2, t.rest[:2])
	case 'S':
		return true, !t.fold && t.take(2, "[^"+jsSpaces+"]")
	}
	as, ok := escaped(c)
	return true, ok && t.take(2, as)
}

// set is what \d, \w and \s hold.
func (t *translator) set(c byte) (string, bool) {
	switch c {
	case 'd':
		return `0-9`, true
	case 'w':
		return `0-9A-Za-z_`, true
	case 's':
		return jsSpaces, true
	}
	return "", false
}

// escaped is one escaped character.
func escaped(c byte) (string, bool) {
	switch {
	case c == 'n' || c == 't' || c == 'r' || c == 'f' || c == 'v':
		return `\` + string(c), true
	case strings.IndexByte(`.*+?()[]{}|^$\/-"'`, c) >= 0:
		return quoteRune(string(c)), true
	}
	return "", false
}

// class reads a class of characters, ranges between letters or digits, and the
// sets; an empty one is JavaScript's own.
func (t *translator) class() bool {
	t.rest = t.rest[1:]
	t.out.WriteByte('[')
	if strings.HasPrefix(t.rest, "^") {
		t.take(1, "^")
	}
	if strings.HasPrefix(t.rest, "]") {
		return false
	}
	for t.rest != "" && t.rest[0] != ']' {
		if !t.member() {
			return false
		}
	}
	return t.rest != "" && t.take(1, "]")
}

func (t *translator) member() bool {
	c := t.rest[0]
	if c == '\\' {
		if len(t.rest) < 2 || len(t.rest) > 2 && t.rest[2] == '-' {
			return false // a range from an escape
		}
		if set, ok := t.set(t.rest[1]); ok {
			return t.take(2, set)
		}
		as, ok := escaped(t.rest[1])
		return ok && t.take(2, as)
	}
	if c == '-' || c == '[' { // at the edge of a class, or nested
		return c == '-' && t.rest[1:] != "" && (t.rest[1] == ']' || strings.HasSuffix(t.out.String(), "[") || strings.HasSuffix(t.out.String(), "[^")) &&
			!strings.HasPrefix(t.rest[1:], "-") && t.take(1, `\-`)
	}
	if len(t.rest) > 2 && t.rest[1] == '-' && t.rest[2] != ']' {
		lo, hi := c, t.rest[2]
		same := isDigit(lo) && isDigit(hi) || isLower(lo) && isLower(hi) || isUpper(lo) && isUpper(hi)
		return same && lo <= hi && t.take(3, t.rest[:3])
	}
	_, size := utf8.DecodeRuneInString(t.rest)
	return t.take(size, quoteRune(t.rest[:size]))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// repetition reads what may follow a term. Whether it is greedy does not matter
// for whether a text matches.
func (t *translator) repetition(allowed bool) bool {
	if t.rest == "" || strings.IndexByte("*+?{", t.rest[0]) < 0 {
		return true
	}
	if !allowed {
		return false
	}
	if t.rest[0] == '{' {
		end := strings.IndexByte(t.rest, '}')
		if end < 0 || !countOK(t.rest[1:end]) {
			return false
		}
		t.take(end+1, t.rest[:end+1])
	} else {
		t.take(1, t.rest[:1])
	}
	if strings.HasPrefix(t.rest, "?") {
		t.take(1, "?")
	}
	return t.rest == "" || strings.IndexByte("*+?{", t.rest[0]) < 0
}

// countOK reports whether a count is n, n, or n,m with n <= m <= maxRepeat.
func countOK(s string) bool {
	lo, hi, both := strings.Cut(s, ",")
	n, ok := count(lo)
	if !ok || !both || hi == "" {
		return ok
	}
	m, ok := count(hi)
	return ok && n <= m
}

func count(s string) (n int, ok bool) {
	if s == "" || len(s) > 3 {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, n <= maxRepeat
}
