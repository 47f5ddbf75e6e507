package assertions

import (
	"encoding/json"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Assertion is one assertion as a promptfoo file holds it. Values are those of
// package jsvalue, or plain ones of encoding/json with float64 numbers.
type Assertion struct {
	Type             string
	Value            any // jsvalue.Undefined when there is none
	Threshold        *float64
	Weight           *float64 // nil = 1
	Metric           string   // may hold a template
	Transform        any      // inline JavaScript or file:// in text, or a function; nil = none
	ContextTransform any
	Provider         any         // the assertion's own judge, as written; nil = the test's
	RubricPrompt     any         // nil = the test's
	Config           any         // reaches scripts as context.config; nil = none
	Set              []Assertion // of an assert-set
	Line             int
}

// ParseAssertion reads an assertion from JSON. It takes any type: an unknown
// one is an error of the row, as in promptfoo. The error is of what promptfoo
// refuses before it runs anything.
func ParseAssertion(text []byte) (Assertion, error) {
	v, err := jsvalue.Parse(string(text))
	if err != nil {
		return Assertion{}, fmt.Errorf("reading an assertion: %w", err)
	}
	if err := checkShape(v); err != nil {
		return Assertion{}, fmt.Errorf("reading an assertion: %w", err)
	}
	return FromValue(v)
}

// FromValue reads an assertion from a decoded object.
func FromValue(v any) (Assertion, error) {
	if _, ok := jsvalue.KeysOf(v); !ok {
		return Assertion{}, fmt.Errorf("an assertion is an object, got %s", shown(v))
	}
	a := Assertion{Value: jsvalue.Undefined}
	if x, ok := jsvalue.Field(v, "value"); ok {
		a.Value = x
	}
	a.Type = textField(v, "type")
	a.Metric = textField(v, "metric")
	a.Transform, a.ContextTransform = codeField(v, "transform"), codeField(v, "contextTransform")
	a.Threshold = numberField(v, "threshold")
	a.Weight = numberField(v, "weight")
	a.Provider, _ = jsvalue.Field(v, "provider")
	a.RubricPrompt, _ = jsvalue.Field(v, "rubricPrompt")
	a.Config, _ = jsvalue.Field(v, "config")
	if list, ok := field(v, "assert").([]any); ok {
		for _, x := range list {
			sub, err := FromValue(x)
			if err != nil {
				return Assertion{}, err
			}
			a.Set = append(a.Set, sub)
		}
	}
	return a, nil
}

func field(v any, key string) any {
	x, ok := jsvalue.Field(v, key)
	if !ok {
		return jsvalue.Undefined
	}
	return x
}

func textField(v any, key string) string {
	s, _ := field(v, key).(string)
	return s
}

// codeField is code: a text, or a function of a script.
func codeField(v any, key string) any {
	switch x := field(v, key).(type) {
	case *jsvalue.Foreign:
		return x
	case string:
		if x != "" {
			return x
		}
	}
	return nil
}

// numberField reads a number, or a text that holds one: JavaScript compares
// both alike.
func numberField(v any, key string) *float64 {
	x := field(v, key)
	f, ok := jsvalue.Number(x)
	if s, isText := x.(string); isText {
		f, ok = jsvalue.ToNumber(s), true
	}
	if !ok {
		return nil
	}
	return &f
}

// shown is a value for messages, on one line and not long.
func shown(v any) string {
	text, ok := jsvalue.Stringify(v, "")
	if !ok {
		text = jsvalue.ToString(v)
	}
	return cut(text)
}

const shownBytes = 300

func cut(s string) string { return cutAt(s, shownBytes) }

// judgeBytes is how much is kept of what a judge said.
const judgeBytes = 4000

func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

func quote(s string) string {
	b, _ := json.Marshal(cut(s))
	return string(b)
}
