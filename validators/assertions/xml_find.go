package assertions

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// piece is a part of a text that may be XML: from an opening tag to its end tag.
type piece struct{ start, end, parent int } // parent: start of the open tag around it, -1 = none

// noXMLIn says why no XML with the elements is in a text, or "".
func noXMLIn(text string, paths []string, mode Mode) string {
	pieces := xmlPieces(text)
	if len(pieces) == 0 {
		return "there is no XML"
	}
	var whole []piece // well-formed ones without the elements
	for _, p := range pieces {
		inside := false
		for _, w := range whole {
			inside = inside || p.start >= w.start && p.end <= w.end
		}
		if inside {
			continue
		}
		switch problem := missingElements(text[p.start:p.end], paths, mode); {
		case problem == "":
			return ""
		case !strings.HasPrefix(problem, "not XML"):
			whole = append(whole, p)
		}
	}
	return "no XML with the elements " + strings.Join(paths, ", ")
}

// xmlPieces finds the pieces of a text: brothers under a tag without an end as
// one, then the outermost ones.
func xmlPieces(s string) []piece {
	found := scanPieces(s)
	starts := map[int]bool{}
	for _, p := range found {
		starts[p.start] = true
	}
	groups := map[int][]piece{}
	var order []int
	for _, p := range found {
		if groups[p.parent] == nil {
			order = append(order, p.parent)
		}
		groups[p.parent] = append(groups[p.parent], p)
	}
	seen := map[[2]int]bool{}
	var out []piece
	add := func(p piece) {
		if key := [2]int{p.start, p.end}; !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	for _, parent := range order {
		g := groups[parent]
		if len(g) < 2 || parent >= 0 && starts[parent] {
			continue
		}
		sort.Slice(g, func(i, j int) bool { return g[i].start < g[j].start || g[i].start == g[j].start && g[i].end < g[j].end })
		add(piece{g[0].start, g[len(g)-1].end, parent})
	}
	var outer []piece
	for _, p := range found {
		if p.parent < 0 || !starts[p.parent] {
			outer = append(outer, p)
		}
	}
	sort.SliceStable(outer, func(i, j int) bool {
		return outer[i].start < outer[j].start || outer[i].start == outer[j].start && outer[i].end > outer[j].end
	})
	for _, p := range outer {
		add(p)
	}
	return out
}

func scanPieces(s string) []piece {
	type open struct {
		name  string
		start int
	}
	var stack []open
	var found []piece
	parent := func() int {
		if len(stack) == 0 {
			return -1
		}
		return stack[len(stack)-1].start
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '<' || i+1 == len(s) {
			continue
		}
		switch c := s[i+1]; c {
		case '!', '?':
			i = declarationEnd(s, i)
		case '/':
			name := xmlName(s[i+2:])
			end := tagEnd(s, i, true)
			if name == "" || end < 0 {
				continue
			}
			if n := len(stack); n > 0 && stack[n-1].name == name {
				start := stack[n-1].start
				stack = stack[:n-1]
				found = append(found, piece{start, end + 1, parent()})
			} else {
				stack = nil
			}
			i = end
		default:
			name := xmlName(s[i+1:])
			end := tagEnd(s, i, true)
			if name == "" || end < 0 {
				continue
			}
			if strings.HasSuffix(strings.TrimRightFunc(s[i+1:end], jsvalue.IsSpace), "/") {
				found = append(found, piece{i, end + 1, parent()})
			} else {
				stack = append(stack, open{name, i})
			}
			i = end
		}
	}
	return found
}

// declarationEnd is the place of the last character of a comment, CDATA section,
// instruction or declaration that starts at i.
func declarationEnd(s string, i int) int {
	for _, form := range [...][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if rest, ok := strings.CutPrefix(s[i:], form[0]); ok {
			j := strings.Index(rest, form[1])
			if j < 0 {
				return len(s) - 1
			}
			return i + len(form[0]) + j + len(form[1]) - 1
		}
	}
	var quote byte
	depth := 0
	for j := i + 2; j < len(s); j++ {
		switch c := s[j]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case c == '>' && depth == 0:
			return j
		}
	}
	return len(s) - 1
}

// xmlName is the XML name at the start of a text, or "".
func xmlName(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || !nameStart(r) {
		return ""
	}
	end := n
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if !nameRune(r) {
			break
		}
		end += n
	}
	return s[:end]
}

// nameStart and nameRune are the classes of XML 1.0, fifth edition.
func nameStart(r rune) bool {
	switch {
	case r == ':' || r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
		return true
	case r < 0xC0 || r == utf8.RuneError:
		return false
	}
	return r >= 0xC0 && r <= 0xD6 || r >= 0xD8 && r <= 0xF6 || r >= 0xF8 && r <= 0x2FF || r >= 0x370 && r <= 0x37D ||
		r >= 0x37F && r <= 0x1FFF || r == 0x200C || r == 0x200D || r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF ||
		r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func nameRune(r rune) bool {
	return nameStart(r) || r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}
