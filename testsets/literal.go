package testsets

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number reads a number and keeps its literal.
func (p *parser) number() (literal string, err error) {
	at := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < p.end && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	has := func(set string) bool {
		if p.pos < p.end && strings.IndexByte(set, p.src[p.pos]) >= 0 {
			p.pos++
			return true
		}
		return false
	}
	negative := has("-")
	switch {
	case has("0"): // no digit may follow
	case !digits():
		if negative && strings.HasPrefix(p.src[p.pos:p.end], "Inf") {
			p.pos--
		}
		return "", p.unexpected("a digit")
	}
	if has(".") && !digits() {
		return "", p.unexpected("a digit")
	}
	if has("eE") {
		has("+-")
		if !digits() {
			return "", p.unexpected("a digit")
		}
	}
	return p.src[at:p.pos], nil
}

// quoted reads a string; without escapes it is a piece of the source.
func (p *parser) quoted() (string, error) {
	at := p.pos + 1
	for i := at; i < p.end; i++ {
		switch c := p.src[i]; {
		case c == '"':
			p.pos = i + 1
			return p.src[at:i], nil
		case c == '\\':
			p.pos = i
			return p.escaped(at)
		case c < 0x20:
			p.pos = i
			return "", p.control(c)
		}
	}
	return "", p.errorf("the text that begins here has no closing quote")
}

func (p *parser) control(c byte) error {
	if c == '\n' || c == '\r' {
		return p.errorf(`a line break within a text; write \n, or close the quote`)
	}
	return p.errorf("control character 0x%02x within a text", c)
}

// escaped reads the rest of a string from its first backslash, at pos.
func (p *parser) escaped(at int) (string, error) {
	b := append(make([]byte, 0, 2*(p.pos-at)+32), p.src[at:p.pos]...)
	for p.pos < p.end {
		c := p.src[p.pos]
		switch {
		case c == '"':
			p.pos++
			return string(b), nil
		case c < 0x20:
			return "", p.control(c)
		case c != '\\':
			b = append(b, c)
			p.pos++
			continue
		}
		r, size := p.escape()
		if size == 0 {
			return "", p.errorf("bad escape in a text")
		}
		b = utf8.AppendRune(b, r)
		p.pos += size
	}
	return "", p.errorf("a text has no closing quote")
}

// escape decodes the escape sequence at pos; size 0 means that it is none.
// Halves of surrogate pairs become U+FFFD, as everywhere else in Go.
func (p *parser) escape() (r rune, size int) {
	rest := p.src[p.pos:p.end]
	if len(rest) < 2 {
		return 0, 0
	}
	const letters, stand = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(letters, rest[1]); i >= 0 {
		return rune(stand[i]), 2
	}
	r, ok := hex4(rest)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		low, _ := hex4(rest[6:])
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, 12
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// hex4 decodes a leading \uXXXX.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(n), err == nil
}
