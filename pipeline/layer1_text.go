package pipeline

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PlainText is what becomes of every text that layer 1 takes over, in whatever
// syntax a provider is told it later: control characters, line breaks and other
// white space are single blanks, none stands at the ends, and characters that
// can't be seen but change what others mean are gone (directions, tags, byte
// order marks). All else stays letter by letter. What is a weight, a tag or a
// flag to one provider is text here, and it is that provider's Lowerer that
// takes its meaning away.
func PlainText(s string) string {
	if isPlain(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	blank := false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case invisible(r):
		case unicode.IsControl(r), unicode.IsSpace(r):
			blank = out.Len() > 0
		default:
			if blank {
				out.WriteByte(' ')
				blank = false
			}
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isPlain reports that nothing needs to be done.
func isPlain(s string) bool {
	blank := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return !blank || s == ""
}

// invisible characters are dropped. Joiners stay: emoji and some scripts need
// them.
func invisible(r rune) bool {
	const zwnj, zwj = 0x200c, 0x200d
	return unicode.Is(unicode.Cf, r) && r != zwnj && r != zwj
}

// marks pairs opening quotation marks with those that close them.
var marks = map[rune]string{'"': `"`, '“': `”`, '„': `“”`, '«': `»`, '»': `«`, '「': `」`}

// maxQuoted bounds what is taken for a text to be written, in characters.
const maxQuoted = 200

// quoted lists the passages of a prompt in double quotation marks. A straight
// mark behind a letter or digit opens nothing: it measures inches.
func quoted(s string) (texts []string) {
	before := ' '
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		closing := marks[r]
		if closing == "" || r == '"' && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
			before = r
			i += size
			continue
		}
		body := s[i+size:]
		end := strings.IndexAny(body, closing)
		if end < 0 {
			before = r
			i += size
			continue
		}
		if text := strings.TrimSpace(body[:end]); text != "" && utf8.RuneCountInString(text) <= maxQuoted && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		last, n := utf8.DecodeRuneInString(body[end:])
		before = last
		i += size + end + n
	}
	return texts
}

// syntaxes are what users know from one front end or another, and where it is
// said here.
var syntaxes = []struct {
	hint string // one of these characters must be there
	find *regexp.Regexp
	say  string
}{
	{"<", regexp.MustCompile(`<\s*\pL+\s*:[^<>]*>`), "LoRAs and hypernetworks are named under loras and hypernetworks"},
	{"(", regexp.MustCompile(`\([^()]*:\s*[0-9.]+\s*\)`), "emphasis is given under weights"},
	{":", regexp.MustCompile(`\S::-?[0-9.]+`), "emphasis is given under weights"},
	{"-", regexp.MustCompile(`(?:^|\s)(?:--|—)\pL+`), "parameters are given under size, seed, negative, params"},
	{":", regexp.MustCompile(`(?i)\bembedding:\S`), "textual inversions are named under embeddings"},
}

// foreign finds the first piece of a provider's syntax in a text, which is a
// text like any other here.
func foreign(s string) (piece, say string) {
	if !strings.ContainsAny(s, "<(:-—") {
		return "", ""
	}
	for _, x := range syntaxes {
		if !strings.Contains(s, x.hint) && x.hint != "-" {
			continue
		}
		if piece = strings.TrimSpace(x.find.FindString(s)); piece != "" {
			return piece, x.say
		}
	}
	return "", ""
}
