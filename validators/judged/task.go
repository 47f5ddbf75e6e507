package judged

// taskCompletion asks what the task was and what came of it, then how far the
// one fulfils the other.
func taskCompletion(s *session, c *Case) (outcome, error) {
	var task, result any
	data := map[string]any{"input": c.Input, "actual_output": *c.Output, "tools_called": c.ToolsCalled}
	err := s.question(Question{Step: "task_and_outcome", Data: data}, func(obj map[string]any) (err error) {
		task, result, err = s.readTask(obj)
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	if s.p.Task != nil {
		task = *s.p.Task
	}
	out := outcome{items: 1}
	err = s.question(Question{Step: "verdict", Data: map[string]any{"task": task, "outcome": result}}, func(obj map[string]any) (err error) {
		out.score, out.reason, err = s.readTaskVerdict(obj)
		return err
	})
	if err != nil || !s.p.strict() {
		return out, err
	}
	f, ok := numeric(out.score)
	if !ok {
		return out, at("verdict", failf(Other, "the verdict is no number"))
	}
	if t, _ := s.p.threshold(false); f < t {
		out.score = 0.0
	}
	return out, nil
}

func checkTask(p *Params, m Mode) error {
	if p.Task != nil && trim(*p.Task) == "" && m.own() {
		return failf(MissingParams, "task is blank: say what is to be done, or leave it out")
	}
	return nil
}

func (s *session) readTask(obj map[string]any) (task, result any, err error) {
	if s.mode.own() || s.mode.schema() {
		if task, err = textField(obj, "task", true); err == nil {
			result, err = textField(obj, "outcome", true)
		}
		if err == nil && s.mode.own() && (trim(task.(string)) == "" || trim(result.(string)) == "") {
			err = failf(NothingToJudge, "the judge names no task or no outcome")
		}
		return task, result, err
	}
	task, ok := obj["task"]
	result, ok2 := obj["outcome"]
	if !ok || !ok2 {
		return nil, nil, failf(MissingKey, "the reply has no task or no outcome")
	}
	return task, result, nil
}

func (s *session) readTaskVerdict(obj map[string]any) (score any, reason string, err error) {
	switch {
	case s.mode.own():
		n, ok := obj["verdict"].(number)
		if !ok {
			return nil, "", failf(SchemaInvalid, "verdict is no number")
		}
		if !(n.float >= 0 && n.float <= 1) {
			return nil, "", failf(OutOfRange, "verdict %g is not in 0-1", n.float)
		}
		if reason, err = textField(obj, "reason", true); err != nil {
			s.noted, err = err.Error(), nil
		}
		return n.float, reason, err
	case s.mode.schema():
		f, err := floatField(obj, "verdict")
		if err == nil {
			reason, err = textField(obj, "reason", false)
		}
		return f, reason, err
	}
	score, ok := obj["verdict"]
	why, ok2 := obj["reason"]
	if !ok || !ok2 {
		return nil, "", failf(MissingKey, "the reply has no verdict or no reason")
	}
	reason, _ = why.(string)
	return score, reason, nil
}
