package judged

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// DefaultRetries is how often a malformed reply is asked for again in Default
// mode.
const DefaultRetries = 2

// session is one measurement under way.
type session struct {
	ctx     context.Context
	ask     Asker
	mode    Mode
	p       *Params
	metric  string // prompts are named METRIC-STEP
	about   string // what the metric measures
	reads   bool   // the input
	retries int
	steps   []string
	noted   string // why there is no reason beside the score
	// closedReason says that DeepEval's schema of a reason allows nothing else.
	closedReason bool
}

// question asks one step and lets read take the reply's object. In Default mode
// a reply that read refuses is asked for again, within limits.
func (s *session) question(q Question, read func(map[string]any) error) error {
	return s.reply(q, func(r Reply) error {
		obj, err := s.mode.object(r.Text)
		if err != nil {
			return err
		}
		return read(obj)
	})
}

func (s *session) reply(q Question, read func(Reply) error) error {
	q.Prompt = promptName(s.metric, q.Step)
	for {
		s.steps = append(s.steps, q.Step)
		q.Last = s.mode.own() && s.retries > 0 && q.Attempt >= s.retries
		r, err := s.ask.Ask(s.ctx, q)
		if err != nil {
			return fmt.Errorf("step %s: %w", q.Step, err)
		}
		err = read(r)
		if err == nil {
			return nil
		}
		var f *Failure
		if !s.mode.own() || q.Attempt >= s.retries || !errors.As(err, &f) || f.Setup {
			return at(q.Step, of(r.Text, err))
		}
		q.Attempt++
	}
}

// texts asks for a list of texts. Where DeepEval does not look, it may be
// anything.
func (s *session) texts(step, key string, data map[string]any) (any, error) {
	return s.textsOf(Question{Step: step, Data: data}, key)
}

func (s *session) textsOf(q Question, key string) (list any, err error) {
	err = s.question(q, func(obj map[string]any) (err error) {
		switch {
		case s.mode.own():
			list, err = ownTexts(obj, key)
		case s.mode.schema():
			list, err = textsField(obj, key)
		default:
			var ok bool
			if list, ok = obj[key]; !ok {
				err = failf(MissingKey, "the reply has no %s", key)
			}
		}
		return err
	})
	return list, err
}

// listed asks for a list of texts where DeepEval, too, takes nothing else; the step
// and its key have one name.
func (s *session) listed(key string, data map[string]any) (list []any, err error) {
	err = s.question(Question{Step: key, Data: data}, func(obj map[string]any) (err error) {
		if s.mode.own() {
			list, err = ownTexts(obj, key)
		} else {
			list, err = textsField(obj, key)
		}
		return err
	})
	return list, err
}

// ownTexts is a list of texts of which none is blank.
func ownTexts(obj map[string]any, key string) ([]any, error) {
	if _, ok := obj[key]; !ok {
		return nil, failf(MissingKey, "the reply has no %s", key)
	}
	list, err := textsField(obj, key)
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		if trim(v.(string)) == "" {
			return nil, failf(SchemaInvalid, "%s holds a blank text", key)
		}
	}
	return list, nil
}

// reason asks for a reason in plain words. In Default mode the score stands
// when that fails.
func (s *session) reason(data map[string]any) (reason string, err error) {
	if !s.p.reasons() {
		return "", nil
	}
	data["about"] = s.about
	err = s.question(Question{Step: "reason", Data: data}, func(obj map[string]any) (err error) {
		v, ok := obj["reason"]
		if s.mode.schema() && s.closedReason && len(obj) > 1 {
			return failf(SchemaInvalid, "the reply holds more than a reason")
		}
		switch {
		case s.mode.schema() || s.mode.own():
			reason, err = textField(obj, "reason", true)
		case !ok:
			err = failf(MissingKey, "the reply has no reason")
		default:
			reason, _ = v.(string)
		}
		return err
	})
	var f *Failure
	if s.mode.own() && err != nil && (errors.As(err, &f) || s.ctx.Err() == nil) {
		s.noted, err = err.Error(), nil
	}
	return reason, err
}

// freeReason is one that DeepEval asks for in plain text, whether it is wanted or
// not.
func (s *session) freeReason(data map[string]any) (reason string, err error) {
	data["about"] = s.about
	err = s.reply(Question{Step: "reason", Data: data}, func(r Reply) error {
		reason = r.Text
		if obj, err := s.mode.object(r.Text); err == nil {
			if text, ok := obj["reason"].(string); ok {
				reason = text
			}
		}
		return nil
	})
	return reason, err
}

// textReason is one that DeepEval wants as a text, or as null where that may be,
// whether it is wanted or not.
func (s *session) textReason(data map[string]any, nullable bool) (reason string, err error) {
	data["about"] = s.about
	err = s.question(Question{Step: "reason", Data: data}, func(obj map[string]any) (err error) {
		v, ok := obj["reason"]
		switch {
		case !ok:
			return failf(MissingKey, "the reply has no reason")
		case v == nil && nullable && !s.mode.schema():
			return nil
		}
		reason, err = textField(obj, "reason", true)
		return err
	})
	return reason, err
}

// promptName is METRIC-STEP.
func promptName(metric, step string) string {
	return metric + "-" + strings.ReplaceAll(step, "_", "-")
}
