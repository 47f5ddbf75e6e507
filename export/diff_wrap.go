package export

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// inked is a character of a text, and whether the other text lacks its word.
type inked struct {
	r       rune
	changed bool
}

// inkLines cuts the pieces of a text into its lines, fit to be shown: what would
// steer a terminal or hide text is made visible.
func inkLines(pieces []piece) [][]inked {
	lines := [][]inked{nil}
	for _, p := range pieces {
		for i, part := range strings.Split(p.text, "\n") {
			if i > 0 {
				lines = append(lines, nil)
			}
			shown, _ := appendEscaped(nil, strings.TrimSuffix(part, "\r"), terminalEscape, maxShown)
			last := len(lines) - 1
			for _, r := range string(shown) {
				lines[last] = append(lines[last], inked{r, !p.same})
			}
		}
	}
	if n := len(lines); n > 1 && len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	return lines
}

// maxShown bounds the text of one line in bytes.
const maxShown = 64 << 10

// terminalEscape is for text on a terminal; a tab is four blanks.
func terminalEscape(c byte) string {
	if c == '\t' {
		return "    "
	}
	return picture(c)
}

// columns is how many columns of a terminal a character takes.
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r < 0x1100:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func widthOf(line []inked) (n int) {
	for _, c := range line {
		n += columns(c.r)
	}
	return n
}

func widthOfText(s string) (n int) {
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// wrap divides a line into lines of at most wide columns: behind a blank where
// there is one, else anywhere.
func wrap(line []inked, wide int) (out [][]inked) {
	for widthOf(line) > wide {
		cut, at, used := 0, 0, 0
		for at < len(line) && used+columns(line[at].r) <= wide {
			used += columns(line[at].r)
			if at++; line[at-1].r == ' ' {
				cut = at
			}
		}
		if at < len(line) && line[at].r == ' ' { // the blank itself is dropped
			cut = at + 1
		}
		if cut == 0 {
			cut = max(at, 1)
		}
		end := cut
		for end > 0 && line[end-1].r == ' ' {
			end--
		}
		out, line = append(out, line[:end]), line[cut:]
	}
	return append(out, line)
}
