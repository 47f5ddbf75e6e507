package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
)

// Price is the highest price of a job in USD; known is false when the price list
// can't tell it beforehand and the configuration does not either. The prompt
// counts as one token a byte.
func (o *OpenAIImages) Price(job pipeline.MediaJob) (usd float64, known bool) {
	lowered := job.Lowered
	if len(lowered) == 0 {
		var err error
		if lowered, _, err = o.Lower(job); err != nil {
			return 0, false
		}
	}
	b, err := parseImageJob(lowered)
	if err != nil {
		return 0, false
	}
	price, listed := prices.Image("openai", b.Model)
	if output, ok := b.mostTokens(price); listed && ok && len(b.Image) == 0 {
		return price.Cost(len(b.Prompt), 0, output), true
	}
	return o.cfg.PriceUSD, o.cfg.PriceUSD > 0
}

// mostTokens is how many tokens the image can have at most. What is left to the
// provider counts as the dearest.
func (b *openAIImage) mostTokens(price prices.ImagePrice) (int, bool) {
	quality := b.Quality
	if quality == "" || quality == "auto" {
		quality = "high"
	}
	sizes := []string{b.Size}
	if b.Size == "auto" {
		sizes = fixedSizes
	}
	most := 0
	for _, size := range sizes {
		var w, h int
		if n, err := fmt.Sscanf(size, "%dx%d", &w, &h); n != 2 || err != nil {
			return 0, false
		}
		n, ok := price.Tokens(quality, w, h)
		if !ok {
			return 0, false
		}
		most = max(most, n)
	}
	return most, true
}

// Check lowers the jobs and asks the API, which costs nothing, whether the key is
// good and the models are there.
func (o *OpenAIImages) Check(ctx context.Context, jobs ...pipeline.MediaJob) error {
	models := []string{}
	for _, job := range jobs {
		lowered := job.Lowered
		if len(lowered) == 0 {
			var err error
			if lowered, _, err = o.Lower(job); err != nil {
				return err
			}
		}
		b, err := parseImageJob(lowered)
		if err != nil {
			return err
		}
		models = append(models, b.Model)
	}
	if len(models) == 0 {
		models = []string{o.model}
	}
	slices.Sort(models)
	for _, model := range slices.Compact(models) {
		if _, err := o.get(ctx, "/models/"+url.PathEscape(model)); err != nil {
			return nothingSent(err)
		}
	}
	return nil
}

// Inventory is what the API has of the models that are known here, and what they
// can do.
func (o *OpenAIImages) Inventory(ctx context.Context) (Inventory, error) {
	inv := Inventory{
		Server: o.name, Sizes: append(slices.Clone(fixedSizes), "any multiple of 16 up to 3840x2160 from gpt-image-2 on"),
		Qualities: []string{"auto", "low", "medium", "high"}, Formats: []string{"png", "jpeg", "webp"}, Params: slices.Clone(openAIImageParams),
	}
	body, err := o.get(ctx, "/models")
	if err != nil {
		return inv, nothingSent(err)
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return inv, fmt.Errorf("the list of models of %s can't be read: %w", o.name, err)
	}
	for _, m := range list.Data {
		if _, err := findImageModel(m.ID); err == nil || o.cfg.AnyModel {
			inv.Models = append(inv.Models, m.ID)
		}
	}
	if len(inv.Models) == 0 {
		return inv, errors.New(o.name + " has none of the image models that are known here: " + strings.Join(imageModelNames(), ", "))
	}
	return inv, nil
}

func (o *OpenAIImages) get(ctx context.Context, path string) (reply []byte, err error) {
	_, err = o.sendAs(ctx, o.route(http.MethodGet, path, nil), nil, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		if resp.StatusCode != http.StatusOK {
			return pipeline.Asset{}, o.refusal(resp, buf.Bytes())
		}
		reply = bytes.Clone(buf.Bytes())
		return pipeline.Asset{}, nil
	})
	return reply, err
}
