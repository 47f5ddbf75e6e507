package export

import (
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// shownRules bounds the table, shownPictures the pictures of rules.
const (
	shownRules    = 100
	shownPictures = 12
)

func (p *page) rules(r *evals.Result) {
	p.section("rules", "Rules", populationSentence(r))
	if len(r.Rules) == 0 {
		p.raw(`<p class="none">No rule was given. Add one with <code>--rule 'METRIC&gt;=BAR'</code>.</p></section>`)
		return
	}
	p.raw(`<div class="scroll" role="region" aria-label="Rules" tabindex="0"><table class="rules"><thead><tr><th scope="col">Rule</th><th scope="col">Verdict</th>` +
		`<th scope="col" class="num">Estimate</th><th scope="col" class="num">Interval</th><th scope="col" class="num">n</th>` +
		`<th scope="col" class="num">Tries</th><th scope="col">Reason</th></tr></thead><tbody>`)
	for i := range r.Rules[:min(len(r.Rules), shownRules)] {
		p.ruleRow(&r.Rules[i])
	}
	p.raw(`</tbody></table></div>`)
	if n := len(r.Rules) - shownRules; n > 0 {
		p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more rule"))
	}
	p.pictures(r.Rules)
	p.raw(`</section>`)
}

// pictures draws the rules that have looks; a single one takes the whole width.
func (p *page) pictures(rules []evals.RuleResult) {
	var drawn []*evals.RuleResult
	for i := range rules {
		if len(rules[i].Path) > 0 && len(drawn) < shownPictures {
			drawn = append(drawn, &rules[i])
		}
	}
	if len(drawn) == 0 {
		return
	}
	width := chartW
	if len(drawn) == 1 {
		width = chartWide
	}
	p.raw(`<div class="charts">`)
	for id, rule := range drawn {
		p.ruleChart(rule, id, width)
	}
	p.raw(`</div>`)
}

func (p *page) ruleRow(rule *evals.RuleResult) {
	signed := paired(rule)
	p.put(`<tr><th scope="row">{}`, ruleText(rule))
	if !rule.Gates {
		p.raw(`<small>shown only; does not gate</small>`)
	}
	p.raw(`</th><td>`)
	p.chip(verdictOf(rule.Verdict))
	p.put(`</td><td class="num big">{}</td><td class="num">{}`, estimateText(rule), intervalText(rule.Interval, signed))
	if rule.Wilson != nil {
		p.put(`<small>traffic {}</small>`, intervalText(rule.Wilson, signed))
	}
	p.put(`<small>α {}</small></td><td class="num">{}<small>of {}</small></td><td class="num">{}`,
		shortest(rule.Alpha), count(rule.N), count(rule.Of), max(rule.Tries, 1))
	if rule.Tries > 1 {
		p.put(`<small>{} before</small>`, strconv.Itoa(rule.Tries-1))
	}
	p.raw(`</td><td class="why">`)
	p.text(rule.Reason, reasonLimit)
	p.raw(`</td></tr>`)
}
