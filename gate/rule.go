// Package gate turns evidence into decisions: statistical rules on means in
// [0,1], decided by betting e-processes that allow a look after every sample.
//
// Everything here is a pure function of the samples in drawn order.
package gate

// Verdict is the outcome of a rule or of a whole gate.
type Verdict int

// Undecided is the zero value: no data never passes.
const (
	Undecided Verdict = iota
	Pass
	Fail
)

// String returns "undecided", "pass" or "fail".
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	}
	return "undecided"
}

// Kind says what a rule compares.
type Kind int

const (
	AtLeast  Kind = iota // mean of the metric >= Bar
	NotWorse             // mean(candidate) - mean(baseline) >= -Margin, paired
	Better               // mean(candidate) - mean(baseline) > 0, paired
)

// String returns "at_least", "not_worse" or "better".
func (k Kind) String() string {
	switch k {
	case NotWorse:
		return "not_worse"
	case Better:
		return "better"
	}
	return "at_least"
}

// Rule is one statistical rule. Pass and fail are each wrong with probability
// at most Alpha over all looks.
type Rule struct {
	Metric string // name; a limit keeps its text, e.g. "latency<=2s"
	Kind   Kind
	Bar    float64 // AtLeast: in [0,1]
	Margin float64 // NotWorse: in [0,1)
	Alpha  float64 // in (0, 0.5]
}
