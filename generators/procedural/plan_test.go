package procedural

import (
	"slices"
	"strings"
	"testing"
)

func TestScenesOfPrompts(t *testing.T) {
	for prompt, want := range map[string]string{
		"cyberpunk city at night": "city", "a ceramic mug on a wooden table": "product", "mountain lake at dawn": "landscape",
		"cross-section of the human heart": "medical", "modern concrete house": "house", "forest in fog": "forest",
		`poster "SALE"`: "poster", "floating islands": "islands", "desert road": "road", "rainy window": "rainwindow",
		"isometric office": "isometric", "robot": "portrait", "qwyzzle": "abstract", "": "abstract",
		"Stadt bei Nacht": "city", "montaña y lago": "landscape", "une maison": "house",
	} {
		if got := understand(Scene{Prompt: prompt}).scene; got != want {
			t.Errorf("%q: %s, want %s", prompt, got, want)
		}
	}
}

func TestQuoted(t *testing.T) {
	for prompt, want := range map[string]string{
		`a sign "OPEN" and "24 h"`: "OPEN|24 h",
		`Schild „Öffnet um 8“`:     "Öffnet um 8",
		`une affiche «Été»`:        "Été",
		`an open " mark`:           "",
		`""`:                       "",
		`„ a "b" c`:                "b",
		"“curly”":                  "curly",
	} {
		if got := strings.Join(understand(Scene{Prompt: prompt}).text, "|"); got != want {
			t.Errorf("%s: %q, want %q", prompt, got, want)
		}
	}
	long := understand(Scene{Text: []string{strings.Repeat("x", 10_000)}}).text
	if len(long) != 1 || len(long[0]) != textLimit {
		t.Error("endless text is not cut")
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ prompt, negative, thing string }{
		{"forest with birds", "birds", "birds"},
		{"mountain lake, no people", "", "people"},
		{"ein See ohne Bäume", "", "trees"},
		{"city without fog", "", "fog"},
	} {
		p := understand(Scene{Prompt: c.prompt, Negative: c.negative})
		if !p.without[c.thing] || p.things[c.thing] {
			t.Errorf("%+v: %s is not refused", c, c.thing)
		}
	}
	if p := understand(Scene{Prompt: `"HELLO"`, Negative: "text"}); p.text != nil {
		t.Error("text is set although it is refused")
	}
}

// TestNegativeLeavesOut draws scenes that would show a thing of themselves.
func TestNegativeLeavesOut(t *testing.T) {
	for _, c := range []struct{ prompt, thing string }{
		{"forest in fog", "trees"}, {"forest", "fog"}, {"mountain lake", "mountains"}, {"night sky over mountains", "stars"},
		{"night sky over mountains", "moon"}, {"day at the sea", "clouds"}, {"coral reef", "fish"}, {"medical cell", "labels"},
		{"cyberpunk city", "neon"}, {"living room", "lamp"}, {"volcano", "embers"}, {"planet", "nebula"},
	} {
		drawn := false
		for seed := range uint64(6) {
			_, with := draw(t, Scene{Prompt: c.prompt, Seed: seed})
			drawn = drawn || slices.Contains(with.Elements, c.thing)
			_, bare := draw(t, Scene{Prompt: c.prompt, Negative: c.thing, Seed: seed})
			if slices.Contains(bare.Elements, c.thing) {
				t.Errorf("%+v, seed %d: drawn all the same: %q", c, seed, bare.Elements)
			}
		}
		if !drawn {
			t.Errorf("%+v: never drawn, so the test says nothing", c)
		}
	}
}

func TestColors(t *testing.T) {
	p := understand(Scene{Prompt: "waves in teal and #ff8800", Palette: []string{"crimson", "#abc", "pastel"}})
	var got []string
	for _, c := range p.colors {
		got = append(got, c.String())
	}
	if want := []string{"#1fa39a", "#ff8800", "#c0143c", "#aabbcc"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(p.palette, []string{"pastel"}) {
		t.Errorf("palettes %q", p.palette)
	}
}

// TestNamedColoursShow asks for a colour and looks for its hue.
func TestNamedColoursShow(t *testing.T) {
	for _, c := range []struct {
		name    string
		warmest func(r, g, b int) bool
	}{
		{"crimson", func(r, g, b int) bool { return r > g && r > b }},
		{"teal", func(r, g, b int) bool { return g > r && b > r }},
		{"navy", func(r, g, b int) bool { return b > r && b > g }},
	} {
		for _, what := range []string{"abstract waves in ", "mountains, "} {
			img, _ := draw(t, Scene{Prompt: what + c.name, Seed: 4})
			r, g, b := 0, 0, 0
			for i := 0; i < len(img.Pix); i += 4 {
				r, g, b = r+int(img.Pix[i]), g+int(img.Pix[i+1]), b+int(img.Pix[i+2])
			}
			if !c.warmest(r, g, b) {
				t.Errorf("%s%s: sums %d %d %d", what, c.name, r, g, b)
			}
		}
	}
}

// TestTables checks that the data files speak of things that exist.
func TestTables(t *testing.T) {
	for key, ms := range vocabulary() {
		if key != strings.ToLower(key) || key == "" {
			t.Errorf("phrase %q", key)
		}
		if n := len(strings.Fields(key)); n > longest {
			t.Errorf("phrase %q has %d words, more than are looked up", key, n)
		}
		for _, m := range ms {
			for _, v := range m.votes {
				if !slices.Contains(scenes, v.scene) {
					t.Errorf("%q votes for %q, which is no scene", key, v.scene)
				}
			}
			switch m.kind {
			case "palette", "hint":
				if _, ok := palettes()[m.name]; !ok {
					t.Errorf("%q means a palette %q, which is not there", key, m.name)
				}
			case "thing", "light", "camera", "look", "color", "filler":
			default:
				t.Errorf("%q is of kind %q", key, m.kind)
			}
		}
	}
	for _, scene := range scenes {
		if painters(scene) == nil || len(moods[scene]) == 0 {
			t.Errorf("scene %s has no painter or no moods", scene)
		}
		for _, name := range moods[scene] {
			if _, ok := palettes()[name]; !ok {
				t.Errorf("scene %s: no palette %q", scene, name)
			}
		}
	}
}
