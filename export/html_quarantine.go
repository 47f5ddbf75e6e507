package export

import (
	"fmt"

	"github.com/GaboBase/arch-genops/evals"
)

// shownQuarantine bounds the table of quarantined cases and the lists of IDs.
const shownQuarantine = 200

// quarantined is the last day on which each quarantined case is out of the
// gate, by ID.
func quarantined(r *evals.Result) map[string]string {
	if r.Quarantine == nil {
		return nil
	}
	out := make(map[string]string, len(r.Quarantine.Cases))
	for _, c := range r.Quarantine.Cases {
		out[c.ID] = c.Until
	}
	return out
}

// quarantineSentence is the quarantine's own line: how many cases it takes out
// of the gate, and until when.
func quarantineSentence(q *evals.Quarantine) string {
	if q == nil {
		return ""
	}
	s := "No case is quarantined."
	if n := len(q.Cases); n > 0 {
		first, last := q.Cases[0].Until, q.Cases[0].Until
		for _, c := range q.Cases {
			first, last = min(first, c.Until), max(last, c.Until)
		}
		until := "until " + cut(last, 40)
		if first != last {
			until = fmt.Sprintf("the first until %s, the last until %s", cut(first, 40), cut(last, 40))
		}
		s = fmt.Sprintf("%s quarantined, %s: shown, but counted by no rule.", are(n, "case"), until)
	}
	if n := len(q.Expired); n > 0 {
		s += fmt.Sprintf(" %s expired and counted again.", plural(n, "entry", "entries"))
	}
	if n := len(q.Unknown); n > 0 {
		s += fmt.Sprintf(" %s not in this set.", are(n, "entry", "entries"))
	}
	return s
}

func (p *page) quarantine(q *evals.Quarantine) {
	if q == nil {
		return
	}
	p.section("quarantine", "Quarantine", quarantineSentence(q))
	if len(q.Cases) > 0 {
		p.raw(`<div class="scroll" role="region" aria-label="Quarantined cases" tabindex="0"><table class="quarantined"><thead><tr><th scope="col">Case</th>` +
			`<th scope="col">Until</th><th scope="col">First draw</th><th scope="col">Reason</th></tr></thead><tbody>`)
		for _, c := range q.Cases[:min(len(q.Cases), shownQuarantine)] {
			p.put(`<tr><th scope="row" class="mono">{}</th><td><span class="tag">{}</span></td><td>`, c.ID, c.Until)
			if c.State == "" {
				p.raw(`<span class="dim">not drawn</span>`)
			} else {
				p.chip(c.State)
			}
			p.raw(`</td><td class="why">`)
			p.text(c.Reason, reasonLimit)
			p.raw(`</td></tr>`)
		}
		p.raw(`</tbody></table></div>`)
		if n := len(q.Cases) - shownQuarantine; n > 0 {
			p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more quarantined case"))
		}
	}
	if len(q.Expired) > 0 {
		p.tags("Expired, and counted again:", q.Expired, shownQuarantine)
	}
	if len(q.Unknown) > 0 {
		p.tags("In the list, but not in this set:", q.Unknown, shownQuarantine)
	}
	p.put(`<p class="cut">The list is {}.</p></section>`, q.File)
}
