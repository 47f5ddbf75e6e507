package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// googleWire is the Gemini API, version v1beta.
type googleWire struct{}

func (googleWire) path(model string, stream bool) string {
	if !strings.Contains(model, "/") { // else models/NAME or tunedModels/NAME
		model = "models/" + model
	}
	names := strings.Split(model, "/")
	for i, n := range names {
		names[i] = url.PathEscape(n)
	}
	p := "/v1beta/" + strings.Join(names, "/")
	if stream {
		return p + ":streamGenerateContent?alt=sse"
	}
	return p + ":generateContent"
}

func (googleWire) authorize(header http.Header, key string) {
	if key != "" {
		header.Set("X-Goog-Api-Key", key)
	}
}

type googleRequest struct {
	Contents          []googleContent `json:"contents"`
	SystemInstruction *googleContent  `json:"systemInstruction,omitempty"`
	Tools             []googleTools   `json:"tools,omitempty"`
	GenerationConfig  json.RawMessage `json:"generationConfig,omitempty"`
}

type googleContent struct {
	Role  string       `json:"role,omitempty"`
	Parts []googlePart `json:"parts"`
}

type googleTools struct {
	FunctionDeclarations []googleFunction `json:"functionDeclarations"`
}

type googleFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parametersJsonSchema,omitempty"`
}

// googleRequestKeys stand beside generationConfig in a request; any other key
// of a configuration is one of generationConfig.
var googleRequestKeys = []string{
	"contents", "systemInstruction", "tools", "toolConfig", "safetySettings",
	"generationConfig", "cachedContent", "serviceTier", "store", "labels",
}

func (googleWire) encode(model string, c *pipeline.Chat, _ bool) ([]byte, error) {
	r := googleRequest{}
	if err := r.addMessages(model, c.Messages); err != nil {
		return nil, err
	}
	if len(c.Tools) > 0 {
		r.Tools = make([]googleTools, 1)
		for _, t := range c.Tools {
			r.Tools[0].FunctionDeclarations = append(r.Tools[0].FunctionDeclarations, googleFunction{t.Name, t.Description, t.Schema})
		}
	}
	beside, within, err := googleExtra(c.Config.Extra)
	if err != nil {
		return nil, err
	}
	if r.GenerationConfig, err = googleConfig(c, within); err != nil {
		return nil, err
	}
	body, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	return withExtra(body, beside, nil, nil)
}

// googleConfig is the generationConfig, nil when nothing is set.
func googleConfig(c *pipeline.Chat, extra map[string]any) (json.RawMessage, error) {
	cfg, g := c.Config, map[string]any{}
	set := func(key string, value any, given bool) {
		if given {
			g[key] = value
		}
	}
	set("temperature", cfg.Temperature, cfg.Temperature != nil)
	set("topP", cfg.TopP, cfg.TopP != nil)
	set("topK", cfg.TopK, cfg.TopK != nil)
	set("maxOutputTokens", cfg.MaxOutputTokens, cfg.MaxOutputTokens > 0)
	set("stopSequences", cfg.StopSequences, len(cfg.StopSequences) > 0)
	set("seed", cfg.Seed, cfg.Seed != nil)
	set("responseLogprobs", true, cfg.TopLogprobs > 0)
	set("logprobs", cfg.TopLogprobs, cfg.TopLogprobs > 0)
	set("responseMimeType", "application/json", c.JSON || !isNull(c.Schema))
	set("responseJsonSchema", c.Schema, !isNull(c.Schema))
	if cfg.Seed != nil && (*cfg.Seed < math.MinInt32 || *cfg.Seed > math.MaxInt32) {
		return nil, fmt.Errorf("config seed: %d does not fit into the 32 bits of Google's API", *cfg.Seed)
	}
	if len(g) == 0 && len(extra) == 0 {
		return nil, nil
	}
	given, err := json.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("encoding the config: %w", err)
	}
	return withExtra(given, extra, nil, []string{"candidateCount"})
}

// googleExtra says where each key of a configuration goes: beside
// generationConfig, or into it.
func googleExtra(extra map[string]any) (beside, within map[string]any, err error) {
	beside, within = map[string]any{}, map[string]any{}
	for key, value := range extra {
		switch {
		case key == "generationConfig":
			inner, ok := value.(map[string]any)
			if !ok {
				return nil, nil, errors.New("config generationConfig: it is no object")
			}
			maps.Copy(within, inner)
		case slices.Contains(googleRequestKeys, key):
			beside[key] = value
		default:
			within[key] = value
		}
	}
	return beside, within, nil
}

// addMessages keeps the order, except that system texts have their own place.
// Neighbours of one role become one content, so that the results of calls made
// together come back together.
func (r *googleRequest) addMessages(model string, messages []pipeline.Message) error {
	var calls toolPairs
	for i, m := range messages {
		role, parts, err := googleParts(m, &calls)
		if err != nil {
			return fmt.Errorf("message %d (%s): %w", i+1, config.Shorten(m.Role), err)
		}
		if role == "model" && !m.Echo.Of(googleAPI) && !googleUnsigned(model) {
			sign(parts)
		}
		last := len(r.Contents) - 1
		switch {
		case role != "system" && last >= 0 && r.Contents[last].Role == role:
			r.Contents[last].Parts = append(r.Contents[last].Parts, parts...)
		case role != "system":
			r.Contents = append(r.Contents, googleContent{role, parts})
		case r.SystemInstruction == nil:
			r.SystemInstruction = &googleContent{Parts: parts}
		default:
			r.SystemInstruction.Parts = append(r.SystemInstruction.Parts, parts...)
		}
	}
	if len(r.Contents) == 0 {
		return errors.New("the chat has no message from the user, which Google's API wants")
	}
	return nil
}
