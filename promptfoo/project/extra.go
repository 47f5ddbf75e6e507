package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/nunjucks"
)

// filters reads nunjucksFilters: name → script.
func (l *loader) filters() {
	t := l.root.get("nunjucksFilters")
	if t == nil {
		return
	}
	if !t.isObject() {
		l.fail(t.Place, "nunjucksFilters", "expected an object of names and scripts, found %s", t.describe())
		return
	}
	for _, name := range t.keys {
		key := "nunjucksFilters." + name
		if f, ok := t.fields[name].function(); ok {
			c := l.foreign(t.fields[name], f)
			l.starts(c, "filter")
			l.project.Filters[name] = c
			continue
		}
		s, ok := t.fields[name].text()
		if !ok {
			l.fail(t.fields[name].Place, key, "expected the path of a script, found %s", t.fields[name].describe())
			continue
		}
		paths := Glob(l.path(l.dir, strings.TrimPrefix(s, "file://")))
		if len(paths) == 0 {
			l.fail(t.fields[name].Place, key, "there is no file %s", s)
			continue
		}
		last := paths[len(paths)-1]
		if language(last) != "javascript" {
			l.fail(t.fields[name].Place, key, "%s is no JavaScript", s)
			continue
		}
		if c, ok := l.fileCode(t.fields[name].Place, key, l.dir, last, "", "filter"); ok {
			l.project.Filters[name] = c
		}
	}
}

// derived reads derivedMetrics.
func (l *loader) derived() {
	t := l.root.get("derivedMetrics")
	for i, x := range l.oneOrMany(t) {
		key := fmt.Sprintf("derivedMetrics[%d]", i)
		if !x.isObject() {
			l.fail(x.Place, key, "expected name and value, found %s", x.describe())
			continue
		}
		l.checkKeys(x, key, known("name", "value"))
		d := Derived{Place: x.Place, Name: x.word("name"), Value: x.word("value")}
		if f, ok := x.get("value").function(); ok {
			d.Code = l.foreign(x, f)
			l.starts(d.Code, "metric")
		}
		if strings.HasPrefix(d.Value, "file://") {
			d.Code, _ = l.fileCode(x.Place, key+".value", l.dir, d.Value, "", "metric")
			d.Value = ""
		}
		if d.Name == "" || d.Value == "" && d.Code.IsZero() {
			l.fail(x.Place, key, "a derived metric needs a name and a value, e.g. value: accuracy * 0.5 + style * 0.5")
			continue
		}
		l.project.Derived = append(l.project.Derived, d)
	}
}

// checkFilters compiles every template that is known, so that what it can't do is
// told before anything is spent.
func (l *loader) checkFilters() {
	p := l.project
	p.cache = newTemplates(p)
	seen := map[string]bool{}
	check := func(at Place, key, text string) {
		if seen[text] || !strings.Contains(text, "{") {
			return
		}
		seen[text] = true
		if _, err := nunjucks.Compile(wrapPartial(text), p.nunjucks()); err != nil {
			l.report(Problem{at, key, "the template can't be filled: " + err.Error(), false})
		}
	}
	for _, prompt := range p.Prompts {
		if prompt.Code.IsZero() && prompt.Exec == "" {
			check(prompt.Place, "prompts", prompt.Raw)
		}
	}
	for i := range p.Tests {
		for _, a := range flat(p.Tests[i].Assert) {
			if s, ok := a.Value.(string); ok && !a.Literal && a.Code.IsZero() {
				check(a.Place, "assert", s)
			}
		}
	}
}

// flat lists assertions and those of sets.
func flat(all []Assertion) (out []Assertion) {
	for _, a := range all {
		if a.Set == nil {
			out = append(out, a)
		} else {
			out = append(out, flat(a.Set)...)
		}
	}
	return slices.Clip(out)
}
