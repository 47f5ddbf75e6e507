package validators

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/usermetric"
)

// OwnMetric is a compiled metric that the user wrote in Python.
type OwnMetric struct {
	name    string
	ref     usermetric.Ref
	params  json.RawMessage
	metrics *usermetric.Metrics // nil = nothing runs it, as when a run is decided again from its records
	weight0 bool
}

// ownEntry is the row of a metric that the user wrote; ok is false for names of
// another form.
func ownEntry(name string) (e entry, ok bool) {
	r, ok := usermetric.Parse(name)
	return entry{name: r.String(), kind: KindOwn, threshold: true, about: "a metric of your own, in your Python"}, ok
}

// newOwn sets a metric of the user's up. The value of an assertion is an object
// of arguments for its constructor, and so is the threshold.
func newOwn(a testsets.Assertion, name string, deps Deps) (*OwnMetric, error) {
	r, _ := usermetric.Parse(name)
	v := &OwnMetric{name: name, ref: r, metrics: deps.Own}
	params := map[string]json.RawMessage{}
	if len(a.Value) > 0 {
		if err := json.Unmarshal(a.Value, &params); err != nil || params == nil {
			return nil, fmt.Errorf("%s: value %.80s: allowed is an object of arguments", name, a.Value)
		}
	}
	if t := a.Threshold; t != nil {
		if !(*t >= 0 && *t <= 1) {
			return nil, fmt.Errorf("%s: threshold %v: must be in 0..1", name, *t)
		}
		params["threshold"] = json.RawMessage(strconv.FormatFloat(*t, 'g', -1, 64))
	}
	var err error
	if v.weight0, err = weightless(name, a.Weight); err != nil {
		return nil, err
	}
	v.params, err = json.Marshal(params)
	return v, err
}

// Check loads the metric and makes it once, without a case.
func (v *OwnMetric) Check(ctx context.Context) (usermetric.Known, error) {
	return v.metrics.Check(ctx, v.ref, v.params)
}

// Validate implements pipeline.Validator.
func (v *OwnMetric) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if err := answered(v.name, s); err != nil {
		return pipeline.Finding{}, err
	}
	if v.metrics == nil {
		return pipeline.Finding{}, fmt.Errorf("%s: no Python runs it", v.name)
	}
	c, err := judgedCase(s)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.name, err)
	}
	got, err := v.metrics.Score(ctx, v.ref, v.params, c)
	if err != nil {
		return pipeline.Finding{}, fmt.Errorf("%s: %w", v.name, err)
	}
	f := pipeline.Finding{Metric: v.name, Score: got.Score, Pass: got.Success || v.weight0, Features: map[string]string{"framework": "deepeval-python"}}
	explain(&f, clean(got.Reason), got.Score)
	return f, nil
}

// Judge is Validate with what it cost GenOps' judge: nothing. What the metric
// pays for a model of its own, nobody tells.
func (v *OwnMetric) Judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	f, err := v.Validate(ctx, s)
	return f, JudgeSpend{}, err
}

// Steps is how many questions GenOps' judge is asked: none.
func (v *OwnMetric) Steps() int { return 0 }
