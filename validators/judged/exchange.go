package judged

// Metrics that grade each exchange of a conversation.

// exchange is what the user says in its first messages, and the assistant's
// messages in the rest of it.
type exchange struct {
	turns   []Turn
	request []string
	answers []Turn
}

func newExchange(unit []Turn) exchange {
	x := exchange{turns: unit}
	i := 0
	for ; i < len(unit) && unit[i].Role == "user"; i++ {
		x.request = append(x.request, unit[i].Content)
	}
	for _, t := range unit[max(i, 1):] {
		if t.Role == assistant {
			x.answers = append(x.answers, t)
		}
	}
	return x
}

func (x exchange) calls() (out []Tool) {
	for _, t := range x.answers {
		out = append(out, t.ToolsCalled...)
	}
	return out
}

// data is what a prompt shows of it.
func (x exchange) data() map[string]any {
	steps := make([]any, len(x.answers))
	for i, t := range x.answers {
		step := map[string]any{"content": t.Content}
		if len(t.ToolsCalled) > 0 {
			step[string(ToolsCalled)] = t.ToolsCalled
		}
		steps[i] = step
	}
	return map[string]any{"request": x.request, "steps": steps}
}

// gradable are the case's exchanges.
func (s *session) gradable(c *Case) ([]exchange, error) {
	units, err := s.exchanges(c)
	out := make([]exchange, len(units))
	for i, unit := range units {
		out[i] = newExchange(unit)
	}
	return out, err
}

// gradeEach asks for a score of each exchange; more is what is shown beside it.
func (s *session) gradeEach(step string, list []exchange, more map[string]any) (out []graded, err error) {
	for _, x := range list {
		data := x.data()
		for k, v := range more {
			data[k] = v
		}
		g, err := s.grade(step, data)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// goalAccuracy is how well the exchanges reach what the user wants, and how well
// they are planned: the mean of both.
func goalAccuracy(s *session, c *Case) (outcome, error) {
	list, err := s.gradable(c)
	if err != nil {
		return outcome{}, err
	}
	goals, err := s.gradeEach("goal_score", list, nil)
	if err != nil {
		return outcome{}, err
	}
	plans, err := s.gradeEach("plan_score", list, nil)
	if err != nil {
		return outcome{}, err
	}
	goal, plan := mean(goals), mean(plans)
	out := outcome{items: len(goals) + len(plans), parts: map[string]float64{"goal": goal, "plan": plan}, score: s.p.clamp((goal+plan)/2, false)}
	data := map[string]any{"score": out.score, "verdicts": shownGrades(goals, plans)}
	if s.mode.own() {
		out.reason, err = s.reason(data)
	} else {
		out.reason, err = s.freeReason(data)
	}
	return out, err
}

// toolUse is how well tools are chosen in the exchanges, and how well they are
// called: the lower of both means.
func toolUse(s *session, c *Case) (outcome, error) {
	list, err := s.gradable(c)
	if err != nil {
		return outcome{}, err
	}
	var calling []exchange
	for _, x := range list {
		if len(x.calls()) > 0 {
			calling = append(calling, x)
		}
	}
	if len(calling) == 0 && s.mode.own() {
		return outcome{}, failf(NothingToJudge, "no tool was called")
	}
	tools := map[string]any{"available_tools": s.p.AvailableTools}
	choices, err := s.gradeEach("tool_selection", list, tools)
	if err != nil {
		return outcome{}, err
	}
	arguments, err := s.gradeEach("arguments", calling, tools)
	if err != nil {
		return outcome{}, err
	}
	chosen, called := mean(choices), mean(arguments)
	out := outcome{items: len(choices) + len(arguments), parts: map[string]float64{"selection": chosen, "arguments": called}, score: s.p.clamp(lesser(chosen, called), false)}
	if s.mode.own() {
		out.reason, err = s.reason(map[string]any{"score": out.score, "verdicts": shownGrades(choices, arguments)})
		return out, err
	}
	for _, part := range [][]graded{choices, arguments} { // both, whether they are wanted or not
		reason, err := s.textReason(map[string]any{"score": out.score, "verdicts": shownGrades(part)}, false)
		if err != nil {
			return out, err
		}
		out.reason += reason + "\n"
	}
	return out, nil
}

func checkToolUse(p *Params, m Mode) error {
	if p.AvailableTools == nil || m.own() && len(p.AvailableTools) == 0 {
		return failf(NothingToJudge, "available_tools is missing: list the tools that there are, [{name, description}]")
	}
	return nil
}
