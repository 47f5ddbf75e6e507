package promptfoo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// traceOf is the trace that a provider returns beside its output, or in its
// metadata, as pipeline.ParseTrace reads it; nil = there is none.
func traceOf(r *Response) *assertions.Trace {
	for _, o := range []*jsvalue.Object{r.More, r.Metadata} {
		v, ok := o.Get("trace")
		if !ok {
			continue
		}
		text, _ := jsvalue.Stringify(v, "")
		if t, err := pipeline.ParseTrace(json.RawMessage(text)); err == nil && t != nil {
			return validators.TraceOf(t)
		}
	}
	return nil
}

// untraced finds assertions about steps that no provider of the project can tell:
// a chat model's reply holds none.
func untraced(p *project.Project) (problems []project.Problem) {
	tells := func(p project.Provider) bool {
		return slices.Contains([]string{project.CallHTTP, project.CallExec, project.CallScript, project.CallPython, project.CallRuby}, p.Call.Kind)
	}
	if slices.ContainsFunc(p.Providers, tells) {
		return nil
	}
	seen := map[project.Place]bool{}
	var look func(all []project.Assertion)
	look = func(all []project.Assertion) {
		for i := range all {
			a := &all[i]
			kind := strings.TrimPrefix(a.Type, "not-")
			if (strings.HasPrefix(kind, "trajectory:") || strings.HasPrefix(kind, "trace-")) && !seen[a.Place] {
				seen[a.Place] = true
				problems = append(problems, project.Problem{Place: a.Place,
					Message: fmt.Sprintf("assertion %s: no provider here returns a trace, so it could not be judged; a script or HTTP provider may, in trace or metadata.trace", a.Type)})
			}
			look(a.Set)
		}
	}
	for i := range p.Tests {
		look(p.Tests[i].Assert)
	}
	return problems
}
