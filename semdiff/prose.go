package semdiff

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prose takes a paragraph or a list item, with the lines that continue it.
func (s *splitter) prose(line string) {
	start := s.at
	p := piece{what: "sentence"}
	text := strings.TrimSpace(line)
	for strings.HasPrefix(text, "> ") {
		text = strings.TrimSpace(text[2:])
	}
	if m := bulletLine().FindStringSubmatch(line); m != nil {
		p.what = "bullet"
		if strings.ContainsAny(m[2], "0123456789") || strings.ContainsAny(m[2], "abcdefghijklmnopqrstuvwxyz") {
			p.what = "step"
		}
		p.depth = s.nesting(indent(m[1]))
		text = m[4]
	} else {
		s.indents = nil
	}
	s.at++
	for s.at < len(s.lines) && continues(text, s.lines[s.at], p.what != "sentence") {
		text += " " + strings.TrimSpace(s.lines[s.at])
		s.at++
	}
	for _, sentence := range sentences(text) {
		q := p
		q.text, q.line, q.end = sentence, start, s.at-1
		s.add(q)
	}
}

func indent(s string) int {
	n := 0
	for _, r := range s {
		if r == '\t' {
			n += 4
		} else {
			n++
		}
	}
	return n
}

// nesting is the depth of a list item among those around it.
func (s *splitter) nesting(indent int) int {
	for len(s.indents) > 0 && s.indents[len(s.indents)-1] > indent {
		s.indents = s.indents[:len(s.indents)-1]
	}
	if len(s.indents) == 0 || s.indents[len(s.indents)-1] < indent {
		s.indents = append(s.indents, indent)
	}
	return len(s.indents) - 1
}

// continues reports whether a line goes on with the sentence before it.
func continues(text, line string, item bool) bool {
	next := strings.TrimSpace(line)
	if next == "" || bulletLine().MatchString(line) || fenceLine().MatchString(line) || tagLine().MatchString(line) || strings.HasPrefix(next, "|") || strings.HasPrefix(next, "#") {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text, " "))
	first, _ := utf8.DecodeRuneInString(next)
	if strings.ContainsRune(".!?:", last) {
		return item && line[0] == ' ' && last != ':'
	}
	return unicode.IsLower(first) || len(text) > 60 && !strings.ContainsAny(lastWord(text), "{}") && labelLine().FindStringSubmatch(line) == nil || item && (line[0] == ' ' || line[0] == '\t') || last == ','
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

var abbreviations = strings.Fields("e.g i.e etc dr mr mrs ms prof vs no approx st inc ltd fig eq cf al dept est max min resp incl jan feb mar apr jun jul aug sep sept oct nov dec")

// sentences cuts a paragraph after full stops, question and exclamation marks
// that end a sentence.
func sentences(text string) []string {
	var out []string
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '.' && c != '!' && c != '?' {
			if strings.HasPrefix(text[i:], "。") || strings.HasPrefix(text[i:], "！") || strings.HasPrefix(text[i:], "？") {
				out, start, i = append(out, text[start:i+3]), i+3, i+2
			}
			continue
		}
		end := i + 1
		for end < len(text) && strings.ContainsRune(`.!?"')]*_`+"`", rune(text[end])) {
			end++
		}
		if end < len(text) && text[end] != ' ' || !endsHere(text[start:i], text[end:], c) {
			i = end - 1
			continue
		}
		out = append(out, text[start:end])
		start, i = end, end-1
	}
	out = append(out, text[start:])
	kept := out[:0]
	for _, s := range out {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func endsHere(before, after string, c byte) bool {
	after = strings.TrimLeft(after, " ")
	if after == "" {
		return true
	}
	next, _ := utf8.DecodeRuneInString(after)
	if !unicode.IsUpper(next) && !unicode.IsDigit(next) && !strings.ContainsRune("\"'“‘([*_`<-•", next) && next != markOpen {
		return c != '.' && !unicode.IsLower(next)
	}
	if c != '.' {
		return true
	}
	word := strings.ToLower(before[strings.LastIndexAny(before, " (")+1:])
	if i := strings.LastIndexByte(word, '.'); i > 0 && len(word)-i == 2 { // U.S.
		return false
	}
	return !slices.Contains(abbreviations, word) && !(len(word) == 1 && word >= "a" && word <= "z" && len(before) > 3)
}

// example takes a group of lines "Label: text", as in few-shot examples: one
// whose label stands more than once in the text.
func (s *splitter) example(line string) bool {
	label := s.label(line)
	if label == "" {
		return false
	}
	seen := []string{}
	for s.at < len(s.lines) {
		line = strings.TrimSpace(s.lines[s.at])
		next := s.label(line)
		if next == "" || slices.Contains(seen, next) {
			break
		}
		seen = append(seen, next)
		m := labelLine().FindStringSubmatch(line)
		value := strings.TrimSpace(m[2])
		start := s.at
		for s.at++; s.at < len(s.lines) && s.goesOn(value, s.lines[s.at]); s.at++ {
			value += " " + strings.TrimSpace(s.lines[s.at])
		}
		s.add(piece{what: "example", text: m[1] + ": " + value, line: start, end: s.at - 1})
	}
	return true
}

// goesOn reports whether a line belongs to the value of an example above it.
func (s *splitter) goesOn(value, line string) bool {
	next := strings.TrimSpace(line)
	if value == "" || next == "" || s.label(next) != "" || headingLine().MatchString(next) || boldLine().MatchString(next) {
		return false
	}
	return continues("a,", line, true)
}

func (s *splitter) label(line string) string {
	m := labelLine().FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	label := strings.ToLower(m[1])
	if s.labels[label] < 2 || strings.Contains(label, "://") {
		return ""
	}
	return label
}
