package pipeline

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/examples"
	"github.com/GaboBase/arch-genops/internal/config"
)

var fuzzProject = fstest.MapFS{
	"prompts/a.prompt": {Data: []byte("---\ninput:\n  schema: {x: string}\n---\na {{x}}")},
	"refs/a.png":       {Data: []byte("png")},
}

// errTooMany ends an expansion that is large enough for the fuzzer.
var errTooMany = errors.New("too many")

// FuzzParseBrief: no brief panics or takes for ever; every error names the file;
// what is taken gives items that are fit to be handed on, twice the same.
func FuzzParseBrief(f *testing.F) {
	for _, s := range []string{
		"prompt: a {{x}}\nslots: {x: [1, 2]}\nstyle: [product, none, {all: [a, b]}]\nsample: 2\nexclude: [{x: 1}]\n",
		"items:\n- {id: a, prompt: {file: prompts/a.prompt}, slots: {x: b}, references: [{path: refs/a.png}]}\n- prompt: \"q \\\"T\\\"\"\n  count: 3\n  size: [64x64, 32x32]\n",
		"defaults: {weights: {a: 1.3}, loras: [{name: l, weight: .5}], params: {steps: 1}}\nitems: [{prompt: <lora:x:1>, seed: 7, text: ['{{y}}'], slots: {y: z}}]\n",
		"prompt: '{{#if a}}b{{/if}}'\nslots: {a: \"\\u202e\\0\"}\n", "x: &a [*a]", "prompt: x\ncount: 0", "items: [{}, {}]",
	} {
		f.Add([]byte(s))
	}
	project, err := examples.Files("campaign")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"marketing-batch", "medical-illustration", "architectural-visualization"} {
		data, err := fs.ReadFile(project, "briefs/"+name+".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	packs := packsOf(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBrief("b.yaml", data)
		if err != nil {
			checkBriefError(t, err)
			return
		}
		o := ItemOptions{Project: fuzzProject, Packs: packs}
		var items []Item
		_, err = b.EachItem(t.Context(), o, func(i *Item) error {
			checkItem(t, i)
			if items = append(items, *i); len(items) == 2000 {
				return errTooMany
			}
			return nil
		})
		if err != nil && err != errTooMany {
			checkBriefError(t, err)
			return
		}
		if len(items) == 0 {
			t.Fatal("no error, and no item")
		}
		n := 0
		_, err = b.EachItem(t.Context(), o, func(i *Item) error {
			if !reflect.DeepEqual(*i, items[n]) {
				t.Fatalf("twice is not the same:\n%+v\n%+v", *i, items[n])
			}
			if n++; n == len(items) {
				return errTooMany
			}
			return nil
		})
		if err != nil && err != errTooMany {
			t.Fatal(err)
		}
	})
}

// checkBriefError: an error is about the brief or one of the project's files.
func checkBriefError(t *testing.T, err error) {
	t.Helper()
	for _, e := range eachConfigError(err) {
		if e.File != "b.yaml" && !strings.HasPrefix(e.File, "prompts/") || e.Msg == "" {
			t.Fatalf("the error names no file: %q", err)
		}
	}
	var one *config.Error
	if !errors.As(err, &one) {
		t.Fatalf("no *config.Error: %v", err)
	}
}

// checkItem: names are names, texts are plain, and all of it can be written as
// JSON and read again.
func checkItem(t *testing.T, i *Item) {
	t.Helper()
	if !idForm.MatchString(i.ID) || !aliasForm.MatchString(i.Alias) || i.Draw < 1 || i.Width < minSide || i.Height > maxSide {
		t.Fatalf("%+v", i)
	}
	p := &i.Prompt
	texts := append([]string{p.Subject, i.Title}, p.Text...)
	for _, list := range [][]string{p.Style, p.Mood, p.Lighting, p.Camera, p.Palette, p.Stimulus, p.Negative} {
		texts = append(texts, list...)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || PlainText(s) != s {
			t.Fatalf("%q is not plain", s)
		}
	}
	if p.Subject == "" || len(p.Stimulus) > maxKeywords {
		t.Fatalf("%+v", p)
	}
	if _, err := json.Marshal(i); err != nil {
		t.Fatal(err)
	}
}

// FuzzItems: whatever text comes from the outside, as a prompt or in a slot, the
// item holds it as one plain subject and nothing else of it changes.
func FuzzItems(f *testing.F) {
	for _, s := range injections {
		f.Add(s, "product", "calm")
	}
	packs := packsOf(f)
	f.Fuzz(func(t *testing.T, words, style, mood string) {
		b := FromPrompt("a {{x}} b", Flags{Name: "f", Slots: []string{"x=" + words}, Style: []string{style}, Mood: []string{mood}})
		items, _, err := b.Items(t.Context(), ItemOptions{Packs: packs})
		if err != nil {
			return // too long, or empty
		}
		i := &items[0]
		checkItem(t, i)
		if want := PlainText("a " + PlainText(words) + " b"); i.Prompt.Subject != want {
			t.Fatalf("subject %q, want %q", i.Prompt.Subject, want)
		}
		if i.Alias != "f" || i.ID != "f#1" || len(i.Prompt.LoRAs)+len(i.Prompt.Weights)+len(i.Params) != 0 || i.Seed != hash64("f", "f", "a {{x}} b", "")%seedSpan {
			t.Fatalf("%+v", i)
		}
		if got := WithoutFlags(i.Prompt.Subject); live.MatchString(got) {
			t.Fatalf("%q is still syntax", got)
		}
	})
}

// FuzzParseParam: a parameter is one value that JSON can hold.
func FuzzParseParam(f *testing.F) {
	for _, s := range []string{"steps=30", `a={"b":[1,2.5,true,null]}`, "x=1e999", "a==", "x=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, value, err := ParseParam(s)
		if err != nil {
			return
		}
		if !paramName().MatchString(key) {
			t.Fatalf("%q", key)
		}
		if _, err := json.Marshal(value); err != nil {
			t.Fatal(err)
		}
	})
}
