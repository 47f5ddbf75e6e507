package judged

import (
	"context"
	"slices"
)

// Aspect is one metric that is scored beside others in one question.
type Aspect struct {
	Name  string // of the metric
	About string // what it measures, in a line
	Needs []Field
}

// What a question about several metrics is.
const (
	TogetherPrompt  = "together-scores"
	TogetherVersion = "together-2" // of the definition
	// TogetherPasses is the score from which an aspect counts as passed: the
	// metrics' own default threshold.
	TogetherPasses = 0.5
)

// Joinable says whether the question about several metrics shows all that this
// one needs.
func (m Metric) Joinable() bool {
	shown := []Field{Input, ActualOutput, Context, RetrievalContext}
	return (m.check == nil || m.Name == "coherence") && !slices.ContainsFunc(m.Needs, func(f Field) bool { return !slices.Contains(shown, f) })
}

// Together asks for the scores of several metrics in a single question: one in
// [0,1] for each aspect, in their order. It is cheaper than each metric's own
// procedure and something else; whether both say the same is to be measured.
// retries bounds how often a malformed reply is asked for again.
func Together(ctx context.Context, a Asker, c *Case, aspects []Aspect, retries int) ([]float64, error) {
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
	var scores []float64
	err := s.question(Question{Step: "scores", Data: data}, func(obj map[string]any) (err error) {
		scores, err = readTogether(obj, aspects)
		return err
	})
	return scores, err
}

// readTogether wants one score for each aspect, each once.
func readTogether(obj map[string]any, aspects []Aspect) ([]float64, error) {
	list, ok := obj["scores"].([]any)
	if !ok {
		return nil, failf(MissingKey, "the reply has no list of scores")
	}
	if len(list) != len(aspects) {
		return nil, failf(CountDiffers, "the reply has %d scores for %d metrics", len(list), len(aspects))
	}
	found := map[string]float64{}
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
		found[name] = x / 10
	}
	scores := make([]float64, len(aspects))
	for i, a := range aspects {
		x, ok := found[a.Name]
		if !ok {
			return nil, failf(CountDiffers, "the reply has no score of %s", a.Name)
		}
		scores[i] = x
	}
	return scores, nil
}
