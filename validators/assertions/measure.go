package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildCost(s *spec, _ any) (judgeFunc, error) {
	return s.atMost("US dollars", func(c *Case) *float64 { return c.Response.Cost }, "the provider did not report a cost")
}

func buildLatency(s *spec, _ any) (judgeFunc, error) {
	return s.atMost("ms", func(c *Case) *float64 { return c.Response.LatencyMS }, "the time of the answer is not known")
}

func (s *spec) atMost(unit string, of func(*Case) *float64, missing string) (judgeFunc, error) {
	if s.Threshold == nil {
		return nil, fmt.Errorf("threshold is missing; allowed is a number of %s", unit)
	}
	limit := *s.Threshold
	return func(_ context.Context, c *call) (grade, error) {
		got := of(c.of)
		if got == nil {
			return grade{}, errors.New(missing)
		}
		return verdict(*got <= limit, s.inverse, func() string {
			return fmt.Sprintf("%s %s; the threshold is %s", jsvalue.FormatNumber(*got), unit, jsvalue.FormatNumber(limit))
		}), nil
	}, nil
}

func buildFinishReason(s *spec, value any) (judgeFunc, error) {
	want, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a text such as stop, length, content_filter, tool_calls", shown(value))
	}
	return func(_ context.Context, c *call) (grade, error) {
		got := c.of.Response.FinishReason
		g := verdict(got != "" && lower(want) == lower(got), s.inverse, func() string {
			if got == "" {
				return "the provider did not say why it stopped"
			}
			return fmt.Sprintf("expected %s%s, the model stopped for %s", notWord(s.inverse), quote(want), quote(got))
		})
		if got == "" && g.pass {
			g.doubt = NotReported
		}
		return g, nil
	}, nil
}

// meanLog is the mean log-probability of the answer's tokens.
func (c *call) meanLog() (float64, error) {
	list := c.of.Response.LogProbs
	if len(list) == 0 {
		return 0, errors.New("the provider did not report log-probabilities")
	}
	total := 0.0
	for _, x := range list {
		total += x
	}
	return total / float64(len(list)), nil
}

func buildPerplexity(s *spec, _ any) (judgeFunc, error) {
	return func(_ context.Context, c *call) (grade, error) {
		mean, err := c.meanLog()
		if err != nil {
			return grade{}, err
		}
		if s.Threshold == nil {
			return grade{pass: true, score: 1, doubt: NoThreshold}, nil
		}
		p := math.Exp(-mean)
		return verdict(p <= *s.Threshold, s.inverse, func() string {
			return fmt.Sprintf("perplexity %s; the threshold is %s", number(p), number(*s.Threshold))
		}), nil
	}, nil
}

func buildPerplexityScore(s *spec, _ any) (judgeFunc, error) {
	return func(_ context.Context, c *call) (grade, error) {
		mean, err := c.meanLog()
		if err != nil {
			return grade{}, err
		}
		score := 1 / (1 + math.Exp(-mean))
		if s.Threshold == nil {
			g := grade{pass: true, score: score, doubt: NoThreshold}
			if s.inverse {
				g.score = 1 - score
			}
			return g, nil
		}
		return s.scored(score, 0, reachReason("perplexity score")), nil
	}, nil
}

// reachReason says that a score did not reach its threshold, or, under not-,
// that it did.
func reachReason(name string) func(score, threshold float64) string {
	return func(score, threshold float64) string {
		return fmt.Sprintf("%s %s; the threshold is %s", name, number(score), number(threshold))
	}
}

func buildGuardrails(s *spec, _ any) (judgeFunc, error) {
	return func(_ context.Context, c *call) (grade, error) {
		report, known := c.of.Response.guardrails()
		flagged := jsvalue.Truthy(field(report, "flagged"))
		g := verdict(!flagged, s.inverse, func() string {
			if !flagged {
				return "the guardrails did not block the answer"
			}
			if text := textField(report, "reason"); text != "" {
				return "the guardrails flagged it: " + cut(text)
			}
			return "the guardrails flagged it"
		})
		if !known && g.pass {
			g.doubt = NotReported
		}
		g.blocked = flagged && !s.inverse && field(s.Config, "purpose") == "redteam"
		return g, nil
	}, nil
}

// guardrails is what the provider's guardrails said, or those of the last turn
// of a recorded attack.
func (r Response) guardrails() (report any, known bool) {
	if jsvalue.Truthy(r.Guardrails) {
		return r.Guardrails, true
	}
	if list, ok := field(r.Metadata, "redteamHistory").([]any); ok && len(list) > 0 {
		if g := field(list[len(list)-1], "guardrails"); jsvalue.Truthy(g) {
			return g, true
		}
	}
	return nil, false
}

func buildUnavailable(why string) func(*spec, any) (judgeFunc, error) {
	return func(*spec, any) (judgeFunc, error) {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, why)
	}
}

func buildMETEOR(*spec, any) (judgeFunc, error) {
	return nil, fmt.Errorf("%w: meteor fails in promptfoo too; use %s", ErrUnavailable, strings.Join([]string{"rouge-n", "bleu", "gleu"}, ", "))
}
