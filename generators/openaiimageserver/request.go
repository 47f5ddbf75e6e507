package openaiimageserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // formats of images to edit
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/prices"
)

// Request is a request for an image as the server understood it.
type Request struct {
	Model       string `json:"model"`
	Prompt      string `json:"prompt"`
	N           int    `json:"n"`
	Size        string `json:"size"`
	Quality     string `json:"quality"`
	Background  string `json:"background"`
	Format      string `json:"output_format"`
	Compression *int   `json:"output_compression"`
	Moderation  string `json:"moderation"`
	Complexity  string `json:"complexity"`
	Fidelity    string `json:"input_fidelity"`
	Safety      string `json:"safety_identifier"`
	User        string `json:"user"`
	Stream      bool   `json:"stream"`
	Partial     int    `json:"partial_images"`

	Job    string   `json:"-"` // X-Client-Request-Id
	Images [][]byte `json:"-"` // of an edit
	Mask   []byte   `json:"-"`
	edit   bool
}

func invalid(param, code, format string, args ...any) *apiError {
	return &apiError{Type: "invalid_request_error", Param: param, Code: code, Message: fmt.Sprintf(format, args...)}
}

// known are the parameters of both routes.
var known = []string{"model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "moderation",
	"complexity", "input_fidelity", "safety_identifier", "user", "stream", "partial_images"}

// parse reads the body of a request strictly.
func parse(contentType string, body []byte, edit bool) (*Request, *apiError) {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case err == nil && edit && kind == "multipart/form-data":
		return parseForm(params["boundary"], body)
	case err == nil && !edit && kind == "application/json":
	default:
		return nil, invalid("", "unsupported_content_type", "Unsupported content type: '%s'.", contentType)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, invalid("", "", "We could not parse the JSON body of your request.")
	}
	for name := range fields {
		if !slices.Contains(known, name) || name == "input_fidelity" {
			return nil, invalid(name, "unknown_parameter", "Unknown parameter: '%s'.", name)
		}
	}
	r := &Request{N: 1}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, invalid("", "invalid_type", "Invalid type: %v.", err)
	}
	return r, nil
}

func parseForm(boundary string, body []byte) (*Request, *apiError) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(900 << 20)
	if err != nil {
		return nil, invalid("", "", "Could not parse the multipart form: %v", err)
	}
	r := &Request{N: 1, edit: true}
	fields := map[string]any{}
	for name, values := range form.Value {
		switch {
		case !slices.Contains(known, name):
			return nil, invalid(name, "unknown_parameter", "Unknown parameter: '%s'.", name)
		case name == "n" || name == "output_compression" || name == "partial_images":
			n, err := strconv.Atoi(values[0])
			if err != nil {
				return nil, invalid(name, "invalid_type", "Invalid type for '%s'.", name)
			}
			fields[name] = n
		case name == "stream":
			fields[name] = values[0] == "true"
		default:
			fields[name] = values[0]
		}
	}
	flat, _ := json.Marshal(fields)
	if err := json.Unmarshal(flat, r); err != nil {
		return nil, invalid("", "invalid_type", "%v", err)
	}
	for name, files := range form.File {
		for _, f := range files {
			part, err := f.Open()
			if err != nil {
				return nil, invalid(name, "", "%v", err)
			}
			data, err := io.ReadAll(part)
			part.Close()
			if err != nil {
				return nil, invalid(name, "", "%v", err)
			}
			switch name {
			case "image", "image[]":
				r.Images = append(r.Images, data)
			case "mask":
				r.Mask = data
			default:
				return nil, invalid(name, "unknown_parameter", "Unknown parameter: '%s'.", name)
			}
		}
	}
	return r, nil
}

// check is as strict as the real API.
func (r *Request) check() *apiError {
	oneOf := func(name, value string, allowed ...string) *apiError {
		if value == "" || slices.Contains(allowed, value) {
			return nil
		}
		return invalid(name, "invalid_value", "Invalid value: '%s'. Supported values are: '%s'.", value, strings.Join(allowed, "', '"))
	}
	qualities := []string{"low", "medium", "high", "auto"}
	if strings.HasPrefix(r.Model, "gpt-image-2.5") {
		qualities = append(qualities, "xhigh", "max")
	}
	for _, e := range []*apiError{
		oneOf("quality", r.Quality, qualities...), oneOf("background", r.Background, "auto", "opaque", "transparent"),
		oneOf("output_format", r.Format, "png", "jpeg", "webp"), oneOf("moderation", r.Moderation, "auto", "low"),
		oneOf("complexity", r.Complexity, "low", "medium", "high"), oneOf("input_fidelity", r.Fidelity, "low", "high"), r.checkSize(),
	} {
		if e != nil {
			return e
		}
	}
	switch {
	case r.Model == "":
		return invalid("model", "missing_required_parameter", "Missing required parameter: 'model'.")
	case r.Prompt == "":
		return invalid("prompt", "missing_required_parameter", "Missing required parameter: 'prompt'.")
	case len([]rune(r.Prompt)) > 32000:
		return invalid("prompt", "string_above_max_length", "Invalid 'prompt': string too long.")
	case r.N < 1 || r.N > 10:
		return invalid("n", "integer_out_of_range", "Invalid 'n': must be between 1 and 10.")
	case r.Background == "transparent" && (r.Format == "jpeg" || r.Model == "gpt-image-2"):
		return invalid("background", "invalid_value", "Transparent background is not supported.")
	case r.Compression != nil && (*r.Compression < 0 || *r.Compression > 100 || r.Format != "jpeg" && r.Format != "webp"):
		return invalid("output_compression", "invalid_value", "Compression must be 0..100 and is only for jpeg and webp.")
	case r.Fidelity != "" && r.Model != "gpt-image-1.5":
		return invalid("input_fidelity", "unknown_parameter", "input_fidelity is not supported by this model.")
	}
	return r.checkImages()
}

func (r *Request) checkImages() *apiError {
	if !r.edit {
		return nil
	}
	if len(r.Images) < 1 || len(r.Images) > 16 {
		return invalid("image", "invalid_value", "Between 1 and 16 images are required.")
	}
	var first image.Config
	for i, data := range r.Images {
		cfg, kind, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || kind != "png" && kind != "jpeg" || len(data) >= 50<<20 {
			return invalid("image", "invalid_image_file", "Invalid image file or mode for image %d.", i+1)
		}
		if i == 0 {
			first = cfg
		}
	}
	if r.Mask != nil {
		cfg, kind, err := image.DecodeConfig(bytes.NewReader(r.Mask))
		if err != nil || kind != "png" || len(r.Mask) >= 4<<20 || cfg.Width != first.Width || cfg.Height != first.Height {
			return invalid("mask", "invalid_image_file", "The mask must be a PNG of the image's size.")
		}
	}
	return nil
}

func (r *Request) anySize() bool { return strings.HasPrefix(r.Model, "gpt-image-2") }

func (r *Request) checkSize() *apiError {
	fixed := []string{"", "auto", "1024x1024", "1536x1024", "1024x1536"}
	if slices.Contains(fixed, r.Size) {
		return nil
	}
	w, h := r.pixels()
	if !r.anySize() || w == 0 || w%16 != 0 || h%16 != 0 || w > 3*h || h > 3*w || max(w, h) > 3840 || w*h > 3840*2160 || w*h < 655360 {
		return invalid("size", "invalid_value", "Invalid value: '%s'.", r.Size)
	}
	return nil
}

// pixels are the width and height that are asked for; 0, 0 for what is no size.
func (r *Request) pixels() (w, h int) {
	if r.Size == "" || r.Size == "auto" {
		return 1024, 1024
	}
	if n, err := fmt.Sscanf(r.Size, "%dx%d", &w, &h); n != 2 || err != nil || fmt.Sprintf("%dx%d", w, h) != r.Size || w < 1 || h < 1 {
		return 0, 0
	}
	return w, h
}

// usage counts the tokens of one image, and their price.
type usage struct {
	text, image, output int
	usd                 float64
}

func (r *Request) usage() usage {
	w, h := r.pixels()
	quality := r.Quality
	if quality == "" || quality == "auto" {
		quality = "medium"
	}
	price, ok := prices.Image("openai", r.Model)
	if !ok {
		price, _ = prices.Image("openai", "gpt-image-2")
	}
	u := usage{text: 8 + len(r.Prompt)/4, image: 300 * len(r.Images)}
	if u.output, ok = price.Tokens(quality, w, h); !ok {
		sample, _ := prices.Image("openai", "gpt-image-2")
		u.output, _ = sample.Tokens("high", w, h)
	}
	u.output *= r.N
	u.usd = price.Cost(u.text, u.image, u.output)
	return u
}
