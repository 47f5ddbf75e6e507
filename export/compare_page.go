package export

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
)

//go:embed compare.css
var compareCSS string

//go:embed compare.js
var compareScript string

// CompareHTML writes one self-contained page that sets the runs side by side:
// their figures, and every case with filters, search and keyboard moves. It
// loads nothing and works from a file. Up to 20,000 cases are listed, and their
// texts are cut so that all of them stay near 16 MB.
func CompareHTML(w io.Writer, c *Comparison) error {
	if c == nil || len(c.Runs) < 2 {
		return errors.New("writing comparison: there are no runs in it")
	}
	p := newPage(w)
	listed := c.listed()
	title := fmt.Sprintf("Comparison of %d runs of %s", len(c.Runs), c.Runs[0].Agent)
	p.top(title, "comparison", icon("undecided"), css+compareCSS, theme+compareScript)
	p.raw(`<a href="#runs">Runs</a><a href="#pairs">Pairs</a><a href="#cases">Cases</a>`)
	p.endTop()
	p.compareHead(c)
	p.compareRuns(c)
	p.comparePairs(c)
	p.compareCases(c, listed)
	p.raw(`</main>`)
	p.data(c, listed)
	p.raw(`<script>`)
	p.raw(markup(theme + compareScript))
	p.raw("</script></body></html>\n")
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("writing comparison: %w", err)
	}
	return nil
}

func (p *page) compareHead(c *Comparison) {
	n := c.Counts
	p.put(`<section class="hero open compare" aria-labelledby="verdict"><p class="eyebrow"><b>{}</b> <span>on</span> <b>{}</b></p>`, c.Runs[0].Agent, c.Runs[0].TestSet)
	p.put(`<h1 id="verdict">{} of {}</h1>`, count(n.Differ), plural(n.Cases, "case"))
	verb := "were"
	if n.Differ == 1 {
		verb = "was"
	}
	p.put(`<p class="say">{} judged differently over {} runs: {}, {}.</p>`, markup(verb), len(c.Runs), plural(n.Regressions, "regression"), plural(n.Improvements, "improvement"))
	p.put(`<p class="how">Compared with the first run. {} were judged in every run; {} were answered in other words. It describes these runs and does not gate.</p>`,
		plural(n.Common, "case"), plural(n.Answers, "case"))
	for _, w := range c.Warnings[:min(len(c.Warnings), 20)] {
		p.raw(`<p class="note">`)
		p.text(w, reasonLimit)
		p.raw(`</p>`)
	}
	p.raw(`</section>`)
}

func (p *page) compareRuns(c *Comparison) {
	p.section("runs", "Runs", "The share of passed cases of each run, with the 95 % Wilson interval for the traffic behind its set.")
	p.raw(`<div class="scroll" role="region" aria-label="Runs" tabindex="0"><table class="rules"><thead><tr><th scope="col"></th><th scope="col">Run</th><th scope="col">Verdict</th>` +
		`<th scope="col">Passed</th><th scope="col" class="num">Rate</th><th scope="col" class="num">Cases</th><th scope="col" class="num">Cost</th><th scope="col" class="num">Latency</th></tr></thead><tbody>`)
	for i := range c.Runs {
		p.compareRun(i, &c.Runs[i])
	}
	p.raw(`</tbody></table></div></section>`)
}

func (p *page) compareRun(i int, r *ComparedRun) {
	p.put(`<tr><td class="no">{}</td><th scope="row">{} {}<small class="mono">{}</small><small>{}</small></th><td>`, runLetter(i), r.Agent, r.Version, r.Run, r.TestSet)
	p.chip(r.Verdict)
	p.raw(`</td><td class="steady">`)
	rate := "–"
	if r.PassRate != nil {
		rate = share(*r.PassRate)
		p.bar(*r.PassRate, r.Interval[0], r.Interval[1])
	}
	p.put(`</td><td class="num big">{}<small>{} – {}</small></td>`, rate, share(r.Interval[0]), share(r.Interval[1]))
	p.put(`<td class="num">{}<small>of {}</small></td><td class="num">{}</td>`, count(r.Cases.Judged), count(r.Cases.Total), money(r.CostUSD))
	latency, tail := "–", ""
	if r.LatencyP50MS > 0 {
		latency, tail = duration(r.LatencyP50MS), "p95 "+duration(r.LatencyP95MS)
	}
	p.put(`<td class="num">{}<small>{}</small></td></tr>`, latency, tail)
}

// runName is a run's version, with its agent where the agents differ.
func (c *Comparison) runName(i int) string {
	if slices.ContainsFunc(c.Runs, func(r ComparedRun) bool { return r.Agent != c.Runs[0].Agent }) {
		return clip(c.Runs[i].Agent, nameLimit) + " " + c.Runs[i].Version
	}
	return c.Runs[i].Version
}

// runLetter names a run on the page: A, B, …
func runLetter(i int) string { return string(rune('A' + i)) }

func (p *page) comparePairs(c *Comparison) {
	p.section("pairs", "Pairs", "Each run against the first, on the cases judged in both: difference of the pass rates with Tango’s 95 % score interval for paired proportions (1998), and McNemar’s exact test. "+
		"They describe what these runs came to and do not gate: runs that are looked at more than once, or chosen for how they look, make both too sure.")
	p.raw(`<div class="scroll" role="region" aria-label="Pairs" tabindex="0"><table class="rules"><thead><tr><th scope="col">Pair</th><th scope="col" class="num">Difference</th><th scope="col" class="num">p</th><th scope="col" class="num">Cases</th>` +
		`<th scope="col" class="num">Regressed</th><th scope="col" class="num">Improved</th><th scope="col" class="num">Both passed</th><th scope="col" class="num">Neither</th></tr></thead><tbody>`)
	for i, pair := range c.Pairs {
		difference, interval, class := "–", "", markup("dim")
		if pair.Difference != nil {
			difference, class = points(*pair.Difference), direction(*pair.Difference)
			interval = pointRange(pair.Interval[0], pair.Interval[1])
		}
		p.put(`<tr><th scope="row">{} → {}<small>{} → {}</small></th><td class="num"><b class="{}">{}</b><small>{}</small></td><td class="num">{}</td>`,
			runLetter(0), runLetter(i+1), c.runName(0), c.runName(i+1), class, difference, interval, figures(pair.P))
		p.put(`<td class="num">{}</td><td class="num worse">{}</td><td class="num better">{}</td><td class="num">{}</td><td class="num">{}</td></tr>`,
			count(pair.N), count(pair.OnlyFirst), count(pair.OnlyThis), count(pair.Both), count(pair.Neither))
	}
	p.raw(`</tbody></table></div></section>`)
}

// compareCases is the frame of the list; the script fills it.
func (p *page) compareCases(c *Comparison, listed []*comparedCase) {
	p.section("cases", "Cases", "")
	p.raw(`<noscript><p class="note">The list of cases needs the page’s script.</p></noscript>`)
	p.put(`<div id="bar"><form class="filter" id="filter" role="search"><label class="q"><span class="sr">Search the cases</span>`+
		`<input id="q" type="search" placeholder="Search  ( / )" title="In ids, inputs, expected and given answers, reasons" autocomplete="off" spellcheck="false"></label>`+
		`<div class="states" role="group" aria-label="Show"><button type="button" data-show="" aria-pressed="true">All <b>{}</b></button>`, count(len(listed)))
	for _, b := range [...]struct{ show, word markup }{{"d", "Differ"}, {"r", "Regressions"}, {"i", "Improvements"}, {"a", "Other answer"}} {
		p.put(`<button type="button" data-show="{}" aria-pressed="false">{} <b></b></button>`, b.show, b.word)
	}
	p.raw(`</div><label><span class="sr">Slice</span><select id="slice"><option value="">All slices</option></select></label>` +
		`<output id="shown" aria-live="polite"></output><button type="button" id="keys" aria-haspopup="dialog">Keys <kbd>?</kbd></button></form>`)
	p.put(`<div class="heads n{}"><button type="button" data-sort="id">Case</button><button type="button" data-sort="input">Input</button><button type="button" data-sort="expected">Expected</button>`, len(c.Runs))
	for i := range c.Runs {
		p.put(`<div><button type="button" data-sort="{}">{} <span>{}</span></button><select data-run="{}" aria-label="State in run {}"><option value="">any state</option>`, i, runLetter(i), c.runName(i), i, runLetter(i))
		for k, state := range states {
			p.put(`<option value="{}">{}</option>`, markup(letters[k:k+1]), markup(state))
		}
		p.raw(`<option value="-">not asked</option></select></div>`)
	}
	p.put(`</div></div><div id="list" class="card rows n{}" role="grid" tabindex="0" aria-label="Cases"></div>`, len(c.Runs))
	p.raw(`<p class="none" id="nothing" hidden>No case matches. <button type="button" id="reset">Show all</button></p>`)
	if n := len(c.cases) - len(listed); n > 0 {
		p.put(`<p class="cut">{} not listed here, none of which differ while there is room; <code>-o FILE.csv</code> of a run has all of its cases.</p>`, plural(n, "more case"))
	}
	p.raw(`</section>`)
	p.raw(`<dialog id="help" aria-labelledby="help-h"><h3 id="help-h">Keys</h3><table><tbody>` +
		`<tr><th><kbd>j</kbd> <kbd>↓</kbd></th><td>next case</td></tr><tr><th><kbd>k</kbd> <kbd>↑</kbd></th><td>previous case</td></tr>` +
		`<tr><th><kbd>n</kbd></th><td>next case that differs</td></tr><tr><th><kbd>N</kbd></th><td>previous case that differs</td></tr>` +
		`<tr><th><kbd>Enter</kbd></th><td>open or close the case</td></tr><tr><th><kbd>g</kbd> <kbd>G</kbd></th><td>first, last case</td></tr>` +
		`<tr><th><kbd>/</kbd></th><td>search; <kbd>Esc</kbd> leaves it</td></tr><tr><th><kbd>?</kbd></th><td>this help</td></tr></tbody></table>` +
		`<form method="dialog"><button>Close</button></form></dialog>`)
}
