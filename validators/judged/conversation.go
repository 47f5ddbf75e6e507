package judged

import "math"

// Metrics of conversations.

const assistant = "assistant"

// roleAdherence is the share of the assistant's turns that stay in the role.
func roleAdherence(s *session, c *Case) (outcome, error) {
	turns := 0
	for _, t := range c.Turns {
		if t.Role == assistant {
			turns++
		}
	}
	if turns == 0 && s.mode.own() {
		return outcome{}, failf(NothingToJudge, "the assistant says nothing in this conversation")
	}
	var out outcome
	bad := 0
	err := s.question(Question{Step: "verdicts", Data: map[string]any{"turns": numbered(c.Turns), "chatbot_role": *c.Role}}, func(obj map[string]any) error {
		items, err := listField(obj, "verdicts")
		if err != nil {
			return err
		}
		bad, out.complaint = 0, nil
		seen := map[float64]bool{}
		for i, x := range items {
			it, ok := x.(map[string]any)
			if !ok {
				return failf(SchemaInvalid, "verdict %d is no object", i+1)
			}
			reason, err := s.outOfRole(it, c.Turns, seen)
			if err != nil {
				return err
			}
			bad++
			out.complaint = append(out.complaint, reason)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.items = turns
	out.score = 1.0
	if turns > 0 {
		out.score = s.p.clamp(float64(turns-min(bad, turns))/float64(turns), false)
	}
	out.reason, err = s.reason(map[string]any{"score": out.score, "chatbot_role": *c.Role, "complaints": out.complaint})
	return out, err
}

// outOfRole reads one turn that the judge objects to. Default mode wants it to
// be one of the assistant's, and each once.
func (s *session) outOfRole(it map[string]any, turns []Turn, seen map[float64]bool) (string, error) {
	if err := wholeField(it, "index"); err != nil {
		return "", err
	}
	reason, err := textField(it, "reason", true)
	if err == nil {
		_, err = textField(it, "ai_message", false)
	}
	if err != nil || !s.mode.own() {
		return reason, err
	}
	at, _ := toFloat(it["index"])
	if at < 0 || at >= float64(len(turns)) || turns[int(at)].Role != assistant {
		return "", failf(OutOfRange, "turn %v is none of the assistant's", at)
	}
	if seen[at] {
		return "", failf(CountDiffers, "turn %v is judged twice", at)
	}
	seen[at] = true
	return reason, nil
}

// isWhole says whether pydantic takes a value for a whole number.
func isWhole(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case number:
		return v.whole() || v.float == math.Trunc(v.float) && math.Abs(v.float) < 1<<63
	case string:
		return wholeText(v)
	}
	return false
}

func numbered(turns []Turn) []any {
	out := make([]any, len(turns))
	for i, t := range turns {
		out[i] = map[string]any{"index": i, "role": t.Role, "content": t.Content}
	}
	return out
}

func plainTurns(turns []Turn) []any {
	out := make([]any, len(turns))
	for i, t := range turns {
		out[i] = map[string]any{"role": t.Role, "content": t.Content}
	}
	return out
}

// single asks for one verdict; ok is false when the word is dropped.
func (s *session) single(spec verdictSpec, data map[string]any) (v verdict, ok bool, err error) {
	err = s.question(Question{Step: "verdict", Data: data}, func(obj map[string]any) (err error) {
		if s.mode.schema() || s.mode == Old && !spec.oldDrops {
			v, err = spec.declared(s.mode, obj)
			ok = true
			return err
		}
		word := spec.wordOf(obj["verdict"])
		if word == "" {
			ok = false
			if s.mode.own() {
				return failf(UnknownWord, "the verdict is %s; known: yes, no", shown(written(obj["verdict"])))
			}
			return nil
		}
		if v, err = spec.texts(obj); err != nil {
			return err
		}
		v.word, ok = word, true
		return nil
	})
	return v, ok, err
}

var (
	retained         = verdictSpec{closed: true}
	remembered       = polarity{good: no, empty: 1, old: oldPolarity{word: no, trims: true, empty: 1}}
	completed        = polarity{good: yes, empty: 1, old: countsNotNo}
	relevantExchange = verdictSpec{oldWords: yesNo, oldDrops: true}
)

// knowledgeRetention is the share of the assistant's turns, after the user told
// something, that do not forget it.
func knowledgeRetention(s *session, c *Case) (outcome, error) {
	s.closedReason = true
	known, err := s.knowledge(c.Turns)
	if err != nil {
		return outcome{}, err
	}
	var list []verdict
	dropped := false
	for i, t := range c.Turns {
		if t.Role != assistant {
			continue
		}
		var before []any
		for _, k := range known[:i] {
			if !falsy(k) {
				before = append(before, k)
			}
		}
		if len(before) == 0 {
			continue
		}
		v, ok, err := s.single(retained, map[string]any{"message": t.Content, "knowledge": before})
		if err != nil {
			return outcome{}, err
		}
		if ok {
			list = append(list, v)
		} else if s.p.reasons() {
			dropped = true
		}
	}
	if dropped {
		// DeepEval asks the dropped verdict for its reason.
		return outcome{}, failf(Other, "a verdict is no known word")
	}
	if len(list) == 0 && s.mode.own() {
		return outcome{}, failf(NothingToJudge, "the user tells nothing that could be forgotten")
	}
	return s.withReason(remembered.score(s.mode, s.p, list), list)
}

// knowledge asks after each turn of the user what it tells.
func (s *session) knowledge(turns []Turn) ([]any, error) {
	known := make([]any, len(turns))
	for i, t := range turns {
		if t.Role == assistant {
			continue
		}
		data := map[string]any{"message": t.Content, "turns": plainTurns(turns[:i])}
		err := s.question(Question{Step: "knowledge", Data: data}, func(obj map[string]any) error {
			facts, err := readKnowledge(obj)
			if err == nil && len(facts) > 0 {
				known[i] = facts
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// readKnowledge reads {"data": {name: text or list of texts}}.
func readKnowledge(obj map[string]any) (map[string]any, error) {
	for key := range obj {
		if key != "data" {
			return nil, failf(SchemaInvalid, "unknown key %s", shown(key))
		}
	}
	if obj["data"] == nil {
		return nil, nil
	}
	facts, ok := obj["data"].(map[string]any)
	if !ok {
		return nil, failf(SchemaInvalid, "data is no object")
	}
	for key, v := range facts {
		switch v := v.(type) {
		case string:
		case []any:
			if _, err := textsField(map[string]any{key: v}, key); err != nil {
				return nil, err
			}
		default:
			return nil, failf(SchemaInvalid, "%s is neither a text nor a list of texts", shown(key))
		}
	}
	return facts, nil
}

// conversationCompleteness is the share of what the user wanted that was done.
func conversationCompleteness(s *session, c *Case) (outcome, error) {
	turns := plainTurns(c.Turns)
	intentions, err := s.listed("intentions", map[string]any{"turns": turns})
	if err != nil {
		return outcome{}, err
	}
	if len(intentions) > mostAsked && s.mode.own() {
		return outcome{}, at("intentions", failf(TooLarge, "the judge finds more than %d intentions", mostAsked))
	}
	if len(intentions) == 0 && s.mode.own() {
		return outcome{}, failf(NothingToJudge, "the judge found nothing that the user wanted")
	}
	return s.each(verdictSpec{}, intentions, func(intention any) map[string]any {
		return map[string]any{"turns": turns, "intention": intention}
	})
}

// each asks for one verdict per item and scores the share of yes.
func (s *session) each(spec verdictSpec, items []any, data func(any) map[string]any) (outcome, error) {
	var list []verdict
	for _, it := range items {
		v, ok, err := s.single(spec, data(it))
		if err != nil {
			return outcome{}, err
		}
		if ok {
			list = append(list, v)
		}
	}
	return s.withReason(completed.score(s.mode, s.p, list), list)
}

// turnRelevancy is the share of the exchanges whose answer fits what was said
// in the window of exchanges before it.
func turnRelevancy(s *session, c *Case) (outcome, error) {
	list, err := s.windows(c)
	if err != nil {
		return outcome{}, err
	}
	windows := make([]any, len(list))
	for i, w := range list {
		windows[i] = plainTurns(w.turns)
	}
	return s.each(relevantExchange, windows, func(turns any) map[string]any { return map[string]any{"turns": turns} })
}

// exchanges are those of the case; Default mode wants at least one.
func (s *session) exchanges(c *Case) ([][]Turn, error) {
	units := exchanges(c.Turns)
	if len(units) == 0 && s.mode.own() {
		return nil, failf(NothingToJudge, "the conversation holds no question with an answer")
	}
	return units, nil
}

// exchanges cuts a conversation before each turn of the user that follows one
// of the assistant. What comes last counts only when the assistant answers.
func exchanges(turns []Turn) (units [][]Turn) {
	var current []Turn
	asked := false
	for _, t := range turns {
		if n := len(current); n > 0 && current[n-1].Role == assistant && t.Role == "user" && asked {
			units, current = append(units, current), nil
		}
		current = append(current, t)
		asked = asked || t.Role == "user"
	}
	if n := len(current); n > 1 && current[n-1].Role == assistant && asked {
		units = append(units, current)
	}
	return units
}
