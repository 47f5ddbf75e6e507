package export

import (
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/evals"
)

// The picture of an effect, in the units of its view box.
const (
	effectW, effectH = 620.0, 196.0
	effectL, effectR = 24.0, effectW - 24
	effectY          = 88.0 // of the interval
	effectAxis       = 138.0
)

// effect draws the difference of the two arms with its interval, no
// difference, and the margin of a rule where there is one.
func (p *page) effect(r *evals.Result) {
	b := r.Baseline
	if b.Effect == nil || !finite(evals.Look{Estimate: *b.Effect}) {
		return
	}
	lo, hi := *b.Effect, *b.Effect
	if b.Interval != nil && finite(evals.Look{Lo: b.Interval[0], Hi: b.Interval[1]}) {
		lo, hi = b.Interval[0], b.Interval[1]
	}
	margin := marginOf(r.Rules)
	reach := min(max(1.15*max(-lo, hi, math.Abs(*b.Effect), margin), 0.02), 1)
	x := func(v float64) float64 { return effectL + (effectR-effectL)*unit((v/reach+1)/2) }
	tone := markup("rest")
	switch {
	case lo > 0:
		tone = "good"
	case hi < 0:
		tone = "bad"
	}
	p.put(`<figure class="card chart effect {}"><figcaption><b>Difference of passed cases</b><span>{}</span></figcaption>`, tone, points(*b.Effect))
	p.put(`<svg viewBox="0 0 {} {}" role="img" aria-label="{}">`, int(effectW), int(effectH),
		fmt.Sprintf("Candidate minus baseline: %s, interval %s", points(*b.Effect), pointRange(lo, hi)))
	p.effectAxis(reach, x)
	if margin > 0 {
		p.put(`<line class="margin" x1="{}" x2="{}" y1="44" y2="{}"/><text class="marginlabel" x="{}" y="34" text-anchor="middle">margin {}</text>`,
			x(-margin), x(-margin), effectAxis, max(x(-margin), effectL+80), points(-margin))
	}
	p.put(`<line class="zero" x1="{}" x2="{}" y1="44" y2="{}"/><line class="span" x1="{}" x2="{}" y1="{}" y2="{}"/>`,
		x(0), x(0), effectAxis, x(lo), x(hi), effectY, effectY)
	p.put(`<line class="whisker" x1="{}" x2="{}" y1="{}" y2="{}"/><circle class="end" cx="{}" cy="{}" r="6"/>`,
		x(lo), x(hi), effectY, effectY, x(*b.Effect), effectY)
	p.put(`<text class="side" x="{}" y="190">◀ baseline better</text><text class="side" x="{}" y="190" text-anchor="end">candidate better ▶</text></svg>`, effectL, effectR)
	read := "Interval " + pointRange(lo, hi) + ", after " + plural(b.Pairs, "pair") + "."
	switch {
	case b.Interval == nil:
		read = points(lo) + " after " + plural(b.Pairs, "pair") + "; there is no interval."
	case lo == hi:
		read = points(lo) + " over all that the rules ask about, " + plural(b.Pairs, "pair") + ": no case is left out."
	}
	p.put(`<p class="read">{}</p></figure>`, read)
}

func (p *page) effectAxis(reach float64, x func(float64) float64) {
	p.put(`<line class="axisline" x1="{}" x2="{}" y1="{}" y2="{}"/>`, effectL, effectR, effectAxis, effectAxis)
	step := niceStep(2 * reach)
	for i := -6; i <= 6; i++ {
		v := float64(i) * step
		if math.Abs(v) > reach || math.Abs(x(v)-x(0)) > (effectR-effectL)/2-14 {
			continue
		}
		p.put(`<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>`,
			x(v), x(v), effectAxis, effectAxis+5, x(v), effectAxis+22, signOf(v)+axisLabel(math.Abs(100*v), 100*step))
	}
}

// marginOf is the smallest margin of the rules that gate on the difference; 0
// when there is none.
func marginOf(rules []evals.RuleResult) float64 {
	out := 0.0
	for i := range rules {
		if m := rules[i].Margin; rules[i].Kind == "not_worse" && rules[i].Gates && m > 0 && (out == 0 || m < out) {
			out = m
		}
	}
	return out
}
