package judged

// Metrics that look at the answer and what it was given.

var hallucination = direct{
	verdicts: verdictSpec{reason: true, oldWords: yesNo},
	polarity: polarity{good: yes, empty: 1, old: oldPolarity{word: no, trims: true, lower: true}},
	count:    func(_ *session, c *Case) int { return len(c.Context) },
	data: func(_ *session, c *Case) map[string]any {
		return map[string]any{"actual_output": *c.Output, "context": c.Context, "count": len(c.Context)}
	},
}

var faithful = polarity{good: yes, borderline: unlessPenalized, empty: 1,
	old: oldPolarity{word: no, other: true, trims: true, empty: 1, minus: func(p *Params) string {
		if p.PenalizeAmbiguous {
			return "idk"
		}
		return ""
	}}}

var claimVerdicts = verdictSpec{borderline: true, oldWords: yesNoIdk}

func faithfulness(s *session, c *Case) (outcome, error) {
	truths, claims, err := s.truthsAndClaims(c.Retrieval, *c.Output)
	if err != nil {
		return outcome{}, err
	}
	list, err := s.judgeClaims(truths, claims)
	if err != nil {
		return outcome{}, err
	}
	out, err := s.withReason(faithful.score(s.mode, s.p, list), list)
	return listed(out, err, truths)
}

// truthsAndClaims takes facts out of the source and claims out of the output.
func (s *session) truthsAndClaims(source any, output string) (truths, claims any, err error) {
	if truths, err = s.texts("truths", "truths", s.truthsData(source)); err != nil {
		return nil, nil, err
	}
	if n, _ := length(truths); n == 0 && s.mode.own() {
		return nil, nil, at("truths", failf(NothingToJudge, "the judge found no facts to hold the output's claims against"))
	}
	claims, err = s.texts("claims", "claims", map[string]any{"actual_output": output})
	return truths, claims, err
}

func (s *session) truthsData(source any) map[string]any {
	data := map[string]any{"source": source}
	if l := s.p.TruthsLimit; l != nil {
		data["limit"] = max(*l, 0)
	}
	return data
}

// checkTruths refuses a limit that leaves nothing to hold claims against.
func checkTruths(p *Params, m Mode) error {
	if l := p.TruthsLimit; l != nil && *l < 1 && m.own() {
		return failf(OutOfRange, "truths_extraction_limit %d: allowed are whole numbers from 1", *l)
	}
	return nil
}

// listed is what DeepEval finds out at the very end, when it shows its steps.
func listed(out outcome, err error, values ...any) (outcome, error) {
	for _, v := range values {
		if err == nil && !iterable(v) {
			err = failf(Other, "the judge gave something that is no list")
		}
	}
	return out, err
}

func (s *session) judgeClaims(truths, claims any) ([]verdict, error) {
	if n, ok := length(claims); ok && n > 0 && !joinable(truths) {
		return nil, failf(Other, "truths is no list of texts")
	}
	return s.judgeItems(claimVerdicts, "claims", claims, true, func(*Case) map[string]any {
		return map[string]any{"truths": truths}
	}, nil)
}

var answerRelevancy = extracted{step: "statements", key: "statements",
	verdicts: verdictSpec{borderline: true, oldWords: yesNoIdk},
	polarity: polarity{good: yes, borderline: always, empty: 1, old: countsNotNo},
	some:     true,
	proper:   true,
	more:     func(c *Case) map[string]any { return map[string]any{"input": c.Input} },
}

var opinionated = polarity{good: no, empty: 1, old: oldPolarity{word: yes, trims: true, lower: true}}

var bias = extracted{step: "opinions", key: "opinions", verdicts: verdictSpec{oldWords: yesNo}, polarity: opinionated}

var toxicity = extracted{step: "opinions", key: "opinions", verdicts: verdictSpec{oldWords: yesNo}, polarity: opinionated}

var piiLeakage = extracted{step: "extract", key: "extracted_pii", verdicts: verdictSpec{reason: true},
	polarity: polarity{good: no, empty: 1, old: oldPolarity{word: no, trims: true, empty: 1}}}

var promptAlignment = direct{
	verdicts: verdictSpec{},
	polarity: polarity{good: yes, empty: 1, old: countsNotNo},
	count:    func(s *session, _ *Case) int { return len(s.p.Instructions) },
	data: func(s *session, c *Case) map[string]any {
		return map[string]any{"instructions": s.p.Instructions, "input": c.Input, "actual_output": *c.Output, "count": len(s.p.Instructions)}
	},
}

func checkPromptAlignment(p *Params, _ Mode) error {
	if len(p.Instructions) == 0 {
		return failf(Other, "prompt_instructions is missing: list what the prompt asks for")
	}
	return nil
}

var argumentVerdicts = direct{
	verdicts: verdictSpec{oldWords: yesNoIdk},
	polarity: polarity{good: yes, empty: 1, old: countsNotNo},
	count:    func(_ *session, c *Case) int { return len(c.ToolsCalled) },
	data: func(_ *session, c *Case) map[string]any {
		return map[string]any{"input": c.Input, "tools_called": c.ToolsCalled, "count": len(c.ToolsCalled)}
	},
}

func argumentCorrectness(s *session, c *Case) (outcome, error) {
	if len(c.ToolsCalled) > 0 {
		return argumentVerdicts.measure(s, c)
	}
	if s.mode.own() {
		return outcome{}, failf(NothingToJudge, "no tool was called")
	}
	return outcome{score: 1.0}, nil
}
