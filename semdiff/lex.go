package semdiff

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of prose looks like.
type tokenKind int

const (
	tokenWord    tokenKind = iota
	tokenNumber            // with its sign
	tokenLiteral           // quoted
	tokenCode              // between backticks
	tokenMark              // a placeholder or a piece of template logic; see mark
	tokenIdent             // an identifier, path, address: compared exactly
	tokenSymbol            // an operator or the sign of a unit
	tokenPunct
)

// token is one token of prose. text is what is compared: of a word its lower
// case, of a literal what is between the quotes.
type token struct {
	kind tokenKind
	text string
	raw  string
}

var callLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_]\w*\([\w, ]*\)$`) })

// lexer reads prose. marks of a document stand in its text as markOpen, an
// index, markClose; doc resolves them.
type lexer struct {
	doc *document
	out []token
}

func lex(doc *document, text string) []token {
	l := lexer{doc: doc, out: make([]token, 0, len(text)/5+2)}
	before := ' '
	for text != "" {
		n := l.next(text, before)
		before, _ = utf8.DecodeLastRuneInString(text[:n])
		text = text[n:]
	}
	return l.out
}

func (l *lexer) add(kind tokenKind, text, raw string) int {
	l.out = append(l.out, token{kind, text, raw})
	return len(raw)
}

// next reads one token, or white space, and returns its length.
func (l *lexer) next(s string, before rune) int {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError && size <= 1:
		return max(size, 1)
	case r == markOpen:
		if n, m := l.doc.markAt(s); n > 0 {
			l.out = append(l.out, token{tokenMark, m.key, m.raw})
			return n
		}
	case r == '`':
		if n := closing(s, "`", 200); n > 0 {
			if inside := s[1 : n-1]; callLike().MatchString(inside) || strings.ContainsRune(inside, markOpen) { // the same with or without the marks
				for inner, prev := inside, '`'; inner != ""; {
					k := l.next(inner, prev)
					prev, _ = utf8.DecodeLastRuneInString(inner[:k])
					inner = inner[k:]
				}
				return n
			}
			return l.add(tokenCode, strings.Trim(s[1:n-1], " "), s[:n])
		}
	case r == '"' || r == '“' || r == '”' || r == '«' || r == '„':
		if n := quoted(s, r); n > 0 {
			return l.add(tokenLiteral, unquote(l.doc.keyed(s[:n])), s[:n])
		}
	case (r == '\'' || r == '‘') && !isWordRune(before):
		if n := quoted(s, r); n > 0 {
			return l.add(tokenLiteral, unquote(l.doc.keyed(s[:n])), s[:n])
		}
	case r == '*' || r == '_':
		return l.emphasis(s, r, before)
	}
	if n := identLength(s, before); n > 0 {
		return l.add(tokenIdent, s[:n], s[:n])
	}
	if n := l.number(s, before); n > 0 {
		return n
	}
	if unicode.IsLetter(r) {
		return l.word(s)
	}
	return l.symbol(s, r, size, before)
}

// emphasis drops the marks of Markdown around words; a star between spaces or
// digits multiplies.
func (l *lexer) emphasis(s string, r, before rune) int {
	n := len(s) - len(strings.TrimLeft(s, string(r)))
	after, _ := utf8.DecodeRuneInString(s[n:])
	if r == '_' && n > 3 || n <= 3 && (!isSpaceOrEnd(before) || !isSpaceOrEnd(after)) && !(unicode.IsDigit(before) && unicode.IsDigit(after)) {
		return n
	}
	return l.add(tokenSymbol, s[:n], s[:n])
}

func isSpaceOrEnd(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) }

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// closing returns the length up to and with the end mark, on one line and
// within limit bytes; 0 without one.
func closing(s, end string, limit int) int {
	_, size := utf8.DecodeRuneInString(s)
	rest := s[size:min(len(s), limit)]
	if line := strings.IndexByte(rest, '\n'); line >= 0 {
		rest = rest[:line]
	}
	i := strings.Index(rest, end)
	if i <= 0 {
		return 0
	}
	return size + i + len(end)
}

var closers = map[rune][]string{'"': {`"`}, '“': {"”", "“"}, '”': {"”"}, '„': {"“", "”"}, '«': {"»"}, '‘': {"’"}}

func quoted(s string, r rune) int {
	if r == '\'' { // an apostrophe closes only before something that is no letter
		for from := 1; from < min(len(s), 200); {
			i := strings.IndexByte(s[from:min(len(s), 200)], '\'')
			if i < 0 || strings.ContainsRune(s[from:from+i], '\n') {
				return 0
			}
			from += i + 1
			if after, _ := utf8.DecodeRuneInString(s[from:]); !isWordRune(after) && from > 2 {
				return from
			}
		}
		return 0
	}
	for _, end := range closers[r] {
		if n := closing(s, end, 400); n > 0 {
			return n
		}
	}
	return 0
}

// unquote is a literal as it is compared: a comma or full stop that style puts
// inside of the quotes is not part of it.
func unquote(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	_, last := utf8.DecodeLastRuneInString(s)
	s = strings.Join(strings.Fields(s[first:len(s)-last]), " ")
	if t := strings.TrimRight(s, ","); t != "" {
		s = t
	}
	if t, ok := strings.CutSuffix(s, "."); ok && t != "" && !strings.HasSuffix(t, ".") {
		s = t
	}
	return s
}

var shortForms = []struct{ form, word string }{
	{"e.g.", "e.g"}, {"e.g", "e.g"}, {"i.e.", "i.e"}, {"i.e", "i.e"}, {"etc.", "etc"}, {"vs.", "versus"}, {"approx.", "approx"},
	{"w/o", "without"}, {"w/", "with"}, {"max.", "max"}, {"min.", "min"}, {"incl.", "including"}, {"resp.", "respectively"},
}

// word reads a word. Parts with hyphens are words of their own.
func (l *lexer) word(s string) int {
	for _, f := range shortForms {
		if len(s) >= len(f.form) && strings.EqualFold(s[:len(f.form)], f.form) {
			if r, _ := utf8.DecodeRuneInString(s[len(f.form):]); !isWordRune(r) {
				return l.add(tokenWord, f.word, s[:len(f.form)])
			}
		}
	}
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == '\'' || r == '’' || r == 'ʼ' {
			if after, _ := utf8.DecodeRuneInString(s[n+size:]); !unicode.IsLetter(after) {
				break
			}
		} else if !isWordRune(r) && !unicode.Is(unicode.M, r) {
			break
		}
		n += size
	}
	if strings.HasPrefix(s[n:], "=") && !strings.HasPrefix(s[n:], "==") {
		return l.add(tokenIdent, s[:n], s[:n]) // the key of key=value
	}
	lower := strings.ToLower(s[:n])
	if strings.ContainsAny(lower, "’ʼ") {
		lower = strings.ReplaceAll(strings.ReplaceAll(lower, "’", "'"), "ʼ", "'")
	}
	return l.add(tokenWord, lower, s[:n])
}

var longSymbols = []string{"<=", ">=", "=>", "->", "==", "!=", "±", "..."}

func (l *lexer) symbol(s string, r rune, size int, before rune) int {
	for _, sym := range longSymbols {
		if strings.HasPrefix(s, sym) {
			switch sym {
			case "<=":
				return l.add(tokenWord, "@le", sym)
			case ">=":
				return l.add(tokenWord, "@ge", sym)
			case "...":
				return l.add(tokenPunct, "…", sym)
			}
			return l.add(tokenSymbol, sym, sym)
		}
	}
	raw := s[:size]
	switch r {
	case '≤':
		return l.add(tokenWord, "@le", raw)
	case '≥':
		return l.add(tokenWord, "@ge", raw)
	case '<':
		return l.add(tokenWord, "@lt", raw)
	case '>':
		return l.add(tokenWord, "@gt", raw)
	case '&':
		return l.add(tokenWord, "and", raw)
	case '–', '—', '−':
		return l.add(tokenPunct, "-", raw)
	case '%', '$', '€', '£', '¥', '+', '=', '^', '~', '\\', '°', '@', '×', '|':
		return l.add(tokenSymbol, raw, raw)
	}
	if r == '-' && isWordRune(before) {
		if after, _ := utf8.DecodeRuneInString(s[size:]); unicode.IsLetter(after) {
			return size // within a compound
		}
	}
	if unicode.IsPunct(r) {
		return l.add(tokenPunct, raw, raw)
	}
	return l.add(tokenSymbol, raw, raw)
}
