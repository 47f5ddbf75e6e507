package main

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

type lineKind int

const (
	blank lineKind = iota
	front          // front matter, with its fences
	heading
	bullet
	numbered
	prose
	table
	code    // fenced block, with its fences
	tag     // a line that is only a tag
	logic   // a line that is only template syntax
	example // input or output of an example
)

// line is a line of a document: text[start:end], without its line feed; what
// it says begins at body, behind indentation and list marker.
type line struct {
	kind             lineKind
	start, body, end int
	section          string // the heading above, lower case
}

// document is a prompt with its lines told apart, as far as mutators need it.
type document struct {
	prompt
	lines     []line
	protected [][2]int // code, quotes, variables and tags within lines
}

var (
	markerLine  = regexp.MustCompile(`^\s*[-*+•] `)
	numberLine  = regexp.MustCompile(`^\s*\d+[.)] `)
	headLine    = regexp.MustCompile(`^#{1,6} `)
	underline   = regexp.MustCompile(`^(=+|-{3,})$`)
	tagLine     = regexp.MustCompile(`^</?[a-z]+>$`)
	logicLine   = regexp.MustCompile(`^\s*(\{%.*%\}|\{\{[#/>].*\}\}|\{\{role .*\}\}|\{\{else\}\})\s*$`)
	exampleLine = regexp.MustCompile(`^(<(user|assistant)>|(Input|Output|Text|Answer|Ticket|Label|Comment|Review|Sentiment):)`)
	inline      = regexp.MustCompile("`[^`\n]*`" + `|"[^"\n]*"|\{\{[^}\n]*\}\}|\{%[^%\n]*%\}|\{[a-z_]+\}|</?[a-z]+>|\[[A-Za-z0-9-]+\]`)
)

func parse(p prompt) *document {
	d := &document{prompt: p}
	section, fenced, inFront, inExample := "", false, false, false
	for start, i := 0, 0; start < len(p.text); i++ {
		end := start + strings.IndexByte(p.text[start:]+"\n", '\n')
		text := p.text[start:end]
		l := line{kind: prose, start: start, body: start + len(text) - len(strings.TrimLeft(text, " ")), end: end}
		fence := strings.HasPrefix(text, "```")
		switch {
		case text == "---" && (i == 0 || inFront):
			l.kind, inFront = front, i == 0
		case inFront:
			l.kind = front
		case fence || fenced:
			l.kind, fenced = code, fenced != fence
		case strings.TrimSpace(text) == "":
			l.kind = blank
		case headLine.MatchString(text):
			l.kind, section = heading, strings.ToLower(strings.TrimLeft(text, "# "))
			l.body = start + strings.IndexByte(text, ' ') + 1
		case underline.MatchString(text):
			l.kind = heading
			if n := len(d.lines); n > 0 && d.lines[n-1].kind == prose {
				d.lines[n-1].kind = heading
				section = strings.ToLower(p.text[d.lines[n-1].start:d.lines[n-1].end])
			}
		case tagLine.MatchString(text):
			l.kind = tag
			inExample = text == "<example>" || inExample && text != "</example>"
		case logicLine.MatchString(text):
			l.kind = logic
		case inExample || exampleLine.MatchString(text):
			l.kind = example
		case strings.HasPrefix(text, "|"):
			l.kind = table
		case markerLine.MatchString(text):
			l.kind = bullet
			l.body = start + len(markerLine.FindString(text))
		case numberLine.MatchString(text):
			l.kind = numbered
			l.body = start + len(numberLine.FindString(text))
		}
		l.section = section
		d.lines = append(d.lines, l)
		start = end + 1
	}
	for _, m := range inline.FindAllStringIndex(p.text, -1) {
		d.protected = append(d.protected, [2]int{m[0], m[1]})
	}
	return d
}

func (d *document) str(l line) string { return d.text[l.body:l.end] }

// rule says whether the line is running text of an instruction.
func (l line) rule() bool { return l.kind == bullet || l.kind == numbered || l.kind == prose }

// lineAt is the index of the line that holds the byte at pos.
func (d *document) lineAt(pos int) int {
	return sort.Search(len(d.lines), func(i int) bool { return d.lines[i].end >= pos })
}

// free says whether text[start:end] touches nothing protected.
func (d *document) free(start, end int) bool {
	i := sort.Search(len(d.protected), func(i int) bool { return d.protected[i][1] > start })
	return i == len(d.protected) || d.protected[i][0] >= end
}

// span is a piece of text, [start,end).
type span struct{ start, end int }

var sentenceEnd = regexp.MustCompile(`[.!?]["”)]? +(\p{Lu}|["“<])`)

// sentences are the sentences of all rule lines, each within its line.
func (d *document) sentences() []span {
	var all []span
	for _, l := range d.lines {
		if l.rule() {
			all = append(all, d.sentencesOf(l)...)
		}
	}
	return all
}

func (d *document) sentencesOf(l line) []span {
	var all []span
	start := l.body
	for _, m := range sentenceEnd.FindAllStringSubmatchIndex(d.str(l), -1) {
		next := l.body + m[2]
		all = append(all, span{start, l.body + m[0] + len(strings.TrimRight(d.text[l.body+m[0]:next], " "))})
		start = next
	}
	return append(all, span{start, start + len(strings.TrimRight(d.text[start:l.end], " "))})
}

// sentenceAt is the sentence that holds the byte at pos of a rule line.
func (d *document) sentenceAt(pos int) span {
	for _, s := range d.sentencesOf(d.lines[d.lineAt(pos)]) {
		if pos >= s.start && pos < s.end {
			return s
		}
	}
	return span{pos, pos}
}

// blocks are runs of neighbouring lines of one kind, as indexes [from,to).
func (d *document) blocks(kind lineKind) []span {
	var all []span
	for i := 0; i < len(d.lines); i++ {
		if d.lines[i].kind != kind {
			continue
		}
		from := i
		for i < len(d.lines) && d.lines[i].kind == kind {
			i++
		}
		all = append(all, span{from, i})
	}
	return all
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func lower(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// like gives s the case of the first letter of model.
func like(s, model string) string {
	if r, _ := utf8.DecodeRuneInString(model); unicode.IsUpper(r) {
		return capital(s)
	}
	return s
}
