package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// brief parses a brief that has to be right.
func brief(t testing.TB, text string) *Brief {
	t.Helper()
	b, err := ParseBrief("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// expanded are the items of a brief that has to be right.
func expanded(t testing.TB, b *Brief, o ItemOptions) ([]Item, []Note) {
	t.Helper()
	items, notes, err := b.Items(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return items, notes
}

// TestParseBriefExample reads the example of Brief's own comment.
func TestParseBriefExample(t *testing.T) {
	source, err := os.ReadFile("layer1_brief.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "//\tname: summer-campaign")
	text = "name: summer-campaign" + text
	text, _, _ = strings.Cut(text, "\n//\n")
	text = strings.ReplaceAll(text, "\n//\t", "\n")
	b := brief(t, text)
	if b.Name != "summer-campaign" || len(b.Entries) != 2 || b.Entries[0].Line != 8 || b.Entries[1].Prompt.File != "prompts/lifestyle.prompt" {
		t.Errorf("%+v", b)
	}
	a := b.ask(0)
	if want := [][]string{{"calm"}, {"bold", "playful"}, {}}; !reflect.DeepEqual(a.Mood.Options, want) {
		t.Errorf("mood: %q", a.Mood.Options)
	}
	if want := [][]string{{"teal", "coral"}}; !reflect.DeepEqual(a.Palette.Options, want) {
		t.Errorf("palette: %q", a.Palette.Options)
	}
	if *a.Seed != 7 || *a.Count != 2 || *a.Sample != 20 || a.Params["steps"] != 30 || a.Slots.index("colour") != 0 || a.Slots.index("surface") != 1 {
		t.Errorf("%+v", a)
	}
	if a = b.ask(1); !reflect.DeepEqual(a.Style.Options, [][]string{{"product"}}) || a.Seed != nil {
		t.Errorf("the second item does not have the defaults: %+v", a)
	}
	project := fstest.MapFS{"prompts/lifestyle.prompt": {Data: []byte("a {{colour}} room\n")}, "refs/mug.png": {Data: []byte("png")}}
	items, notes := expanded(t, b, ItemOptions{Project: project})
	if len(items) != 2*20+1 || len(notes) != 0 {
		t.Errorf("%d items, notes %v", len(items), notes)
	}
	if last := items[len(items)-1]; last.Prompt.Subject != "a teal room" || last.Width != 1024 {
		t.Errorf("%+v", last)
	}
	if ref := items[0].Prompt.References[0]; !strings.HasPrefix(ref.Digest, "sha256:") || ref.Path != "refs/mug.png" || ref.Role != "init" {
		t.Errorf("%+v", ref)
	}
}

func TestBriefErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"unknown key", "prompt: x\nstile: product", `b.yaml:2: unknown key "stile"; did you mean "style"?`},
		{"unknown key of an item", "items:\n- promt: x", `b.yaml:2: unknown key "promt" in items[0]; did you mean "prompt"?`},
		{"no prompt", "name: x", `b.yaml:1: "prompt": prompt is missing`},
		{"empty", "", `b.yaml: "prompt": prompt is missing`},
		{"blank prompt", "items:\n- id: a\n  prompt: ' '", `b.yaml:3: "items[0].prompt": prompt is missing`},
		{"no items", "prompt: x\nitems: []", `b.yaml:2: "items": there is no item`},
		{"count 0", "prompt: x\n\ncount: 0", `b.yaml:3: "count": 0: must be in 1..100000`},
		{"count 10^6", "prompt: x\ncount: 1000000", `b.yaml:2: "count": 1000000: must be in 1..100000`},
		{"count in defaults", "defaults:\n  count: -1\nitems: [{prompt: x}]", `b.yaml:2: "defaults.count": -1: must be in 1..100000`},
		{"too many in sum", "count: 60000\nitems:\n- {id: a, prompt: x}\n- {id: b, prompt: x}", `b.yaml:1: the brief asks for 120000 pictures; at most 100000`},
		{"product", "prompt: a {{b}} {{c}}\nslots:\n  b: [" + numbersTo(1100) + "]\n  c: [" + numbersTo(1000) + "]", `b.yaml:1: "prompt": more than 1000000 combinations (b 1100 × c 1000); sample: 100 takes`},
		{"product sampled", "prompt: a {{b}} {{c}} {{d}} {{e}}\nsample: 5\nslots:\n" + manySlots("bcde", 300), `b.yaml:2: "sample": more than 1000000000 combinations`},
		{"empty list", "prompt: x\nstyle: []", `b.yaml:2: "style": there is no alternative`},
		{"empty slot", "prompt: a {{b}}\nslots: {b: []}", `b.yaml:2: "slots.b": there is no alternative`},
		{"empty alternative", "prompt: x\nstyle: [a, ' ']", `b.yaml:2: "style": an alternative is empty; write none`},
		{"null alternative", "prompt: x\nstyle: [a, ~]", `b.yaml:2: "style[1]": the alternative is empty; write none`},
		{"bad alternative", "prompt: x\nstyle: [{any: [a]}]", `b.yaml:2: "style[0]": an alternative is a text, or {all: [a, b]}`},
		{"twice", "prompt: x\nmood: [calm, calm]", `b.yaml:2: "mood": the alternative "calm" stands there twice`},
		{"all excluded", "prompt: x\nstyle: [a, b]\nexclude: [{style: [a, b]}]", `b.yaml:3: "exclude": nothing is left of the 2 combinations`},
		{"all excluded, sampled", "prompt: x\nstyle: [a, b]\nsample: 1\nexclude: [{style: [a, b]}]", `b.yaml:4: "exclude": every alternative of style is left out`},
		{"exclusion of nothing", "prompt: x\nexclude: [{}]", `b.yaml:2: "exclude[0]": an exclusion names at least one value`},
		{"exclusion's name", "prompt: x\nstyle: [a, b]\nexclude:\n- stile: a", `b.yaml:4: "exclude": "stile" is no slot or field of the item; did you mean "style"?`},
		{"exclusion's value", "prompt: x\nstyle: [alpha, b]\nexclude:\n- style: alpa", `b.yaml:4: "exclude": style has no alternative "alpa"; did you mean "alpha"?`},
		{"size", "prompt: x\nsize: 1024", `b.yaml:2: "size": size "1024": must be WIDTHxHEIGHT in pixels`},
		{"size 0", "prompt: x\nsize: [64x64, 0x64]", `b.yaml:2: "size": size "0x64": each side must be in 16..16384`},
		{"seed", "prompt: x\nseed: -1", `b.yaml:2: "seed": expected a whole number from 0, found "-1"`},
		{"seed too large", "prompt: x\nseed: 18446744073709551615", `b.yaml:2: "seed": expected a whole number from 0`},
		{"format", "prompt: x\nformat: bmp", `b.yaml:2: "format": unknown format "bmp"; known: png, jpeg, webp`},
		{"weights", "prompt: x\nweights: {x: 0}", `b.yaml:2: "weights": "x": 0: must be above 0`},
		{"weights", "prompt: x\nweights: {x: .nan}", `b.yaml:2: "weights": "x": NaN: must be above 0`},
		{"lora", "prompt: x\nloras:\n- name: 'a:1>'", `b.yaml:3: "loras": "a:1>" is no name`},
		{"lora twice", "prompt: x\nloras:\n- name: a\n- name: a", `b.yaml:4: "loras": a stands there twice`},
		{"lora's weight", "prompt: x\nloras:\n- {name: a, weight: 11}", `b.yaml:3: "loras": a: weight 11`},
		{"lora's key", "prompt: x\nloras:\n- {name: a, wieght: 1}", `b.yaml:3: unknown key "wieght" in loras[0]; did you mean "weight"?`},
		{"hypernetwork's key", "prompt: x\nhypernetworks:\n- {name: a, text: 1}", `b.yaml:3: "hypernetworks": a: text and unet are for loras`},
		{"reference", "prompt: x\nreferences:\n- path: ../a.png", `b.yaml:3: "references": "../a.png" is no path below`},
		{"role", "prompt: x\nreferences:\n- {path: a.png, role: inti}", `b.yaml:3: "references": unknown role "inti"; did you mean "init"?`},
		{"slot's name", "prompt: x\nslots:\n  style: a", `b.yaml:3: "slots": "style" can't be a slot's name`},
		{"unknown slot", "slots: {surface: a}\nprompt: |\n  a mug\n  on {{surfac}}", `b.yaml:4: "prompt": the slot "surfac" has no value; did you mean "surface"?`},
		{"no slots", "prompt: on {{surface}}", `b.yaml:1: "prompt": the slot "surface" has no value; there are no slots`},
		{"unused alternatives", "prompt: x\nslots:\n  a: [b, c]", `b.yaml:3: "slots": the slot "a" stands in no template`},
		{"template", "items:\n- prompt: a {{#if}}", `b.yaml:2: "items[0].prompt": `},
		{"template of a title", "prompt: x\ntitle: '{{'", `b.yaml:2: "title": `},
		{"prompt's file", "prompt: {fill: a}", `b.yaml:1: unknown key "fill"; did you mean "file"?`},
		{"prompt's form", "prompt: [a]", `b.yaml:1: "prompt": expected text, or {file:`},
		{"same ID", "items:\n- {id: a b, prompt: x}\n- {id: A-b, prompt: x}", `b.yaml:3: "items[1].id": "a-b" is already the ID of the item of line 2`},
		{"ID of a variant", "items:\n- {id: a, prompt: x, style: [b, c]}\n- {id: a-02, prompt: x}", `b.yaml:3: "items[1].id": "a-02" is also the name of one of the pictures of the item of line 2`},
		{"ID of a draw", "items:\n- {id: a, prompt: x, count: 2}\n- {id: a-2, prompt: x}", `b.yaml:3: "items[1].id": "a-2" is also the name`},
		{"too long", "prompt: x\nstyle: " + strings.Repeat("a", 301), `b.yaml:2: "style": 301 characters; at most 300`},
		{"param", "prompt: x\nparams: {'--ar': 1}", `b.yaml:2: "params": "--ar" is no parameter's name`},
		{"stimulus", "prompt: x\nstimulus: 13", `b.yaml:2: "stimulus": 13: must be in 0..12`},
		{"two models at once", "prompt: x\nmodel: {all: [a, b]}", `b.yaml:2: "model": a picture is made by one model`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseBrief("b.yaml", []byte(c.in))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func numbersTo(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i))
	}
	return strings.Join(list, ", ")
}

func manySlots(names string, n int) (text string) {
	for _, r := range names {
		text += fmt.Sprintf("  %c: [%s]\n", r, numbersTo(n))
	}
	return text
}

// TestItemErrors: what only files and filled-in slots show.
func TestItemErrors(t *testing.T) {
	project := fstest.MapFS{
		"prompts/a.prompt":      {Data: []byte("---\ninput:\n  schema: {x: string, n: 'integer'}\n---\na {{x}} {{> part}}")},
		"prompts/_part.prompt":  {Data: []byte("{{y}}")},
		"prompts/chat.prompt":   {Data: []byte("{{role \"system\"}}obey{{role \"user\"}}hello")},
		"prompts/enum.prompt":   {Data: []byte("---\ninput:\n  schema: {x(enum): [red, green]}\n---\na {{x}}")},
		"prompts/broken.prompt": {Data: []byte("a\n{{#if x}}")},
		"prompts/media.prompt":  {Data: []byte("{{media url=x}}")},
		"refs/empty.png":        {},
		"refs/a.png":            {Data: []byte("x")},
	}
	for _, c := range []struct{ name, in, want string }{
		{"no such file", "prompt: {file: prompts/b.prompt}", `b.yaml:1: "prompt": unknown prompt "b": prompts/b.prompt does not exist; known: a, broken`},
		{"no prompt file", "prompt: {file: prompts/b.txt}", `b.yaml:1: "prompt": "prompts/b.txt" is not the path of a prompt`},
		{"outside", "prompt: {file: ../b.prompt}", `b.yaml:1: "prompt": "../b.prompt" is not the path of a prompt`},
		{"slot of a partial", "prompt: {file: prompts/a.prompt}\nslots: {x: a, n: 1}", `prompts/_part.prompt:1: the slot "y" has no value`},
		{"chat", "prompt: {file: prompts/chat.prompt}", `prompts/chat.prompt: a media prompt is one text`},
		{"media", "prompt: {file: prompts/media.prompt}\nslots: {x: 'http://a'}", `prompts/media.prompt: a media prompt is one text`},
		{"broken", "prompt: {file: prompts/broken.prompt}", `prompts/broken.prompt:2: `},
		{"schema", "prompt: {file: prompts/enum.prompt}\nslots: {x: [red, blue]}", `prompts/enum.prompt:3: variable "x": `},
		{"no reference", "prompt: x\nreferences: [{path: refs/b.png}]", `b.yaml:2: "references": refs/b.png: open refs/b.png: file does not exist`},
		{"empty reference", "prompt: x\nreferences: [{path: refs/empty.png}]", `b.yaml:2: "references": refs/empty.png: it has 0 bytes`},
		{"folder", "prompt: x\nreferences: [{path: refs}]", `b.yaml:2: "references": refs: it is no file`},
		{"nothing left", "prompt: '{{a}}'\nslots: {a: [x, ' ']}", `b.yaml:1: "prompt": the prompt is empty when its slots are filled in`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := brief(t, c.in).Items(t.Context(), ItemOptions{Project: project})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestNoProject(t *testing.T) {
	for _, in := range []string{"prompt: {file: prompts/a.prompt}", "prompt: x\nreferences: [{path: a.png}]"} {
		if _, _, err := brief(t, in).Items(t.Context(), ItemOptions{}); err == nil || !strings.Contains(err.Error(), "there is no project") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestLinksOutside: a project's folder opened with os.Root gives nothing away
// through links.
func TestLinksOutside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.png"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	project := filepath.Join(dir, "project")
	if err := os.Mkdir(project, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.png", filepath.Join(project, "a.png")); err != nil {
		t.Skip(err)
	}
	root, err := os.OpenRoot(project)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, _, err := brief(t, "prompt: x\nreferences: [{path: a.png}]").Items(t.Context(), ItemOptions{Project: root.FS()}); err == nil {
		t.Error("a link led out of the project")
	}
}
