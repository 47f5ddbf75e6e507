package validators

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// asText returns the text of a scalar, be it from JSON, from YAML or from a
// test set; ok is false for anything else.
func asText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	return "", false
}

// text returns the value as one non-empty text.
func (sp spec) text() (string, error) {
	if sp.value == nil {
		return "", errors.New("value is missing; allowed is a text")
	}
	s, ok := asText(sp.value)
	if !ok {
		return "", fmt.Errorf("value %s: allowed is a text", show(sp.value))
	}
	if s == "" {
		return "", errors.New("value is empty, which every output would satisfy; allowed is a text")
	}
	return s, nil
}

// list returns the value as a list that is not empty: a JSON array, or a text
// with commas between the items and quotation marks around those that hold one.
func (sp spec) list() ([]any, error) {
	switch v := sp.value.(type) {
	case nil:
		return nil, errors.New(`value is missing; allowed is a list such as ["a", "b"] or "a, b"`)
	case []any:
		if len(v) == 0 {
			return nil, errors.New("value is an empty list; allowed is a list with at least one item")
		}
		return v, nil
	case string:
		return splitList(v)
	}
	return nil, fmt.Errorf(`value %s: allowed is a list such as ["a", "b"] or "a, b"`, show(sp.value))
}

func splitList(s string) ([]any, error) {
	r := csv.NewReader(strings.NewReader(s))
	r.TrimLeadingSpace = true
	items, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf(`value %s: allowed is a list such as ["a", "b"] or "a, b"`, quote(s))
	}
	if _, err := r.Read(); err == nil {
		return nil, fmt.Errorf("value %s: a list in text form stands on one line", quote(s))
	}
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = strings.TrimSpace(item)
	}
	return list, nil
}

// texts is list with scalars only, none of them empty.
func (sp spec) texts() ([]string, error) {
	list, err := sp.list()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, item := range list {
		s, ok := asText(item)
		if !ok || s == "" {
			return nil, fmt.Errorf("item %d of value is %s; allowed are texts that are not empty", i+1, show(item))
		}
		out[i] = s
	}
	return out, nil
}

// share returns the threshold as a number in [0,1], or what holds without one.
func (sp spec) share(otherwise float64) (float64, error) {
	if sp.threshold == nil {
		return otherwise, nil
	}
	switch t := *sp.threshold; {
	case t == 0:
		return 0, errors.New("threshold 0: every output reaches it; allowed are numbers above 0 and at most 1")
	case t <= 1:
		return t, nil
	}
	return 0, fmt.Errorf("threshold %v: allowed are numbers above 0 and at most 1", *sp.threshold)
}
