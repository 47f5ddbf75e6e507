package procedural

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew")

// every is a prompt for each family of scenes, and some for looks and texts.
var every = []string{
	"cyberpunk city at night",
	"a ceramic mug on a wooden table, product photo, softbox",
	"medical illustration of the human heart, cross-section",
	"modern concrete house, golden hour",
	"mountain lake at dawn",
	`poster with the text "SUMMER SALE"`,
	"forest in fog",
	"abstract waves in teal and orange",
	"game art: floating islands",
	"desert road",
	"northern lights over a village",
	"space station above a planet",
	"bowl of fruit",
	"city skyline minimalism",
	"underwater coral reef",
	"rainy window",
	"isometric office",
	"autumn avenue",
	"volcano",
	"robot portrait",
	"tropical beach, sailboat",
	"cozy living room",
	"bouquet of flowers, watercolor",
	"sand dunes, sketch",
	"pop art cat",
	"pixel art lighthouse, storm",
	`neon sign "ÖFFNET 24 h" in a rainy street`,
	"isometric city",
	"zorblax quimby",
}

func draw(t testing.TB, s Scene) (*image.RGBA, Info) {
	t.Helper()
	if s.Width == 0 {
		s.Width, s.Height = 128, 96
	}
	img, info, err := Draw(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return img, info
}

// TestGolden pins pixels: a change of any means a new Version.
func TestGolden(t *testing.T) {
	var got strings.Builder
	for i, p := range every {
		img, _ := draw(t, Scene{Prompt: p, Seed: uint64(i)})
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(img.Pix), p)
	}
	const file = "testdata/golden.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the pixels changed; if that is meant, raise Version and run with -update:\n%s", got.String())
	}
}

func TestSamePixelsFromManyGoroutines(t *testing.T) {
	scenes := []Scene{{Prompt: every[0], Seed: 3}, {Prompt: every[5], Seed: 3}, {Prompt: every[11], Seed: 3}}
	var group sync.WaitGroup
	sums := make([][3][32]byte, 6)
	for k := range sums {
		group.Go(func() {
			for i, s := range scenes {
				img, _ := draw(t, s)
				sums[k][i] = sha256.Sum256(img.Pix)
			}
		})
	}
	group.Wait()
	for _, s := range sums[1:] {
		if s != sums[0] {
			t.Fatal("the same scenes gave different pixels")
		}
	}
}

func TestFormats(t *testing.T) {
	for _, format := range []string{"", "png", "jpeg"} {
		s := Scene{Prompt: "mountain lake", Seed: 1, Width: 97, Height: 61, Format: format}
		data, info, err := Render(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		img, kind, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if info.MIME != "image/"+kind || img.Bounds() != image.Rect(0, 0, 97, 61) {
			t.Errorf("format %q: a %s of %v, said to be %s", format, kind, img.Bounds(), info.MIME)
		}
		again, _, _ := Render(context.Background(), s)
		if !bytes.Equal(data, again) {
			t.Errorf("format %q: not the same bytes twice", format)
		}
	}
}

// TestPNGKeepsPixels reads what encodePNG wrote with the standard library.
func TestPNGKeepsPixels(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 3}, {300, 7}, {64, 200}} {
		img, _ := draw(t, Scene{Prompt: "bowl of fruit", Width: size[0], Height: size[1]})
		var out bytes.Buffer
		if err := encodePNG(&out, img); err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		for y := range size[1] {
			for x := range size[0] {
				r, g, b, _ := back.At(x, y).RGBA()
				if want := img.RGBAAt(x, y); uint8(r>>8) != want.R || uint8(g>>8) != want.G || uint8(b>>8) != want.B {
					t.Fatalf("%v: pixel %d, %d differs", size, x, y)
				}
			}
		}
	}
}

func TestBadScenes(t *testing.T) {
	for _, c := range []struct {
		s    Scene
		want string
	}{
		{Scene{Width: 0, Height: 10}, "size 0x10: each side must be 1 to 4096 pixels"},
		{Scene{Width: 10, Height: 4097}, "size 10x4097"},
		{Scene{Width: -1, Height: 1}, "size -1x1"},
		{Scene{Width: 1, Height: 1, Format: "webp"}, `unknown format "webp": known are png, jpeg`},
	} {
		_, _, err := Render(context.Background(), c.s)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%+v: got %v, want %q", c.s, err, c.want)
		}
	}
}

// TestSizes draws every scene in shapes that leave little room.
func TestSizes(t *testing.T) {
	sizes := [][2]int{{1, 1}, {2, 1}, {1, 7}, {16, 512}, {700, 9}, {33, 47}}
	for _, p := range every {
		for _, size := range sizes {
			draw(t, Scene{Prompt: p, Seed: 5, Width: size[0], Height: size[1]})
		}
	}
	for _, size := range [][2]int{{16, 4096}, {4096, 16}, {1, 4096}, {4096, 1}} {
		for _, p := range []string{every[0], every[5], every[16]} {
			draw(t, Scene{Prompt: p, Width: size[0], Height: size[1]})
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Render(ctx, Scene{Prompt: "city", Width: 4096, Height: 4096}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	_, _, err := Render(ctx, Scene{Prompt: "autumn avenue", Width: 4096, Height: 4096})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestSceneSeedIgnoresSizeAndFormat(t *testing.T) {
	a := Scene{Prompt: "a  lake", Seed: 7, Width: 10, Height: 10}
	b := Scene{Prompt: "a lake", Seed: 7, Width: 99, Height: 50, Format: "jpeg"}
	if a.seed() != b.seed() {
		t.Error("size, format and spaces change the seed")
	}
	for _, other := range []Scene{{Prompt: "a lake", Seed: 8}, {Prompt: "a lakes", Seed: 7}, {Prompt: "a lake", Seed: 7, Negative: "fog"},
		{Prompt: "a", Style: "lake", Seed: 7}, {Prompt: "a lake", Seed: 7, Palette: []string{"x"}}, {Prompt: "a lake", Seed: 7, Text: []string{"x"}}} {
		if other.seed() == a.seed() {
			t.Errorf("%+v has the seed of another scene", other)
		}
	}
}

func TestInfo(t *testing.T) {
	_, info := draw(t, Scene{Prompt: `a qwyzzle over a mountain lake with birds, "HELLO"`, Negative: "fog, clouds", Seed: 1})
	if info.Generator != "procedural" || info.Encoder != fmt.Sprintf("procedural/%d png", Version) || info.MIME != "image/png" {
		t.Errorf("%+v", info)
	}
	if !slices.Equal(info.Unknown, []string{"qwyzzle"}) || !slices.Equal(info.Text, []string{"HELLO"}) {
		t.Errorf("unknown %q, text %q", info.Unknown, info.Text)
	}
	for _, want := range []string{"landscape", "mountains", "lake", "birds", "text"} {
		if !slices.Contains(info.Elements, want) {
			t.Errorf("no %s in %q", want, info.Elements)
		}
	}
	if !slices.Equal(info.Refused, []string{"clouds", "fog"}) {
		t.Errorf("refused %q", info.Refused)
	}
	if len(info.Palette) < 8 || !strings.HasPrefix(info.Palette[1], "#") {
		t.Errorf("palette %q", info.Palette)
	}
}

func FuzzRender(f *testing.F) {
	for i, p := range every {
		f.Add(p, "people, text", "noir", uint64(i), 16, 9)
	}
	f.Add("\"", "no", "#ff00zz #123", uint64(1), 1, 1)
	f.Add("„ü“ «é» \"日本\"", "", "", uint64(2), 64, 8)
	f.Fuzz(func(t *testing.T, prompt, negative, style string, seed uint64, w, h int) {
		s := Scene{Prompt: prompt, Negative: negative, Style: style, Palette: []string{style}, Text: []string{negative},
			Seed: seed, Width: 1 + abs(w%64), Height: 1 + abs(h%64)}
		data, info, err := Render(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		if info.Scene == "" || len(data) == 0 {
			t.Fatal("nothing was drawn")
		}
	})
}
