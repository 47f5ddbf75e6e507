package dotprompt

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// testVars are the variables of the table; partials those it includes.
func testVars() map[string]any {
	return map[string]any{
		"name": "Ann", "n": 3, "zero": 0, "empty": "", "yes": true, "no": false, "nil": nil,
		"half": 0.5, "whole": 2.0, "tiny": 1e-7, "huge": 1e21, "html": `<b>"&'`,
		"list": []any{"a", "b", "c"}, "none": []any{}, "names": []string{"x", "y"},
		"nested": []any{[]any{1, nil, 2}, "z"},
		"people": []any{
			map[string]any{"name": "Bo", "pets": []any{"cat", "dog"}},
			map[string]any{"name": "Cy", "pets": []any{}},
		},
		"order": map[string]any{"id": 7, "item": map[string]any{"name": "pen"}, "a b": "blank"},
		"ages":  map[string]int{"bo": 5, "al": 4},
		"role":  "a variable", "lines": "one\ntwo", "emoji": "a😀",
	}
}

var testPartials = map[string]string{
	"hello":     "Hello {{name}}!",
	"file":      "{{name}} in a file\n",
	"two":       "first\n\nthird {{lines}}\n",
	"up":        "[{{../name}}{{#each list}}{{../name}}{{/each}}]",
	"both":      "{{greeting}} {{name}}",
	"frame":     "<{{> @partial-block}}>",
	"outer":     "({{> hello}})",
	"talk":      "{{role \"model\"}}said {{name}}",
	"at/deep":   "deep",
	"loop":      "{{@index}}",
	"withFront": "---\nmodel: x\n---\nbody",
}

func findTestPartial(name string) (string, []byte, error) {
	text, ok := testPartials[name]
	if !ok {
		return "", nil, fmt.Errorf("partial %q: %w", name, fs.ErrNotExist)
	}
	return "_" + name + extension, []byte(text), nil
}

// show writes messages in a form that a table can hold: text alone for a single
// message of the user, else role(parts) one after the other.
func show(messages []Message) string {
	if len(messages) == 1 && messages[0].Role == "user" && len(messages[0].Parts) == 1 && messages[0].Parts[0].Text != "" {
		return messages[0].Parts[0].Text
	}
	var all []string
	for _, m := range messages {
		var parts []string
		for _, p := range m.Parts {
			switch {
			case p.Media != nil:
				parts = append(parts, "<"+strings.TrimSpace(p.Media.URL+" "+p.Media.Type)+">")
			case p.Section != "":
				parts = append(parts, "§"+p.Section)
			default:
				parts = append(parts, p.Text)
			}
		}
		all = append(all, m.Role+"("+strings.Join(parts, "|")+")")
	}
	return strings.Join(all, " ")
}

func TestTemplates(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// Values.
		{`Hello, {{name}}!`, `Hello, Ann!`},
		{`{{ name }}{{{name}}}{{& name}}`, `AnnAnnAnn`},
		{`{{html}} {{{html}}}`, `<b>"&' <b>"&'`},
		{`[{{missing}}{{nil}}{{empty}}]`, `[]`},
		{`{{yes}} {{no}} {{zero}} {{n}}`, `true false 0 3`},
		{`{{half}} {{whole}} {{tiny}} {{huge}}`, `0.5 2 1e-7 1e+21`},
		{`{{list}} {{names}} {{nested}}`, `a,b,c x,y 1,,2,z`},
		{`{{"name"}} {{'a b'}}`, `Ann `},

		// Paths.
		{`{{order.id}} {{order/id}} {{order.item.name}}`, `7 7 pen`},
		{`{{list.[1]}} {{list.1}} {{people.[0].name}} {{list.[9]}}`, `b b Bo `},
		{`{{order.[a b]}} {{this.name}} {{./name}} {{this/name}}`, `blank Ann Ann Ann`},
		{`{{list.length}} {{name.length}} {{emoji.length}}`, `3 3 3`},
		{`{{missing.deeper.still}}{{name.first}}{{n.x}}.`, `.`},
		{`{{@root.name}} {{@state.count}} {{@missing}} {{@state.none}}.`, `Ann 42  .`},
		{`{{this.role}}`, `a variable`},
		{`{{#with order}}{{id}} {{../name}} {{#with item}}{{name}} {{../id}} {{../../name}}{{/with}}{{/with}}`, `7 Ann pen 7 Ann`},
		{`{{#if yes}}{{name}}{{../name}}{{/if}}`, `Ann`},
		{`{{@metadata.prompt.name}}/{{@metadata.messages.length}}`, `t/0`},

		// if, unless.
		{`{{#if yes}}a{{else}}b{{/if}} {{#if no}}a{{else}}b{{/if}}`, `a b`},
		{`{{#if zero}}a{{/if}}{{#if empty}}b{{/if}}{{#if nil}}c{{/if}}{{#if none}}d{{/if}}{{#if missing}}e{{/if}}.`, `.`},
		{`{{#if zero includeZero=true}}zero{{/if}}`, `zero`},
		{`{{#if order}}a{{/if}}{{#if list}}b{{/if}}{{#if "0"}}c{{/if}}`, `abc`},
		{`{{#if no}}a{{else if zero}}b{{else if yes}}c{{else}}d{{/if}}`, `c`},
		{`{{#if no}}a{{else if no}}b{{else}}c{{/if}}`, `c`},
		{`{{#if no}}a{{else unless no}}b{{/if}}`, `b`},
		{`{{#unless no}}a{{else}}b{{/unless}}{{#unless yes}}c{{/unless}}`, `a`},
		{`{{#if (lookup order "id")}}a{{/if}}`, `a`},
		{`{{#if no}}a{{^}}b{{/if}}`, `b`},

		// each, with, sections.
		{`{{#each list}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}`, `0a,1b,2c`},
		{`{{#each list}}{{#if @first}}>{{/if}}{{.}}{{/each}}`, `>abc`},
		{`{{#each none}}a{{else}}nobody{{/each}} {{#each missing}}a{{else}}none{{/each}}`, `nobody none`},
		{`{{#each ages}}{{@key}}={{this}}{{@index}} {{/each}}.`, `al=40 bo=51 .`},
		{`{{#each people}}{{name}}:{{#each pets}}{{this}} of {{../name}}{{@../index}} {{/each}}{{/each}}.`, `Bo:cat of Bo0 dog of Bo0 Cy:.`},
		{`{{#each people as |p i|}}{{i}}{{p.name}}{{#each p.pets as |q|}}{{p.name}}{{q}}{{/each}} {{/each}}.`, `0BoBocatBodog 1Cy .`},
		{`{{#each list}}{{@root.name}}{{../name}} {{/each}}.`, `AnnAnn AnnAnn AnnAnn .`},
		{`{{#each name}}a{{else}}no list{{/each}}`, `no list`},
		{`{{#with order as |o|}}{{o.id}}{{/with}}{{#with missing}}a{{else}}b{{/with}}{{#with zero}}{{this}}{{/with}}`, `7b0`},
		{`{{#with this}}{{name}}{{/with}}`, `Ann`},
		{`{{#list}}{{this}}{{/list}} {{#order}}{{id}}{{/order}} {{#yes}}{{name}}{{/yes}}{{#no}}x{{/no}}`, `abc 7 Ann`},
		{`{{^none}}empty{{/none}}{{^list}}x{{/list}}{{^missing}} gone{{else}}here{{/missing}}`, `empty gone`},
		{`{{#order.item}}{{name}}{{/order.item}}`, `pen`},
		{`{{#each people}}{{#if pets}}{{name}}{{else}}none{{/if}} {{/each}}.`, `Bo none .`},

		// Helpers.
		{`{{lookup order "id"}}{{lookup list 1}}{{lookup list n}}{{lookup missing "x"}}{{lookup order (lookup list 9)}}`, `7b`},
		{`{{json order}}`, `{"a b":"blank","id":7,"item":{"name":"pen"}}`},
		{`{{json none}} {{json html}} {{json nil}} {{json whole}} {{json names}} {{json missing}}`, `[] "<b>\"&'" null 2 ["x","y"] null`},
		{`{{json ages indent=2}}`, "{\n  \"al\": 4,\n  \"bo\": 5\n}"},
		{`{{json ages indent="> "}}`, "{\n> \"al\": 4,\n> \"bo\": 5\n}"},
		{`{{json (lookup order "item")}}`, `{"name":"pen"}`},
		{`{{#ifEquals n 3}}a{{else}}b{{/ifEquals}}{{#ifEquals n "3"}}a{{else}}b{{/ifEquals}}`, `ab`},
		{`{{#ifEquals name "Ann"}}a{{/ifEquals}}{{#ifEquals yes true}}b{{/ifEquals}}{{#ifEquals nil null}}c{{/ifEquals}}`, `abc`},
		{`{{#ifEquals nil zero}}a{{else}}b{{/ifEquals}}{{#ifEquals missing null}}a{{else}}b{{/ifEquals}}{{#ifEquals missing undefined}}c{{/ifEquals}}`, `bbc`},
		{`{{#ifEquals list list}}same{{/ifEquals}}{{#ifEquals list none}}x{{/ifEquals}}{{#ifEquals whole 2}}2{{/ifEquals}}`, `same2`},
		{`{{#unlessEquals n 4}}a{{else}}b{{/unlessEquals}}{{#unlessEquals n 3}}a{{else}}b{{/unlessEquals}}`, `ab`},
		{`{{#ifEquals n -3}}a{{else ifEquals n 3}}b{{/ifEquals}}`, `b`},
		{`a{{log "nothing" name level="warn"}}b`, `ab`},

		// Comments, escapes, raw blocks.
		{`a{{! a comment }}b{{!-- with }} in it --}}c`, `abc`},
		{`\{{name}} {{name}}`, `{{name}} Ann`},
		{`\\{{name}}`, `\Ann`},
		{`\{{a}} \{{b}} {{name}}`, `{{a}} {{b}} Ann`},
		{`{{{{raw}}}}{{name}} {{#if}}{{{{/raw}}}}`, `{{name}} {{#if}}`},
		{`{ "a": {{n}}, "b": {} }`, `{ "a": 3, "b": {} }`},

		// White space.
		{"a {{~name~}} b", "aAnnb"},
		{"a {{~name}} b", "aAnn b"},
		{"a {{name~}} \n b", "a Annb"},
		{"a\n{{#if yes}}\nb\n{{/if}}\nc", "a\nb\nc"},
		{"a\n  {{#if no}}\n  b\n  {{else}}\n  c\n  {{/if}}\nd", "a\n  c\nd"},
		{"a\n{{#each list}}\n- {{this}}\n{{/each}}\nd", "a\n- a\n- b\n- c\nd"},
		{"a\n{{! alone }}\nb", "a\nb"},
		{"a {{! beside }}\nb", "a \nb"},
		{"a\r\n{{#if yes}}\r\nb\r\n{{/if}}\r\nc", "a\r\nb\r\nc"},
		{"x{{#each list~}}\n{{this}}\n{{~/each}}y", "xabcy"},
		{"a\n\n{{#if no}}x{{/if}}\n\nb", "a\n\n\n\nb"},
		{"a\n{{#if no}}\nx\n{{else if yes}}\ny\n{{/if}}\nb", "a\ny\nb"},
		{"{{#if yes}}\na\n{{/if}}", "a\n"},
		{"{{#if yes ~}}  a  {{~ else ~}} b {{~/if}} c", "a c"},

		// Partials.
		{`{{> hello}} {{>hello name="Bo"}} {{> hello order.item}}`, `Hello Ann! Hello Bo! Hello pen!`},
		{`{{> both greeting="Hi" name=order.item.name}}`, `Hi pen`},
		{`{{> both order.item greeting=name}}`, `Ann pen`},
		{`{{> outer}} {{> at/deep}} {{> "hello"}}`, `(Hello Ann!) deep Hello Ann!`},
		{"a\n  {{> two}}\nb", "a\n  first\n  \n  third one\n  two\nb"},
		{"a\n{{> file}}\nb", "a\nAnn in a file\nb"},
		{"a {{> file}} b", "a Ann in a file\n b"},
		{`{{#each people}}{{> hello}}{{> loop}}{{/each}}`, `Hello Bo!0Hello Cy!1`},
		{`{{> up}}`, `[AnnAnnAnn]`},
		{`{{#> frame}}{{name}}{{/frame}} {{#> absent}}instead {{name}}{{/absent}}`, `<Ann> instead Ann`},
		{`{{#> absent name="Bo"}}{{name}} {{../name}}{{/absent}} {{#> frame order}}{{id}} {{../name}}{{/frame}}`, `Bo Ann <7 Ann>`},
		{"a{{> withFront}}", "a---\nmodel: x\n---\nbody"},

		// Messages.
		{`{{role "system"}}be kind{{role "user"}}{{name}}`, `system(be kind) user(Ann)`},
		{"{{role \"system\"}}\na\n{{role \"user\"}}\nb\n", "system(\na\n) user(\nb\n)"},
		{`before{{role "model"}}after`, `user(before) model(after)`},
		{`{{role "system"}} {{role "tool"}}x`, `tool(x)`},
		{`{{role "assistant"}}x`, `model(x)`},
		{`{{#each people}}{{role "user"}}{{name}}{{/each}}`, `user(Bo) user(Cy)`},
		{`{{> talk}} more`, `model(said Ann more)`},
		{"\t{{> talk}}\n", "model(said Ann)"},
		{`{{media url="http://a/b.png"}}`, `user(<http://a/b.png>)`},
		{`look {{media contentType="image/png" url=name}} here`, `user(look |<Ann image/png>| here)`},
		{"{{media url=name}} \n {{media url=name}}", "user(<Ann>|<Ann>)"},
		{"{{section \"one\"}}a{{section \"two\"}}", "user(§one|a|§two)"},
		{` {{empty}} `, ``},
		{`{{role "system"}}`, ``},
	} {
		t.Run(c.in, func(t *testing.T) {
			p, err := Parse("t.prompt", []byte(c.in), findTestPartial)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Render(Input{Vars: testVars(), Context: map[string]any{"state": map[string]any{"count": 42}}})
			if err != nil {
				t.Fatal(err)
			}
			if s := show(got.Messages); s != c.want {
				t.Errorf("got  %q\nwant %q", s, c.want)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	history := []Message{
		{Role: "user", Parts: []Part{{Text: "hi"}}},
		{Role: "model", Parts: []Part{{Text: "hello"}}},
	}
	for _, c := range []struct{ in, want string }{
		{`{{role "system"}}s{{history}}{{role "user"}}u`, `system(s) user(hi) model(hello) user(u)`},
		{`{{role "system"}}s{{role "user"}}u`, `system(s) user(hi) model(hello) user(u)`},
		{`{{role "system"}}s`, `system(s) user(hi) model(hello)`},
		{`u`, `user(hi) model(hello) user(u)`},
		{`u{{role "model"}}m`, `user(u) model(m) user(hi) model(hello)`},
		{``, `user(hi) model(hello)`},
		{`{{history}}goes on`, `user(hi) model(hello) model(goes on)`},
		{`{{#each @metadata.messages}}{{this.role}}:{{#each content}}{{text}}{{/each}} {{/each}}`, `user(hi) model(hello) user(user:hi model:hello )`},
	} {
		p, err := Parse("t.prompt", []byte(c.in), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Render(Input{History: history})
		if err != nil {
			t.Fatal(err)
		}
		if s := show(got.Messages); s != c.want {
			t.Errorf("%s\ngot  %q\nwant %q", c.in, s, c.want)
		}
	}
}
