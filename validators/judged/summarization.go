package judged

// Parts of a summarization's score.
const (
	Alignment = "Alignment" // the summary says nothing that the text does not
	Coverage  = "Coverage"  // what the text answers, the summary answers
)

var aligned = polarity{good: yes, old: countsYes}

// summarization is the worse of alignment and coverage: the input is the text,
// the output its summary.
func summarization(s *session, c *Case) (outcome, error) {
	truths, claims, err := s.truthsAndClaims(c.Input, *c.Output)
	if err != nil {
		return outcome{}, err
	}
	questions, coverage, err := s.coverage(c)
	if err != nil {
		return outcome{}, err
	}
	list, err := s.judgeClaims(truths, claims)
	if err != nil {
		return outcome{}, err
	}
	out := aligned.score(s.mode, s.p, list)
	alignment := s.p.clamp(out.score.(float64), false)
	out.parts = map[string]float64{Alignment: alignment, Coverage: coverage}
	out.score = min(alignment, coverage)
	reason, err := s.reason(map[string]any{"score": out.score, "alignment": alignment, "coverage": coverage, "verdicts": s.shown(list)})
	out.reason = reason
	return listed(out, err, truths, questions)
}

// coverage is the share of the questions that the text answers with yes and the
// summary does, too.
func (s *session) coverage(c *Case) (questions any, share float64, err error) {
	if questions, err = s.questions(c.Input); err != nil {
		return nil, 0, err
	}
	original, err := s.answers(questions, c.Input)
	if err != nil {
		return nil, 0, err
	}
	summary, err := s.answers(questions, *c.Output)
	if err != nil {
		return nil, 0, err
	}
	total, covered, err := s.compareAnswers(questions, original, summary)
	switch {
	case err != nil:
		return nil, 0, err
	case total == 0 && s.mode.own():
		return nil, 0, failf(NothingToJudge, "the text answers none of the questions with yes")
	case total == 0:
		return questions, 0, nil
	}
	return questions, s.p.clamp(float64(covered)/float64(total), false), nil
}

// questions are those of the user, else the judge makes some.
func (s *session) questions(text string) (any, error) {
	if len(s.p.Questions) > 0 {
		list := make([]any, len(s.p.Questions))
		for i, q := range s.p.Questions {
			list[i] = q
		}
		return list, nil
	}
	n := s.p.N
	if n == 0 {
		n = 5
	}
	questions, err := s.texts("questions", "questions", map[string]any{"text": text, "count": n})
	if list, ok := questions.([]any); err == nil && s.mode.own() && ok && len(list) == 0 {
		err = at("questions", failf(NothingToJudge, "the judge made no questions"))
	}
	return questions, err
}

// answers asks what a text says to the questions.
func (s *session) answers(questions any, text string) (list any, err error) {
	count, _ := length(questions)
	q := Question{Step: "answers", Data: map[string]any{"questions": questions, "text": text, "count": count}}
	if !s.mode.own() {
		return s.textsOf(q, "answers")
	}
	err = s.question(q, func(obj map[string]any) error {
		answers, err := ownTexts(obj, "answers")
		switch {
		case err != nil:
			return err
		case len(answers) != count:
			return failf(CountDiffers, "%d answers to %d questions", len(answers), count)
		}
		words := make([]any, count)
		for i, a := range answers {
			word := verdictSpec{borderline: true}.wordOf(a)
			if word == "" {
				return failf(UnknownWord, "answer %d is %s; known: yes, no, idk", i+1, shown(a.(string)))
			}
			words[i] = word
		}
		list = words
		return nil
	})
	return list, err
}

// compareAnswers counts the questions that the text answers with yes, and those
// of them that the summary answers so, too.
func (s *session) compareAnswers(questions, original, summary any) (total, covered int, err error) {
	n, ok := length(original)
	m, ok2 := length(summary)
	switch {
	case !ok || !ok2:
		return 0, 0, failf(Other, "answers is no list")
	case n != m:
		return 0, 0, failf(Other, "%d answers of the text and %d of the summary", n, m)
	}
	for i := range n {
		a, ok := item(original, i)
		b, ok2 := item(summary, i)
		q, ok3 := item(questions, i)
		_, text := a.(string)
		_, text2 := b.(string)
		_, text3 := q.(string)
		if !ok || !ok2 || !ok3 || !text || !text2 || !text3 {
			return 0, 0, failf(Other, "answer %d has no question, or is no text", i+1)
		}
		if lower(trim(a.(string))) == yes {
			total++
			if lower(trim(b.(string))) == yes {
				covered++
			}
		}
	}
	return total, covered, nil
}
