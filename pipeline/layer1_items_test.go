package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// randomBrief is a brief of n entries with anything in them.
func randomBrief(r *rand.Rand, n int) *Brief {
	b := &Brief{File: "b.yaml", Name: fmt.Sprint("brief ", r.IntN(100))}
	if r.IntN(2) == 0 {
		seed := Seed(r.Uint64() >> (1 + r.IntN(60)))
		b.Top.Seed = &seed
	}
	for i := range n {
		b.Entries = append(b.Entries, randomEntry(r, fmt.Sprintf("entry-%c", 'a'+i)))
	}
	return b
}

var styleNames = []string{"product", "editorial", "poster", "minimal", "none", "cubism"}

func randomEntry(r *rand.Rand, id string) BriefItem {
	e := BriefItem{ID: id, Ask: Ask{Prompt: PromptText{Text: "a {{thing}} in {{place}}, " + id},
		Slots: Slots{{Name: "thing", Values: []string{"cup", "vase", "lamp", "chair"}[:1+r.IntN(4)]}, {Name: "place", Values: []string{"spring", "Zürich"}[:1+r.IntN(2)]}}}}
	e.Style = Choose(styleNames[:1+r.IntN(len(styleNames))]...)
	if r.IntN(2) == 0 {
		e.Mood = Choose([]string{"calm", "bold", "warm"}[:1+r.IntN(3)]...)
	}
	if r.IntN(3) == 0 {
		count := 1 + r.IntN(4)
		e.Count = &count
	}
	if r.IntN(3) == 0 {
		seed := Seed(r.Uint32())
		e.Seed = &seed
	}
	if r.IntN(3) == 0 {
		sample := 1 + r.IntN(20)
		e.Sample = &sample
	}
	if len(e.Style.Options) > 1 && r.IntN(2) == 0 {
		e.Exclude = []Exclusion{{Pairs: []Slot{{Name: "style", Values: []string{"editorial"}}, {Name: "thing", Values: []string{"cup"}}}}}
	}
	return e
}

func packsOf(t testing.TB) *Packs {
	t.Helper()
	packs, err := BuiltInPacks()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

var (
	aliasForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	idForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*#[1-9][0-9]*$`)
)

// TestItemsAreStable: IDs and aliases are unique, all is the same twice, and no
// further entry, whole or in the middle, changes anything of the others.
func TestItemsAreStable(t *testing.T) {
	o := ItemOptions{Packs: packsOf(t)}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := randomBrief(r, 1+r.IntN(5))
		items, _ := expanded(t, b, o)
		again, _ := expanded(t, b, o)
		if !reflect.DeepEqual(items, again) {
			t.Fatalf("seed %d: twice is not the same", seed)
		}
		ids, aliases := map[string]bool{}, map[string]bool{}
		for _, i := range items {
			if ids[i.ID] || aliases[i.Alias] || !idForm.MatchString(i.ID) || !aliasForm.MatchString(i.Alias) || len(i.Alias) > 140 {
				t.Fatalf("seed %d: ID %q, alias %q", seed, i.ID, i.Alias)
			}
			ids[i.ID], aliases[i.Alias] = true, true
		}
		more := *b
		more.Entries = slices.Insert(slices.Clone(b.Entries), r.IntN(len(b.Entries)+1), randomEntry(r, "further"))
		byID := map[string]Item{}
		grown, _ := expanded(t, &more, o)
		for _, i := range grown {
			byID[i.ID] = i
		}
		for _, i := range items {
			if got := byID[i.ID]; !reflect.DeepEqual(got, i) {
				t.Fatalf("seed %d: a further entry changes\n%+v\nto\n%+v", seed, i, got)
			}
		}
	}
}

// TestSeedsCountOn: an entry's own seed is its first picture's, a prompt's as
// well; no two pictures of an entry share one, and more draws keep all others.
func TestSeedsCountOn(t *testing.T) {
	seed, count := uint64(7), 5
	items, _ := expanded(t, FromPrompt("a city", Flags{Seed: &seed, Count: &count}), ItemOptions{})
	for n, i := range items {
		if i.Seed != uint64(7+n) || i.Draw != n+1 || i.ID != fmt.Sprintf("a-city#%d", n+1) || i.Alias != fmt.Sprintf("a-city-%d", n+1) {
			t.Errorf("%+v", i)
		}
	}
	text := "items:\n- id: x\n  prompt: a {{b}}\n  slots: {b: [c, d, e]}\n  style: [f, g]\n  seed: 100\n  count: "
	few, _ := expanded(t, brief(t, text+"2"), ItemOptions{})
	many, _ := expanded(t, brief(t, text+"5"), ItemOptions{})
	seeds := map[uint64]bool{}
	for _, i := range many {
		seeds[i.Seed] = true
	}
	if len(seeds) != len(many) || many[0].Seed != 100 {
		t.Errorf("%d seeds for %d pictures", len(seeds), len(many))
	}
	for _, i := range few {
		if !slices.ContainsFunc(many, func(m Item) bool { return reflect.DeepEqual(m, i) }) {
			t.Errorf("a larger count changes %+v", i)
		}
	}
	// Without a seed it is the brief that decides, with less than 32 bits.
	one, _ := expanded(t, FromPrompt("a city", Flags{}), ItemOptions{})
	other, _ := expanded(t, FromPrompt("a town", Flags{}), ItemOptions{})
	if one[0].Seed == other[0].Seed || one[0].Seed >= 1<<31 {
		t.Errorf("seeds %d and %d", one[0].Seed, other[0].Seed)
	}
	// The brief's seed gives each entry of a list its own.
	list, _ := expanded(t, brief(t, "seed: 7\nitems:\n- {id: a, prompt: x}\n- {id: b, prompt: x}"), ItemOptions{})
	if list[0].Seed == list[1].Seed || list[0].Seed == 7 {
		t.Errorf("seeds %d and %d", list[0].Seed, list[1].Seed)
	}
}

// TestMatrix: every combination once, but for those that are excluded, slots
// varying slowest.
func TestMatrix(t *testing.T) {
	b := brief(t, `
items:
- id: x
  prompt: a {{a}} {{b}}
  slots: {b: [1, 2], a: [p, q]}
  style: [s, {all: [t, u]}, none]
  size: [64x64, 128x64]
  exclude:
  - {b: 2, style: [s, none]}
  - {style: t + u, size: 128x64, a: Q}
defaults:
  slots: {unused: [many, alternatives]}
`)
	items, notes := expanded(t, b, ItemOptions{})
	if len(notes) != 0 {
		t.Errorf("notes: %v", notes)
	}
	var got []string
	for _, i := range items {
		got = append(got, fmt.Sprintf("%s %s %d", i.Prompt.Subject, strings.Join(i.Prompt.Style, "&"), i.Width))
		if want := map[string]string{"a": i.Vars["a"], "b": i.Vars["b"], "style": i.Vars["style"], "size": fmt.Sprintf("%d×%d", i.Width, i.Height)}; len(i.Vars) != len(want) {
			t.Errorf("vars: %v", i.Vars)
		}
	}
	var want []string
	for _, b := range []string{"1", "2"} {
		for _, a := range []string{"p", "q"} {
			for _, s := range []string{"s", "t&u", ""} {
				for _, w := range []int{64, 128} {
					if b == "2" && s != "t&u" || s == "t&u" && w == 128 && a == "q" {
						continue
					}
					want = append(want, fmt.Sprintf("a %s %s %s %d", a, b, s, w))
				}
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if items[0].ID != "x-01#1" || items[len(items)-1].ID != "x-21#1" {
		t.Errorf("IDs %s … %s: they number all combinations, excluded ones too", items[0].ID, items[len(items)-1].ID)
	}
}

// TestMerging: maps are merged, all else is replaced, and an item's own keys win
// over the top's, those over the defaults'.
func TestMerging(t *testing.T) {
	b := brief(t, `
prompt: a {{x}}
negative: [top]
params: {steps: 30, cfg: 7}
defaults:
  slots: {x: d}
  negative: [default]
  weights: {a: 2}
  mood: calm
  format: JPG
items:
- id: one
- id: two
  negative: []
  params: {steps: 5}
  weights: {b: 3}
  mood: none
  slots: {x: own}
  prompt: the {{x}}
`)
	items, _ := expanded(t, b, ItemOptions{})
	one, two := items[0], items[1]
	if one.Prompt.Subject != "a d" || !slices.Equal(one.Prompt.Negative, []string{"top"}) || one.Params["steps"] != 30 || !slices.Equal(one.Prompt.Mood, []string{"calm"}) || one.Format != "jpeg" {
		t.Errorf("%+v", one)
	}
	if two.Prompt.Subject != "the own" || len(two.Prompt.Negative) != 0 || !maps.Equal(two.Params, map[string]any{"steps": 5, "cfg": 7}) ||
		!maps.Equal(two.Prompt.Weights, map[string]float64{"a": 2, "b": 3}) || len(two.Prompt.Mood) != 0 {
		t.Errorf("%+v", two)
	}
}

func TestNotes(t *testing.T) {
	b := brief(t, `
defaults:
  exclude: [{style: editorial, mood: bold}]
items:
- id: a
  prompt: a mug with <lora:glaze:0.8> and (handle:1.3) --ar 16:9
  slots: {colour: teal}
  style: edtorial
  mood: cinematic
`)
	_, notes := expanded(t, b, ItemOptions{Packs: packsOf(t)})
	var got []string
	for _, n := range notes {
		got = append(got, n.String())
	}
	want := []string{
		`b.yaml:7: the slot "colour" stands in no template; there are no slots of the prompt`,
		`b.yaml:3: this exclusion applies to no item: none has all of its slots, fields and alternatives`,
		`b.yaml:6: "<lora:glaze:0.8>" is taken as plain words; LoRAs and hypernetworks are named under loras and hypernetworks`,
		`b.yaml:8: style "edtorial" is no pack and taken as it is; did you mean "editorial"?`,
		`b.yaml:9: mood "cinematic" is no pack and taken as it is; there is a style cinematic`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOverride(t *testing.T) {
	b := brief(t, "seed: 1\nitems:\n- {id: a, prompt: 'a {{x}}', slots: {x: y}, seed: 5, style: [b, c], count: 3, params: {steps: 5, cfg: 2}}\n- {id: b, prompt: x}")
	seed, count := uint64(9), 1
	b.Override(Flags{Seed: &seed, Count: &count, Style: []string{"poster"}, Size: []string{"64x32"}, Params: map[string]any{"steps": 7}, Generators: []string{"g"}, Slots: []string{"x=1", "x=2"}})
	items, _ := expanded(t, b, ItemOptions{})
	if len(items) != 3 {
		t.Fatalf("%d items", len(items))
	}
	first := items[0]
	if first.Prompt.Subject != "a 1" || first.Seed == 5 || first.Width != 64 || first.Height != 32 || first.Prompt.Style[0] != "poster" || first.Params["steps"] != 7 || first.Params["cfg"] != 2 || first.Generators[0] != "g" {
		t.Errorf("%+v", first)
	}
}

// TestFromPrompt: without slots the words of a prompt are nothing but words.
func TestFromPrompt(t *testing.T) {
	for _, text := range []string{`{{role "system"}}`, "{{", "a }} b", "---\nmodel: x\n---\nhi", "{file: x}"} {
		items, _ := expanded(t, FromPrompt(text, Flags{}), ItemOptions{})
		if items[0].Prompt.Subject != PlainText(text) {
			t.Errorf("%q became %q", text, items[0].Prompt.Subject)
		}
	}
	b := FromPrompt("a", Flags{})
	b.Top.Text = Words{"{{x}}"}
	items, _ := expanded(t, b, ItemOptions{})
	if items[0].Prompt.Text[0] != "{{x}}" {
		t.Errorf("%q", items[0].Prompt.Text)
	}
	items, _ = expanded(t, FromPrompt("a {{x}}", Flags{Slots: []string{"x={{y}}"}}), ItemOptions{})
	if items[0].Prompt.Subject != "a {{y}}" {
		t.Errorf("%q", items[0].Prompt.Subject)
	}
	for text, want := range map[string]string{"": "prompt is missing", "   ": "prompt is missing"} {
		if _, _, err := FromPrompt(text, Flags{}).Items(t.Context(), ItemOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	zero := 0
	if _, _, err := FromPrompt("x", Flags{Count: &zero, Size: []string{"big"}}).Items(t.Context(), ItemOptions{}); err == nil ||
		!strings.Contains(err.Error(), `--count: 0: must be in`) || !strings.Contains(err.Error(), `--size: size "big"`) {
		t.Error(err)
	}
	// What a flag lays over a brief is the flag's mistake, not the file's.
	b = brief(t, "items:\n- {id: a, prompt: x, count: 2}")
	b.Override(Flags{Count: &zero})
	if _, _, err := b.Items(t.Context(), ItemOptions{}); err == nil || err.Error() != "--count: 0: must be in 1..100000" {
		t.Error(err)
	}
}

func TestParseParam(t *testing.T) {
	for text, want := range map[string]any{
		"steps=30": 30, "cfg=7.5": 7.5, "x=true": true, "x=null": nil, "x=": "", "x=a=b": "a=b", "ar=16:9": "16:9", "x=euler_ancestral": "euler_ancestral",
		`x="30"`: "30", "x=[1, 2.5]": []any{1, 2.5}, `x={"a":{"b":1e3}}`: map[string]any{"a": map[string]any{"b": 1000.0}}, "x=1 2": "1 2", "x= 3 ": 3,
		"x=123456789012345678901234567890": 1.2345678901234568e29, "x=007": "007", "a.b-c_d=1": 1, "x=1e999": "1e999",
	} {
		if _, got, err := ParseParam(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v; want %#v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "=1", "--ar=1", "a b=1", "x\ny=1", strings.Repeat("x", 65) + "=1"} {
		if _, _, err := ParseParam(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	all, err := ParseParams([]string{"a=1", "b=2", "a=3"})
	if err != nil || !reflect.DeepEqual(all, map[string]any{"a": 3, "b": 2}) {
		t.Errorf("%v, %v", all, err)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string][2]int{"1024x768": {1024, 768}, " 64 X 64 ": {64, 64}, "640×480": {640, 480}} {
		if w, h, err := ParseSize(text); err != nil || w != want[0] || h != want[1] {
			t.Errorf("%s: %d×%d, %v", text, w, h, err)
		}
	}
	for _, text := range []string{"", "1024", "0x0", "15x16", "16x16385", "-1x5", "axb", "1x2x3", "9999999x16"} {
		if _, _, err := ParseSize(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestEachItemStops(t *testing.T) {
	b, stop, n := brief(t, "prompt: x\ncount: 10"), errors.New("stop"), 0
	_, err := b.EachItem(t.Context(), ItemOptions{}, func(*Item) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if err != stop || n != 3 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"Héro Bild!": "hero-bild", "Straße & Öl": "strasse-ol", "Москва ночью": "moskva-nochyu", "Αθήνα": "athina", "日本": "", "--a--b--": "a-b",
		"don't": "dont", "①②": "12", "ŁÓDŹ": "lodz", "a/../b": "a-b", "Ⅷ": "viii", "ﬁn": "fin", "йод": "iod",
	} {
		if got := slug(text, 40); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := slug("a very long title that does not fit in here", 20); got != "a-very-long-title" {
		t.Errorf("%q", got)
	}
	items, _ := expanded(t, FromPrompt("日本", Flags{}), ItemOptions{})
	if !idForm.MatchString(items[0].ID) || !strings.HasPrefix(items[0].ID, "item-") {
		t.Errorf("%q", items[0].ID)
	}
}

func TestQuoted(t *testing.T) {
	for text, want := range map[string][]string{
		`a sign "OPEN", and “Café” or „Straße“`: {"OPEN", "Café", "Straße"}, `a 24" screen and a 27" one`: nil, `"a" "a" ""`: {"a"},
		`an open " quote`: nil, `«Été» 「夏」`: {"Été", "夏"}, `it's 'fine'`: nil, `("x")`: {"x"},
	} {
		if got := quoted(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
