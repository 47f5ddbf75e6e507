package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

func labelMutators() []mutator {
	return []mutator{
		{"label dropped", "label", always(dropLabel)},
		{"label renamed", "label", renameLabel},
		{"label added", "label", addLabel},
		{"example label", "example", contradict},
		{"example output", "example", exampleOutput},
	}
}

// labelSet is a list of labels at one place of a document.
type labelSet struct {
	items []span // the bare words
	lines bool   // one bullet each
}

var (
	enumLine   = regexp.MustCompile(`(?m)(?:\(enum[^)]*\)|^ *enum): \[([a-z_]+(?:, [a-z_]+)+)\]`)
	labelLine  = regexp.MustCompile("^- `([a-z_0-9]+)`: ")
	codeList   = regexp.MustCompile("`[a-z_]+`(?:, `[a-z_]+`)+(?:,? (?:or|and) `[a-z_]+`)?")
	plainList  = regexp.MustCompile(`(?:one of: |one word: |is |called |whether [a-z ]+ is )([a-z]+(?:, [a-z]+)+(?: or | and )[a-z]+|[a-z]+(?:, [a-z]+){2,})`)
	labelWord  = regexp.MustCompile(`[a-z_0-9]+`)
	notLabels  = regexp.MustCompile(`(?i)\b(keys?|columns?|fields?|edit|prefer|folders?)\b`)
	freeLabels = []string{"unclear", "archive", "review", "legal", "escalated", "duplicate", "misc", "pending"}
)

func (d *document) labelSets() []labelSet {
	var all []labelSet
	for _, m := range enumLine.FindAllStringSubmatchIndex(d.text, -1) {
		all = append(all, labelSet{items: d.wordsIn(m[2], m[3])})
	}
	for _, b := range d.blocks(bullet) {
		set := labelSet{lines: true}
		for _, l := range d.lines[b.start:b.end] {
			if m := labelLine.FindStringSubmatchIndex(d.text[l.start:l.end]); m != nil {
				set.items = append(set.items, span{l.start + m[2], l.start + m[3]})
			}
		}
		if len(set.items) == b.end-b.start && len(set.items) > 2 {
			all = append(all, set)
		}
	}
	for _, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if notLabels.MatchString(text) {
			continue
		}
		if m := codeList.FindStringIndex(text); m != nil {
			set := labelSet{items: d.wordsIn(s.start+m[0], s.start+m[1])}
			set.items = slices.DeleteFunc(set.items, func(w span) bool { return d.text[w.start-1] != '`' })
			all = append(all, set)
		}
		if m := plainList.FindStringSubmatchIndex(text); m != nil && d.free(s.start+m[2], s.start+m[3]) {
			set := labelSet{items: d.wordsIn(s.start+m[2], s.start+m[3])}
			set.items = slices.DeleteFunc(set.items, func(w span) bool { t := d.text[w.start:w.end]; return t == "or" || t == "and" })
			all = append(all, set)
		}
	}
	return all
}

func (d *document) wordsIn(start, end int) []span {
	var all []span
	for _, m := range labelWord.FindAllStringIndex(d.text[start:end], -1) {
		all = append(all, span{start + m[0], start + m[1]})
	}
	return all
}

// quoted is the item with the backticks that it may have.
func (d *document) quoted(w span) span {
	if w.start > 0 && d.text[w.start-1] == '`' {
		return span{w.start - 1, w.end + 1}
	}
	return w
}

func dropLabel(d *document) []edit {
	var all []edit
	for _, set := range d.labelSets() {
		for i, w := range set.items {
			switch {
			case set.lines:
				l := d.lines[d.lineAt(w.start)]
				all = append(all, one(l.start, l.end+1, ""))
			case i+1 < len(set.items) && strings.HasPrefix(d.text[d.quoted(w).end:], ", "):
				all = append(all, one(d.quoted(w).start, d.quoted(set.items[i+1]).start, ""))
			}
		}
	}
	return all
}

// renameLabel renames one label wherever the text uses it as one.
func renameLabel(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, set := range d.labelSets() {
		for _, w := range set.items {
			name := d.text[w.start:w.end]
			to := d.newLabel(r)
			es := []edit{one(w.start, w.end, to)}
			for _, m := range regexp.MustCompile("`"+name+"`|(?:Label|Sentiment): "+name+`\b|"`+name+`"`).FindAllStringIndex(d.text, -1) {
				at := m[0] + strings.Index(d.text[m[0]:m[1]], name)
				if at != w.start {
					es = append(es, one(at, at+len(name), to))
				}
			}
			all = append(all, together(es)...)
		}
	}
	return all
}

func (d *document) newLabel(r *rand.Rand) string {
	for {
		if w := freeLabels[r.IntN(len(freeLabels))]; !strings.Contains(d.text, w) {
			return w
		}
	}
}

func addLabel(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, set := range d.labelSets() {
		w := set.items[r.IntN(len(set.items)-1)]
		to := d.newLabel(r)
		if q := d.quoted(w); set.lines {
			l := d.lines[d.lineAt(w.start)]
			all = append(all, one(l.end, l.end, "\n- `"+to+"`: whatever a colleague has to look at"))
		} else if q.start < w.start {
			all = append(all, one(q.start, q.start, "`"+to+"`, "))
		} else {
			all = append(all, one(w.start, w.start, to+", "))
		}
	}
	return all
}

var answerLine = regexp.MustCompile(`(?m)^(Label|Sentiment|Output|Answer|verdict): ([^\s{].*)$`)

// contradict gives an example the answer of another example.
func contradict(d *document, r *rand.Rand) []edit {
	var all []edit
	found := answerLine.FindAllStringSubmatchIndex(d.text, -1)
	for _, m := range found {
		mine := d.text[m[4]:m[5]]
		other := mine
		for _, o := range found {
			if s := d.text[o[4]:o[5]]; s != mine && (other == mine || r.IntN(2) == 0) {
				other = s
			}
		}
		if other != mine {
			all = append(all, one(m[4], m[5], other))
		}
	}
	return all
}

var exampleText = regexp.MustCompile("(?:like|example|e\\.g\\.|for instance) `([^`]+)`")

// exampleOutput shows another answer, or one in another form, than the example
// before.
func exampleOutput(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, l := range d.lines {
		if l.kind == example && strings.HasPrefix(d.str(l), "<assistant>") {
			s := strings.Index(d.str(l), "</assistant>")
			all = append(all, one(l.body+len("<assistant>"), l.body+s, []string{"Sorry, I cannot help you.", "Please ask again later.", "Of course! What else would you like to know?"}[r.IntN(3)]))
		}
		if !l.rule() {
			continue
		}
		for _, m := range exampleText.FindAllStringSubmatchIndex(d.str(l), -1) {
			all = append(all, one(l.body+m[2], l.body+m[3], "["+strings.ToUpper(d.str(l)[m[2]:m[3]])+"]"))
		}
	}
	return all
}
