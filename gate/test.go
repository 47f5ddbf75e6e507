package gate

import (
	"fmt"
	"io/fs"
	"math"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// tolerance absorbs the rounding of sums where a mean meets its bar exactly.
const tolerance = 1e-9

// Sample is one drawn unit: a case, or a cluster of cases drawn whole.
type Sample struct {
	// Lo and Hi enclose the weighted mean of the unit's scores: a case that
	// could not be judged counts 0 in Lo and 1 in Hi, so Lo == Hi when all were
	// judged. Scores lie in [0,1]; for a paired rule they are candidate minus
	// baseline in [-1,1], and the unjudged count -1 and +1.
	Lo, Hi float64
	Weight float64 // > 0: sum of the weights of the unit's cases
	Judged float64 // of Weight, the part that was judged
	Cases  int     // number of cases in the unit, >= 1
}

// Design is what is known before the first sample.
type Design struct {
	Units       int     // how many units the set has, of those the metric applies to
	TotalWeight float64 // sum of the weights of all units
	MaxWeight   float64 // the largest weight of a unit
	Cases       int     // number of cases in all units

	// Population makes the rule ask about the traffic that the units are a
	// sample of, instead of about this set.
	Population bool
}

// Test decides one rule on samples that arrive in drawn order: a uniformly
// random order of the units, fixed before the first result is known. It is not
// safe for concurrent use.
//
// Two betting e-processes run side by side, one against "the mean is at most
// the bar" and one against "the mean is at least the bar". The first whose
// wealth reaches 1/Alpha decides; each is wrong with probability at most Alpha
// over all looks together. Where the samples leave no doubt whatever the rest
// scores, that certainty decides instead, and a full run of the set always
// decides this way.
type Test struct {
	state
	samples []Sample // as observed, paired scores mapped to [0,1]
	cache   stats.Interval
	cached  int // number of samples that cache belongs to
}

// New starts a test. Errors are of kind fs.ErrInvalid.
func New(r Rule, d Design) (*Test, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	t := &Test{state: state{rule: r, design: d, goal: 1 / r.Alpha}}
	t.bar = r.scaledBar()
	t.pass = stats.NewBetting(t.bar, t.betUnits())
	t.fail = stats.NewBetting(1-t.bar, t.betUnits())
	return t, nil
}

// check says what is wrong with a rule. The comparisons are false for NaN.
func (r Rule) check() error {
	switch {
	case r.Kind != AtLeast && r.Kind != NotWorse && r.Kind != Better:
		return fmt.Errorf("unknown kind of rule %d: %w", r.Kind, fs.ErrInvalid)
	case r.Kind == AtLeast && !(r.Bar >= 0 && r.Bar <= 1):
		return fmt.Errorf("bar %v of %s is not in [0,1]: %w", r.Bar, r.Metric, fs.ErrInvalid)
	case r.Kind == NotWorse && !(r.Margin >= 0 && r.Margin < 1):
		return fmt.Errorf("margin %v of %s is not in [0,1): %w", r.Margin, r.Metric, fs.ErrInvalid)
	case !(r.Alpha > 0 && r.Alpha <= 0.5) || math.IsInf(1/r.Alpha, 0):
		return fmt.Errorf("alpha %v of %s is not in (0,0.5]: %w", r.Alpha, r.Metric, fs.ErrInvalid)
	}
	return nil
}

func (d Design) check() error {
	switch {
	case d.Units < 1:
		return fmt.Errorf("a gate needs at least 1 unit, not %d: %w", d.Units, fs.ErrInvalid)
	case d.Cases < d.Units:
		return fmt.Errorf("%d units cannot have only %d cases: %w", d.Units, d.Cases, fs.ErrInvalid)
	case !(d.MaxWeight > 0) || math.IsInf(d.MaxWeight, 0):
		return fmt.Errorf("the largest weight %v is not a positive number: %w", d.MaxWeight, fs.ErrInvalid)
	case !(d.TotalWeight >= d.MaxWeight*(1-tolerance) && d.TotalWeight <= d.MaxWeight*float64(d.Units)*(1+tolerance)):
		return fmt.Errorf("total weight %v does not fit %d units of at most %v: %w", d.TotalWeight, d.Units, d.MaxWeight, fs.ErrInvalid)
	}
	return nil
}

// Observe takes the next unit in drawn order, in time proportional to the
// number of bets (about 100 ns).
//
// Once every unit of the set was observed, further samples are ignored (under
// Population they count). A sample with numbers that cannot be, such as NaN or
// a weight above the design's, spoils the test: it is Undecided for good and
// its reason names the sample.
func (t *Test) Observe(s Sample) {
	if t.spoiled != "" || t.complete() && !t.design.Population {
		return
	}
	s = t.rule.scaled(s)
	if err := t.impossible(s); err != "" {
		t.spoiled = fmt.Sprintf("sample %d %s", t.n+1, err)
		return
	}
	t.state.observe(s)
	t.samples = append(t.samples, s)
}

// Verdict returns the verdict so far. It is cheap. A verdict reached by
// betting stays, unless certainty or the full run of the set overrules it.
func (t *Test) Verdict() Verdict { return t.state.verdict() }

// impossible says what is wrong with a scaled sample, or "".
func (t *Test) impossible(s Sample) string {
	slack := tolerance * t.design.TotalWeight
	switch {
	case !(s.Lo >= -tolerance && s.Lo <= s.Hi+tolerance && s.Hi <= 1+tolerance):
		return "has scores out of range"
	case !(s.Weight > 0 && s.Weight <= t.design.MaxWeight+slack):
		return fmt.Sprintf("has weight %v, not in (0,%v]", s.Weight, t.design.MaxWeight)
	case !(s.Judged >= 0 && s.Judged <= s.Weight+slack):
		return fmt.Sprintf("has judged weight %v of %v", s.Judged, s.Weight)
	case s.Cases < 1:
		return "has no case"
	case t.design.Population:
		return ""
	}
	rest := t.design.TotalWeight - t.weight - s.Weight
	if rest < -slack || t.n+1 == t.design.Units && rest > slack {
		return fmt.Sprintf("makes the weights differ from their total %v", t.design.TotalWeight)
	}
	return ""
}
