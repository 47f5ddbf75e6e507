package promptfoo

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Known takes in a case that an earlier start of the run judged, so that later
// rows find what it left for them. Call it before the first Generate, in the
// order of the rows.
func (r *Runner) Known(caseID string, detail []byte) error {
	i, ok := r.byID[caseID]
	if !ok {
		return fmt.Errorf("the run has a case %s, and the configuration has no such row", caseID)
	}
	r.serial.leave(i)
	if len(detail) == 0 {
		return nil
	}
	v, err := jsvalue.Parse(string(detail))
	if err != nil {
		return fmt.Errorf("the record of case %s is not readable: %w", caseID, err)
	}
	row, rec := &r.Rows[i], recordOf(objectOf(v))
	if rec.response != nil {
		r.state.say(row, rec.prompt, rec.response)
		r.state.store(row, rec.response)
	}
	if g := r.groups[row.TestIndex]; g != nil {
		g.alone[i] = rec
	}
	return nil
}

// recordOf is the inverse of record.object, of what later rows need.
func recordOf(o *jsvalue.Object) *record {
	rec := &record{errText: textAt(o, "error"), failure: int(number(o, "failureReason")), success: truthy(o, "success"), unjudged: textAt(o, "unjudged"),
		score: number(o, "score"), latencyMS: number(o, "latencyMs")}
	get := func(v any, key string) *jsvalue.Object {
		x, _ := jsvalue.Field(v, key)
		return objectOf(x)
	}
	prompt := get(o, "prompt")
	rec.prompt, rec.config = textAt(prompt, "raw"), get(prompt, "config")
	rec.vars, rec.named, rec.grading, rec.metadata = get(o, "vars"), get(o, "namedScores"), get(o, "gradingResult"), get(o, "metadata")
	if resp := get(o, "response"); resp != nil {
		rec.response = responseOf(resp)
	}
	rec.judging, _ = tokensOf(get(o, "judging"))
	return rec
}

// Chained says that some tests must run one after the other.
func Chained(p *project.Project) bool {
	for i := range p.Tests {
		if p.Tests[i].Options.RunSerially {
			return true
		}
	}
	return false
}

// Remote says that some provider's answers can be kept for other runs.
func Remote(p *project.Project) bool {
	for i := range p.Providers {
		switch p.Providers[i].Call.Kind {
		case project.CallChat, project.CallHTTP, project.CallEmbed, project.CallModerate, project.CallClassify:
			return true
		}
	}
	for i := range p.Tests {
		if t := &p.Tests[i]; t.Options.Provider != nil || len(t.Options.JudgeByType) > 0 || len(judgedAssertions(t.Assert)) > 0 {
			return true
		}
	}
	return false
}

// ProviderIDs lists the providers, for the digest of what runs.
func ProviderIDs(p *project.Project) string {
	var ids []string
	for i := range p.Providers {
		ids = append(ids, release(&p.Providers[i]))
	}
	return strings.Join(ids, "\n")
}

// Problems lists the assertions that can't judge anything as they are written.
func (r *Runner) Problems() (lines []string) {
	seen := map[string]bool{}
	for i := range r.Project.Tests {
		t := &r.Project.Tests[i]
		suite := r.grader.suite(t)
		for _, p := range suite.Problems() {
			at := t.File
			if p.Line > 0 {
				at = fmt.Sprintf("%s:%d", t.File, p.Line)
			}
			line := fmt.Sprintf("%s: %s: %s", at, p.Type, strings.TrimPrefix(p.Err.Error(), p.Type+": "))
			if !seen[line] {
				seen[line] = true
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// Unpriced names a provider or judge that the run's rows ask, whose calls cost
// money and whose price is not known; "" when there is none. What programs and
// servers of the user's own cost is what they report.
func (r *Runner) Unpriced() string {
	known := func(p *project.Provider) bool {
		switch {
		case p == nil:
			return true
		case p.Call.Kind == project.CallClassify:
			address := p.Call.Model.BaseURL
			if address == "" {
				address = r.getenv("HF_INFERENCE_ENDPOINT")
			}
			return prices.LocalURL(address)
		case p.Call.Kind != project.CallChat && p.Call.Kind != project.CallEmbed:
			return true
		}
		_, ok := priceOf(p, r.Prices)
		return ok || prices.LocalURL(p.Call.Model.BaseURL)
	}
	for i := range r.Rows {
		p := r.Rows[i].Provider
		if own := r.Rows[i].Test.Provider; own != nil {
			p = own
		}
		if !known(p) {
			return p.ID
		}
	}
	for t := range r.tests() {
		for _, a := range judgedAssertions(t.Assert) {
			for _, kind := range kindsOfJudges(a.Type) {
				if p, err := r.judgeOf(t, a, kind); err == nil && !known(p) {
					return p.ID
				}
			}
		}
	}
	return ""
}
