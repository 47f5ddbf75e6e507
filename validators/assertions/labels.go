package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildClassifier(s *spec, value any) (judgeFunc, error) {
	class, ok := value.(string)
	if !ok && !jsvalue.IsUndefined(value) {
		return nil, fmt.Errorf("value %s: allowed is the name of a class", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.deps.Classifier == nil {
			return grade{}, fmt.Errorf("%w: there is no classifier", ErrUnavailable)
		}
		all, err := c.deps.Classifier.Classify(ctx, c.text, c.judgeProvider())
		switch {
		case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
			return grade{}, err
		case err != nil:
			return judged("the classifier failed: %v", err), nil
		case len(all) == 0:
			return judged("the classifier named no class"), nil
		}
		score, named := all[class]
		if !ok {
			named = true
			score = math.Inf(-1)
			for _, p := range all {
				score = max(score, p)
			}
		}
		about := "the probability of " + quote(class) + " is"
		if !ok {
			about = "the highest probability is"
		}
		g := s.reaches(about, score, 1)
		if !named && g.pass {
			g.doubt = UnknownClass
		}
		return g, nil
	}, nil
}

func buildModeration(s *spec, value any) (judgeFunc, error) {
	var categories []string
	if jsvalue.Truthy(value) {
		list, ok := value.([]any)
		if !ok || len(list) == 0 || !isString(list[0]) {
			return nil, fmt.Errorf("value %s: allowed is a list of categories", shown(value))
		}
		for _, x := range list {
			categories = append(categories, jsvalue.ToString(x))
		}
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		if c.text == "" {
			g := s.inverted(grade{pass: true, score: 1}, false)
			if g.pass {
				g.doubt = NothingToJudge
			}
			return g, nil
		}
		if c.deps.Moderator == nil {
			return grade{}, fmt.Errorf("%w: there is no moderator", ErrUnavailable)
		}
		flags, err := c.deps.Moderator.Moderate(ctx, lastUserText(c.of.Prompt), c.text, c.judgeProvider())
		g := grade{pass: true, score: 1, note: "No moderation flags detected"}
		switch {
		case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
			return grade{}, err
		case errors.Is(err, ErrSilent):
			g.doubt = SilentModerator
		case err != nil:
			return judged("the moderator failed: %v", err), nil
		}
		var found []string
		for _, f := range flags {
			if len(categories) == 0 || slices.Contains(categories, f.Code) {
				found = append(found, f.Description)
			}
		}
		switch {
		case len(found) > 0:
			g = grade{reason: "Moderation flags detected: " + cut(strings.Join(found, ", "))}
		case len(flags) > 0:
			g.note = "No relevant moderation flags detected"
		}
		return s.inverted(g, false), nil
	}, nil
}

// lastUserText is what the user said last in a prompt of messages; another
// prompt is taken whole.
func lastUserText(prompt string) string {
	list, _ := parsed(prompt).([]any)
	for i := len(list) - 1; i >= 0; i-- {
		if field(list[i], "role") == "user" {
			if t, ok := field(list[i], "content").(string); ok {
				return t
			}
		}
	}
	return prompt
}
