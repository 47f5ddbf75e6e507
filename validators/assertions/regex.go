package assertions

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/script"
)

func buildRegex(s *spec, value any) (judgeFunc, error) {
	pattern, ok := value.(string)
	if !ok || pattern == "" {
		return nil, fmt.Errorf("value %s: allowed is a pattern", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if s.deps.Regexps == nil {
			return grade{}, fmt.Errorf("%w: there is no engine for JavaScript's patterns", ErrUnavailable)
		}
		matches, err := s.deps.Regexps.Match(ctx, pattern, "", c.text)
		var thrown *script.Thrown
		if errors.As(err, &thrown) {
			return grade{reason: "the pattern is wrong: " + thrown.Error()}, nil
		}
		if err != nil {
			return grade{}, err
		}
		return verdict(matches, s.inverse, func() string {
			return fmt.Sprintf("expected %sa match of /%s/, got %s", notWord(s.inverse), cut(pattern), quote(c.text))
		}), nil
	}, nil
}
