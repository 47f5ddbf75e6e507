package validators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/GaboBase/arch-genops/pipeline"
)

// schemaURL is where the schema pretends to lie: relative references resolve
// against it, and closed refuses them.
const schemaURL = "schema:///value"

// Bounds of what is checked against a schema. The checker keeps every violation
// in memory (1.2 kB for each item of a wrong list), its time grows with the
// square of the depth, and its arithmetic is exact.
const (
	maxValues = 100_000
	maxDepth  = 500
)

// closed is a loader that loads nothing: a schema in a test set is no reason to
// open files or connections.
type closed struct{}

func (closed) Load(url string) (any, error) {
	return nil, errors.New("only references inside the schema are followed, such as #/$defs/name")
}

func buildIsJSON(sp spec) (judge, error) {
	if sp.value != nil {
		return buildSchema(sp)
	}
	return func(s pipeline.Subject) (verdict, error) {
		err := checkJSON(outputJSON(&s.Asset))
		return yes(err == nil, func() string { return fmt.Sprintf("%v; got %s", err, quote(s.Asset.Text)) }), nil
	}, nil
}

func buildSchema(sp spec) (judge, error) {
	schema, err := compileSchema(sp.value)
	if err != nil {
		return nil, err
	}
	return func(s pipeline.Subject) (verdict, error) {
		problem, err := checkSchema(schema, outputJSON(&s.Asset))
		if err != nil {
			return verdict{}, err
		}
		return yes(problem == "", func() string { return fmt.Sprintf("%s; got %s", problem, quote(s.Asset.Text)) }), nil
	}, nil
}

// compileSchema takes a schema, or a text that holds one.
func compileSchema(v any) (*jsonschema.Schema, error) {
	const allowed = "allowed is a JSON schema, i.e. an object, true or false"
	if text, ok := v.(string); ok {
		var err error
		if v, err = decodeJSON([]byte(text)); err != nil {
			return nil, fmt.Errorf("value: %w; %s", err, allowed)
		}
	}
	switch v.(type) {
	case nil:
		return nil, errors.New("value is missing; " + allowed)
	case map[string]any, bool:
	default:
		return nil, fmt.Errorf("value %s: %s", show(v), allowed)
	}
	left := maxValues
	if err := affordable(v, 0, &left); err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.AssertFormat()
	if err := c.AddResource(schemaURL, v); err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	schema, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("value is not a valid schema: %s", strings.ReplaceAll(explainSchema(err), schemaURL, ""))
	}
	return schema, nil
}

// checkSchema returns what is wrong with the text, or "". An error means that
// the text is beyond what can be checked.
func checkSchema(schema *jsonschema.Schema, text []byte) (problem string, err error) {
	v, err := decodeJSON(text)
	if err != nil {
		return err.Error(), nil
	}
	left := maxValues
	if err := affordable(v, 0, &left); err != nil {
		return "", err
	}
	if err := schema.Validate(v); err != nil {
		return explainSchema(err), nil
	}
	return "", nil
}

// affordable says whether v stays within the bounds; left counts down.
func affordable(v any, depth int, left *int) error {
	if *left--; *left < 0 {
		return fmt.Errorf("the JSON holds more than %d values", maxValues)
	}
	if depth > maxDepth {
		return fmt.Errorf("the JSON is more than %d levels deep", maxDepth)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if err := affordable(x, depth+1, left); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := affordable(x, depth+1, left); err != nil {
				return err
			}
		}
	case json.Number:
		if !modest(string(v)) {
			return errors.New("the JSON holds a number beyond 400 digits")
		}
	}
	return nil
}

// explainSchema names the first thing that is wrong, and where.
func explainSchema(err error) string {
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		err = invalid.Err
	}
	var leaf *jsonschema.ValidationError
	if !errors.As(err, &leaf) {
		return clean(err.Error())
	}
	for len(leaf.Causes) > 0 {
		leaf = leaf.Causes[0]
	}
	at := "the top"
	if len(leaf.InstanceLocation) > 0 {
		at = "/" + strings.Join(leaf.InstanceLocation, "/")
	}
	return fmt.Sprintf("at %s: %s", clean(at), clean(leaf.ErrorKind.LocalizedString(message.NewPrinter(language.English))))
}
