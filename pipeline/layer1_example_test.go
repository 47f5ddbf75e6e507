package pipeline

import (
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
		if testing.Verbose() {
			for _, i := range items {
				t.Logf("%s %d×%d seed %d %+v", i.Alias, i.Width, i.Height, i.Seed, i.Prompt)
			}
		}
		if !strings.Contains(string(data), " pictures") {
			t.Errorf("%s does not say how many pictures it makes", file)
		}
	}
}
