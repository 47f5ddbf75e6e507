package dotprompt

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
)

// parser reads one template. Its methods leave at behind what they have read.
type parser struct {
	file    string
	src     string
	at      int
	counted int // line is the line of this offset
	line    int
	depth   int        // of blocks and parentheses
	params  [][]string // block parameters in scope, innermost last
	load    loadFunc
}

// pos returns the place of an offset.
func (p *parser) pos(off int) pos {
	if off < p.counted {
		return pos{p.file, p.line - strings.Count(p.src[off:p.counted], "\n")}
	}
	p.line += strings.Count(p.src[p.counted:off], "\n")
	p.counted = off
	return pos{p.file, p.line}
}

func (p *parser) fail(off int, format string, args ...any) error {
	return p.pos(off).errorf(format, args...)
}

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.src[p.at:], prefix) }

func (p *parser) take(prefix string) bool {
	if !p.has(prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

// space skips white space and reports whether there was any.
func (p *parser) space() bool {
	rest := trimLeft(p.src[p.at:])
	n := len(p.src) - p.at - len(rest)
	p.at += n
	return n > 0
}

// text reads literal text up to the next tag or the end. \{{ is text until the
// next {{; \\{{ is a backslash before a tag.
func (p *parser) text() (nodes []node) {
	add := func(s string) {
		if s != "" {
			nodes = append(nodes, &content{text: s, original: s})
		}
	}
	for {
		n := strings.Index(p.src[p.at:], "{{")
		if n < 0 {
			add(p.src[p.at:])
			p.at = len(p.src)
			return nodes
		}
		s := p.src[p.at : p.at+n]
		p.at += n
		switch {
		case strings.HasSuffix(s, `\\`):
			add(s[:len(s)-1])
			return nodes
		case strings.HasSuffix(s, `\`):
			add(s[:len(s)-1])
			end := strings.Index(p.src[p.at+2:], "{{")
			if end < 0 {
				add(p.src[p.at:])
				p.at = len(p.src)
				return nodes
			}
			end += p.at + 2
			for i := 0; i < 2 && end > p.at+2 && p.src[end-1] == '\\'; i++ {
				end--
			}
			add(p.src[p.at:end])
			p.at = end
		default:
			add(s)
			return nodes
		}
	}
}

// ends reports whether a word may end at the offset.
func (p *parser) ends(off int, also string) bool {
	if off >= len(p.src) {
		return true
	}
	c := p.src[off]
	if c < utf8.RuneSelf {
		return c == '}' || c == '~' || c == ')' || isSpace(rune(c)) || strings.IndexByte(also, c) >= 0
	}
	r, _ := utf8.DecodeRuneInString(p.src[off:])
	return isSpace(r)
}

const afterWord = "=/.|"

// word returns the end of the identifier that begins at the offset; the offset
// itself when there is none.
func (p *parser) word(off int) int {
	for off < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[off:])
		if isSpace(r) || strings.ContainsRune("!\"#%&'()*+,./;<=>@[\\]^`{|}~", r) {
			break
		}
		off += n
	}
	return off
}

// quoted reads a text in quotes; the quote itself is written \" within.
func (p *parser) quoted() (string, error) {
	start, q := p.at, p.src[p.at]
	for i := p.at + 1; i < len(p.src); i++ {
		switch {
		case p.src[i] == '\\' && i+1 < len(p.src) && p.src[i+1] == q:
			i++
		case p.src[i] == q:
			p.at = i + 1
			return strings.ReplaceAll(p.src[start+1:i], `\`+string(q), string(q)), nil
		}
	}
	return "", p.fail(start, "the text that begins here has no closing %c", q)
}

// number reads a number literal, if one stands here.
func (p *parser) number() (any, bool) {
	i := p.at
	if i < len(p.src) && p.src[i] == '-' {
		i++
	}
	digits := func() bool {
		start := i
		for i < len(p.src) && '0' <= p.src[i] && p.src[i] <= '9' {
			i++
		}
		return i > start
	}
	if !digits() {
		return nil, false
	}
	if i+1 < len(p.src) && p.src[i] == '.' {
		i++
		if !digits() {
			return nil, false
		}
	}
	if !p.ends(i, "") {
		return nil, false
	}
	text := p.src[p.at:i]
	p.at = i
	f, _ := strconv.ParseFloat(text, 64) // too large is infinite, as in JavaScript
	return f, true
}

// segment reads one part of a path: a word, [any text], "." or "..".
func (p *parser) segment() (part string, isLiteral bool, err error) {
	start := p.at
	switch {
	case p.take("["):
		n := strings.IndexByte(p.src[p.at:], ']')
		if n < 0 {
			return "", false, p.fail(start, "the [ that begins here has no closing ]")
		}
		part = p.src[p.at : p.at+n]
		p.at += n + 1
		return part, true, nil
	case p.has("..") && p.ends(p.at+2, afterWord):
		p.at += 2
		return "..", false, nil
	case p.has(".") && p.ends(p.at+1, afterWord):
		p.at++
		return ".", false, nil
	}
	end := p.word(p.at)
	if end == p.at {
		return "", false, p.unexpected()
	}
	p.at = end
	return p.src[start:end], false, nil
}

// unexpected reports what stands here instead of an expression.
func (p *parser) unexpected() error {
	if p.at >= len(p.src) {
		return p.fail(p.at, "the file ends within a tag: }} is missing")
	}
	line, _, _ := strings.Cut(p.src[p.at:], "\n")
	return p.fail(p.at, "expected a name, a text in quotes, a number or }}, found %s", config.Shorten(line))
}

// isSpace is white space as JavaScript's \s has it, which Handlebars goes by.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', 0xA0, 0xFEFF, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return 0x2000 <= r && r <= 0x200A
}

func trimLeft(s string) string  { return strings.TrimLeftFunc(s, isSpace) }
func trimRight(s string) string { return strings.TrimRightFunc(s, isSpace) }
func trim(s string) string      { return strings.TrimFunc(s, isSpace) }
