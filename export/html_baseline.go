package export

import (
	"strings"

	"github.com/GaboBase/arch-genops/evals"
)

// Of the flips so many are listed, so many of them open, and so many bytes of
// their texts shown.
const (
	shownFlips = 200
	openFlips  = 3
	flipBudget = 400 << 10
)

// baseline compares the candidate with what it would replace: the sentence,
// the effect, the four counts, what each arm cost, and every pair that differs.
func (p *page) baseline(r *evals.Result) {
	b := r.Baseline
	if b == nil {
		return
	}
	p.section("baseline", "Against the baseline", baselineScope(r))
	p.raw(`<p class="say">`)
	p.text(baselineSentence(r), reasonLimit)
	p.raw(`</p>`)
	p.pairedRules(r)
	p.forecast(b)
	if b.Pairs > 0 {
		p.raw(`<div class="against">`)
		p.effect(r)
		p.mcnemar(r)
		p.raw(`</div>`)
	}
	p.arms(r)
	p.flips(r)
	p.raw(`</section>`)
}

func (p *page) pairedRules(r *evals.Result) {
	p.raw(`<ul class="plainlist">`)
	n := 0
	for i := range r.Rules {
		rule := &r.Rules[i]
		if !paired(rule) || n == shownRules {
			continue
		}
		n++
		p.raw(`<li>`)
		p.chip(verdictOf(rule.Verdict))
		p.put(` {}`, ruleText(rule))
		if !rule.Gates {
			p.raw(` <span class="dim">(does not gate)</span>`)
		}
		p.raw(`</li>`)
	}
	if n == 0 {
		p.raw(`<li class="none">No rule asks about the difference: it is shown, and decides nothing.</li>`)
	}
	p.raw(`</ul>`)
}

func (p *page) forecast(b *evals.Baseline) {
	if b.Forecast == nil {
		return
	}
	p.raw(`<p class="note"><b>Forecast only:</b> `)
	p.text(forecastSentence(b), reasonLimit)
	p.raw(`</p>`)
}

func (p *page) mcnemar(r *evals.Result) {
	m := r.Baseline.McNemar
	p.raw(`<div class="card mcnemar"><h3>Pairs</h3><table><thead><tr><td></td><th scope="col">baseline passed</th><th scope="col">baseline failed</th></tr></thead><tbody>`)
	p.put(`<tr><th scope="row">candidate passed</th><td class="num big">{}</td><td class="num big better">{}<small>improved</small></td></tr>`, count(m.Both), count(m.Candidate))
	p.put(`<tr><th scope="row">candidate failed</th><td class="num big worse">{}<small>regressed</small></td><td class="num big">{}</td></tr></tbody></table>`, count(m.Baseline), count(m.Neither))
	p.put(`<p class="cut">McNemar’s exact test, two-sided: {}. It describes a run looked at once and does not gate.</p></div>`, pValue(m.P))
}

// arms says what each arm's answers took.
func (p *page) arms(r *evals.Result) {
	b := r.Baseline
	p.raw(`<h3>Calls of each arm</h3><div class="scroll" role="region" aria-label="Calls of each arm" tabindex="0"><table><thead><tr><th scope="col">Arm</th><th scope="col" class="num">Made</th>` +
		`<th scope="col" class="num">From the cache</th><th scope="col" class="num">Sent again</th><th scope="col" class="num">Cost</th></tr></thead><tbody>`)
	own := candidateCalls(r)
	p.arm("Candidate "+cut(r.Version, nameLimit), own, max(r.CostUSD-b.CostUSD, 0))
	p.arm("Baseline "+cut(b.Version, nameLimit), b.Calls, b.CostUSD)
	p.raw(`</tbody></table></div><p class="cut">`)
	p.text(ageSentence(b), reasonLimit)
	p.raw(`</p>`)
}

func (p *page) arm(name string, c evals.Calls, usd float64) {
	p.put(`<tr><th scope="row">{}</th><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td></tr>`,
		name, count(c.Made), count(c.Cached), count(c.Repeated), money(usd))
}

// flips lists the pairs that differ, regressions first.
func (p *page) flips(r *evals.Result) {
	b := r.Baseline
	differ := b.McNemar.Candidate + b.McNemar.Baseline
	if len(b.Flips) == 0 {
		if b.Pairs > 0 {
			p.raw(`<p class="none">No case changed sides.</p>`)
		}
		return
	}
	p.put(`<h3>{} changed sides: {} regressed, {} improved</h3><div class="card list">`, plural(max(differ, len(b.Flips)), "case"), count(b.McNemar.Baseline), count(b.McNemar.Candidate))
	listed := b.Flips[:min(len(b.Flips), shownFlips)]
	limit := max(256, min(4<<10, flipBudget/(4*len(listed))))
	shown := 0
	for _, passed := range [...]string{"baseline", "candidate"} {
		for i := range listed {
			if (listed[i].Passed == "candidate") == (passed == "candidate") {
				p.flip(r, &listed[i], limit, shown < openFlips)
				shown++
			}
		}
	}
	p.raw(`</div>`)
	if n := differ - len(listed); n > 0 {
		p.put(`<p class="cut">{} not listed here; <code>-o FILE.csv</code> has every case of both arms.</p>`, plural(n, "more changed case"))
	}
}

func (p *page) flip(r *evals.Result, f *evals.Flip, limit int, open bool) {
	word, unfold := "regressed", markup("")
	if f.Passed == "candidate" {
		word = "improved"
	}
	if open {
		unfold = " open"
	}
	p.put(`<details class="case flip"{}><summary>`, unfold)
	p.chip(word)
	p.put(`<code>{}</code><span class="in" dir="auto">`, f.ID)
	p.text(f.Input, 3*lineLimit)
	p.raw(`</span></summary><div class="body"><div class="texts"><div><h4>Input</h4>`)
	p.block(f.Input, limit)
	p.raw(`</div>`)
	if f.Expected != nil {
		p.raw(`<div><h4>Expected</h4>`)
		p.block(expectedText(f.Expected), limit)
		p.raw(`</div>`)
	}
	was, is := wordDiff(clip(f.Base, limit), clip(f.Output, limit))
	p.put(`</div><div class="sides"><div><h4>{}: {}</h4>`, baselineName(r), passedWord(f.Passed != "candidate"))
	p.pieces(was, `<del>`, `</del>`, f.Base, limit)
	p.put(`</div><div><h4>Candidate {}: {}</h4>`, r.Version, passedWord(f.Passed == "candidate"))
	p.pieces(is, `<ins>`, `</ins>`, f.Output, limit)
	p.raw(`</div></div></div></details>`)
}

func passedWord(passed bool) string {
	if passed {
		return "passed"
	}
	return "failed"
}

// pieces writes a text with what the other one lacks between before and after.
func (p *page) pieces(all []piece, before, after markup, whole string, limit int) {
	if whole == "" {
		p.raw(`<p class="none">no answer</p>`)
		return
	}
	p.raw(`<pre dir="auto">`)
	if whole[0] == '\n' {
		p.raw("\n") // a parser drops the first line feed of pre
	}
	left := limit
	rest := len(whole)
	for _, piece := range all {
		marked := !piece.same && strings.TrimSpace(piece.text) != ""
		if marked {
			p.raw(before)
		}
		var cutOff int
		p.buf, cutOff = appendEscaped(p.buf[:0], piece.text, htmlEscape, left)
		p.w.Write(p.buf)
		left -= len(p.buf)
		rest -= len(piece.text) - cutOff
		if marked {
			p.raw(after)
		}
		if cutOff > 0 {
			break
		}
	}
	if rest > 0 {
		p.raw(`…`)
	}
	p.raw(`</pre>`)
	if rest > 0 {
		p.put(`<p class="cut">{} more in the run’s ledger</p>`, byteSize(rest))
	}
}
