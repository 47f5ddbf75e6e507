package assertions

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildWebhook(s *spec, value any) (judgeFunc, error) {
	url, ok := value.(string)
	if !ok || url == "" {
		return nil, fmt.Errorf("value %s: allowed is a URL", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if s.deps.Poster == nil {
			return grade{}, fmt.Errorf("%w: webhooks are not called here", ErrUnavailable)
		}
		vars := c.of.Vars
		if vars == nil {
			vars = map[string]any{}
		}
		body, _ := jsvalue.Stringify(jsvalue.NewObject("output", c.output, "context", jsvalue.NewObject("prompt", c.of.Prompt, "vars", vars)), "")
		text, err := s.deps.Poster.Post(ctx, url, []byte(body))
		if err != nil {
			return grade{reason: "the webhook failed: " + err.Error(), malformed: true}, nil
		}
		return s.webhookGrade(string(text)), nil
	}, nil
}

func (s *spec) webhookGrade(text string) grade {
	v, err := jsvalue.Parse(text)
	pass, ok := field(v, "pass").(bool)
	if err != nil || !ok {
		return grade{reason: "the webhook's reply has no pass: " + quote(text), malformed: true}
	}
	g := verdict(pass, s.inverse, func() string {
		if r := textField(v, "reason"); r != "" {
			return cut(r)
		}
		return fmt.Sprintf("the webhook returned %v", pass)
	})
	if x := field(v, "score"); !jsvalue.IsUndefined(x) {
		g.score = jsvalue.ToNumber(x)
		if s.inverse {
			g.score = 1 - g.score
		}
	}
	return g
}
