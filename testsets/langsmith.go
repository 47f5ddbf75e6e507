package testsets

import "slices"

// exampleKeys are those of an example of LangSmith that rows of MLflow don't have.
var exampleKeys = []string{"source_run_id", "dataset_id", "modified_at", "attachment_urls"}

// answerKeys are what named outputs call the one that is the answer.
var answerKeys = []string{"output", "answer", "expected", "expected_output", "response", "reference", "ground_truth", "result", "label", "completion"}

// isLangSmith recognises an example: inputs and, as what is right, outputs.
func isLangSmith(r *reader, v *value) bool {
	return isMLflow(r, v) && v.get("expectations") == nil &&
		slices.ContainsFunc(exampleKeys, func(k string) bool { return v.get(k) != nil })
}

// langsmith reads {"inputs": {…}, "outputs": {…}}: the outputs are the expected
// value, or hold it.
func (r *reader) langsmith(c *Case, v *value) {
	r.withInputs(c, v, func(m *value) bool {
		if m.key != "outputs" {
			return false
		}
		r.outputs(c, r.cell(m))
		return true
	})
}

// outputs reads the expected value from named outputs: the member that the user
// names, the only one, the one with a usual name, else all of them. Where there
// are more, all are metadata too.
func (r *reader) outputs(c *Case, v *value) {
	if v.kind != object || r.opt.Expected != "" {
		r.expectedOutput(c, v)
		return
	}
	if len(v.items) == 0 {
		return
	}
	want := pick(v, answerKeys)
	if want == nil && len(v.items) == 1 {
		want = &v.items[0]
	}
	switch {
	case want == nil:
		want = v
	case len(v.items) > 1:
		c.keep("outputs", v.any())
	}
	if isChat(want) {
		want = &want.items[len(want.items)-1]
	}
	if content := want.get("content"); want.get("role") != nil && content != nil {
		want = content
	}
	if want.kind != null {
		c.Expected = r.labelled(want)
	}
}
