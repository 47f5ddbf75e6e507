package export

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

//go:embed diff.css
var diffCSS string

// HTML writes diffs as one self-contained page: it loads nothing, and its
// content security policy allows nothing but its own style and script. Texts
// stand side by side; what is unchanged folds out.
func (d *Diffs) HTML(w io.Writer) error {
	p := newPage(w)
	p.top(d.Verdict.String()+": "+d.heading(), "semantic diff", icon(diffIcon(d.Verdict)), css+diffCSS, theme)
	if len(d.Diffs) > 1 {
		p.raw(`<a href="#objects">Objects</a>`)
	}
	p.endTop()
	p.diffHero(d)
	if len(d.Diffs) > 1 {
		p.diffIndex(d)
	}
	budget := textBudget
	for i := range d.Diffs {
		p.diffSection(i, &d.Diffs[i], len(d.Diffs) > 1, &budget)
	}
	p.raw(`</main><script>`)
	p.raw(markup(theme))
	p.raw("</script></body></html>\n")
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("writing HTML diff: %w", err)
	}
	return nil
}

// heading says what the page is about.
func (d *Diffs) heading() string {
	switch {
	case d.Title != "":
		return d.Title
	case len(d.Diffs) == 1:
		return d.Diffs[0].label()
	}
	return plural(len(d.Diffs), "object")
}

func diffIcon(v semdiff.Verdict) string {
	switch v {
	case semdiff.Breaking:
		return "fail"
	case semdiff.Changed:
		return "undecided"
	}
	return "pass"
}

// diffTone is the class that colours a verdict.
func diffTone(v semdiff.Verdict) markup {
	switch v {
	case semdiff.Breaking:
		return "breaking"
	case semdiff.Changed:
		return "changed"
	case semdiff.Reworded:
		return "reworded"
	}
	return "same"
}

// diffGlyph is a tick, a wave, an inequality or a cross, as a path.
func diffGlyph(v semdiff.Verdict) markup {
	switch v {
	case semdiff.Breaking:
		return "M7.8 7.8l8.4 8.4M16.2 7.8l-8.4 8.4"
	case semdiff.Changed:
		return "M6.8 10h10.4M6.8 14.2h10.4M14.6 6.6l-5.2 10.8"
	case semdiff.Reworded:
		return "M6.4 10.4c1.9-2 3.7-2 5.6 0s3.7 2 5.6 0M6.4 15c1.9-2 3.7-2 5.6 0s3.7 2 5.6 0"
	}
	return "M6.5 12.5l3.8 3.8 7.2-8.1"
}

func (p *page) verdictChip(v semdiff.Verdict) {
	p.put(`<span class="chip {}">{}</span>`, diffTone(v), v.String())
}

func (p *page) diffHero(d *Diffs) {
	word := d.Verdict.String()
	p.put(`<section class="hero diff {}" aria-labelledby="verdict"><p class="eyebrow"><b>{}</b>`, diffTone(d.Verdict), d.heading())
	if d.Base != "" || d.Head != "" {
		p.put(` <span class="versions"><code>{}</code> → <code>{}</code></span>`, d.Base, d.Head)
	}
	p.put(`</p><h1 id="verdict"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12"/><path d="{}"/></svg>{}</h1>`, diffGlyph(d.Verdict), strings.ToUpper(word[:1])+word[1:])
	p.raw(`<p class="say">`)
	switch len(d.Diffs) {
	case 0:
		p.raw(`Nothing changed.`)
	case 1:
		p.text(upperFirst(d.Diffs[0].sentence())+".", reasonLimit)
	default:
		p.put(`{} differ.`, plural(len(d.Diffs), "object"))
	}
	p.put(`</p><p class="how">What it calls for: <b>{}</b>.</p>`, gateWords(d.Gate))
	for _, n := range d.Notes {
		p.raw(`<p class="note">`)
		p.text(n, reasonLimit)
		p.raw(`</p>`)
	}
	p.diffShare(d)
	p.raw(`</section>`)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// diffShare draws how the units of all texts divide into verdicts.
func (p *page) diffShare(d *Diffs) {
	var n [semdiff.Breaking + 1]int
	total := 0
	for i := range d.Diffs {
		for _, u := range d.Diffs[i].Units {
			n[u.Verdict]++
			total++
		}
	}
	if total == 0 {
		return
	}
	p.raw(`<svg class="share" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">`)
	x := 0.0
	for v := semdiff.Breaking; v >= semdiff.Identical; v-- {
		w := 1000 * float64(n[v]) / float64(total)
		if n[v] > 0 {
			p.put(`<rect class="{}" x="{}" width="{}" height="14"/>`, unitTone(v), x, max(w-2, 1))
		}
		x += w
	}
	p.raw(`</svg><ul class="legend">`)
	for v := semdiff.Breaking; v >= semdiff.Identical; v-- {
		if n[v] > 0 {
			p.put(`<li><i class="{}" aria-hidden="true"></i><b>{}</b> {}</li>`, unitTone(v), count(n[v]), v.String())
		}
	}
	p.raw(`</ul>`)
}

func unitTone(v semdiff.Verdict) markup {
	if v == semdiff.Identical {
		return "rest"
	}
	return diffTone(v)
}

func (p *page) diffIndex(d *Diffs) {
	p.section("objects", "Objects", "")
	p.raw(`<div class="scroll" role="region" aria-label="Objects" tabindex="0"><table class="rules"><thead><tr><th scope="col">Verdict</th><th scope="col">Object</th><th scope="col">What changed</th><th scope="col">Calls for</th></tr></thead><tbody>`)
	for i := range d.Diffs {
		x := &d.Diffs[i]
		p.raw(`<tr><td>`)
		p.verdictChip(x.Verdict)
		p.put(`</td><th scope="row"><a href="#d{}">{}</a><small>{}</small></th><td class="why">`, i, x.Name, knownKind(x.Kind))
		p.text(x.summary(), reasonLimit)
		p.put(`</td><td>{}</td></tr>`, gateWords(x.Gate))
	}
	p.raw(`</tbody></table></div></section>`)
}

// summary is the changes in one line: the first of them, and how many more.
func (d *Diff) summary() string {
	if len(d.Changes) == 0 {
		return d.sentence()
	}
	const most = 3
	var says []string
	for _, c := range d.Changes[:min(len(d.Changes), most)] {
		says = append(says, c.Say)
	}
	text := strings.Join(says, "; ")
	if more := len(d.Changes) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
