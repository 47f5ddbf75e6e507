package judged

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Aspect is one metric that is scored beside others in one question.
type Aspect struct {
	Name  string // of the metric
	About string // what it measures, in a line
	Needs []Field
	// Threshold is the least score that passes; NaN = none, so that every one does.
	Threshold float64
}

// Scored is what one question says of one aspect.
type Scored struct {
	Score  float64 // in [0,1], higher is better
	Pass   bool    // it reaches the aspect's threshold
	Reason string  // as the judge words it; "" = it gave none
}

// What a question about several metrics is.
const (
	TogetherPrompt  = "together-scores"
	TogetherVersion = "together-3" // of the definition
)

// NewAspect is a metric with its parameters. One question about several metrics
// knows no parameters but the threshold, strict mode, and whether there are reasons.
func NewAspect(m Metric, params json.RawMessage) (Aspect, error) {
	a := Aspect{Name: m.Name, About: m.About, Needs: m.Needs, Threshold: math.NaN()}
	p := Params{}
	if len(params) > 0 {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(params, &keys); err != nil {
			return a, fmt.Errorf("%s: parameters: %w", m.Name, err)
		}
		for key := range keys {
			if key != "threshold" && key != "strict_mode" && key != "include_reason" {
				return a, fmt.Errorf("%s has the parameter %s, which one question about several metrics does not know", m.Name, key)
			}
		}
		var err error
		if p, err = ReadParams(params); err == nil {
			err = p.checkThreshold()
		}
		if err != nil {
			return a, fmt.Errorf("%s: parameters: %w", m.Name, err)
		}
	}
	if t, ok := p.threshold(false); ok {
		a.Threshold = t
	}
	return a, nil
}

func (a Aspect) scored(score float64, reason string) Scored {
	return Scored{Score: score, Pass: math.IsNaN(a.Threshold) || score >= a.Threshold, Reason: reason}
}

// Joinable says whether the question about several metrics shows all that this
// one needs, and a grade is what it asks for.
func (m Metric) Joinable() bool {
	shown := []Field{Input, ActualOutput, Context, RetrievalContext}
	return !m.must && m.least == 0 && !slices.ContainsFunc(m.Needs, func(f Field) bool { return !slices.Contains(shown, f) })
}

// Together asks for the scores of several metrics in a single question: one in
// [0,1] for each aspect, in their order. It is cheaper than each metric's own
// procedure and something else; whether both say the same is to be measured.
// retries bounds how often a malformed reply is asked for again.
func Together(ctx context.Context, a Asker, c *Case, aspects []Aspect, retries int) ([]Scored, error) {
	s := &session{ctx: ctx, ask: a, p: &Params{}, metric: "together", retries: retries}
	for _, x := range aspects {
		if err := s.need(c, x.Needs); err != nil {
			return nil, err
		}
	}
	list := make([]any, len(aspects))
	for i, x := range aspects {
		list[i] = map[string]any{"metric": x.Name, "about": x.About}
	}
	data := map[string]any{"metrics": list, "count": len(aspects), "input": c.Input, "actual_output": *c.Output}
	if c.Context != nil {
		data["context"] = c.Context
	}
	if c.Retrieval != nil && !slices.Equal(c.Retrieval, c.Context) {
		data["retrieval_context"] = c.Retrieval
	}
	var scores []Scored
	err := s.question(Question{Step: "scores", Data: data}, func(obj map[string]any) (err error) {
		scores, err = readTogether(obj, aspects)
		return err
	})
	return scores, err
}

// readTogether wants one score for each aspect, each once.
func readTogether(obj map[string]any, aspects []Aspect) ([]Scored, error) {
	list, ok := obj["scores"].([]any)
	if !ok {
		return nil, failf(MissingKey, "the reply has no list of scores")
	}
	if len(list) != len(aspects) {
		return nil, failf(CountDiffers, "the reply has %d scores for %d metrics", len(list), len(aspects))
	}
	type said struct {
		score  float64
		reason string
	}
	found := map[string]said{}
	for _, v := range list {
		row, _ := v.(map[string]any)
		name, _ := row["metric"].(string)
		if _, isBool := row["score"].(bool); isBool {
			return nil, failf(SchemaInvalid, "the score of %s is no number", shown(name))
		}
		x, ok := numeric(row["score"])
		switch {
		case !ok:
			return nil, failf(SchemaInvalid, "the score of %s is no number", shown(name))
		case !(x >= 0 && x <= 10):
			return nil, failf(OutOfRange, "the score of %s is %g, not in 0..10", shown(name), x)
		}
		reason, _ := row["reason"].(string)
		found[name] = said{x / 10, reason}
	}
	scores := make([]Scored, len(aspects))
	for i, a := range aspects {
		x, ok := found[a.Name]
		if !ok {
			return nil, failf(CountDiffers, "the reply has no score of %s", a.Name)
		}
		scores[i] = a.scored(x.score, x.reason)
	}
	return scores, nil
}
