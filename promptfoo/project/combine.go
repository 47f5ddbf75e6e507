package project

import (
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// part is one of several configurations that make up a project.
type part struct {
	tree *tree
	dir  string
}

// readParts reads the first configuration and those that are combined with it.
func (l *loader) readParts(first string, at Place) {
	l.addPart(first, at)
	for _, name := range l.opt.More {
		if abs, err := filepath.Abs(name); err == nil {
			l.addPart(abs, Place{l.show(abs), 0})
		}
	}
	if len(l.parts) == 1+len(l.opt.More) {
		if l.root = l.parts[0].tree; len(l.parts) > 1 {
			l.root = l.combined()
			return
		}
		for key, everything := range map[string]bool{"providers": true, "targets": true, "prompts": false} {
			l.distinct(l.root, key, everything)
		}
	}
}

// distinct leaves out what a list has before: texts, or everything.
func (l *loader) distinct(root *tree, key string, everything bool) {
	t := root.get(key)
	if t == nil || !t.list {
		return
	}
	var items []*tree
	for _, x := range t.items {
		if _, isText := x.text(); !everything && !isText || !contains(items, x) {
			items = append(items, x)
		}
	}
	if len(items) < len(t.items) {
		c := *t
		c.items = items
		root.set(key, &c)
	}
}

func (l *loader) addPart(path string, at Place) {
	t := &tree{Place: at, fields: map[string]*tree{}}
	if !l.opt.Bare {
		t = l.readConfig(path, at)
	}
	if t == nil {
		return
	}
	p := part{t, filepath.Dir(path)}
	l.deref(t, t, p.dir, nil)
	l.parts = append(l.parts, p)
}

// combined makes one configuration of all, as promptfoo does: lists are put
// together, prompts and providers that stand there twice count once, and of
// settings the last one counts.
func (l *loader) combined() *tree {
	first := l.parts[0].tree
	all := &tree{Place: first.Place, fields: map[string]*tree{}}
	for _, p := range l.parts {
		if targets := p.tree.get("targets"); targets != nil && p.tree.get("providers") == nil {
			p.tree.set("providers", targets)
			p.tree.set("targets", &tree{Place: targets.Place})
		}
		for _, k := range p.tree.keys {
			x := p.tree.fields[k]
			switch k {
			case "prompts", "tests", "defaultTest":
			case "providers", "scenarios", "derivedMetrics", "extensions", "outputPath":
				l.append(all, k, x)
			case "tags", "nunjucksFilters", "env", "evaluateOptions", "commandLineOptions", "metadata":
				all.set(k, mergeTrees(x.Place, all.get(k), x))
			case "description":
				if before := all.word(k); before != "" {
					x = &tree{Place: x.Place, scalar: before + ", " + p.tree.word(k)}
				}
				all.set(k, x)
			default:
				if all.get(k) == nil {
					all.set(k, x)
				}
			}
		}
	}
	l.combinePrompts(all)
	l.distinct(all, "prompts", false)
	l.distinct(all, "providers", true)
	l.combineDefaults(all)
	return all
}

// append adds the items of x to a list.
func (l *loader) append(all *tree, key string, x *tree) {
	list := all.get(key)
	if list == nil {
		list = &tree{Place: x.Place, list: true}
	}
	list.items = append(list.items, l.oneOrMany(x)...)
	all.set(key, list)
}

// contains compares by value; functions and what holds them are never the same.
func contains(items []*tree, x *tree) bool {
	if functionIn(x) != nil {
		return false
	}
	text, _ := jsvalue.Stringify(x.value(), "")
	for _, item := range items {
		if same, _ := jsvalue.Stringify(item.value(), ""); same == text && functionIn(item) == nil {
			return true
		}
	}
	return false
}

// combinePrompts puts the prompts of all together; a configuration without any
// has the one prompt that promptfoo takes then. Files stand beside the
// configuration that names them.
func (l *loader) combinePrompts(all *tree) {
	isMap := func(t *tree) bool { return t.isObject() && t.get("raw") == nil && t.get("id") == nil }
	maps := 0
	list := &tree{Place: all.Place, list: true}
	var paths *tree
	for _, p := range l.parts {
		t := p.tree.get("prompts")
		switch {
		case t == nil:
			t = &tree{Place: p.tree.Place, scalar: "{{prompt}}"}
		case isMap(t):
			maps++
			paths = mergeTrees(t.Place, paths, t)
			continue
		}
		for _, x := range l.oneOrMany(t) {
			list.items = append(list.items, l.beside(x, p.dir))
		}
	}
	switch {
	case maps == 0:
		all.set("prompts", list)
	case maps == len(l.parts):
		all.set("prompts", paths)
	default:
		l.fail(paths.Place, "prompts", "configurations whose prompts are a list and others whose prompts are an object can't be combined")
	}
}

// beside makes the path of a prompt's file absolute, if it does not stand in the
// folder of the first configuration.
func (l *loader) beside(x *tree, dir string) *tree {
	if dir == l.dir {
		return x
	}
	absolute := func(t *tree) *tree {
		s, _ := t.text()
		name, ok := strings.CutPrefix(s, "file://")
		if !ok {
			return t
		}
		c := *t
		c.scalar = "file://" + filepath.ToSlash(l.path(dir, name))
		return &c
	}
	if x.get("id") == nil {
		return absolute(x)
	}
	c := x.copy()
	c.set("id", absolute(c.get("id")))
	return c
}

// combineDefaults lays the defaultTest of each over those before; one that is a
// path stands alone.
func (l *loader) combineDefaults(all *tree) {
	var before *tree
	for _, p := range l.parts {
		t := p.tree.get("defaultTest")
		_, isPath := t.text()
		_, wasPath := before.text()
		switch {
		case isPath:
			before = l.beside(t, p.dir)
		case t == nil, wasPath:
		default:
			merged := mergeTrees(t.Place, before, t)
			for _, k := range []string{"vars", "options", "metadata"} {
				if m := mergeTrees(t.Place, before.get(k), t.get(k)); m != nil && (before.get(k) == nil || before.get(k).isObject()) {
					merged.set(k, m)
				}
			}
			if a, b := before.get("assert"), t.get("assert"); a != nil && b != nil {
				merged.set("assert", &tree{Place: b.Place, list: true, items: append(append([]*tree{}, l.oneOrMany(a)...), l.oneOrMany(b)...)})
			}
			before = merged
		}
	}
	if before != nil {
		all.set("defaultTest", before)
	}
}

// givenTests reads the tests of every part: a path is found from its own
// configuration, what a list names from the first one.
func (l *loader) givenTests() (all []*tree) {
	if l.opt.Tests != "" {
		return l.testTrees(&tree{Place: Place{"--tests", 0}, scalar: l.opt.Tests}, "tests", workingDir())
	}
	for _, p := range l.parts {
		t := p.tree.get("tests")
		base := p.dir
		if t != nil && t.list {
			base = l.dir
		}
		all = append(all, l.testTrees(t, "tests", base)...)
	}
	return all
}
