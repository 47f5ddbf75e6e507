package judged

// graded is a reply that holds a score and why.
type graded struct {
	score  float64
	reason string
}

// grade asks for a score in [0,1] with a reason.
func (s *session) grade(step string, data map[string]any) (g graded, err error) {
	err = s.question(Question{Step: step, Data: data}, func(obj map[string]any) error {
		g, err = s.readGrade(obj)
		return err
	})
	return g, err
}

func (s *session) readGrade(obj map[string]any) (g graded, err error) {
	if s.mode.own() {
		n, ok := obj["score"].(number)
		if !ok {
			return g, failf(SchemaInvalid, "score is no number")
		}
		if !(n.float >= 0 && n.float <= 1) {
			return g, failf(OutOfRange, "score %g is not in 0-1", n.float)
		}
		g.score = n.float
		g.reason, err = textField(obj, "reason", true)
		return g, err
	}
	if g.score, err = floatField(obj, "score"); err == nil {
		g.reason, err = textField(obj, "reason", true)
	}
	return g, err
}

// mean of the scores; none = 0.
func mean(list []graded) float64 {
	sum := 0.0
	for _, g := range list {
		sum += g.score
	}
	return sum / float64(max(len(list), 1))
}

// shownGrades is the list as a prompt shows it.
func shownGrades(lists ...[]graded) (out []any) {
	for _, list := range lists {
		for _, g := range list {
			out = append(out, map[string]any{"score": g.score, "reason": g.reason})
		}
	}
	return out
}
