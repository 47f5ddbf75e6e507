package promptfoo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	trust "github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Judges tells who judges which assertion, by the assertion's type and by the
// metric under which it counts: what labels tell of a judge holds for its model,
// its parameters and its words, and for the values and thresholds that the tests
// ask. A type that several judges share is the word of
// all of them.
func (r *Runner) Judges() []trust.Release {
	var names []string
	found := map[string][]trust.Release{}
	asked := map[string]*trust.Release{} // holds the criteria
	add := func(name string, one trust.Release, a *project.Assertion) {
		if found[name] == nil {
			names = append(names, name)
			asked[name] = &trust.Release{}
		}
		one.Metric = name
		askCriterion(asked[name], a)
		if !slices.ContainsFunc(found[name], func(o trust.Release) bool { return o.Digest() == one.Digest() }) {
			found[name] = append(found[name], one)
		}
	}
	for t := range r.tests() {
		for _, a := range judgedAssertions(t.Assert) {
			if !slices.Contains(kindsOfJudges(a.Type), "text") {
				continue // no words of ours or of the user's decide what it says
			}
			p, err := r.judgeOf(t, a, "text")
			if err != nil {
				continue // told before: it can't be judged
			}
			one := r.released(p, t, a)
			add(a.Type, one, a)
			if a.Metric != "" && !strings.Contains(a.Metric, "{{") {
				add(a.Metric, one, a)
			}
		}
	}
	out := make([]trust.Release, len(names))
	for i, name := range names {
		out[i] = oneRelease(found[name])
		asked[name].Plain()
		out[i].Criteria = asked[name].Criteria
	}
	return out
}

// askCriterion notes what an assertion asks in the test's own words: its value as written,
// and its threshold.
func askCriterion(r *trust.Release, a *project.Assertion) {
	if a.Value == nil && a.Threshold == nil {
		r.Ask("", "the metric's own question")
		return
	}
	words, _ := a.Value.(string)
	if words == "" {
		words, _ = jsvalue.Stringify(a.Value, "")
	}
	if c, err := trust.CriterionOf(a.Type, a.Value, a.Threshold); err == nil {
		r.Ask(c, words)
	} else { // a value that is no JSON is another one each time
		r.Ask(trust.Criterion(fmt.Sprintf("%p", a)), words)
	}
}

// judgeOf is who judges an assertion of a test, of a kind of judges.
func (r *Runner) judgeOf(t *project.Test, a *project.Assertion, kind string) (*project.Provider, error) {
	given := judges{t.Options.Provider, t.Options.JudgeByType}
	if a.Provider != nil || len(a.JudgeByType) > 0 {
		given = judges{a.Provider, a.JudgeByType}
	}
	otherwise := map[string]*project.Provider{"text": r.judging, "embedding": r.embedding, "moderation": r.moderating}
	return (&judge{r}).provider(given, kind, otherwise[kind])
}

// released is everything that decides what a judge says, but for the assertion's
// own value; see askCriterion.
func (r *Runner) released(p *project.Provider, t *project.Test, a *project.Assertion) trust.Release {
	mode := "default"
	if r.Exact {
		mode = "exact"
	}
	one := trust.Release{Judge: p.ID, Model: p.Call.Model.Ref, Definition: "promptfoo-0.123.1",
		Params: map[string]string{"mode": mode}}
	if text, ok := jsvalue.Stringify(project.Public(p.Config), ""); ok && text != "{}" {
		one.Params["config"] = text
	}
	words := a.RubricPrompt
	if words == nil {
		words = t.Options.RubricPrompt
	}
	if text, ok := jsvalue.Stringify(words, ""); ok && words != nil && text != `""` {
		sum := sha256.Sum256([]byte(text))
		one.Prompts = map[string]string{"rubricPrompt": "sha256:" + hex.EncodeToString(sum[:])}
		return one
	}
	one.Prompts = map[string]string{}
	for _, step := range stepsOf(a.Type) {
		name := promptName(step)
		if words, err := r.Prompts.Find(name, name); err == nil {
			one.Prompts[name] = words.Digest()
		}
	}
	return one
}

// oneRelease is the release of several judges of one metric.
func oneRelease(all []trust.Release) trust.Release {
	if len(all) == 1 {
		return all[0]
	}
	var judges, digests []string
	for _, r := range all {
		if !slices.Contains(judges, r.Judge) {
			judges = append(judges, r.Judge)
		}
		digests = append(digests, r.Digest())
	}
	slices.Sort(digests)
	return trust.Release{Judge: strings.Join(judges, " or "), Metric: all[0].Metric, Definition: all[0].Definition, Params: map[string]string{"releases": strings.Join(digests, " ")}}
}
