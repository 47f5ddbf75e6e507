package generators

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestTemplate(t *testing.T) {
	req := pipeline.Request{
		ID: "c1#2", Input: "say \"hi\"\n<b>", Vars: map[string]any{"city": "Köln", "n": 3, "user": map[string]any{"name": "Ada"}},
		Messages: []pipeline.Message{{Role: "user", Content: "a\"b"}, {Role: "assistant", Content: "c"}},
	}
	for text, want := range map[string]string{
		`{"text": {{json input}}}`:                              `{"text": "say \"hi\"\n<b>"}`,
		`{"c": {{json vars.city}}, "n": {{vars.n}}}`:            `{"c": "Köln", "n": 3}`,
		`{"u": {{json vars.user.name}}, "id": {{ id | json }}}`: `{"u": "Ada", "id": "c1#2"}`,
		`{"m": {{json messages}}}`:                              `{"m": [{"content":"a\"b","role":"user"},{"content":"c","role":"assistant"}]}`,
		`[{{range $i, $m := messages}}{{if $i}},{{end}}{"{{.role}}": {{json .content}}, "i": {{json input}}}{{end}}]`: `[{"user": "a\"b", "i": "say \"hi\"\n<b>"},{"assistant": "c", "i": "say \"hi\"\n<b>"}]`,
		`{{with vars.city}}{"c": {{json .}}}{{else}}{}{{end}}`:                                                        `{"c": "Köln"}`,
		`{"x": {{json (index vars "city")}}, "all": {{json vars.user}}}`:                                              `{"x": "Köln", "all": {"name":"Ada"}}`,
	} {
		encode, err := templateEncoder(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		body, err := encode(req)
		if err != nil || string(body) != want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", text, body, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"text": "{{input}}"}`:    "write {{json input}}, without quotes",
		`{"text": {{input}}}`:      "{{json input}}",
		`{"text": {{json inptu}}}`: `"inptu" not defined`,
		`{"text": {{json input}`:   "runtime.http.request",
		`text {{json input}}`:      "valid JSON",
	} {
		if _, err := templateEncoder(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	encode, err := templateEncoder(`{"c": {{json vars.town}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := encode(req); err == nil || !strings.Contains(err.Error(), `variable "town"`) || !strings.Contains(err.Error(), "city, n, user") {
		t.Errorf("missing variable: %v", err)
	}
}

func TestResponsePath(t *testing.T) {
	for _, c := range []struct{ path, body, contentType, text, json, err string }{
		{"result.label", `{"result":{"label":"x"}}`, "", "x", "", ""},
		{"choices.0.text", `{"choices":[{"text":"x"}]}`, "", "x", "", ""},
		{"choices[1].text", `{"choices":[1,{"text":"y"}]}`, "", "y", "", ""},
		{"$.a", `{"a": [1, 2]}`, "", "[1,2]", "[1,2]", ""},
		{"a", `{"a": null}`, "", "null", "null", ""},
		{"a.b", `{"a":{"c":1,"d":2}}`, "", "", "", `a has no "b" (it has: c, d)`},
		{"a.2", `{"a":[1]}`, "", "", "", `a is a list of 1, which has no "2"`},
		{"a.b", `{"a":"text"}`, "", "", "", `a is "text", which has no "b"`},
		{"b", `{"a":1}`, "", "", "", `the reply has no "b" (it has: a)`},
		{"a", `<html>`, "text/html", "", "", "text/html"},
		{"", `"x"`, "application/json", "x", "", ""},
		{"", ` {"a": 1}`, "application/json", `{"a":1}`, `{"a":1}`, ""},
		{"", "plain text\n", "text/plain", "plain text", "", ""},
		{"", "<html>", "text/html", "", "", "text/html"},
		{"", "", "text/plain", "", "", "empty"},
		{"", `{"a":`, "application/json", "", "", "not the JSON"},
	} {
		decode, err := pathDecoder(c.path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := decode([]byte(c.body), c.contentType)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q of %s: error %v, want %q", c.path, c.body, err, c.err)
			}
		} else if err != nil || a.Text != c.text || string(a.JSON) != c.json {
			t.Errorf("%q of %s: %q, %q, %v", c.path, c.body, a.Text, a.JSON, err)
		}
	}
	if _, err := pathDecoder("a..b"); err == nil {
		t.Error("a..b was taken as a path")
	}
}
