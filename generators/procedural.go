package generators

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators/procedural"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Procedural is the built-in media generator: it needs no key, no service and
// no model. It maps words to elements of a drawn scene and understands nothing
// else, and its files say so. Its answers are the same for the same job. It is
// safe for concurrent use.
type Procedural struct{}

// proceduralSoftware stands in the metadata of its files.
const proceduralSoftware = "GenOps procedural generator (algorithmic, no AI model)"

// Lower writes a job as a scene. What a scene has no place for is a loss.
func (Procedural) Lower(j pipeline.MediaJob) (json.RawMessage, []pipeline.Loss, error) {
	var losses []pipeline.Loss
	lost := func(field, say string) { losses = append(losses, pipeline.Loss{Field: field, Say: say}) }
	p := j.Prompt
	s := procedural.Scene{Prompt: p.Subject, Negative: strings.Join(p.Negative, ", "), Style: strings.Join(p.Style, ", "),
		Mood: strings.Join(slices.Concat(p.Mood, p.Stimulus), ", "), Lighting: strings.Join(p.Lighting, ", "), Camera: strings.Join(p.Camera, ", "),
		Palette: p.Palette, Text: p.Text, Seed: j.Seed, Width: j.Width, Height: j.Height, Format: j.Format}
	if j.Width < 1 || j.Height < 1 || j.Width > procedural.MaxSide || j.Height > procedural.MaxSide {
		return nil, nil, fmt.Errorf("size %d×%d: each side must be between 1 and %d pixels", j.Width, j.Height, procedural.MaxSide)
	}
	if s.Format != "" && s.Format != "png" && s.Format != "jpeg" {
		lost("format", "the built-in generator writes png and jpeg; png is taken instead of "+s.Format)
		s.Format = "png"
	}
	if j.Model != "" {
		lost("model", "the built-in generator has no models")
	}
	if len(p.Weights) > 0 {
		lost("weights", "the built-in generator gives all words the same weight")
	}
	for field, n := range map[string]int{"loras": len(p.LoRAs), "hypernetworks": len(p.Hypernets), "embeddings": len(p.Embeddings), "references": len(p.References)} {
		if n > 0 {
			lost(field, "the built-in generator has none; left out")
		}
	}
	for name := range j.Params {
		lost("params."+name, "means nothing to the built-in generator")
	}
	slices.SortFunc(losses, func(a, b pipeline.Loss) int { return strings.Compare(a.Field, b.Field) })
	lowered, err := plainJSON(s)
	return lowered, losses, err
}

// Generate draws the scene of a request.
func (Procedural) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if r.Media == nil {
		return pipeline.Asset{}, errNoMedia
	}
	if err := ctx.Err(); err != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	var s procedural.Scene
	if err := json.Unmarshal(r.Media.Lowered, &s); err != nil {
		return pipeline.Asset{}, fmt.Errorf("the recorded scene is not readable: %w", err)
	}
	at := time.Now()
	data, info, err := procedural.Render(ctx, s)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return pipeline.Asset{Sends: 1, Latency: time.Since(at)}, err
	}
	kind := "image/png"
	if s.Format == "jpeg" {
		kind = "image/jpeg"
	} else {
		data = withText(data, "Software", proceduralSoftware)
	}
	seed := s.Seed
	return pipeline.Asset{Sends: 1, Latency: time.Since(at), Seed: &seed, Model: info.Encoder, Recipe: proceduralRecipe(info),
		Blob: &pipeline.Blob{Type: kind, Data: data, Width: s.Width, Height: s.Height}}, nil
}

// proceduralRecipe tells how a picture came about, and honestly what of the prompt
// is not in it.
func proceduralRecipe(info procedural.Info) map[string]string {
	recipe := map[string]string{"generator": proceduralSoftware, "encoder": info.Encoder, "scene": info.Scene}
	for name, words := range map[string][]string{"elements": info.Elements, "not understood": info.Unknown, "no place for": info.Unused,
		"refused": info.Refused, "letters without a glyph": info.Missing} {
		if len(words) > 0 {
			recipe[name] = strings.Join(words, ", ")
		}
	}
	return recipe
}

// withText puts a tEXt chunk (PNG specification, 11.3.3.2) behind a PNG's header.
func withText(data []byte, keyword, text string) []byte {
	const head = 8 + 25 // signature and IHDR
	body := []byte("tEXt" + keyword + "\x00" + text)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return bytes.Join([][]byte{data[:head], chunk, data[head:]}, nil)
}
