package semdiff

import (
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// findings judges one pairing.
func (c *comparer) findings(p pairing, all []pairing) []finding {
	switch {
	case p.b < 0:
		return c.alone(&c.a.pieces[p.a], c.a, c.b, "removed", KindRemoved)
	case p.a < 0:
		return c.alone(&c.b.pieces[p.b], c.b, c.a, "added", KindAdded)
	}
	a, b := &c.a.pieces[p.a], &c.b.pieces[p.b]
	var o outcome
	switch {
	case a.exact:
		c.exactPieces(&o, a, b)
	default:
		o = c.texts(a.text, b.text)
		o.findings = append([]finding(nil), o.findings...)
		o.example(a, b)
		if a.what == "heading" && b.what == "heading" {
			o.heading()
		}
	}
	c.placed(&o, p, a, b, all)
	if len(o.findings) == 0 && (a.what != b.what || a.text != b.text || p.moved) {
		o.add(finding{KindCosmetic, Formatting, .02, "only the writing differs", "", ""})
	}
	return o.findings
}

// exactPieces compares code, fields and logic.
func (c *comparer) exactPieces(o *outcome, a, b *piece) {
	if a.key == b.key {
		return
	}
	before, after := c.a.written(a.text), c.b.written(b.text)
	kind := KindWording
	switch a.what {
	case "logic", "partial":
		kind = KindLogic
	case "role":
		kind = KindRole
	case "field":
		kind = KindSchema
	case "code":
		kind = KindFormat
	}
	if strings.Contains(strings.ToLower(a.section), "example") {
		kind = KindExample
	}
	o.hard(kind, .95, show(strings.TrimSpace(before))+" → "+show(strings.TrimSpace(after)), before, after)
}

// example makes what differs in an example a change of the example: there,
// other words are other data.
func (o *outcome) example(a, b *piece) {
	if a.what != "example" || b.what != "example" {
		return
	}
	for i := range o.findings {
		f := &o.findings[i]
		if f.verdict < Reworded || f.kind == KindVariable {
			continue
		}
		f.kind, f.verdict, f.score = KindExample, Changed, max(f.score, .85)
	}
}

// heading softens what differs in a heading.
func (o *outcome) heading() {
	for i := range o.findings {
		if f := &o.findings[i]; f.verdict == Changed && (f.kind == KindWording || (f.kind == KindNumber || f.kind == KindFormat || f.kind == KindLabel) && (f.before == "" || f.after == "")) {
			f.verdict, f.score = Reworded, .4
		}
	}
}

// alone judges a piece without a counterpart.
func (c *comparer) alone(p *piece, own, other *document, verb string, kind Kind) []finding {
	text := own.written(p.text)
	f := finding{kind: kind, verdict: Changed, score: .93}
	if kind == KindAdded {
		f.after = text
	} else {
		f.before = text
	}
	name := map[string]string{"bullet": "rule", "step": "step", "sentence": "sentence", "example": "example", "code": "code", "field": "field", "table": "row", "partial": "partial", "role": "role", "logic": "condition"}[p.what]
	f.say = name + " " + verb + ": " + show(text)
	switch {
	case p.what == "heading":
		f.verdict, f.score, f.say = Reworded, .3, "heading "+verb+": "+show(text)
		f.kind = KindCosmetic
	case p.what == "logic" || p.what == "partial":
		f.kind = KindLogic
	case p.what == "role":
		f.kind = KindRole
	case p.what == "example":
		f.kind = KindExample
	case p.what == "field":
		f.kind = KindSchema
	case p.exact:
	default:
		if empty(own.plain(p.text)) {
			f.verdict, f.score, f.kind = Reworded, .1, KindWording
		} else if other.has(p.plain) {
			f.verdict, f.score, f.kind = Reworded, .25, KindWording
			f.say = "repetition " + verb + ": " + show(text)
		}
	}
	return []finding{f}
}

// empty reports whether a sentence says nothing: filler and politeness.
func empty(ts []token) bool {
	for _, t := range ts {
		if t.kind != tokenPunct && (t.kind != tokenWord || !words().fillers[t.text] && !words().fillers[wordnet.Lemma(t.text)]) {
			return false
		}
	}
	s := newSentence(ts)
	return len(s.atoms) == 0 && len(s.negations) == 0
}

// has reports whether a sentence with this plain key stands in the document.
func (d *document) has(key string) bool {
	if d.says == nil {
		d.says = make(map[string]bool, len(d.pieces))
		for i := range d.pieces {
			d.says[d.pieces[i].plain] = true
		}
	}
	return d.says[key]
}

// placed judges where a piece stands: order, section, nesting.
func (c *comparer) placed(o *outcome, p pairing, a, b *piece, all []pairing) {
	switch {
	case p.moved && (a.what == "step" && b.what == "step" || a.what == "code") || p.moved && c.crossesSequence(p, all):
		o.hard(KindOrder, .93, "order changed: "+show(c.b.written(b.text)), "", "")
	case a.guard != b.guard:
		o.hard(KindLogic, .93, "now under another condition: "+show(c.b.written(b.text)), a.guard, b.guard)
	case a.section != b.section && a.section != "" && b.section != "" && c.hasSection(c.b, a.section) && c.hasSection(c.a, b.section) && a.what != "heading":
		o.hard(KindCondition, .8, "moved to another section: "+show(c.b.written(b.text)), a.section, b.section)
	case a.depth != b.depth && listed(a) && listed(b):
		o.hard(KindCondition, .75, "nesting changed: "+show(c.b.written(b.text)), "", "")
	}
}

func listed(p *piece) bool { return p.what == "bullet" || p.what == "step" }

func (c *comparer) hasSection(d *document, section string) bool {
	for i := range d.pieces {
		if d.pieces[i].section == section {
			return true
		}
	}
	return false
}

var sequenceWords = wordSet("then next finally afterwards afterward second third lastly subsequently secondly")

func (c *comparer) sequenced(p *piece) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(p.text, "*_ "), " ")
	return p.what != "heading" && sequenceWords[strings.ToLower(strings.Trim(word, ",.:"))]
}

// crossesSequence reports whether a moved piece, or one that it moved past,
// begins with a word of sequence.
func (c *comparer) crossesSequence(p pairing, all []pairing) bool {
	if c.sequenced(&c.b.pieces[p.b]) {
		return true
	}
	for _, q := range all {
		if q.a >= 0 && q.b >= 0 && (q.a < p.a) != (q.b < p.b) && c.sequenced(&c.b.pieces[q.b]) {
			return true
		}
	}
	return false
}
