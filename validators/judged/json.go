package judged

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number is a JSON number as written, so that 8, 8.0 and a number too big for a
// float64 stay apart.
type number struct {
	text  string
	float float64 // ±Inf when out of range, NaN for NaN
}

// MarshalJSON writes it as it was, where JSON has such numbers.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(n.float) || math.IsInf(n.float, 0) {
		return []byte(strconv.Quote(n.text)), nil
	}
	return []byte(n.text), nil
}

// whole says whether it was written as an integer.
func (n number) whole() bool {
	return !strings.ContainsAny(n.text, ".eENI")
}

// grammar is how strictly JSON is read. Objects become map[string]any, arrays
// []any, numbers number.
type grammar struct {
	constants  bool // NaN, Infinity and -Infinity are numbers
	duplicates bool // of equal keys the last one counts; else they are an error
	surrogates bool // half a surrogate pair stands for U+FFFD; else it is an error
	depth      int  // most levels
	sizes      int  // most values altogether, 0 = any
}

// parser reads one JSON text.
type parser struct {
	grammar
	s       string
	i       int
	level   int
	values  int
	problem *Failure // why it gave up, when that is no mistake of syntax
}

// parse reads the whole of s.
func (g grammar) parse(s string) (any, error) {
	p := parser{grammar: g, s: s}
	p.space()
	v, ok := p.value()
	if ok {
		p.space()
		ok = p.i == len(s)
	}
	switch {
	case p.problem != nil:
		return nil, p.problem
	case !ok:
		return nil, failf(InvalidJSON, "the reply is no JSON")
	}
	return v, nil
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *parser) take(b byte) bool {
	if p.i < len(p.s) && p.s[p.i] == b {
		p.i++
		return true
	}
	return false
}

func (p *parser) word(w string) bool {
	if strings.HasPrefix(p.s[p.i:], w) {
		p.i += len(w)
		return true
	}
	return false
}

func (p *parser) value() (any, bool) {
	if p.i >= len(p.s) {
		return nil, false
	}
	if p.values++; p.sizes > 0 && p.values > p.sizes {
		p.problem = failf(TooLarge, "the reply holds more than %d values", p.sizes)
		return nil, false
	}
	switch c := p.s[p.i]; c {
	case '{', '[':
		if p.level++; p.level > p.depth {
			p.problem = failf(TooLarge, "the reply is nested deeper than %d levels", p.depth)
			return nil, false
		}
		defer func() { p.level-- }()
		p.i++
		if c == '{' {
			return p.object()
		}
		return p.array()
	case '"':
		p.i++
		return p.str()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	case 'N', 'I':
		return p.constant()
	}
	return p.number()
}

func (p *parser) constant() (any, bool) {
	start := p.i
	p.take('-')
	switch {
	case p.word("NaN") && p.s[start] != '-':
		return p.named(start, math.NaN())
	case p.word("Infinity"):
		f := math.Inf(1)
		if p.s[start] == '-' {
			f = math.Inf(-1)
		}
		return p.named(start, f)
	}
	return nil, false
}

func (p *parser) named(start int, f float64) (any, bool) {
	if !p.constants {
		p.problem = failf(Ambiguous, "the reply holds %s, which is no JSON number", p.s[start:p.i])
		return nil, false
	}
	return number{p.s[start:p.i], f}, true
}

func (p *parser) digits() bool {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

func (p *parser) number() (any, bool) {
	start := p.i
	if p.take('-') && strings.HasPrefix(p.s[p.i:], "I") {
		p.i = start
		return p.constant()
	}
	if !p.take('0') && !p.digits() {
		return nil, false
	}
	if back := p.i; p.take('.') && !p.digits() {
		p.i = back
	}
	if back := p.i; p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		if !p.digits() {
			p.i = back
		}
	}
	text := p.s[start:p.i]
	f, _ := strconv.ParseFloat(text, 64) // ±Inf when out of range
	return number{text, f}, true
}

func (p *parser) array() (any, bool) {
	list := []any{}
	p.space()
	if p.take(']') {
		return list, true
	}
	for {
		p.space()
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		p.space()
		if p.take(']') {
			return list, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

func (p *parser) object() (any, bool) {
	obj := map[string]any{}
	p.space()
	if p.take('}') {
		return obj, true
	}
	for {
		p.space()
		if !p.take('"') {
			return nil, false
		}
		key, ok := p.str()
		if !ok {
			return nil, false
		}
		name := key.(string)
		if _, twice := obj[name]; twice && !p.duplicates {
			p.problem = failf(Ambiguous, "the reply holds the key %s twice", shown(name))
			return nil, false
		}
		p.space()
		if !p.take(':') {
			return nil, false
		}
		p.space()
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		obj[name] = v
		p.space()
		if p.take('}') {
			return obj, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

// str reads a string after its first quote.
func (p *parser) str() (any, bool) {
	start := p.i
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return p.s[start : p.i-1], true
		case c < ' ':
			return nil, false
		case c == '\\':
			return p.escaped(start)
		}
		p.i++
	}
	return nil, false
}

// escaped goes on with a string that holds an escape.
func (p *parser) escaped(start int) (any, bool) {
	b := append([]byte(nil), p.s[start:p.i]...)
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			return string(b), true
		case c < ' ':
			return nil, false
		case c != '\\':
			b = append(b, c)
			continue
		}
		if p.i >= len(p.s) {
			return nil, false
		}
		c = p.s[p.i]
		p.i++
		if c == 'u' {
			r, ok := p.rune()
			if !ok {
				return nil, false
			}
			b = utf8.AppendRune(b, r)
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, c)
		if at < 0 {
			return nil, false
		}
		b = append(b, "\"\\/\b\f\n\r\t"[at])
	}
	return nil, false
}

// rune reads the hexadecimal digits of an escape, and its second half.
func (p *parser) rune() (rune, bool) {
	r, ok := p.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if strings.HasPrefix(p.s[p.i:], `\u`) {
		back := p.i
		p.i += 2
		low, ok := p.hex()
		if !ok {
			return 0, false
		}
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, true
		}
		p.i = back
	}
	return utf8.RuneError, p.surrogates
}

func (p *parser) hex() (rune, bool) {
	if p.i+4 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 16)
	p.i += 4
	return rune(n), err == nil
}
