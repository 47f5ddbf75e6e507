package dotprompt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

const fullPrompt = `# Copyright the team

---
name: support
variant: formal
version: 2
description: answers customers
model: googleai/gemini-2.5-flash
config:
  temperature: 0.7
  topP: 0.9
  topK: 40
  maxOutputTokens: 512
  stopSequences: ["<<END>>"]
  seed: 7
  topLogprobs: 3
  safetySettings: {level: high}
input:
  schema:
    question: string, what the customer asks
    tone?: string
  default:
    tone: friendly
output:
  format: json
  schema:
    answer: string
tools: [lookupOrder, server/refund]
toolDefs:
- name: weather
  description: tells the weather
  inputSchema: {city: string}
metadata:
  owner: desk
myext.key: 1
myext.sub.key: two
maxTurns: 4
---

  {{role "system"}}Be {{tone}}.
{{role "user"}}{{question}}

`

func pointer[T any](v T) *T { return &v }

func TestFrontMatter(t *testing.T) {
	p, err := Parse("prompts/other.prompt", []byte(fullPrompt), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantConfig := Config{
		Temperature: pointer(0.7), TopP: pointer(0.9), TopK: pointer(40), MaxOutputTokens: 512,
		StopSequences: []string{"<<END>>"}, Seed: pointer(int64(7)), TopLogprobs: 3,
		Extra: map[string]any{"safetySettings": map[string]any{"level": "high"}},
	}
	weather := Tool{
		Name: "weather", Description: "tells the weather",
		InputSchema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}`),
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"name", p.Name, "support"}, {"variant", p.Variant, "formal"}, {"version", p.Version, "2"},
		{"description", p.Description, "answers customers"}, {"model", p.Model, "googleai/gemini-2.5-flash"},
		{"config", p.Config, wantConfig},
		{"default", p.Default, map[string]any{"tone": "friendly"}},
		{"format", p.Output.Format, "json"}, {"JSON", p.Output.JSON(), true},
		{"tool names", p.ToolNames, []string{"lookupOrder", "server/refund"}},
		{"tools", p.Tools, []Tool{weather}},
		{"metadata", p.Metadata, map[string]any{"owner": "desk"}},
		{"ext", p.Ext, map[string]map[string]any{"myext": {"key": 1}, "myext.sub": {"key": "two"}}},
		{"raw", p.Raw["maxTurns"], 4},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %#v, want %#v", c.what, c.got, c.want)
		}
	}
	got, err := p.Render(Input{Vars: map[string]any{"question": "Why?"}})
	if err != nil {
		t.Fatal(err)
	}
	if s, want := show(got.Messages), "system(Be friendly.\n) user(Why?)"; s != want {
		t.Errorf("got %q, want %q", s, want)
	}
	if got.Model != p.Model || !got.JSON || string(got.Schema) != string(p.Output.Schema) || len(got.Tools) != 1 || len(got.ToolNames) != 2 {
		t.Errorf("rendered: %+v", got)
	}
	got, err = p.Render(Input{Vars: map[string]any{"question": "Why?", "tone": "stern"}})
	if err != nil || show(got.Messages) != "system(Be stern.\n) user(Why?)" {
		t.Errorf("a given variable did not win over its default: %q, %v", show(got.Messages), err)
	}
}

// TestBodies: where the template begins, and what is cut off around it.
func TestBodies(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain\n", "plain\n"},
		{"\n plain \n", "\n plain \n"},
		{"---\nmodel: x\n---\n\n hi \n\n", "hi"},
		{"---\r\nmodel: x\r\n---\r\nhi\r\n", "hi"},
		{"---\n---\nhi", "hi"},
		{"---\nmodel: x\n---", ""},
		{"\n\n# note\n---  \nmodel: x\n--- \nhi", "hi"},
		{"# Title\n\ntext\n---\nmore\n---\n", "# Title\n\ntext\n---\nmore\n---\n"},
		{"---\nmodel: x\n---\na\n---\nb\n---\n", "a\n---\nb\n---"},
		{"\ufeff---\nmodel: x\n---\nhi", "hi"},
		{"----\nhi\n----\n", "----\nhi\n----\n"},
		{"", ""},
	} {
		p, err := Parse("t.prompt", []byte(c.in), nil)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		got, err := p.Render(Input{})
		if s := show(got.Messages); err != nil || s != c.want {
			t.Errorf("%q: got %q, want %q (%v)", c.in, s, c.want, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ file, name, variant string }{
		{"prompts/support.prompt", "support", ""},
		{"prompts/support.formal.prompt", "support", "formal"},
		{`a\b\support.prompt`, "support", ""},
		{"support", "support", ""},
	} {
		p, err := Parse(c.file, nil, nil)
		if err != nil || p.Name != c.name || p.Variant != c.variant {
			t.Errorf("%s: %q, %q, %v", c.file, p.Name, p.Variant, err)
		}
	}
}

// files writes files below a new folder.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	outside := files(t, map[string]string{"_secret.prompt": "secret"})
	dir := files(t, map[string]string{
		"support.prompt":         "{{> header}} {{> common/footer}}",
		"support.formal.prompt":  "formal {{> header}}",
		"billing/refund.prompt":  "refund {{> header}} {{> beside}}",
		"_header.prompt":         "HEAD",
		"common/_footer.prompt":  "FOOT",
		"billing/_beside.prompt": "BESIDE",
		"wrong.prompt":           "a\n{{> heder}}",
		"escape.prompt":          "{{> ../x}}",
		"linked.prompt":          "{{> linked}}",
		".hidden/x.prompt":       "x",
	})
	if err := os.Symlink(filepath.Join(outside, "_secret.prompt"), filepath.Join(dir, "_linked.prompt")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ name, want string }{
		{"support", "HEAD FOOT"}, {"support.formal", "formal HEAD"}, {"billing/refund", "refund HEAD BESIDE"},
	} {
		p, err := Load(dir, c.name)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := p.Render(Input{})
		if s := show(got.Messages); err != nil || s != c.want {
			t.Errorf("%s: got %q, want %q (%v)", c.name, s, c.want, err)
		}
	}
	at := filepath.ToSlash(dir) + "/"
	const prompts = `known: billing/refund, escape, linked, support.formal, support, wrong`
	for _, c := range []struct{ name, want string }{
		{"suport", `unknown prompt "suport": DIRsuport.prompt does not exist; did you mean "support"? ` + prompts},
		{"x", `unknown prompt "x": DIRx.prompt does not exist; ` + prompts},
		{"../x", `"../x" is not the name of a prompt: invalid argument`},
		{"_header", `"_header" is not the name of a prompt: invalid argument`},
		{"", `unknown prompt "": DIR.prompt does not exist; ` + prompts},
		{"wrong", `DIRwrong.prompt:2: unknown partial "heder": DIR_heder.prompt does not exist; did you mean "header"? known: header, linked, billing/beside, common/footer`},
		{"escape", `DIRescape.prompt:1: "../x" is not the name of a partial: invalid argument`},
	} {
		_, err := Load(dir, c.name)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), at, "DIR"); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	if _, err := Load(dir, "gone"); !isMissing(err) {
		t.Errorf("an unknown prompt is %v, not fs.ErrNotExist", err)
	}
	if _, err := Load(dir, "wrong"); isMissing(err) {
		t.Error("a missing partial reads as a missing prompt")
	}
	if p, err := Load(dir, "linked"); err == nil {
		t.Errorf("a link led out of the folder: %q", p.Sources())
	}
	if _, err := Load(filepath.Join(dir, "gone"), "x"); err == nil {
		t.Error("a missing folder is no error")
	}
}

// TestOptionalPartial: the body of {{#> name}} stands in for a partial that is
// not there, not for one that is broken.
func TestOptionalPartial(t *testing.T) {
	dir := files(t, map[string]string{
		"a.prompt":     "{{#> gone}}body{{/gone}}",
		"b.prompt":     "{{#> half}}body{{/half}}",
		"_half.prompt": "{{> gone}}",
	})
	if _, err := Load(dir, "a"); err != nil {
		t.Error(err)
	}
	if _, err := Load(dir, "b"); err == nil {
		t.Error("a broken partial was taken for a missing one")
	}
}

func TestDigest(t *testing.T) {
	base := map[string]string{"a.prompt": "{{> x}}{{> y}}", "_x.prompt": "1", "_y.prompt": "{{> z}}", "_z.prompt": "3", "_unused.prompt": "4"}
	digestOf := func(name string, change map[string]string) string {
		content := map[string]string{}
		for k, v := range base {
			content[k] = v
		}
		for k, v := range change {
			content[k] = v
		}
		p, err := Load(files(t, content), name)
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest()
	}
	first := digestOf("a", nil)
	if !strings.HasPrefix(first, "sha256:") || len(first) != len("sha256:")+64 {
		t.Fatalf("digest %q", first)
	}
	for _, same := range []string{
		digestOf("a", nil),
		digestOf("a", map[string]string{"_unused.prompt": "5"}),
		digestOf("b", map[string]string{"b.prompt": base["a.prompt"]}),
	} {
		if same != first {
			t.Error("equal content has another digest")
		}
	}
	seen := map[string]bool{first: true}
	for _, change := range []map[string]string{
		{"a.prompt": "{{> x}}{{> y}} "}, {"_x.prompt": "2"}, {"_z.prompt": "4"},
		{"_x.prompt": "3", "_z.prompt": "1"}, {"a.prompt": "{{> x}}"},
	} {
		d := digestOf("a", change)
		if seen[d] {
			t.Errorf("%v: the digest did not change", change)
		}
		seen[d] = true
	}
	p, err := Load(files(t, base), "a")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range p.Sources() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, ","); got != ",x,y,z" {
		t.Errorf("sources %q", got)
	}
}

// TestConcurrency renders one prompt from many goroutines (run with -race).
func TestConcurrency(t *testing.T) {
	p, err := Parse("t.prompt", []byte(fullPrompt+"{{#each list as |x i|}}{{i}}{{x}}{{> p y=x}}{{/each}}{{@metadata.prompt.name}}"), func(name string) (string, []byte, error) {
		return name, []byte("<{{y}}>"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Vars: map[string]any{"question": "q", "list": []any{"a", "b"}}, History: []Message{{Role: "user", Parts: []Part{{Text: "h"}}}}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				got, err := p.Render(in)
				if err != nil || show(got.Messages) != "system(Be friendly.\n) user(h) user(q\n\n0a<a>1b<b>support)" {
					t.Errorf("%q, %v", show(got.Messages), err)
					return
				}
				if err := p.Check(in.Vars); err != nil {
					t.Error(err)
				}
				p.Variables()
			}
		})
	}
	all.Wait()
}

// TestGoValues: values that no JSON decoder makes render as JSON would have them.
func TestGoValues(t *testing.T) {
	type pet struct {
		Name string `json:"name"`
		Age  int    `json:"age,omitempty"`
	}
	p, err := Parse("t.prompt", []byte(`{{pet.name}} {{pets.[1].name}} {{#each byAge}}{{@key}}{{name}}{{/each}} {{big}} {{u8}} {{f32}} {{num}} {{ptr.name}} {{when}} {{#ifEquals u8 5}}=5{{/ifEquals}} {{#if no}}x{{/if}}{{json pet}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Render(Input{Vars: map[string]any{
		"pet": pet{"Rex", 2}, "pets": []pet{{Name: "A"}, {Name: "B"}}, "byAge": map[string]pet{"one": {Name: "C"}},
		"big": uint64(1<<63 + 1), "u8": uint8(5), "f32": float32(0.1), "num": json.Number("12.50"), "ptr": &pet{Name: "D"},
		"when": json.RawMessage(`"today"`), "no": json.Number("0"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s, want := show(got.Messages), `Rex B oneC 9223372036854775809 5 0.1 12.50 D today =5 {"name":"Rex","age":2}`; s != want {
		t.Errorf("got  %q\nwant %q", s, want)
	}
}
