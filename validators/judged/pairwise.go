package judged

import "context"

// Preference is which of two answers a judge likes better.
type Preference int

// The preferences.
const (
	Tie Preference = iota
	First
	Second
)

// Pair is one question which of two answers is better.
type Pair struct {
	Input         string
	First, Second string
	Criteria      string // "" = how well they answer the input
}

// Prefer asks once, with the answers in the order given. retries bounds how
// often a malformed reply is asked for again.
func Prefer(ctx context.Context, a Asker, p Pair, retries int) (Preference, string, error) {
	s := &session{ctx: ctx, ask: a, p: &Params{}, metric: "pairwise", retries: retries}
	return s.prefer(p)
}

// Swapped is the same pair in the other order.
func (p Pair) Swapped() Pair {
	p.First, p.Second = p.Second, p.First
	return p
}

// Other is the preference as it reads when the answers are swapped.
func (p Preference) Other() Preference {
	switch p {
	case First:
		return Second
	case Second:
		return First
	}
	return Tie
}

func (s *session) prefer(p Pair) (choice Preference, reason string, err error) {
	data := map[string]any{"input": p.Input, "first": p.First, "second": p.Second}
	if p.Criteria != "" {
		data["criteria"] = p.Criteria
	}
	err = s.question(Question{Step: "choice", Data: data}, func(obj map[string]any) (err error) {
		word, _ := obj["choice"].(string)
		switch lower(trim(word)) {
		case "first":
			choice = First
		case "second":
			choice = Second
		case "tie":
			choice = Tie
		default:
			return failf(UnknownWord, "the choice is %s; known: first, second, tie", shown(written(obj["choice"])))
		}
		reason, err = textField(obj, "reason", false)
		return err
	})
	return choice, reason, err
}

// pairwise compares the output with the expected one in both orders: 1 when it
// is better, 0.5 when they are alike, 0 when it is worse. A judge that sides with
// a position has said nothing about the answers.
func pairwise(s *session, c *Case) (outcome, error) {
	p := Pair{Input: c.Input, First: *c.Output, Second: *c.Expected}
	if s.p.Criteria != nil {
		p.Criteria = *s.p.Criteria
	}
	one, reason, err := s.prefer(p)
	if err != nil {
		return outcome{}, err
	}
	two, _, err := s.prefer(p.Swapped())
	if err != nil {
		return outcome{}, err
	}
	two = two.Other()
	out := outcome{items: 2, reason: reason, score: 0.5}
	switch {
	case one != two && one != Tie && two != Tie:
		return outcome{}, at("choice", failf(Other, "the choice depends on the order of the answers"))
	case one != two:
		out.reason = "only one order of the answers has a winner"
	case one == First:
		out.score = 1.0
	case one == Second:
		out.score = 0.0
	}
	return out, nil
}
