package assertions

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// treebank splits a text into words and marks by the rules of the Penn Treebank
// (R. MacIntyre's tokenizer, 1995), as the ROUGE scores of promptfoo do.
func treebank(s string) []string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\u0085' || jsvalue.IsSpace(r) }), " ")
	if s == "" {
		return nil
	}
	s = directQuotes(s)
	s = strings.ReplaceAll(s, "...", " ... ")
	s = setOff(s, func(r rune, rest string) bool {
		switch r {
		case ':', ',':
			next, _ := utf8.DecodeRuneInString(rest)
			return rest == "" || !unicode.IsDigit(next)
		case ';', '@', '#', '$', '%', '&':
			return true
		}
		return false
	})
	s = lastStop(s)
	s = setOff(s, func(r rune, _ string) bool { return strings.ContainsRune("?![](){}<>", r) })
	s = " " + strings.ReplaceAll(s, "--", " -- ") + " "
	s = closingApostrophes(s)
	for _, r := range treebankRules() {
		s = r.pattern.ReplaceAllString(s, r.with)
	}
	for _, parts := range contractions {
		s = splitWord(s, parts)
	}
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
}

type rewrite struct {
	pattern *regexp.Regexp
	with    string
}

// treebankRules split 's, 'm, 'd, 'll, 're, 've and n't off.
var treebankRules = sync.OnceValue(func() []rewrite {
	return []rewrite{
		{regexp.MustCompile(`'([sSmMdD]) `), " '$1 "},
		{regexp.MustCompile(`('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) `), " $1 "},
	}
})

// contractions are words that are two.
var contractions = [...][2]string{
	{"can", "not"}, {"d", "'ye"}, {"gim", "me"}, {"gon", "na"}, {"got", "ta"},
	{"lem", "me"}, {"more", "'n"}, {"wan", "na"}, {"'t", "is"}, {"'t", "was"},
}

// setOff puts blanks around the characters that pick selects.
func setOff(s string, pick func(r rune, rest string) bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		rest := s[i+n:]
		if pick(r, rest) {
			b.WriteString(" " + s[i:i+n] + " ")
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// directQuotes writes quotation marks as “ where they open and ” where they
// close.
func directQuotes(s string) string {
	var b strings.Builder
	open := false
	for i := 0; i < len(s); {
		mark := ""
		for _, m := range []string{"``", "''", `"`} {
			if strings.HasPrefix(s[i:], m) {
				mark = m
				break
			}
		}
		if mark == "" {
			b.WriteByte(s[i])
			i++
			continue
		}
		open = mark == "``" || opens(s, i, mark, open)
		if open {
			b.WriteString(" `` ")
		} else {
			b.WriteString(" '' ")
		}
		i += len(mark)
	}
	return b.String()
}

func opens(s string, i int, mark string, open bool) bool {
	prev, _ := utf8.DecodeLastRuneInString(s[:i])
	rest := s[i+len(mark):]
	switch {
	case open:
		return false
	case i > 0 && rest == "" && !(jsvalue.IsSpace(prev) || unicode.Is(unicode.Ps, prev) || prev == '<'):
		return false
	case i > 0 && !(jsvalue.IsSpace(prev) || unicode.IsPunct(prev) || prev == '<' || strings.HasSuffix(s[:i], "``")):
		return false
	case i > 0 && strings.ContainsRune(".!?", prev):
		return false
	case mark == `"`:
		return true
	}
	next, _ := utf8.DecodeRuneInString(rest)
	if i == 0 || rest == "" || !(unicode.IsLetter(next) || unicode.IsNumber(next) || unicode.Is(unicode.Sc, next) || unicode.Is(unicode.Ps, next)) {
		return false
	}
	at := strings.IndexAny(rest, "\"`'")
	for at >= 0 { // the next mark must be a closing ''
		switch {
		case strings.HasPrefix(rest[at:], "''"):
			return true
		case rest[at] == '"' || strings.HasPrefix(rest[at:], "``"):
			return false
		}
		more := strings.IndexAny(rest[at+1:], "\"`'")
		if more < 0 {
			break
		}
		at += 1 + more
	}
	return false
}

// lastStop sets the text's final full stop off, unless it belongs to an
// abbreviation such as U.S.
func lastStop(s string) string {
	end := strings.TrimRightFunc(s, func(r rune) bool { return strings.ContainsRune("])}>'", r) || jsvalue.IsSpace(r) })
	before, ok := strings.CutSuffix(end, ".")
	if !ok || before == "" || strings.HasSuffix(before, ".") {
		return s
	}
	if n := len(before); n >= 3 && isASCIILetter(before[n-1]) && before[n-2] == '.' && isASCIILetter(before[n-3]) && (n == 3 || !isWordByte(before[n-4])) {
		return s
	}
	return before + " ." + s[len(end):] + " "
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isWordByte(c byte) bool { return isASCIILetter(c) || c >= '0' && c <= '9' || c == '_' }

// closingApostrophes sets an apostrophe at the end of a word off.
func closingApostrophes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\'' && i > 0 && s[i-1] != '\'' && i+1 < len(s) && s[i+1] == ' ' {
			b.WriteString(" ' ")
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// splitWord splits every word that is made of the two parts.
func splitWord(s string, parts [2]string) string {
	word := parts[0] + parts[1]
	var b strings.Builder
	for i := 0; i < len(s); {
		if i+len(word) > len(s) || !strings.EqualFold(s[i:i+len(word)], word) || !alone(s, i, i+len(word), word == "wanna") {
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteString(" " + s[i:i+len(parts[0])] + " " + s[i+len(parts[0]):i+len(word)] + " ")
		i += len(word)
	}
	return b.String()
}

// alone says that no letter or the like stands right before or after.
func alone(s string, from, to int, blank bool) bool {
	prev, n := utf8.DecodeLastRuneInString(s[:from])
	next, m := utf8.DecodeRuneInString(s[to:])
	if n > 0 && wordRune(prev) || m > 0 && wordRune(next) {
		return false
	}
	return !blank || next == ' ' && m > 0
}

func wordRune(r rune) bool {
	return r == '_' || r == '\u200c' || r == '\u200d' || unicode.IsLetter(r) || unicode.IsDigit(r) ||
		unicode.In(r, unicode.Nl, unicode.Mn, unicode.Mc, unicode.Pc)
}
