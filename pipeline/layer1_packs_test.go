package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBuiltInPacks: every pack is fit for use, and nothing in it is what a chat
// model's keyword would be refused for.
func TestBuiltInPacks(t *testing.T) {
	packs := packsOf(t)
	o := packs.opposites
	kinds := map[string]int{}
	for _, p := range packs.List() {
		kinds[p.Kind]++
		at := p.Kind + " " + p.Name
		if p.About == "" || strings.HasSuffix(p.About, ".") || p.From != "" || len(p.Keywords) < 6 || len(p.Negative) < 3 {
			t.Errorf("%s is not complete: %+v", at, p)
		}
		if len(p.Palette) == 0 || len(p.Lighting) == 0 && !slices.Contains(p.Without, "lighting") || p.Kind == StylePack && len(p.Camera) == 0 && !slices.Contains(p.Without, "camera") {
			t.Errorf("%s: light, camera or colours are missing", at)
		}
		nobody, own := o.profile(), o.profile(append(p.Also, p.Name, p.Say)...)
		for _, k := range slices.Concat(p.Keywords, p.Lighting, p.Camera, p.Negative) {
			one := o.part(k)
			if len(strings.Fields(k)) <= maxKeywordWords {
				if why := refusedKeyword(&one, nobody); why != "" {
					t.Errorf("%s: %q: %s", at, k, why)
				}
			}
			if !slices.Contains(p.Negative, k) && one.stance.contradicts(&own.stance) {
				t.Errorf("%s: %q contradicts the pack's own name", at, k)
			}
		}
		for _, c := range p.Conflicts {
			word := slices.Contains([]string{"baroque", "crowded", "ornate", "maximalist", "modern", "horror"}, c)
			if packs.find(StylePack, c) == nil && packs.find(MoodPack, c) == nil && !word {
				t.Errorf("%s: conflicts with %q, which is no pack", at, c)
			}
		}
		for _, name := range append(p.Also, p.Name, p.Say, strings.ToUpper(p.Name)) {
			if packs.Find(p.Kind, name) != p {
				t.Errorf("%s is not found by %q", at, name)
			}
		}
		if len(pick(parts(o, p.Keywords), DefaultKeywords, &sayings{shared: []*profile{own}, stance: own.stance})) < 3 {
			t.Errorf("%s: hardly any keyword is left beside its own name", at)
		}
	}
	if kinds[StylePack] < 20 || kinds[MoodPack] < 12 {
		t.Errorf("%v", kinds)
	}
}

func parts(o *opposites, texts []string) (out []part) {
	for _, t := range texts {
		out = append(out, o.part(t))
	}
	return out
}

// TestPacksApply: what packs add neither touches nor repeats nor contradicts the
// user's words, and every field of the user's own wins.
func TestPacksApply(t *testing.T) {
	packs := packsOf(t)
	o := packs.opposites
	subjects := []string{"a mug", "a city at night under stars", "a red car in the snow", "an old fisherman, black and white", "minimal poster for a jazz concert",
		"a crowded market at noon", "soft light on a still lake", "a photograph of a glossy bottle", "sunset over the sea, seen from above", "colourful balloons at a joyful party"}
	var styles, moods []string
	for _, p := range packs.List() {
		if p.Kind == StylePack {
			styles = append(styles, p.Name)
		} else {
			moods = append(moods, p.Name)
		}
	}
	few := 0
	for _, subject := range subjects {
		b := FromPrompt(subject, Flags{Style: styles, Mood: moods})
		items, _ := expanded(t, b, ItemOptions{Packs: packs})
		about := o.profile(subject)
		for _, i := range items {
			p := i.Prompt
			if p.Subject != subject {
				t.Fatalf("the subject became %q", p.Subject)
			}
			if len(p.Stimulus) > DefaultKeywords || len(p.Negative) > maxNegative {
				t.Errorf("%d keywords, %d negative words", len(p.Stimulus), len(p.Negative))
			}
			if len(p.Stimulus) < 3 {
				few++
			}
			seen, own := o.profile(), o.profile(slices.Concat(p.Style, p.Mood, []string{subject})...)
			for _, k := range slices.Concat(p.Lighting, p.Camera, p.Stimulus) {
				one := o.part(k)
				if one.stance.contradicts(&own.stance) || one.stance.contradicts(&seen.stance) {
					t.Errorf("%s, %v: %q contradicts", subject, i.Vars, k)
				}
				seen.stance.add(&one.stance)
			}
			for _, k := range p.Stimulus {
				if about.repeats(wordsOf(k)) {
					t.Errorf("%s, %v: %q repeats the subject", subject, i.Vars, k)
				}
			}
			if namesColour(about) && len(p.Palette) > 0 {
				t.Errorf("%s: has colours of its own, and a palette %q", subject, p.Palette)
			}
		}
	}
	if few > len(subjects)*len(styles)*len(moods)/50 {
		t.Errorf("%d prompts have hardly any keyword", few)
	}
}

func TestOwnFieldsWin(t *testing.T) {
	b := brief(t, "prompt: 'a sign \"OPEN\"'\nstyle: product\nmood: bold\nlighting: candles\ncamera: none\npalette: grey\nnegative: []\nstimulus: 0")
	items, _ := expanded(t, b, ItemOptions{Packs: packsOf(t)})
	p := items[0].Prompt
	if !slices.Equal(p.Lighting, []string{"candles"}) || !slices.Equal(p.Palette, []string{"grey"}) || len(p.Negative) != 0 || p.Stimulus != nil || !slices.Equal(p.Text, []string{"OPEN"}) {
		t.Errorf("%+v", p)
	}
	if len(p.Camera) != 0 {
		t.Errorf("camera: none is filled in: %q", p.Camera)
	}
}

// TestTextIsNotRefused: a style that does without letters does with them where
// a text is asked for.
func TestTextIsNotRefused(t *testing.T) {
	project := fstest.MapFS{"packs/a.yaml": {Data: []byte("styles:\n  plain:\n    about: x\n    negative: [text, letters, dirt]\n")}}
	packs, err := LoadPacks(project)
	if err != nil {
		t.Fatal(err)
	}
	for prompt, want := range map[string]string{`a wall`: "text letters dirt", `a wall, "HELLO"`: "dirt", `dirt on a wall`: "text letters"} {
		items, _ := expanded(t, FromPrompt(prompt, Flags{Style: []string{"plain"}}), ItemOptions{Packs: packs})
		got := strings.Join(slices.Sorted(slices.Values(items[0].Prompt.Negative)), " ")
		if w := strings.Join(slices.Sorted(strings.FieldsSeq(want)), " "); got != w {
			t.Errorf("%s: %q, want %q", prompt, got, w)
		}
	}
}

func TestConflicts(t *testing.T) {
	b := brief(t, "prompt: a lake\nstyle: watercolour\nmood: {all: [calm, energetic]}")
	items, notes := expanded(t, b, ItemOptions{Packs: packsOf(t)})
	if len(notes) != 1 || notes[0].Say != "mood energetic does not go with mood calm: only its name is used" {
		t.Errorf("%v", notes)
	}
	energetic := packsOf(t).Find(MoodPack, "energetic")
	for _, k := range items[0].Prompt.Stimulus {
		if slices.Contains(energetic.Keywords, k) {
			t.Errorf("%q is of the pack that conflicts", k)
		}
	}
	if !slices.Equal(items[0].Prompt.Mood, []string{"calm", "energetic"}) {
		t.Errorf("%q", items[0].Prompt.Mood)
	}
}

func TestProjectPacks(t *testing.T) {
	load := func(text string) (*Packs, error) {
		return LoadPacks(fstest.MapFS{"packs/own.yaml": {Data: []byte(text)}, "packs/readme.md": {Data: []byte("x")}})
	}
	packs, err := load("styles:\n  product:\n    about: ours\n    keywords: [our look]\nmoods:\n  calm:\n    extends: calm\n    about: calmer\n")
	if err != nil {
		t.Fatal(err)
	}
	if p := packs.Find(StylePack, "product"); p.About != "ours" || p.From != "packs/own.yaml" || len(p.Keywords) != 1 || p.Lighting != nil || p.Say != "product" {
		t.Errorf("%+v", p)
	}
	if p := packs.Find(MoodPack, "calm"); p.About != "calmer" || len(p.Keywords) < 6 {
		t.Errorf("%+v", p)
	}
	if p := packsOf(t).Find(StylePack, "product"); p.From != "" {
		t.Error("the built-in pack was changed")
	}
	for range 10 { // a pack may begin with one that stands before it
		packs, err := load("styles:\n  zoo:\n    extends: product\n    about: a\n  ark:\n    extends: zoo\n    say: boat\n")
		if err != nil {
			t.Fatal(err)
		}
		if p := packs.Find(StylePack, "ark"); p.About != "a" || len(p.Keywords) < 6 || p.Say != "boat" {
			t.Errorf("%+v", p)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"styles:\n  ark: {extends: zoo}\n  zoo: {about: x}", `packs/own.yaml:2: "styles.ark": extends the unknown pack "zoo"`},
		{"styles: {a: {palette: [[red, ' ']]}}", `packs/own.yaml:1: "styles.a": palette: an entry is empty`},
		{"styles: {a: {keyword: [x]}}", `packs/own.yaml:1: unknown key "keyword" in styles.a; did you mean "keywords"?`},
		{"styles:\n  a:\n    extends: prodct", `packs/own.yaml:3: "styles.a": extends the unknown pack "prodct"; did you mean "product"?`},
		{"styles:\n  A b: {about: x}", `packs/own.yaml:2: "styles.A b": a pack's name has letters a-z`},
		{"moods: {a: {keywords: [" + strings.Repeat("x, ", 13) + "]}}", `packs/own.yaml:1: "moods.a": 13 keywords; at most 12`},
		{"moods: {a: {keywords: [' ']}}", `packs/own.yaml:1: "moods.a": keywords: an entry is empty`},
		{"moods: {a: {without: [light]}}", `packs/own.yaml:1: "moods.a": without: unknown field "light"`},
		{"moods: {a: }", `packs/own.yaml: "moods.a": the pack is empty`},
		{"packs: {}", `packs/own.yaml:1: unknown key "packs"; known: styles, moods`},
	} {
		if _, err := load(c.in); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.in, err, c.want)
		}
	}
}

// TestPackChoice: the same brief takes the same keywords; another name or seed
// of it takes others.
func TestPackChoice(t *testing.T) {
	take := func(name string, seed uint64) string {
		items, _ := expanded(t, FromPrompt("a mug", Flags{Name: name, Seed: &seed, Style: []string{"product"}, Mood: []string{"calm"}}), ItemOptions{Packs: packsOf(t)})
		return fmt.Sprint(items[0].Prompt)
	}
	if once, again := take("a", 1), take("a", 1); once != again {
		t.Errorf("twice is not the same: %s, %s", once, again)
	}
	different := map[string]bool{}
	for seed := range uint64(10) {
		different[take("a", seed)] = true
	}
	if len(different) < 8 {
		t.Errorf("10 seeds take %d choices", len(different))
	}
}

func TestOpposites(t *testing.T) {
	o := packsOf(t).opposites
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a city at night", "golden hour light", true}, {"a city at night", "moonlight", false}, {"black and white photograph", "vivid colours", true},
		{"a calm lake", "explosive gesture", true}, {"night and day, daylight", "moonlit", false}, {"sketch of a house", "photorealistic", true},
		{"minimal", "cluttered", true}, {"mug", "vivid", false}, {"soft light", "hard light", true}, {"softness", "hard light", false},
	} {
		x, y := o.part(c.a), o.part(c.b)
		if got := x.stance.contradicts(&y.stance); got != c.want {
			t.Errorf("%q against %q: %v", c.a, c.b, got)
		}
	}
}
