package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildSimilar(measure string) func(*spec, any) (judgeFunc, error) {
	return func(s *spec, value any) (judgeFunc, error) {
		list, isList := value.([]any)
		if text, ok := value.(string); ok {
			list, isList = []any{text}, true
		}
		if !isList || len(list) == 0 {
			return nil, fmt.Errorf("value %s: allowed are a text, and a list of texts", shown(value))
		}
		return func(ctx context.Context, c *call) (grade, error) {
			var best grade
			for i, x := range list {
				g, err := c.similarTo(ctx, measure, jsvalue.ToString(x))
				if err != nil {
					return grade{}, err
				}
				if len(list) == 1 || g.pass != s.inverse {
					return g, nil // one like it is enough; under not- one is too many
				}
				if i == 0 || s.inverse == (g.score < best.score) && g.score != best.score {
					best = g
				}
			}
			return best, nil
		}, nil
	}
}

// similarTo compares the output with one text.
func (c *call) similarTo(ctx context.Context, measure, text string) (grade, error) {
	near, err := c.nearness(ctx, measure, text, c.text)
	if err != nil || near.malformed {
		return near, err
	}
	g := c.spec.nearGrade(measure, near.score, c.spec.threshold(0.75))
	if near.doubt != "" {
		g.doubt = near.doubt
	}
	return g, nil
}

// nearness compares the embeddings of two texts: the score is their similarity, or
// their distance.
func (c *call) nearness(ctx context.Context, measure, a, b string) (grade, error) {
	if c.deps.Embedder == nil {
		return grade{}, fmt.Errorf("%w: there is no embedding model", ErrUnavailable)
	}
	x, err := c.deps.Embedder.Embed(ctx, a, c.judgeProvider())
	var y []float64
	if err == nil {
		y, err = c.deps.Embedder.Embed(ctx, b, c.judgeProvider())
	}
	switch {
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return grade{}, err
	case err != nil:
		return judged("the embedding model failed: %v", err), nil
	case len(x) != len(y):
		return grade{}, fmt.Errorf("embeddings of %d and %d dimensions", len(x), len(y))
	}
	g := grade{score: similarity(measure, x, y)}
	if empty(x) || empty(y) || g.score-g.score != 0 {
		g.doubt = EmptyVector
	}
	return g, nil
}

// empty says that an embedding says nothing about a text.
func empty(v []float64) bool {
	return !slices.ContainsFunc(v, func(x float64) bool { return x != 0 })
}

func (s *spec) nearGrade(measure string, near, threshold float64) grade {
	if measure == "euclidean" {
		g := grade{pass: near <= threshold+epsilon, score: 1 / (1 + near)}
		if s.inverse {
			g = grade{pass: near >= threshold-epsilon, score: 1 - g.score}
		}
		return g.because(reachReason("the distance is")(near, threshold))
	}
	g := grade{pass: near >= threshold-epsilon, score: near}
	switch {
	case s.inverse:
		g = grade{pass: near <= threshold+epsilon, score: 1 - near}
	case threshold <= 0 && g.pass:
		g.doubt = ThresholdZero
	}
	return g.because(reachReason("the similarity is")(near, threshold))
}

// because gives a grade the ground that it has, whether passed or failed.
func (g grade) because(why string) grade {
	if g.note = why; !g.pass {
		g.reason = why
	}
	return g
}

// similarity is the cosine or dot product of two vectors, or their distance.
func similarity(measure string, a, b []float64) float64 {
	dot, aa, bb, dd := 0.0, 0.0, 0.0, 0.0
	for i := range a {
		dot += a[i] * b[i]
		aa += a[i] * a[i]
		bb += b[i] * b[i]
		dd += (a[i] - b[i]) * (a[i] - b[i])
	}
	switch measure {
	case "dot":
		return dot
	case "euclidean":
		return math.Sqrt(dd)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / (math.Sqrt(aa) * math.Sqrt(bb))
}

func buildAnswerRelevance(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		output, isText := c.output.(string)
		if !isText {
			return grade{}, errors.New("the output is no text")
		}
		question, ok := c.of.Vars["query"].(string)
		if !ok {
			question = c.of.Prompt
		}
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		if c.deps.Embedder == nil {
			return grade{}, fmt.Errorf("%w: there is no embedding model", ErrUnavailable)
		}
		var made []string
		for range 3 {
			text, g, ok, err := c.askText(ctx, "answer-relevance", map[string]any{"answer": parsed(output)}, c.rubricPrompt())
			if !ok {
				return g, err
			}
			made = append(made, text)
		}
		mean, doubt := 0.0, Deviation("")
		for _, m := range made {
			g, err := c.nearness(ctx, "cosine", question, m)
			if err != nil || g.malformed {
				return g, err
			}
			if g.doubt != "" {
				doubt = g.doubt
			}
			mean += g.score / float64(len(made))
		}
		g := s.share("relevance of the answer", mean)
		if doubt != "" {
			g.doubt = doubt
		}
		return g, nil
	}, nil
}
