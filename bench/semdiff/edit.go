package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// splice replaces text[start:end] by text.
type splice struct {
	start, end int
	text       string
}

// edit is one way to change a document: splices in ascending order that don't
// overlap. plant goes into both versions first, so that a sentence of a table
// can be edited in any prompt; splices count in the text that has it.
type edit struct {
	plant   *splice
	splices []splice
}

// one is the edit of a single piece.
func one(start, end int, text string) edit { return edit{splices: []splice{{start, end, text}}} }

// apply gives the text after the splices.
func apply(text string, splices []splice) string {
	var b strings.Builder
	at := 0
	for _, s := range splices {
		b.WriteString(text[at:s.start])
		b.WriteString(s.text)
		at = s.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// touched are the lines, from 1, that those of the splices that are in wanted
// touch before and after. A line that is inserted has no counterpart before, a
// deleted one none after.
func touched(text string, splices, wanted []splice) (before, after map[int]bool) {
	before, after = map[int]bool{}, map[int]bool{}
	result := apply(text, splices)
	shift := 0
	for _, s := range splices {
		old := text[s.start:s.end]
		if slices.Contains(wanted, s) {
			whole := strings.Contains(old+s.text, "\n") && (strings.TrimSpace(old) == "" || strings.TrimSpace(s.text) == "")
			mark(before, text, s.start, s.end, whole)
			mark(after, result, s.start+shift, s.start+shift+len(s.text), whole)
		}
		shift += len(s.text) - len(old)
	}
	return before, after
}

// mark adds the lines of text[start:end]; nothing if the piece is blank and
// stands for a whole line that is missing on this side.
func mark(lines map[int]bool, text string, start, end int, whole bool) {
	piece := text[start:end]
	if strings.TrimSpace(piece) == "" {
		if !whole {
			lines[1+strings.Count(text[:start], "\n")] = true
		}
		return
	}
	first := start + len(piece) - len(strings.TrimLeft(piece, " \n"))
	last := start + len(strings.TrimRight(piece, " \n"))
	n := 1 + strings.Count(text[:first], "\n")
	for i := n; i <= n+strings.Count(text[first:last], "\n"); i++ {
		lines[i] = true
	}
}

// joined is one edit with the splices of all; false if two of them touch the
// same line.
func joined(text string, edits ...edit) (edit, bool) {
	var all edit
	used := map[int]bool{}
	for _, e := range edits {
		mine := map[int]bool{}
		for _, s := range e.splices {
			first := strings.Count(text[:s.start], "\n")
			for n := first - 1; n <= first+1+strings.Count(text[s.start:s.end], "\n"); n++ {
				mine[n] = true
			}
		}
		for n := range mine {
			if used[n] {
				return edit{}, false
			}
		}
		for n := range mine {
			used[n] = true
		}
		all.splices = append(all.splices, e.splices...)
	}
	slices.SortFunc(all.splices, func(a, b splice) int { return cmp.Compare(a.start, b.start) })
	return all, true
}

// matches are the edits that replace one match of re in running text each.
// replace gets the pieces of the match and returns false to leave it alone.
func (d *document) matches(re *regexp.Regexp, replace func(m []string) (string, bool)) []edit {
	var all []edit
	for _, l := range d.lines {
		if !l.rule() {
			continue
		}
		text := d.str(l)
		for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
			m := make([]string, len(at)/2)
			for i := range m {
				if at[2*i] >= 0 {
					m[i] = text[at[2*i]:at[2*i+1]]
				}
			}
			start, end := l.body+at[0], l.body+at[1]
			if !d.free(start, end) {
				continue
			}
			if s, ok := replace(m); ok && s != m[0] {
				all = append(all, one(start, end, s))
			}
		}
	}
	return all
}

// together is one edit with all the splices of edits, or none.
func together(edits []edit) []edit {
	if len(edits) == 0 {
		return nil
	}
	var all edit
	for _, e := range edits {
		all.splices = append(all.splices, e.splices...)
	}
	slices.SortFunc(all.splices, func(a, b splice) int { return cmp.Compare(a.start, b.start) })
	return []edit{all}
}

// phrases replaces words by words. An entry is "from > to" or "from = to",
// where "=" works both ways; words are matched whole, the case of the first
// letter is kept.
type phrases []string

func (p phrases) edits(d *document) []edit {
	var all []edit
	for _, entry := range p {
		from, to, both := strings.Cut(entry, " = ")
		if !both {
			from, to, _ = strings.Cut(entry, " > ")
		}
		all = append(all, d.swap(from, to)...)
		if both {
			all = append(all, d.swap(to, from)...)
		}
	}
	return all
}

func (d *document) swap(from, to string) []edit {
	re := regexp.MustCompile(`(?i)` + edge(from, 0) + regexp.QuoteMeta(from) + edge(from, len(from)-1))
	return slices.DeleteFunc(d.matches(re, func(m []string) (string, bool) { return like(to, m[0]), true }), func(e edit) bool {
		s := e.splices[0] // no part of "pick-up"
		return s.start > 0 && d.text[s.start-1] == '-' || s.end < len(d.text) && d.text[s.end] == '-'
	})
}

// edge is a word boundary where the phrase ends with a word character.
func edge(s string, at int) string {
	if c := s[at]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
		return `\b`
	}
	return ""
}
