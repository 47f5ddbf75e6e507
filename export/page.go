package export

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// markup is HTML that this package wrote. Only constants convert to it by
// themselves, so that the compiler keeps text from outside away from raw.
type markup string

// nameLimit and reasonLimit are the most escaped bytes shown of a name and of
// a sentence.
const (
	nameLimit   = 200
	reasonLimit = 1500
)

// page streams HTML; the first write error sticks in w.
type page struct {
	w   *bufio.Writer
	buf []byte

	beside      bool              // images of the same folder are shown
	quarantined map[string]string // the day until which a case counts for no rule, by ID
}

func newPage(w io.Writer) *page { return &page{w: bufio.NewWriterSize(w, 32<<10)} }

func (p *page) raw(m markup) { p.w.WriteString(string(m)) }

// put writes a template in which each {} stands for the next value: markup as
// it is, a number as such, and any string escaped and cut like a name.
func (p *page) put(template markup, values ...any) {
	rest := string(template)
	for _, v := range values {
		before, after, found := strings.Cut(rest, "{}")
		if !found {
			break
		}
		p.w.WriteString(before)
		p.value(v)
		rest = after
	}
	p.w.WriteString(rest)
}

func (p *page) value(v any) {
	switch v := v.(type) {
	case markup:
		p.raw(v)
	case string:
		p.text(v, nameLimit)
	case int:
		p.buf = strconv.AppendInt(p.buf[:0], int64(v), 10)
		p.w.Write(p.buf)
	case float64:
		p.buf = strconv.AppendFloat(p.buf[:0], v, 'f', 1, 64)
		p.w.Write(p.buf)
	}
}

// text writes at most limit escaped bytes of s, with an ellipsis when cut, and
// returns how many bytes of s were left out.
func (p *page) text(s string, limit int) int {
	var rest int
	p.buf, rest = appendEscaped(p.buf[:0], s, htmlEscape, limit)
	p.w.Write(p.buf)
	if rest > 0 {
		p.w.WriteString("…")
	}
	return rest
}

// block writes a preformatted text, with a note on what was cut.
func (p *page) block(s string, limit int) {
	p.raw(`<pre dir="auto">`)
	if s != "" && s[0] == '\n' {
		p.raw("\n") // a parser drops the first line feed of pre
	}
	rest := p.text(s, limit)
	p.raw(`</pre>`)
	if rest > 0 {
		p.put(`<p class="cut">{} more in the run’s ledger</p>`, byteSize(rest))
	}
}

// section opens a part of the page that the navigation can name.
func (p *page) section(id, title markup, lead string) {
	p.put(`<section id="{}" aria-labelledby="{}-h"><h2 id="{}-h">{}</h2>`, id, id, id, title)
	if lead != "" {
		p.raw(`<p class="lead">`)
		p.text(lead, reasonLimit)
		p.raw(`</p>`)
	}
}

// tone is the class that colours a verdict or a state.
func tone(word string) markup {
	switch word {
	case "pass", "passed", "improved", "delivered":
		return "good"
	case "fail", "failed", "regressed", "rejected":
		return "bad"
	case "errored", "held":
		return "err"
	}
	return "open"
}

// chip is a word with its tone; the style adds a sign, for colour never
// stands alone.
func (p *page) chip(word string) {
	p.put(`<span class="chip {}">{}</span>`, tone(word), word)
}
