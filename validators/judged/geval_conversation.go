package judged

import "slices"

// conversationFields are those of a conversation that a g-eval can look at:
// the first four of each turn, the others of the whole.
var conversationFields = []Field{Role, Content, RetrievalContext, ToolsCalled, Scenario, ExpectedOutcome, Metadata, Tags}

func checkConversationalGEval(p *Params, m Mode) error {
	if err := checkGEvalCommon(p, m); err != nil || !m.own() {
		return err
	}
	return checkGEvalFields(p, conversationFields)
}

// conversationalGEval is a g-eval of a whole conversation.
func conversationalGEval(s *session, c *Case) (outcome, error) {
	if err := checkGEvalFields(s.p, conversationFields); err != nil {
		return outcome{}, err
	}
	p := *s.p
	p.EvaluationParams = slices.Clone(p.EvaluationParams)
	for _, f := range []Field{Content, Role} { // without them there is no conversation
		if !slices.Contains(p.EvaluationParams, f) {
			p.EvaluationParams = append(p.EvaluationParams, f)
		}
	}
	s.p = &p
	parts, err := s.conversationParts(c)
	if err != nil {
		return outcome{}, err
	}
	lo, hi := 0.0, 10.0
	weigh := s.weightedFirst
	if s.mode.own() {
		lo, hi = scale(sorted(p.Rubric))
		weigh = s.weighted
	}
	raw, reason, err := s.stepped(parts, lo, hi, weigh)
	if err != nil {
		return outcome{}, err
	}
	f, ok := toFloat(raw)
	if !ok {
		return outcome{}, failf(Other, "the score is no number")
	}
	if s.mode.own() && p.strict() {
		lo, hi = 0, 1
	}
	return outcome{items: 1, reason: reason, score: p.clamp((f-lo)/(hi-lo), false)}, nil
}

// conversationParts are what the judge is shown.
func (s *session) conversationParts(c *Case) ([]any, error) {
	var parts []any
	has := func(f Field) bool { return slices.Contains(s.p.EvaluationParams, f) }
	for _, f := range conversationFields[4:] {
		if !has(f) {
			continue
		}
		if err := s.need(c, []Field{f}); err != nil {
			return nil, err
		}
		parts = append(parts, map[string]any{"name": string(f), "value": c.value(f)})
	}
	turns := make([]any, len(c.Turns))
	for i, t := range c.Turns {
		turn := map[string]any{"role": t.Role, "content": t.Content}
		if has(RetrievalContext) && t.Retrieval != nil {
			turn[string(RetrievalContext)] = t.Retrieval
		}
		if has(ToolsCalled) && t.ToolsCalled != nil {
			turn[string(ToolsCalled)] = t.ToolsCalled
		}
		turns[i] = turn
	}
	return append(parts, map[string]any{"name": string(Turns), "value": turns}), nil
}

// weightedFirst is weighted as DeepEval does it for conversations: by the first
// token that is the score, and without a weight there is no score.
func (s *session) weightedFirst(score any, tokens []Token, lo, hi float64) (any, error) {
	at := slices.IndexFunc(tokens, func(t Token) bool { return t.Text == written(score) })
	if at < 0 {
		return score, nil
	}
	mean, ok := s.mean(tokens[at].Top, lo, hi)
	if !ok {
		return nil, failf(Other, "no alternative of the score is a number")
	}
	return mean, nil
}
