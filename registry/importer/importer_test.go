package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/validators"
)

// rendered is what a template gives as one text.
func rendered(t testing.TB, body string, vars map[string]any) string {
	t.Helper()
	p, err := dotprompt.Parse("t.prompt", []byte(body), nil)
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	out, err := p.Render(dotprompt.Input{Vars: vars})
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	var b strings.Builder
	for _, m := range out.Messages {
		for _, part := range m.Parts {
			b.WriteString(part.Text)
		}
	}
	return b.String()
}

func TestNunjucks(t *testing.T) {
	vars := map[string]any{"name": "Ann", "vip": true, "role": "boss", "items": []any{map[string]any{"id": "A", "tags": []any{"x", "y"}}, map[string]any{"id": "B"}},
		"order": map[string]any{"id": "9"}}
	for in, want := range map[string]string{
		"Hello {{ name }}!":                          "Hello Ann!",
		"{{name}}{{- name -}}":                       "AnnAnn",
		"{{ name | safe }}":                          "Ann",
		"{{ order | dump }}":                         `{"id":"9"}`,
		"{{order.id}}":                               "9",
		"a {# nothing #}b":                           "a b",
		"{{role}} is no role":                        "boss is no role",
		"{% if vip %}yes{% else %}no{% endif %}":     "yes",
		"{% if not vip %}yes{% else %}no{% endif %}": "no",
		"{% if none %}a{% elif vip %}b{% endif %}":   "b",
		"{% for i in items %}{{ loop.index0 }}{{ i.id }}{{ name }}{% endfor %}":                       "0AAnn1BAnn",
		"{% for i in items %}{% for x in i.tags %}{{x}}{{i.id}}{{order.id}},{% endfor %}{% endfor %}": "xA9,yA9,",
		"{% for i in none %}x{% else %}empty{% endfor %}":                                             "empty",
		"{% raw %}{{ stays }} {% so %}{% endraw %}.":                                                  "{{ stays }} {% so %}.",
		`{"a": {{name}}}`:  `{"a": Ann}`,
		`{"a":{{{name}}}}`: `{"a":{Ann}}`,
		`C:\{{name}}`:      `C:\Ann`,
	} {
		out, _, err := nunjucks(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := rendered(t, out, vars); got != want {
			t.Errorf("%q became %q, which gives %q, want %q", in, out, got, want)
		}
	}
	for in, want := range map[string]string{
		"a\nb {{ x | upper }}":        "uses a filter",
		"\n\n{% set x = 1 %}":         "set x = 1",
		"{{ a + b }}":                 "is an expression",
		"{{ env.KEY }}":               "environment",
		"{% if a == b %}x{% endif %}": "no counterpart",
		"{% if a %}":                  "{% endif %} is missing",
		"{% for x in y %}{{loop.length}}{% endfor %}": "loop.length",
		"{{ a":         "never closed",
		"{% endfor %}": "no counterpart",
		"{% raw %} x":  "endraw",
	} {
		out, line, err := nunjucks(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", in, out, err)
		}
		if err != nil && line != strings.Count(in, "\n") {
			t.Errorf("%q: line %d", in, line)
		}
	}
}

func TestMustache(t *testing.T) {
	vars := map[string]any{"name": "Ann", "history": "no chat"}
	none := func(string) (string, bool) { return "", false }
	for in, want := range map[string]string{
		"Hi {{name}} {{ name }}":     "Hi Ann Ann",
		"{{#if x}} {{name}} {{/if}}": "{{#if x}} Ann {{/if}}",
		"{{history}}":                "no chat",
		"{{> other}} {{a b}}":        "{{> other}} {{a b}}",
		"{{ open":                    "{{ open",
		`\{{name}}`:                  `\Ann`,
		"{% if %} {{name}}}":         "{% if %} Ann}",
		`{{{name}}}`:                 "{Ann}",
		"{{a.b}}":                    "{{a.b}}",
	} {
		out := mustache(in, none)
		if got := rendered(t, "x"+out, vars); got != "x"+want {
			t.Errorf("%q became %q, which gives %q, want %q", in, out, got, want)
		}
	}
}

func TestProviders(t *testing.T) {
	for id, want := range map[string]string{
		"openai:gpt-5.4-mini": "openai gpt-5.4-mini", "openai:chat:gpt-5.4": "openai gpt-5.4", "openai:responses:o3": "openai o3", "anthropic:messages:claude-haiku-4-5": "anthropic claude-haiku-4-5",
		"google:gemini-2.5-flash": "google gemini-2.5-flash", "ollama:chat:qwen3:8b": "ollama qwen3:8b", "openrouter:meta/llama": "openrouter meta/llama", "azureopenai:chat:mine": "azure mine",
		"openai": "!names no model", "file://x.js": "!is a program", "python:x.py": "!is a program", "https://x.example": "!is an endpoint", "openai:embedding:x": "!no chat model", "vertex:gemini-2.5-pro": "vertex gemini-2.5-pro", "bedrock:converse:a.b-v1:0": "bedrock a.b-v1:0",
		"nobody:x": "!unknown provider", "openai:completion:x": "!completion",
	} {
		kind, model, why := providerOf(id)
		if bad, isBad := strings.CutPrefix(want, "!"); isBad && !strings.Contains(why, bad) || !isBad && kind+" "+model != want {
			t.Errorf("%s: %q %q %q, want %q", id, kind, model, why, want)
		}
	}
}

func TestSlugs(t *testing.T) {
	n := names{}
	for _, c := range [][2]string{{"Hello, World!", "Hello-World"}, {"Hello World", "Hello-World-2"}, {"billing / refund", "billing/refund"}, {"../x", "x"}, {"été", "été"}, {"", "prompt"}, {"???", "prompt-2"}, {"a.lock", "a"}, {"v1.0.0", "prompt-3"}, {strings.Repeat("long ", 40), ""}} {
		got := n.take(registry.KindPrompt, c[0], "prompt")
		if c[1] != "" && got != c[1] || registry.KindPrompt.CheckName(got) != nil || len(got) > 80 {
			t.Errorf("%q: %q, want %q", c[0], got, c[1])
		}
	}
	if got := (names{}).take(registry.KindAgent, "billing/été 1", "agent"); got != "billing-t-1" {
		t.Error(got)
	}
}

func TestShortChecks(t *testing.T) {
	for in, want := range map[string]string{
		"Paris": "equals \"Paris\"", "contains: x": `contains "x"`, "not-icontains: a: b": `not-icontains "a: b"`, "contains-any: a, b": `contains-any ["a","b"]`,
		"similar(0.8): hello": `similar "hello" 0.8`, "is-json": "is-json ", "grade: be kind": `llm-rubric "be kind"`, "Note: this is text": `equals "Note: this is text"`,
	} {
		c, err := shortCheck(in)
		got := c.Type + " " + string(jsonOf(c.value))
		if c.Threshold != nil {
			got += " " + toJSON(*c.Threshold)
		}
		if err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
	if _, err := shortCheck("fn: output.length"); err == nil {
		t.Error("code was taken for an assertion")
	}
}

// A plan is written whole or not at all.
func TestWrite(t *testing.T) {
	root := t.TempDir()
	p := &Plan{Files: []File{{"prompts/a.prompt", []byte("a"), "x"}, {"prompts/b.prompt", []byte("b"), "x"}, {"prompts/c/d.prompt", []byte("d"), "x"}}}
	if err := os.MkdirAll(filepath.Join(root, "prompts", "c", "d.prompt"), 0o755); err != nil {
		t.Fatal(err)
	}
	if len(p.Clashes(root)) != 1 || p.Write(root) == nil {
		t.Error("a folder is no clash")
	}
	if _, err := os.Stat(filepath.Join(root, "prompts", "a.prompt")); err == nil {
		t.Error("something was left of a failed import")
	}
	if err := os.Remove(filepath.Join(root, "prompts", "c", "d.prompt")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again changes nothing
		if err := p.Write(root); err != nil {
			t.Fatal(err)
		}
	}
	entries, _ := os.ReadDir(root)
	if len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Whatever a file says: a plan that can be used, or an error.
func FuzzPromptfoo(f *testing.F) {
	for _, s := range []string{"prompts: [a]\ntests: [{vars: {x: [1, 2]}, assert: [{type: equals, value: '{{x}}'}]}]", "prompts: {a.txt: b}\nproviders: [openai:gpt-5.4, {id: x}]",
		"prompts: ['[{\"role\": \"user\", \"content\": \"{{x}}\"}]']\ntests: [{vars: 1, assert: 2}]", "prompts: [{raw: '{% for a in b %}{{a}}{% endfor %}'}]\ndefaultTest: {assert: [{type: x}]}"} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "://") || strings.ContainsAny(string(data), "*?") {
			return // files of the machine
		}
		p, err := Promptfoo(write(t, dir, "c.yaml", string(data)), "c.yaml", validators.Deps{})
		usable(t, p, err)
	})
}

// See FuzzPromptfoo.
func FuzzLangfuse(f *testing.F) {
	for _, s := range []string{`[{"name": "a", "version": 1, "type": "text", "prompt": "Hi {{x}} @@@langfusePrompt:name=a|version=1@@@"}]`, `{"data": [{"name": "b/c", "version": 2, "prompt": [{"role": "user", "content": "{{#x"}], "labels": ["p"]}]}`,
		"{\"name\": \"a\", \"version\": 1, \"prompt\": \"x\", \"config\": {\"model\": \"gpt-5.4\", \"stop\": \"x\"}}\n{}"} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Langfuse(write(t, dir, "e.json", string(data)), "e.json")
		usable(t, p, err)
	})
}

func usable(t *testing.T, p *Plan, err error) {
	if err != nil {
		return
	}
	for _, file := range p.Files {
		known := false
		for _, kind := range registry.Kinds() {
			name, ok := kind.NameOf(file.Path)
			known = known || ok && kind.CheckName(name) == nil
		}
		partial := strings.HasPrefix(filepath.Base(file.Path), "_")
		if !known && !partial || !filepath.IsLocal(filepath.FromSlash(file.Path)) {
			t.Errorf("%q is no file of a project", file.Path)
		}
	}
	for _, l := range p.Left {
		if l.What == "" || l.Why == "" {
			t.Errorf("%+v", l)
		}
	}
}
