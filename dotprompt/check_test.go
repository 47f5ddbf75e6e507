package dotprompt

import (
	"fmt"
	"strings"
	"testing"
)

func TestInputName(t *testing.T) {
	for in, want := range map[string]string{
		"{{input}} {{a}}": "input", "{{a}}{{#if b}}{{b}}{{/if}}": "a", "{{a}}{{b}}": "input", "x": "", "{{#if a}}{{a}}{{/if}}": "",
		"---\ninput: {schema: {question: string, tone?: string}}\n---\n{{question}}{{tone}}": "question",
	} {
		p, err := Parse("t.prompt", []byte(in), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.InputName(); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{{a}} {{b.c}} {{#if d}}{{e}}{{else}}{{f}}{{/if}}`, `a! b! d e f`},
		{`{{#each a}}{{x}}{{this.y}}{{../b}}{{@root.c}}{{/each}}`, `a! b c`},
		{`{{#each a}}{{x}}{{else}}{{b}}{{/each}}`, `a b`},
		{`{{#with a}}{{b}}{{../c}}{{/with}}`, `a! c!`},
		{`{{#with a as |x|}}{{x.b}}{{/with}}{{#each l as |y|}}{{y.z}}{{/each}}`, `a! l!`},
		{`{{#a}}{{b}}{{/a}}{{^c}}{{d}}{{/c}}`, `a c d`},
		{`{{json a}}{{lookup b c}}{{#ifEquals d 1}}{{e}}{{/ifEquals}}`, `a! b! c! d! e`},
		{`{{json this}}{{@state.x}}{{"quoted"}}`, `quoted!`},
		{`{{media url=a}}{{role b}}{{section "c"}}{{#unless d}}{{/unless}}`, `a! b! d`},
		{`{{> p}}`, `n! t`},
		{`{{> p n=a}}`, `a! t`},
		{`{{> p t=a n="x"}}`, `a`},
		{`{{> p o}}`, `o!`},
		{`{{> p o n=a}}`, `a! o!`},
		{`{{#if x}}{{> p}}{{/if}}`, `n t x`},
		{`{{#> f}}{{a}}{{/f}}{{#> gone}}{{b}}{{/gone}}`, `a! b!`},
		{`{{a.length}}{{a.[0].b}}`, `a!`},
		{"---\ninput:\n  schema: {a: string, b?: string, c: string}\n  default: {c: x}\n---\n{{d}}{{b}}", `a! b c d!`},
	} {
		p, err := Parse("t.prompt", []byte(c.in), func(name string) (string, []byte, error) {
			if name == "p" {
				return name, []byte("{{n}}{{#if t}}{{t}}{{/if}}"), nil
			}
			if name == "f" {
				return name, []byte("{{> @partial-block}}"), nil
			}
			return findTestPartial(name)
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range p.Variables() {
			if v.Line < 1 || v.File == "" {
				t.Errorf("%s: %+v has no place", c.in, v)
			}
			if v.Required {
				v.Name += "!"
			}
			got = append(got, v.Name)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.in, s, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	const schema = "---\ninput:\n  schema:\n    customer: string\n    age?: integer\n    order:\n      id: string\n      note?: string\n  default:\n    mood: calm\n---\n{{customer}}\n{{order.id}} {{age}}\n"
	order := map[string]any{"id": "A"}
	for _, c := range []struct {
		in   string
		vars map[string]any
		want string
	}{
		// Without a schema.
		{"a\n{{customer}}", map[string]any{"custmer": "x", "order": 1}, `prompts/t.prompt:2: variable "customer" is missing; did you mean "custmer"? given: custmer, order`},
		{"{{customer}}", nil, `prompts/t.prompt:1: variable "customer" is missing; given: none`},
		{"{{customer}}", map[string]any{"customer": nil}, ``},
		{"{{customer}}", map[string]any{"customer": "", "more": 1}, ``},
		{"{{a1}}{{a2}}", map[string]any{"a1": 1}, `prompts/t.prompt:1: variable "a2" is missing; given: a1`},
		{"{{a}}\n{{b}}\n{{a}}", map[string]any{"c": 1}, "prompts/t.prompt:1: variable \"a\" is missing; given: c\nprompts/t.prompt:2: variable \"b\" is missing; given: c"},
		{"{{#if a}}{{b}}{{/if}}", nil, ``},
		{"{{#each items}}x{{/each}}", map[string]any{"items": []any{}}, ``},
		{"{{order.item.name}}", map[string]any{"order": map[string]any{"item": map[string]any{"nam": 1}}}, `prompts/t.prompt:1: variable "order.item.name" is missing; did you mean "nam"? given in "order.item": nam`},
		{"{{order.id}}", map[string]any{"order": nil}, ``},
		{"{{order.id}}", map[string]any{"order": "text"}, `prompts/t.prompt:1: variable "order.id" is missing; given in "order": none`},
		{"---\ninput: {default: {a: 1}}\n---\n{{a}}", nil, ``},
		{"{{> hello}}", nil, `_hello.prompt:1: variable "name" is missing; given: none`},

		// With one.
		{schema, map[string]any{"customer": "x", "order": order}, ``},
		{schema, map[string]any{"custmer": "x", "order": order}, `prompts/t.prompt:12: variable "customer" is missing; did you mean "custmer"? given: custmer, mood, order`},
		{schema, map[string]any{"customer": "x", "order": map[string]any{}}, `prompts/t.prompt:13: variable "order.id" is missing; given in "order": none`},
		{schema, map[string]any{"customer": 5, "order": order}, `prompts/t.prompt:4: variable "customer": got number, want string`},
		{schema, map[string]any{"customer": "x", "age": "old", "order": order}, `prompts/t.prompt:5: variable "age": got string, want null or integer`},
		{schema, map[string]any{"customer": "x", "age": nil, "order": order}, ``},
		{schema, map[string]any{"customer": "x", "order": map[string]any{"id": "A", "color": 1}}, `prompts/t.prompt:6: variable "order": additional properties 'color' not allowed`},
		{schema, map[string]any{"customer": "x", "order": order, "expected": "y"}, ``},
		{schema, map[string]any{"customer": "x", "order": order, "agee": 3}, `prompts/t.prompt:5: variable "agee" is not known; did you mean "age"?`},
		{schema, map[string]any{"customer": "x", "order": map[string]string{"id": "A"}, "age": uint8(3)}, ``},
		{schema, map[string]any{"customer": func() {}, "order": order}, `prompts/t.prompt:4: the variables can't be checked: json: unsupported type: func()`},
		{"---\ninput: {schema: string}\n---\n{{name}}", map[string]any{"nmae": 1}, `prompts/t.prompt:4: variable "name" is missing; did you mean "nmae"? given: nmae`},
		{"---\ninput: {schema: {a: string}}\n---\n{{a}}{{b}}", map[string]any{"a": "x"}, `prompts/t.prompt:4: variable "b" is missing; given: a`},
		{"---\ninput: {schema: {type: object, minProperties: 2}}\n---\n", map[string]any{"a": 1}, `prompts/t.prompt:2: the variables: minProperties: got 1, want 2`},
	} {
		p, err := Parse("prompts/t.prompt", []byte(c.in), findTestPartial)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := p.Check(c.vars); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q with %v\ngot  %s\nwant %s", c.in, c.vars, got, c.want)
		}
	}
}

// TestManyPartials: partials that include each other twice multiply; neither
// parsing nor checking may follow all of their 2^40 copies.
func TestManyPartials(t *testing.T) {
	_, err := Parse("t.prompt", []byte("{{> p0}}"), func(name string) (string, []byte, error) {
		var n int
		fmt.Sscanf(name, "p%d", &n)
		if n == 40 {
			return name, []byte("{{x}}"), nil
		}
		return name, fmt.Appendf(nil, "{{> p%d}}{{> p%[1]d}}", n+1), nil
	})
	if err == nil || !strings.Contains(err.Error(), "expand to more than") {
		t.Errorf("got %v", err)
	}
	_, err = Parse("t.prompt", []byte("{{> p0}}"), func(name string) (string, []byte, error) {
		return name, []byte("{{> " + name + "x}}"), nil
	})
	if err == nil || !strings.Contains(err.Error(), "a chain of more than") {
		t.Errorf("got %v", err)
	}
	deep := strings.Repeat("{{#if a}}", 300) + strings.Repeat("{{/if}}", 300)
	if _, err := Parse("t.prompt", []byte(deep), nil); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("got %v", err)
	}
	deep = "{{json " + strings.Repeat("(lookup a ", 300) + strings.Repeat(")", 300) + "}}"
	if _, err := Parse("t.prompt", []byte(deep), nil); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("got %v", err)
	}
}
