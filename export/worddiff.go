package export

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a run of a text that two texts share, or that only this one has.
type piece struct {
	text string
	same bool
}

// Beyond so many words, or cells of the table, the middle of two texts counts
// as different as a whole: the search for the common words is quadratic.
const (
	diffWords = 1500
	diffCells = 250_000
)

// wordDiff divides two texts into what they share, word by word, and what they
// do not. The pieces of each, put together, are that text. What is shared is a
// longest common subsequence of words, blanks and signs.
func wordDiff(a, b string) (as, bs []piece) {
	x, y := words(a), words(b)
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	inX, inY := common(x[head:len(x)-tail], y[head:len(y)-tail])
	return pieces(x, head, tail, inX), pieces(y, head, tail, inY)
}

// words cuts a text into words, runs of blanks and single signs; what lies
// beyond diffWords of them is one piece.
func words(s string) []string {
	var out []string
	for s != "" && len(out) < diffWords {
		first, size := utf8.DecodeRuneInString(s)
		end := size
		for kind := kindOf(first); kind != sign && end < len(s); end += size {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[end:]); kindOf(r) != kind && !inNumber(s, end) {
				break
			}
		}
		out, s = append(out, s[:end]), s[end:]
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}

// inNumber says whether the byte at i is a point or comma between two digits.
func inNumber(s string, i int) bool {
	return (s[i] == '.' || s[i] == ',') && i > 0 && digit(s[i-1]) && i+1 < len(s) && digit(s[i+1])
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// joined takes the blanks between two words that differ as different, too: then
// a reader sees one change.
func joined(all []piece) (out []piece) {
	for i, p := range all {
		if p.same && i > 0 && i+1 < len(all) && strings.TrimLeft(p.text, " ") == "" {
			p.same = false
		}
		if n := len(out) - 1; n >= 0 && out[n].same == p.same {
			out[n].text += p.text
		} else {
			out = append(out, p)
		}
	}
	return out
}

const (
	sign = iota
	blank
	letter
)

func kindOf(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return blank
	case r == '_', unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return letter
	}
	return sign
}

// common marks the words of a longest common subsequence in both texts.
func common(x, y []string) (inX, inY []bool) {
	inX, inY = make([]bool, len(x)), make([]bool, len(y))
	if len(x)*len(y) == 0 || len(x)*len(y) > diffCells {
		return inX, inY
	}
	wide := len(y) + 1
	table := make([]int16, (len(x)+1)*wide) // longest of the rest from i and j on
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				table[i*wide+j] = table[(i+1)*wide+j+1] + 1
			} else {
				table[i*wide+j] = max(table[(i+1)*wide+j], table[i*wide+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			inX[i], inY[j] = true, true
			i, j = i+1, j+1
		case table[(i+1)*wide+j] >= table[i*wide+j+1]:
			i++
		default:
			j++
		}
	}
	return inX, inY
}

// pieces joins neighbours that are alike.
func pieces(all []string, head, tail int, middle []bool) []piece {
	var out []piece
	for i, word := range all {
		same := i < head || i >= len(all)-tail || middle[i-head]
		if n := len(out) - 1; n >= 0 && out[n].same == same {
			out[n].text += word
		} else {
			out = append(out, piece{word, same})
		}
	}
	return out
}
