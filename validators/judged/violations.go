package judged

// Metrics of what an output must not do. A violation is listed by the judge and
// then judged again, so that what only looks like one does not count.

var misuse = extracted{step: "misuses", key: "misuses", verdicts: verdictSpec{oldWords: yesNo}, polarity: opinionated,
	given: func(p *Params) map[string]any { return map[string]any{"domain": *p.Domain} }}

var nonAdvice = extracted{step: "advices", key: "advices", verdicts: verdictSpec{reason: true}, polarity: piiLeakage.polarity,
	given: func(p *Params) map[string]any { return map[string]any{"advice_types": p.AdviceTypes} }}

var roleViolations = extracted{step: "role_violations", key: "role_violations", verdicts: verdictSpec{reason: true},
	polarity: polarity{good: no, empty: 1, old: oldPolarity{word: yes, other: true, trims: true, empty: 1}},
	given:    func(p *Params) map[string]any { return map[string]any{"role": *p.Role} }, whole: true}

func checkMisuse(p *Params, _ Mode) error {
	if p.Domain == nil || trim(*p.Domain) == "" {
		return failf(Other, "domain is missing: say what the agent is for, for example personal finance")
	}
	return nil
}

func checkNonAdvice(p *Params, _ Mode) error {
	if len(p.AdviceTypes) == 0 {
		return failf(Other, "advice_types is missing: list what the agent must not advise on, for example [financial, medical]")
	}
	return nil
}

func checkRoleViolation(p *Params, m Mode) error {
	if p.Role == nil || m.own() && trim(*p.Role) == "" {
		return failf(MissingParams, "role is missing: say what the agent is, for example a help desk for printers")
	}
	return nil
}
