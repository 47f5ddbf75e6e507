package judged

import "slices"

// Metrics that ask nobody.

// exactMatch is 1 when the output is the expected one, blanks around them aside.
func exactMatch(s *session, c *Case) (outcome, error) {
	return either(trim(*c.Output) == trim(*c.Expected), "the output is not the expected one"), nil
}

func either(good bool, complaint string) outcome {
	if good {
		return outcome{items: 1, score: 1.0}
	}
	return outcome{items: 1, score: 0.0, complaint: []string{complaint}}
}

// patternMatch is 1 when the whole output matches the pattern, blanks around it
// aside.
func patternMatch(s *session, c *Case) (outcome, error) {
	found, err := s.p.pattern.MatchString(trim(*c.Output))
	if err != nil {
		return outcome{}, failf(Other, "the pattern takes too much time or memory for this output")
	}
	return either(found, "the output does not match the pattern"), nil
}

func checkPattern(p *Params, m Mode) (err error) {
	if p.Pattern == nil || m.own() && trim(*p.Pattern) == "" {
		return failf(NothingToJudge, "pattern is missing: give a regular expression, as Python has them, that the whole output has to match")
	}
	if p.pattern, err = compilePattern(trim(*p.Pattern), p.IgnoreCase); err != nil {
		return failf(Other, "pattern %s: %v", shown(*p.Pattern), err)
	}
	return nil
}

// toolPermission is the share of the calls that were allowed.
func toolPermission(s *session, c *Case) (outcome, error) {
	out := outcome{items: len(c.ToolsCalled), score: 1.0}
	for _, t := range c.ToolsCalled {
		if slices.Contains(s.p.DeniedTools, t.Name) || s.p.AllowedTools != nil && !slices.Contains(s.p.AllowedTools, t.Name) {
			out.complaint = append(out.complaint, shown(t.Name)+" was called and must not be")
		}
	}
	if n := len(c.ToolsCalled); n > 0 {
		out.score = s.p.clamp(float64(n-len(out.complaint))/float64(n), false)
	}
	return out, nil
}

func checkPermission(p *Params, m Mode) error {
	if p.AllowedTools == nil && (p.DeniedTools == nil || m.own() && len(p.DeniedTools) == 0) {
		return failf(NothingToJudge, "allowed_tools or denied_tools is missing: list the names of tools that may be called, or of those that must not")
	}
	return nil
}
