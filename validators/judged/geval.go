package judged

import (
	"math"
	"slices"
	"strconv"
)

// gevalTop is how many alternatives of each token are asked for.
const gevalTop = 20

// checkGEval looks at what can be seen without a case.
func checkGEval(p *Params, m Mode) error {
	if err := checkGEvalCommon(p, m); err != nil || !m.own() {
		return err
	}
	return checkGEvalFields(p, singleFields)
}

// checkGEvalCommon is what does not depend on the fields that there are.
func checkGEvalCommon(p *Params, m Mode) error {
	switch {
	case p.EvaluationParams != nil && len(p.EvaluationParams) == 0:
		return failf(Other, "evaluation_params is empty: list the fields that the judge is to see")
	case p.Criteria != nil && trim(*p.Criteria) == "":
		return failf(Other, "criteria is blank")
	case p.Steps != nil && len(p.Steps) == 0:
		return failf(Other, "evaluation_steps is empty: leave it out, or list the steps")
	}
	bands := sorted(p.Rubric)
	for i, b := range bands {
		if !(b.From >= 0 && b.To <= 10 && b.From <= b.To) || b.From != math.Trunc(b.From) || b.To != math.Trunc(b.To) {
			return failf(SchemaInvalid, "rubric %g-%g: bands are whole numbers from 0 to 10", b.From, b.To)
		}
		if i > 0 && bands[i-1].To >= b.From {
			return failf(Other, "rubric: %g-%g and %g-%g overlap", bands[i-1].From, bands[i-1].To, b.From, b.To)
		}
	}
	if lo, hi := scale(bands); lo == hi && m.own() {
		return failf(OutOfRange, "rubric: a single score leaves nothing to tell apart")
	}
	return nil
}

// singleFields are those of a case with one answer that a g-eval can look at.
var singleFields = []Field{Input, ActualOutput, ExpectedOutput, Context, RetrievalContext, ToolsCalled, ExpectedTools, Metadata, Tags}

// checkGEvalFields is what DeepEval checks when it measures.
func checkGEvalFields(p *Params, known []Field) error {
	switch {
	case len(p.EvaluationParams) == 0:
		return failf(Other, "evaluation_params is missing: list the fields that the judge is to see")
	case p.Criteria == nil && p.Steps == nil:
		return failf(Other, "criteria is missing: say what to judge by, or list evaluation_steps")
	}
	for _, f := range p.EvaluationParams {
		if !slices.Contains(known, f) {
			return failf(Other, "evaluation_params: unknown field %s; known: %s", shown(string(f)), listFields(known))
		}
	}
	return nil
}

func sorted(bands []Band) []Band {
	out := slices.Clone(bands)
	slices.SortStableFunc(out, func(a, b Band) int { return int(a.From) - int(b.From) })
	return out
}

func shownBands(bands []Band) []any {
	out := make([]any, len(bands))
	for i, b := range bands {
		out[i] = map[string]any{"from": b.From, "to": b.To, "outcome": b.Outcome}
	}
	return out
}

// scale is the range of the judge's scores.
func scale(bands []Band) (lo, hi float64) {
	if len(bands) == 0 {
		return 0, 10
	}
	return bands[0].From, bands[len(bands)-1].To
}

// gEval judges by criteria in plain words: the steps are made from them once,
// and a score follows the steps.
// Source: Liu et al. 2023, G-Eval, arXiv:2303.16634.
func gEval(s *session, c *Case) (outcome, error) {
	if err := checkGEvalFields(s.p, singleFields); err != nil {
		return outcome{}, err
	}
	if err := s.need(c, s.p.EvaluationParams); err != nil {
		return outcome{}, err
	}
	parts := make([]any, len(s.p.EvaluationParams))
	for i, f := range s.p.EvaluationParams {
		parts[i] = map[string]any{"name": string(f), "value": c.value(f)}
	}
	lo, hi := scale(sorted(s.p.Rubric))
	raw, reason, err := s.stepped(parts, lo, hi, s.weighted)
	if err != nil {
		return outcome{}, err
	}
	out := outcome{items: 1, reason: reason}
	if s.p.strict() {
		whole, ok := toInt(raw)
		if !ok {
			return outcome{}, failf(Other, "the score is no whole number")
		}
		out.score = whole
		return out, nil
	}
	f, ok := toFloat(raw)
	switch {
	case !ok:
		return outcome{}, failf(Other, "the score is no number")
	case lo == hi:
		return outcome{}, failf(Other, "a rubric of a single score divides by zero")
	}
	out.score = (f - lo) / (hi - lo)
	return out, nil
}

// weigher makes a score of the judge's and the tokens of its reply.
type weigher func(score any, tokens []Token, lo, hi float64) (any, error)

// stepped asks for the steps, where there are none, and for the score.
func (s *session) stepped(parts []any, lo, hi float64, weigh weigher) (raw any, reason string, err error) {
	steps, err := s.gEvalSteps()
	if err != nil {
		return nil, "", err
	}
	data := map[string]any{"steps": steps, "parts": parts, "rubric": shownBands(sorted(s.p.Rubric)), "low": lo, "high": hi, "strict": s.p.strict()}
	if s.p.strict() {
		data["low"], data["high"] = 0.0, 1.0
	}
	return s.gEvalScore(data, lo, hi, weigh)
}

// gEvalSteps are those of the user, else the judge makes them from the criteria.
func (s *session) gEvalSteps() (any, error) {
	if len(s.p.Steps) > 0 {
		return s.p.Steps, nil
	}
	steps, err := s.textsOf(Question{Step: "steps", Once: true, Data: map[string]any{"criteria": *s.p.Criteria, "fields": s.p.EvaluationParams}}, "steps")
	switch list, ok := steps.([]any); {
	case err != nil:
		return nil, err
	case s.mode.own() && ok && len(list) == 0:
		return nil, at("steps", failf(NoVerdicts, "the judge made no steps from the criteria"))
	case !iterable(steps):
		return nil, at("steps", failf(Other, "steps is no list"))
	}
	return steps, nil
}

// gEvalScore asks for the score, as the judge wrote it or weighted.
func (s *session) gEvalScore(data map[string]any, lo, hi float64, weigh weigher) (score any, reason string, err error) {
	q := Question{Step: "score", Data: data, Logprobs: gevalTop}
	if s.p.TopLogprobs > 0 {
		q.Logprobs = s.p.TopLogprobs
	}
	if s.p.strict() {
		q.Logprobs = 0
	}
	err = s.reply(q, func(r Reply) (err error) {
		m := s.mode
		if r.Tokens != nil && m.schema() {
			m-- // a reply with its tokens is read as a text
		}
		obj, err := m.object(r.Text)
		if err != nil {
			return err
		}
		if score, reason, err = s.readScore(m, obj, lo, hi); err == nil && !s.p.strict() {
			score, err = weigh(score, r.Tokens, lo, hi)
		}
		return err
	})
	return score, reason, err
}

func (s *session) readScore(m Mode, obj map[string]any, lo, hi float64) (score any, reason string, err error) {
	switch {
	case m.own():
		return s.ownScore(obj, lo, hi)
	case m.schema():
		f, err := floatField(obj, "score")
		if err == nil {
			reason, err = textField(obj, "reason", true)
		}
		return f, reason, err
	}
	score, ok := obj["score"]
	why, ok2 := obj["reason"]
	if !ok || !ok2 {
		return nil, "", failf(MissingKey, "the reply has no score or no reason")
	}
	reason, _ = why.(string)
	return score, reason, nil
}

// ownScore wants a JSON number within the range.
func (s *session) ownScore(obj map[string]any, lo, hi float64) (any, string, error) {
	n, ok := obj["score"].(number)
	if !ok {
		return nil, "", failf(SchemaInvalid, "score is no number")
	}
	if s.p.strict() {
		lo, hi = 0, 1
	}
	if !(n.float >= lo && n.float <= hi) {
		return nil, "", failf(OutOfRange, "score %g is not in %g-%g", n.float, lo, hi)
	}
	if s.p.strict() && n.float != 0 && n.float != 1 {
		return nil, "", failf(OutOfRange, "score %g is neither 0 nor 1", n.float)
	}
	reason, err := textField(obj, "reason", true)
	return n, reason, err
}

// leastProbability is what a token needs to count.
const leastProbability = 0.01

// weighted is the mean of the scores that the judge could have written, by
// their probability: those in the place of the last token that is the score.
// Without such a token it is the score itself.
func (s *session) weighted(score any, tokens []Token, lo, hi float64) (any, error) {
	text := written(score)
	for i := len(tokens) - 1; i >= 0; i-- {
		if tokens[i].Text != text {
			continue
		}
		if mean, ok := s.mean(tokens[i].Top, lo, hi); ok {
			return mean, nil
		}
		break
	}
	return score, nil
}

// mean weights the numbers among the alternatives; ok is false without any.
func (s *session) mean(top []Alternative, lo, hi float64) (mean float64, ok bool) {
	sum, total := 0.0, 0.0
	for _, a := range top {
		value, ok := decimal(a.Text)
		if !ok || a.Logprob < math.Log(leastProbability) || s.mode.own() && !(value >= lo && value <= hi) {
			continue
		}
		p := math.Exp(a.Logprob)
		sum, total = sum+value*p, total+p
	}
	return sum / total, total > 0
}

// decimal reads a token of nothing but digits, of any script.
func decimal(s string) (float64, bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		d, ok := digit(r)
		if !ok {
			return 0, false
		}
		b = append(b, '0'+byte(d))
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

// coherenceSteps are those of the coherence metric.
var coherenceSteps = []string{
	"Read the whole text once and note what it sets out to say.",
	"Check that the sentences build on one another and that none contradicts another.",
	"Check that the wording is plain, and that terms of the trade are explained where a reader needs it.",
	"Check that involved ideas come in an order that a reader can follow, without repetition.",
	"Lower the score for each place that is vague, confused or out of order.",
}

// coherence is a g-eval of the output alone.
func coherence(s *session, c *Case) (outcome, error) {
	p := *s.p
	p.Name, p.EvaluationParams = "Coherence", []Field{ActualOutput}
	if p.Criteria == nil && p.Steps == nil {
		p.Steps = coherenceSteps
	}
	inner := *s
	inner.p, inner.metric = &p, "g-eval"
	out, err := gEval(&inner, c)
	s.steps = inner.steps
	return out, err
}
