package promptfoo

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

func TestEvaluate(t *testing.T) {
	names := map[string]any{"a": 3.0, "b_2": 4, "zero": 0.0, "text": "x", "__count": 10.0}
	for text, want := range map[string]float64{
		"1 + 2 * 3": 7, "(1 + 2) * 3": 9, "a / b_2": 0.75, "-a + +1": -2, "2 ^ 3 ^ 2": 512, "-2 ^ 2": -4, "7 % 4": 3,
		"a > 2 ? 10 : 20": 10, "a == 3": 1, "a != 3": 0, "a <= 2": 0, "1e-2 * 100": 1, "max(a, b_2, 1)": 4, "mean(1, 2, 3)": 2,
		"round(2.345, 2)": 2.35, "sqrt(16)": 4, "a / __count": 0.3, "zero ? 1 : 0 ? 2 : 3": 3, "1 / zero": math.Inf(1), "pow(2, 10)": 1024,
	} {
		if got, err := evaluate(text, names); err != nil || math.Abs(got-want) > 1e-12 && got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "ends too early", "1 +": "ends too early", "nope": `no score named "nope"`, "text": "is no number", "f(1)": "function f is not known", "1 2": `unexpected "2"`,
		"(1": "a ) is missing", "max()": "unexpected", "1 ? 2": "a : is missing", "1..2": "is no number", "a = 3": `unexpected "="`,
		strings.Repeat("(", 5000): "too deep", strings.Repeat("-", 5000) + "1": "too deep",
	} {
		if got, err := evaluate(text, names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		"sh a.sh": {"sh", "a.sh"}, `python3 "my file.py" 'a b' c\ d`: {"python3", "my file.py", "a b", "c d"}, `x "" y`: {"x", "", "y"},
		`"a\"b" 'c\d'`: {`a"b`, `c\d`}, "  ": nil, "a\tb\nc": {"a", "b", "c"}, `pre"mid"post`: {"premidpost"},
	} {
		if got, err := splitCommand(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	if _, err := splitCommand(`a "b`); err == nil {
		t.Error("an open quote passes")
	}
}

func TestMessagesOf(t *testing.T) {
	for prompt, want := range map[string]string{
		"plain":     `[{"role":"user","content":"plain"}]`,
		`{"a": 1}`:  `[{"role":"user","content":"{\"a\": 1}"}]`,
		"[not json": `[{"role":"user","content":"[not json"}]`,
		"42":        `[{"role":"user","content":"42"}]`,
		`[{"role":"system","content":"s"},{"role":"user","content":"u"}]`: `[{"role":"system","content":"s"},{"role":"user","content":"u"}]`,
		`[{"role":"developer","content":"s"}]`:                            `[{"role":"system","content":"s"}]`,
		"- role: user\n  content: y":                                      `[{"role":"user","content":"y"}]`,
		`{"messages":[{"role":"user","content":"m"}]}`:                    `[{"role":"user","content":"m"}]`,
		`[{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,A"}}]}]`: `[{"role":"user","content":"","parts":[{"text":"t"},{"media":{"url":"data:image/png;base64,A"}}]}]`,
		`[{"role":"user","parts":[{"text":"g"}]}]`: `[{"role":"user","content":"","parts":[{"text":"g"}]}]`,
	} {
		got, err := messagesOf(prompt)
		data, _ := json.Marshal(got)
		if err != nil || string(data) != want {
			t.Errorf("%s:\n%s\nwant\n%s (%v)", prompt, data, want, err)
		}
	}
	for _, prompt := range []string{`["a"]`, `[{"content":"x"}]`, `[{"role":"user","content":7}]`, `[{"role":"user","content":[{"type":"sound"}]}]`} {
		if got, err := messagesOf(prompt); err == nil {
			t.Errorf("%s: %v", prompt, got)
		}
	}
}

func TestTransformForms(t *testing.T) {
	for text, want := range map[string]any{"json.a.b": []string{"a", "b"}, "json": []string{}, "json.c[0].d": []string{"c", "0", "d"}, "json.a + 1": nil, "json.f()": nil, "jsonx": nil, "json['a']": nil, "json.0a": nil} {
		got, ok := plainPath(project.Code{Kind: "expression", Source: text})
		if (want == nil) == ok || ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v", text, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a + b * (c - 1)", "max(1,2)?3:4", `sh "a b" c`, "POST /a b?c=d e HTTP/1.1\nHost: h\n\n{{prompt}}", `[{"role":"user","content":"x"}]`, "- role: user\n  content: y", "json.a[0]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		evaluate(s, map[string]any{"a": 1.0, "b": 2.0, "c": 3.0})
		splitCommand(s)
		plainPath(project.Code{Kind: "expression", Source: s})
		if r, err := parseRaw(s); err == nil && !strings.HasPrefix(r.target, "/") {
			t.Errorf("%q: target %q", s, r.target)
		}
		rawTemplate(s)
		if m, err := messagesOf(s); err == nil && len(m) == 0 && !strings.HasPrefix(strings.TrimSpace(s), "[") && !strings.Contains(s, "messages") {
			t.Errorf("%q: no message", s)
		}
		fit(s, 10)
		xmlText(xmlName(s))
	})
}
