package embedding

import (
	"slices"
	"strings"
	"testing"
)

func TestReadExamples(t *testing.T) {
	want := []Example{{"where is it", "track"}, {"where is my parcel", "track"}, {"cancel that", "cancel"}}
	for name, c := range map[string]struct{ data, oos string }{
		"object":  {`{"examples": {"track": ["where is it", "where is my parcel"], "cancel": ["cancel that"]}, "out_of_scope": "none"}`, "none"},
		"unnamed": {`{"examples": {"track": ["where is it", "where is my parcel"], "cancel": ["cancel that"]}}`, ""},
		"rows": {`[{"text": "where is it", "label": "track"}, {"label": "track", "text": "where is my parcel"},
			{"text": "cancel that", "label": "cancel"}]` + "\n", ""},
	} {
		got, oos, err := ReadExamples("e.json", []byte(c.data))
		if err != nil || oos != c.oos || !slices.Equal(got, want) {
			t.Errorf("%s: %v, out of scope %q, error %v", name, got, oos, err)
		}
	}
}

func TestReadExamplesErrors(t *testing.T) {
	for data, want := range map[string]string{
		``:                  "e.json:1: not JSON: it ends too early",
		`{"examples": {"a"`: "e.json:1: not JSON",
		"{\n\"examples\": {\"a\": [\"x\"]},\n\"oos\": \"b\"}": `e.json:3: unknown key "oos"; known are out_of_scope, examples`,
		"{\"examples\": {\"a\": [\"x\"],\n\"b\": []}}":        `e.json:2: examples: "b" has no text`,
		"{\"examples\": {\"a\": [\"x\",\n\" \"]}}":            `e.json:2: examples: "a": empty`,
		"{\"examples\": {\"a\": [\"x\"],\n\"a\": [\"y\"]}}":   `e.json:2: examples: key "a" stands there twice`,
		`{"examples": {"a": "x"}}`:                            `examples: "a" is not a list`,
		`{"examples": {"a": [1]}}`:                            `examples: "a": not a string`,
		`{"examples": {"": ["x"]}}`:                           `empty label`,
		`{"examples": []}`:                                    `examples is not an object`,
		`{"examples": {}}`:                                    `no examples`,
		`{"out_of_scope": "x"}`:                               `no examples`,
		`{"out_of_scope": ""}`:                                `out_of_scope: empty`,
		`[]`:                                                  `no examples`,
		`7`:                                                   `neither {"examples"`,
		"[{\"text\": \"x\", \"label\": \"a\"},\n{\"text\": \"y\"}]": `e.json:2: example 2: no label`,
		`[{"label": "a"}]`:                         `example 1: no text`,
		`[{"text": "x", "label": "a", "id": "1"}]`: `example 1: unknown key "id"; known are text, label`,
		`[{"text": "x", "label": "a"}] [`:          `after the end`,
		`["x"]`:                                    `example 1 is not an object`,
		`[{"text": "x", "label": "a"}`:             `ends too early`,
	} {
		got, _, err := ReadExamples("e.json", []byte(data))
		if err == nil || got != nil || !strings.HasPrefix(err.Error(), "e.json:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\terror %v\n\twant  %s", data, err, want)
		}
	}
}

func FuzzReadExamples(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		examples, _, err := ReadExamples("f", data)
		if (err == nil) != (len(examples) > 0) {
			t.Fatalf("%d examples, error %v", len(examples), err)
		}
		for _, e := range examples {
			if strings.TrimSpace(e.Text) == "" || strings.TrimSpace(e.Label) == "" {
				t.Errorf("empty text or label in %q", e)
			}
		}
	})
}
