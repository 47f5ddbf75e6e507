package assertions

import (
	"bytes"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// readFlow reads a text that is one YAML flow collection, as js-yaml's core
// schema reads it: JSON, and what people and models write for JSON. A key that
// stands twice has its last value, and twice says so.
func readFlow(text string) (v any, twice bool, err error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 && r != '\t' && r != '\n' && r != '\r' }) {
		return nil, false, errUnprintable
	}
	p := &flowParser{s: strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")}
	p.skip()
	v, ok, err := p.node()
	if err != nil {
		return nil, false, err
	}
	p.skip()
	if !ok || p.i < len(p.s) {
		return nil, false, errors.New("something follows the collection")
	}
	return v, p.twice, nil
}

type flowParser struct {
	s       string
	i       int
	line    int
	depth   int
	twice   bool // a key stood twice in an object
	nodes   int  // read so far, those of aliases as often as they are named
	anchors map[string]anchor
}

// anchor is a node that has a name.
type anchor struct {
	v     any
	nodes int // in it
}

const (
	maxFlowDepth = 1000
	maxFlowNodes = 1 << 20 // with what aliases stand for: a few lines of them can name more than any memory holds
)

var (
	errFlow        = errors.New("this is no YAML collection")
	errTwice       = errors.New("a key stands twice")
	errUnprintable = errors.New("a character that can't be printed")
)

// unprintable is of characters that a scalar without quotes may not hold.
func unprintable(r rune) bool {
	return r == 0x7F || r >= 0x80 && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF
}

func (p *flowParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// skip passes blanks, line ends and comments.
func (p *flowParser) skip() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\n':
			p.line++
			p.i++
		case c == ' ' || c == '\t':
			p.i++
		case c == '#' && (p.i == 0 || isBlank(p.s[p.i-1])):
			for p.i < len(p.s) && p.s[p.i] != '\n' {
				p.i++
			}
		default:
			return
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func isFlowMark(c byte) bool {
	return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'
}

// node reads a value; ok is false when there is none here.
func (p *flowParser) node() (v any, ok bool, err error) {
	if p.depth++; p.depth > maxFlowDepth {
		return nil, false, errors.New("too deep")
	}
	defer func() { p.depth-- }()
	if p.nodes++; p.nodes > maxFlowNodes {
		return nil, false, errors.New("too large")
	}
	if p.atDocumentMark() {
		return nil, false, errFlow
	}
	switch p.peek() {
	case '{':
		v, err = p.mapping()
		return v, true, err
	case '[':
		v, err = p.sequence()
		return v, true, err
	case '"':
		v, err = p.double()
		return v, true, err
	case '\'':
		v, err = p.single()
		return v, true, err
	case '&', '*':
		return p.anchored()
	case '!':
		return p.tagged()
	}
	text, ok := p.plain()
	if !ok {
		return nil, false, nil
	}
	if strings.ContainsFunc(text, unprintable) {
		return nil, false, errUnprintable
	}
	return resolveScalar(text), true, nil
}

// plain reads a scalar without quotes, which may go over several lines.
func (p *flowParser) plain() (string, bool) {
	c := p.peek()
	next := byte(0)
	if p.i+1 < len(p.s) {
		next = p.s[p.i+1]
	}
	switch {
	case c == 0 || isBlank(c) || isFlowMark(c) || strings.IndexByte("#&*!|>'\"%@`", c) >= 0:
		return "", false
	case (c == '?' || c == '-' || c == ':') && (next == 0 || isBlank(next) || isFlowMark(next)):
		return "", false
	}
	var b strings.Builder
	end := p.i // behind the last character that is no blank
	from := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == ':' && (p.i+1 == len(p.s) || isBlank(p.s[p.i+1]) || isFlowMark(p.s[p.i+1])), isFlowMark(c),
			c == '#' && isBlank(p.s[p.i-1]):
			b.WriteString(p.s[from:end])
			p.i = end
			return b.String(), true
		case c == '\n':
			b.WriteString(p.s[from:end])
			line, at := p.line, p.i
			breaks := p.blankLines()
			if p.i >= len(p.s) || p.peek() == '#' || isFlowMark(p.peek()) || p.atDocumentMark() {
				p.i, p.line = at, line
				return b.String(), true
			}
			if p.peek() == ':' && (p.i+1 == len(p.s) || isBlank(p.s[p.i+1]) || isFlowMark(p.s[p.i+1])) {
				p.i, p.line = at, line
				return b.String(), true
			}
			b.WriteString(fold(breaks))
			from, end = p.i, p.i
		case c == ' ' || c == '\t':
			p.i++
		default:
			p.i++
			end = p.i
		}
	}
	b.WriteString(p.s[from:end])
	p.i = end
	return b.String(), true
}

// blankLines passes line ends and blanks, and counts the line ends.
func (p *flowParser) blankLines() int {
	n := 0
	for p.i < len(p.s) && isBlank(p.s[p.i]) {
		if p.s[p.i] == '\n' {
			n++
			p.line++
		}
		p.i++
	}
	return n
}

func fold(breaks int) string {
	if breaks == 1 {
		return " "
	}
	return strings.Repeat("\n", max(0, breaks-1))
}

func (p *flowParser) atDocumentMark() bool {
	rest := p.s[p.i:]
	if p.i == 0 || p.s[p.i-1] != '\n' || !strings.HasPrefix(rest, "---") && !strings.HasPrefix(rest, "...") {
		return false
	}
	return len(rest) == 3 || isBlank(rest[3])
}

func (p *flowParser) single() (string, error) {
	p.i++
	var b bytes.Buffer
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '\'':
			p.i++
			if p.peek() != '\'' {
				return b.String(), nil
			}
			b.WriteByte('\'')
			p.i++
		case '\n':
			p.foldInto(&b)
		default:
			b.WriteByte(c)
			p.i++
		}
		if p.atDocumentMark() {
			return "", errFlow
		}
	}
	return "", errFlow
}

// foldInto ends a line of a quoted scalar: blanks around the line end go.
func (p *flowParser) foldInto(b *bytes.Buffer) {
	b.Truncate(len(bytes.TrimRight(b.Bytes(), " \t")))
	b.WriteString(fold(p.blankLines()))
}

func (p *flowParser) double() (string, error) {
	p.i++
	var b bytes.Buffer
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '"':
			p.i++
			return b.String(), nil
		case '\\':
			p.i++
			if err := p.escape(&b); err != nil {
				return "", err
			}
		case '\n':
			p.foldInto(&b)
		default:
			b.WriteByte(c)
			p.i++
		}
		if p.atDocumentMark() {
			return "", errFlow
		}
	}
	return "", errFlow
}

// escapes are YAML's simple ones.
const escapes = "0\x00a\x07b\x08t\tn\nv\x0bf\x0cr\re\x1b  \"\"//\\\\\t\t"

func (p *flowParser) escape(b *bytes.Buffer) error {
	c := p.peek()
	p.i++
	switch c {
	case 0:
		return errFlow
	case '\n':
		p.line++
		for p.peek() == ' ' || p.peek() == '\t' {
			p.i++
		}
		return nil
	case 'N':
		b.WriteRune('\u0085')
		return nil
	case '_':
		b.WriteRune('\u00a0')
		return nil
	case 'L':
		b.WriteRune('\u2028')
		return nil
	case 'P':
		b.WriteRune('\u2029')
		return nil
	case 'x', 'u', 'U':
		r, err := p.hex(map[byte]int{'x': 2, 'u': 4, 'U': 8}[c])
		if err != nil {
			return err
		}
		if r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(p.s[p.i:], `\u`) {
			at := p.i
			p.i += 2
			if low, err := p.hex(4); err == nil && low >= 0xDC00 && low < 0xE000 {
				b.WriteRune((r-0xD800)<<10 + (low - 0xDC00) + 0x10000)
				return nil
			}
			p.i = at
		}
		b.WriteRune(r)
		return nil
	}
	for k := 0; k < len(escapes); k += 2 {
		if escapes[k] == c {
			b.WriteByte(escapes[k+1])
			return nil
		}
	}
	return errFlow
}

func (p *flowParser) hex(n int) (rune, error) {
	if p.i+n > len(p.s) {
		return 0, errFlow
	}
	v, err := strconv.ParseUint(p.s[p.i:p.i+n], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, errFlow
	}
	p.i += n
	return rune(v), nil
}

// scalarForms are the numbers of YAML's core schema.
var scalarForms = sync.OnceValue(func() (f struct{ integer, octal, hex, float, time *regexp.Regexp }) {
	f.time = regexp.MustCompile(`^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$`)
	f.integer = regexp.MustCompile(`^[-+]?[0-9]+$`)
	f.octal = regexp.MustCompile(`^0o[0-7]+$`)
	f.hex = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	f.float = regexp.MustCompile(`^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$`)
	return f
})

func resolveScalar(s string) any {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1)
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1)
	case ".nan", ".NaN", ".NAN":
		return math.NaN()
	}
	if c := s[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return s
	}
	f := scalarForms()
	switch {
	case f.time.MatchString(s):
		return jsvalue.NewObject() // a date is an object in JavaScript
	case f.octal.MatchString(s):
		return jsvalue.ParseInt(s[2:], 8)
	case f.hex.MatchString(s):
		return jsvalue.ParseInt(s[2:], 16)
	case f.integer.MatchString(s), f.float.MatchString(s):
		x, err := strconv.ParseFloat(strings.TrimPrefix(s, "+"), 64)
		if err == nil { // else it is beyond all numbers, and a text
			return x
		}
	}
	return s
}
