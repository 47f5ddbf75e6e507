package judged

// Metrics of what was retrieved.

var precisionVerdicts = verdictSpec{reason: true}

// contextualPrecision says how well what is relevant is ranked before the rest.
func contextualPrecision(s *session, c *Case) (outcome, error) {
	spec := precisionVerdicts
	spec.count = len(c.Retrieval)
	list, err := s.verdicts(spec, map[string]any{"input": c.Input, "expected_output": *c.Expected,
		"retrieval_context": c.Retrieval, "count": len(c.Retrieval)})
	if err != nil {
		return outcome{}, err
	}
	return s.withReason(averagePrecision(s, list), list)
}

// averagePrecision is the mean over the relevant ranks of the share that is
// relevant up to there.
func averagePrecision(s *session, list []verdict) outcome {
	out := outcome{items: len(list), score: 0.0}
	sum, relevant := 0.0, 0
	for i, v := range list {
		word := v.word
		if s.mode.old() {
			word = lower(trim(word))
		}
		if word == yes {
			relevant++
			sum += float64(relevant) / float64(i+1)
		} else if v.reason != "" {
			out.complaint = append(out.complaint, v.reason)
		}
	}
	if relevant > 0 {
		out.score = s.p.clamp(sum/float64(relevant), false)
	}
	return out
}

var contextualRecall = direct{
	verdicts: verdictSpec{reason: true},
	polarity: polarity{good: yes, old: oldPolarity{word: yes}},
	data: func(_ *session, c *Case) map[string]any {
		return map[string]any{"expected_output": *c.Expected, "retrieval_context": c.Retrieval}
	},
}

var (
	relevancyVerdicts = verdictSpec{statement: true, whole: true}
	relevant          = polarity{good: yes, old: oldPolarity{word: yes}}
)

// contextualRelevancy asks about each context and pools the statements.
func contextualRelevancy(s *session, c *Case) (outcome, error) {
	var all []verdict
	for _, text := range c.Retrieval {
		list, err := s.verdicts(relevancyVerdicts, map[string]any{"input": c.Input, "retrieved": text})
		if err != nil {
			return outcome{}, err
		}
		all = append(all, list...)
	}
	return s.withReason(relevant.score(s.mode, s.p, all), all)
}
