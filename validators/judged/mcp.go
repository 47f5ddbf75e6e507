package judged

// Metrics of how the primitives of MCP servers are used: tools, resources, prompts.

// servers are those of the case, else those that the metric was given.
func (s *session) servers(c *Case) []map[string]any {
	if len(c.Servers) > 0 {
		return c.Servers
	}
	return s.p.Servers
}

// mcpUse is how well primitives are chosen, and how well they are called: the
// lower of both.
func mcpUse(s *session, c *Case) (outcome, error) {
	if err := s.called(c); err != nil {
		return outcome{}, err
	}
	data := func() map[string]any {
		d := map[string]any{"request": c.Input, "steps": []any{map[string]any{"content": *c.Output, string(ToolsCalled): c.ToolsCalled}}, "mcp_servers": s.servers(c)}
		if len(c.MCPCalls) > 0 {
			d["mcp_calls"] = c.MCPCalls
		}
		return d
	}
	choice, err := s.grade("primitives", data())
	if err != nil {
		return outcome{}, err
	}
	arguments, err := s.grade("arguments", data())
	if err != nil {
		return outcome{}, err
	}
	return outcome{items: 2, parts: map[string]float64{"primitives": choice.score, "arguments": arguments.score},
		score: s.p.clamp(lesser(choice.score, arguments.score), false), reason: trim(choice.reason + "\n" + arguments.reason)}, nil
}

// called wants to know what was called, and that something was. DeepEval also
// judges that nothing is known.
func (s *session) called(c *Case) error {
	switch {
	case !s.mode.own() || len(c.ToolsCalled)+len(c.MCPCalls) > 0:
		return nil
	case c.ToolsCalled == nil:
		return failf(MissingParams, "the case has no %s", ToolsCalled)
	}
	return failf(NothingToJudge, "no tool was called")
}

// mcpTasks are the exchanges in which the assistant does more than answer: for
// DeepEval those of more than two turns.
func (s *session) mcpTasks(c *Case) ([]exchange, error) {
	list, err := s.gradable(c)
	if err != nil {
		return nil, err
	}
	var tasks []exchange
	for _, x := range list {
		if len(x.turns) > 2 || s.mode.own() && len(x.calls()) > 0 {
			tasks = append(tasks, x)
		}
	}
	if len(tasks) == 0 && s.mode.own() {
		return nil, failf(NothingToJudge, "no exchange of the conversation calls a tool")
	}
	return tasks, nil
}

// mcpTaskCompletion is how far the exchanges do what the user asks for.
func mcpTaskCompletion(s *session, c *Case) (outcome, error) {
	tasks, err := s.mcpTasks(c)
	if err != nil {
		return outcome{}, err
	}
	list, err := s.gradeEach("score", tasks, map[string]any{"mcp_servers": s.servers(c)})
	if err != nil {
		return outcome{}, err
	}
	out := outcome{items: len(list), score: s.p.clamp(mean(list), false)}
	out.reason, err = s.reason(map[string]any{"score": out.score, "verdicts": shownGrades(list)})
	return out, err
}

// multiTurnMCPUse is mcpUse of the exchanges: the lower of both means.
func multiTurnMCPUse(s *session, c *Case) (outcome, error) {
	tasks, err := s.mcpTasks(c)
	if err != nil {
		return outcome{}, err
	}
	servers := map[string]any{"mcp_servers": s.servers(c)}
	choices, err := s.gradeEach("primitives", tasks, servers)
	if err != nil {
		return outcome{}, err
	}
	arguments, err := s.gradeEach("arguments", tasks, servers)
	if err != nil {
		return outcome{}, err
	}
	chosen, called := mean(choices), mean(arguments)
	out := outcome{items: len(choices) + len(arguments), parts: map[string]float64{"primitives": chosen, "arguments": called}, score: s.p.clamp(lesser(chosen, called), false)}
	out.reason, err = s.reason(map[string]any{"score": out.score, "verdicts": shownGrades(choices, arguments)})
	return out, err
}
