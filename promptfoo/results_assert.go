package promptfoo

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// withAssertions fills in what the record of a row leaves out, since the test has
// it: the assertions as they are written, in the results of each. Those of a set
// stand behind the set's own; what a script reported of its parts has none.
func withAssertions(grading any, all []project.Assertion) {
	var flat []*project.Assertion
	for i := range all {
		if len(all[i].Set) == 0 {
			flat = append(flat, &all[i])
			continue
		}
		for j := range all[i].Set {
			flat = append(flat, &all[i].Set[j])
		}
	}
	list, _ := jsvalue.Field(grading, "componentResults")
	components, _ := list.([]any)
	next := 0
	for _, c := range components {
		short, _ := jsvalue.Field(c, "assertion")
		if next >= len(flat) || textAt(short, "type") != flat[next].Type {
			continue
		}
		whole := flat[next].Raw.Clone()
		if metric := textAt(short, "metric"); metric != "" {
			whole.Set("metric", metric) // templates in it are filled in
		}
		if f, ok := flat[next].Value.(*jsvalue.Foreign); ok {
			shown := f.Source
			if jsvalue.Length(shown) > 50 {
				shown = jsvalue.Substring(shown, 0, 50) + "..."
			}
			whole.Set("value", shown)
		}
		if o := objectOf(c); o != nil {
			o.Set("assertion", whole)
		}
		next++
	}
}
