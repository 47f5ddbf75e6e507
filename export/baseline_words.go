package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/evals"
)

// baselineName is what the candidate is compared with, as the page calls it.
func baselineName(r *evals.Result) string {
	b := r.Baseline
	switch {
	case b.Same:
		return "the same release"
	case b.Agent != r.Agent && b.Agent != "":
		return clip(b.Agent, nameLimit) + " " + clip(b.Version, nameLimit)
	}
	return clip(b.Version, nameLimit)
}

// baselineSentence says which of the two is better, as far as the interval
// tells them apart.
func baselineSentence(r *evals.Result) string {
	b := r.Baseline
	name := baselineName(r)
	if b.Effect == nil || b.Pairs == 0 {
		return "No pair of answers could be compared with " + name + "."
	}
	head := "Not told apart from " + name
	interval := ""
	if v := b.Interval; v != nil {
		switch {
		case v[0] > 0:
			head = "Better than " + name
		case v[1] < 0:
			head = "Worse than " + name
		case v[0] == 0 && v[1] == 0:
			head = "Neither better nor worse than " + name
		}
		interval = " (interval " + pointRange(v[0], v[1]) + ")"
		if v[0] == v[1] {
			interval = ", over all that the rules ask about"
		}
	}
	return fmt.Sprintf("%s: on %s the difference of passed cases, candidate minus baseline, is %s%s.", head, plural(b.Pairs, "pair"), points(*b.Effect), interval)
}

func baselineScope(r *evals.Result) string {
	b := r.Baseline
	s := fmt.Sprintf("The candidate is %s %s, the baseline %s %s. Both answered the same cases; a pair counts when both answers were judged.",
		cut(r.Agent, nameLimit), cut(r.Version, nameLimit), cut(b.Agent, nameLimit), cut(b.Version, nameLimit))
	if b.Same {
		s += " It is the same release: what differs is chance, or the provider."
	}
	if r.Population {
		return s + " The interval is a 95 % confidence sequence for the traffic behind the set."
	}
	return s + " The interval is a 95 % confidence sequence for this set: it holds at every look."
}

func forecastSentence(b *evals.Baseline) string {
	f := b.Forecast
	return fmt.Sprintf("on %s with answers of the baseline older than %s the difference is %s. They decide nothing, since the provider may have changed since (oldest: %s).",
		plural(f.Pairs, "pair"), maxAge(b), points(f.Effect), cut(f.Oldest, 40))
}

func ageSentence(b *evals.Baseline) string {
	s := "The two answers of a pair that counts were called within " + maxAge(b) + " of each other."
	if b.Oldest != "" {
		s += " The oldest answer of the baseline that was used is of " + cut(b.Oldest, 40) + "."
	}
	return s
}

func maxAge(b *evals.Baseline) string {
	if b.MaxAge == "" {
		return "the allowed age"
	}
	if s, ok := strings.CutSuffix(b.MaxAge, "h0m0s"); ok { // as Go writes whole hours
		return cut(s, 40) + "h"
	}
	return cut(b.MaxAge, 40)
}

// candidateCalls is what is left of a run's calls without the baseline's.
func candidateCalls(r *evals.Result) evals.Calls {
	b := r.Baseline.Calls
	return evals.Calls{Made: max(r.Calls.Made-b.Made, 0), Cached: max(r.Calls.Cached-b.Cached, 0), Repeated: max(r.Calls.Repeated-b.Repeated, 0)}
}

// points is a difference of shares in percentage points, with its sign.
func points(x float64) string {
	v := math.Round(1000*x) / 10
	if v == 0 && x != 0 { // close to nothing, but not nothing
		v = math.Copysign(0.1, x)
	}
	return signOf(v) + strconv.FormatFloat(math.Abs(v), 'f', 1, 64) + "\u00a0points"
}

// pointRange is an interval of points: "−9.3 to −0.9 points".
func pointRange(lo, hi float64) string {
	return strings.TrimSuffix(points(lo), "\u00a0points") + " to " + points(hi)
}

func signOf(x float64) string {
	switch {
	case x > 0:
		return "+"
	case x < 0:
		return "−"
	}
	return ""
}

// direction is the class of a difference.
func direction(x float64) markup {
	switch {
	case x > 0:
		return "better"
	case x < 0:
		return "worse"
	}
	return "dim"
}

// figures writes a positive number with two significant digits; small ones
// as "< 0.0001".
func figures(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x > 0 && x < 1e-4:
		return "< 0.0001"
	case x >= 10 && x < 1e6:
		return count(int(math.Round(x)))
	}
	return strings.Replace(strconv.FormatFloat(x, 'g', 2, 64), "e+", "·10^", 1)
}

// pValue is "p = 0.03", or "p < 0.0001".
func pValue(p float64) string {
	s := figures(p)
	if strings.HasPrefix(s, "<") {
		return "p " + s
	}
	return "p = " + s
}

// are is a count with its noun and verb: "1 case is", "3 cases are".
func are(n int, noun ...string) string {
	if n == 1 {
		return "1 " + noun[0] + " is"
	}
	return plural(n, noun...) + " are"
}

// clip cuts s to at most limit bytes, between two runes.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
