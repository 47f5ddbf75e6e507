package judged

// jsonCorrectness is 1 when the output is a JSON object with the declared
// fields, else 0.
func jsonCorrectness(s *session, c *Case) (outcome, error) {
	problem := s.checkFields(*c.Output)
	out := outcome{items: 1, score: 1.0}
	if problem == "" {
		return out, nil
	}
	out.score, out.complaint = 0.0, []string{problem}
	if s.mode.own() {
		return out, nil // what is wrong is known without a judge
	}
	reason, err := s.reason(map[string]any{"actual_output": *c.Output, "fields": s.p.Fields, "problem": problem})
	out.reason = reason
	return out, err
}

func checkJSON(p *Params, m Mode) error {
	if p.Fields == nil || len(p.Fields) == 0 && m.own() {
		return failf(NothingToJudge, "expected_fields is missing: name the fields and their types, for example {age: int}")
	}
	return p.Fields.check("")
}

// checkFields says what is wrong with an output, "" when nothing is.
func (s *session) checkFields(output string) string {
	g := grammar{constants: true, duplicates: true, depth: 200}
	if s.mode.own() {
		g = grammar{depth: 200}
	}
	v, err := g.parse(output)
	if err != nil {
		return "the output is no JSON"
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return "the output is JSON, but no object"
	}
	return s.p.Fields.misfit("", obj, !s.mode.own())
}
