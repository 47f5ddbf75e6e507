package judged

import "regexp"

// marker is a citation of a passage: [1].
var marker = regexp.MustCompile(`\[[0-9]+\]`)

// citationFaithfulness is 1 when the passages support what the output says, each
// the one that it is cited for; else 0.
func citationFaithfulness(s *session, c *Case) (outcome, error) {
	if s.mode.own() && !marker.MatchString(*c.Output) {
		return outcome{}, failf(NothingToJudge, "the output cites no passage: there is no [1] in it")
	}
	passages := make([]any, len(c.Retrieval))
	for i, text := range c.Retrieval {
		passages[i] = map[string]any{"number": i + 1, "text": text}
	}
	var out outcome
	data := map[string]any{"input": c.Input, "actual_output": *c.Output, "passages": passages}
	err := s.question(Question{Step: "verdict", Data: data}, func(obj map[string]any) error {
		word, err := textField(obj, "verdict", true)
		if err != nil {
			return err
		}
		if word != "faithful" && word != "unfaithful" {
			return failf(UnknownWord, "the verdict is %s; known: faithful, unfaithful", shown(word))
		}
		reason, err := textField(obj, "reasoning", false)
		out = either(word == "faithful", reason)
		out.reason = reason
		return err
	})
	return out, err
}
