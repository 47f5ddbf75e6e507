package export

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/GaboBase/arch-genops/evals"
)

// shownSlices bounds the table of slices.
const shownSlices = 200

// slices draws a bar with a whisker for each slice value, weak ones marked.
func (p *page) slices(r *evals.Result) {
	if len(r.Slices) == 0 {
		return
	}
	all := 0.0
	if r.Cases.Judged > 0 {
		all = float64(r.Cases.Passed) / float64(r.Cases.Judged)
	}
	p.section("slices", "Slices", "")
	p.put(`<p class="lead">Share of passed cases. The whisker is the Wilson interval, the thin line the share of all cases ({}). `+
		`A slice is <span class="chip bad weakly">weak</span> when e-BH, over all slices at once, finds that it passes less often than the rest: `+
		`of the slices so marked, at most 5 % are expected to be false alarms (the false discovery rate), however the slices overlap. `+
		`A slice without the mark is not thereby shown to be as good as the rest.`, share(all))
	if !hasEvidence(r.Slices) {
		p.raw(` Here none can be marked: e-BH needs cases that are not in clusters.`)
	}
	extra := markup("")
	if hasEffect(r.Slices) {
		extra = " effects"
		p.raw(` The last column is the mean difference to the baseline within the slice; it describes and flags nothing.`)
	}
	p.raw(`</p>`)
	order := bySlice(r.Slices)
	p.raw(`<div class="slices">`)
	for i, s := range order[:min(len(order), shownSlices)] {
		if i == 0 || s.Key != order[i-1].Key {
			if i > 0 {
				p.raw(`</tbody></table></div>`)
			}
			p.put(`<div class="card slice{}"><table><caption>{}</caption><thead class="sr"><tr><th scope="col">Value</th><th scope="col">Bar</th>`+
				`<th scope="col">Passed</th><th scope="col">Of</th><th scope="col">Against the baseline</th></tr></thead><tbody>`, extra, s.Key)
		}
		p.sliceRow(s, all)
	}
	p.raw(`</tbody></table></div></div>`)
	if n := len(order) - shownSlices; n > 0 {
		p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more slice"))
	}
	p.raw(`</section>`)
}

// bySlice sorts by key, then the weakest value first.
func bySlice(in []evals.SliceSummary) []*evals.SliceSummary {
	out := make([]*evals.SliceSummary, len(in))
	for i := range in {
		out[i] = &in[i]
	}
	slices.SortStableFunc(out, func(a, b *evals.SliceSummary) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Value, b.Value))
	})
	return out
}

func (p *page) sliceRow(s *evals.SliceSummary, all float64) {
	class := markup("")
	if s.Weak {
		class = ` class="weak"`
	}
	p.put(`<tr{}><th scope="row"><a href="#slice={}" title="Show the cases of this slice">{}</a>`, class, sliceQuery(s), s.Value)
	if s.Weak {
		p.raw(` <span class="chip bad weakly">weak</span>`)
	}
	lo, hi := 100*unit(s.Wilson[0]), 100*unit(s.Wilson[1])
	p.put(`</th><td class="bar"><svg viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}, interval {} to {}">`+
		`<rect class="track" y="4" width="100" height="12"/><rect class="fill" y="4" width="{}" height="12"/>`,
		share(s.Rate), share(s.Wilson[0]), share(s.Wilson[1]), 100*unit(s.Rate))
	p.put(`<path class="wilson" d="M{},10H{}M{},6V14M{},6V14"/><path class="all" d="M{},0V20"/></svg></td>`, lo, hi, lo, hi, 100*unit(all))
	p.put(`<td class="num big">{}</td><td class="num dim">{} of {}`, share(s.Rate), count(s.Passed), count(s.N))
	if s.EValue > 0 && s.Weak {
		p.put(`<small>e = {}</small>`, figures(s.EValue))
	}
	p.raw(`</td>`)
	if s.Effect != nil {
		p.put(`<td class="num {}">{}</td>`, direction(*s.Effect), points(*s.Effect))
	}
	p.raw(`</tr>`)
}

func hasEvidence(all []evals.SliceSummary) bool {
	return slices.ContainsFunc(all, func(s evals.SliceSummary) bool { return s.EValue > 0 || s.Weak })
}

func hasEffect(all []evals.SliceSummary) bool {
	return slices.ContainsFunc(all, func(s evals.SliceSummary) bool { return s.Effect != nil })
}

// sliceQuery is the part of the address that the script filters by.
func sliceQuery(s *evals.SliceSummary) string {
	return url.QueryEscape(cut(s.Key+"="+s.Value, nameLimit))
}

func cut(s string, limit int) string {
	if len(s) > limit {
		return s[:limit]
	}
	return s
}

// unit is x within [0,1], and 0 for what is no number.
func unit(x float64) float64 {
	if x != x {
		return 0
	}
	return min(max(x, 0), 1)
}
