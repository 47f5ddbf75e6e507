package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// stepsOf takes a dotted path with array indexes apart; key is where it stands.
func stepsOf(key, path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	normal := strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(path, "$."))
	steps := strings.Split(normal, ".")
	if slices.Contains(steps, "") {
		return nil, fmt.Errorf("%s %q is not a path like result.label or choices.0.text", key, path)
	}
	return steps, nil
}

// withTrace reads the agent's trace beside its answer. One that is not there, or
// is none, leaves an answer without: what needs it can't judge then.
func withTrace(decode decoder, path string) (decoder, error) {
	steps, err := stepsOf("runtime.http.trace", path)
	if err != nil || steps == nil {
		return decode, err
	}
	return func(body []byte, contentType string) (pipeline.Asset, error) {
		a, err := decode(body, contentType)
		if err == nil && a.Trace == nil {
			a.Trace = traceIn(body, steps)
		}
		return a, err
	}, nil
}

// traceIn is the trace at a place of a reply; nil = there is none.
func traceIn(body []byte, steps []string) *pipeline.Trace {
	if !json.Valid(body) {
		return nil
	}
	raw, err := lookUp(bytes.TrimSpace(body), steps)
	if err != nil {
		return nil
	}
	trace, err := pipeline.ParseTrace(raw)
	if err != nil {
		return nil
	}
	return trace
}

// pathDecoder reads the answer at a dotted path with array indexes, such as
// "choices.0.text" or "choices[0].text".
func pathDecoder(path string) (func([]byte, string) (pipeline.Asset, error), error) {
	steps, err := stepsOf("runtime.http.response", path)
	if err != nil {
		return nil, err
	}
	return func(body []byte, contentType string) (pipeline.Asset, error) {
		if len(steps) == 0 {
			return wholeBody(body, contentType)
		}
		if !json.Valid(body) {
			return pipeline.Asset{}, notJSON(body, contentType, errors.New("not JSON"))
		}
		value, err := lookUp(bytes.TrimSpace(body), steps)
		if err != nil {
			return pipeline.Asset{}, fmt.Errorf("runtime.http.response %q: %w", path, err)
		}
		var a pipeline.Asset
		a.Text, a.JSON = textOf(value)
		return a, nil
	}, nil
}

func wholeBody(body []byte, contentType string) (a pipeline.Asset, err error) {
	trimmed := bytes.TrimSpace(body)
	if json.Valid(trimmed) {
		a.Text, a.JSON = textOf(trimmed)
		return a, nil
	}
	if strings.Contains(contentType, "html") || len(trimmed) == 0 || strings.Contains(contentType, "json") {
		return a, notJSON(body, contentType, errors.New("neither JSON nor plain text"))
	}
	a.Text = string(bytes.ToValidUTF8(trimmed, []byte("\uFFFD")))
	return a, nil
}

// lookUp follows steps into a valid JSON value.
func lookUp(value json.RawMessage, steps []string) (json.RawMessage, error) {
	for i, step := range steps {
		next, ok := child(value, step)
		if !ok {
			return nil, missing(value, steps[:i], step)
		}
		value = next
	}
	return value, nil
}

// missing says why value, found at the path at, has no step.
func missing(value json.RawMessage, at []string, step string) error {
	where := "the reply"
	if len(at) > 0 {
		where = strings.Join(at, ".")
	}
	switch value[0] {
	case '{':
		var object map[string]json.RawMessage
		if err := json.Unmarshal(value, &object); err != nil {
			return err
		}
		keys := strings.Join(slices.Sorted(maps.Keys(object)), ", ")
		return fmt.Errorf("%s has no %q (it has: %s)", where, step, excerpt([]byte(keys), 200))
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return err
		}
		return fmt.Errorf("%s is a list of %d, which has no %q", where, len(list), step)
	}
	return fmt.Errorf("%s is %s, which has no %q", where, excerpt(value, 60), step)
}
