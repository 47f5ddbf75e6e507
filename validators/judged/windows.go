package judged

// Metrics of what was retrieved for the turns of a conversation. Each exchange is
// judged together with those before it, as far as the window reaches.

type window struct {
	turns     []Turn
	said      []string // by the user
	retrieved []string // for the assistant's turns
}

// windows are the case's exchanges, each with those before it.
func (s *session) windows(c *Case) ([]window, error) {
	size := s.p.Window
	if size == 0 {
		size = 10
	}
	units, err := s.exchanges(c)
	out := make([]window, len(units))
	for i := range units {
		for _, u := range units[max(0, i-size+1) : i+1] {
			out[i].add(u)
		}
	}
	return out, err
}

func (w *window) add(unit []Turn) {
	w.turns = append(w.turns, unit...)
	for _, t := range unit {
		if t.Role == "user" {
			w.said = append(w.said, t.Content)
		} else {
			w.retrieved = append(w.retrieved, t.Retrieval...)
		}
	}
}

// windowed is a metric whose score is the mean over the windows.
type windowed struct {
	verdicts func(*session, *Case, window) ([]verdict, error)
	score    func(*session, []verdict) outcome
}

func (t windowed) measure(s *session, c *Case) (outcome, error) {
	windows, err := s.windows(c)
	if err != nil {
		return outcome{}, err
	}
	var out outcome
	var list []verdict
	sum, n, retrieved := 0.0, 0, false
	for _, w := range windows {
		if s.mode.own() && allBlank(w.retrieved) {
			continue
		}
		retrieved = true
		found, err := t.verdicts(s, c, w)
		if err != nil {
			return outcome{}, err
		}
		one := outcome{score: 1.0}
		switch {
		case len(found) > 0:
			one, err = t.one(s, found)
		case s.mode.own():
			continue
		}
		if err != nil {
			return outcome{}, err
		}
		score, _ := numeric(one.score)
		sum, n = sum+score, n+1
		list, out.complaint = append(list, found...), append(out.complaint, one.complaint...)
	}
	out.items, out.score = len(list), 1.0
	switch {
	case n > 0:
		out.score = sum / float64(n)
		return s.withReason(out, list)
	case s.mode.own() && !retrieved:
		return outcome{}, failf(MissingParams, "no turn of the assistant has a %s", RetrievalContext)
	case s.mode.own():
		return outcome{}, failf(NothingToJudge, "the judge found nothing in the conversation that could be judged")
	}
	return out, nil // DeepEval words the reason itself
}

// one scores a window. Default mode asks for a reason of the whole alone.
func (t windowed) one(s *session, found []verdict) (outcome, error) {
	out := t.score(s, found)
	if s.mode.own() || !s.p.reasons() {
		return out, nil
	}
	_, err := s.textReason(map[string]any{"score": out.score, "verdicts": s.shown(found)}, true)
	return out, err
}

// turnVerdicts are verdicts on a window. DeepEval 4.1.10 reads none that a judge
// gives in free text.
func (s *session) turnVerdicts(spec verdictSpec, data map[string]any) ([]verdict, error) {
	if s.mode != Old {
		return s.verdicts(spec, data)
	}
	return nil, s.question(Question{Step: "verdicts", Data: data}, func(obj map[string]any) error {
		raw, ok := obj["verdicts"]
		if !ok {
			return failf(MissingKey, "the reply has no verdicts")
		}
		if list, ok := raw.([]any); !ok || len(list) > 0 {
			return failf(Other, "DeepEval 4.1.10 reads verdicts on turns from schemas alone (compat %s)", OldSchema)
		}
		return nil
	})
}

func polar(p polarity) func(*session, []verdict) outcome {
	return func(s *session, list []verdict) outcome { return p.score(s.mode, s.p, list) }
}

var turnFaithfulness = windowed{score: polar(faithful), verdicts: func(s *session, _ *Case, w window) ([]verdict, error) {
	truths, err := s.listed("truths", s.truthsData(w.retrieved))
	if err != nil {
		return nil, err
	}
	if len(truths) == 0 && s.mode.own() {
		return nil, at("truths", failf(NothingToJudge, "the judge found no facts to hold the assistant's claims against"))
	}
	claims, err := s.listed("claims", map[string]any{"turns": plainTurns(w.turns)})
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	spec := claimVerdicts
	spec.count = len(claims)
	return s.turnVerdicts(spec, map[string]any{"truths": truths, "claims": claims, "count": len(claims)})
}}

var turnContextualPrecision = windowed{score: averagePrecision, verdicts: func(s *session, c *Case, w window) ([]verdict, error) {
	if len(w.retrieved) == 0 {
		return nil, nil
	}
	spec := precisionVerdicts
	spec.count = len(w.retrieved)
	return s.turnVerdicts(spec, map[string]any{"said": w.said, "expected_outcome": *c.Outcome, "retrieval_context": w.retrieved, "count": len(w.retrieved)})
}}

var supported = polarity{good: yes, old: countsYes}

var turnContextualRecall = windowed{score: polar(supported), verdicts: func(s *session, c *Case, w window) ([]verdict, error) {
	if len(w.retrieved) == 0 {
		return nil, nil
	}
	return s.turnVerdicts(contextualRecall.verdicts, map[string]any{"expected_outcome": *c.Outcome, "retrieval_context": w.retrieved})
}}

var turnContextualRelevancy = windowed{score: polar(supported), verdicts: func(s *session, _ *Case, w window) ([]verdict, error) {
	var all []verdict
	for _, text := range w.retrieved {
		if s.mode.own() && trim(text) == "" {
			continue
		}
		list, err := s.turnVerdicts(relevancyVerdicts, map[string]any{"said": w.said, "retrieved": text})
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}}
