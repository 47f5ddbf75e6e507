package main

import (
	"regexp"
	"slices"
	"strings"
)

func templateMutators() []mutator {
	return []mutator{
		{"template syntax", "", always(templateSyntax)},
		{"template comment", "", always(templateComment)},
		{"local variable renamed", "", always(renameLocal)},
		{"variable renamed everywhere", "", always(renameEverywhere)},
		{"front matter layout", "", always(frontLayout)},
		{"description reworded", "", always(describe)},
	}
}

var (
	doubleBrace = regexp.MustCompile(`\{\{ ?([a-z_]+) ?\}\}`)
	singleBrace = regexp.MustCompile(`\{([a-z_]+)\}`)
	helper      = regexp.MustCompile(`\{\{[#/>@]|\{\{role|\{\{[a-z]+\.|\{%`)
)

// everywhere is one edit of all the matches in the whole text.
func (d *document) everywhere(re *regexp.Regexp, replace func(m []string) string) []edit {
	var es []edit
	for _, at := range re.FindAllStringSubmatchIndex(d.text, -1) {
		m := make([]string, len(at)/2)
		for i := range m {
			if at[2*i] >= 0 {
				m[i] = d.text[at[2*i]:at[2*i+1]]
			}
		}
		if s := replace(m); s != m[0] {
			es = append(es, one(at[0], at[1], s))
		}
	}
	return together(es)
}

// templateSyntax ports {{x}} to {x} and back where no other template syntax is
// used, and changes the spaces inside the braces.
func templateSyntax(d *document) []edit {
	spaced := d.everywhere(doubleBrace, func(m []string) string {
		if strings.HasPrefix(m[0], "{{ ") {
			return "{{" + m[1] + "}}"
		}
		return "{{ " + m[1] + " }}"
	})
	switch {
	case strings.HasPrefix(d.text, "---") || helper.MatchString(d.text):
		return spaced
	case doubleBrace.MatchString(d.text):
		return append(spaced, d.everywhere(doubleBrace, func(m []string) string { return "{" + m[1] + "}" })...)
	default:
		return append(d.everywhere(singleBrace, func(m []string) string { return "{{" + m[1] + "}}" }),
			d.everywhere(singleBrace, func(m []string) string { return "{{ " + m[1] + " }}" })...)
	}
}

// templateComment adds a comment that is not rendered.
func templateComment(d *document) []edit {
	comment := ""
	switch {
	case strings.Contains(d.text, "{%"):
		comment = "{# reviewed by the content team #}\n"
	case strings.HasSuffix(d.name, ".prompt"):
		comment = "{{! reviewed by the content team }}\n"
	default:
		return nil
	}
	var all []edit
	for i, l := range d.lines {
		if i > 0 && d.lines[i-1].kind == blank && l.kind == prose {
			all = append(all, one(l.start, l.start, comment))
		}
	}
	return all
}

var (
	localNames = []*regexp.Regexp{regexp.MustCompile(`\bas \|([a-z_]+)\|`), regexp.MustCompile(`\{% for ([a-z_]+) in `), regexp.MustCompile(`\{% set ([a-z_]+) =`)}
	tagged     = regexp.MustCompile(`\{\{[^}]*\}\}|\{%[^%]*%\}`)
)

// renameLocal renames a variable that the template itself binds; callers don't
// see it.
func renameLocal(d *document) []edit {
	var all []edit
	for _, re := range localNames {
		for _, m := range re.FindAllStringSubmatch(d.text, -1) {
			for _, name := range []string{"entry", "element"} {
				word := regexp.MustCompile(`\b` + m[1] + `\b`)
				all = append(all, d.everywhere(tagged, func(t []string) string { return word.ReplaceAllString(t[0], name) })...)
			}
		}
	}
	return all
}

// renameEverywhere renames a variable in all its places. With front matter
// that declares it this would be a change for callers; a plain text has no
// such contract, and says the same.
func renameEverywhere(d *document) []edit {
	if strings.HasPrefix(d.text, "---") {
		return nil
	}
	var all []edit
	for _, v := range d.variables() {
		name := strings.Trim(d.text[v.start:v.end], "{} ")
		word := regexp.MustCompile(`\b` + name + `\b`)
		all = append(all, d.everywhere(anyTag, func(m []string) string { return word.ReplaceAllString(m[0], "input_"+name) })...)
	}
	return all
}

var anyTag = regexp.MustCompile(`\{\{[^}]*\}\}|\{%[^%]*%\}|\{[a-z_]+\}`)

var (
	flowList = regexp.MustCompile(`(?m)^(tools|    required|    enum): \[([a-z_, ]+)\]$`)
	scalar   = regexp.MustCompile(`(?m)^(model|description): ([A-Za-z][^"'\n:]*)$`)
)

// frontLayout writes the same front matter in another way: lists in blocks,
// quotes, a comment, the settings in another order.
func frontLayout(d *document) []edit {
	if len(d.lines) == 0 || d.lines[0].kind != front {
		return nil
	}
	list := d.everywhere(flowList, func(m []string) string {
		return m[1] + ":\n" + regexp.MustCompile(`\S+`).ReplaceAllString(strings.ReplaceAll(m[2], ", ", "\n"), "      - $0")
	})
	quoted := d.everywhere(scalar, func(m []string) string { return m[1] + `: "` + m[2] + `"` })
	comment := []edit{one(4, 4, "# settings are reviewed every month\n")}
	var order []edit
	for i := 1; i+1 < len(d.lines); i++ {
		a, b := d.lines[i], d.lines[i+1]
		if strings.HasPrefix(d.str(a), "temperature:") && strings.HasPrefix(d.str(b), "maxOutputTokens:") {
			order = append(order, one(a.start, b.end, d.text[b.start:b.end]+"\n"+d.text[a.start:a.end]))
		}
	}
	return slices.Concat(list, quoted, comment, order)
}

// describe rewords what only people read: no model is shown the description.
func describe(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		if rest, ok := strings.CutPrefix(d.text[l.start:l.end], "description: "); ok && l.kind == front {
			all = append(all, one(l.start+len("description: "), l.end, "Prompt of the team that "+lower(rest)), one(l.end, l.end, " (owned by the content team)"))
		}
	}
	return all
}
