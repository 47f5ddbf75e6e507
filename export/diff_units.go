package export

import (
	"strconv"

	"github.com/GaboBase/arch-genops/semdiff"
)

// diffSection shows one object: the changes in words, then the texts.
func (p *page) diffSection(i int, d *Diff, several bool, budget *int) {
	p.put(`<section id="d{}" class="object">`, i)
	if several {
		p.put(`<h2><span class="kind">{}</span> {} `, knownKind(d.Kind), d.Name)
		p.verdictChip(d.Verdict)
		p.raw(`</h2><p class="lead">`)
		if d.From != "" || d.To != "" {
			p.put(`<code>{}</code> → <code>{}</code> · `, d.From, d.To)
		}
		p.text(d.sentence()+" · "+gateWords(d.Gate), reasonLimit)
		p.raw(`</p>`)
	}
	for _, note := range append([]string{d.Problem, lifted(d)}, d.Notes...) {
		if note != "" {
			p.raw(`<p class="note">`)
			p.text(note, reasonLimit)
			p.raw(`</p>`)
		}
	}
	p.diffChanges(d)
	p.diffBehaviour(d.Behaviour)
	p.diffTexts(d, budget)
	p.raw(`</section>`)
}

func lifted(d *Diff) string {
	if d.Lifted {
		return liftedSentence
	}
	return ""
}

func (p *page) diffChanges(d *Diff) {
	const most = 200
	shown, left := d.shownChanges(most)
	if len(shown) == 0 {
		return
	}
	p.raw(`<ol class="changes card" aria-label="What changed">`)
	for i := range shown {
		c := &shown[i]
		p.raw(`<li>`)
		p.verdictChip(c.Verdict)
		p.put(`<span class="tag">{}</span><span class="what2">`, string(c.Kind))
		p.text(c.Say, reasonLimit)
		p.put(`</span><code>{}</code></li>`, where(c, d.Path))
	}
	p.raw(`</ol>`)
	if left > 0 {
		p.put(`<p class="cut">and {}</p>`, plural(left, "further change"))
	}
}

func (p *page) diffBehaviour(b *semdiff.Behaviour) {
	if b == nil {
		return
	}
	p.raw(`<h3>Behaviour</h3><p class="lead">`)
	p.text(behaviourSentence(b), reasonLimit)
	p.raw(`</p>`)
	if len(b.Flips) == 0 {
		return
	}
	p.raw(`<div class="scroll" role="region" aria-label="Cases that flipped" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">Case</th><th scope="col">Before</th><th scope="col">After</th><th scope="col" class="num">Passed</th></tr></thead><tbody>`)
	for _, f := range b.Flips {
		p.put(`<tr><td><span class="chip {}">{}</span></td><th scope="row">`, flipTone(f.Verdict), f.Verdict)
		p.text(f.Input, 300)
		p.put(`<small class="mono">{}</small></th><td class="mono">`, f.ID)
		p.text(f.Before, 400)
		p.raw(`</td><td class="mono">`)
		p.text(f.After, 400)
		p.put(`</td><td class="num">{}</td></tr>`, ratio(f.PassedBy[0], b.Samples)+" → "+ratio(f.PassedBy[1], b.Samples))
	}
	p.raw(`</tbody></table></div>`)
}

func ratio(n, of int) string { return strconv.Itoa(n) + "/" + strconv.Itoa(of) }

func flipTone(verdict string) markup {
	switch verdict {
	case "worse":
		return "bad"
	case "better":
		return "good"
	}
	return "changed"
}

// unitLimit is the most escaped bytes of one side of a unit.
const unitLimit = 12 << 10

// diffTexts shows all units; runs of unchanged ones fold out, and are left out
// where the page is full.
func (p *page) diffTexts(d *Diff, budget *int) {
	if len(d.Units) == 0 {
		return
	}
	p.raw(`<div class="sbs card" role="table" aria-label="Texts side by side">`)
	section, before := "", true
	for i := 0; i < len(d.Units); {
		u := &d.Units[i]
		if u.Section != section || before {
			title := u.Section
			if title == "" && !before {
				title = "Text"
			}
			section, before = u.Section, false
			if title != "" {
				p.put(`<div class="head" role="row"><span role="cell">{}</span></div>`, title)
			}
		}
		if *budget <= 0 {
			p.put(`<p class="cut">The page is full: {} not shown.</p>`, plural(len(d.Units)-i, "further unit is", "further units are"))
			break
		}
		j := i
		for j < len(d.Units) && d.Units[j].Verdict == semdiff.Identical && !d.Units[j].Moved && d.Units[j].Section == section {
			j++
		}
		const fold = 3
		switch {
		case j-i > fold:
			p.put(`<details><summary>{} unchanged</summary>`, j-i)
			for ; i < j; i++ {
				p.diffUnit(&d.Units[i], budget)
			}
			p.raw(`</details>`)
		default:
			p.diffUnit(u, budget)
			i++
		}
	}
	p.raw(`</div>`)
}

func (p *page) diffUnit(u *semdiff.Unit, budget *int) {
	*budget -= len(u.Before) + len(u.After) + 100
	before, after := sides(u)
	p.put(`<div class="unit {}" role="row">`, unitTone(u.Verdict))
	p.diffSide(before, u.BeforeSpan, "del")
	p.diffSide(after, u.AfterSpan, "ins")
	p.raw(`</div>`)
}

func (p *page) diffSide(pieces []piece, at semdiff.Span, tag markup) {
	if pieces == nil {
		p.raw(`<div class="side none2" role="cell"></div>`)
		return
	}
	p.raw(`<div class="side" role="cell"><span class="line">`)
	if at.Line > 0 {
		p.put(`{}`, at.Line)
	}
	p.raw(`</span><pre dir="auto">`)
	left := unitLimit
	for _, s := range pieces {
		if left <= 0 {
			p.raw(`…`)
			break
		}
		if !s.same {
			p.put(`<{}>`, tag)
		}
		p.text(s.text, left)
		left -= len(s.text)
		if !s.same {
			p.put(`</{}>`, tag)
		}
	}
	p.raw(`</pre></div>`)
}
