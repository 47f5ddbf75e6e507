package export

import (
	"math"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

const (
	heatLabels  = 25  // labels in the heat map
	shownLabels = 300 // rows of the table of labels
	shownPairs  = 500 // rows of the table of confusions
)

func (p *page) labels(r *evals.Result) {
	if len(r.Labels) == 0 {
		return
	}
	wrong := confusions(r.Labels)
	order := byErrors(r.Labels, wrong)
	m := newMatrix(order, heatLabels)
	lead := "Rows are what was expected, columns what the agent answered. Labels with most errors come first."
	if len(order) > len(m.labels) {
		lead += " The picture shows " + strconv.Itoa(len(m.labels)) + " of " + count(len(order)) + "; the table below has the rest."
	}
	p.section("labels", "Labels", lead)
	p.raw(`<div class="confusion"><figure class="card heat"><div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0">`)
	p.heat(&m)
	p.raw(`</div></figure>`)
	p.pairs(wrong)
	p.raw(`</div>`)
	p.labelTable(order)
	p.raw(`</section>`)
}

// heat draws the matrix: right answers in one hue, errors in another, both
// with their counts.
func (p *page) heat(m *matrix) {
	const cell, left, top = 22.0, 130.0, 108.0
	n := len(m.labels)
	columns := n
	if m.others {
		columns++
	}
	width, height := left+cell*float64(columns)+46, top+cell*float64(n)+6
	p.put(`<svg class="matrix" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-labelledby="mt md"><title id="mt">Confusion matrix</title>`+
		`<desc id="md">{} labels; the pairs are in the tables beside and below.</desc>`, int(width), int(height), int(width), int(height), n)
	for i, l := range m.labels {
		y := top + cell*float64(i)
		p.put(`<text class="rowl" x="{}" y="{}" text-anchor="end">{}</text>`, left-8, y+15, short(named(l.Label)))
		p.put(`<text class="coll" transform="translate({} {}) rotate(-50)">{}</text>`, left+cell*float64(i)+13, top-8, short(named(l.Label)))
	}
	if m.others {
		p.put(`<text class="coll" transform="translate({} {}) rotate(-50)">any other</text>`, left+cell*float64(n)+13, top-8)
	}
	p.put(`<rect class="field" x="{}" y="{}" width="{}" height="{}" rx="6"/>`, left, top, cell*float64(columns), cell*float64(n))
	for i, row := range m.cells {
		for j, hits := range row {
			if hits > 0 {
				p.cell(m, i, j, left+cell*float64(j), top+cell*float64(i))
			}
		}
	}
	p.raw(`</svg>`)
}

func (p *page) cell(m *matrix, i, j int, x, y float64) {
	hits, class, strength := m.cells[i][j], markup("miss"), 0.0
	got := "any other"
	if j < len(m.labels) {
		got = m.labels[j].Label
	}
	if i == j {
		class = "hit"
		strength = 0.15 + 0.3*float64(hits)/float64(max(m.labels[i].Support, hits))
	} else if strength = 0.2 + 0.4*math.Sqrt(float64(hits)/float64(m.most)); strength > 0.48 {
		class, strength = "miss strong", 1 // nothing between: figures keep their contrast
	}
	p.put(`<g class="{}"><title>expected {}, got {}: {}</title><rect x="{}" y="{}" width="20" height="20" rx="4" fill-opacity="`,
		class, named(m.labels[i].Label), named(got), hits, x+1, y+1)
	p.raw(markup(strconv.FormatFloat(strength, 'f', 2, 64)))
	p.put(`"/><text x="{}" y="{}" text-anchor="middle">{}</text></g>`, x+11, y+15, hits)
}

// named is a label as shown; the empty one stands for no answer.
func named(label string) string {
	if label == "" {
		return "(no answer)"
	}
	return label
}

// short cuts a label for the margin of the picture.
func short(label string) string {
	n := 0
	for i := range label {
		if n == 20 {
			return label[:i] + "…"
		}
		n++
	}
	return label
}

func (p *page) pairs(wrong []confusion) {
	p.raw(`<div class="card pairs"><h3>Most frequent confusions</h3>`)
	if len(wrong) == 0 {
		p.raw(`<p class="none">None: every answer was the expected label.</p></div>`)
		return
	}
	p.pairTable(wrong[:min(len(wrong), 10)])
	if len(wrong) > 10 {
		p.put(`<details><summary>All {} pairs</summary>`, count(len(wrong)))
		p.pairTable(wrong[10:min(len(wrong), shownPairs)])
		if n := len(wrong) - shownPairs; n > 0 {
			p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more pair"))
		}
		p.raw(`</details>`)
	}
	p.raw(`</div>`)
}

func (p *page) pairTable(pairs []confusion) {
	p.raw(`<table><thead><tr><th scope="col">Expected</th><th scope="col">Got</th><th scope="col" class="num">Cases</th></tr></thead><tbody>`)
	for _, c := range pairs {
		p.put(`<tr><td class="mono">{}</td><td class="mono">{}</td><td class="num">{}</td></tr>`, named(c.expected), named(c.got), c.n)
	}
	p.raw(`</tbody></table>`)
}

func (p *page) labelTable(order []*evals.LabelSummary) {
	p.put(`<details class="card fold"><summary>Precision and recall of {}</summary><div class="scroll" role="region" aria-label="Labels" tabindex="0">`+
		`<table><thead><tr><th scope="col">Label</th><th scope="col" class="num">Cases</th><th scope="col" class="num">Right</th>`+
		`<th scope="col">Precision</th><th scope="col">Recall</th></tr></thead><tbody>`, plural(len(order), "label"))
	for _, l := range order[:min(len(order), shownLabels)] {
		p.put(`<tr><th scope="row" class="mono">{}</th><td class="num">{}</td><td class="num">{}</td>`, named(l.Label), count(l.Support), count(l.Got[l.Label]))
		p.meter(l.Precision, "never given")
		p.meter(l.Recall, "never expected")
		p.raw(`</tr>`)
	}
	p.raw(`</tbody></table></div>`)
	if n := len(order) - shownLabels; n > 0 {
		p.put(`<p class="cut">{} not shown; result.json has them.</p>`, plural(n, "more label"))
	}
	p.raw(`</details>`)
}

// meter is a table cell with a share as a small bar and as a figure.
func (p *page) meter(v *float64, absent markup) {
	if v == nil {
		p.put(`<td class="dim">{}</td>`, absent)
		return
	}
	p.put(`<td class="meter"><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/>`+
		`<rect class="fill" width="{}" height="8"/></svg> {}</td>`, 100*unit(*v), share(*v))
}
