package generators

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// openAIImage is a lowered job: the body of /images/generations. With images it
// is one of /images/edits; then Image and Mask are the digests of what the
// multipart form carries.
type openAIImage struct {
	Model       string   `json:"model"`
	Prompt      string   `json:"prompt"`
	N           int      `json:"n"`
	Size        string   `json:"size"`
	Quality     string   `json:"quality,omitempty"`
	Background  string   `json:"background,omitempty"`
	Format      string   `json:"output_format,omitempty"`
	Compression *int     `json:"output_compression,omitempty"`
	Moderation  string   `json:"moderation,omitempty"`
	Complexity  string   `json:"complexity,omitempty"`
	Fidelity    string   `json:"input_fidelity,omitempty"`
	Safety      string   `json:"safety_identifier,omitempty"`
	Image       []string `json:"image,omitempty"`
	Mask        string   `json:"mask,omitempty"`
}

// openAIImageParams are the parameters that --param takes.
var openAIImageParams = []string{"quality", "background", "moderation", "output_compression", "complexity", "input_fidelity", "safety_identifier"}

// deadImageParams are those of the retired models.
var deadImageParams = map[string]string{
	"style": "write the style into the prompt", "response_format": "images always come as data", "n": "--count makes more jobs", "user": "use safety_identifier",
}

// Lower writes a job as a request to the Images API, the prompt in sentences.
func (o *OpenAIImages) Lower(job pipeline.MediaJob) (json.RawMessage, []pipeline.Loss, error) {
	l := &imageLowering{job: &job, body: openAIImage{Model: job.Model, N: 1}}
	if l.body.Model == "" {
		l.body.Model = o.model
	}
	var err error
	if l.model, err = o.find(l.body.Model); err != nil {
		return nil, nil, err
	}
	if l.body.Size, err = l.model.size(job.Width, job.Height); err != nil {
		return nil, nil, err
	}
	for _, step := range []func() error{l.format, l.prompt, l.references, func() error { return l.params(o.cfg.Params) }, l.together} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	l.lose("seed", "the API has no seeds: an equal job gives another image, so keep this one")
	lowered, err := plainJSON(l.body)
	return lowered, l.losses, err
}

// imageLowering is one job on its way into a request.
type imageLowering struct {
	job    *pipeline.MediaJob
	model  imageModel
	body   openAIImage
	losses []pipeline.Loss
}

func (l *imageLowering) lose(field, format string, args ...any) {
	l.losses = append(l.losses, pipeline.Loss{Field: field, Say: fmt.Sprintf(format, args...)})
}

func (l *imageLowering) format() error {
	formats := []string{"png", "jpeg", "webp"}
	if f := l.job.Format; f != "" && !slices.Contains(formats, f) {
		return fmt.Errorf("format %q: known are %s", f, strings.Join(formats, ", "))
	}
	l.body.Format = l.job.Format
	return nil
}

const maxImagePrompt = 32000 // characters

func (l *imageLowering) prompt() error {
	p := &l.job.Prompt
	if err := checkWeights(p.Weights); err != nil {
		return err
	}
	l.body.Prompt = sentences(p)
	switch n := utf8.RuneCountInString(l.body.Prompt); {
	case strings.TrimSpace(l.body.Prompt) == "":
		return fmt.Errorf("the prompt is empty")
	case n > maxImagePrompt:
		return fmt.Errorf("the prompt has %d characters, and at most %d are taken", n, maxImagePrompt)
	}
	for _, term := range slices.Sorted(maps.Keys(p.Weights)) {
		if p.Weights[term] != 1 {
			l.lose("weights["+term+"]", "the API knows no weights; the word counts like any other")
		}
	}
	for i, a := range p.LoRAs {
		l.lose(fmt.Sprintf("loras[%d]", i), "the API has no LoRAs; %s is left out", a.Name)
	}
	for i, h := range p.Hypernets {
		l.lose(fmt.Sprintf("hypernets[%d]", i), "the API has no hypernetworks; %s is left out", h.Name)
	}
	for i, e := range p.Embeddings {
		l.lose(fmt.Sprintf("embeddings[%d]", i), "the API has no embeddings; %s is left out", e.Name)
	}
	return nil
}

// sentences writes a prompt for a model that reads language.
func sentences(p *pipeline.MediaPrompt) string {
	parts := []string{strings.TrimSpace(p.Subject)}
	for _, field := range []struct {
		name  string
		words []string
	}{
		{"Style", p.Style}, {"Mood", p.Mood}, {"Lighting", p.Lighting}, {"Camera", p.Camera}, {"Color palette", p.Palette}, {"Keywords", p.Stimulus},
	} {
		if len(field.words) > 0 {
			parts = append(parts, field.name+": "+strings.Join(field.words, ", "))
		}
	}
	for _, text := range p.Text {
		parts = append(parts, "The picture shows this text, letter by letter: “"+text+"”")
	}
	if len(p.Negative) > 0 {
		parts = append(parts, "Avoid: "+strings.Join(p.Negative, ", "))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	for i, part := range parts {
		if last, _ := utf8.DecodeLastRuneInString(part); !strings.ContainsRune(".!?。！？”", last) {
			parts[i] = part + "."
		}
	}
	return strings.Join(parts, " ")
}

const maxImages = 16 // of one edit

func (l *imageLowering) references() error {
	for i, r := range l.job.Prompt.References {
		if !strings.HasPrefix(r.Digest, "sha256:") {
			return fmt.Errorf("references[%d]: the image %s has no digest", i, r.Path)
		}
		switch role(r) {
		case "init", "style":
			l.body.Image = append(l.body.Image, r.Digest)
			if role(r) == "style" {
				l.lose(fmt.Sprintf("references[%d]", i), "the API does not tell a style image from one to edit; say in the prompt what to take from it")
			}
		case "mask":
			if l.body.Mask != "" {
				return fmt.Errorf("references[%d]: there can be but one mask", i)
			}
			l.body.Mask = r.Digest
		default:
			return fmt.Errorf("references[%d]: unknown role %q; known: init, mask, style", i, r.Role)
		}
	}
	switch {
	case len(l.body.Image) > maxImages:
		return fmt.Errorf("%d reference images: at most %d are taken", len(l.body.Image), maxImages)
	case l.body.Mask != "" && len(l.body.Image) == 0:
		return fmt.Errorf("a mask needs an image with the role init")
	}
	return nil
}

func (l *imageLowering) params(defaults map[string]any) error {
	all := maps.Clone(defaults)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, l.job.Params)
	b := &l.body
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := fmt.Sprint(all[name])
		var err error
		switch name {
		case "quality":
			if text == "hd" || text == "standard" {
				return fmt.Errorf("quality %q was of the retired DALL·E models: use high for hd, medium for standard", text)
			}
			b.Quality, err = choice(name, text, l.model.qualities()...)
		case "background":
			b.Background, err = choice(name, text, "auto", "opaque", "transparent")
		case "moderation":
			b.Moderation, err = choice(name, text, "auto", "low")
		case "complexity":
			b.Complexity, err = choice(name, text, "low", "medium", "high")
		case "input_fidelity":
			b.Fidelity, err = choice(name, text, "low", "high")
		case "safety_identifier":
			b.Safety = text
		case "output_compression":
			n, bad := strconv.Atoi(text)
			if bad != nil || n < 0 || n > 100 {
				err = fmt.Errorf("output_compression %q: must be a whole number in 0..100", text)
			}
			b.Compression = &n
		default:
			err = unknownImageParam(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func choice(name, value string, allowed ...string) (string, error) {
	if slices.Contains(allowed, value) {
		return value, nil
	}
	return "", fmt.Errorf("%s %q: known are %s", name, value, strings.Join(allowed, ", "))
}

func unknownImageParam(name string) error {
	if advice, dead := deadImageParams[name]; dead {
		return fmt.Errorf("parameter %q is not taken by the models of today: %s", name, advice)
	}
	hint := ""
	if near := config.Nearest(name, openAIImageParams); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	return fmt.Errorf("unknown parameter %q; %sknown: %s", name, hint, strings.Join(openAIImageParams, ", "))
}

// together checks what does not go together.
func (l *imageLowering) together() error {
	b := &l.body
	switch {
	case b.Background == "transparent" && l.model.opaque:
		return fmt.Errorf("background transparent: %s has none; use gpt-image-1.5", l.model.name)
	case b.Background == "transparent" && b.Format == "jpeg":
		return fmt.Errorf("background transparent: jpeg has none; use png or webp")
	case b.Compression != nil && b.Format != "jpeg" && b.Format != "webp":
		return fmt.Errorf("output_compression: only jpeg and webp are compressed")
	case b.Fidelity != "" && (!l.model.fidelity || len(b.Image) == 0):
		return fmt.Errorf("input_fidelity: only gpt-image-1.5 takes it, for edits")
	}
	return nil
}

// parseImageJob reads what Lower wrote.
func parseImageJob(lowered json.RawMessage) (openAIImage, error) {
	d := json.NewDecoder(bytes.NewReader(lowered))
	d.DisallowUnknownFields()
	var b openAIImage
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("reading the lowered job: %w", err)
	}
	if b.N != 1 {
		return b, fmt.Errorf("the lowered job asks for %d images; one job is one image", b.N)
	}
	return b, nil
}
