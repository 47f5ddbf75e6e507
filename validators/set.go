package validators

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// assertSet is the type of several assertions that count as one.
const assertSet = "assert-set"

// set judges by several assertions: its score is their weighted mean. Without a
// threshold all of weight above 0 must hold, with one the mean must reach it.
type set struct {
	threshold *float64
	free      bool
	parts     []pipeline.Validator
	names     []string
	weights   []float64
	steps     int
}

// waitingSet is a set of which some part takes its time.
type waitingSet struct{ *set }

// newSet compiles an assert-set. What can only pass on nothing is an error.
func newSet(a testsets.Assertion, deps Deps) (pipeline.Validator, error) {
	switch {
	case a.Value != nil, a.Transform != "", a.Config != nil:
		return nil, errors.New("assert-set: it has assert, threshold, weight and metric; value, transform and config belong to its assertions")
	case len(a.Assert) == 0:
		return nil, errors.New("assert-set: assert is empty: there is nothing to judge by")
	case a.Threshold != nil && !(*a.Threshold > 0 && *a.Threshold <= 1):
		return nil, fmt.Errorf("assert-set: threshold %v: must be above 0 and at most 1", *a.Threshold)
	}
	free, err := weightless(assertSet, a.Weight)
	if err != nil {
		return nil, err
	}
	s := &set{threshold: a.Threshold, free: free}
	total, waits := 0.0, false
	for _, one := range a.Assert {
		if one.Metric != "" || one.Turn != "" {
			return nil, fmt.Errorf("assert-set: line %d: %s: metric and turn are the set's, not its assertions'", one.Line, one.Type)
		}
		weight := 1.0
		if one.Weight != nil {
			weight = *one.Weight
		}
		v, err := New(one, deps)
		if err != nil {
			return nil, fmt.Errorf("assert-set: line %d: %w", one.Line, err)
		}
		if w, ok := v.(waiting); ok {
			waits = true
			s.steps = max(s.steps, w.Steps())
		}
		s.parts, s.names, s.weights = append(s.parts, v), append(s.names, one.Type), append(s.weights, weight)
		total += weight
	}
	if total == 0 {
		return nil, errors.New("assert-set: every assertion has weight 0: nothing could fail")
	}
	if waits {
		return waitingSet{s}, nil
	}
	return s, nil
}

// Validate implements pipeline.Validator.
func (s *set) Validate(ctx context.Context, subject pipeline.Subject) (pipeline.Finding, error) {
	f, _, err := s.judge(ctx, subject)
	return f, err
}

// Judge is Validate with what the judge was asked.
func (s waitingSet) Judge(ctx context.Context, subject pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	return s.judge(ctx, subject)
}

// Steps is how many questions a judge is asked one after the other.
func (s waitingSet) Steps() int { return s.steps }

// part is what one assertion of a set came to.
type part struct {
	finding pipeline.Finding
	spend   JudgeSpend
	err     error
}

// judge judges by all assertions, those that wait side by side.
func (s *set) judge(ctx context.Context, subject pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	parts := make([]part, len(s.parts))
	var all sync.WaitGroup
	for i, v := range s.parts {
		if w, ok := v.(waiting); ok {
			all.Go(func() { parts[i].finding, parts[i].spend, parts[i].err = w.Judge(ctx, subject) })
		} else {
			parts[i].finding, parts[i].err = v.Validate(ctx, subject)
		}
	}
	all.Wait()
	f, err := s.sum(parts)
	var spend JudgeSpend
	for _, p := range parts {
		spend.Add(p.spend)
	}
	return f, spend, err
}

// sum adds up. Where something could not be judged the set can't be, unless it
// has failed whatever that would have been.
func (s *set) sum(parts []part) (pipeline.Finding, error) {
	out := pipeline.Finding{Metric: assertSet, Pass: true}
	total, best, reason := 0.0, 0.0, ""
	var errs []error
	for i, p := range parts {
		total += s.weights[i]
		switch {
		case p.err != nil:
			errs = append(errs, p.err)
			best += s.weights[i]
			continue
		case !p.finding.Pass && s.weights[i] > 0:
			out.Pass = false
			if reason == "" {
				reason = s.names[i] + ": " + p.finding.Reason
			}
		}
		out.Score += s.weights[i] * p.finding.Score
	}
	most := (out.Score + best) / total
	out.Score /= total
	if s.threshold != nil {
		if out.Pass = out.Score >= *s.threshold-1e-9; !out.Pass {
			reason = fmt.Sprintf("the mean %.3g is below %.3g; %s", out.Score, *s.threshold, reason)
		}
	}
	failed := !out.Pass && (s.threshold == nil || most < *s.threshold-1e-9)
	if len(errs) > 0 && !failed {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", assertSet, errors.Join(errs...))
	}
	if out.Reason = reason; s.free {
		out.Pass = true
	}
	if out.Pass {
		out.Reason = ""
	}
	return out, nil
}
