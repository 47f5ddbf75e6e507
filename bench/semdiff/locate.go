package main

import "github.com/GaboBase/arch-genops/semdiff"

// location counts how well reports say where the meaning changed.
type location struct {
	units, rightUnits       int // reported as changed; of them those that touch a changed line
	truth, found            int // changed lines; of them those in a reported unit
	reported, rightReported int // lines of reported units; of them changed ones
}

// unitF1 is the harmonic mean of the share of reported units that touch a
// changed line and the share of changed lines that a reported unit covers.
func (l location) unitF1() float64 {
	return harmonic(ratio(l.rightUnits, l.units), ratio(l.found, l.truth))
}

// lineF1 is the F1 of the lines, so that units which are too large cost.
func (l location) lineF1() float64 {
	return harmonic(ratio(l.rightReported, l.reported), ratio(l.found, l.truth))
}

func ratio(a, b int) float64 { return float64(a) / float64(max(1, b)) }

func harmonic(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// locate sums over the changed pairs whose places are known.
func locate(all []judged) location {
	var sum location
	for _, j := range all {
		if j.report != nil && len(j.beforeLines)+len(j.afterLines) > 0 {
			sum.add(j)
		}
	}
	return sum
}

func (l *location) add(j judged) {
	before, after := map[int]bool{}, map[int]bool{}
	for _, u := range j.report.Units {
		if u.Verdict < semdiff.Changed {
			continue
		}
		l.units++
		if cover(before, u.BeforeSpan, j.beforeLines) || cover(after, u.AfterSpan, j.afterLines) {
			l.rightUnits++
			cover(after, u.AfterSpan, j.afterLines)
		}
	}
	for _, side := range []struct{ reported, truth map[int]bool }{{before, j.beforeLines}, {after, j.afterLines}} {
		l.truth += len(side.truth)
		l.reported += len(side.reported)
		for n := range side.reported {
			if side.truth[n] {
				l.rightReported++
				l.found++
			}
		}
	}
}

// cover adds the lines of the span and says whether one of them is in truth.
func cover(lines map[int]bool, s semdiff.Span, truth map[int]bool) bool {
	right := false
	for n := s.Line; n > 0 && n <= s.End; n++ {
		lines[n] = true
		right = right || truth[n]
	}
	return right
}
