package testsets

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
)

// maxDepth is how deep JSON may nest.
const maxDepth = 1000

// parser reads JSON (RFC 8259) into values. It exists because encoding/json
// knows no lines, keeps the last of duplicate keys, and takes several times as
// long through map[string]any; a run can't start before its test set is read.
type parser struct {
	file  string
	src   string // valid UTF-8
	pos   int
	end   int     // src[end:] does not belong to what is being read
	line  int     // of pos
	start int     // offset where that line starts
	depth int     // of the value being read
	stack []value // finished items of lists and objects that are still open
	arena []value // where the items of closed ones are kept
}

// newParser reads src, of which the first line is line 1.
func newParser(file, src string) *parser {
	return &parser{file: file, src: src, end: len(src), line: 1}
}

// forget lets the memory of the values read so far be used again: they must
// not be looked at any more.
func (p *parser) forget() { p.arena = p.arena[:0] }

func (p *parser) errorf(format string, args ...any) error {
	column := utf8.RuneCountInString(p.src[p.start:p.pos]) + 1
	return &config.Error{File: p.file, Line: p.line, Msg: fmt.Sprintf("invalid JSON at column %d: ", column) + fmt.Sprintf(format, args...)}
}

// unexpected reports what stands where something else should.
func (p *parser) unexpected(want string) error {
	if p.pos >= p.end {
		return p.errorf("expected %s, found the end", want)
	}
	rest := p.src[p.pos:p.end]
	for _, word := range []string{"NaN", "Infinity", "-Infinity", "None", "True", "False", "undefined", "//", "/*", "'"} {
		if strings.HasPrefix(rest, word) {
			return p.errorf("expected %s; %s is not JSON", want, word)
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return p.errorf("expected %s, found %q", want, r)
}

// space skips white space and returns the next byte, 0 at the end.
func (p *parser) space() byte {
	for p.pos < p.end {
		switch c := p.src[p.pos]; c {
		case '\n':
			p.line++
			p.start = p.pos + 1
		case ' ', '\t', '\r':
		default:
			return c
		}
		p.pos++
	}
	return 0
}

// value reads the next value.
func (p *parser) value() (v value, err error) {
	c := p.space()
	v.line = int32(p.line)
	switch {
	case c == '"':
		v.kind = text
		v.text, err = p.quoted()
		return v, err
	case c == '{':
		v.kind = object
		v.items, err = p.nested('}')
		return v, err
	case c == '[':
		v.kind = list
		v.items, err = p.nested(']')
		return v, err
	case c == '-' || c >= '0' && c <= '9':
		v.kind = number
		v.text, err = p.number()
		return v, err
	}
	for _, w := range [...]struct {
		word string
		kind kind
	}{{"true", boolean}, {"false", boolean}, {"null", null}} {
		if strings.HasPrefix(p.src[p.pos:p.end], w.word) {
			v.kind, v.text = w.kind, w.word
			p.pos += len(w.word)
			return v, nil
		}
	}
	return v, p.unexpected("a value")
}

// nested reads the list or object whose bracket is next.
func (p *parser) nested(end byte) (items []value, err error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("nested deeper than %d levels", maxDepth)
	}
	first := len(p.stack)
	var seen map[string]int32
	for more := p.open(end); more; {
		key := ""
		if end == '}' {
			if key, err = p.key(p.stack[first:], &seen); err != nil {
				return nil, err
			}
		}
		m, err := p.value()
		if err != nil {
			return nil, err
		}
		m.key = key
		p.stack = append(p.stack, m)
		if more, err = p.next(end); err != nil {
			return nil, err
		}
	}
	items = p.keep(p.stack[first:])
	p.stack = p.stack[:first]
	p.depth--
	return items, nil
}

// open goes into a list or object and says whether it has a member.
func (p *parser) open(end byte) (more bool) {
	p.pos++
	if p.space() == end {
		p.pos++
		return false
	}
	return true
}

// next goes on after a member and says whether another one follows.
func (p *parser) next(end byte) (more bool, err error) {
	switch p.space() {
	case ',':
		p.pos++
		return true, nil
	case end:
		p.pos++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf(`"," or "%c"`, end))
}

// key reads a member's key and its colon.
func (p *parser) key(before []value, seen *map[string]int32) (string, error) {
	if p.space() != '"' {
		return "", p.unexpected("a key in double quotes")
	}
	at := p.pos
	key, err := p.quoted()
	if err != nil {
		return "", err
	}
	if other := sameKey(key, before, seen); other > 0 {
		p.pos = at
		return "", p.errorf("duplicate key %s: it is already on line %d", config.Shorten(key), other)
	}
	if p.space() != ':' {
		return "", p.unexpected(`":"`)
	}
	p.pos++
	return key, nil
}

// sameKey returns the line of an earlier member with the same key, 0 without
// one. Large objects get an index, which seen keeps between calls.
func sameKey(key string, before []value, seen *map[string]int32) int32 {
	const large = 32
	switch {
	case len(before) < large:
		for i := range before {
			if before[i].key == key {
				return before[i].line
			}
		}
		return 0
	case *seen == nil:
		*seen = make(map[string]int32, 2*large)
		for i := range before {
			(*seen)[before[i].key] = before[i].line
		}
	default:
		last := &before[len(before)-1]
		(*seen)[last.key] = last.line
	}
	return (*seen)[key]
}

// keep copies items to where they stay: one allocation for many objects.
func (p *parser) keep(items []value) []value {
	if cap(p.arena)-len(p.arena) < len(items) {
		p.arena = make([]value, 0, max(256, len(items)))
	}
	first := len(p.arena)
	p.arena = append(p.arena, items...)
	return p.arena[first:len(p.arena):len(p.arena)]
}
