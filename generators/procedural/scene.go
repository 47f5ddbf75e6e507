package procedural

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strconv"
	"strings"
)

// Version changes whenever the pixels of some scene do. It is part of Info's
// Encoder, so that an old image can be told from a new one.
const Version = 2

// MaxSide is the largest width and height, in pixels.
const MaxSide = 4096

// Formats are the known values of Scene.Format.
var formats = []string{"png", "jpeg"}

// Scene is what is to be drawn. Prompt is read with a vocabulary of some
// hundred words; passages in double quotes are set as text. All texts may be
// empty. The picture depends on every field but Format; Width and Height
// change its framing and detail, not what chance decides.
type Scene struct {
	Prompt, Negative              string
	Style, Mood, Lighting, Camera string
	Palette                       []string // names of colours or palettes, or #rrggbb
	Text                          []string // set in the picture, besides what Prompt quotes
	Seed                          uint64
	Width, Height                 int    // pixels, 1..MaxSide each
	Format                        string // png or jpeg; "" = png
}

// Info says how an image came to be, for metadata and for honesty: this
// generator maps words that it knows to elements of a scene and understands
// nothing else.
type Info struct {
	Generator string   `json:"generator"`          // "procedural"
	Encoder   string   `json:"encoder"`            // "procedural/2 png"
	Scene     string   `json:"scene"`              // the family that was drawn
	Elements  []string `json:"elements"`           // what is in the picture, in order of drawing
	Refused   []string `json:"refused,omitempty"`  // left out because of Negative, or of a "no" in Prompt
	Unused    []string `json:"unused,omitempty"`   // understood, but with no place in this scene
	Unknown   []string `json:"unknown,omitempty"`  // words that are not in the vocabulary; they only seed chance
	Text      []string `json:"text,omitempty"`     // set in the picture
	TextBox   []int    `json:"text_box,omitempty"` // left, top, right, bottom of the words, in pixels
	Missing   []string `json:"missing,omitempty"`  // characters of Text without a glyph, drawn as boxes
	Palette   []string `json:"palette"`            // its name, then the colours, #rrggbb
	Seed      uint64   `json:"seed"`
	Width     int      `json:"width"`
	Height    int      `json:"height"`
	MIME      string   `json:"mime"` // of the bytes
}

// Render draws a scene: the same Scene gives the same pixels on every machine,
// and the same bytes with the same Go release. It holds about 4 bytes a pixel
// besides the encoded image, and looks at ctx between strokes. It is safe for
// concurrent use. Errors are a size or a format that is not known
// (errors.Is fs.ErrInvalid), or ctx's.
func Render(ctx context.Context, s Scene) ([]byte, Info, error) {
	if s.Format == "" {
		s.Format = "png"
	}
	img, info, err := Draw(ctx, s)
	if err != nil {
		return nil, Info{}, err
	}
	out := bytes.NewBuffer(make([]byte, 0, s.Width*s.Height*3/2+1<<10))
	if s.Format == "jpeg" {
		err = jpeg.Encode(out, img, &jpeg.Options{Quality: 92})
	} else {
		err = encodePNG(out, img)
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("encoding a procedural image as %s: %w", s.Format, err)
	}
	return out.Bytes(), info, nil
}

// Draw is Render without the encoding. The image is opaque.
func Draw(ctx context.Context, s Scene) (*image.RGBA, Info, error) {
	if err := s.check(); err != nil {
		return nil, Info{}, err
	}
	st := newStage(s, ctx.Done())
	st.paint()
	if err := ctx.Err(); err != nil {
		return nil, Info{}, fmt.Errorf("drawing a procedural image: %w", err)
	}
	img := &image.RGBA{Pix: st.pix, Stride: 4 * s.Width, Rect: image.Rect(0, 0, s.Width, s.Height)}
	return img, st.info(s), nil
}

// check says what is wrong with the numbers and names of a scene.
func (s Scene) check() error {
	if s.Width < 1 || s.Height < 1 || s.Width > MaxSide || s.Height > MaxSide {
		return &SceneError{fmt.Sprintf("size %dx%d: each side must be 1 to %d pixels", s.Width, s.Height, MaxSide)}
	}
	if strconv.IntSize < 64 {
		return &SceneError{"the arithmetic needs a 64-bit processor"}
	}
	if s.Format != "" && !slices.Contains(formats, s.Format) {
		return &SceneError{fmt.Sprintf("unknown format %q: known are %s", s.Format, strings.Join(formats, ", "))}
	}
	return nil
}

// seed hashes everything that makes this scene another one.
func (s Scene) seed() uint64 {
	h := s.Seed
	for _, part := range slices.Concat([]string{s.Prompt, s.Negative, s.Style, s.Mood, s.Lighting, s.Camera,
		strconv.Itoa(len(s.Palette))}, s.Palette, s.Text) {
		h = seedOf(h, strings.Join(strings.Fields(part), " "))
	}
	return stir(h ^ s.Seed*0x9e3779b97f4a7c15)
}
