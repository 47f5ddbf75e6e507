package validators

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Rule is a gate rule as people write it on one line: either a score with its
// least mean, or a limit with the share of cases that must hold it.
type Rule struct {
	Metric   string  // canonical name, e.g. "intent_accuracy", "not-contains", "latency"
	AtLeast  float64 // for a score: the least mean, in (0,1]
	Limit    *Limit  // for a metric with a unit; nil for a score
	Share    float64 // with a limit: the share of cases that must hold it, in (0,1]
	HasShare bool    // false: none was written, the caller decides
}

// DirectionError says that a rule points the wrong way for its metric.
type DirectionError struct {
	Metric  string
	Instead string // the line to write instead
	why     string
}

// Error ends with the line to write instead.
func (e *DirectionError) Error() string {
	return fmt.Sprintf("%s %s: write %s", e.Metric, e.why, e.Instead)
}

// ParseRule reads "intent_accuracy>=0.9", "pass_rate >= 90%", "latency<=2s" or
// "latency<=2s@0.99" (99 % of the cases must hold it). names are further names
// of scores that are allowed, such as the `metric` names that a test set's
// assertions count under. A rule in the wrong direction gives a *DirectionError.
func ParseRule(text string, names ...string) (Rule, error) {
	name, op, rest, err := splitRule(text)
	if err != nil {
		return Rule{}, err
	}
	m := Metric{Name: name, HigherIsBetter: true}
	if !slices.Contains(names, name) {
		if m, err = Lookup(name); err != nil {
			return Rule{}, fmt.Errorf("rule %s: %w", quote(text), err)
		}
	}
	if m.Kind == KindLimit {
		return parseLimitRule(text, m, op, rest)
	}
	if op != ">=" {
		return Rule{}, scoreDirection(m, op, rest)
	}
	if strings.Contains(rest, "@") {
		return Rule{}, fmt.Errorf("rule %s: a share (@) belongs to limits such as latency<=2s@0.99", quote(text))
	}
	bar, err := parseShare(rest)
	if err != nil {
		return Rule{}, fmt.Errorf("rule %s: %w", quote(text), err)
	}
	if bar == 0 {
		return Rule{}, fmt.Errorf("rule %s: %s>=0 asks for nothing; allowed are numbers above 0, up to 1", quote(text), m.Name)
	}
	return Rule{Metric: m.Name, AtLeast: bar}, nil
}

func parseLimitRule(text string, m Metric, op, rest string) (Rule, error) {
	amount, share, hasShare := strings.Cut(rest, "@")
	if op != "<=" {
		return Rule{}, limitDirection(m, rest)
	}
	l, err := limitOf(m.Name, amount)
	if err != nil {
		return Rule{}, fmt.Errorf("rule %s: %w", quote(text), err)
	}
	r := Rule{Metric: m.Name, Limit: &l, HasShare: hasShare}
	if !hasShare {
		return r, nil
	}
	if r.Share, err = parseShare(share); err != nil {
		return Rule{}, fmt.Errorf("rule %s: share: %w", quote(text), err)
	}
	if r.Share == 0 {
		return Rule{}, fmt.Errorf("rule %s: share: 0 asks for nothing; allowed are numbers above 0, up to 1", quote(text))
	}
	return r, nil
}

// splitRule cuts a rule at its operator.
func splitRule(text string) (name, op, rest string, err error) {
	const operators = "<>=!≤≥"
	at := strings.IndexAny(text, operators)
	if at < 0 {
		return "", "", "", fmt.Errorf("rule %s: there is no >= or <=; a rule reads intent_accuracy>=0.9 or latency<=2s", quote(text))
	}
	name = strings.TrimSpace(text[:at])
	rest = strings.TrimLeft(text[at:], operators)
	op = text[at : len(text)-len(rest)]
	rest = strings.TrimSpace(rest)
	if op != ">=" && op != "<=" {
		return "", "", "", fmt.Errorf("rule %s: %s is unknown; known are >= for scores and <= for latency, cost, tokens and length",
			quote(text), clean(op))
	}
	if name == "" || rest == "" {
		return "", "", "", fmt.Errorf("rule %s: a rule reads intent_accuracy>=0.9 or latency<=2s", quote(text))
	}
	return name, op, rest, nil
}

// parseShare reads a number in [0,1], or a percentage.
func parseShare(s string) (float64, error) {
	s = strings.TrimSpace(s)
	number, percent := strings.CutSuffix(s, "%")
	if percent {
		number = strings.TrimSpace(number) + "e-2" // exact, unlike a division by 100
	}
	x, err := parsePlain(number)
	if err != nil || x > 1 {
		return 0, fmt.Errorf("%s is not in [0,1]; allowed are numbers such as 0.9 or 90%%", quote(s))
	}
	return x, nil
}

// scoreDirection answers a score that was written as a limit. After "<=" a
// metric that is named after a fault meant the share of faults, any other one
// the score itself.
func scoreDirection(m Metric, op, rest string) error {
	bar, err := parseShare(rest)
	if err != nil {
		bar = 0.9
	} else if e, _, err := find(m.Name); err == nil && e.fault && op == "<=" {
		bar = math.Round((1-bar)*1e12) / 1e12
	}
	return &DirectionError{
		Metric:  m.Name,
		Instead: m.Name + ">=" + plain(bar),
		why:     "is a score and higher is better, so it has a least value",
	}
}

// limitDirection answers a ">=" on a metric with a unit.
func limitDirection(m Metric, rest string) error {
	amount, _, _ := strings.Cut(rest, "@")
	instead := map[string]string{"latency": "latency<=2s", "cost": "cost<=0.01"}[m.Name]
	if l, err := limitOf(m.Name, amount); err == nil {
		instead = l.Text
	} else if instead == "" {
		instead = m.Name + "<=500"
	}
	return &DirectionError{
		Metric:  m.Name,
		Instead: instead,
		why:     "is measured in " + m.Unit + " and lower is better, so it has a limit",
	}
}
