package dotprompt

import (
	"strings"
	"testing"
)

func TestPicoschema(t *testing.T) {
	const end = `,"additionalProperties":false}`
	for _, c := range []struct{ in, want string }{
		// Scalars.
		{`string`, `{"type":"string"}`},
		{`number, how much`, `{"type":"number","description":"how much"}`},
		{`number,how much`, `{"type":"number","description":"how much"}`},
		{`integer,   a, b, and c`, `{"type":"integer","description":"a, b, and c"}`},
		{`any`, `{}`},
		{`any, whatever`, `{"description":"whatever"}`},

		// Objects, optional fields, descriptions.
		{`{a: boolean, b: string}`, `{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"string"}},"required":["a","b"]` + end},
		{`{z: string, a?: number}`, `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":["number","null"]}},"required":["z"]` + end},
		{"a?: 'boolean, maybe'", `{"type":"object","properties":{"a":{"type":["boolean","null"],"description":"maybe"}}` + end},
		{`{a: null, b: "null", c: "null, nothing"}`, `{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null","description":"nothing"}},"required":["a","b","c"]` + end},
		{`{a: any, b?: "any, free"}`, `{"type":"object","properties":{"a":{},"b":{"description":"free"}},"required":["a"]` + end},
		{`{a: {b: {c?: integer}}}`, `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{"type":["integer","null"]}}` + end + `},"required":["b"]` + end + `},"required":["a"]` + end},
		{`a?: {b: string}`, `{"type":"object","properties":{"a":{"type":["object","null"],"properties":{"b":{"type":"string"}},"required":["b"],"additionalProperties":false}}` + end},
		{`{}`, `{"type":"object","properties":{}` + end},

		// Arrays, objects and choices in parentheses.
		{`"tags(array, a list, of tags)": string, one`, `{"type":"object","properties":{"tags":{"type":"array","items":{"type":"string","description":"one"},"description":"a list, of tags"}},"required":["tags"]` + end},
		{`{"v(array)": number}`, `{"type":"object","properties":{"v":{"type":"array","items":{"type":"number"}}},"required":["v"]` + end},
		{`{"v?(array)": {x: any}}`, `{"type":"object","properties":{"v":{"type":["array","null"],"items":{"type":"object","properties":{"x":{}},"required":["x"]` + end + `}}` + end},
		{`{"o(object, an object)": {x?: string}}`, `{"type":"object","properties":{"o":{"type":"object","properties":{"x":{"type":["string","null"]}},"additionalProperties":false,"description":"an object"}},"required":["o"]` + end},
		{`{"o?(object)": {x: string}}`, `{"type":"object","properties":{"o":{"type":["object","null"],"properties":{"x":{"type":"string"}},"required":["x"],"additionalProperties":false}}` + end},
		{`{"c(enum, a colour)": [RED, 2, true]}`, `{"type":"object","properties":{"c":{"enum":["RED",2,true],"description":"a colour"}},"required":["c"]` + end},
		{`{"c?(enum)": [RED, GREEN]}`, `{"type":"object","properties":{"c":{"enum":["RED","GREEN",null]}}` + end},
		{`{"c?(enum)": [RED, null]}`, `{"type":"object","properties":{"c":{"enum":["RED",null]}}` + end},
		{`{"d(array, list (of) things)": string}`, `{"type":"object","properties":{"d":{"type":"array","items":{"type":"string"},"description":"list (of) things"}},"required":["d"]` + end},

		// Any other name.
		{`{a: string, (*): any}`, `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":{}}`},
		{`(*): integer, a number`, `{"type":"object","properties":{},"additionalProperties":{"type":"integer","description":"a number"}}`},

		// JSON Schema passes.
		{`{type: string}`, `{"type":"string"}`},
		{`{type: [string, "null"], maxLength: 3}`, `{"type":["string","null"],"maxLength":3}`},
		{`{properties: {b: {type: string}, a: {}}}`, `{"type":"object","properties":{"b":{"type":"string"},"a":{}}}`},
		{`{type: object, required: [a], properties: {a: {type: string, description: "<b>"}}}`, `{"type":"object","required":["a"],"properties":{"a":{"type":"string","description":"<b>"}}}`},
		{`{anyOf: [{type: string}, {type: number}]}`, `{"anyOf":[{"type":"string"},{"type":"number"}]}`},
		{`{$ref: "#/$defs/x", $defs: {x: {type: string}}}`, `{"$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}`},
		{`{type: array, items: {enum: [1, 2.5, null]}}`, `{"type":"array","items":{"enum":[1,2.5,null]}}`},
		{`true: string`, `{"type":"object","properties":{"true":{"type":"string"}},"required":["true"]` + end},
	} {
		file := "---\noutput:\n  schema:\n" + indented(c.in) + "\n---\n"
		p, err := Parse("t.prompt", []byte(file), nil)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := string(p.Output.Schema); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

func indented(s string) string {
	return "    " + strings.ReplaceAll(s, "\n", "\n    ")
}
