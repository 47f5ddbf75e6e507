package validators

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/testsets"
)

// FuzzParseRule: what is accepted is in range and reads back as itself, what is
// refused says why on one line.
func FuzzParseRule(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		r, err := ParseRule(line)
		if err != nil {
			if msg := err.Error(); msg == "" || strings.ContainsAny(msg, "\n\x00\x1b") || !utf8.ValidString(msg) {
				t.Fatalf("%q: message %q", line, msg)
			}
			return
		}
		if !(r.AtLeast >= 0 && r.AtLeast <= 1) || r.HasShare && !(r.Share > 0 && r.Share <= 1) || r.Limit != nil && !(r.Limit.Max >= 0) {
			t.Fatalf("%q: %+v", line, r)
		}
		if l := r.Limit; l != nil {
			if again, err := ParseLimit(l.Text); err != nil || again != *l {
				t.Fatalf("%q: %s reads back as %+v, %v", line, l.Text, again, err)
			}
		}
	})
}

// FuzzJSONOutput: is-json agrees with encoding/json on UTF-8, a schema that
// allows everything with is-json, and every schema with itself under not-.
func FuzzJSONOutput(f *testing.F) {
	isJSON := compile(f, `{"type":"is-json"}`)
	anything := compile(f, `{"type":"json-schema","value":{}}`)
	const schema = `-schema","value":{"$defs":{"n":{"type":["integer","string","null"],"minimum":2,"multipleOf":0.5,"minLength":1}},
		"anyOf":[{"$ref":"#/$defs/n"},{"items":{"$ref":"#"},"uniqueItems":true,"additionalProperties":{"$ref":"#"}}]}}`
	some, none := compile(f, `{"type":"json`+schema), compile(f, `{"type":"not-json`+schema)
	f.Fuzz(func(t *testing.T, output string) {
		valid := judgeText(t, isJSON, text(output)).Pass
		if want := utf8.ValidString(output) && json.Valid([]byte(output)); valid != want {
			t.Fatalf("%q: is-json %v, want %v", output, valid, want)
		}
		got, err := anything.Validate(context.Background(), text(output))
		if err != nil {
			if !valid {
				t.Fatalf("%q: not JSON, yet too large to check: %v", output, err)
			}
			return
		}
		if got.Pass != valid {
			t.Fatalf("%q: is-json %v, but any schema %v: %s", output, valid, got.Pass, got.Reason)
		}
		if a, b := judgeText(t, some, text(output)), judgeText(t, none, text(output)); a.Pass == b.Pass {
			t.Fatalf("%q: the schema and its inversion give %v", output, a.Pass)
		}
		Label(output, nil)
	})
}

// FuzzAssertion: no assertion crashes, neither while it is compiled nor while
// it judges, and equals holds for a text and itself.
func FuzzAssertion(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind, value, output string) {
		a := testsets.Assertion{Type: kind}
		if json.Valid([]byte(value)) {
			a.Value = json.RawMessage(value)
		}
		if v, err := New(a, Deps{Embedder: letters{}}); err == nil {
			first, err1 := v.Validate(context.Background(), text(output))
			again, err2 := v.Validate(context.Background(), text(output))
			if !reflect.DeepEqual(first, again) || (err1 == nil) != (err2 == nil) || !(first.Score >= 0 && first.Score <= 1) {
				t.Fatalf("%s %s on %q: %+v %v, then %+v %v", kind, value, output, first, err1, again, err2)
			}
		}
		same := text(output)
		same.Expected = output
		if got := judgeText(t, compile(t, `{"type":"equals"}`), same); !got.Pass {
			t.Fatalf("%q does not equal itself: %s", output, got.Reason)
		}
	})
}
