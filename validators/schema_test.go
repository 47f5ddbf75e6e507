package validators

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestSchema(t *testing.T) {
	const own = `{"type":"json-schema","value":{"$defs":{"label":{"enum":["a","b"]}},"type":"object","required":["label"],
		"properties":{"label":{"$ref":"#/$defs/label"},"when":{"format":"date"},"n":{"multipleOf":0.1}},"additionalProperties":false}}`
	for _, c := range []struct {
		assert, output string
		pass           bool
		reason         string
	}{
		{own, `{"label":"a"}`, true, ""},
		{own, `{"label":"a","when":"2026-02-28","n":0.3}`, true, ""},
		{own, `{"label":"c"}`, false, "at /label: value must be one of 'a', 'b'"},
		{own, `{}`, false, "at the top: missing property 'label'"},
		{own, `{"label":"a","when":"2026-02-30"}`, false, "at /when"},
		{own, `{"label":"a","x":1}`, false, "additional properties 'x' not allowed"},
		{own, `{"label":"a"`, false, "not JSON: the text ends too early"},
		{own, `hello`, false, "not JSON"},
		{`{"type":"json-schema","value":"{\"type\":\"string\"}"}`, `"x"`, true, ""},
		{`{"type":"json-schema","value":true}`, `5`, true, ""},
		{`{"type":"json-schema","value":false}`, `5`, false, "at the top"},
		{`{"type":"not-json-schema","value":{"type":"string"}}`, `5`, true, ""},
		{`{"type":"json-schema","value":{"unknownKeyword":1,"format":"unknown"}}`, `"x"`, true, ""},
		{`{"type":"json-schema","value":{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}}`, `[5]`, false, "at /0"},
	} {
		f := judgeText(t, compile(t, c.assert), text(c.output))
		if f.Pass != c.pass || !strings.Contains(f.Reason, c.reason) {
			t.Errorf("%s on %.60s: pass %v, %q; want %v, %q", c.assert, c.output, f.Pass, f.Reason, c.pass, c.reason)
		}
	}
}

// TestHostileOutputs gives every kind of assertion outputs that are made to
// break it: none may crash it, hang it or leave a long reason.
func TestHostileOutputs(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	big := strings.Repeat("Der Bär läuft. ", 5<<20/16)
	outputs := map[string]string{
		"5 MB":                 big,
		"5 MB, one token":      strings.Repeat("a", 5<<20),
		"not UTF-8":            strings.Repeat("\xff\xfe", 1000),
		"NUL":                  "\x00",
		"100k levels":          deep(100_000),
		"100k levels, cut off": strings.Repeat(`{"label":`, 100_000),
		"9,999 levels":         deep(9_999),
		"many items":           "[" + strings.Repeat("1,", 300_000) + "1]",
		"huge number":          "1e999999999",
		"long number":          strings.Repeat("9", 1<<20),
		"right to left":        "\u202eabc",
		"many numbers":         strings.Repeat("1 1.0 ", 100_000),
	}
	for _, assert := range []string{
		`{"type":"equals","value":"x"}`,
		`{"type":"equals","value":{"a":1}}`,
		`{"type":"equals","value":"[]"}`,
		`{"type":"one-of","value":["x",[1]]}`,
		`{"type":"icontains","value":"x\u0301y"}`,
		`{"type":"contains-all","value":["x","y"]}`,
		`{"type":"starts-with","value":"x"}`,
		`{"type":"regex","value":"(x+x+)+y"}`,
		`{"type":"is-json"}`,
		`{"type":"json-schema","value":{"$id":"schema:///self","type":"array","items":{"$ref":"#"}}}`,
		`{"type":"json-schema","value":{"type":"array","uniqueItems":true,"items":{"type":"string","pattern":"^(a|aa)+$"}}}`,
		`{"type":"numeric","value":2,"threshold":0.5}`,
		`{"type":"similar","value":"x"}`,
		`{"type":"intent_accuracy","value":"x"}`,
		`{"type":"length","value":5}`,
	} {
		v := compile(t, assert)
		for name, output := range outputs {
			start := time.Now()
			f, err := v.Validate(context.Background(), text(output))
			if took := time.Since(start); took > 30*time.Second { // a hang, not a slow machine
				t.Errorf("%s on %s: %v", assert, name, took)
			}
			if err == nil && (f.Pass != (f.Reason == "") || !(f.Score >= 0 && f.Score <= 1) || len(f.Reason) > 4000) {
				t.Errorf("%s on %s: %+v", assert, name, f)
			}
		}
	}
	if judgeText(t, compile(t, `{"type":"is-json"}`), text(outputs["100k levels"])).Pass {
		t.Error("100k levels count as JSON")
	}
	Label(outputs["100k levels, cut off"], nil)
	for name, want := range map[string]string{
		"many items":   "more than 100000 values",
		"9,999 levels": "more than 500 levels",
		"huge number":  "beyond 400 digits",
		"long number":  "beyond 400 digits",
	} {
		f, err := compile(t, `{"type":"json-schema","value":{"minimum":5}}`).Validate(context.Background(), text(outputs[name]))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", name, f, err, want)
		}
	}
}
