package promptfoo

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// withAssertions fills in what the record of a row leaves out, since the test has
// it: the assertions as they are written, in the results of each. Those of a set
// stand in the set's own result, and behind it; what a script tells of parts has
// the script's, where it names none.
func withAssertions(grading any, all []project.Assertion) {
	var flat, sets []*project.Assertion
	for i := range all {
		if len(all[i].Set) == 0 {
			flat = append(flat, &all[i])
			continue
		}
		sets = append(sets, &all[i])
		for j := range all[i].Set {
			flat = append(flat, &all[i].Set[j])
		}
	}
	parts := 0                 // how many of a script's are still to come
	var script *jsvalue.Object // its assertion
	for _, c := range componentsOf(grading) {
		if parts > 0 {
			parts--
			if own, _ := jsvalue.Field(c, "assertion"); !jsvalue.Truthy(own) && objectOf(c) != nil {
				objectOf(c).Set("assertion", script)
			}
			continue
		}
		inside, _ := jsvalue.Field(c, "componentResults")
		if isSet(c) && len(sets) > 0 {
			withAssertions(c, sets[0].Set)
			describeSet(c, sets[0].Raw)
			sets = sets[1:]
			continue
		}
		short, _ := jsvalue.Field(c, "assertion")
		// In their order, but for those that compare outputs: these come last.
		next := slices.IndexFunc(flat, func(a *project.Assertion) bool { return a != nil && a.Type == textAt(short, "type") })
		o := objectOf(c)
		if next < 0 || o == nil {
			continue
		}
		whole := flat[next].Raw.Clone()
		if f, ok := flat[next].Value.(*jsvalue.Foreign); ok {
			shown := f.Source
			if jsvalue.Length(shown) > 50 {
				shown = jsvalue.Substring(shown, 0, 50) + "..."
			}
			whole.Set("value", shown)
		}
		o.Set("assertion", whole)
		flat[next] = nil
		list, _ := inside.([]any)
		parts, script = len(list), whole
	}
}

// isSet says that a result is that of a set of assertions.
func isSet(result any) bool {
	metadata, _ := jsvalue.Field(result, "metadata")
	about, _ := jsvalue.Field(metadata, "assertionSet")
	return jsvalue.Truthy(about)
}

// describeSet says in the result of a set what is written of it.
func describeSet(result any, written *jsvalue.Object) {
	metadata, _ := jsvalue.Field(result, "metadata")
	about, _ := jsvalue.Field(metadata, "assertionSet")
	o := objectOf(about)
	for _, k := range []string{"metric", "threshold", "weight"} {
		if v, ok := written.Get(k); ok && o != nil {
			o.Set(k, v)
		}
	}
}
