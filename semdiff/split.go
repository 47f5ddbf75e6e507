package semdiff

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// piece is one unit of one side.
type piece struct {
	what    string // heading, bullet, step, sentence, example, code, table, field, logic, …
	section string // the headings above, outermost first
	guard   string // the template logic around it
	text    string // with marks; without the list marker
	line    int
	end     int
	depth   int // of a bullet: 0 outermost
	exact   bool
	plain   string // of prose: equal for what differs only in writing; set by keyed
	key     string // the same with the guard, and for pieces of every kind: equal for what differs only in writing; set by keyed
	file    string
}

// splitter cuts a text into pieces.
type splitter struct {
	doc      *document
	lines    []string
	at       int // index of the line
	base     int // line number of lines[0]
	sections []heading
	guards   []string
	indents  []int
	labels   map[string]int // how often a line begins with "Label:"
	out      []piece
}

type heading struct {
	level int
	text  string
}

var (
	headingLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`) })
	boldLine    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:\*\*|__)([^*_]+)(?:\*\*|__):?$`) })
	bulletLine  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(\s*)([-*+•◦‣▪–—·]|\(?\d{1,3}[.)]|\(?[a-z][.)]|[Ss](?:tep|TEP) \d{1,3}[:.)])\s+(\[[ xX]\]\s+)?(.*)$`)
	})
	ruleLine  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*([-*_=~]\s*){3,}$`) })
	fenceLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^\\s*(```+|~~~+)\\s*([\\w+-]*)") })
	labelLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\s*(?:\*\*|__)?([A-Za-z][\w /-]{0,24}?)(?:\*\*|__)?\s*(?::|>|=>|->)(?:\*\*|__)?(\s+.*|)$`)
	})
	tagLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*<(/?)([A-Za-z][\w.:-]*)([^<>]*)>(.*)$`) })
)

// split cuts a text, whose first line has the number base, into pieces.
func split(doc *document, text string, base int) []piece {
	s := &splitter{doc: doc, lines: strings.Split(text, "\n"), base: base, labels: map[string]int{}}
	for _, line := range s.lines {
		if m := labelLine().FindStringSubmatch(line); m != nil {
			s.labels[strings.ToLower(m[1])]++
		}
	}
	for s.at < len(s.lines) {
		s.line()
	}
	return s.out
}

func (s *splitter) line() {
	line := strings.TrimRight(s.lines[s.at], " \t")
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "" || ruleLine().MatchString(line):
		s.at++
		s.indents = nil
	case s.fence(line), s.logic(trimmed), s.json(trimmed), s.tag(line), s.table(trimmed), s.heading(line, trimmed), s.example(trimmed):
	default:
		s.prose(line)
	}
}

func (s *splitter) add(p piece) {
	p.line, p.end = p.line+s.base, p.end+s.base
	var names []string
	for _, h := range s.sections {
		names = append(names, h.text)
	}
	p.section = strings.Join(names, " / ")
	p.guard = strings.Join(s.guards, " / ")
	p.file = s.doc.file
	s.out = append(s.out, p)
}

func (s *splitter) fence(line string) bool {
	m := fenceLine().FindStringSubmatch(line)
	if m == nil {
		return false
	}
	start := s.at
	for s.at++; s.at < len(s.lines); s.at++ {
		if strings.HasPrefix(strings.TrimSpace(s.lines[s.at]), m[1]) {
			break
		}
	}
	end := min(s.at, len(s.lines)-1)
	body := dedent(s.lines[min(start+1, len(s.lines)):min(s.at, len(s.lines))])
	s.at++
	text := strings.TrimSpace(strings.Join(body, "\n"))
	if mk, ok := s.whole(text); ok {
		s.fields(mk, start+1, end)
		return true
	}
	for i, l := range body {
		if strings.TrimSpace(l) != "" {
			s.add(piece{what: "code", text: strings.TrimRight(l, " \t"), line: start + 1 + i, end: start + 1 + i, exact: true})
		}
	}
	return true
}

// dedent takes the indentation that all lines share off.
func dedent(lines []string) []string {
	shared, first := "", true
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		own := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if first {
			shared, first = own, false
		}
		for !strings.HasPrefix(own, shared) {
			shared = shared[:len(shared)-1]
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimPrefix(l, shared)
	}
	return out
}

// whole is the mark that a text consists of, if it is JSON.
func (s *splitter) whole(text string) (mark, bool) {
	if n, m := s.doc.markAt(text); strings.HasPrefix(text, string(markOpen)) && n > 0 && strings.Trim(text[n:], " \n") == "" && strings.HasPrefix(m.key, "json ") {
		return m, true
	}
	return mark{}, false
}

// logic takes a line of nothing but template logic.
func (s *splitter) logic(line string) bool {
	var keys []mark
	rest := line
	for strings.HasPrefix(rest, string(markOpen)) {
		n, m := s.doc.markAt(rest)
		if n == 0 || !m.logic {
			return false
		}
		keys = append(keys, m)
		rest = strings.TrimSpace(rest[n:])
	}
	if rest != "" || len(keys) == 0 {
		return false
	}
	for _, m := range keys {
		s.enter(m, line)
	}
	s.at++
	return true
}

func (s *splitter) enter(m mark, line string) {
	switch {
	case m.key == "#end":
		if n := len(s.guards); n > 0 {
			s.guards = s.guards[:n-1]
		}
		return
	case strings.HasPrefix(m.key, "#else"):
		if n := len(s.guards); n > 0 {
			s.guards[n-1] += " " + m.key[1:]
		}
		return
	}
	what := "logic"
	if strings.HasPrefix(m.key, "#> ") {
		what = "partial"
	} else if strings.HasPrefix(m.key, "#role") {
		what = "role"
	}
	s.add(piece{what: what, text: line, line: s.at, end: s.at, exact: true})
	if what == "logic" {
		s.guards = append(s.guards, strings.TrimPrefix(m.key, "#"))
	}
}

func (s *splitter) json(line string) bool {
	mk, ok := s.whole(line)
	if !ok {
		return false
	}
	last := s.at + strings.Count(mk.raw, "\n")
	s.fields(mk, s.at, last)
	s.at++
	return true
}

// fields cuts a JSON value into its leaves.
func (s *splitter) fields(mk mark, line, end int) {
	var v any
	if json.Unmarshal([]byte(strings.TrimPrefix(mk.key, "json ")), &v) != nil {
		return
	}
	raw := strings.Split(mk.raw, "\n")
	for _, f := range leaves(v) {
		from, to := line, end
		if i := linesOf(raw, f); i >= 0 && len(raw) > 1 && line+i <= end {
			from, to = line+i, line+i
		}
		p := piece{what: "field", line: from, end: to, text: f.path + ": " + f.text, exact: true}
		if text, ok := f.value.(string); ok && len(strings.Fields(text)) > 2 {
			p.exact = false
			p.what = "bullet"
			if p.text = text; !strings.HasSuffix(f.path, "[]") {
				p.text = f.path + ": " + text
			}
		}
		s.add(p)
	}
}

// tag takes an XML tag at the head of a line: an opening one is a heading, a
// closing one ends it. What follows on the line is read as a line.
func (s *splitter) tag(line string) bool {
	m := tagLine().FindStringSubmatch(line)
	if m == nil {
		return false
	}
	name, rest := m[2], strings.TrimSpace(m[4])
	if m[1] == "/" {
		s.closeTag(name)
	} else if !strings.HasSuffix(m[3], "/") {
		s.openHeading(100+len(s.sections), strings.ReplaceAll(name, "_", " ")+m[3])
		if before, ok := strings.CutSuffix(rest, "</"+name+">"); ok {
			if before = strings.TrimSpace(before); before != "" {
				s.lines[s.at] = before
				s.prose(before)
			} else {
				s.at++
			}
			s.closeTag(name)
			return true
		}
	}
	if rest == "" {
		s.at++
	} else {
		s.lines[s.at] = rest
	}
	return true
}

func (s *splitter) closeTag(name string) {
	for i := len(s.sections) - 1; i >= 0; i-- {
		if s.sections[i].level >= 100 && strings.HasPrefix(s.sections[i].text, normalHeading(strings.ReplaceAll(name, "_", " "))) {
			s.sections = s.sections[:i]
			return
		}
	}
}

func (s *splitter) openHeading(level int, text string) {
	n := len(s.sections)
	for n > 0 && s.sections[n-1].level >= level && (s.sections[n-1].level < 100 || level >= 100) {
		n--
	}
	s.sections = s.sections[:n]
	s.add(piece{what: "heading", text: text, line: s.at, end: s.at})
	s.sections = append(s.sections, heading{level, normalHeading(text)})
	s.indents = nil
}

// normalHeading is a heading as sections are compared.
func normalHeading(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Trim(text, " :*_#"))), " ")
}

func (s *splitter) heading(line, trimmed string) bool {
	if m := headingLine().FindStringSubmatch(trimmed); m != nil {
		s.openHeading(len(m[1]), m[2])
		s.at++
		return true
	}
	if m := boldLine().FindStringSubmatch(trimmed); m != nil && len(strings.Fields(m[1])) < 9 {
		s.openHeading(7, m[1])
		s.at++
		return true
	}
	bullet := bulletLine().MatchString(line)
	if s.at+1 < len(s.lines) && !bullet {
		if under := strings.TrimSpace(s.lines[s.at+1]); len(under) > 2 && (strings.Trim(under, "=") == "" || strings.Trim(under, "-") == "") {
			s.openHeading(1, trimmed)
			s.at += 2
			return true
		}
	}
	if title, ok := strings.CutSuffix(trimmed, ":"); ok && !bullet && len(strings.Fields(title)) < 5 && !strings.ContainsAny(title, ".:?!,;") && !strings.ContainsRune(title, markOpen) && s.labels[strings.ToLower(title)] < 2 {
		s.openHeading(8, title)
		s.at++
		return true
	}
	return false
}

func (s *splitter) table(line string) bool {
	if !strings.HasPrefix(line, "|") || strings.Count(line, "|") < 2 {
		return false
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	empty := true
	for i, c := range cells {
		cells[i] = strings.Join(strings.Fields(c), " ")
		empty = empty && strings.Trim(cells[i], ":-") == ""
	}
	if !empty {
		s.add(piece{what: "table", text: strings.Join(cells, " | "), line: s.at, end: s.at})
	}
	s.at++
	return true
}
