package judged

// Metrics of the steps that an agent took. DeepEval asks about them even where
// none are known.

// planQuality is how good the agent's plan for its task is.
func planQuality(s *session, c *Case) (outcome, error) {
	return s.planned(c, map[string]any{})
}

// planAdherence is how closely the agent's steps keep to its plan.
func planAdherence(s *session, c *Case) (outcome, error) {
	return s.planned(c, map[string]any{"trace": c.Trace})
}

// stepEfficiency is how little the agent did that its task did not need.
func stepEfficiency(s *session, c *Case) (outcome, error) {
	task, err := s.taskOf(c)
	if err != nil {
		return outcome{}, err
	}
	return s.gradedOnce(map[string]any{"task": task, "trace": c.Trace})
}

func (s *session) planned(c *Case, data map[string]any) (outcome, error) {
	task, err := s.taskOf(c)
	if err != nil {
		return outcome{}, err
	}
	plan, err := s.listed("plan", map[string]any{"trace": c.Trace})
	if err != nil {
		return outcome{}, err
	}
	switch {
	case len(plan) > 0:
	case s.mode.own():
		return outcome{}, at("plan", failf(NothingToJudge, "the judge found no plan in the trace"))
	default:
		return outcome{score: 1.0}, nil
	}
	data["task"], data["plan"] = task, plan
	return s.gradedOnce(data)
}

func (s *session) gradedOnce(data map[string]any) (outcome, error) {
	g, err := s.grade("score", data)
	return outcome{items: 1, reason: g.reason, score: s.p.clamp(g.score, false)}, err
}

// taskOf asks what the agent was to do.
func (s *session) taskOf(c *Case) (task any, err error) {
	err = s.question(Question{Step: "task", Data: map[string]any{"trace": c.Trace}}, func(obj map[string]any) error {
		var ok bool
		if task, ok = obj["task"]; !ok {
			return failf(MissingKey, "the reply has no task")
		}
		if !s.mode.own() && !s.mode.schema() {
			return nil
		}
		text, err := textField(obj, "task", true)
		if err == nil && s.mode.own() && trim(text) == "" {
			err = failf(NothingToJudge, "the judge names no task")
		}
		return err
	})
	return task, err
}
