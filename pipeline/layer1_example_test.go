package pipeline

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/examples"
)

// TestCampaignBriefs: the example's briefs make what their comments say, and
// nothing in them has to be remarked upon.
func TestCampaignBriefs(t *testing.T) {
	project, err := examples.Files("campaign")
	if err != nil {
		t.Fatal(err)
	}
	packs, err := LoadPacks(project)
	if err != nil {
		t.Fatal(err)
	}
	if p := packs.Find(StylePack, "House"); p == nil || p.From != "packs/house.yaml" || len(p.Keywords) == 0 || len(p.Palette) != 2 {
		t.Errorf("the project's own pack: %+v", p)
	}
	for file, want := range map[string]int{"marketing-batch": 24, "medical-illustration": 10, "architectural-visualization": 14} {
		name := "briefs/" + file + ".yaml"
		data, err := fs.ReadFile(project, name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseBrief(name, data)
		if err != nil {
			t.Fatal(err)
		}
		items, notes, err := b.Items(t.Context(), ItemOptions{Project: project, Packs: packs})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range notes {
			t.Errorf("note: %s", n)
		}
		if len(items) != want {
			t.Errorf("%s: %d items, want %d", file, len(items), want)
		}
		if !strings.Contains(string(data), " pictures") {
			t.Errorf("%s does not say how many pictures it makes", file)
		}
	}
}

// TestNamesAndSeedsStay: IDs, aliases, seeds and samples are part of what a
// brief means, so no change of the program may change them. Packs may change.
func TestNamesAndSeedsStay(t *testing.T) {
	b := brief(t, `
name: golden
items:
- {id: Héro, prompt: "a {{x}}", slots: {x: [Ä, b, c d]}, style: [p, none], count: 2, seed: 5}
- {prompt: no id of its own, size: [64x64, 32x32]}
- {id: s, prompt: "{{a}} {{b}} {{c}}", slots: {a: [1, 2, 3, 4], b: [1, 2, 3, 4], c: [1, 2, 3, 4]}, sample: 6, exclude: [{a: 1, b: 2}]}
`)
	items, _ := expanded(t, b, ItemOptions{})
	var all strings.Builder
	for _, i := range items {
		fmt.Fprintln(&all, i.ID, i.Alias, i.Seed)
	}
	const want = `hero-01#1 hero-01-a-p-1 5
hero-01#2 hero-01-a-p-2 11
hero-02#1 hero-02-a-none-1 6
hero-02#2 hero-02-a-none-2 12
hero-03#1 hero-03-b-p-1 7
hero-03#2 hero-03-b-p-2 13
hero-04#1 hero-04-b-none-1 8
hero-04#2 hero-04-b-none-2 14
hero-05#1 hero-05-c-d-p-1 9
hero-05#2 hero-05-c-d-p-2 15
hero-06#1 hero-06-c-d-none-1 10
hero-06#2 hero-06-c-d-none-2 16
no-id-of-its-own-neabg-01#1 no-id-of-its-own-neabg-01-64x64 290453300
no-id-of-its-own-neabg-02#1 no-id-of-its-own-neabg-02-32x32 290453301
s-03#1 s-03-1-1-3 2075304679
s-14#1 s-14-1-4-2 2075304690
s-21#1 s-21-2-2-1 2075304697
s-40#1 s-40-3-2-4 2075304716
s-52#1 s-52-4-1-4 2075304728
s-59#1 s-59-4-3-3 2075304735
`
	if got := all.String(); got != want {
		t.Errorf("got\n%s", got)
	}
}
