package judged

import "slices"

// The words for a question and what came of it: whether it is about one of the
// topics, and whether the assistant did right to answer it or to decline.
const (
	onTopicAnswered   = "TP"
	offTopicDeclined  = "TN"
	offTopicAnswered  = "FP"
	onTopicUnanswered = "FN"
)

var topicWords = []string{onTopicAnswered, offTopicDeclined, offTopicAnswered, onTopicUnanswered}

type pair struct{ question, response string }

// topicAdherence is the share of the user's questions that are answered when they
// are about the topics, and declined when they are not.
func topicAdherence(s *session, c *Case) (outcome, error) {
	units, err := s.exchanges(c)
	if err != nil {
		return outcome{}, err
	}
	var pairs []pair
	for _, unit := range units {
		found, err := s.pairs(unit)
		if err != nil {
			return outcome{}, err
		}
		if pairs = append(pairs, found...); s.mode.own() && len(pairs) > mostAsked {
			return outcome{}, at("qa_pairs", failf(TooLarge, "the judge finds more than %d questions", mostAsked))
		}
	}
	if len(pairs) == 0 && s.mode.own() {
		return outcome{}, at("qa_pairs", failf(NothingToJudge, "the judge found no question of the user"))
	}
	var list []verdict
	good := 0
	out := outcome{items: len(pairs), score: 0.0}
	for _, p := range pairs {
		v, err := s.onTopic(p)
		if err != nil {
			return outcome{}, err
		}
		list = append(list, v)
		if v.word == onTopicAnswered || v.word == offTopicDeclined {
			good++
		} else if v.reason != "" {
			out.complaint = append(out.complaint, v.reason)
		}
	}
	if len(list) == 0 {
		return out, nil // DeepEval words the reason itself
	}
	out.score = s.p.clamp(float64(good)/float64(len(list)), false)
	return s.withReason(out, list)
}

// pairs asks for the user's questions in an exchange, each with its answer.
func (s *session) pairs(unit []Turn) (out []pair, err error) {
	err = s.question(Question{Step: "qa_pairs", Data: map[string]any{"turns": plainTurns(unit)}}, func(obj map[string]any) error {
		items, err := listField(obj, "qa_pairs")
		out = nil
		for i, x := range items {
			it, ok := x.(map[string]any)
			if !ok {
				return failf(SchemaInvalid, "pair %d is no object", i+1)
			}
			var p pair
			if p.question, err = textField(it, "question", true); err == nil {
				p.response, err = textField(it, "response", true)
			}
			if err == nil && s.mode.own() && trim(p.question) == "" {
				err = failf(SchemaInvalid, "question %d is blank", i+1)
			}
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return err
	})
	return out, err
}

// onTopic asks for the verdict on one question.
func (s *session) onTopic(p pair) (v verdict, err error) {
	data := map[string]any{"relevant_topics": s.p.Topics, "question": p.question, "response": p.response}
	err = s.question(Question{Step: "verdict", Data: data}, func(obj map[string]any) error {
		if v.word, err = textField(obj, "verdict", true); err != nil {
			return err
		}
		if !slices.Contains(topicWords, v.word) {
			return failf(UnknownWord, "the verdict is %s; known: TP, TN, FP, FN", shown(v.word))
		}
		v.reason, err = textField(obj, "reason", true)
		return err
	})
	return v, err
}

func checkTopics(p *Params, m Mode) error {
	if p.Topics == nil || m.own() && allBlank(p.Topics) {
		return failf(NothingToJudge, "relevant_topics is missing: list what the assistant is there for, for example [parcels, refunds]")
	}
	return nil
}
