package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// imageModel says what one of OpenAI's image models can do.
type imageModel struct {
	name      string
	anySize   bool     // any size within bounds; else the fixed ones
	more      []string // qualities beside auto, low, medium, high
	opaque    bool     // has no transparent background
	fidelity  bool     // takes input_fidelity
	snapshots []string // dates of dated names
}

// imageModels is the table of all models that are in service.
var imageModels = []imageModel{
	{name: "gpt-image-2", anySize: true, opaque: true, snapshots: []string{"2026-04-21"}},
	{name: "gpt-image-2.6-sunburst", anySize: true},
	{name: "gpt-image-2.6-flare", anySize: true},
	{name: "gpt-image-2.5-sunburst", anySize: true, more: []string{"xhigh", "max"}, snapshots: []string{"2026-09-08"}},
	{name: "gpt-image-2.5-flare", anySize: true, more: []string{"xhigh", "max"}, snapshots: []string{"2026-09-08"}},
	{name: "gpt-image-1.5", fidelity: true},
	{name: "gpt-image-1-mini"},
	{name: "chatgpt-image-latest"},
}

// defaultImageModel is the newest whose price is known before an image is made.
const defaultImageModel = "gpt-image-2"

// retiredImageModels are names that are no longer served, and since when.
var retiredImageModels = map[string]string{
	"dall-e-2": "12 May 2026", "dall-e-3": "12 May 2026", "gpt-image-1": "23 October 2026",
}

// imageModelNames lists the models that are in service.
func imageModelNames() (names []string) {
	for _, m := range imageModels {
		names = append(names, m.name)
		for _, date := range m.snapshots {
			names = append(names, m.name+"-"+date)
		}
	}
	return names
}

// findImageModel finds a model, or says which one takes its place.
func findImageModel(name string) (imageModel, error) {
	for _, m := range imageModels {
		if name == m.name || slices.ContainsFunc(m.snapshots, func(date string) bool { return name == m.name+"-"+date }) {
			return m, nil
		}
	}
	plain := strings.NewReplacer("·", "", "-", "", "_", "", " ", "", ".", "").Replace(strings.ToLower(name))
	for retired, since := range retiredImageModels {
		if plain == strings.ReplaceAll(retired, "-", "") {
			return imageModel{}, fmt.Errorf("model %q is retired since %s: its successor is %s", name, since, defaultImageModel)
		}
	}
	if strings.HasPrefix(plain, "dalle") {
		return imageModel{}, fmt.Errorf("model %q: the DALL·E models are retired since %s: their successor is %s", name, retiredImageModels["dall-e-3"], defaultImageModel)
	}
	hint := ""
	if near := config.Nearest(name, imageModelNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	return imageModel{}, fmt.Errorf("unknown image model %q; %sknown: %s", name, hint, strings.Join(imageModelNames(), ", "))
}

func (m imageModel) qualities() []string {
	return append([]string{"auto", "low", "medium", "high"}, m.more...)
}

// fixedSizes are those of the models that know no others.
var fixedSizes = []string{"1024x1024", "1536x1024", "1024x1536"}

// Bounds of any size, in pixels.
const (
	sizeStep  = 16
	maxEdge   = 3840
	maxRatio  = 3
	minPixels = 655_360
	maxPixels = 3840 * 2160
)

// size writes a size as the API takes it; 0 × 0 leaves it to the provider.
func (m imageModel) size(w, h int) (string, error) {
	if w == 0 && h == 0 {
		return "auto", nil
	}
	text := fmt.Sprintf("%dx%d", w, h)
	switch {
	case slices.Contains(fixedSizes, text):
		return text, nil
	case !m.anySize:
		return "", fmt.Errorf("size %s: %s makes %s only", text, m.name, strings.Join(fixedSizes, ", "))
	case w <= 0 || h <= 0 || w%sizeStep != 0 || h%sizeStep != 0:
		return "", fmt.Errorf("size %s: both sides must be multiples of %d; the nearest is %dx%d", text, sizeStep, nearestStep(w), nearestStep(h))
	case w > maxRatio*h || h > maxRatio*w:
		return "", fmt.Errorf("size %s: no side may be more than %d times the other", text, maxRatio)
	case max(w, h) > maxEdge || w*h > maxPixels:
		return "", fmt.Errorf("size %s: at most 3840x2160 (%d pixels, a side of %d)", text, maxPixels, maxEdge)
	case w*h < minPixels:
		return "", fmt.Errorf("size %s: it needs at least %d pixels, e.g. 1024x640", text, minPixels)
	}
	return text, nil
}

func nearestStep(x int) int { return max((x+sizeStep/2)/sizeStep, 1) * sizeStep }
