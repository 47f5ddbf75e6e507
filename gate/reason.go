package gate

import (
	"fmt"
	"strconv"
)

// reason puts a decision into one line. all says that the forecast takes every
// case the set has left.
func (t *Test) reason(d Decision, all bool) string {
	switch {
	case t.spoiled != "":
		return "no verdict: " + t.spoiled
	case d.N == 0:
		return "no case was run"
	case !d.HasData:
		return "no case was judged"
	case d.Census:
		return t.censusReason(d)
	case d.Verdict == Undecided:
		return t.openReason(d, all)
	}
	text := fmt.Sprintf("%s after %s; ", decimals(d.Estimate, 3), t.progress(d))
	end, name := d.Interval.Lo, "lower bound"
	if d.Verdict == Fail {
		end, name = d.Interval.Hi, "upper bound"
	}
	text += fmt.Sprintf("%s %s", name, compared(end, t.rule.ownBar(), d.Verdict, t.rule.Kind))
	if t.certainty() != Undecided {
		text += ", whatever the rest scores"
	}
	return text
}

func (t *Test) censusReason(d Decision) string {
	head := fmt.Sprintf("all %d %s: ", d.Of, t.noun())
	if d.Verdict == Undecided {
		return head + fmt.Sprintf("between %s and %s, because %d could not be judged",
			decimals(d.Interval.Lo, 4), decimals(d.Interval.Hi, 4), t.unjudged)
	}
	end, note := d.Interval.Lo, "counting %d that could not be judged against it"
	if d.Verdict == Fail {
		end, note = d.Interval.Hi, "even if the %d that could not be judged were perfect"
	}
	text := head + compared(end, t.rule.ownBar(), d.Verdict, t.rule.Kind)
	if t.unjudged > 0 {
		text += ", " + fmt.Sprintf(note, t.unjudged)
	}
	return text
}

func (t *Test) openReason(d Decision, all bool) string {
	text := fmt.Sprintf("%s after %s, interval [%s, %s]; ", decimals(d.Estimate, 3), t.progress(d),
		decimals(d.Interval.Lo, 4), decimals(d.Interval.Hi, 4))
	left := d.Of - d.N
	switch {
	case d.Needs == 0 && t.design.Population:
		text += "too close to the bar to say how many more cases would decide"
	case d.Needs == 0:
		text += fmt.Sprintf("the remaining %d may not decide", left)
	case all:
		text += fmt.Sprintf("needs at most %d more %s (all of them)", d.Needs, t.noun())
	case left < d.Needs:
		text += fmt.Sprintf("needs about %d more %s at this rate, the set has %d left", d.Needs, t.noun(), max(left, 0))
	default:
		text += fmt.Sprintf("needs about %d more %s at this rate", d.Needs, t.noun())
	}
	if t.unjudged > 0 {
		text += fmt.Sprintf("; %d could not be judged and count against both verdicts", t.unjudged)
	}
	return text
}

func (t *Test) noun() string {
	if t.rule.paired() {
		return "pairs"
	}
	return "cases"
}

func (t *Test) progress(d Decision) string {
	return fmt.Sprintf("%d of %d %s", d.N, d.Of, t.noun())
}

// ownBar is the bar in the rule's own unit.
func (r Rule) ownBar() float64 {
	switch r.Kind {
	case NotWorse:
		return 0 - r.Margin // not -0
	case Better:
		return 0
	}
	return r.Bar
}

// compared writes "0.9003 >= 0.9" with as many digits as it takes not to
// contradict itself.
func compared(x, bar float64, v Verdict, k Kind) string {
	sign, holds := ">=", func(x float64) bool { return x >= bar }
	switch {
	case v == Pass && k == Better:
		sign, holds = ">", func(x float64) bool { return x > bar }
	case v == Fail && k == Better:
		sign, holds = "<=", func(x float64) bool { return x <= bar }
	case v == Fail:
		sign, holds = "<", func(x float64) bool { return x < bar }
	}
	for digits := 4; digits <= 9; digits++ {
		text := decimals(x, digits)
		if shown, _ := strconv.ParseFloat(text, 64); holds(shown) {
			return fmt.Sprintf("%s %s %s", text, sign, plain(bar))
		}
	}
	// The bound lies on the bar, and the bar itself was rejected.
	return fmt.Sprintf("%s on the bar %s", decimals(x, 4), plain(bar))
}

func decimals(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if f, _ := strconv.ParseFloat(text, 64); f == 0 {
		return strconv.FormatFloat(0, 'f', digits, 64) // never "-0.000"
	}
	return text
}
