package testsets

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
)

// expectationKeys are what MLflow's own judges look for in "expectations".
var expectationKeys = []string{"expected_response", "expected_facts", "expected_retrieved_context", "guidelines"}

// isMLflow recognises a row of MLflow: "inputs", an object.
func isMLflow(r *reader, v *value) bool {
	in := v.get("inputs")
	return in != nil && (in.kind == object || r.flat) && pick(v, inputKeys) == nil
}

// mlflow reads {"inputs": {…}, "expectations": {…}}. expected_response is the
// expected value. expected_facts must be said, while a context only may be
// relied on; so they are metadata, as all other expectations are.
func (r *reader) mlflow(c *Case, v *value) {
	r.withInputs(c, v, func(m *value) bool {
		switch {
		case m.key == "expectations":
			if m = r.cell(m); r.is(m, object, "an object") {
				r.expectations(c, m)
			}
		case m.key == "outputs":
			r.answerOf(c, r.cell(m))
			if v.get("expectations") == nil {
				r.leave("%d row(s) have outputs and no expectations: what the agent answered, as MLflow has it; where outputs are what is right (LangSmith), convert the file with testset convert --format langsmith")
			}
		case m.key == "dataset_record_id" && v.get("id") == nil:
			c.ID = r.word(m)
		default:
			return false
		}
		return true
	})
}

// withInputs reads a row of named inputs; what own does not take is a plain field.
func (r *reader) withInputs(c *Case, v *value, own func(m *value) bool) {
	if in := v.get("inputs"); in == nil || in.kind == null {
		r.noInput(v, []string{"inputs"})
	}
	for i := range v.items {
		m := &v.items[i]
		switch {
		case m.kind == null:
		case m.key == "inputs":
			if m = r.cell(m); r.is(m, object, "an object") {
				r.inputs(c, m)
			}
		case !own(m):
			r.field(c, m)
		}
	}
}

func (r *reader) expectations(c *Case, v *value) {
	key := "expected_response"
	if r.opt.Expected != "" {
		key = r.opt.Expected
	}
	for i := range v.items {
		m := &v.items[i]
		switch {
		case m.kind == null:
		case m.key == key:
			c.Expected = r.labelled(m)
		case r.opt.Expected == "" && !slices.Contains(expectationKeys, m.key) && config.Nearest(m.key, expectationKeys[:1]) != "":
			r.fail(int(m.line), "", "%s", config.UnknownKey(m.key, "expectations", expectationKeys))
		default:
			c.keep(m.key, m.any())
		}
	}
}

// answerOf keeps what the agent answered as the actual output.
func (r *reader) answerOf(c *Case, v *value) {
	answer := v
	if v.kind == object {
		if answer = pick(v, answerKeys); answer == nil && len(v.items) == 1 {
			answer = &v.items[0]
		}
	}
	if answer == nil || answer.kind != text {
		c.keep("outputs", v.any())
		return
	}
	c.keep("actual_output", answer.text)
	if v.kind == object && len(v.items) > 1 {
		c.keep("outputs", v.any())
	}
}
