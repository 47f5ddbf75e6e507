package project

import (
	"cmp"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// scenarios reads scenarios: every test with every configuration of its scenario.
func (l *loader) scenarios(t *tree) (all []*draft) {
	if t == nil {
		return nil
	}
	number := 0
	for i, x := range l.scenarioTrees(t) {
		key := fmt.Sprintf("scenarios[%d]", i)
		l.checkKeys(x, key, known("description", "config", "tests"))
		configs := l.list(x.get("config"), key+".config")
		tests := []*draft{{Place: x.Place, path: key}}
		if given := x.get("tests"); given != nil {
			tests = nil
			if s, ok := given.text(); ok {
				if name, isFile := cutFile(s); isFile {
					given = l.external(given, key+".tests", name)
				}
			}
			for j, tree := range l.testTrees(given, key+".tests", l.dir) {
				tests = append(tests, l.draft(tree, fmt.Sprintf("%s.tests[%d]", key, j)))
			}
		}
		for j, c := range configs {
			number++
			data := l.draft(c, fmt.Sprintf("%s.config[%d]", key, j))
			for _, test := range tests {
				all = append(all, l.inScenario(data, test, number))
			}
		}
	}
	return all
}

func (l *loader) scenarioTrees(t *tree) (all []*tree) {
	for i, x := range l.oneOrMany(t) {
		if s, ok := x.text(); ok {
			name, _ := cutFile(s)
			x = l.external(x, fmt.Sprintf("scenarios[%d]", i), name)
		}
		for _, one := range l.oneOrMany(x) {
			if !one.isObject() {
				l.fail(one.Place, fmt.Sprintf("scenarios[%d]", i), "expected a scenario with config and tests, found %s", one.describe())
				continue
			}
			all = append(all, one)
		}
	}
	return all
}

// list is a list, or the content of a file that is one.
func (l *loader) list(t *tree, key string) (all []*tree) {
	if s, ok := t.text(); ok {
		if name, isFile := cutFile(s); isFile {
			t = l.external(t, key, name)
		}
	}
	if t == nil {
		return nil
	}
	if !t.list {
		l.fail(t.Place, key, "expected a list, found %s", t.describe())
		return nil
	}
	return t.items
}

// inScenario lays a test over the data of its scenario, and both over defaultTest.
func (l *loader) inScenario(data, test *draft, number int) *draft {
	def := l.defaults
	d := &draft{Place: test.Place, path: test.path}
	d.description = cmp.Or(test.description, data.description)
	d.vars = (&jsvalue.Object{}).Merge(def.vars, data.vars, test.vars)
	d.options = mergeTrees(test.Place, def.options, data.options, test.options)
	d.metadata = (&jsvalue.Object{}).Merge(def.metadata, data.metadata, test.metadata)
	if v, ok := d.metadata.Get("conversationId"); !ok || v == nil {
		d.metadata.Set("conversationId", fmt.Sprintf("__scenario_%d__", number-1))
	}
	d.asserts = append(append([]Assertion{}, data.asserts...), test.asserts...)
	for _, from := range []*draft{def, data, test} {
		if from.threshold != nil {
			d.threshold = from.threshold
		}
		if !from.score.IsZero() {
			d.score = from.score
		}
		if from.provider != nil {
			d.provider = from.provider
		}
		if from.providers != nil {
			d.providers = from.providers
		}
		if from.prompts != nil {
			d.prompts = from.prompts
		}
		if from.output != nil {
			d.output = from.output
		}
		if from.more != nil {
			d.more = d.more.Clone().Merge(from.more)
		}
	}
	return d
}

// mergeTrees is {...a, ...b} of objects; nil when all are.
func mergeTrees(at Place, all ...*tree) *tree {
	var out *tree
	for _, t := range all {
		if t == nil {
			continue
		}
		if out == nil {
			out = &tree{Place: at, fields: map[string]*tree{}}
		}
		for _, k := range t.keys {
			out.set(k, t.fields[k])
		}
	}
	return out
}
