package semdiff

import "context"

// entailment asks an Entailer about what rules leave open.
type entailment struct {
	ctx context.Context
	by  Entailer
	err error // the first failure; nothing is asked after it
}

// entailed is the probability, both ways, above which two texts are the same.
const entailed = .8

// openFrom is the score from which a rewording is asked about.
const openFrom = .1

// open asks about a pair whose words differ while no rule found anything
// definite. Both ways entailed is a rewording; anything else stays a change.
func (e *entailment) open(o *outcome, a, b string) {
	if e.by == nil || e.err != nil || o.verdict < Reworded || o.score < openFrom {
		return
	}
	for _, f := range o.findings {
		if f.verdict == Changed && f.kind != KindWording {
			return
		}
	}
	there, err := e.by.Entails(e.ctx, a, b)
	if err != nil {
		e.err = err
		return
	}
	back, err := e.by.Entails(e.ctx, b, a)
	if err != nil {
		e.err = err
		return
	}
	both := min(there, back)
	o.verdict = Reworded
	o.score = 0
	for i := range o.findings {
		f := &o.findings[i]
		if f.verdict >= Reworded {
			if both >= entailed {
				f.verdict, f.score = Reworded, min(f.score, threshold*(1-both)*2)
			} else {
				f.score, f.verdict = max(f.score, 1-both, threshold), Changed
			}
		}
		o.verdict, o.score = max(o.verdict, f.verdict), max(o.score, f.score)
	}
}
