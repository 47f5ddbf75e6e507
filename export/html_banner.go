package export

import (
	"fmt"

	"github.com/GaboBase/arch-genops/evals"
)

// banner says the verdict in words, then the figures behind it.
func (p *page) banner(r *evals.Result) {
	v := verdictOf(r.Verdict)
	p.put(`<section class="hero {}" aria-labelledby="verdict"><p class="eyebrow"><b>{}</b> {} <span>on</span> <b>{}</b></p>`,
		tone(v), r.Agent, r.Version, r.TestSet)
	p.put(`<h1 id="verdict"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12"/><path d="{}"/></svg>{}</h1><p class="say">`, glyph(v), headline(v))
	p.text(gateSentence(r), reasonLimit)
	p.raw(`</p><p class="how">`)
	p.text(progressSentence(r), reasonLimit)
	p.raw(`</p>`)
	if r.Subset != "" {
		p.raw(`<p class="note"><b>Subset:</b> `)
		p.text(r.Subset, reasonLimit)
		p.raw(`. This run decides only about the chosen cases and is no evidence for the whole set.</p>`)
	}
	if r.Baseline != nil {
		p.raw(`<p class="how"><a href="#baseline">`)
		p.text(baselineSentence(r), reasonLimit)
		p.raw(`</a></p>`)
	}
	if r.Quarantine != nil {
		p.raw(`<p class="note"><a href="#quarantine">`)
		p.text(quarantineSentence(r.Quarantine), reasonLimit)
		p.raw(`</a></p>`)
	}
	if r.Budget != nil && r.Budget.UsedUp {
		p.raw(`<p class="note"><a href="#spending">The budget is used up.</a></p>`)
	}
	if n := doubtful(r); n > 0 {
		p.put(`<p class="note"><a href="#judges">{}</a></p>`, plural(n, "metric")+" judged by an uncalibrated judge")
	}
	if n := len(r.Warnings); n > 0 {
		p.put(`<p class="note"><a href="#warnings">{}</a></p>`, plural(n, "warning"))
	}
	p.share(r.Cases)
	p.tiles(r)
	p.raw(`</section>`)
}

// glyph is a tick, a cross, or three dots, as a path.
func glyph(verdict string) markup {
	switch verdict {
	case "pass":
		return "M6.5 12.5l3.8 3.8 7.2-8.1"
	case "fail":
		return "M7.8 7.8l8.4 8.4M16.2 7.8l-8.4 8.4"
	}
	return "M6.6 12h.01M12 12h.01M17.4 12h.01"
}

func headline(verdict string) string {
	switch verdict {
	case "pass":
		return "Pass"
	case "fail":
		return "Fail"
	}
	return "Undecided"
}

// share draws how the cases divide into states, with a legend in words.
func (p *page) share(c evals.Cases) {
	left := max(0, c.Total-c.Judged-c.Unjudged)
	parts := [...]struct {
		tone markup
		name string
		n    int
	}{
		{"good", "passed", c.Passed}, {"bad", "failed", c.Failed}, {"err", "errored", c.Errored},
		{"open", "unjudged", c.Unjudged}, {"rest", "not asked", left},
	}
	total := 0
	for _, part := range parts {
		total += part.n
	}
	if total == 0 {
		return
	}
	p.raw(`<svg class="share" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">`)
	x := 0.0
	for _, part := range parts {
		w := 1000 * float64(part.n) / float64(total)
		if part.n > 0 {
			p.put(`<rect class="{}" x="{}" width="{}" height="14"/>`, part.tone, x, max(w-2, 1))
		}
		x += w
	}
	p.raw(`</svg><ul class="legend">`)
	for _, part := range parts {
		if part.n > 0 {
			p.put(`<li><i class="{}" aria-hidden="true"></i><b>{}</b> {}</li>`, part.tone, count(part.n), part.name)
		}
	}
	p.raw(`</ul>`)
}

func (p *page) tiles(r *evals.Result) {
	c := r.Cases
	p.raw(`<dl class="tiles">`)
	p.tile("Cases passed", percent(c.Passed, c.Judged), fmt.Sprintf("%s of %s judged", count(c.Passed), count(c.Judged)))
	calls := "none from the cache"
	if r.Calls.Cached > 0 {
		calls = count(r.Calls.Cached) + " from the cache"
	}
	if r.Calls.Repeated > 0 {
		calls += ", " + count(r.Calls.Repeated) + " sent again"
	}
	p.tile("Calls made", count(r.Calls.Made), calls)
	per := "no cost reported"
	if r.CostUSD > 0 && r.Calls.Made > 0 {
		per = money(r.CostUSD/float64(r.Calls.Made)) + " a call"
	}
	if r.Unpriced > 0 {
		per = plural(r.Unpriced, "call") + " without a known price"
	}
	p.tile("Cost", money(r.CostUSD), per)
	rate := ""
	if r.DurationMS > 0 {
		rate = count(int(float64(c.Judged+c.Unjudged)/(float64(r.DurationMS)/1000)+0.5)) + " cases a second"
	}
	p.tile("Duration", duration(float64(r.DurationMS)), rate)
	p.raw(`</dl>`)
}

func (p *page) tile(name markup, figure, note string) {
	p.put(`<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>`, name, figure, note)
}
