package assertions

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

const (
	maxObject       = 100_000 // characters that are looked at for one object
	maxObjectsWork  = 20 << 20
	closeBraceLimit = 1000
)

// objectsIn finds the objects in braces in a text, as promptfoo does: braces are
// counted without regard to quotes, what lies between them is read as YAML, a
// text that ends too early gets the braces that are missing.
func objectsIn(s string) []any {
	list, _ := objectsOf(s)
	return list
}

// replyObjects are the objects of a judge's reply. unclear says that one of them
// ends too early or has a key twice, or that the reply is JSON of another type
// with objects in it.
func replyObjects(s string) (list []any, unclear bool) {
	if list, unclear = objectsOf(s); len(list) > 0 && !unclear {
		v, err := jsvalue.Parse(jsvalue.Trim(s))
		_, isObject := jsvalue.KeysOf(v)
		unclear = err == nil && !isObject
	}
	return list, unclear
}

func objectsOf(s string) (out []any, unclear bool) {
	work := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		end, missing, ok := matchingBrace(s, i)
		if work += end - i; work > maxObjectsWork {
			break
		}
		if !ok {
			continue
		}
		text := s[i:end] + strings.Repeat("}", missing)
		v, twice, err := readFlow(slashComments(text))
		if err == nil && v != nil && isObject(v) {
			out = append(out, v)
			unclear = unclear || twice || missing > 0
			i = end - 1
		}
	}
	return out, unclear
}

// matchingBrace is the place behind the brace that closes the one at i; at the
// end of the text, or of what is looked at, some are missing.
func matchingBrace(s string, i int) (end, missing int, ok bool) {
	limit := min(i+maxObject, len(s))
	open := 1
	for j := i + 1; j < limit; j++ {
		switch s[j] {
		case '{':
			open++
		case '}':
			open--
		}
		if open == 0 {
			return j + 1, 0, true
		}
	}
	if limit == i+1 && limit == len(s) {
		return len(s), 0, false // a lone brace at the very end is not looked at
	}
	return limit, open, open <= closeBraceLimit
}

// slashComments turns // comments into YAML's. They do not count inside of
// quotes or of a URL.
func slashComments(s string) string {
	if !strings.Contains(s, "//") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = slashComment(line)
	}
	return strings.Join(lines, "\n")
}

func slashComment(line string) string {
	var quote byte
	inURL := false // "://" stands in this word
	for i, r := range line {
		c := line[i]
		if jsvalue.IsSpace(r) {
			inURL = false
		} else if strings.HasPrefix(line[i:], "://") {
			inURL = true
		}
		switch {
		case quote == '"':
			if c == '"' && !escapedAt(line, i) {
				quote = 0
			}
		case quote == '\'':
			if c == '\'' && !escapedAt(line, i) && !(i+1 < len(line) && isASCIILetter(line[i+1])) {
				quote = 0
			}
		case c == '"', c == '\'' && !(i > 0 && isASCIILetter(line[i-1])):
			quote = c
		case c == '/' && i+1 < len(line) && line[i+1] == '/':
			if inURL {
				continue
			}
			n := 2
			for i+n < len(line) && line[i+n] == '/' {
				n++
			}
			return line[:i] + strings.Repeat("#", n/2) + line[i+n:]
		}
	}
	return line
}

func escapedAt(s string, i int) bool {
	n := 0
	for i > 0 && s[i-1] == '\\' {
		n, i = n+1, i-1
	}
	return n%2 == 1
}
