package semdiff

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// number reads digits with separators, and a sign where none of an
// expression's can stand.
func (l *lexer) number(s string, before rune) int {
	n := 0
	if (s[0] == '-' || strings.HasPrefix(s, "−")) && !isWordRune(before) && before != ')' && before != ']' {
		_, n = utf8.DecodeRuneInString(s)
		if after, _ := utf8.DecodeRuneInString(s[n:]); !unicode.IsDigit(after) || l.afterNumber() {
			return 0
		}
	}
	start := n
	if s[n] == '.' && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9' && (n > 0 || before == ' ' || before == '(') {
		n++ // .5
	}
	for n < len(s) {
		c := s[n]
		if c >= '0' && c <= '9' {
			n++
			continue
		}
		if (c == ',' || c == '.' || c == '\'') && n > start && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9' {
			n++
			continue
		}
		break
	}
	if n == start {
		return 0
	}
	text := plainNumber(s[start:n])
	if start > 0 {
		text = "-" + text
	}
	if ord := ordinalEnd(s[n:]); ord > 0 {
		return l.add(tokenWord, ordinalWord(text), s[:n+ord])
	}
	if value, more := magnitude(text, s[n:]); more > 0 {
		return l.add(tokenNumber, value, s[:n+more])
	}
	if time, more := clock(text, s[n:]); more > 0 {
		return l.add(tokenIdent, time, s[:n+more])
	}
	return l.add(tokenNumber, text, s[:n])
}

// magnitude reads the letter of 10k, 1M, 2bn.
func magnitude(number, after string) (string, int) {
	for _, m := range []struct {
		letter string
		factor float64
	}{{"bn", 1e9}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"B", 1e9}} {
		if rest, ok := strings.CutPrefix(after, m.letter); ok {
			r, _ := utf8.DecodeRuneInString(rest)
			f, err := strconv.ParseFloat(number, 64)
			if err == nil && !isWordRune(r) {
				return formatNumber(f * m.factor), len(m.letter)
			}
		}
	}
	return "", 0
}

var clockTime = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?::([0-5]\d))?(?: ?([aApP])\.?[mM]\b\.?)?`) })

// clock reads the rest of 3 pm, 3:30 p.m., 15:30.
func clock(hour, after string) (string, int) {
	f := clockTime().FindStringSubmatch(after)
	h, err := strconv.Atoi(hour)
	if f == nil || f[0] == "" || err != nil || h < 0 || h > 24 {
		return "", 0
	}
	minute := f[1]
	if minute == "" {
		minute = "00"
	}
	switch strings.ToLower(f[2]) {
	case "p":
		h = h%12 + 12
	case "a":
		h %= 12
	}
	return fmt.Sprintf("%02d:%s", h, minute), len(f[0])
}

// afterNumber reports whether a minus here subtracts, or joins a range.
func (l *lexer) afterNumber() bool {
	return len(l.out) > 0 && l.out[len(l.out)-1].kind == tokenNumber
}

func ordinalEnd(s string) int {
	if len(s) >= 2 && strings.Contains("stndrdth", s[:2]) && (s[:2] == "st" || s[:2] == "nd" || s[:2] == "rd" || s[:2] == "th") {
		if r, _ := utf8.DecodeRuneInString(s[2:]); !isWordRune(r) {
			return 2
		}
	}
	return 0
}

func ordinalWord(n string) string {
	if i, err := strconv.Atoi(n); err == nil && i < len(ordinals) && i > 0 {
		return ordinals[i]
	}
	return n + "th"
}

var ordinals = []string{"zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"}

// plainNumber is a number without separators of thousands, with a point:
// 1,000 and 1000.0 are 1000. A single comma before other than three digits is
// a decimal one.
func plainNumber(s string) string {
	s = strings.ReplaceAll(s, "'", "")
	parts := strings.Split(s, ",")
	thousands := len(parts) > 1
	for _, p := range parts[1:] {
		digits, _, _ := strings.Cut(p, ".")
		thousands = thousands && len(digits) == 3
	}
	switch {
	case thousands:
		s = strings.ReplaceAll(s, ",", "")
	case len(parts) == 2 && !strings.Contains(s, "."):
		s = parts[0] + "." + parts[1]
	}
	return canonicalNumber(s)
}

func canonicalNumber(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return s
	}
	return formatNumber(f)
}

func formatNumber(f float64) string {
	if r := math.Round(f*1e9) / 1e9; math.Abs(f) < 1e15 && math.Abs(f) > 1e-6 {
		f = r
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

var numberWords = map[string]float64{
	"zero": 0, "one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
	"nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
	"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1e6, "billion": 1e9,
}

// spellNumbers replaces numbers in words by digits: twenty-five, two hundred
// and fifty, a dozen, 2 million.
func spellNumbers(in []token) []token {
	out := in[:0:0]
	for i := 0; i < len(in); {
		if t, n := partOf(in[i:]); n > 0 {
			out = append(out, t)
			i += n
			continue
		}
		if f, ok := foldWords[in[i].text]; ok && in[i].kind == tokenWord {
			out = append(out, token{tokenNumber, f, in[i].raw}, token{tokenWord, "times", in[i].raw})
			i++
			continue
		}
		value, n := numberAt(in[i:])
		if n == 0 {
			out = append(out, in[i])
			i++
			continue
		}
		t := token{kind: tokenNumber, text: formatNumber(value), raw: in[i].raw}
		for _, more := range in[i+1 : i+n] {
			t.raw += " " + more.raw
		}
		out = append(out, t)
		i += n
	}
	return out
}

var foldWords = map[string]string{"twice": "2", "thrice": "3"}

// partOf reads a fraction of one unit: half an hour, a quarter of an hour,
// three quarters of a year. The unit stays.
func partOf(ts []token) (token, int) {
	n, top := 0, 1.0
	word := func(k int, list ...string) bool {
		return k < len(ts) && ts[k].kind == tokenWord && slices.Contains(list, ts[k].text)
	}
	switch {
	case word(0, "a", "an", "one"):
		n = 1
	case word(0, "two", "three"):
		n, top = 1, numberWords[ts[0].text]
	}
	if n >= len(ts) {
		return token{}, 0
	}
	of := map[string]float64{"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4}[ts[n].text]
	if of == 0 || n == 0 && of != 2 {
		return token{}, 0
	}
	if n++; word(n, "of") {
		n++
	}
	if !aUnit(ts, n) {
		return token{}, 0
	}
	t := token{kind: tokenNumber, text: formatNumber(top / of)}
	for _, x := range ts[:n+1] {
		t.raw = strings.TrimSpace(t.raw + " " + x.raw)
	}
	return t, n + 1
}

func numberAt(ts []token) (value float64, n int) {
	first := ts[0]
	total, part := 0.0, 0.0
	switch v, ok := numberWords[first.text]; {
	case first.kind == tokenWord && ok && v < 100 || first.text == "hundred" && first.kind == tokenWord:
		part = v
	case first.kind == tokenNumber && len(ts) > 1 && ts[1].kind == tokenWord && numberWords[ts[1].text] >= 1000:
		f, err := strconv.ParseFloat(first.text, 64)
		if err != nil {
			return 0, 0
		}
		part = f
	case first.kind == tokenWord && (first.text == "a" || first.text == "an") && len(ts) > 1 && ts[1].kind == tokenWord &&
		(numberWords[ts[1].text] >= 100 || ts[1].text == "dozen"):
		part = 1
	default:
		return 0, 0
	}
	last := part
	for n = 1; n < len(ts); n++ {
		t := ts[n]
		if t.kind == tokenPunct && t.raw == "-" && last >= 20 && last < 100 && n+1 < len(ts) && numberWords[ts[n+1].text] > 0 && numberWords[ts[n+1].text] < 10 {
			continue
		}
		if t.text == "and" && last >= 100 && n+1 < len(ts) && ts[n+1].kind == tokenWord && numberWords[ts[n+1].text] > 0 && numberWords[ts[n+1].text] < 100 {
			continue
		}
		v, ok := numberWords[t.text]
		if t.kind != tokenWord || !ok {
			break
		}
		switch {
		case v >= 1000:
			total, part = total+max(part, 1)*v, 0
		case v == 100 || v == 12 && t.text == "dozen":
			part = max(part, 1) * v
		case v < 10 && last >= 20 && last < 100 || v < 100 && last >= 100:
			part += v
		default:
			return total + part, n
		}
		last = v
	}
	return total + part, n
}
