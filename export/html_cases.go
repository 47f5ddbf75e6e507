package export

import (
	"maps"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

const (
	shownFindings = 20 // of one case
	lineLimit     = 80 // escaped bytes of an output in the line of a folded case; twice that of an input
)

// cases lists what did not pass first, each case folded to one line.
func (p *page) cases(rows []evals.CaseRow) {
	found := group(rows)
	listed := found.atMost(listOpen, listPassed)
	all := listed.all()
	p.section("cases", "Cases", "What did not pass comes first. Open a case to see its input, what was expected, what the agent answered, and why that did or did not pass.")
	if len(all) == 0 {
		p.raw(`<p class="none">No case was judged.</p></section>`)
		return
	}
	p.filter(&listed, all)
	p.raw(`<div id="list" class="card list">`)
	limit := fit(all, htmlEscape, textBudget)
	for _, row := range all {
		p.caseRow(row, limit)
	}
	p.raw(`</div><p class="none" id="nothing" hidden>No listed case matches. <button type="button" id="reset">Show all</button></p>`)
	for k, state := range states {
		if n := len(found[k]) - len(listed[k]); n > 0 {
			p.put(`<p class="cut">{} not listed here; the run’s ledger has the rest (<code>genops runs show</code>).</p>`,
				plural(n, "more "+state+" case"))
		}
	}
	p.raw(`</section>`)
}

// filter is hidden until the script runs: without it all cases are in view.
func (p *page) filter(listed *byState, all []*evals.CaseRow) {
	p.put(`<form class="filter" id="filter" role="search"><label class="q"><span class="sr">Search the cases</span>`+
		`<input id="q" type="search" placeholder="Search id, input, output, reason" autocomplete="off" spellcheck="false"></label>`+
		`<div class="states" role="group" aria-label="State"><button type="button" data-state="" aria-pressed="true">All <b>{}</b></button>`, count(len(all)))
	for k, state := range states {
		if n := len(listed[k]); n > 0 {
			p.put(`<button type="button" class="{}" data-state="{}" aria-pressed="false">{} <b>{}</b></button>`,
				tone(state), markup(state), markup(state), count(n))
		}
	}
	p.raw(`</div>`)
	if values := slicesOf(all); len(values) > 0 {
		p.raw(`<label><span class="sr">Slice</span><select id="slice"><option value="">All slices</option>`)
		for _, v := range values {
			p.put(`<option value="{}">{}</option>`, v, v)
		}
		p.raw(`</select></label>`)
	}
	p.put(`<output id="shown" aria-live="polite">{} listed</output></form>`, count(len(all)))
}

// slicesOf returns the listed cases' slices as key=value, sorted.
func slicesOf(rows []*evals.CaseRow) []string {
	seen := map[string]bool{}
	for _, row := range rows {
		for k, v := range row.Slice {
			if len(seen) < shownSlices {
				seen[cut(k+"="+v, nameLimit)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (p *page) caseRow(row *evals.CaseRow, limit int) {
	state := states[stateIndex(row.State)]
	expected := expectedText(row.Expected)
	p.put(`<details class="case" data-s="{}"><summary>`, markup(state))
	p.chip(state)
	p.put(`<code>{}</code><span class="in" dir="auto">`, row.ID)
	p.text(row.Input, 2*lineLimit)
	p.raw(`</span><span class="out">`)
	switch {
	case row.Error != "":
		p.line(`<s>`, row.Error, `</s>`)
	case expected == "" || state == "passed":
		p.line(``, row.Output, ``)
	default:
		p.line(`<s>`, row.Output, `</s> <em>`)
		p.line(``, expected, `</em>`)
	}
	p.raw(`</span></summary><div class="body"><div class="texts">`)
	if len(row.Turns) > 0 {
		p.raw(`<div class="wide">`)
		p.raw(`<h4>Conversation</h4>`)
		p.talk(row.Turns, limit)
	} else {
		p.raw(`<div><h4>Input</h4>`)
		p.block(row.Input, limit)
	}
	p.raw(`</div>`)
	if row.Expected != nil {
		p.raw(`<div><h4>Expected</h4>`)
		p.block(expected, limit)
		p.raw(`</div>`)
	}
	p.raw(`<div><h4>Output</h4>`)
	if row.Error != "" && row.Output == "" {
		p.raw(`<p class="none">no answer</p></div>`)
	} else {
		p.block(row.Output, limit)
		p.raw(`</div>`)
	}
	p.raw(`</div>`)
	p.reasons(row, limit)
	p.facts(row)
	p.raw(`</div></details>`)
}

func (p *page) line(before markup, s string, after markup) {
	p.raw(before)
	p.text(s, lineLimit)
	p.raw(after)
}

func (p *page) reasons(row *evals.CaseRow, limit int) {
	if row.Error != "" {
		p.raw(`<h4>Error</h4>`)
		p.block(row.Error, limit)
	}
	if len(row.Findings)+len(row.Unjudged) == 0 {
		return
	}
	p.raw(`<ul class="findings">`)
	for _, f := range row.Unjudged[:min(len(row.Unjudged), shownFindings)] {
		p.finding(f.Metric, "could not be judged", groundOf(&f), "unjudged", limit)
	}
	for _, f := range row.Findings[:min(len(row.Findings), shownFindings)] {
		mark := "failed"
		if f.Pass {
			mark = "passed"
		}
		p.finding(f.Metric, score(f.Score, false), groundOf(&f), mark, limit)
	}
	p.raw(`</ul>`)
	if n := max(0, len(row.Findings)-shownFindings) + max(0, len(row.Unjudged)-shownFindings); n > 0 {
		p.put(`<p class="cut">{} not shown.</p>`, plural(n, "more finding"))
	}
}

// groundOf is why a finding is as it is: of a pass, what its judge said; of a reply
// that could not be used, how it begins.
func groundOf(f *pipeline.Finding) string {
	if f.Reason == "" && f.Pass {
		return f.Features["reason"]
	}
	if reply := f.Features["reply"]; reply != "" {
		return f.Reason + ": " + strconv.Quote(reply)
	}
	return f.Reason
}

func (p *page) finding(metric, score, reason, mark string, limit int) {
	p.put(`<li class="{}"><b>{}</b> {}`, tone(mark), metric, score)
	if reason != "" {
		p.raw(`<span dir="auto">`)
		p.text(reason, min(limit, reasonLimit))
		p.raw(`</span>`)
	}
	p.raw(`</li>`)
}

// facts are the small print of a case: slices, place in the file, time, cost.
func (p *page) facts(row *evals.CaseRow) {
	p.raw(`<p class="facts">`)
	for _, key := range slices.Sorted(maps.Keys(row.Slice))[:min(len(row.Slice), 12)] {
		p.put(`<span class="tag">{}</span>`, cut(key+"="+row.Slice[key], nameLimit))
	}
	if until, ok := p.quarantined[row.ID]; ok {
		p.put(`<span>quarantined until {}</span>`, until)
	}
	if row.Cluster != "" {
		p.put(`<span>cluster {}</span>`, row.Cluster)
	}
	if row.Line > 0 {
		p.put(`<span>line {}</span>`, row.Line)
	}
	if row.LatencyMS > 0 {
		p.put(`<span>{}</span>`, duration(row.LatencyMS))
	}
	if row.CostUSD > 0 {
		p.put(`<span>{}</span>`, money(row.CostUSD))
	}
	if row.Sends == 0 {
		p.raw(`<span>answer reused</span>`)
	}
	if row.Sends > 1 {
		p.put(`<span>sent {} times</span>`, strconv.Itoa(row.Sends))
	}
	p.raw(`</p>`)
}
