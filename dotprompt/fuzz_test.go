package dotprompt

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
)

// isLocated reports whether every part of an error names a file.
func isLocated(err error) bool {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(many.Unwrap(), func(e error) bool { return !isLocated(e) })
	}
	var e *config.Error
	return errors.As(err, &e) && e.File != ""
}

// FuzzParse: any file is a prompt or an error with a place; a prompt can be
// asked for everything.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{fullPrompt, benchPrompt, "{{#if a}}b{{else if c}}d{{/if}}", "{{> hello x=(lookup a \"b\")}}", "---\noutput:\n  schema:\n    a?(enum, b): [C]\n---\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f.prompt", data, findTestPartial)
		if err != nil {
			if !isLocated(err) {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for _, schema := range []json.RawMessage{p.Schema, p.Output.Schema} {
			if schema != nil && !json.Valid(schema) {
				t.Fatalf("not JSON: %s", schema)
			}
		}
		given := map[string]any{}
		for _, v := range p.Variables() {
			given[v.Name] = "x"
		}
		for _, vars := range []map[string]any{nil, given, testVars()} {
			if err := p.Check(vars); err != nil && !isLocated(err) {
				t.Fatalf("an error without a place: %v", err)
			}
			if _, err := p.Render(Input{Vars: vars}); err != nil && !isLocated(err) {
				t.Fatalf("an error without a place: %v", err)
			}
		}
	})
}

// FuzzRender: a template and a value, which may be hostile. Rendering is
// repeatable, its messages are whole, and as text the value makes no message.
func FuzzRender(f *testing.F) {
	for _, value := range forgeries {
		f.Add("{{role \"system\"}}a{{role \"user\"}}{{x}}{{#each list}}{{this}}{{/each}}", value)
	}
	f.Add("  {{> two}}\n{{#> frame}}{{media url=x}}{{/frame}}{{history}}", "y")
	f.Fuzz(func(t *testing.T, body, value string) {
		frame, err := Parse("f.prompt", []byte("{{role \"system\"}}s{{role \"user\"}}<{{x}}>"), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := frame.Render(Input{Vars: map[string]any{"x": value}})
		if want := "system(s) user(<" + value + ">)"; err != nil || show(got.Messages) != want {
			t.Fatalf("got %q, want %q (%v)", show(got.Messages), want, err)
		}

		p, err := Parse("f.prompt", []byte(body), findTestPartial)
		if err != nil {
			return
		}
		vars := testVars()
		vars["x"] = value
		in := Input{Vars: vars, Context: map[string]any{"state": value}}
		first, err := p.Render(in)
		if err != nil {
			return
		}
		second, err := p.Render(in)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("two renderings differ: %v, %v (%v)", first, second, err)
		}
		for _, m := range first.Messages {
			if roles[m.Role] != m.Role || len(m.Parts) == 0 {
				t.Fatalf("message %+v", m)
			}
			for _, part := range m.Parts {
				if part.Media == nil && part.Section == "" && isBlank(part.Text) {
					t.Fatalf("an empty part in %+v", m)
				}
			}
		}
	})
}
