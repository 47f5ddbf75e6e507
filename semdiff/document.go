package semdiff

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A mark stands in a document's text for a placeholder or a piece of template
// logic: markOpen, its index, markClose. The runes are private use, and taken
// out of what comes in.
const (
	markOpen  = '\uE000'
	markClose = '\uE001'
)

// mark is one placeholder or piece of logic.
type mark struct {
	key   string // the same in every syntax: "$name", "#if x", "#each x", "#end", "#else", "#>partial"
	raw   string // as written
	name  string // of the variable; "" for others
	logic bool   // control flow
}

// document is one version of one text.
type document struct {
	file   string
	marks  []mark
	loops  []string // while it is read: the names of the loops' items
	pieces []piece
	rename map[string]string  // names of variables on this side → on the other
	tokens map[string][]token // plain tokens of texts, see plain
	says   map[string]bool    // plain keys of the pieces, see repeats
}

// plain are the plain tokens of a text of the document, which are kept. They
// must not be changed, nor the document's marks once they were asked for.
func (d *document) plain(text string) []token {
	ts, ok := d.tokens[text]
	if !ok {
		if d.tokens == nil {
			d.tokens = map[string][]token{}
		}
		ts = plainTokens(d, text)
		d.tokens[text] = ts
	}
	return ts
}

// markAt reads the mark at the head of s, and its length.
func (d *document) markAt(s string) (int, mark) {
	end := strings.IndexRune(s, markClose)
	if d == nil || end < 0 {
		return 0, mark{}
	}
	i, err := strconv.Atoi(s[utf8.RuneLen(markOpen):end])
	if err != nil || i < 0 || i >= len(d.marks) {
		return 0, mark{}
	}
	m := d.marks[i]
	if to, ok := d.rename[m.name]; ok && m.name != "" {
		m.key = strings.Replace(m.key, "$"+m.name, "$"+to, 1)
	}
	return end + utf8.RuneLen(markClose), m
}

func (d *document) mark(b *strings.Builder, m mark) {
	b.WriteRune(markOpen)
	b.WriteString(strconv.Itoa(len(d.marks)))
	b.WriteRune(markClose)
	d.marks = append(d.marks, m)
}

// written is a text with its marks as they were written.
func (d *document) written(s string) string {
	if !strings.ContainsRune(s, markOpen) {
		return s
	}
	return d.replace(s, func(m mark) string { return m.raw })
}

// keyed is a text with its marks as what they stand for, so that the same
// place in the order of marks does not make different ones equal.
func (d *document) keyed(s string) string {
	if !strings.ContainsRune(s, markOpen) {
		return s
	}
	return d.replace(s, func(m mark) string { return m.key })
}

func (d *document) replace(s string, by func(mark) string) string {
	var b strings.Builder
	for {
		i := strings.IndexRune(s, markOpen)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		n, m := d.markAt(s[i:])
		if n == 0 {
			n = utf8.RuneLen(markOpen)
		} else {
			b.WriteString(by(m))
		}
		s = s[i+n:]
	}
}
