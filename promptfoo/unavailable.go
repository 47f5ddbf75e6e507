package promptfoo

import (
	"fmt"
	"maps"
	"slices"
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
	tell := func(place project.Place, message string, fatal bool) {
		if key := fmt.Sprint(place, message); !seen[key] {
			seen[key] = true
			problems = append(problems, project.Problem{Place: place, Message: message, Fatal: fatal})
		}
	}
	check := func(p *project.Provider, what string) {
		if p == nil {
			return
		}
		one := r.callers.of(p)
		if one.err == nil {
			return
		}
		tell(p.Place, fmt.Sprintf("%s: %v", what, one.err), true)
	}
	asked := map[*project.Provider]bool{}
	for i := range r.Rows {
		if p := r.Rows[i].Provider; !asked[p] && r.Rows[i].Test.Provider == nil {
			asked[p] = true
			check(p, "provider")
		}
	}
	type loss struct {
		n     int
		first project.Place
	}
	lost := map[string]*loss{}
	for t := range r.tests() {
		check(t.Provider, "provider")
		for _, a := range judgedAssertions(t.Assert) {
			for _, kind := range kindsOfJudges(a.Type) {
				p, err := r.judgeOf(t, a, kind)
				if err != nil {
					if lost[kind] == nil {
						lost[kind] = &loss{first: a.Place}
					}
					lost[kind].n++
					continue
				}
				check(p, "judge")
				if why := unable(p, a.Type, r.Exact); why != "" {
					tell(a.Place, why+"; it can't be judged", false)
				}
				if unfit(p, kind) {
					tell(a.Place, fmt.Sprintf("%s needs a model that %s, and %q is none: name one in %s; it can't be judged", a.Type, judgeTasks[kind].does, p.ID, judgeTasks[kind].where), false)
				}
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(lost)) {
		l, task := lost[kind], judgeTasks[kind]
		problems = append(problems, project.Problem{Place: l.first, Message: fmt.Sprintf("%d assertion(s) need a model that %s, and none is configured: name one in %s; they can't be judged", l.n, task.does, task.where)})
	}
	return problems
}

// unfit says that a provider does not answer with what a kind of judge gives.
func unfit(p *project.Provider, kind string) bool {
	switch kind {
	case "embedding":
		return p.Call.Kind != project.CallEmbed
	case "text":
		return p.Call.Kind == project.CallEmbed || p.Call.Kind == project.CallModerate || p.Call.Kind == project.CallClassify
	}
	return p.Call.Kind != kindsOfLabels[kind]
}

// judgedAssertions are those that ask a model, in sets too.
func judgedAssertions(all []project.Assertion) (list []*project.Assertion) {
	for i := range all {
		a := &all[i]
		list = append(list, judgedAssertions(a.Set)...)
		if len(kindsOfJudges(a.Type)) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// kindsOfJudges are the kinds of models that judge by a type of assertion.
func kindsOfJudges(kind string) []string { return judgesByType()[strings.TrimPrefix(kind, "not-")] }

var judgesByType = sync.OnceValue(func() map[string][]string {
	kinds := map[string]string{"judge": "text", "embedder": "embedding", "classifier": "classification", "moderator": "moderation"}
	all := map[string][]string{}
	for _, t := range assertions.Types() {
		for _, need := range strings.Split(t.Needs, ", ") {
			if kind := kinds[need]; kind != "" {
				all[t.Name] = append(all[t.Name], kind)
			}
		}
	}
	return all
})
