package generators

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// OpenAIImagesConfig describes OpenAI's Images API, or one that is like it.
type OpenAIImagesConfig struct {
	BaseURL     string            // "" = https://api.openai.com/v1, or what OPENAI_BASE_URL says
	APIKeyEnv   string            // environment variable with the key; "" = OPENAI_API_KEY
	Headers     map[string]string // sent with every request
	Model       string            // of jobs that name none; "" = gpt-image-2
	Params      map[string]any    // of jobs that don't set them
	AnyModel    bool              // take models that are not in the table, as other servers have them, and any size for them
	PriceUSD    float64           // of one image, where the price list does not know it; 0 = unknown
	Concurrency int               // idle connections that are kept; 0 = 64
	Getenv      func(string) string
	Reference   ReadReference // nil = from the reference's path
}

// OpenAIImages makes images with OpenAI's Images API. Generate is one attempt,
// never repeated within: the API is paid and takes no ID that would tell a repeat
// from a second order. It is safe for concurrent use and must be closed.
//
// A failed attempt that may be sent again is a *pipeline.Transient, as of HTTP,
// with Ambiguous when the request went out and no answer came back. A refusal of
// the content filter is a plain error, with Moderated set in the Asset.
// *pipeline.Unusable says that the key is refused, no credit is left, or that
// there is no such model.
type OpenAIImages struct {
	*endpoint
	cfg    OpenAIImagesConfig
	model  string
	keyEnv string
}

// NewOpenAIImages checks the configuration and reads the key; it calls nobody. A
// key that is not set is a *pipeline.Unusable, except for an address on this
// machine. A retired model is an error that names its successor.
func NewOpenAIImages(cfg OpenAIImagesConfig) (*OpenAIImages, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Reference == nil {
		cfg.Reference = referenceFile
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = strings.TrimSpace(cfg.Getenv("OPENAI_BASE_URL"))
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://api.openai.com/v1"
	}
	o := &OpenAIImages{cfg: cfg, model: cfg.Model, keyEnv: cfg.APIKeyEnv}
	if o.model == "" {
		o.model = defaultImageModel
	}
	if o.keyEnv == "" {
		o.keyEnv = "OPENAI_API_KEY"
	}
	if _, err := o.find(o.model); err != nil {
		return nil, err
	}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("url %q is not an address like https://api.openai.com/v1", redactURL(cfg.BaseURL))
	}
	if o.endpoint, err = newEndpoint(http.MethodPost, u, cfg.Concurrency); err != nil {
		return nil, err
	}
	if err := o.setHeaders(cfg.Headers); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	o.remedies = mediaRemedies(o.model, o.keyEnv)
	key, err := readKey(cfg.Getenv, u.Host, o.keyEnv)
	if err != nil && !(loopback(u) && cfg.APIKeyEnv == "" && strings.TrimSpace(cfg.Getenv(o.keyEnv)) == "") {
		return nil, err
	}
	if key != "" {
		o.template.Header.Set("Authorization", "Bearer "+key)
		o.hide(key)
	}
	return o, nil
}

// find is what a model can do.
func (o *OpenAIImages) find(name string) (imageModel, error) {
	m, err := findImageModel(name)
	if err != nil && o.cfg.AnyModel {
		return imageModel{name: name, anySize: true, more: []string{"xhigh", "max"}, fidelity: true}, nil
	}
	return m, err
}

// Reached reports whether the address has ever answered anything.
func (o *OpenAIImages) Reached() bool { return o.reached.Load() }

// Close drops idle connections.
func (o *OpenAIImages) Close() error {
	o.close()
	return nil
}

// Generate makes one image.
func (o *OpenAIImages) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if ctx.Err() != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	if r.Media == nil {
		return pipeline.Asset{}, errNoMedia
	}
	lowered := r.Media.Lowered
	if len(lowered) == 0 {
		var err error
		if lowered, _, err = o.Lower(*r.Media); err != nil {
			return pipeline.Asset{}, err
		}
	}
	job, err := parseImageJob(lowered)
	if err != nil {
		return pipeline.Asset{}, err
	}
	path, kind, body := "/images/generations", "application/json", []byte(lowered)
	if len(job.Image) > 0 {
		path = "/images/edits"
		if kind, body, err = o.form(ctx, job, r.Media.Prompt.References); err != nil {
			return pipeline.Asset{}, err
		}
	}
	req := o.route(http.MethodPost, path, nil)
	req.Header = req.Header.Clone()
	req.Header.Set("Content-Type", kind)
	if r.JobID != "" {
		req.Header.Set("X-Client-Request-Id", r.JobID) // for the provider's support; it tells no repeat from a second order
	}
	var requestID string
	a, err := o.sendAs(ctx, req, body, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		requestID = resp.Header.Get("X-Request-Id")
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		return o.take(resp, buf.Bytes(), job)
	})
	if requestID != "" {
		if a.Recipe == nil {
			a.Recipe = map[string]string{}
		}
		a.Recipe["request_id"] = requestID
	}
	return a, err
}
