package nunjucks

import (
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

type tokenKind int

const (
	tokEnd    tokenKind = iota // of the template
	tokData                    // text outside of tags
	tokTag                     // {%
	tokTagEnd                  // %}
	tokVar                     // {{
	tokVarEnd                  // }}
	tokString
	tokNumber
	tokName
	tokOp
)

// token is one piece of a template. For data and tag marks, dash says that
// blanks on that side are cut.
type token struct {
	kind tokenKind
	text string // decoded for strings
	dash bool
	pos
}

func (t token) String() string {
	switch t.kind {
	case tokEnd:
		return "the end of the template"
	case tokTagEnd:
		return `"%}"`
	case tokVarEnd:
		return `"}}"`
	}
	return `"` + t.text + `"`
}

// scanner cuts a template into tokens.
type scanner struct {
	src    string
	at     int
	place  pos
	inside bool // of a tag or variable
	tokens int  // of that tag
	trim   bool // the next data loses its leading blanks
}

// advance moves over n bytes.
func (s *scanner) advance(n int) {
	for _, r := range s.src[s.at : s.at+n] {
		if r == '\n' {
			s.place.line++
			s.place.col = 1
		} else {
			s.place.col++
		}
	}
	s.at += n
}

func (s *scanner) rest() string { return s.src[s.at:] }

func (s *scanner) next() (token, error) {
	if !s.inside {
		return s.outside()
	}
	if s.tokens++; s.tokens > maxTokens {
		return token{}, &Error{Line: s.place.line, Column: s.place.col, Msg: "the tag is too long", Cause: ErrLimit}
	}
	s.blanks()
	if s.at >= len(s.src) {
		return token{kind: tokEnd, pos: s.place}, nil
	}
	rest := s.rest()
	for _, end := range []struct {
		text string
		kind tokenKind
	}{{"%}", tokTagEnd}, {"-%}", tokTagEnd}, {"}}", tokVarEnd}, {"-}}", tokVarEnd}} {
		if strings.HasPrefix(rest, end.text) {
			t := token{kind: end.kind, text: end.text, dash: end.text[0] == '-', pos: s.place}
			s.advance(len(end.text))
			s.inside, s.trim = false, t.dash
			return t, nil
		}
	}
	if rest[0] == '"' || rest[0] == '\'' {
		return s.text(rest[0])
	}
	if strings.IndexByte(delimiters, rest[0]) >= 0 {
		return s.operator(), nil
	}
	return s.word()
}

const delimiters = "()[]{}%*-+~/#,:|.<>=!"

func (s *scanner) blanks() {
	for s.at < len(s.src) {
		r, n := utf8.DecodeRuneInString(s.rest())
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' && r != 0xA0 {
			return
		}
		s.advance(n)
	}
}

// outside reads the text up to the next tag, comments left out.
func (s *scanner) outside() (token, error) {
	start, from := s.place, s.at
	var before strings.Builder // data before comments
	for {
		i := openAt(s.src, s.at)
		if i < 0 {
			i = len(s.src)
		}
		if bad := strings.Index(s.src[s.at:i], "#}"); bad >= 0 {
			s.advance(bad)
			return token{}, s.place.errorf("a comment ends here that has not begun (write {{ \"#}\" }} for these two characters)")
		}
		data := s.src[from:i]
		if s.trim {
			data, s.trim = strings.TrimLeftFunc(data, jsvalue.IsSpace), false
		}
		at := i
		if at < len(s.src) && at+2 < len(s.src) && s.src[at+2] == '-' {
			data = strings.TrimRightFunc(data, jsvalue.IsSpace)
		}
		s.advance(i - s.at)
		if s.at < len(s.src) && s.src[s.at+1] == '#' {
			before.WriteString(data)
			if err := s.comment(); err != nil {
				return token{}, err
			}
			from = s.at
			continue
		}
		if before.Len() > 0 {
			data = before.String() + data
		}
		if data != "" || s.at >= len(s.src) {
			kind := tokData
			if data == "" {
				kind = tokEnd
			}
			return token{kind: kind, text: data, pos: start}, nil
		}
		return s.open(), nil
	}
}

// openAt finds the next {%, {{ or {#.
func openAt(src string, from int) int {
	for {
		i := strings.IndexByte(src[from:], '{')
		if i < 0 || from+i+1 >= len(src) {
			return -1
		}
		from += i
		if c := src[from+1]; c == '%' || c == '{' || c == '#' {
			return from
		}
		from++
	}
}

func (s *scanner) open() token {
	t := token{kind: tokVar, text: s.src[s.at : s.at+2], pos: s.place}
	if t.text == "{%" {
		t.kind = tokTag
	}
	s.advance(2)
	if strings.HasPrefix(s.rest(), "-") {
		s.advance(1)
	}
	s.inside, s.tokens = true, 0
	return t
}

func (s *scanner) comment() error {
	place := s.place
	end := strings.Index(s.src[s.at+2:], "#}")
	if end < 0 {
		return place.errorf("the comment that begins here has no end #}")
	}
	end += s.at + 2
	s.trim = end > s.at+2 && s.src[end-1] == '-'
	s.advance(end + 2 - s.at)
	return nil
}

func (s *scanner) text(quote byte) (token, error) {
	place := s.place
	var b strings.Builder
	for i := s.at + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == quote:
			s.advance(i + 1 - s.at)
			return token{kind: tokString, text: b.String(), pos: place}, nil
		case c == '\\' && i+1 < len(s.src):
			i++
			switch s.src[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			default:
				b.WriteByte(s.src[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return token{}, place.errorf("the text that begins here has no closing quote")
}

var operators = []string{"===", "!==", "==", "!=", "<=", ">=", "//", "**"}

func (s *scanner) operator() token {
	t := token{kind: tokOp, text: s.src[s.at : s.at+1], pos: s.place}
	for _, op := range operators {
		if strings.HasPrefix(s.rest(), op) {
			t.text = op
			break
		}
	}
	s.advance(len(t.text))
	return t
}

// word reads a name or a number.
func (s *scanner) word() (token, error) {
	t := token{kind: tokName, pos: s.place}
	if strings.HasPrefix(s.rest(), "r/") {
		return t, s.place.errorf("regular expressions (r/…/) are not supported in templates")
	}
	end := strings.IndexFunc(s.rest(), func(r rune) bool {
		return r < utf8.RuneSelf && strings.IndexByte(delimiters+" \n\t\r", byte(r)) >= 0 || r == 0xA0
	})
	if end < 0 {
		end = len(s.rest())
	}
	t.text = s.rest()[:end]
	s.advance(end)
	if strings.Trim(t.text, "0123456789") != "" {
		return t, nil
	}
	t.kind = tokNumber
	if strings.HasPrefix(s.rest(), ".") {
		frac := s.rest()[1:]
		n := len(frac) - len(strings.TrimLeft(frac, "0123456789"))
		t.text += "." + frac[:n]
		s.advance(1 + n)
	}
	return t, nil
}
