package export

import "github.com/GaboBase/arch-genops/evals"

// shownFlaky bounds the table of cases that did not agree with themselves.
const shownFlaky = 100

// flakiness shows how steady the agent is, and each unsteady case as a bar.
func (p *page) flakiness(r *evals.Result) {
	f := r.Flaky
	if f == nil {
		return
	}
	p.section("flakiness", "Flakiness", "The gate uses the first draw of each case; further draws only say how steady the agent is. The bar is the share of a case’s draws that passed, the whisker its 95 % Wilson interval.")
	p.put(`<p class="say">{} of {} with repeated draws did not agree with themselves ({}).</p>`, count(f.Flipped), plural(f.Cases, "case"), percent(f.Flipped, f.Cases))
	if len(f.List) > 0 {
		p.flakyTable(f)
	} else if len(f.IDs) > 0 {
		p.tags("", f.IDs, 20)
	}
	p.raw(`</section>`)
}

func (p *page) flakyTable(f *evals.FlakySummary) {
	p.raw(`<div class="scroll" role="region" aria-label="Flaky cases" tabindex="0"><table><thead><tr><th scope="col">Case</th>` +
		`<th scope="col">Draws that passed</th><th scope="col" class="num">Passed</th><th scope="col" class="num">Interval</th></tr></thead><tbody>`)
	for _, c := range f.List[:min(len(f.List), shownFlaky)] {
		rate := float64(c.Passed) / float64(max(c.Draws, 1))
		p.put(`<tr><th scope="row" class="mono">{}`, c.ID)
		if until, ok := p.quarantined[c.ID]; ok {
			p.put(`<small>quarantined until {}</small>`, until)
		}
		p.raw(`</th><td class="steady">`)
		p.bar(rate, c.Interval[0], c.Interval[1])
		p.put(`</td><td class="num big">{} of {}</td><td class="num">{} – {}</td></tr>`, count(c.Passed), count(c.Draws), share(c.Interval[0]), share(c.Interval[1]))
	}
	p.raw(`</tbody></table></div>`)
	if n := f.Flipped - min(len(f.List), shownFlaky); n > 0 {
		p.put(`<p class="cut">{} not shown; <code>-o FILE.csv</code> has every draw.</p>`, plural(n, "more flaky case"))
	}
}

// bar draws a share with its interval; the text says the same.
func (p *page) bar(rate, lo, hi float64) {
	a, b := 100*unit(lo), 100*unit(hi)
	p.put(`<svg viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}, interval {} to {}"><rect class="track" y="4" width="100" height="12"/>`+
		`<rect class="fill" y="4" width="{}" height="12"/><path class="wilson" d="M{},10H{}M{},6V14M{},6V14"/></svg>`,
		share(rate), share(lo), share(hi), 100*unit(rate), a, b, a, b)
}

// tags lists names behind a label, at most so many.
func (p *page) tags(label markup, names []string, most int) {
	p.put(`<p class="facts">{} `, label)
	for _, name := range names[:min(len(names), most)] {
		p.put(`<span class="tag">{}</span>`, name)
	}
	if n := len(names) - most; n > 0 {
		p.put(`<span>and {} more</span>`, count(n))
	}
	p.raw(`</p>`)
}
