package promptfoo

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// strip are the parts of rows that variables of the environment keep out of result
// files, as promptfoo reads them.
type strip struct{ prompts, outputs, vars, grading, metadata bool }

const (
	noPrompt = "[prompt stripped]"
	noOutput = "[output stripped]"
)

func stripOf(env map[string]string) strip {
	on := func(part string) bool { return project.TruthyEnv(env["PROMPTFOO_STRIP_"+part]) }
	return strip{on("PROMPT_TEXT"), on("RESPONSE_OUTPUT"), on("TEST_VARS"), on("GRADING_RESULT"), on("METADATA")}
}

// row takes the parts out of a row. What the row shares with others is not changed.
func (s strip) row(o *jsvalue.Object) {
	inside := func(key string, change func(*jsvalue.Object)) {
		v, _ := o.Get(key)
		if part := objectOf(v); part != nil {
			part = part.Clone()
			change(part)
			o.Set(key, part)
		}
	}
	if s.prompts {
		inside("prompt", func(p *jsvalue.Object) { p.Set("raw", noPrompt) })
	}
	if s.outputs {
		inside("response", func(r *jsvalue.Object) {
			r.Set("output", noOutput)
			r.Delete("raw") // which holds the output too
		})
	}
	if s.vars {
		inside("testCase", func(t *jsvalue.Object) { t.Delete("vars") })
		o.Set("vars", &jsvalue.Object{})
	}
	if s.metadata {
		inside("testCase", func(t *jsvalue.Object) { t.Delete("metadata") })
		inside("response", func(r *jsvalue.Object) { r.Delete("metadata") })
		o.Set("metadata", &jsvalue.Object{})
	}
	if s.grading {
		o.Set("gradingResult", nil)
	}
}

// record takes the parts out of a record before a table is made of it.
func (s strip) record(rec *jsvalue.Object) *jsvalue.Object {
	if rec != nil && (s.outputs || s.grading) {
		rec = rec.Clone()
		strip{outputs: s.outputs, grading: s.grading}.row(rec)
	}
	return rec
}
