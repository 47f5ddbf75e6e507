package validators

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/GaboBase/arch-genops/generators/procedural"
	"github.com/GaboBase/arch-genops/pipeline"
)

// scene is a picture of the built-in generator.
func scene(t testing.TB, prompt string, seed uint64, side int) image.Image {
	t.Helper()
	m, _, err := procedural.Draw(context.Background(), procedural.Scene{Prompt: prompt, Seed: seed, Width: side, Height: side})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func asPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asJPEG(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// subject is an asset of these bytes, asked for as width × height.
func subject(id, kind string, data []byte, width, height int) pipeline.Subject {
	job := &pipeline.MediaJob{Width: width, Height: height}
	p := &pipeline.Planned{Request: pipeline.Request{ID: id, Media: job}}
	return pipeline.Subject{Request: p.Request, Planned: p, Asset: pipeline.Asset{Blob: &pipeline.Blob{Type: kind, Digest: id}}, Open: func() ([]byte, error) { return data, nil }}
}

func uniform(c color.Color, side int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return m
}

// blurred is a picture shrunk to a few pixels and enlarged again.
func blurred(m image.Image, side int) image.Image {
	small := image.NewRGBA(image.Rect(0, 0, 3, 3))
	draw.CatmullRom.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	big := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(big, big.Bounds(), small, small.Bounds(), draw.Src, nil)
	return big
}

func TestTechnical(t *testing.T) {
	m := scene(t, "mountain lake at dawn", 1, 256)
	whole := asPNG(m)
	bomb := bytes.Clone(whole)
	copy(bomb[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0})
	sum := crc32.ChecksumIEEE(bomb[12:29])
	copy(bomb[29:33], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	var g bytes.Buffer
	if err := gif.Encode(&g, m, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind string
		data []byte
		want string // in the reason; "" = passes
	}{
		"png":         {"image/png", whole, ""},
		"jpeg":        {"image/jpeg", asJPEG(m), ""},
		"gif":         {"image/gif", g.Bytes(), ""},
		"truncated":   {"image/png", whole[:len(whole)/2], "does not decode"},
		"bomb":        {"image/png", bomb, "more than the"},
		"no header":   {"image/png", []byte("nothing"), "header"},
		"black":       {"image/png", asPNG(uniform(color.Black, 256)), "black"},
		"white":       {"image/png", asPNG(uniform(color.White, 256)), "blank"},
		"transparent": {"image/png", asPNG(uniform(color.Transparent, 256)), "transparent"},
		"blurred":     {"image/png", asPNG(blurred(m, 256)), "blurred"},
		"other size":  {"image/png", asPNG(scene(t, "forest", 1, 128)), "asked for was 256×256"},
		"other shape": {"image/png", asPNG(m.(*image.RGBA).SubImage(image.Rect(0, 0, 256, 128))), "another shape"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Technical{}.Validate(t.Context(), subject(name, c.kind, c.data, 256, 256))
			switch {
			case err != nil:
				t.Error(err)
			case f.Pass != (c.want == "") || !strings.Contains(f.Reason, c.want):
				t.Errorf("pass %v, reason %q; want %q", f.Pass, f.Reason, c.want)
			}
		})
	}
	if _, err := (Technical{}).Validate(t.Context(), subject("v", "video/mp4", []byte("x"), 1, 1)); err == nil || !strings.Contains(err.Error(), "unavailable") {
		t.Errorf("a video: %v", err)
	}
	if _, err := (CLIP{}).Validate(t.Context(), pipeline.Subject{}); !errors.Is(err, ErrNoCLIP) {
		t.Errorf("without a model: %v", err)
	}
}

// Many kinds of pictures pass: the bounds are for what shows nothing.
func TestTechnicalPassesPictures(t *testing.T) {
	for _, prompt := range []string{"forest in fog", "minimalism, white cup on white", "starry night", "desert road", "abstract waves", "snow field"} {
		for seed := range uint64(3) {
			s := subject("x", "image/png", asPNG(scene(t, prompt, seed, 200)), 200, 200)
			if f, err := (Technical{}).Validate(t.Context(), s); err != nil || !f.Pass {
				t.Errorf("%s, seed %d: %q, %v", prompt, seed, f.Reason, err)
			}
		}
	}
}

func TestDuplicates(t *testing.T) {
	m := scene(t, "mountain lake at dawn", 1, 256)
	half := image.NewRGBA(image.Rect(0, 0, 128, 128))
	draw.CatmullRom.Scale(half, half.Bounds(), m, m.Bounds(), draw.Src, nil)
	mirrored := image.NewRGBA(m.Bounds())
	for y := range 256 {
		for x := range 256 {
			mirrored.Set(255-x, y, m.At(x, y))
		}
	}
	var subjects []pipeline.Subject
	for _, c := range []struct {
		id, kind string
		data     []byte
	}{{"first", "image/png", asPNG(m)}, {"jpeg", "image/jpeg", asJPEG(m)}, {"half", "image/png", asPNG(half)}, {"mirrored", "image/png", asPNG(mirrored)},
		{"seed 2", "image/png", asPNG(scene(t, "mountain lake at dawn", 2, 256))}} {
		s := subject(c.id, c.kind, c.data, 256, 256)
		f, err := Technical{}.Validate(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		s.Findings = []pipeline.Finding{f}
		subjects = append(subjects, s)
	}
	again := subjects[4]
	again.Request.ID = "bytes again"
	subjects = append(subjects, again)
	fs, err := Duplicates{}.ValidateBatch(t.Context(), subjects)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false, true, true, false} {
		if fs[i].Pass != want {
			t.Errorf("%s: pass %v, %q", subjects[i].Request.ID, fs[i].Pass, fs[i].Reason)
		}
	}
}

func TestPolicy(t *testing.T) {
	p, err := ParsePolicy("policy.yaml", []byte(`policy:
  deny:
    - {category: competitors, any: ["acme( corp)?"]}
    - {category: weapons, any: ["guns?", "rifles?"]}
  allow: ["glue gun"]
`))
	if err != nil {
		t.Fatal(err)
	}
	for prompt, want := range map[string]string{
		"a mug on a table":                 "",
		"children playing in a park":       "",
		"a nude statue in a museum":        "",
		"the acme logo":                    "competitors",
		"the ACME Corp building":           "competitors",
		"an acmé rocket":                   "competitors",
		"pacmen":                           "",
		"a man with a gun":                 "weapons",
		"a man with a g.u.n":               "weapons",
		"a man with a gu\u200bn":           "weapons",
		"a crafts table with a glue gun":   "",
		"a naked child":                    "minors",
		"a n4ked ch1ld":                    "minors",
		"lоli":                             "minors", // a Cyrillic о
		"lolita fashion shop in Harajuku":  "",
		"stars seen with the naked eye":    "",
		"a kid in a sexy halloween outfit": "minors",
	} {
		got := strings.Join(p.Check(pipeline.MediaPrompt{Subject: prompt}), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", prompt, got, want)
		}
	}
	if got := p.Check(pipeline.MediaPrompt{Subject: "a street", Negative: []string{"guns"}}); got != nil {
		t.Errorf("what is to be left out: %q", got)
	}
	moderated := pipeline.Subject{Asset: pipeline.Asset{Moderated: "output: gore"}}
	if f, err := (PolicyFilter{p}).Validate(t.Context(), moderated); err != nil || f.Pass || !strings.Contains(f.Reason, "gore") {
		t.Errorf("moderated: %+v, %v", f, err)
	}
	for text, want := range map[string]string{
		"policy:\n  deny:\n    - {any: [x]}\n":                             "policy.yaml:3: category is missing",
		"policy:\n  deny:\n    - {category: c}\n":                          "any is missing",
		"policy:\n  deny:\n    - {category: c, any: ['(']}\n":              `pattern "("`,
		"policy:\n  denied: []\n":                                          "deny",
		"policy:\n  deny:\n    - {category: c, any: [x]}\n  extend: maybe": "extend",
	} {
		if _, err := ParsePolicy("policy.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzTechnical(f *testing.F) {
	m := scene(f, "forest", 1, 24)
	f.Add(asPNG(m))
	f.Add(asJPEG(m))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width*c.Height > 1<<20 {
			t.Skip("large")
		}
		found, err := Technical{}.Validate(context.Background(), subject("x", "image/png", data, 24, 24))
		if err == nil && found.Pass != (found.Score == 1) {
			t.Errorf("%+v", found)
		}
	})
}

func BenchmarkTechnical512(b *testing.B) {
	s := subject("x", "image/png", asPNG(scene(b, "city", 1, 512)), 512, 512)
	for b.Loop() {
		if f, err := (Technical{}).Validate(context.Background(), s); err != nil || !f.Pass {
			b.Fatal(fmt.Sprint(f, err))
		}
	}
}
