package prices

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

//go:embed images.yaml
var imageTable []byte

// ImagePrice is what images of a model cost, in USD per million tokens.
type ImagePrice struct {
	TextInput  float64 `json:"text_input" yaml:"text_input"`
	ImageInput float64 `json:"image_input" yaml:"image_input"`
	Output     float64 `json:"output" yaml:"output"`
	AsOf       string  `json:"as_of,omitempty" yaml:"as_of"` // YYYY-MM-DD on which the price was right
	Source     string  `json:"source,omitempty" yaml:"source"`

	ListedTokens map[string]map[string]int `json:"tokens,omitempty" yaml:"tokens"` // quality → WxH → tokens
	TokensBy     string                    `json:"tokens_by,omitempty" yaml:"tokens_by"`
}

// Cost is the price of one call in USD. Negative counts are 0.
func (p ImagePrice) Cost(textInput, imageInput, output int) float64 {
	return (float64(max(textInput, 0))*p.TextInput + float64(max(imageInput, 0))*p.ImageInput + float64(max(output, 0))*p.Output) / million
}

// areaSteps are the patches along the longer side by quality.
var areaSteps = map[string]int{"low": 16, "medium": 48, "high": 96}

// Tokens are those of one image of w × h pixels; false when they are not known
// beforehand. Where they follow from the size, an image has q × round(q ×
// short/long) patches, q = 16, 48 and 96 for low, medium and high, each of (2 +
// megapixels) / 4 tokens, together rounded up.
func (p ImagePrice) Tokens(quality string, w, h int) (int, bool) {
	if n, ok := p.ListedTokens[quality][fmt.Sprintf("%dx%d", w, h)]; ok {
		return n, true
	}
	q, ok := areaSteps[quality]
	if p.TokensBy != "area" || !ok || w <= 0 || h <= 0 || w > 1<<15 || h > 1<<15 {
		return 0, false
	}
	long, short := max(w, h), min(w, h)
	across := (2*q*short + long) / (2 * long)
	return (q*across*(2_000_000+w*h) + 3_999_999) / 4_000_000, true
}

// imageFile is the shape of images.yaml.
type imageFile struct {
	AsOf   string                            `yaml:"as_of"`
	Models map[string]map[string]*ImagePrice `yaml:"models"`
}

var images = sync.OnceValue(func() map[string]map[string]*ImagePrice {
	t, err := parseImages("images.yaml", imageTable)
	if err != nil {
		panic(err) // a test reads it
	}
	return t
})

func parseImages(path string, data []byte) (map[string]map[string]*ImagePrice, error) {
	var f imageFile
	lines, err := config.DecodeLines(path, data, &f)
	if err != nil {
		return nil, err
	}
	r := reader{file: path, lines: lines}
	for _, provider := range slices.Sorted(maps.Keys(f.Models)) {
		for _, model := range slices.Sorted(maps.Keys(f.Models[provider])) {
			p, at := f.Models[provider][model], "models."+provider+"."+model
			if p == nil {
				r.fail(at, "it has no price")
				continue
			}
			if p.AsOf == "" {
				p.AsOf = f.AsOf
			}
			r.date(at+".as_of", p.AsOf)
			for _, rate := range []float64{p.TextInput, p.ImageInput, p.Output} {
				if !(rate >= 0 && rate <= mostExpensive) {
					r.fail(at, "%v: must be in 0..%v", rate, mostExpensive)
				}
			}
			if p.TokensBy != "" && p.TokensBy != "area" {
				r.fail(at+".tokens_by", "%s: unknown; known: area", config.Shorten(p.TokensBy))
			}
		}
	}
	return f.Models, config.Join(r.errs)
}

// Image finds the price of an image model: the one with its name, else the one
// without the date at its end. false means unknown. It is safe for concurrent
// use.
func Image(provider, model string) (ImagePrice, bool) {
	for _, name := range []string{model, undated(model), strings.TrimSuffix(model, "-latest")} {
		if p := images()[provider][name]; p != nil {
			return *p, true
		}
	}
	return ImagePrice{}, false
}
