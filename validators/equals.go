package validators

import (
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

var errNoExpected = errors.New("the case has no expected value")

// wanted is an expected value, ready for comparison.
type wanted struct {
	norm  string // normalised text of a scalar
	text  string // a text as written; "" for other values
	value any    // decoded JSON; nil for a text
	plain bool   // a scalar: comparing normalised texts is allowed
}

// want prepares a value from an assertion or from a case.
func want(v any) (wanted, error) {
	if s, ok := v.(string); ok {
		return wanted{norm: Normalize(s), text: s, plain: true}, nil
	}
	value, err := toJSON(v)
	if err != nil {
		return wanted{}, fmt.Errorf("the expected value is not JSON: %w", err)
	}
	w := wanted{value: value}
	if s, ok := asText(value); ok {
		w.norm, w.plain = Normalize(s), true
	}
	return w, nil
}

// matches compares an output with w: a text with a text after Normalize; JSON
// by value (see sameJSON). A scalar that is not a text matches in either way,
// and so do a text and an output that both are a JSON object or array.
func (w wanted) matches(a *pipeline.Asset) bool {
	if w.plain && Normalize(a.Text) == w.norm {
		return true
	}
	value := w.value
	if value == nil {
		if !isComposite(w.text) || !isComposite(a.Text) {
			return false
		}
		var err error
		if value, err = decodeJSON([]byte(w.text)); err != nil {
			return false
		}
	}
	got, err := decodeJSON(outputJSON(a))
	return err == nil && sameJSON(value, got)
}

func (w wanted) String() string {
	if w.value == nil {
		return quote(w.text)
	}
	return show(w.value)
}

// isComposite recognises what may be a JSON object or array.
func isComposite(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && (s[0] == '{' || s[0] == '[')
}

func buildEquals(sp spec) (judge, error) {
	if sp.value == nil {
		return func(s pipeline.Subject) (verdict, error) {
			if s.Expected == nil {
				return verdict{}, errNoExpected
			}
			if text, ok := s.Expected.(string); ok && text == s.Asset.Text { // the usual case
				return verdict{score: 1, pass: true}, nil
			}
			w, err := want(s.Expected)
			if err != nil {
				return verdict{}, err
			}
			return judgeEquals(w, &s), nil
		}, nil
	}
	w, err := want(sp.value)
	if err != nil {
		return nil, err
	}
	return func(s pipeline.Subject) (verdict, error) { return judgeEquals(w, &s), nil }, nil
}

func judgeEquals(w wanted, s *pipeline.Subject) verdict {
	if w.matches(&s.Asset) {
		return verdict{score: 1, pass: true}
	}
	return verdict{reason: fmt.Sprintf("expected %s, got %s", w, quote(s.Asset.Text))}
}

func buildOneOf(sp spec) (judge, error) {
	if sp.value == nil {
		return func(s pipeline.Subject) (verdict, error) {
			list, ok := s.Expected.([]any)
			if !ok || len(list) == 0 {
				return verdict{}, errors.New("there is no value, and the case's expected value is not a list")
			}
			all, err := wantAll(list)
			if err != nil {
				return verdict{}, err
			}
			return judgeOneOf(all, &s), nil
		}, nil
	}
	list, err := sp.list()
	if err != nil {
		return nil, err
	}
	all, err := wantAll(list)
	if err != nil {
		return nil, err
	}
	return func(s pipeline.Subject) (verdict, error) { return judgeOneOf(all, &s), nil }, nil
}

func wantAll(list []any) ([]wanted, error) {
	all := make([]wanted, len(list))
	for i, v := range list {
		if v == nil {
			return nil, fmt.Errorf("item %d of the list is null", i+1)
		}
		var err error
		if all[i], err = want(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func judgeOneOf(all []wanted, s *pipeline.Subject) verdict {
	names := ""
	for i, w := range all {
		if w.matches(&s.Asset) {
			return verdict{score: 1, pass: true}
		}
		if i > 0 {
			names += ", "
		}
		if len(names) < shownRunes {
			names += w.String()
		}
	}
	names, more := cut(names, shownRunes)
	if more {
		names += "…"
	}
	return verdict{reason: fmt.Sprintf("expected one of %s, got %s", names, quote(s.Asset.Text))}
}
