package assertions

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// schemaOf compiles the schema of an assertion's value: an object, or YAML text
// of one. A value that is empty is no schema. The error is one of each judgement
// that needs the schema.
func (s *spec) schemaOf(value any) (*schema, error) {
	if got, ok := value.(fromScript); ok {
		value = got.value
	}
	if !jsvalue.Truthy(value) {
		return nil, nil
	}
	switch v := value.(type) {
	case string:
		parsed, err := parseYAML(v)
		if err != nil {
			return nil, fmt.Errorf("value is no YAML: %w", err)
		}
		return newSchema(parsed, s.deps.Regexps, s.mode)
	case bool, float64:
		return nil, fmt.Errorf("value %s: allowed is a JSON schema", shown(value))
	}
	if s.mode == Exact && HoldsReference(value) {
		return nil, errors.New("value: $ref is resolved against the configuration file, where nothing has that name")
	}
	return newSchema(value, s.deps.Regexps, s.mode)
}

func buildIsJSON(s *spec, value any) (judgeFunc, error) {
	schema, schemaErr := s.schemaOf(value)
	return func(ctx context.Context, c *call) (grade, error) {
		v, err := jsvalue.Parse(c.text)
		if err != nil && s.hides(schemaErr) {
			return grade{}, schemaErr
		}
		if err != nil || schema == nil && schemaErr == nil {
			return verdict(err == nil, s.inverse, func() string {
				if err == nil {
					return "expected no JSON, got " + quote(c.text)
				}
				return fmt.Sprintf("not JSON: %v; got %s", err, quote(c.text))
			}), nil
		}
		if schemaErr != nil {
			return grade{}, schemaErr
		}
		problem, err := schema.check(ctx, v)
		if err != nil {
			return grade{}, err
		}
		return verdict(problem == "", s.inverse, func() string { return schemaReason(problem, c.text) }), nil
	}, nil
}

// hides reports whether a pass would hide that the schema is wrong.
func (s *spec) hides(schemaErr error) bool {
	return schemaErr != nil && s.inverse && s.mode == Strict
}

func schemaReason(problem, text string) string {
	if problem == "" {
		return "the JSON fits the schema: " + quote(text)
	}
	return "the JSON does not fit the schema: " + problem + "; got " + quote(text)
}

func buildContainsJSON(s *spec, value any) (judgeFunc, error) {
	schema, schemaErr := s.schemaOf(value)
	return func(ctx context.Context, c *call) (grade, error) {
		objects := objectsIn(c.text)
		if len(objects) == 0 && s.hides(schemaErr) {
			return grade{}, schemaErr
		}
		if len(objects) == 0 || schema == nil && schemaErr == nil {
			return verdict(len(objects) > 0, s.inverse, func() string {
				return fmt.Sprintf("expected a text with%s JSON, got %s", out(s.inverse), quote(c.text))
			}), nil
		}
		if schemaErr != nil {
			return grade{}, schemaErr
		}
		problem := ""
		for _, o := range objects {
			var err error
			if problem, err = schema.check(ctx, o); err != nil {
				return grade{}, err
			}
			if problem == "" {
				break
			}
		}
		return verdict(problem == "", s.inverse, func() string { return schemaReason(problem, c.text) }), nil
	}, nil
}
