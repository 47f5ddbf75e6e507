package project

import "fmt"

// judgeOutputs puts outputs that were made before in the place of prompts,
// providers and tests: each is judged by the same assertions.
func (l *loader) judgeOutputs() {
	if l.root == nil || l.opt.Assertions == "" {
		return
	}
	asserts, err := l.parse(l.path(workingDir(), l.opt.Assertions))
	at := Place{"--assertions", 0}
	switch {
	case err != nil:
		l.failErr(at, "assertions", err)
		return
	case !asserts.list || len(asserts.items) == 0 || asserts.items[0].word("type") == "":
		l.fail(asserts.Place, "assertions", "expected a list of assertions, each with its type; found %s", asserts.describe())
		return
	}
	outputs, err := l.parse(l.path(workingDir(), l.opt.ModelOutputs))
	switch {
	case err != nil:
		l.failErr(Place{"--model-outputs", 0}, "model-outputs", err)
		return
	case !outputs.list:
		l.fail(outputs.Place, "model-outputs", "expected a list of texts, or of objects with output; found %s", outputs.describe())
		return
	}
	text := func(s string) *tree { return &tree{Place: at, scalar: s} }
	list := func(items ...*tree) *tree { return &tree{Place: at, list: true, items: items} }
	tests := list()
	for i, x := range outputs.items {
		vars := &tree{Place: x.Place, fields: map[string]*tree{}}
		if _, isText := x.text(); isText {
			vars.set("output", x)
		} else if x.get("output") == nil {
			l.fail(x.Place, fmt.Sprintf("model-outputs[%d]", i), "expected a text, or an object with output; found %s", x.describe())
			continue
		} else {
			vars.set("output", x.get("output"))
		}
		if tags := x.get("tags"); tags != nil {
			joined := ""
			for j, tag := range l.oneOrMany(tags) {
				if s, _ := tag.text(); j > 0 {
					joined += ", " + s
				} else {
					joined = s
				}
			}
			vars.set("tags", text(joined))
		}
		test := &tree{Place: x.Place, fields: map[string]*tree{}}
		test.set("vars", vars)
		test.set("assert", asserts)
		tests.items = append(tests.items, test)
	}
	l.root.set("prompts", list(text("{{output}}")))
	l.root.set("providers", list(text("echo")))
	l.root.set("targets", &tree{Place: at})
	l.root.set("tests", tests)
	l.parts = []part{{l.root, l.dir}}
}

// described puts what the command says about the run over the configuration's.
func (l *loader) described() {
	if l.root == nil {
		return
	}
	text := func(s string) *tree { return &tree{Place: l.root.Place, scalar: s} }
	if l.opt.Description != "" {
		l.root.set("description", text(l.opt.Description))
	}
	if l.opt.Tags.Len() == 0 {
		return
	}
	tags := mergeTrees(l.root.Place, l.root.get("tags"))
	if tags == nil {
		tags = &tree{Place: l.root.Place, fields: map[string]*tree{}}
	}
	for _, k := range l.opt.Tags.Keys() {
		v, _ := l.opt.Tags.Get(k)
		tags.set(k, &tree{Place: l.root.Place, scalar: v})
	}
	l.root.set("tags", tags)
}
