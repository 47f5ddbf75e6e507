package main

import (
	"regexp"
	"strings"
)

func symbolMutators() []mutator {
	return []mutator{
		{"regular expression", "symbol", always(changeRegexp)},
		{"sign", "symbol", always(changeSign)},
		{"case of a key", "symbol", always(keyCase)},
		{"bullet nested", "symbol", always(nestBullet)},
		{"path or name in code", "symbol", always(changePath)},
	}
}

var (
	expression = regexp.MustCompile("[`\"](\\^[^`\"\n]+\\$)[`\"]")
	negative   = regexp.MustCompile(`([ (])-(\d)`)
	inCode     = regexp.MustCompile("`([a-z]+/|[a-z]+\\.[a-z]+|agent/[A-Za-z-]+|\\.spec\\.ts|main)`")
)

// changeRegexp drops an anchor, or changes a class or a count.
func changeRegexp(d *document) []edit {
	var all []edit
	for _, m := range expression.FindAllStringSubmatchIndex(d.text, -1) {
		all = append(all, one(m[2], m[2]+1, ""), one(m[3]-1, m[3], ""))
		for _, p := range [][2]string{{"[0-9]", "[1-9]"}, {"{5}", "{4}"}, {"{6}", "{4,6}"}, {"[A-Z]", "[A-Za-z]"}, {" ?", " *"}} {
			if i := strings.Index(d.text[m[2]:m[3]], p[0]); i >= 0 {
				all = append(all, one(m[2]+i, m[2]+i+len(p[0]), p[1]))
			}
		}
	}
	return all
}

// changeSign drops the minus of a number.
func changeSign(d *document) []edit {
	return d.matches(negative, func(m []string) (string, bool) { return m[1] + m[2], true })
}

// keyCase writes a key in another case; programs that read it find nothing.
func keyCase(d *document) []edit {
	var all []edit
	for _, k := range d.keys() {
		name := d.text[k.start:k.end]
		all = append(all, one(k.start, k.end, capital(name)))
		if head, tail, ok := strings.Cut(name, "_"); ok && tail != "" {
			all = append(all, one(k.start, k.end, head+capital(tail)))
		}
	}
	return all
}

// nestBullet makes a rule a part of the one above it.
func nestBullet(d *document) []edit {
	var all []edit
	for i := 1; i < len(d.lines); i++ {
		if a, b := d.lines[i-1], d.lines[i]; a.kind == bullet && b.kind == bullet && strings.HasPrefix(d.str(a), "If ") && d.text[b.start] != ' ' {
			all = append(all, one(b.start, b.start, "  "))
		}
	}
	return all
}

func changePath(d *document) []edit {
	var all []edit
	for _, m := range inCode.FindAllStringSubmatchIndex(d.text, -1) {
		if l := d.lines[d.lineAt(m[0])]; l.rule() {
			all = append(all, one(m[2], m[2], "x"))
		}
	}
	return all
}
