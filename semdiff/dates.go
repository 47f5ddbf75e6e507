package semdiff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var monthNames = strings.Fields("january february march april may june july august september october november december")

// dates replaces dates in words, 3 May 2026 or May 3rd, 2026, by their ISO form.
func dates(in []token) []token {
	for i, t := range in {
		if t.kind == tokenIdent {
			in[i].text = isoDate(t.text)
		}
	}
	if !slices.ContainsFunc(in, func(t token) bool { return month(t) > 0 }) {
		return in
	}
	var out []token
	for i := 0; i < len(in); {
		t, n := dateAt(in[i:])
		if n == 0 {
			out = append(out, in[i])
			i++
			continue
		}
		out = append(out, t)
		i += n
	}
	return out
}

// month is the number of a month's name; 0 for other words, and for the words
// "may" and "march".
func month(t token) int {
	if t.kind != tokenWord || t.raw == "" || t.raw[0] < 'A' || t.raw[0] > 'Z' {
		return 0
	}
	for i, name := range monthNames {
		if t.text == name || len(t.text) == 3 && name[:3] == t.text || t.text == "sept" && i == 8 {
			return i + 1
		}
	}
	return 0
}

func dateAt(ts []token) (token, int) {
	at := func(k int) token {
		if k < len(ts) {
			return ts[k]
		}
		return token{kind: tokenPunct}
	}
	var day, mon, n int
	if day = dayOf(at(0)); day > 0 {
		n = 1
		if at(1).text == "of" {
			n = 2
		}
		mon = month(at(n))
		n++
	} else if mon = month(at(0)); mon > 0 {
		n = 1
		if at(1).text == "the" {
			n = 2
		}
		day = dayOf(at(n))
		n++
	}
	if day == 0 || mon == 0 {
		return token{}, 0
	}
	year := "-"
	next := n
	if at(next).text == "," || at(next).text == "." && at(next).kind == tokenPunct {
		next++
	}
	if y := at(next); y.kind == tokenNumber && len(y.text) == 4 && (y.text[0] == '1' || y.text[0] == '2') {
		year, n = y.text, next+1
	}
	t := token{kind: tokenIdent, text: fmt.Sprintf("%s-%02d-%02d", year, mon, day)}
	for _, x := range ts[:n] {
		t.raw = strings.TrimSpace(t.raw + " " + x.raw)
	}
	return t, n
}

// dayOf is a day of the month, as a number or an ordinal; 0 if it is none.
func dayOf(t token) int {
	text := t.raw
	if t.kind == tokenWord {
		if len(text) < 3 || text[0] < '1' || text[0] > '9' {
			return 0
		}
		text = text[:len(text)-2]
	}
	d, err := strconv.Atoi(text)
	if err != nil || d < 1 || d > 31 {
		return 0
	}
	return d
}

// isDate reports whether an identifier is a date in ISO form, or one of the
// dates without a year that dates makes.
func isDate(s string) bool {
	if year, rest, ok := strings.Cut(s, "-"); !ok || len(year) != 4 && year != "" || year == "" && !strings.HasPrefix(rest, "-") {
		return false
	}
	return strings.Trim(s, "0123456789-") == "" && strings.Count(s, "-") >= 2
}

// isoDate is a date in digits, 31.01.2026 or 31/01/2026, in ISO form. With
// slashes it stays as it is where the day may be the month.
func isoDate(s string) string {
	for _, sep := range []string{".", "/"} {
		f := strings.Split(s, sep)
		if len(f) != 3 || len(f[2]) != 4 || len(f[0]) > 2 || len(f[1]) > 2 || !digits(f[0]+f[1]+f[2]) || f[0] == "" || f[1] == "" {
			continue
		}
		d, _ := strconv.Atoi(f[0])
		m, _ := strconv.Atoi(f[1])
		if sep == "/" && d <= 12 && m > 12 {
			d, m = m, d
		}
		if d <= 31 && m <= 12 && (sep == "." || d > 12) {
			return fmt.Sprintf("%s-%02d-%02d", f[2], m, d)
		}
	}
	return s
}
