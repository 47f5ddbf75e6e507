package dotprompt

import (
	"testing"
)

const knownHelpers = `known: each, history, if, ifEquals, json, log, lookup, media, role, section, unless, unlessEquals, with`

// TestParseErrors: what stands in want is what a user reads.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// Tags and blocks.
		{"a\n{{name", `t.prompt:2: the tag that begins here has no closing }}`},
		{"{{name}", `t.prompt:1: expected }}, found "}"`},
		{"{{{name}}", `t.prompt:1: expected }}}, found "}}"`},
		{"{{name}}}", `t.prompt:1: too many } at the end of a tag; a } that follows it is written behind a blank or {{!}}`},
		{"{{}}", `t.prompt:1: expected a name, a text in quotes, a number or }}, found "}}"`},
		{"{{a/../b}}", `t.prompt:1: .. can only stand at the beginning of a path`},
		{"{{a.this}}", `t.prompt:1: this can only stand at the beginning of a path`},
		{`{{role "x}}`, `t.prompt:1: the text that begins here has no closing "`},
		{"{{a.[b}}", `t.prompt:1: the [ that begins here has no closing ]`},
		{"{{!-- x }}", `t.prompt:1: the comment that begins here has no closing --}}`},
		{"a\n\n{{#if x}}\nb\n", `t.prompt:3: the block "{{#if x}}" is never closed: {{/if}} is missing`},
		{"{{#if x}}\n{{/each}}", `t.prompt:2: expected {{/if}}, which closes the block of line 1, found "{{/each}}"`},
		{"{{#if x}}\n{{#each y}}\n{{/if}}{{/each}}", `t.prompt:3: expected {{/each}}, which closes the block of line 2, found "{{/if}}"`},
		{"a{{/if}}", `t.prompt:1: "{{/if}}" stands outside of a block`},
		{"a{{else}}", `t.prompt:1: "{{else}}" stands outside of a block`},
		{"{{#if x}}{{else}}{{else}}{{/if}}", `t.prompt:1: "{{else}}" after {{else}}: a block has one {{else}}, its last branch`},
		{"{{#*inline \"x\"}}{{/inline}}", `t.prompt:1: decorators ({{#*inline}} and the like) are not known here; write the partial into a file _NAME.prompt`},
		{"{{{{code}}}}{{{{/code}}}}", `t.prompt:1: unknown raw block "{{{{code}}}}"; known: {{{{raw}}}}…{{{{/raw}}}}`},
		{"{{{{raw}}}}", `t.prompt:1: the raw block is never closed: {{{{/raw}}}} is missing`},
		{"{{#each a as |x}}{{/each}}", `t.prompt:1: block parameters are written as |name| or as |name name|`},
		{"{{#each a as |x y z|}}{{/each}}", `t.prompt:1: a block gives one or two parameters, not 3: the value, and its index or key`},

		// Helpers.
		{"{{add @index 1}}", `t.prompt:1: unknown helper "add"; ` + knownHelpers},
		{"{{jsn this}}", `t.prompt:1: unknown helper "jsn"; did you mean "json"? ` + knownHelpers},
		{"\n{{#iff x}}{{/iff}}", `t.prompt:2: unknown helper "iff"; did you mean "if"? ` + knownHelpers},
		{"{{#if (gt a 1)}}{{/if}}", `t.prompt:1: unknown helper "gt"; ` + knownHelpers},
		{"{{json x a=1 y}}", `t.prompt:1: an argument without a name can't follow one with a name, a=…`},
		{"{{#if}}{{/if}}", `t.prompt:1: the helper if takes 1 argument, found 0; a variable of that name is written {{this.if}}`},
		{"- {{name}} ({{role}})", `t.prompt:1: the helper role takes 1 argument, found 0; a variable of that name is written {{this.role}}`},
		{"{{#ifEquals a}}{{/ifEquals}}", `t.prompt:1: the helper ifEquals takes 2 arguments, found 1`},
		{"{{history 1}}", `t.prompt:1: the helper history takes no arguments without a name, found 1`},
		{"{{if x}}", `t.prompt:1: if is a block helper: write {{#if …}}…{{/if}}`},
		{"{{#json x}}{{/json}}", `t.prompt:1: json is no block: write {{json …}}, without # and without {{/json}}`},
		{"{{json (role \"user\")}}", `t.prompt:1: role shapes the messages and has no value: write {{role …}} alone`},
		{"{{role \"sytem\"}}", `t.prompt:1: unknown role "sytem"; known: system, user, model, tool`},
		{"{{json (lookup a 1}}", `t.prompt:1: the ( before lookup has no closing )`},

		// Partials.
		{"a\n{{> gone}}", `t.prompt:2: partial "gone": file does not exist`},
		{"{{> a b c}}", `t.prompt:1: a partial takes one context, found 2 arguments; others are named: {{> a key=value}}`},
		{"{{> (lookup a b)}}", `t.prompt:1: expected a name, a text in quotes, a number or }}, found "(lookup a b)}}"`},
		{"{{> self}}", `_self.prompt:2: partials include each other in a circle: self → self`},
		{"{{> ping}}", `_pong.prompt:1: partials include each other in a circle: ping → pong → ping`},
		{"{{> broken}}", `_broken.prompt:3: the block "{{#if x}}" is never closed: {{/if}} is missing`},

		// Front matter.
		{"---\nmodel: x\nbody", `t.prompt:1: the front matter that begins here is never closed: a line --- is missing`},
		{"# licence\n\n---\nmodle: x\n---\n", `t.prompt:4: unknown key "modle"; did you mean "model"? known: name, variant, version, description, model, config, input, output, tools, toolDefs, metadata, ext, candidates, docs, maxTurns, resources, returnToolRequests, toolChoice, use`},
		{"---\na: [\n---\n", `t.prompt:2: invalid YAML: did not find expected node content`},
		{"---\nhello\n---\n", `t.prompt:2: expected a mapping, found "hello"`},
		{"---\nmodel: x\nmodel: y\n---\n", `t.prompt:3: duplicate key "model": it is already on line 2`},
		{"---\nconfig:\n  temperature: hot\n---\n", `t.prompt:3: "config.temperature": expected a number, found "hot"`},
		{"---\nconfig:\n  maxOutputTokens: -1\n---\n", `t.prompt:3: maxOutputTokens, topK and topLogprobs can't be negative`},
		{"---\noutput:\n  format: jsn\n---\n", `t.prompt:3: "output.format": unknown format "jsn"; did you mean "json"? known: text, json, jsonl, array, enum, media`},
		{"---\ninput:\n  shema: {a: string}\n---\n", `t.prompt:3: unknown key "shema" in input; did you mean "schema"? known: schema, jsonSchema, default`},
		{"---\ntoolDefs:\n- description: x\n---\n", `t.prompt:3: "toolDefs": a tool needs a name`},
		{"---\ntoolDefs:\n- name: x\n- name: x\n---\n", `t.prompt:4: "toolDefs": two tools have the name "x"`},
		{"---\nname: x\n---\n\n\n{{/if}}", `t.prompt:6: "{{/if}}" stands outside of a block`},
		{"a\xffb", `t.prompt:1: not valid UTF-8: byte 0xff`},

		// Schemas.
		{"---\ninput:\n  schema:\n    a: strng\n---\n", `t.prompt:4: "strng" is no type of Picoschema; did you mean "string"? known: string, number, integer, boolean, null, any`},
		{"---\noutput:\n  schema:\n    a: string[]\n---\n", `t.prompt:4: "string[]" is no type of Picoschema; a list is written name(array): string`},
		{"---\noutput:\n  schema: Recipe\n---\n", `t.prompt:3: "Recipe" is no type of Picoschema, and schemas registered by name in an application are not known here: write the schema in place; known: string, number, integer, boolean, null, any`},
		{"---\noutput:\n  schema:\n    a: [x]\n---\n", `t.prompt:4: a list is no Picoschema: a list of values is written name(array): type, a choice name(enum): [A, B]`},
		{"---\noutput:\n  schema:\n    a(list): string\n---\n", `t.prompt:4: unknown kind of field (list); known: (array), (object), (enum)`},
		{"---\noutput:\n  schema:\n    a(enum): red\n---\n", `t.prompt:4: a choice is a list with at least one value: name(enum): [A, B]`},
		{"---\noutput:\n  schema:\n    a(array: string\n---\n", `t.prompt:4: the ( in "a(array" has no closing )`},
		{"---\noutput:\n  schema:\n    a: string\n    a?: string\n---\n", `t.prompt:5: two fields have the name "a"`},
		{"---\ninput:\n  schema:\n    type: object\n    properties: {a: string}\n---\n", `t.prompt:4: "input.schema": not a valid JSON Schema: at /properties/a: got string, want boolean or object`},
		{"---\ninput:\n  schema:\n    $ref: \"file:///etc/passwd\"\n---\n", `t.prompt:4: "input.schema": not a valid JSON Schema: failing loading "file:///etc/passwd": only references inside the schema are followed, such as #/$defs/name`},
	} {
		t.Run(c.in, func(t *testing.T) {
			_, err := Parse("t.prompt", []byte(c.in), func(name string) (string, []byte, error) {
				switch name {
				case "self":
					return "_self.prompt", []byte("a\n{{> self}}"), nil
				case "ping":
					return "_ping.prompt", []byte("{{> pong}}"), nil
				case "pong":
					return "_pong.prompt", []byte("{{> ping}}"), nil
				case "broken":
					return "_broken.prompt", []byte("\n\n{{#if x}}"), nil
				}
				return findTestPartial(name)
			})
			if err == nil {
				t.Fatalf("no error; want %s", c.want)
			}
			if err.Error() != c.want {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

func TestRenderErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\n{{order}}", `t.prompt:2: {{order}} is an object, which has no text; {{json order}} writes it as JSON`},
		{"{{people}}", `t.prompt:1: {{people}} is a list that holds an object, which has no text; {{json people}} writes it as JSON`},
		{"{{role name}}", `t.prompt:1: unknown role "Ann"; known: system, user, model, tool`},
		{"{{role order}}", `t.prompt:1: unknown role {"a b":"blank","id":7,"item":{"name":"pen"}}; known: system, user, model, tool`},
		{"{{media url=missing}}", `t.prompt:1: media has no url; it is written {{media url=variable}}, within {{#if variable}} where it may be missing`},
		{"{{media}}", `t.prompt:1: media has no url; it is written {{media url=variable}}, within {{#if variable}} where it may be missing`},
		{"{{media url=n}}", `t.prompt:1: media: url is not a text`},
		{"{{section missing}}", `t.prompt:1: section needs a name that is a text`},
		{"{{> @partial-block}}", `t.prompt:1: {{> @partial-block}} stands in a partial that is included without a body`},
		{"{{fn}}", `t.prompt:1: {{fn}} is a value that has no text: json: unsupported type: func(); {{json fn}} writes it as JSON`},
		{"{{json fn}}", `t.prompt:1: json: json: unsupported type: func()`},
		{"{{circle}}", `t.prompt:1: {{circle}} is a list that holds a list nested deeper than 100 levels; {{json circle}} writes it as JSON`},
		{"{{#each long}}{{#each ../long}}{{#each ../../long}}{{/each}}{{/each}}{{/each}}", `t.prompt: rendering takes more than 10 million steps`},
		{"{{#each long}}{{../text}}{{/each}}", `t.prompt: rendering gives more than 64 MiB of text`},
	} {
		p, err := Parse("t.prompt", []byte(c.in), findTestPartial)
		if err != nil {
			t.Fatal(err)
		}
		vars := testVars()
		circle := []any{nil}
		circle[0] = circle
		vars["fn"], vars["circle"], vars["long"] = func() {}, circle, make([]any, 5000)
		vars["text"] = string(make([]byte, 1<<16))
		_, err = p.Render(Input{Vars: vars})
		if err == nil {
			t.Errorf("%s: no error; want %s", c.in, c.want)
		} else if err.Error() != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, err, c.want)
		}
	}
}
