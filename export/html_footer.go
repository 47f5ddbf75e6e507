package export

import (
	"maps"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

func (p *page) metrics(r *evals.Result) {
	p.section("metrics", "Metrics", "")
	if len(r.Metrics) == 0 {
		p.raw(`<p class="none">No metric was measured.</p></section>`)
		return
	}
	p.raw(`<div class="scroll" role="region" aria-label="Metrics" tabindex="0"><table><thead><tr><th scope="col">Metric</th><th scope="col" class="num">Mean</th>` +
		`<th scope="col" class="num">Traffic interval</th><th scope="col" class="num">p50</th><th scope="col" class="num">p95</th><th scope="col" class="num">Cases</th><th scope="col" class="num">Unjudged</th></tr></thead><tbody>`)
	for _, m := range r.Metrics[:min(len(r.Metrics), shownRules)] {
		mean, interval, p50, p95 := "–", "", "", ""
		if m.Interval != nil {
			interval = intervalText(m.Interval, false)
		}
		if m.Mean != nil {
			mean = inUnit(*m.Mean, m.Unit)
		}
		if m.Unit != "" && m.N > 0 {
			p50, p95 = inUnit(m.P50, m.Unit), inUnit(m.P95, m.Unit)
		}
		p.put(`<tr><th scope="row">{}</th><td class="num big">{}</td><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td></tr>`,
			m.Metric, mean, interval, p50, p95, count(m.N), count(m.Unjudged))
	}
	p.raw(`</tbody></table></div></section>`)
}

func (p *page) warnings(r *evals.Result) {
	if len(r.Warnings) == 0 {
		return
	}
	p.section("warnings", "Warnings", "")
	p.raw(`<ul class="card warnings">`)
	for _, w := range r.Warnings[:min(len(r.Warnings), 50)] {
		p.raw(`<li>`)
		p.text(w, reasonLimit)
		p.raw(`</li>`)
	}
	p.raw(`</ul>`)
	if n := len(r.Warnings) - 50; n > 0 {
		p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more warning"))
	}
	p.raw(`</section>`)
}

// identity says what exactly was judged, so that anyone can ask again.
func (p *page) identity(r *evals.Result) {
	p.section("identity", "Identity", populationSentence(r))
	seed := strconv.FormatUint(r.Seed, 10)
	p.raw(`<dl class="card identity">`)
	for _, f := range [...]struct {
		name  markup
		value string
	}{
		{"Run", r.Run}, {"Started", r.StartedAt}, {"Took", duration(float64(r.DurationMS))},
		{"Agent", r.Agent + " " + r.Version}, {"Release", r.Release},
		{"Test set", r.TestSet}, {"Test set digest", r.TestSetDigest}, {"Seed of the drawn order", seed}, {"Subset", r.Subset},
	} {
		if f.value != "" {
			p.put(`<div><dt>{}</dt><dd>{}</dd></div>`, f.name, f.value)
		}
	}
	p.put(`<div><dt>Calls</dt><dd>{} made, {} cached, {} repeated</dd></div>`, count(r.Calls.Made), count(r.Calls.Cached), count(r.Calls.Repeated))
	if r.Resumed {
		p.raw(`<div><dt>Resumed</dt><dd>yes: the ledger carried what was already judged</dd></div>`)
	}
	p.raw(`</dl><h3>Ask again</h3><pre class="card cmd">`)
	p.text(reproduce(r), 3*reasonLimit)
	p.raw(`</pre>`)
	if len(r.Files) > 0 {
		p.raw(`<details class="card fold"><summary>Files of the run</summary><dl class="identity">`)
		for _, name := range slices.Sorted(maps.Keys(r.Files))[:min(len(r.Files), 50)] {
			p.put(`<div><dt>{}</dt><dd>{}</dd></div>`, name, r.Files[name])
		}
		p.raw(`</dl></details>`)
	}
	p.raw(`</section>`)
}
