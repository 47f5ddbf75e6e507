package evals

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// Rule is a gate rule together with what its metric needs.
type Rule struct {
	gate.Rule
	Limit *validators.Limit // set for latency, cost, tokens and length: the rule is on the share of cases that hold it
	// Default marks a rule of genops.yaml: it does not gate when its metric
	// applies to no case.
	Default bool
	Source  string // where it is written, for people
}

// Key names the question that a rule asks, whatever its alpha: trying the same
// question again is another look.
func (r Rule) Key() string { return r.Rule.String() }

// ruleRecord is a rule as run.json keeps it.
type ruleRecord struct {
	Metric  string  `json:"metric"`
	Kind    string  `json:"kind"`
	Bar     float64 `json:"bar"`
	Margin  float64 `json:"margin,omitempty"`
	Alpha   float64 `json:"alpha"`
	Default bool    `json:"default,omitempty"`
	Source  string  `json:"source"`
}

// MarshalJSON writes the rule as run.json keeps it.
func (r Rule) MarshalJSON() ([]byte, error) {
	return json.Marshal(ruleRecord{r.Metric, r.Kind.String(), r.Bar, r.Margin, r.Alpha, r.Default, r.Source})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Rule) UnmarshalJSON(data []byte) error {
	var rec ruleRecord
	if err := json.Unmarshal(data, &rec); err != nil {
		return err
	}
	*r = Rule{Default: rec.Default, Source: rec.Source}
	r.Rule = gate.Rule{Metric: rec.Metric, Bar: rec.Bar, Margin: rec.Margin, Alpha: rec.Alpha}
	switch rec.Kind {
	case gate.AtLeast.String():
	case gate.NotWorse.String():
		r.Kind = gate.NotWorse
	case gate.Better.String():
		r.Kind = gate.Better
	default:
		return fmt.Errorf("rule kind %q; known: at_least, not_worse, better", rec.Kind)
	}
	if limit, err := validators.ParseLimit(rec.Metric); err == nil {
		r.Limit = &limit
	}
	return nil
}

// Defaults are the values that a rule takes from elsewhere.
type Defaults struct {
	Alpha float64 // of a rule that names none
	Share float64 // of the cases that must hold a limit that names none
}

// ParseRules reads rules as written on a command line. They may name any known
// metric, and any name under which an assertion of the set counts.
func ParseRules(texts []string, set *testsets.Set, d Defaults) ([]Rule, error) {
	var names []string
	for _, c := range set.Cases {
		for _, a := range c.Assert {
			if a.Metric != "" && !slices.Contains(names, a.Metric) {
				names = append(names, a.Metric)
			}
		}
	}
	var rules []Rule
	for _, text := range texts {
		if r, ok, err := parsePaired(text, d.Alpha); ok {
			if err != nil {
				return nil, fmt.Errorf("--rule: %w", err)
			}
			rules = append(rules, r)
			continue
		}
		parsed, err := validators.ParseRule(text, names...)
		if err != nil {
			return nil, fmt.Errorf("--rule: %w", err)
		}
		r := Rule{Source: "--rule", Limit: parsed.Limit}
		r.Rule = gate.Rule{Metric: parsed.Metric, Bar: parsed.AtLeast, Alpha: d.Alpha}
		if parsed.Limit != nil {
			r.Metric, r.Bar = parsed.Limit.Text, d.Share
			if parsed.HasShare {
				r.Bar = parsed.Share
			}
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// comparison is a rule on the difference to a baseline, as typed:
// METRIC>baseline or METRIC>=baseline-MARGIN.
var comparison = regexp.MustCompile(`^\s*([^<>=\s]+)\s*(>=?)\s*baseline\s*(?:-\s*(\S+))?\s*$`)

// parsePaired reads a comparison; ok is false for any other rule.
func parsePaired(text string, alpha float64) (r Rule, ok bool, err error) {
	m := comparison.FindStringSubmatch(text)
	if m == nil {
		return r, false, nil
	}
	r = Rule{Source: "--rule"}
	r.Rule = gate.Rule{Metric: m[1], Alpha: alpha}
	switch {
	case m[2] == ">" && m[3] != "":
		err = fmt.Errorf("%q: write %s>baseline (better) or %s>=baseline-%s (not worse by more than the margin)", text, m[1], m[1], m[3])
	case m[2] == ">":
		r, err = pairedRule(r, gate.Better, 0)
	default:
		margin := 0.0
		if m[3] != "" {
			if margin, err = strconv.ParseFloat(m[3], 64); err != nil {
				return r, true, fmt.Errorf("%q: the margin %q is no number", text, m[3])
			}
		}
		r, err = pairedRule(r, gate.NotWorse, margin)
	}
	return r, true, err
}

// AgentRules are the rules that the agent file sets for a test set; nil when
// it names none. same says whether a test_set of the file is that set.
func AgentRules(a *registry.Agent, file string, same func(testSet string) bool, d Defaults) ([]Rule, error) {
	var rules []Rule
	for _, e := range a.Evals {
		if !same(e.TestSet) {
			continue
		}
		for _, spec := range e.Rules {
			r, err := ruleOf(testsets.Bar{Metric: spec.Metric, AtLeast: spec.AtLeast, AtMost: spec.AtMost,
				NotWorse: spec.NotWorse, Better: spec.Better, Alpha: spec.Alpha}, d)
			if err != nil {
				return nil, fmt.Errorf("%s: evals: %s: rules: %w", file, e.TestSet, err)
			}
			r.Source = file
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// SetRules are the rules that the test set itself proposes.
func SetRules(s *testsets.Set, file string, d Defaults) ([]Rule, error) {
	var rules []Rule
	for _, b := range s.Gate {
		r, err := ruleOf(b, d)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: gate: %w", file, b.Line, err)
		}
		r.Source = file
		rules = append(rules, r)
	}
	return rules, nil
}

// MetricRules are the rules of genops.yaml: the threshold is the bar of each
// listed metric.
func MetricRules(metrics []string, threshold float64, d Defaults) ([]Rule, error) {
	var rules []Rule
	for _, name := range metrics {
		r, err := ruleOf(testsets.Bar{Metric: name, AtLeast: &threshold}, d)
		if err != nil {
			return nil, fmt.Errorf("genops.yaml: evals.metrics: %w", err)
		}
		r.Source, r.Default = "genops.yaml", true
		rules = append(rules, r)
	}
	return rules, nil
}

// paired says whether the rule compares with a baseline.
func (r Rule) paired() bool { return r.Kind != gate.AtLeast }

func ruleOf(b testsets.Bar, d Defaults) (Rule, error) {
	r := Rule{Rule: gate.Rule{Metric: b.Metric, Alpha: d.Alpha}}
	if b.Alpha != nil {
		r.Alpha = *b.Alpha
	}
	if !(r.Alpha > 0 && r.Alpha <= 0.5) {
		return r, fmt.Errorf("%s: alpha %g: must be above 0 and at most 0.5", b.Metric, r.Alpha)
	}
	if b.AtMost != "" {
		limit, err := validators.ParseLimit(b.Metric + "<=" + b.AtMost)
		if err != nil {
			return r, err
		}
		r.Limit, r.Metric, r.Bar = &limit, limit.Text, d.Share
		if b.AtLeast != nil {
			r.Bar = *b.AtLeast
		}
		return r, inUnit(r.Metric, "at_least", r.Bar)
	}
	switch {
	case b.NotWorse != nil:
		return pairedRule(r, gate.NotWorse, *b.NotWorse)
	case b.Better:
		return pairedRule(r, gate.Better, 0)
	case b.AtLeast == nil:
		return r, fmt.Errorf("%s: no bar; write at_least: 0.9, or at_most with a unit", b.Metric)
	}
	r.Bar = *b.AtLeast
	if err := inUnit(b.Metric, "at_least", r.Bar); err != nil {
		return r, err
	}
	if m, err := validators.Lookup(b.Metric); err == nil {
		if m.Unit != "" {
			return r, fmt.Errorf("%s has a unit (%s): write at_most, for example {metric: latency, at_most: 2s}", b.Metric, m.Unit)
		}
		r.Metric = m.Name
	}
	return r, nil
}

// pairedRule is a rule on the difference to a baseline.
func pairedRule(r Rule, kind gate.Kind, margin float64) (Rule, error) {
	r.Kind, r.Margin = kind, margin
	if !(margin >= 0 && margin < 1) {
		return r, fmt.Errorf("%s: not_worse %g: the margin must be at least 0 and below 1", r.Metric, margin)
	}
	if m, err := validators.Lookup(r.Metric); err == nil {
		if m.Unit != "" {
			return r, fmt.Errorf("%s has a unit (%s) and can't be compared by a margin; write at_most, for example {metric: latency, at_most: 2s}", r.Metric, m.Unit)
		}
		r.Metric = m.Name
	}
	return r, nil
}

// Paired returns the default comparison with a baseline: not worse by margin,
// for each score that a rule names, else for the share of cases that pass. It
// is empty when a rule compares already.
func Paired(rules []Rule, margin, alpha float64) []Rule {
	var metrics []string
	for _, r := range rules {
		switch {
		case r.paired():
			return nil
		case r.Limit == nil && !r.Default && !slices.Contains(metrics, r.Metric):
			metrics = append(metrics, r.Metric)
		}
	}
	if len(metrics) == 0 {
		metrics = []string{passRate}
	}
	var out []Rule
	for _, m := range metrics {
		r := Rule{Source: "--against"}
		r.Rule = gate.Rule{Metric: m, Kind: gate.NotWorse, Margin: margin, Alpha: alpha}
		out = append(out, r)
	}
	return out
}

func inUnit(metric, key string, v float64) error {
	if !(v > 0 && v <= 1) { // 0 asks for nothing
		return fmt.Errorf("%s: %s %g: must be above 0, up to 1", metric, key, v)
	}
	return nil
}
