package generators

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
)

// imageReply is a reply of the Images API.
type imageReply struct {
	Data []struct {
		B64     string `json:"b64_json"`
		URL     string `json:"url"`
		Revised string `json:"revised_prompt"`
	} `json:"data"`
	Background string          `json:"background"`
	Format     string          `json:"output_format"`
	Size       string          `json:"size"`
	Quality    string          `json:"quality"`
	Usage      json.RawMessage `json:"usage"`
}

// take reads a complete reply.
func (o *OpenAIImages) take(resp *http.Response, body []byte, job openAIImage) (pipeline.Asset, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return o.refused(resp, body, job.Model)
	}
	a, images, err := decodeImages(body, resp.Header.Get("Content-Type"))
	if a.Recipe == nil {
		a.Recipe = map[string]string{}
	}
	a.Model, a.Recipe["model"] = job.Model, job.Model
	o.charge(&a, job.Model, images)
	return a, o.explained(resp, err)
}

// charge prices an image that was made, from the tokens that were counted;
// images of those of the input are of images.
func (o *OpenAIImages) charge(a *pipeline.Asset, model string, images int) {
	price, known := prices.Image("openai", model)
	switch {
	case known && a.Usage.OutputTokens > 0:
		a.CostUSD = price.Cost(a.Usage.InputTokens-images, images, a.Usage.OutputTokens)
	case o.cfg.PriceUSD > 0:
		a.CostUSD = o.cfg.PriceUSD
	default:
		a.Unpriced = true
	}
}

// refused reads a reply whose status is not 2xx.
func (o *OpenAIImages) refused(resp *http.Response, body []byte, model string) (pipeline.Asset, error) {
	var in struct {
		Error struct {
			Code    any    `json:"code"`
			Message string `json:"message"`
			Details struct {
				Stage      string   `json:"moderation_stage"`
				Categories []string `json:"categories"`
			} `json:"moderation_details"`
		} `json:"error"`
	}
	parsed := json.Unmarshal(body, &in) == nil
	if parsed && in.Error.Code == "moderation_blocked" {
		stage := in.Error.Details.Stage
		if stage != "output" {
			stage = "input" // also when it is not said: nothing was made that is known of
		}
		reason := strings.Join(in.Error.Details.Categories, ", ")
		if reason == "" {
			reason = excerpt([]byte(in.Error.Message), 200)
		}
		return pipeline.Asset{Moderated: stage + ": " + o.redact(reason)},
			fmt.Errorf("the provider's content filter refused the %s (%s)", stage, o.redact(reason))
	}
	err := o.refusal(resp, body)
	var unusable *pipeline.Unusable
	switch {
	case resp.StatusCode == http.StatusInternalServerError && (!parsed || in.Error.Message == ""):
		// Not the API itself speaks: it may have done its work.
		return pipeline.Asset{}, &pipeline.Transient{Err: err, Ambiguous: true}
	case errors.As(err, &unusable) && retiredImageModels[model] != "":
		return pipeline.Asset{}, &pipeline.Unusable{Reason: unusable.Reason + "; its successor is " + defaultImageModel, Err: err}
	}
	return pipeline.Asset{}, err
}

// decodeImages reads a reply of status 2xx, and how many of the input's tokens
// are of images.
func decodeImages(body []byte, contentType string) (a pipeline.Asset, images int, err error) {
	var reply imageReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return a, 0, notJSON(body, contentType, err)
	}
	a.Recipe = map[string]string{}
	for name, value := range map[string]string{"background": reply.Background, "output_format": reply.Format, "size": reply.Size, "quality": reply.Quality} {
		if value != "" {
			a.Recipe[name] = value
		}
	}
	a.Usage, images = readImageUsage(reply.Usage)
	switch {
	case len(reply.Data) == 0:
		if e := errorOf(body); e.text != "" {
			return a, images, &e
		}
		return a, images, fmt.Errorf("the reply holds no image; it begins: %s", excerpt(body, 200))
	case reply.Data[0].B64 == "" && reply.Data[0].URL != "":
		return a, images, errors.New("the reply holds an address instead of an image; this server is not like OpenAI's of today")
	}
	if r := reply.Data[0].Revised; r != "" {
		a.Recipe["revised_prompt"] = r
	}
	data, err := base64.StdEncoding.DecodeString(reply.Data[0].B64)
	if err != nil {
		return a, images, fmt.Errorf("the image is no base64: %w", err)
	}
	if a.Blob, err = mediaBlob(data); err != nil {
		return a, images, fmt.Errorf("the image can't be used: %w", err)
	}
	return a, images, nil
}

// readImageUsage reads tokens; what can't be read counts as not reported.
func readImageUsage(raw json.RawMessage) (usage pipeline.Usage, images int) {
	var u struct {
		Input   int `json:"input_tokens"`
		Output  int `json:"output_tokens"`
		Details struct {
			Image  int `json:"image_tokens"`
			Cached int `json:"cached_tokens"`
		} `json:"input_tokens_details"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &u) != nil {
		return usage, 0
	}
	usage = pipeline.Usage{InputTokens: max(u.Input, 0), OutputTokens: max(u.Output, 0), CachedTokens: max(u.Details.Cached, 0)}
	return usage, min(max(u.Details.Image, 0), usage.InputTokens)
}
