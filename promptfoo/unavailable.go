package promptfoo

import (
	"fmt"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// Unavailable lists, before anything is called, the providers and judges that
// can answer nothing as they are configured — a key that is not set, an address
// that is none — and what needs a judge where there is none.
func (r *Runner) Unavailable() (problems []project.Problem) {
	seen := map[string]bool{}
	check := func(p *project.Provider, what string) {
		if p == nil {
			return
		}
		one := r.callers.of(p)
		if one.err == nil {
			return
		}
		message := fmt.Sprintf("%s: %v", what, one.err)
		if key := fmt.Sprint(p.Place, message); !seen[key] {
			seen[key] = true
			problems = append(problems, project.Problem{Place: p.Place, Message: message, Fatal: true})
		}
	}
	asked := map[*project.Provider]bool{}
	for i := range r.Rows {
		if p := r.Rows[i].Provider; !asked[p] && r.Rows[i].Test.Provider == nil {
			asked[p] = true
			check(p, "provider")
		}
	}
	lost := 0
	var first project.Place
	for t := range r.uses {
		check(t.Provider, "provider")
		for _, a := range judgedAssertions(t.Assert) {
			p, err := r.judgeOf(t, a)
			if err != nil {
				if lost++; lost == 1 {
					first = a.Place
				}
				continue
			}
			check(p, "judge")
		}
	}
	if lost > 0 {
		problems = append(problems, project.Problem{Place: first, Message: fmt.Sprintf("%d assertion(s) need a model that judges, and none is configured: name one in defaultTest.options.provider or with --grader; they can't be judged", lost)})
	}
	return problems
}

// judgedAssertions are those that put a question to a model, in sets too.
func judgedAssertions(all []project.Assertion) (list []*project.Assertion) {
	for i := range all {
		a := &all[i]
		list = append(list, judgedAssertions(a.Set)...)
		if asksJudge(a.Type) {
			list = append(list, a)
		}
	}
	return list
}

func asksJudge(kind string) bool {
	kind = strings.TrimPrefix(kind, "not-")
	for _, t := range assertionTypes() {
		if t.Name == kind {
			return strings.HasPrefix(t.Needs, "judge")
		}
	}
	return false
}

var assertionTypes = sync.OnceValue(assertions.Types)
