package pipeline

import (
	"context"
	"encoding/json"
)

// MediaPrompt says what a media asset shows, in no provider's syntax. Every
// field but Subject may be empty. All texts are plain: nothing in them is a
// weight, a tag or a flag.
type MediaPrompt struct {
	Subject    string             `json:"subject"`              // the user's words; never rewritten
	Style      []string           `json:"style,omitempty"`      // product photograph, watercolour
	Mood       []string           `json:"mood,omitempty"`       // calm, dramatic
	Lighting   []string           `json:"lighting,omitempty"`   // softbox, golden hour
	Camera     []string           `json:"camera,omitempty"`     // 85 mm, close-up
	Palette    []string           `json:"palette,omitempty"`    // names of colours, or #rrggbb
	Stimulus   []string           `json:"stimulus,omitempty"`   // keywords of directional stimulus, from packs or a chat model
	Negative   []string           `json:"negative,omitempty"`   // what must not be there
	Text       []string           `json:"text,omitempty"`       // must stand in the picture, letter by letter
	Weights    map[string]float64 `json:"weights,omitempty"`    // words of the fields above → emphasis, 1 = neutral, > 0
	LoRAs      []LoRA             `json:"loras,omitempty"`      // low-rank adapters
	Hypernets  []Hypernet         `json:"hypernets,omitempty"`  // hypernetworks
	Embeddings []Inversion        `json:"embeddings,omitempty"` // textual-inversion embeddings
	References []Reference        `json:"references,omitempty"` // images to go by
}

// LoRA is a low-rank adapter of a diffusion model.
type LoRA struct {
	Name string  `json:"name"`
	Text float64 `json:"text"` // strength on the text encoder, 1 = as trained
	Unet float64 `json:"unet"` // strength on the denoiser
}

// Hypernet is a hypernetwork of a diffusion model.
type Hypernet struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
}

// Inversion is a textual-inversion embedding.
type Inversion struct {
	Name     string  `json:"name"`
	Weight   float64 `json:"weight"`
	Negative bool    `json:"negative,omitempty"` // stands in the negative prompt
}

// Reference is an image that a provider is given along with the prompt.
type Reference struct {
	Path   string `json:"path"`           // file, as the user wrote it
	Digest string `json:"digest"`         // "sha256:…" of its bytes, which are in the asset store
	Role   string `json:"role,omitempty"` // init, style, mask; "" = init
}

// MediaJob is one media asset to be made: one image, one job, one seed. It is
// the media form of a Request and part of its Key.
type MediaJob struct {
	Provider string         `json:"provider"`        // generator's name in the configuration
	Model    string         `json:"model,omitempty"` // "" = the generator's default, which Lower fills in
	Prompt   MediaPrompt    `json:"prompt"`
	Seed     uint64         `json:"seed"` // of the job; a provider without seeds ignores it, and says so as a Loss
	Width    int            `json:"width"`
	Height   int            `json:"height"`
	Format   string         `json:"format,omitempty"` // png, jpeg, webp; "" = the provider's own
	Params   map[string]any `json:"params,omitempty"` // steps, cfg, sampler, quality: as the user wrote them
	// Lowered is what the provider is sent, in its own syntax, made by its
	// Lowerer. Generate sends it as it is, so a recorded one can be sent again.
	Lowered json.RawMessage `json:"lowered,omitempty"`
}

// Loss is what a provider can't express of a job: a warning, or an error under
// --strict.
type Loss struct {
	Field string `json:"field"` // as in MediaPrompt and MediaJob: "negative", "seed", "loras[0]"
	Say   string `json:"say"`   // what becomes of it, for people
	Fatal bool   `json:"fatal"` // the job makes no sense without it; an error even without --strict
}

// Lowerer writes a job in a provider's syntax. It is pure: no network, same job,
// same bytes. An error says what is wrong with the job itself: an unknown
// parameter (with the known ones), a size out of range.
type Lowerer interface {
	Lower(MediaJob) (lowered json.RawMessage, losses []Loss, err error)
}

// Blob is an asset's bytes.
type Blob struct {
	Type   string `json:"type"` // MIME type that the bytes really have
	Data   []byte `json:"-"`    // nil once they are in the store
	Digest string `json:"digest,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	Width  int    `json:"width,omitempty"` // pixels; 0 = no image
	Height int    `json:"height,omitempty"`
}

// Fate is what became of a job that was sent before a crash.
type Fate int

const (
	FateUnknown Fate = iota // the provider can't say: it may have been carried out
	FateRunning             // queued or under way: ask again
	FateDone                // the Asset holds its result
	FateFailed              // it failed for good, and is not billed
	FateLost                // the provider certainly knows no such job: it may be sent again
)

// Reconciler is a Generator that can be asked what became of a job. jobID is
// the Request's JobID. An error means that the question itself failed.
type Reconciler interface {
	Find(ctx context.Context, jobID string) (Asset, Fate, error)
}

// Describe is a prompt for people: the subject, then what was added to it.
func Describe(p MediaPrompt) string {
	text := p.Subject
	for _, list := range [][]string{p.Style, p.Mood, p.Lighting, p.Camera, p.Palette, p.Stimulus} {
		for _, word := range list {
			text += ", " + word
		}
	}
	return text
}
