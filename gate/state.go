package gate

import (
	"math"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// state is a test without its past: a copy of it can be played forward.
type state struct {
	rule   Rule
	design Design
	bar    float64 // of the score in [0,1]
	goal   float64 // wealth that decides
	pass   stats.Betting
	fail   stats.Betting

	sums
	betting Verdict // sticky
	spoiled string  // why no verdict is possible any more
}

// sums are over the units observed.
type sums struct {
	n            int // units
	cases        int // cases in them
	weight       float64
	judged       float64
	unjudged     int     // about how many cases could not be judged
	sumLo, sumHi float64 // of weight times score
}

func (s *sums) add(x Sample) {
	s.n++
	s.cases += x.Cases
	s.weight += x.Weight
	s.judged += x.Judged
	s.sumLo += x.Weight * x.Lo
	s.sumHi += x.Weight * x.Hi
	s.unjudged += unjudgedCases(x)
}

// estimate is the mean over what was judged: the unjudged add 0 to sumLo.
func (s *sums) estimate() float64 { return min(max(s.sumLo/s.judged, 0), 1) }

// scaledBar returns the bar for scores in [0,1]: a paired difference D in
// [-1,1] becomes (D+1)/2.
func (r Rule) scaledBar() float64 {
	switch r.Kind {
	case NotWorse:
		return (1 - r.Margin) / 2
	case Better:
		return 0.5
	}
	return r.Bar
}

func (r Rule) scaled(s Sample) Sample {
	if r.paired() {
		s.Lo, s.Hi = (s.Lo+1)/2, (s.Hi+1)/2
	}
	return s
}

// unscaled turns a mean in [0,1] back into the rule's unit. Differences are
// rounded to 12 digits, so that a margin of 0.03 comes back as 0.03.
func (r Rule) unscaled(mean float64) float64 {
	if r.paired() {
		return math.Round((2*mean-1)*1e12)/1e12 + 0 // + 0 turns -0 into 0
	}
	return mean
}

func (r Rule) paired() bool { return r.Kind == NotWorse || r.Kind == Better }

func (s *state) betUnits() int {
	if s.design.Population {
		return 0
	}
	return s.design.Units
}

// complete says that every unit of the set was observed.
func (s *state) complete() bool { return s.n >= s.design.Units }

func (s *state) observe(x Sample) {
	s.add(x)
	if s.betting != Undecided {
		return
	}
	s.pass.Add(s.draw(x.Lo, x))
	s.fail.Add(s.draw(1-x.Hi, x))
	switch {
	case s.judged == 0:
	case s.pass.Wealth() >= s.goal:
		s.betting = Pass
	case s.fail.Wealth() >= s.goal:
		s.betting = Fail
	}
}

func (s *state) draw(score float64, x Sample) stats.Draw {
	return stats.Draw{X: min(max(score, 0), 1), R: min(x.Weight/s.design.MaxWeight, 1)}
}

// unjudgedCases counts cases by their share of the unit's weight, and at least
// one where anything is missing.
func unjudgedCases(x Sample) int {
	missing := 1 - x.Judged/x.Weight
	if missing <= tolerance {
		return 0
	}
	return max(1, int(missing*float64(x.Cases)+0.5))
}

// certain encloses the mean whatever the rest may score.
func (s *state) certain() stats.Interval {
	if s.design.Population {
		return stats.Interval{Lo: 0, Hi: 1}
	}
	total := s.design.TotalWeight
	rest := max(total-s.weight, 0)
	if s.complete() {
		rest = 0
	}
	return stats.Interval{Lo: s.sumLo / total, Hi: min((s.sumHi+rest)/total, 1)}
}

// meets says whether a mean satisfies the rule.
func (s *state) meets(mean float64) bool {
	if s.rule.Kind == Better {
		return mean > s.bar+tolerance
	}
	return mean >= s.bar-tolerance
}

// certainty returns the verdict that no further sample can change.
func (s *state) certainty() Verdict {
	bounds := s.certain()
	switch {
	case s.judged == 0:
		return Undecided
	case s.meets(bounds.Lo):
		return Pass
	case !s.meets(bounds.Hi):
		return Fail
	case s.design.Population && s.bar >= 1-tolerance && s.sumHi < s.weight*(1-tolerance):
		return Fail // nothing that falls short once has a mean of 1
	}
	return Undecided
}

func (s *state) verdict() Verdict {
	if s.spoiled != "" {
		return Undecided
	}
	if v := s.certainty(); v != Undecided {
		return v
	}
	if s.census() {
		return Undecided // cases that could not be judged stand between
	}
	return s.betting
}

// census says that the set the rule asks about was observed whole.
func (s *state) census() bool { return s.complete() && !s.design.Population }
