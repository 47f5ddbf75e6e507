package semdiff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// numerals brings the ways to write an amount to one form, before numbers in
// words are read: 1 500, ½, per cent, 3 by 4, noon, hourly.
func numerals(in []token) []token {
	out := make([]token, 0, len(in)+4)
	for i := 0; i < len(in); {
		n := 0
		for _, read := range numeralReaders {
			var ts []token
			if ts, n = read(in, i); n > 0 {
				out = append(out, ts...)
				break
			}
		}
		if n == 0 {
			out, n = append(out, in[i]), 1
		}
		i += n
	}
	return out
}

var numeralReaders = [...]func(in []token, i int) ([]token, int){groupedNumber, mixedNumber, clockWord, perCent, frequency, byNumber}

// at is the token at i, or a mark of punctuation where there is none.
func at(ts []token, i int) token {
	if i >= 0 && i < len(ts) {
		return ts[i]
	}
	return token{kind: tokenPunct}
}

func isWordIn(t token, list ...string) bool {
	return t.kind == tokenWord && slices.Contains(list, t.text)
}

func merged(kind tokenKind, text string, ts []token) token {
	var raw []string
	for _, t := range ts {
		raw = append(raw, t.raw)
	}
	return token{kind, text, strings.Join(raw, " ")}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// groupedNumber reads 1 500 000.
func groupedNumber(in []token, i int) ([]token, int) {
	if in[i].kind != tokenNumber || !digits(in[i].raw) || len(in[i].raw) > 3 || in[i].raw[0] == '0' {
		return nil, 0
	}
	n := 1
	for t := at(in, i+n); t.kind == tokenNumber && len(t.raw) == 3 && digits(t.raw); t = at(in, i+n) {
		n++
	}
	if n == 1 {
		return nil, 0
	}
	t := merged(tokenNumber, "", in[i:i+n])
	t.text = canonicalNumber(strings.ReplaceAll(t.raw, " ", ""))
	return []token{t}, n
}

var vulgar = map[string]float64{"½": .5, "¼": .25, "¾": .75, "⅓": 1. / 3, "⅔": 2. / 3, "⅕": .2, "⅛": .125}

// mixedNumber reads ½, 1½, "2 and a half", and "half a cup".
func mixedNumber(in []token, i int) ([]token, int) {
	t := in[i]
	if f, ok := vulgar[t.text]; ok {
		return []token{{tokenNumber, formatNumber(f), t.raw}}, 1
	}
	x, err := strconv.ParseFloat(t.text, 64)
	if t.kind == tokenWord {
		x, err = numberWords[t.text], nil
	}
	switch next := at(in, i+1); {
	case err != nil || x == 0 || x > 1000 || t.kind != tokenNumber && t.kind != tokenWord:
	case vulgar[next.text] > 0:
		return []token{merged(tokenNumber, formatNumber(x+vulgar[next.text]), in[i:i+2])}, 2
	case next.text == "and" && isWordIn(at(in, i+2), "a", "one") && isWordIn(at(in, i+3), "half"):
		return []token{merged(tokenNumber, formatNumber(x+.5), in[i:i+4])}, 4
	}
	return nil, 0
}

// clockWord reads noon and midnight.
func clockWord(in []token, i int) ([]token, int) {
	switch {
	case isWordIn(in[i], "noon", "midday"):
		return []token{{tokenIdent, "12:00", in[i].raw}}, 1
	case isWordIn(in[i], "midnight"):
		return []token{{tokenIdent, "00:00", in[i].raw}}, 1
	}
	return nil, 0
}

// perCent reads "per cent", and a share: "a quarter of the price" is 25 %.
func perCent(in []token, i int) ([]token, int) {
	if isWordIn(in[i], "per") && isWordIn(at(in, i+1), "cent") {
		return []token{merged(tokenSymbol, "%", in[i:i+2])}, 2
	}
	share := func(f float64, n int) ([]token, int) {
		t := merged(tokenNumber, formatNumber(100*f), in[i:i+n])
		return []token{t, {tokenSymbol, "%", t.raw}}, n
	}
	n, top := 0, 1.0
	switch {
	case isWordIn(in[i], "a", "one"):
		n = 1
	case isWordIn(in[i], "two", "three", "four"):
		n, top = 1, numberWords[in[i].text]
	}
	if of := parts[at(in, i+n).text]; of > 0 && at(in, i+n).kind == tokenWord && (n > 0 || of == 2) && isWordIn(at(in, i+n+1), "of") && !aUnit(in, i+n+2) {
		return share(top/of, n+1)
	}
	x, y := at(in, i), at(in, i+2)
	if x.kind == tokenNumber && y.kind == tokenNumber && at(in, i+1).text == "/" && isWordIn(at(in, i+3), "of") {
		a, _ := strconv.ParseFloat(x.text, 64)
		b, _ := strconv.ParseFloat(y.text, 64)
		if a > 0 && b > a {
			return share(a/b, 3)
		}
	}
	return nil, 0
}

var parts = map[string]float64{"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10}

// aUnit reports whether "a" and a unit stand at i, as in "of an hour".
func aUnit(in []token, i int) bool {
	if !isWordIn(at(in, i), "a", "an") || at(in, i+1).kind != tokenWord {
		return false
	}
	w := wordnet.Lemma(at(in, i+1).text)
	_, ok := units()[w]
	return ok && len(w) > 1
}

var frequencyWords = map[string]string{"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year", "fortnightly": "fortnight"}

// frequency reads hourly, "every hour", "once a day", "every other week" as
// every so many units.
func frequency(in []token, i int) ([]token, int) {
	every := func(times, unit string, n int) ([]token, int) {
		raw := merged(tokenWord, "", in[i:i+n]).raw
		return []token{{tokenWord, "every", raw}, {tokenNumber, times, raw}, {tokenWord, unit, raw}}, n
	}
	if unit, ok := frequencyWords[in[i].text]; ok && in[i].kind == tokenWord {
		return every("1", unit, 1)
	}
	unitAt := func(k int) string {
		if t := at(in, k); t.kind == tokenWord && isTime(t.text) {
			return t.text
		}
		return ""
	}
	switch next := at(in, i+1); {
	case isWordIn(in[i], "once") && isWordIn(next, "a", "an", "per", "each", "every") && unitAt(i+2) != "":
		return every("1", unitAt(i+2), 3)
	case isWordIn(in[i], "every", "each") && isWordIn(next, "other", "second") && unitAt(i+2) != "":
		return every("2", unitAt(i+2), 3)
	case isWordIn(in[i], "every") && unitAt(i+1) != "" && next.text != "second":
		return every("1", unitAt(i+1), 2)
	}
	return nil, 0
}

// byNumber reads 3 by 4, and 1920x1080.
func byNumber(in []token, i int) ([]token, int) {
	if in[i].kind == tokenNumber && isWordIn(at(in, i+1), "by", "x") && at(in, i+2).kind == tokenNumber {
		return []token{in[i], {tokenSymbol, "×", in[i+1].raw}, in[i+2]}, 3
	}
	if x, y, ok := strings.Cut(in[i].text, "x"); ok && in[i].kind == tokenIdent && digits(x) && digits(y) {
		return []token{{tokenNumber, canonicalNumber(x), x}, {tokenSymbol, "×", "x"}, {tokenNumber, canonicalNumber(y), y}}, 1
	}
	return nil, 0
}
