package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

func layoutMutators() []mutator {
	return []mutator{
		{"whitespace", "", always(whitespace)},
		{"rewrapping", "", always(rewrap)},
		{"heading case", "", always(headingCase)},
		{"heading style", "", always(headingStyle)},
		{"emphasis", "", always(emphasis)},
		{"bullet marker", "", always(bulletMarker)},
		{"punctuation", "", always(punctuation)},
		{"quotes", "", always(quotes)},
		{"list to prose", "", always(listToProse)},
		{"prose to list", "", always(proseToList)},
		{"reordered bullets", "", reorderBullets},
	}
}

// whitespace: trailing spaces, two spaces after a sentence, two blank lines for
// one, Windows line ends, and none of the blank lines after headings.
func whitespace(d *document) []edit {
	var trailing, double, blanks, windows, dense []edit
	for i, l := range d.lines {
		if l.kind == code || l.kind == front {
			continue
		}
		if l.rule() {
			trailing = append(trailing, one(l.end, l.end, "  "))
			ss := d.sentencesOf(l)
			for _, s := range ss[:len(ss)-1] {
				double = append(double, one(s.end, s.end, " "))
			}
		}
		if l.kind == blank && i > 0 && i+1 < len(d.lines) {
			blanks = append(blanks, one(l.end, l.end, "\n"))
			if d.lines[i-1].kind == heading {
				dense = append(dense, one(l.start, l.end+1, ""))
			}
		}
	}
	for _, l := range d.lines {
		if l.end < len(d.text) {
			windows = append(windows, one(l.end, l.end, "\r"))
		}
	}
	return slices.Concat(together(trailing), together(double), together(blanks), together(windows), together(dense))
}

// rewrap wraps running text at 50 and at 72 columns.
func rewrap(d *document) []edit {
	var all []edit
	for _, width := range []int{50, 72} {
		var es []edit
		for _, l := range d.lines {
			if !l.rule() || l.end-l.start <= width || strings.HasPrefix(d.str(l), "<") {
				continue
			}
			column := l.body - l.start
			for at := l.body; at < l.end; {
				next := at + strings.IndexByte(d.text[at:l.end]+" ", ' ')
				if column += next - at + 1; column > width && at > l.body && d.free(at-1, at) {
					es = append(es, one(at-1, at, "\n"+strings.Repeat(" ", l.body-l.start)))
					column = l.body - l.start + next - at + 1
				}
				at = next + 1
			}
		}
		all = append(all, together(es)...)
	}
	return all
}

// small words stay as they are in a title.
var small = []string{"a", "an", "and", "the", "of", "in", "for", "to", "with", "on", "at", "by", "or"}

func headingCase(d *document) []edit {
	var title, upper []edit
	for _, l := range d.lines {
		if l.kind != heading || underline.MatchString(d.str(l)) || !d.free(l.body, l.end) {
			continue
		}
		words := strings.Split(d.str(l), " ")
		for i, w := range words {
			if w != "" && (i == 0 || !slices.Contains(small, w)) {
				words[i] = capital(w)
			}
		}
		if s := strings.Join(words, " "); s != d.str(l) {
			title = append(title, one(l.body, l.end, s))
		}
		if s := strings.ToUpper(d.str(l)); s != d.str(l) {
			upper = append(upper, one(l.body, l.end, s))
		}
	}
	return append(together(title), together(upper)...)
}

// headingStyle writes headings in bold, underlined, closed by hashes and one
// level lower.
func headingStyle(d *document) []edit {
	var bold, under, closed, lower []edit
	for _, l := range d.lines {
		if l.kind != heading || !headLine.MatchString(d.text[l.start:l.end]) {
			continue
		}
		level := strings.Count(d.text[l.start:l.body], "#")
		bold = append(bold, one(l.start, l.end, "**"+d.str(l)+"**"))
		if level <= 2 {
			under = append(under, one(l.start, l.end, d.str(l)+"\n"+strings.Repeat("=-"[level-1:level], len(d.str(l)))))
		}
		closed = append(closed, one(l.end, l.end, " "+strings.Repeat("#", level)))
		lower = append(lower, one(l.start, l.start, "#"))
	}
	return slices.Concat(together(bold), together(under), together(closed), together(lower))
}

var (
	strong   = regexp.MustCompile(`\b(must not|must|never|Never|always|Always|do not|Do not|only|Only|at most|at least)\b`)
	emphatic = regexp.MustCompile(`\*\*([^*\n]+)\*\*`)
)

func emphasis(d *document) []edit {
	wrap := func(by string) []edit {
		return d.matches(strong, func(m []string) (string, bool) { return by + m[0] + by, true })
	}
	bare := d.matches(emphatic, func(m []string) (string, bool) { return m[1], true })
	under := d.matches(emphatic, func(m []string) (string, bool) { return "__" + m[1] + "__", true })
	return slices.Concat(wrap("**"), wrap("_"), together(wrap("**")), together(bare), together(under))
}

func bulletMarker(d *document) []edit {
	var all []edit
	for _, to := range []string{"-", "*", "+", "•"} {
		var es []edit
		for _, l := range d.lines {
			if at := l.body - 2; l.kind == bullet && d.text[at:at+1] != to {
				es = append(es, one(at, l.body-1, to))
			}
		}
		all = append(all, together(es)...)
	}
	var paren []edit
	for _, l := range d.lines {
		if l.kind == numbered && d.text[l.body-2] == '.' {
			paren = append(paren, one(l.body-2, l.body-1, ")"))
		}
	}
	return append(all, together(paren)...)
}

var semicolon = regexp.MustCompile(`; ([a-z])`)

// punctuation drops or adds the full stops of bullets, the colons of headings,
// and makes sentences of what semicolons join.
func punctuation(d *document) []edit {
	var bare, dotted, colons []edit
	for _, l := range d.lines {
		text := d.text[l.start:l.end]
		switch {
		case l.kind == bullet && strings.HasSuffix(text, ".") && len(d.sentencesOf(l)) == 1:
			bare = append(bare, one(l.end-1, l.end, ""))
		case l.kind == bullet && regexp.MustCompile(`[a-z]$`).MatchString(text) && !strings.Contains(text, "`"):
			dotted = append(dotted, one(l.end, l.end, "."))
		case l.kind == heading && !underline.MatchString(text):
			colons = append(colons, one(l.end, l.end, ":"))
		}
	}
	split := d.matches(semicolon, func(m []string) (string, bool) { return ". " + capital(m[1]), true })
	return slices.Concat(together(bare), together(dotted), together(colons), split)
}

var (
	apostrophe = regexp.MustCompile(`([a-z])'([a-z])`)
	straight   = regexp.MustCompile(`"([^"\n]+)"`)
)

// quotes are made typographic, in running text.
func quotes(d *document) []edit {
	curly := d.matches(apostrophe, func(m []string) (string, bool) { return m[1] + "’" + m[2], true })
	for _, l := range d.lines {
		if !l.rule() || strings.ContainsAny(d.str(l), "{`|") {
			continue
		}
		for _, m := range straight.FindAllStringIndex(d.str(l), -1) {
			curly = append(curly, one(l.body+m[0], l.body+m[0]+1, "“"), one(l.body+m[1]-1, l.body+m[1], "”"))
		}
	}
	return together(curly)
}

var (
	complete   = regexp.MustCompile(`^[A-Z].*\.$`)
	introduces = regexp.MustCompile(`^[^.]*:`)
)

// whole says whether the line is made of complete sentences that stand alone.
func (d *document) whole(l line) bool {
	text := d.str(l)
	return complete.MatchString(text) && !introduces.MatchString(text)
}

// ordered are words that tie a sentence to its neighbours or its place.
var ordered = regexp.MustCompile(`(?i)\b(first|then|next|finally|otherwise|instead|above|below|this|these|those|they|them|it|its|she|he|outside|last|too|also|therefore|so|afterwards|following|both|begin|start|end|close|after the)\b|\d\. `)

func listToProse(d *document) []edit {
	var all []edit
	for _, b := range d.blocks(bullet) {
		ls := d.lines[b.start:b.end]
		if len(ls) < 3 || strings.Contains(d.text[:ls[0].start], "<rule>") || slices.ContainsFunc(ls, func(l line) bool { return !d.whole(l) || d.text[l.start] == ' ' }) {
			continue
		}
		var texts []string
		for _, l := range ls {
			texts = append(texts, d.str(l))
		}
		all = append(all, one(ls[0].start, ls[len(ls)-1].end, strings.Join(texts, " ")))
	}
	return all
}

func proseToList(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		ss := d.sentencesOf(l)
		if l.kind != prose || len(ss) < 3 || !d.whole(l) || strings.HasPrefix(d.str(l), "You ") {
			continue
		}
		var items []string
		for _, s := range ss {
			items = append(items, "- "+d.text[s.start:s.end])
		}
		if ordered.MatchString(d.str(l)) {
			continue
		}
		lead := ""
		if i := d.lineAt(l.start); i > 0 && d.lines[i-1].kind == prose {
			lead = "\n"
		}
		all = append(all, one(l.start, l.end, lead+strings.Join(items, "\n")))
	}
	return all
}

// reorderBullets shuffles lists whose items do not depend on each other.
func reorderBullets(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, b := range d.blocks(bullet) {
		ls := d.lines[b.start:b.end]
		lead := ""
		for i := b.start - 1; i >= 0 && lead == ""; i-- {
			lead = strings.TrimSpace(d.text[d.lines[i].start:d.lines[i].end])
		}
		if len(ls) < 3 || regexp.MustCompile(`(?i)order|step|procedure|process|workflow|first|this`).MatchString(ls[0].section+" "+lead) ||
			slices.ContainsFunc(ls, func(l line) bool { return ordered.MatchString(d.str(l)) || d.text[l.start] == ' ' }) {
			continue
		}
		items := make([]string, len(ls))
		for i, l := range ls {
			items[i] = d.text[l.start:l.end]
		}
		shuffled := slices.Clone(items)
		for slices.Equal(items, shuffled) {
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		}
		all = append(all, one(ls[0].start, ls[len(ls)-1].end, strings.Join(shuffled, "\n")))
	}
	return all
}
