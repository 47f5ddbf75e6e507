package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
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
		return nil, fmt.Errorf("base_url %q is not an address like https://api.openai.com/v1", redactURL(cfg.BaseURL))
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

// form is the multipart body of an edit.
func (o *OpenAIImages) form(ctx context.Context, job openAIImage, refs []pipeline.Reference) (kind string, body []byte, err error) {
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	for _, f := range job.fields() {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return "", nil, err
		}
	}
	add := func(field, digest string, limit int, kinds ...string) error {
		i := slices.IndexFunc(refs, func(r pipeline.Reference) bool { return r.Digest == digest })
		if i < 0 {
			return fmt.Errorf("the lowered job takes the image %s, which is not among the job's references", digest)
		}
		data, err := o.cfg.Reference(ctx, refs[i])
		if err != nil {
			return err
		}
		blob, err := mediaBlob(data)
		switch {
		case err != nil:
			return fmt.Errorf("reference image %s: %w", refs[i].Path, err)
		case !slices.Contains(kinds, blob.Type):
			return fmt.Errorf("reference image %s is %s: a %s must be %s", refs[i].Path, blob.Type, strings.TrimSuffix(field, "[]"), strings.Join(kinds, ", "))
		case len(data) >= limit:
			return fmt.Errorf("reference image %s has %d bytes: it must be smaller than %d MB", refs[i].Path, len(data), limit>>20)
		}
		head := textproto.MIMEHeader{}
		name := field[:1] + digest[len("sha256:"):][:8] + "." + strings.TrimPrefix(blob.Type, "image/")
		head.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", field, name))
		head.Set("Content-Type", blob.Type)
		part, err := form.CreatePart(head)
		if err == nil {
			_, err = part.Write(data)
		}
		return err
	}
	field := "image"
	if len(job.Image) > 1 {
		field = "image[]"
	}
	for _, digest := range job.Image {
		if err := add(field, digest, 50<<20, "image/png", "image/jpeg", "image/webp"); err != nil {
			return "", nil, err
		}
	}
	if job.Mask != "" {
		if err := add("mask", job.Mask, 4<<20, "image/png"); err != nil {
			return "", nil, err
		}
	}
	if err := form.Close(); err != nil {
		return "", nil, err
	}
	return form.FormDataContentType(), buf.Bytes(), nil
}

// fields are the texts of a form, in a fixed order.
func (b *openAIImage) fields() (fields [][2]string) {
	for _, f := range [][2]string{
		{"model", b.Model}, {"prompt", b.Prompt}, {"n", strconv.Itoa(b.N)}, {"size", b.Size}, {"quality", b.Quality}, {"background", b.Background},
		{"output_format", b.Format}, {"moderation", b.Moderation}, {"complexity", b.Complexity}, {"input_fidelity", b.Fidelity}, {"safety_identifier", b.Safety},
	} {
		if f[1] != "" {
			fields = append(fields, f)
		}
	}
	if b.Compression != nil {
		fields = append(fields, [2]string{"output_compression", strconv.Itoa(*b.Compression)})
	}
	return fields
}

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
