package judged

import "maps"

// A fraction is a metric whose score is the share of items with a good verdict.

// outcome is what a metric computed.
type outcome struct {
	score     any // float64; what a judge wrote where DeepEval takes it as it is
	parts     map[string]float64
	items     int      // verdicts that counted
	reason    string   // from the judge
	complaint []string // reasons of the verdicts that were not good
}

// polarity says which verdicts are good and what none at all come to.
type polarity struct {
	good       string             // yes or no
	borderline func(*Params) bool // whether the third word is good; nil = no
	empty      float64            // score without a verdict
	old        oldPolarity
}

// oldPolarity is the same for 4.1.10, which counted words as they were written.
type oldPolarity struct {
	word  string // that is counted
	other bool   // all other words are counted instead
	trims bool   // blanks around the word do not matter
	empty float64
	lower bool // lower is better
	// minus takes a word out of the count again.
	minus func(*Params) string
}

func (o polarity) score(m Mode, p *Params, list []verdict) outcome {
	out := outcome{items: len(list)}
	for _, v := range list {
		if !o.isGood(p, v.word) && v.reason != "" {
			out.complaint = append(out.complaint, v.reason)
		}
	}
	switch {
	case m.old():
		out.score = o.oldScore(p, list)
	case len(list) == 0:
		out.score = o.empty
	default:
		good := 0
		for _, v := range list {
			if o.isGood(p, v.word) {
				good++
			}
		}
		out.score = p.clamp(float64(good)/float64(len(list)), false)
	}
	return out
}

func (o polarity) isGood(p *Params, word string) bool {
	return word == o.good || word == borderline && o.borderline != nil && o.borderline(p)
}

func (o polarity) oldScore(p *Params, list []verdict) float64 {
	old := o.old
	if len(list) == 0 {
		return old.empty
	}
	minus := ""
	if old.minus != nil {
		minus = old.minus(p)
	}
	n := 0
	for _, v := range list {
		word := v.word
		if old.trims {
			word = trim(word)
		}
		word = lower(word)
		if (word == old.word) != old.other {
			n++
		}
		if minus != "" && word == minus {
			n--
		}
	}
	return p.clamp(float64(n)/float64(len(list)), old.lower)
}

func always(*Params) bool { return true }

func unlessPenalized(p *Params) bool { return !p.PenalizeAmbiguous }

var (
	yesNo       = []string{yes, no}
	yesNoIdk    = []string{yes, no, "idk"}
	countsYes   = oldPolarity{word: yes, trims: true}
	countsNotNo = oldPolarity{word: no, other: true, trims: true, empty: 1}
)

// extracted is a metric in two steps: items are taken out of the output, then
// each is judged.
type extracted struct {
	step, key string
	verdicts  verdictSpec
	polarity
	// some says that an output always has such items, so that none at all is
	// nothing to judge; else none is the good case.
	some bool
	// proper says that DeepEval, too, wants a list and nothing else.
	proper bool
	// whole says that one bad verdict is as bad as any number of them.
	whole bool
	more  func(*Case) map[string]any   // further data of the verdicts
	given func(*Params) map[string]any // further data of both steps
}

func (e extracted) measure(s *session, c *Case) (outcome, error) {
	data := map[string]any{"actual_output": *c.Output}
	if e.given != nil {
		maps.Copy(data, e.given(s.p))
	}
	items, err := s.texts(e.step, e.key, data)
	if err != nil {
		return outcome{}, err
	}
	if _, ok := items.([]any); e.proper && !ok {
		return outcome{}, at(e.step, failf(Other, "%s is no list", e.key))
	}
	list, err := s.judgeItems(e.verdicts, e.key, items, e.some, e.further(s.p), c)
	if err != nil {
		return outcome{}, err
	}
	out := e.polarity.score(s.mode, s.p, list)
	if score, _ := out.score.(float64); e.whole && score < 1 {
		out.score = 0.0
	}
	return s.withReason(out, list)
}

// further is the data of the verdicts beside the items.
func (e extracted) further(p *Params) func(*Case) map[string]any {
	if e.given == nil {
		return e.more
	}
	return func(*Case) map[string]any { return e.given(p) }
}

// judgeItems asks for a verdict on each item; without items nothing is asked.
func (s *session) judgeItems(spec verdictSpec, key string, items any, some bool, more func(*Case) map[string]any, c *Case) ([]verdict, error) {
	n, ok := length(items)
	if !ok {
		return nil, failf(Other, "%s is no list", key)
	}
	if n == 0 {
		if some && s.mode.own() {
			return nil, failf(NothingToJudge, "the judge found no %s in the output", key)
		}
		return nil, nil
	}
	data := map[string]any{key: items, "count": n}
	if more != nil {
		for k, v := range more(c) {
			data[k] = v
		}
	}
	spec.count = n
	return s.verdicts(spec, data)
}

// withReason asks for the reason of a score.
func (s *session) withReason(out outcome, list []verdict) (outcome, error) {
	reason, err := s.reason(map[string]any{"score": out.score, "verdicts": s.shown(list)})
	out.reason = reason
	return out, err
}

// shown is the list as a prompt shows it.
func (s *session) shown(list []verdict) []any {
	out := make([]any, len(list))
	for i, v := range list {
		m := map[string]any{"verdict": v.word}
		if v.reason != "" {
			m["reason"] = v.reason
		}
		if v.statement != "" {
			m["statement"] = v.statement
		}
		out[i] = m
	}
	return out
}

// direct is a metric that judges in one step.
type direct struct {
	verdicts verdictSpec
	polarity
	count func(*session, *Case) int // of verdicts in Default mode; nil = at least one
	data  func(*session, *Case) map[string]any
}

func (d direct) measure(s *session, c *Case) (outcome, error) {
	spec := d.verdicts
	if d.count != nil {
		spec.count = d.count(s, c)
	}
	list, err := s.verdicts(spec, d.data(s, c))
	if err != nil {
		return outcome{}, err
	}
	return s.withReason(d.polarity.score(s.mode, s.p, list), list)
}
